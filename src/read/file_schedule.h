/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the frames of a feed are due by the clock, and how well that was kept. The schedule
 * is absolute; only an outage, in which a few frames took long to get away, puts off what
 * is left of it, so that what has gathered meanwhile is not sent all at once.
 *
 * Times are of CLOCK_MONOTONIC, those due in ns after the start.
 *
 * Part of read. Threads: that of the feed.
 */
#ifndef WIRETAPE_FILE_SCHEDULE_H
#define WIRETAPE_FILE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"
#include "exact_sleep.h"
#include "read/file_feed.h"
#include "read/pace.h"

struct file_schedule {
	struct pace pace;
	uint64_t start_ns; /* 0: nothing was due yet */
	uint64_t last_ns;  /* when the last was sent */
	uint64_t given_ns; /* since then the latest are on their way; 0: none are */
	uint64_t outage_ns, outages;
	int64_t drift_ns;
	struct histogram late;
	struct exact_sleep sleep;
};

void file_schedule_init(struct file_schedule *schedule, const struct pace_request *request);

/* The first is about to be due. Does nothing if that was so before. */
void file_schedule_begin(struct file_schedule *schedule);

/* So many that were due then, and given last, have been sent by now. */
void file_schedule_sent(struct file_schedule *schedule, const uint64_t *due, uint32_t count);

/* All paths begin again. */
void file_schedule_next_round(struct file_schedule *schedule);

/* What became of it. */
void file_schedule_times(const struct file_schedule *schedule, struct file_feed_times *times);

/* Waits until that is due, and returns what time it is then; 0 where it is too far away to
 * be waited for: *again_ns is when to come again. */
uint64_t file_schedule_await(struct file_schedule *schedule, uint64_t due, uint64_t *again_ns);

#endif
