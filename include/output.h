/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What -w names, made into a sink: one file, a pipe, or a directory of
 * segments. Checks all it can before anything is made.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_OUTPUT_H
#define WIRETAPE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "linktype.h"
#include "netdev.h"
#include "note.h"
#include "options.h"
#include "rx_ring.h"
#include "sink.h"
#include "stats.h"

struct output;

/* What it points to must outlive the output. */
struct output_config {
	const struct options *options;
	const struct netdev *dev;
	struct linktype linktype;
	const char *filter_text;
	size_t block_bytes; /* of the ring */
	bool woven;         /* its blocks can be written from where they are */
	struct stats *stats;
	/* Lines from a recorder; any thread. */
	void (*note)(void *context, enum note_cause cause, const char *text);
	void *context;
};

/* Checks the path, the options for segments, names, limits and the hook, and
 * locks a directory. Makes and changes nothing. */
int output_open(const struct output_config *config, struct output **output, struct error *err);

/* Whether it goes on in new files (SIGHUP). */
bool output_rotates(const struct output *output);

/* Makes the file or the first segment, with its headers. Signals are to be
 * blocked by then. ring is where the frames come from. */
int output_start(struct output *output, struct rx_ring *ring, struct error *err);

/* After output_start: where frames go, until output_close. */
struct sink *output_sink(const struct output *output);

/* Frames come in: a single file gets its name. */
int output_publish(struct output *output, struct error *err);

/* Whether it is, or would be, a file on a disk, not a pipe or device. */
bool output_is_regular(const struct output *output);

/* Takes a null pointer. */
void output_close(struct output *output);

#endif
