/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pcapng files have beside packets and interfaces, for a copy: what sections say of
 * themselves, and statistics, names, secrets and the like, as they are met. Part of
 * reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_BESIDE_H
#define WIRETAPE_READER_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/pcapng.h"

struct reader_file;
struct reader_block;

/* Zeros but for wanted. */
struct reader_beside {
	bool wanted;                 /* else nothing is kept */
	unsigned left;               /* PCAPNG_LEFT_*: what could not be */
	struct reader_block *blocks; /* that wait, in their order */
	struct reader_block *given;  /* the last one that was given */
	uint32_t count;              /* of those that wait */
	bool has_section;
	uint8_t *section; /* options of the first section */
	size_t section_bytes;
};

/* These take in a whole block of the file's section. 1, or -ENOMEM. */

int reader_beside_section(struct reader_file *file, const uint8_t *block, uint32_t bytes);

/* One that is neither section, interface nor packet. Statistics take the place of
 * earlier ones of the same interface and section that wait, unless somebody has
 * commented on those. */
int reader_beside_block(struct reader_file *file, const uint8_t *block, uint32_t bytes);

/* The next block that waits; null: none does. Valid until the next call. */
const struct pcapng_block *reader_beside_next(struct reader_beside *beside);

/* Forgets those of a section that wait: it is going to be read again. */
void reader_beside_forget(struct reader_beside *beside, uint64_t section);

void reader_beside_clear(struct reader_beside *beside);

#endif
