/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a summary is of, as it is gathered and as it is printed.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_SUMMARY_PARTS_H
#define WIRETAPE_SUMMARY_PARTS_H

#include <stdint.h>
#include <stdio.h>

#include "index/key.h"

struct summary_counts {
	int64_t first_ns, last_ns;
	uint64_t runs, packets, bytes, lost;
};

void summary_count(struct summary_counts *counts, const struct summary_counts *more);

/* Of the runs of one file, or of all files, that have packets of the same interfaces. */
struct summary_row {
	char *file;   /* null: all */
	char *labels; /* the interfaces */
	struct summary_counts counts;
};

struct summary_rows {
	struct summary_row *list;
	uint32_t count, room;
};

/* Counts in the row with those labels among those from the first on, or a new one. 0 or
 * -ENOMEM. */
int summary_rows_add(struct summary_rows *rows, uint32_t first, const char *file,
		     const char *labels, const struct summary_counts *counts);
void summary_rows_clear(struct summary_rows *rows);

/* When packets came: of one run. */
struct summary_span {
	int64_t first_ns, last_ns;
	uint64_t packets;
};

/* A key, and how many runs hold it. */
struct summary_key {
	uint8_t key[INDEX_KEY_MOST];
	uint64_t runs;
};

/* Keys of a kind, as far as each file's most common ones tell. */
struct summary_keys {
	struct summary_key *list;
	uint32_t count, room;
};

/* 0 or -ENOMEM. */
int summary_keys_add(struct summary_keys *keys, const uint8_t *key, uint32_t bytes, uint64_t runs);

/* Each once, and the most common ones first. */
void summary_keys_sort(struct summary_keys *keys);

struct summary {
	struct summary_rows files, interfaces;
	struct summary_span *spans;
	uint32_t span_count, span_room;
	struct summary_keys keys[INDEX_KIND_COUNT];
	struct summary_counts all;
};

void summary_print(const struct summary *summary, FILE *out, unsigned columns);

#endif
