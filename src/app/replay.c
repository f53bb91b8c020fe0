/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a replay goes, in words.
 */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "cli/report.h"

/* "12%, 0:35 to go"; how long the rest takes is not known from what lies behind while the
 * next packet is far away: "99%, the next in 1:35". */
static void write_progress(const struct file_feed *feed, const struct stats_snapshot *now,
			   char *text, size_t room)
{
	const uint64_t clock_ns = clock_monotonic();
	uint64_t next_ns, left;
	const double part = file_feed_progress(feed, &next_ns) / 1e6;
	const double spent = (double)(now->time_ns - now->start_ns) / 1e9;
	const bool pauses = next_ns > clock_ns + NS_PER_SECOND;
	int at = 0;

	*text = '\0';
	if (part > 0)
		at = snprintf(text, room, "  %.0f%%,", part * 100);
	else if (!pauses)
		return;
	left = pauses ? (next_ns - clock_ns + NS_PER_SECOND / 2) / NS_PER_SECOND
		      : (uint64_t)(spent * (1 - part) / part + 0.5);
	snprintf(text + at, room - (size_t)at, "%s%s%" PRIu64 ":%02" PRIu64 "%s",
		 at > 0 ? " " : "  ", pauses ? "the next in " : "", left / 60, left % 60,
		 pauses ? "" : " to go");
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
	char number[REPORT_NUMBER_ROOM];

	switch (speed->kind) {
	case PACE_TOP:
		snprintf(text, room, "as fast as can be");
		break;
	case PACE_FACTOR:
		if (speed->factor == 1)
			snprintf(text, room, "as recorded");
		else
			snprintf(text, room, "%g times as recorded", speed->factor);
		break;
	case PACE_PACKETS:
		snprintf(text, room, "%" PRIu64 " packets/s", speed->rate);
		break;
	case PACE_BITS:
		snprintf(text, room, "%sbit/s", report_number(number, (double)speed->rate));
		break;
	}
}

/* What has made the schedule another one than that asked for. */
static void say_oddities(struct log *log, const struct file_feed_times *times)
{
	char most[REPORT_NUMBER_ROOM];

	if (times->steps > 0)
		log_say(log, NOTE_CHECK, NULL,
			"the times of the packets went back %" PRIu64
			" time%s, by %s at most: sent in the order of the file from there",
			times->steps, PLURAL(times->steps),
			report_time(most, (int64_t)times->step_most_ns));
	if (times->outages > 0)
		log_say(log, NOTE_CHECK, NULL,
			"nothing got away for more than a second, %" PRIu64
			" time%s: what was left was put off by %s",
			times->outages, PLURAL(times->outages),
			report_time(most, (int64_t)times->outage_ns));
}

void replay_say_times(struct log *log, const struct file_feed *feed,
		      const struct pace_request *speed, const struct stats_snapshot *total)
{
	struct file_feed_times times;
	char bits[REPORT_NUMBER_ROOM], asked[64];
	char median[REPORT_NUMBER_ROOM], most[REPORT_NUMBER_ROOM], worst[REPORT_NUMBER_ROOM];
	char end[REPORT_NUMBER_ROOM];
	double seconds;

	file_feed_times(feed, &times);
	seconds = (double)times.lasted_ns / 1e9;
	write_asked(speed, asked, sizeof(asked));
	log_say(log, NOTE_ADOPT, NULL,
		"%" PRIu64 " byte%s in %.3f s: %.0f packets/s, %sbit/s; asked: %s",
		total->sent_bytes, PLURAL(total->sent_bytes), seconds,
		seconds > 0 ? (double)total->sent / seconds : 0,
		report_number(bits, seconds > 0 ? (double)total->sent_bytes * 8 / seconds : 0),
		asked);
	say_oddities(log, &times);
	if (speed->kind == PACE_TOP || times.late_ns->count == 0)
		return;
	log_say(log, NOTE_ADOPT, NULL,
		"late by: median %s, 99 %% within %s, worst %s; at the end %s",
		report_time(median, (int64_t)histogram_value(times.late_ns, 500)),
		report_time(most, (int64_t)histogram_value(times.late_ns, 990)),
		report_time(worst, (int64_t)times.late_ns->most), report_time(end, times.drift_ns));
}

int replay_judge(const struct session_counts *final, struct error *err)
{
	/* Who ends it has what was on its way end, too. */
	const uint64_t ended = final->asked ? final->total.tx_unfinished : 0;
	const uint64_t lost = stats_lost_sending(&final->total) - ended;
	const uint64_t all = final->total.sent + lost;

	if (lost == 0)
		return 0;
	return error_set(err, EIO, "%" PRIu64 " of %" PRIu64 " packet%s %s not sent", lost, all,
			 all == 1 ? "" : "s", lost == 1 ? "was" : "were");
}

void replay_say_start(struct log *log, const struct options *o, const struct forward *forward)
{
	struct stats_snapshot ignored;
	const struct netdev *other = forward_part(forward, 1, &ignored);

	log_say(log, NOTE_ADOPT, NULL, "sending %s%s to %s%s%s through %s", o->reads[0],
		o->read_count > 1 ? " and more" : "", forward_out(forward)->name,
		other ? " and " : "", other ? other->name : "",
		o->tx == TX_RING ? "PACKET_TX_RING" : "sendmmsg()");
}

void replay_say_parts(struct log *log, const struct forward *forward)
{
	const struct netdev *out;
	struct stats_snapshot counts;

	for (uint32_t i = 0; (out = forward_part(forward, i, &counts)); i++) {
		counts.story = STATS_REPLAYED;
		log_counts(log, out->name, &counts);
	}
}

void replay_say_link(struct log *log, const struct forward *forward,
		     const struct attach_event *event)
{
	const bool back = event->change == ATTACH_BACK;
	uint32_t count;
	const struct session_exit *exits = forward_exits(forward, &count);
	const char *name = exits[event->interface - 1].known;

	if (event->change != ATTACH_RENAMED)
		log_say(log, back ? NOTE_BACK : NOTE_LINK, name, "%s: the interface %s; %s", name,
			attach_verb(event->change), back ? "sending goes on" : "waiting for it");
}
