/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces that a feed of files has met so far, and a filter for each, as
 * they can be of several link types. Those of which no packet can pass, as they were not
 * chosen or cannot have the filter, are left out. Part of file_feed.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_FILE_FILTERS_H
#define WIRETAPE_FILE_FILTERS_H

#include "read/file_feed.h"

struct file_filter;

/* Zeros but for config. */
struct file_filters {
	const struct file_feed_config *config; /* outlives this */
	uint32_t count;                        /* interfaces met so far */
	struct file_filter *filters;           /* one for each of them */
	uint32_t taken;                        /* are not left out; */
	uint32_t *numbers;                     /* the reader's, of each of those */
	bool refused;                          /* one was, for what refusal says */
	struct error refusal;
	int dislike; /* not 0: the next one is not liked, for what reason says */
	struct error reason;
};

/* Meets the reader's new interfaces. 0, SINK_FULL or -errno with err, for the first
 * that is not liked. */
int file_filters_meet(struct file_filters *filters, struct error *err);

/* At the end of all files: 0, or a usage error where every interface was left out. */
int file_filters_judge(const struct file_filters *filters, struct error *err);

/* The same. How many of the frames, from the first on, may be given: of an interface that
 * is not liked none, and nothing behind it. There *over becomes FEED_END or -errno, with
 * err; else it stays. */
uint32_t file_filters_admit(struct file_filters *filters, const struct frame *frames,
			    uint32_t count, int *over, struct error *err);

/* Whether a frame, of an interface that was met, passes; it has the number of its
 * interface among those that are not left out then. */
bool file_filters_pass(struct file_filters *filters, struct frame *frame);

/* Losses in front of frames that did not pass, which none told of yet. */
uint64_t file_filters_lost(const struct file_filters *filters);

/* Takes off what ends a frame on the wire, as its file tells of that: of one that passes. */
void file_filters_strip(const struct file_filters *filters, struct frame *frame);

/* Hands on the blocks that the reader has met beside packets, of interfaces that are not
 * left out, with the numbers that frames have. 0, or what that returns. */
int file_filters_tell(struct file_filters *filters, struct error *err);

/* Whether the times that are wanted have a frame's. 0, or a usage error. */
int file_filters_check_time(const struct file_filters *filters, const struct frame *frame,
			    struct error *err);

void file_filters_clear(struct file_filters *filters);

#endif
