/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wires sources, sinks and the session together. The order matters: what can
 * be refused is refused before anything is made, sockets, rings and files are
 * opened with the privilege there is, and no packet is handled with any.
 */
#include "app/capture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "answers.h"
#include "base/stats.h"
#include "closing.h"
#include "engine/session.h"
#include "forward.h"
#include "inflow.h"
#include "lanes.h"
#include "monitor.h"
#include "output.h"
#include "rights.h"
#include "ring/source.h"
#include "same_file.h"
#include "sinks/sink_text.h"
#include "streams.h"
#include "system/notify.h"
#include "user.h"
#include "wait_link.h"

struct capture {
	const struct options *options;
	struct log *log;
	char *filter_text;                 /* of the interfaces without one of their own */
	struct inflow recorded, forwarded; /* empty without -w, without -o */
	struct forward *forward;
	struct output *output;
	struct streams streams;
	struct notify *notify; /* null: no service manager */
	struct sink *text;     /* null: nothing is printed */
	struct monitor *monitor;
	struct answers *answers; /* null: nobody can ask */
	struct rights rights;
	struct lanes lanes;
};

/* What goes into a file; without one, what is forwarded. */
static struct inflow *first_inflow(struct capture *c)
{
	return c->options->out && !options_writes(c->options) ? &c->forwarded : &c->recorded;
}

static int find_sources(struct capture *c, struct error *err)
{
	const struct options *o = c->options;
	int rc = 0;

	if (o->wait)
		rc = wait_for_links(o, c->log, c->notify, err);
	if (rc == 0 && (options_writes(o) || !o->out))
		rc = inflow_find(&c->recorded, o, SOURCE_RECORDED, c->filter_text, err);
	if (rc == 0 && o->out)
		rc = inflow_find(&c->forwarded, o, SOURCE_FORWARDED, c->filter_text, err);
	if (rc == 0 && o->out)
		rc = forward_find(o, &c->forwarded, &c->forward, err);
	return rc;
}

/* --- the running capture ------------------------------------------------- */

/* Threads are started without any. */
static int give_up_rights(struct capture *c, struct error *err)
{
	int rc = rights_give_up(&c->rights, err);

	return rc == 0 ? log_start(c->log, err) : rc;
}

static int capture_started(void *context, struct error *err)
{
	struct capture *c = context;
	int rc = c->output ? output_publish(c->output, err) : 0;

	/* A single file has its name, which may take a right that is given up now. */
	if (rc == 0)
		rc = give_up_rights(c, err);
	if (rc == 0 && c->output)
		output_keep_ready(c->output);
	if (rc == 0 && c->answers)
		rc = answers_start(c->answers, err);
	if (rc == 0)
		rc = streams_start(&c->streams, err);
	return rc == 0 ? monitor_started(c->monitor, err) : rc;
}

static void capture_report(void *context, enum session_event event,
			   const struct session_counts *counts)
{
	struct capture *c = context;

	struct session_counts told[LANES_TOLD];

	lanes_merge(&c->lanes, counts, told);
	monitor_report(c->monitor, event, told);
}

static void capture_link(void *context, uint32_t lane, const struct attach_event *event)
{
	struct capture *c = context;

	struct attach_event of_lane = *event;

	lane = lanes_told(&c->lanes, lane, &of_lane);
	monitor_link(c->monitor, lane, &of_lane);
}

static void say_note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	struct capture *c = context;

	/* One is told without -v, the other with it. */
	if (cause != (c->options->verbose ? NOTE_PRUNE : NOTE_DETAIL))
		log_write(c->log, cause, NULL, text, left_out);
}

static int open_output(struct capture *c, struct error *err)
{
	const struct output_config config = {
		.options = c->options,
		.sources = c->recorded.sources,
		.stats = c->recorded.stats,
		.note = say_note,
		.context = c,
	};

	return output_open(&config, &c->output, err);
}

static int open_monitor(struct capture *c, struct error *err)
{
	const struct inflow *first = first_inflow(c);
	struct monitor_config config = {
		.options = c->options,
		.log = c->log,
		.notify = c->notify,
		.sources = first->sources,
		.stats = first->stats,
		.output = c->output,
		.streams = &c->streams,
		.target = &c->rights.user.target,
		.asked = answers_are_wanted(c->options, c->output),
	};

	if (c->forward) {
		config.out = forward_out(c->forward);
		config.forwarded = c->forwarded.sources;
		config.forwarded_stats = c->forwarded.stats;
	}
	return monitor_open(&config, &c->monitor, err);
}

/* What is wrong with what was asked for shows here, with nothing made yet. */
static int plan(struct capture *c, struct error *err)
{
	struct user_config user = {.options = c->options};
	int rc = same_file_check(c->options, err);
	struct error warning;

	if (rc == 0)
		rc = options_read_filter(c->options, &c->filter_text, err);
	if (rc == 0 && !c->options->check && notify_open(&c->notify, &warning) < 0)
		log_say(c->log, NOTE_ADOPT, NULL, "%s", warning.text);
	if (rc == 0)
		rc = streams_find(&c->streams, c->options, c->log, err);
	c->recorded.own = c->streams.own;
	if (rc == 0)
		rc = find_sources(c, err);
	if (rc == 0)
		rc = streams_open(&c->streams, false, err);
	if (rc == 0 && c->options->write)
		rc = open_output(c, err);
	if (rc == 0 && c->output)
		user.directory = output_directory(c->output, &user.missing);
	if (rc == 0)
		rc = user_choose(&user, &c->rights.user, err);
	if (rc == 0 && c->output)
		output_set_owner(c->output, &c->rights.user.owner);
	if (rc == 0)
		rc = open_monitor(c, err);
	return rc;
}

static int open_rings(struct capture *c, struct error *err)
{
	int rc = 0;

	if (c->recorded.count > 0)
		rc = inflow_open(&c->recorded, c->log, err);
	if (rc == 0 && c->forward)
		rc = inflow_open(&c->forwarded, c->log, err);
	if (rc == 0 && c->forward)
		rc = forward_open(c->forward, c->forwarded.stats.each, err);
	return rc;
}

static int linktype_of(const void *context, uint32_t interface)
{
	const struct inflow *in = context;

	return in->sources[interface].linktype.dlt;
}

static const char *name_of(const void *context, uint32_t interface)
{
	const struct inflow *in = context;

	return in->sources[interface].dev.name;
}

static int open_text(struct capture *c, struct error *err)
{
	const struct decode_options print = options_print(c->options);
	const struct sink_text_config config = {
		.fd = STDOUT_FILENO,
		.options = &print,
		.linktype = linktype_of,
		.interface = first_inflow(c)->count > 1 ? name_of : NULL,
		.context = first_inflow(c),
		.here = true,
		.live = true,
		.line = c->options->line_buffered,
	};

	return options_prints(c->options) ? sink_text_open(&config, &c->text, err) : 0;
}

static int open_answers(struct capture *c, struct error *err)
{
	const struct answers_config config = {
		.options = c->options,
		.log = c->log,
		.output = c->output,
		.target = &c->rights.user.target,
		.monitor = c->monitor,
		.lanes = &c->lanes,
	};

	return answers_open(&config, &c->answers, err);
}

static int open_output_now(struct capture *c, struct error *err)
{
	int rc;

	/* Hidden files must not be left behind. */
	if (output_rotates(c->output))
		session_block_signals(true);
	rc = output_prepare(c->output, &c->rights.user.target, c->recorded.rings,
			    c->recorded.rings_bytes, err);
	/* Segments are the new user's from the first one on. */
	if (rc == 0 && output_rotates(c->output))
		rc = give_up_rights(c, err);
	if (rc == 0)
		rc = output_start(c->output, err);
	if (rc == 0 && !c->answers && answers_are_wanted(c->options, c->output))
		rc = open_answers(c, err);
	return rc;
}

static int open_all(struct capture *c, struct error *err)
{
	int rc;

	if (c->rights.user.target.keeps_root)
		log_say(c->log, NOTE_ADOPT, NULL, "running as root, with all its rights: -Z root");
	rc = open_rings(c, err);
	if (rc < 0)
		return rc;
	/* What is said from here on may be read a month later. */
	if (!c->options->log_plain && !c->options->log_stamped)
		log_stamp(c->log, false);
	rc = open_text(c, err);
	if (rc == 0)
		rc = streams_describe_sources(&c->streams, c->recorded.sources, c->recorded.count,
					      err);
	if (rc < 0)
		return rc;
	monitor_advise(c->monitor);
	if (c->options->control)
		rc = open_answers(c, err);
	return rc == 0 && c->output ? open_output_now(c, err) : rc;
}

static void give_answer(void *context, struct session *session)
{
	const struct capture *c = context;

	answers_give(c->answers, session);
}

static void make_lanes(struct capture *c)
{
	const struct lanes_config config = {
		.recorded = &c->recorded,
		.forwarded = &c->forwarded,
		.forward = c->forward,
		.text = c->text,
		.file = c->output ? output_sink(c->output) : NULL,
		.streams = c->streams.sinks,
		.stream_count = c->streams.count,
		.max_packets = c->options->max_packets,
	};

	lanes_make(&c->lanes, &config);
}

static void capture_ended(void *context, const struct session_counts *counts)
{
	struct capture *c = context;
	struct session_counts final[LANES_TOLD];
	struct closing closing = {
		.options = c->options,
		.output = c->output,
		.user = &c->rights.user,
	};
	const char *closed;

	lanes_merge(&c->lanes, counts, final);
	closing.packets = final[0].total.captured;
	closed = c->output ? output_tell_closed(c->output, final[0].closed) : NULL;
	if (final[0].typed)
		log_break(c->log);
	if (closed)
		log_say(c->log, NOTE_END, NULL, "%s", closed);
	log_settle(c->log);
	if (c->options->count_only)
		printf("%" PRIu64 " packet%s\n", final[0].total.captured,
		       final[0].total.captured == 1 ? "" : "s");
	monitor_ended(c->monitor, final);
	closing_say(&closing, c->log);
	streams_report(&c->streams);
}

static int run(struct capture *c, struct error *err)
{
	const struct options *o = c->options;
	struct session_config config = {
		.max_duration_ns = o->max_duration_ns,
		.stats_interval_ns = monitor_interval_ns(c->monitor),
		.watchdog_ns = monitor_watchdog_ns(c->monitor),
		.status_line = monitor_shows_status(c->monitor),
		.rotates = c->output && output_rotates(c->output),
		.exit_on_loss = o->exit_on_loss,
		.started = capture_started,
		.report = capture_report,
		.link = capture_link,
		.ended = capture_ended,
		.context = c,
	};

	if (c->answers) {
		config.asked = give_answer;
		config.ask_fd = answers_fd(c->answers);
	}
	make_lanes(c);
	config.lanes = c->lanes.each;
	config.lane_count = c->lanes.count;
	return session_run(&config, c->lanes.final, err);
}

static void close_all(struct capture *c)
{
	answers_close(c->answers);
	rights_close(&c->rights);
	monitor_close(c->monitor);
	notify_close(c->notify);
	if (c->text)
		c->text->ops->close(c->text);
	output_close(c->output);
	streams_close(&c->streams);
	forward_close(c->forward);
	inflow_close(&c->recorded);
	inflow_close(&c->forwarded);
	free(c->filter_text);
}

int capture_run(const struct options *options, struct log *log, struct error *err)
{
	struct capture c = {.options = options, .log = log};
	int rc = plan(&c, err);

	if (rc == 0 && options->check)
		rc = monitor_check(c.monitor, err);
	else if (rc == 0)
		rc = open_all(&c, err);
	if (rc == 0 && !options->check)
		rc = run(&c, err);
	close_all(&c);
	return rc;
}
