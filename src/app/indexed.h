/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked for, for the indexes that lie beside files; and what they have spared.
 *
 * Threads: main's; notes are of the thread that reads.
 */
#ifndef WIRETAPE_INDEXED_H
#define WIRETAPE_INDEXED_H

#include "cli/log.h"
#include "cli/options.h"
#include "read/file_feed.h"
#include "read/reader.h"

struct indexed {
	const struct options *options;
	struct log *log;
	const char *expressions[OPTIONS_INTERFACES_MAX];
};

/* Has the reader use them, unless told not to. text: the filter of all interfaces, or null;
 * choices: those of -i. indexed outlives the reader. */
void indexed_use(struct indexed *indexed, const char *text, const struct file_feed_choice *choices,
		 struct reader_config *config);

/* At the end: total has what was counted and not read, too; the count is printed where only
 * that is wanted; with -v it is said what was spared. */
void indexed_end(const struct indexed *indexed, const struct reader *reader,
		 struct stats_snapshot *total);

#endif
