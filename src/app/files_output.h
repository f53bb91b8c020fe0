/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written of files: each interface they have, described to an output as it is in
 * them, and what they have beside packets.
 *
 * Threads: main's; add and add_block, between blocks, are the ring thread's.
 */
#ifndef WIRETAPE_FILES_OUTPUT_H
#define WIRETAPE_FILES_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "cli/log.h"
#include "cli/options.h"
#include "copied.h"
#include "output.h"
#include "read/file_feed.h"
#include "read/reader.h"

/* An interface; the first of its address that others keep. */
struct files_interface {
	const struct reader_interface *from;
	struct copied_interface copied;
};

/* All zeros but what is above output: not open, and may be closed. */
struct files_output {
	const struct options *options;
	struct log *log;
	const struct reader *reader;
	const char *filter_text; /* null: what the files say of each interface */
	struct stats *stats;     /* of all together; the caller's */
	struct output *output;   /* null until open */
	struct output_copy copy; /* the output's */
	bool described;          /* those that were met first */
	uint32_t count, room;    /* interfaces that were met and go into it */
	struct files_interface **interfaces;
	struct pcapng_interface *first; /* those that copy begins with */
	_Atomic unsigned left;          /* PCAPNG_LEFT_* */
};

/* Checks -w: nothing of the files is known yet. 0 or -errno. */
int files_output_open(struct files_output *files, struct error *err);

/* The interfaces that were added by now are those the output begins with. Before
 * output_prepare. 0 or -errno. */
int files_output_describe(struct files_output *files, struct error *err);

/* One more is met: by its number the next one of the feed. 0 or -errno, and it is not in
 * it. */
int files_output_add(struct files_output *files, const struct reader_interface *interface,
		     struct error *err);

/* A block is to be written in front of the next packets. 0, SINK_FULL or -errno. */
int files_output_add_block(struct files_output *files, const struct pcapng_block *block,
			   struct error *err);

/* At the end, with -v: what of the files is not in it. */
void files_output_say_left(const struct files_output *files, const struct file_feed *feed);

void files_output_close(struct files_output *files);

#endif
