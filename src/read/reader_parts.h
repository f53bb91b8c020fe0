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

/* A file of a stream. */
struct reader_part {
	char *name;     /* in the directory, or the path itself */
	uint64_t bytes; /* that are going to be read, as far as is known */
	bool live;      /* a recorder writes it, or has died over it */
	bool rising;    /* in time: the first and last packets wanted can be sought */
	uint64_t sequence;
	/* If not all are wanted: of its first packet, and of the first one behind it;
	 * 0: not known. */
	uint64_t first_ns, next_ns;
	uint64_t stray_ns; /* how far times in it may be out of order */
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
