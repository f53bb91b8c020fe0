/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a replay goes, in words.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/report.h"

/* "12 %, 0:35 to go" */
static void write_progress(const struct file_feed *feed, const struct stats_snapshot *now,
			   char *text, size_t room)
{
	const double part = file_feed_progress(feed) / 1e6;
	const double spent = (double)(now->time_ns - now->start_ns) / 1e9;
	uint64_t left;

	*text = '\0';
	if (part <= 0)
		return;
	left = (uint64_t)(spent * (1 - part) / part + 0.5);
	snprintf(text, room, "  %.0f%%, %" PRIu64 ":%02" PRIu64 " to go", part * 100, left / 60,
		 left % 60);
}

void replay_status(struct log *log, const struct file_feed *feed, const struct stats_snapshot *now,
		   struct stats_snapshot *last)
{
	char line[REPORT_STATUS_ROOM], progress[64];

	write_progress(feed, now, progress, sizeof(progress));
	report_sending(line, now, last, progress);
	log_status(log, line);
	*last = *now;
}

/* What was asked for, in the unit of what was reached. */
static void write_asked(const struct pace_request *speed, char *text, size_t room)
{
	switch (speed->kind) {
	case PACE_TOP:
		snprintf(text, room, "as fast as can be");
		break;
	case PACE_FACTOR:
		snprintf(text, room, "%g times as recorded", speed->factor);
		break;
	case PACE_PACKETS:
		snprintf(text, room, "%" PRIu64 " packets/s", speed->rate);
		break;
	case PACE_BITS:
		snprintf(text, room, "%.6g Mbit/s", (double)speed->rate / 1e6);
		break;
	}
}

void replay_say_times(struct log *log, const struct file_feed *feed,
		      const struct pace_request *speed, const struct stats_snapshot *total)
{
	struct file_feed_times times;
	char asked[64];
	double seconds;

	file_feed_times(feed, &times);
	seconds = (double)times.lasted_ns / 1e9;
	write_asked(speed, asked, sizeof(asked));
	log_say(log, NOTE_ADOPT, NULL,
		"%" PRIu64 " bytes in %.3f s: %.0f packets/s, %.6g Mbit/s; asked: %s",
		total->sent_bytes, seconds, seconds > 0 ? (double)total->sent / seconds : 0,
		seconds > 0 ? (double)total->sent_bytes * 8 / seconds / 1e6 : 0, asked);
	if (speed->kind == PACE_TOP || times.late_ns->count == 0)
		return;
	log_say(log, NOTE_ADOPT, NULL,
		"late by: median %.1f us, 99 %% within %.1f us, worst %.1f us; at the end %.1f us",
		(double)histogram_value(times.late_ns, 500) / 1e3,
		(double)histogram_value(times.late_ns, 990) / 1e3,
		(double)times.late_ns->most / 1e3, (double)times.drift_ns / 1e3);
}
