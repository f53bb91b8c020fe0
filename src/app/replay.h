/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is told of files that are sent (-r, -o): the status line while it lasts,
 * and how well the schedule was kept.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_REPLAY_H
#define WIRETAPE_REPLAY_H

#include "base/stats.h"
#include "cli/log.h"
#include "engine/session.h"
#include "forward.h"
#include "read/file_feed.h"
#include "read/pace.h"

/* Writes the status line; last holds the counts of the previous one. */
void replay_status(struct log *log, const struct file_feed *feed, const struct stats_snapshot *now,
		   struct stats_snapshot *last);

/* After the end: bytes, rates asked and reached, and how late frames were. */
void replay_say_times(struct log *log, const struct file_feed *feed,
		      const struct pace_request *speed, const struct stats_snapshot *total);

/* What could not be sent is a failure: 0, or -errno and how much it was. */
int replay_judge(const struct session_counts *final, struct error *err);

/* What is sent, and where to. */
void replay_say_start(struct log *log, const struct options *options,
		      const struct forward *forward);

/* After the end: what each of two ways out has sent. */
void replay_say_parts(struct log *log, const struct forward *forward);

/* A way out, which the event's number tells, went away or came back. */
void replay_say_link(struct log *log, const struct forward *forward,
		     const struct attach_event *event);

#endif
