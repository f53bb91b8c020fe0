/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wires files to sinks. What can be refused is before anything is made. All is opened
 * first, then all rights go, and only then is the first byte of a file read: what a file
 * says is for who can do no harm.
 */
#include "app/files.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "closing.h"
#include "engine/session.h"
#include "files_output.h"
#include "files_streams.h"
#include "forward.h"
#include "indexed.h"
#include "paths.h"
#include "read/file_feed.h"
#include "read/reader.h"
#include "replay.h"
#include "rights.h"
#include "same_file.h"
#include "sinks/sink_text.h"
#include "user.h"

#define SINKS_MOST (3u + OPTIONS_STREAMS_MAX)

struct files {
	const struct options *options;
	struct log *log;
	char *filter_text;
	struct reader *reader;
	struct file_feed *feed;
	struct forward *forward;
	struct stats stats; /* all is counted together */
	struct files_output out;
	struct streams streams;
	struct sink *text;
	bool *said;                       /* of each path: that it is read */
	struct file_feed_choice *choices; /* of the interfaces that -i names */
	struct rights rights;
	struct indexed indexed;
	int refused; /* not 0: there is no way out, as refusal says */
	struct error refusal;
	struct stats_snapshot last; /* at the last status line */
	uint64_t until_ns;          /* CLOCK_MONOTONIC: of -a duration; UINT64_MAX */
	bool started;               /* all that can be refused at once has been */
};

static int linktype_of(const void *context, uint32_t interface)
{
	const struct files *f = context;

	return file_feed_interface(f->feed, interface)->dlt;
}

/* --- what is read ---------------------------------------------------------------- */

static int met_interface(void *context, const struct reader_interface *interface, struct error *err)
{
	struct files *f = context;
	int rc = files_streams_met(&f->streams, interface, err);

	/* What a pipe has comes while the thread runs. */
	if (f->started)
		paths_say(f->options, f->log, f->reader, f->said);
	if (rc == 0 && f->out.output)
		return files_output_add(&f->out, interface, err);
	if (rc < 0 || !f->forward)
		return rc;
	return forward_check_interface(f->forward, interface, err);
}

static int met_block(void *context, const struct pcapng_block *block, struct error *err)
{
	struct files *f = context;

	return files_output_add_block(&f->out, block, err);
}

static void say_left_out(void *context, const struct reader_interface *interface,
			 const struct error *why)
{
	const struct files *f = context;

	paths_say_left_out(f->log, interface, why);
}

static void say_damage(void *context, const struct error *err)
{
	const struct files *f = context;

	log_say(f->log, NOTE_CHECK, NULL, "%s", err->text);
}

/* --- opening -------------------------------------------------------------------- */

/* Nothing of them is read yet. */
static int open_files(struct files *f, struct error *err)
{
	struct reader_config config = paths_config(f->options);
	int rc;

	config.open = rights_open;
	config.context = &f->rights;
	f->indexed = (struct indexed){.options = f->options, .log = f->log};
	indexed_use(&f->indexed, f->filter_text, f->choices, &config);
	rc = paths_open(f->options, &config, &f->reader, err);
	f->rights.reader = f->reader;
	return rc;
}

/* What is wrong with what was asked for shows here, but for what the files say. */
static int plan(struct files *f, struct error *err)
{
	const struct options *o = f->options;
	struct user_config user = {.options = o};
	int rc = same_file_check(o, err);

	f->choices = paths_choices(o);
	f->said = calloc(o->read_count, sizeof(*f->said));
	if (!f->said || !f->choices)
		return error_system(err, ENOMEM, "read files");
	if (rc == 0)
		rc = options_read_filter(o, &f->filter_text, err);
	if (rc == 0 && o->out)
		rc = forward_find(o, NULL, &f->forward, err);
	if (rc == 0)
		rc = files_streams_open(&f->streams, o, f->log, err);
	if (rc == 0)
		rc = open_files(f, err);
	if (rc == 0 && o->write) {
		f->out = (struct files_output){
			.options = o,
			.log = f->log,
			.reader = f->reader,
			.filter_text = f->filter_text,
			.stats = &f->stats,
		};
		rc = files_output_open(&f->out, err);
		f->rights.output = f->out.output;
	}
	if (rc == 0 && f->out.output)
		user.directory = output_directory(f->out.output, &user.missing);
	if (rc == 0)
		rc = user_choose(&user, &f->rights.user, err);
	if (rc == 0 && f->out.output)
		output_set_owner(f->out.output, &f->rights.user.owner);
	return rc;
}

/* What takes rights is opened, and then they go. That there is none to send is told when
 * nothing is wrong with what was to be sent. */
static int give_up_rights(struct files *f, struct error *err)
{
	int rc = 0;

	if (f->forward)
		f->refused = forward_open(f->forward, &f->stats, &f->refusal);
	if (f->out.output)
		rc = output_open_stream(f->out.output, err);
	if (rc == 0)
		rc = rights_give_up(&f->rights, err);
	/* Threads are started without any. */
	return rc == 0 ? log_start(f->log, err) : rc;
}

/* The first that is read of the files: what is wrong with them shows here. */
static int read_first(struct files *f, struct error *err)
{
	const struct options *o = f->options;
	const struct file_feed_config feed = {
		.reader = f->reader,
		.expression = f->filter_text,
		.expression_option = options_filter_option(o),
		.choices = f->choices,
		.choice_count = paths_choice_count(o),
		.direction = o->direction,
		.not_optimized = o->not_optimized,
		.speed = o->out ? &o->speed : NULL,
		.loops = o->loops,
		/* Of what is only printed nothing is hidden, as with tcpdump. */
		.snaplen = options_writes(o) ? o->all.snaplen : 0,
		.truncated = o->truncated,
		.rewrite = o->rewrite,
		.fixes_checksums = o->fix_checksums,
		.stats = &f->stats,
		.strips_fcs = o->out != NULL,
		.short_times = o->write && o->format == FORMAT_PCAP,
		.eager = o->out || options_writes(o),
		.until_ns = f->until_ns,
		.met = met_interface,
		.beside = f->out.output ? met_block : NULL,
		.left_out = say_left_out,
		.damaged = say_damage,
		.context = f,
	};
	int rc = paths_start(f->reader, f->until_ns, err);

	if (rc == 0)
		rc = file_feed_open(&feed, &f->feed, err);
	if (rc == 0 && f->refused < 0) {
		*err = f->refusal;
		return f->refused;
	}
	return rc == 0 && f->out.output ? files_output_describe(&f->out, err) : rc;
}

static int open_text(struct files *f, struct error *err)
{
	const struct decode_options print = options_print(f->options);
	const struct sink_text_config config = {
		.fd = STDOUT_FILENO,
		.options = &print,
		.linktype = linktype_of,
		.context = f,
		.live = reader_poll_fd(f->reader) >= 0,
		.line = f->options->line_buffered,
	};

	return sink_text_open(&config, &f->text, err);
}

static int open_sinks(struct files *f, struct error *err)
{
	int rc = 0;

	if (options_prints(f->options))
		rc = open_text(f, err);
	if (rc < 0 || !f->out.output)
		return rc;
	/* Hidden files must not be left behind. */
	if (output_rotates(f->out.output))
		session_block_signals(true);
	rc = output_prepare(f->out.output, &f->rights.user.target, NULL, 0, err);
	return rc == 0 ? output_start(f->out.output, err) : rc;
}

/* --- running ----------------------------------------------------------------------- */

static int files_started(void *context, struct error *err)
{
	struct files *f = context;
	const struct options *o = f->options;
	int rc = f->out.output ? output_publish(f->out.output, err) : 0;

	f->started = true;
	if (rc == 0)
		rc = streams_start(&f->streams, err);
	if (rc == 0)
		paths_say(o, f->log, f->reader, f->said);
	if (rc == 0 && f->forward) {
		forward_set_feed(f->forward, f->feed);
		replay_say_start(f->log, o, f->forward);
	}
	return rc;
}

static void files_report(void *context, enum session_event event,
			 const struct session_counts *counts)
{
	struct files *f = context;
	struct stats_snapshot now = counts->total;

	now.story = f->forward ? STATS_REPLAYED : STATS_READ;
	if (event == SESSION_ASKED)
		log_counts(f->log, NULL, &now);
	if (event == SESSION_STATUS)
		replay_status(f->log, f->feed, &now, &f->last);
}

static void files_link(void *context, uint32_t lane, const struct attach_event *event)
{
	const struct files *f = context;

	(void)lane;
	replay_say_link(f->log, f->forward, event);
}

static uint32_t list_sinks(struct files *f, struct sink *sinks[static SINKS_MOST])
{
	uint32_t count = 0;

	if (f->forward)
		sinks[count++] = forward_sink(f->forward, 0);
	if (f->text)
		sinks[count++] = f->text;
	for (uint32_t i = 0; i < f->streams.count; i++)
		sinks[count++] = f->streams.sinks[i];
	if (f->out.output)
		sinks[count++] = output_sink(f->out.output);
	return count;
}

/* Where all went well there is nothing to say of what was printed or written. */
static void say_end(struct files *f, struct stats_snapshot *total)
{
	const struct options *o = f->options;
	const struct closing closing = {
		.options = o,
		.output = f->out.output,
		.user = &f->rights.user,
		.packets = total->captured,
	};

	log_settle(f->log);
	indexed_end(&f->indexed, f->reader, total);
	paths_say_times(f->reader, f->log);
	total->story = f->forward ? STATS_REPLAYED : STATS_READ;
	if (f->forward || o->verbose || stats_lost_writing(total) > 0)
		log_counts(f->log, NULL, total);
	if (f->forward)
		replay_say_parts(f->log, f->forward);
	if (f->forward)
		replay_say_times(f->log, f->feed, &o->speed, total);
	files_output_say_left(&f->out, f->feed);
	closing_say(&closing, f->log);
	streams_report(&f->streams);
}

static int run(struct files *f, struct error *err)
{
	const struct options *o = f->options;
	struct sink *sinks[SINKS_MOST];
	struct stats_snapshot each;
	struct session_counts final = {.each = &each};
	const struct session_source source = {.name = o->reads[0], .feed = file_feed_feed(f->feed)};
	struct session_lane lane = {
		.sources = &source,
		.stats = {.each = &f->stats, .count = 1, .shared = &f->stats},
		.sinks = sinks,
		.sink_count = list_sinks(f, sinks),
		.max_packets = o->max_packets,
	};
	const struct session_config config = {
		.lanes = &lane,
		.lane_count = 1,
		.max_duration_ns = paths_time_left(f->until_ns),
		.status_line = f->forward && !f->text && !o->quiet && !o->log_json &&
			       isatty(STDERR_FILENO),
		.rotates = f->out.output && output_rotates(f->out.output),
		.started = files_started,
		.report = files_report,
		.link = files_link,
		.context = f,
	};
	const char *closed;
	int rc;

	if (f->forward)
		lane.exits = forward_exits(f->forward, &lane.exit_count);
	rc = session_run(&config, &final, err);
	if (final.typed)
		log_break(f->log);
	closed = f->out.output ? output_tell_closed(f->out.output, final.closed) : NULL;
	if (closed && f->out.options->verbose)
		log_say(f->log, NOTE_END, NULL, "%s", closed);
	if (final.total.start_ns != 0)
		say_end(f, &final.total);
	if (rc == 0 && f->forward)
		rc = replay_judge(&final, err);
	return rc;
}

int files_run(const struct options *options, struct log *log, struct error *err)
{
	struct files f = {.options = options, .log = log, .until_ns = UINT64_MAX};
	int rc;

	if (options->max_duration_ns)
		f.until_ns = clock_monotonic() + options->max_duration_ns;
	rc = plan(&f, err);
	if (rc == 0)
		rc = give_up_rights(&f, err);
	if (rc == 0)
		rc = read_first(&f, err);
	if (rc == 0)
		rc = open_sinks(&f, err);
	if (rc == 0)
		rc = run(&f, err);
	rc = paths_tell_damage(log, f.feed, rc, err);
	if (f.text)
		f.text->ops->close(f.text);
	files_output_close(&f.out);
	streams_close(&f.streams);
	forward_close(f.forward);
	file_feed_close(f.feed);
	rights_close(&f.rights);
	reader_close(f.reader);
	free(f.said);
	free(f.choices);
	free(f.filter_text);
	return rc;
}
