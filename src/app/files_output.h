/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written of files: each interface they have, described to an output, and
 * the counters of each.
 *
 * Threads: main's; add, between blocks, is the ring thread's.
 */
#ifndef WIRETAPE_FILES_OUTPUT_H
#define WIRETAPE_FILES_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "cli/log.h"
#include "cli/options.h"
#include "output.h"
#include "read/reader.h"
#include "ring/source.h"

/* All zeros but what is above output: not open, and may be closed. */
struct files_output {
	const struct options *options;
	struct log *log;
	const char *filter_text; /* null: what the files say of each interface */
	/* OPTIONS_INTERFACES_MAX, the caller's. All is counted with the first. */
	struct stats *stats;
	struct output *output;                      /* null until open */
	uint32_t count;                             /* interfaces that were met and go into it */
	bool described;                             /* those that were met first */
	const struct reader_interface **interfaces; /* those */
	struct source *sources;                     /* what it was told of them */
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

void files_output_close(struct files_output *files);

#endif
