/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the packets that are whole in what a pipe or a device has taken, as it takes it:
 * of these, unlike of a file, nothing can be read back.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_PASSED_H
#define WIRETAPE_PASSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/trim.h"

struct passed {
	enum trim_format format;
	uint64_t packets; /* whole ones */
	/* Of the record at hand: its header as far as it has come, and how much is missing
	 * behind that. */
	uint8_t header[16];
	size_t come;
	uint64_t missing;
	bool packet;
};

/* Before the first byte of a file, its header included. */
void passed_begin(struct passed *passed, enum trim_format format);

/* The next bytes, cut anywhere. They are as this program writes them. */
void passed_add(struct passed *passed, const uint8_t *data, size_t bytes);

#endif
