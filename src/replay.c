/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wires files to a way out. As in a capture, what can be refused is before
 * anything is opened to send, and nothing is sent with any privilege.
 */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "file_feed.h"
#include "filter.h"
#include "forward.h"
#include "parse.h"
#include "privilege.h"
#include "reader.h"
#include "report.h"
#include "session.h"

struct replay {
	const struct options *options;
	struct log *log;
	char *filter_text;
	struct reader *reader;
	struct file_feed *feed;
	struct forward *forward;
	struct privilege_target target;
	struct stats stats;
	struct stats_snapshot last; /* at the last status line */
};

static int check_interface(void *context, const struct reader_interface *interface,
			   struct error *err)
{
	const struct replay *r = context;

	return forward_check_linktype(r->forward, interface->dlt,
				      interface->name ? interface->name : r->options->reads[0],
				      err);
}

static int read_filter(struct replay *r, struct error *err)
{
	const struct options *o = r->options;
	const char *text = o->expression ? o->expression : o->all.filter;

	if (o->filter_file)
		return filter_read_file(o->filter_file, &r->filter_text, err);
	if (!text)
		return 0;
	r->filter_text = strdup(text);
	return r->filter_text ? 0 : error_system(err, ENOMEM, "filter");
}

/* What is wrong with what was asked for shows here. */
static int plan(struct replay *r, struct error *err)
{
	const struct options *o = r->options;
	const struct reader_config files = {.paths = o->reads, .count = o->read_count};
	const struct privilege_choice choice = {.user = o->user};
	struct file_feed_config feed = {
		.speed = &o->speed,
		.loops = o->loops,
		.stats = &r->stats,
		.met = check_interface,
		.context = r,
	};
	int rc = read_filter(r, err);

	if (rc == 0)
		rc = forward_find(o, NULL, &r->forward, err);
	if (rc == 0) {
		rc = reader_open(&files, &r->reader, err);
		if (rc < 0)
			error_context(err, "-r");
	}
	feed.reader = r->reader;
	feed.expression = r->filter_text;
	if (rc == 0)
		rc = file_feed_open(&feed, &r->feed, err);
	if (rc == 0) {
		rc = privilege_choose(&choice, &r->target, err);
		if (rc < 0)
			error_context(err, "-Z");
	}
	return rc;
}

static int replay_started(void *context, struct error *err)
{
	struct replay *r = context;
	const struct options *o = r->options;
	int rc = privilege_drop(&r->target, err);

	if (rc == 0)
		log_say(r->log, NOTE_ADOPT, NULL, "sending %s%s to %s through %s", o->reads[0],
			o->read_count > 1 ? " and more" : "", forward_out(r->forward)->name,
			o->tx == TX_RING ? "PACKET_TX_RING" : "sendmmsg()");
	return rc;
}

/* "12 %, 0:35 to go" */
static void write_progress(const struct replay *r, const struct stats_snapshot *now, char *text,
			   size_t room)
{
	const double part = file_feed_progress(r->feed) / 1e6;
	const double spent = (double)(now->time_ns - now->start_ns) / 1e9;
	uint64_t left;

	*text = '\0';
	if (part <= 0)
		return;
	left = (uint64_t)(spent * (1 - part) / part + 0.5);
	snprintf(text, room, "  %.0f%%, %" PRIu64 ":%02" PRIu64 " to go", part * 100, left / 60,
		 left % 60);
}

static void replay_report(void *context, enum session_event event,
			  const struct session_counts *counts)
{
	struct replay *r = context;
	struct stats_snapshot now = counts->total;
	char line[REPORT_STATUS_ROOM], progress[64];

	now.story = STATS_REPLAYED;
	if (event == SESSION_ASKED)
		log_counts(r->log, NULL, &now);
	if (event != SESSION_STATUS)
		return;
	write_progress(r, &now, progress, sizeof(progress));
	report_sending(line, &now, &r->last, progress);
	log_status(r->log, line);
	r->last = now;
}

static void replay_link(void *context, uint32_t lane, const struct attach_event *event)
{
	struct replay *r = context;
	const char *name = forward_out(r->forward)->name;

	(void)lane;
	if (event->change == ATTACH_BACK)
		log_say(r->log, NOTE_BACK, name, "%s: the interface is back; sending goes on",
			name);
	else if (event->change != ATTACH_RENAMED)
		log_say(r->log, NOTE_LINK, name, "%s: the interface %s; waiting for it", name,
			event->change == ATTACH_DOWN ? "went down" : "is gone");
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

static void say_times(const struct replay *r, const struct stats_snapshot *total)
{
	struct file_feed_times times;
	char asked[64];
	double seconds;

	file_feed_times(r->feed, &times);
	seconds = (double)times.lasted_ns / 1e9;
	write_asked(&r->options->speed, asked, sizeof(asked));
	log_say(r->log, NOTE_ADOPT, NULL,
		"%" PRIu64 " bytes in %.3f s: %.0f packets/s, %.6g Mbit/s; asked: %s",
		total->sent_bytes, seconds, seconds > 0 ? (double)total->sent / seconds : 0,
		seconds > 0 ? (double)total->sent_bytes * 8 / seconds / 1e6 : 0, asked);
	if (r->options->speed.kind == PACE_TOP || times.late_ns->count == 0)
		return;
	log_say(r->log, NOTE_ADOPT, NULL,
		"late by: median %.1f us, 99 %% within %.1f us, worst %.1f us; at the end %.1f us",
		(double)histogram_value(times.late_ns, 500) / 1e3,
		(double)histogram_value(times.late_ns, 990) / 1e3,
		(double)times.late_ns->most / 1e3, (double)times.drift_ns / 1e3);
}

static int run(struct replay *r, struct error *err)
{
	const struct options *o = r->options;
	struct sink *sink = forward_sink(r->forward);
	struct stats_snapshot each;
	struct session_counts final = {.each = &each};
	const struct session_source source = {.name = o->reads[0], .feed = file_feed_feed(r->feed)};
	struct session_lane lane = {
		.sources = &source,
		.stats = {.each = &r->stats, .count = 1, .shared = &r->stats},
		.sinks = &sink,
		.sink_count = 1,
		.max_packets = o->max_packets,
	};
	const struct session_config config = {
		.lanes = &lane,
		.lane_count = 1,
		.max_duration_ns = o->max_duration_ns,
		.status_line = !o->quiet && !o->log_json && isatty(STDERR_FILENO),
		.started = replay_started,
		.report = replay_report,
		.link = replay_link,
		.context = r,
	};
	int rc;

	lane.exits = forward_exits(r->forward, &lane.exit_count);
	rc = session_run(&config, &final, err);
	if (final.total.start_ns != 0) {
		final.total.story = STATS_REPLAYED;
		log_counts(r->log, NULL, &final.total);
		say_times(r, &final.total);
	}
	return rc;
}

int replay_run(const struct options *options, struct log *log, struct error *err)
{
	struct replay r = {.options = options, .log = log};
	int rc = plan(&r, err);

	if (rc == 0)
		rc = forward_open(r.forward, &r.stats, err);
	if (rc == 0)
		rc = run(&r, err);
	file_feed_close(r.feed);
	reader_close(r.reader);
	forward_close(r.forward);
	free(r.filter_text);
	return rc;
}
