/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces that a feed of files has met so far, and a filter for each, as
 * they can be of several link types. Part of file_feed.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_FILE_FILTERS_H
#define WIRETAPE_FILE_FILTERS_H

#include "read/file_feed.h"

struct bpf_program;

/* Zeros but for config. */
struct file_filters {
	const struct file_feed_config *config; /* outlives this */
	uint32_t count;                        /* interfaces met so far */
	struct bpf_program *programs;          /* one for each of them; empty: all passes */
};

/* Meets the reader's new interfaces. 0, SINK_FULL or -errno with err, for the first
 * that is not liked. */
int file_filters_meet(struct file_filters *filters, struct error *err);

/* How many of the frames, from the first on, are of interfaces that were met. */
uint32_t file_filters_count_met(const struct file_filters *filters, const struct frame *frames,
				uint32_t count);

/* Whether a frame, of an interface that was met, passes. */
bool file_filters_pass(const struct file_filters *filters, const struct frame *frame);

/* Whether the times that are wanted have a frame's. 0, or a usage error. */
int file_filters_check_time(const struct file_filters *filters, const struct frame *frame,
			    struct error *err);

void file_filters_clear(struct file_filters *filters);

#endif
