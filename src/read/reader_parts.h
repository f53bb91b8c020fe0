/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that a path of a reader stands for, in the order in which they are read.
 * Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_PARTS_H
#define WIRETAPE_READER_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "frames/time_order.h"

/* A file of a stream. */
struct reader_part {
	char *name;     /* in the directory, or the path itself */
	uint64_t bytes; /* that are going to be read, as far as is known */
	bool live;      /* a recorder writes it, or has died over it */
	uint64_t sequence;
	/* How the packets lie in time that are in its first ordered_bytes, UINT64_MAX: in
	 * all of it. */
	struct time_order order;
	uint64_t ordered_bytes;
};

struct reader_parts {
	struct reader_part *list;
	uint32_t count, room;
	uint64_t bytes; /* of all */
};

/* Adds a part; name is copied. 0 or -ENOMEM. */
int reader_parts_add(struct reader_parts *parts, const struct reader_part *part);

void reader_parts_clear(struct reader_parts *parts);

#endif
