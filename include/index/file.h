/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads an index (build.h has the format). Nothing in it is believed unchecked: lengths,
 * order and checksums of what is used are held against what they have to be, and one that
 * contradicts itself, or is of another file, gives an error.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_FILE_H
#define WIRETAPE_INDEX_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "index/build.h"

struct index;

/* A run without its keys. */
struct index_entry {
	uint64_t offset, bytes, packets;
	int64_t first_ns, last_ns;
	uint64_t lost;
	uint64_t interfaces;
	uint32_t unknown;
};

/*
 * Reads the header of an index from fd, which stays the caller's and has to stay open as
 * long as the index is used. subject: the file it has to be of; null: any. 0; -ESTALE: it is of
 * another file, or of an earlier state; -ENOTSUP: another version's; -EBADMSG: damaged;
 * -errno. name is for the error.
 */
int index_open(int fd, const char *name, const struct index_subject *subject, struct index **index,
	       struct error *err);
void index_close(struct index *index);

/* Whether a file begins as an index does. fd: a regular file's. */
bool index_looks_like_one(int fd);

uint32_t index_run_count(const struct index *index);

/* All of them. 0 or -errno. */
int index_runs(struct index *index, const struct index_entry **runs, struct error *err);

/* Sets of runs: a bit each, in words of 64. */
static inline uint32_t index_set_words(uint32_t runs)
{
	return (runs + 63) / 64;
}

/* Adds the runs to set that hold a key of that kind from first to last, or may. 0 or
 * -errno. */
int index_find(struct index *index, enum index_kind kind, const uint8_t *first, const uint8_t *last,
	       uint64_t *set, struct error *err);

/* The keys of a kind in most runs, at most so many: key i is at keys + i *
 * index_key_bytes(kind), in runs[i] of them. Returns how many, or -errno. */
int index_top(struct index *index, enum index_kind kind, uint32_t most, uint8_t *keys,
	      uint32_t *runs, struct error *err);

#endif
