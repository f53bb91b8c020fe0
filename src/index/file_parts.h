/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An index that is open, for those who read it.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_FILE_PARTS_H
#define WIRETAPE_INDEX_FILE_PARTS_H

#include <stddef.h>

#include "index/file.h"
#include "layout.h"

struct part {
	uint64_t offset, bytes;
	uint32_t count, crc;
};

struct index {
	int fd;
	const char *name; /* the caller's */
	uint64_t bytes;
	uint32_t unknown; /* kinds of which some run may hold anything */
	uint32_t run_count;
	uint32_t blocks;
	struct part parts[LAYOUT_PARTS];
	uint8_t *first; /* the beginning of it */
	uint32_t first_bytes;
	uint8_t *loaded[LAYOUT_PARTS]; /* checked against their sums; null: not yet */
	struct index_entry *runs;      /* null: not yet */
};

/* Returns -EBADMSG. */
int index_damaged(const struct index *index, const char *what, struct error *err);

/* 0 or -errno. */
int index_read(const struct index *index, uint64_t offset, uint8_t *to, size_t bytes,
	       struct error *err);

/* A part as it lies there, read and checked once. 0 or -errno. */
int index_load(struct index *index, unsigned part, const uint8_t **at, struct error *err);

#endif
