/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces of all files of a reader, each with the number its frames
 * have. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_TABLE_H
#define WIRETAPE_READER_TABLE_H

#include "read/reader.h"
#include "reader_beside.h"

/* More than any machine has; a file with more has been made to do harm. */
#define READER_INTERFACES_MOST 16384u

struct reader_entry {
	struct reader_interface interface; /* its strings are the table's */
	uint64_t hash;
	uint64_t section; /* the last one it was met in */
};

struct reader_table {
	struct reader_entry **entries; /* each stays where it is */
	uint32_t count, room;
	uint64_t section; /* the last one begun, from 1 */
	bool clipped;     /* a time did not fit */
	struct reader_beside beside;
};

/* Begins a section (a file is one at least), and returns what stands for it in
 * reader_table_add. */
uint64_t reader_table_section(struct reader_table *table);

/* The number of an interface of that section: of one that is alike and was last
 * met in another section, or a new one. Strings are copied and cleaned. 0,
 * -ENOMEM, or -E2BIG. */
int reader_table_add(struct reader_table *table, uint64_t section,
		     const struct reader_interface *interface, uint32_t *number);

void reader_table_clear(struct reader_table *table);

#endif
