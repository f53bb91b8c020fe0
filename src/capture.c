/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wires sources, sinks and the session together. The order matters: what can
 * be refused is refused before anything is made, sockets, rings and files are
 * opened with the privilege there is, and no packet is handled with any.
 */
#include "capture.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor.h"
#include "notify.h"
#include "output.h"
#include "parse.h"
#include "privilege.h"
#include "session.h"
#include "source.h"
#include "stats.h"
#include "wait_link.h"

struct capture {
	const struct options *options;
	struct log *log;
	char *filter_text; /* of the interfaces without one of their own */
	struct source *sources;
	struct session_interface *interfaces;
	struct session_counts final;
	uint32_t count; /* of each of these */
	uint32_t found; /* sources that need closing */
	struct stats_set stats;
	uint8_t *rings; /* address space for all rings, side by side */
	size_t rings_bytes;
	struct output *output;
	struct notify *notify; /* null: no service manager */
	struct monitor *monitor;
	struct privilege_target target;
	bool dropped; /* privilege was given up */
};

/* --- sources --------------------------------------------------------------- */

static int read_filter(struct capture *c, struct error *err)
{
	const struct options *o = c->options;

	if (o->filter_file)
		return filter_read_file(o->filter_file, &c->filter_text, err);
	if (!o->expression)
		return 0;
	c->filter_text = strdup(o->expression);
	return c->filter_text ? 0 : error_system(err, ENOMEM, "filter");
}

static int allocate(struct capture *c, struct error *err)
{
	c->count = c->options->interface_count;
	c->sources = calloc(c->count, sizeof(*c->sources));
	c->interfaces = calloc(c->count, sizeof(*c->interfaces));
	c->final.each = calloc(c->count, sizeof(*c->final.each));
	/* One more for what no interface can be told for. */
	c->stats.each = calloc(c->count + 1, sizeof(*c->stats.each));
	if (!c->sources || !c->interfaces || !c->final.each || !c->stats.each)
		return error_system(err, ENOMEM, "start the capture");
	c->stats.count = c->count;
	c->stats.shared = &c->stats.each[c->count == 1 ? 0 : c->count];
	return 0;
}

/* The same interface can be asked for by its name and by its number. */
static int check_twice(const struct capture *c, uint32_t i, struct error *err)
{
	for (uint32_t k = 0; k < i; k++)
		if (c->sources[k].dev.index == c->sources[i].dev.index)
			return error_usage(err, "-i: '%s' and '%s' are the same interface",
					   c->options->interfaces[k].name,
					   c->options->interfaces[i].name);
	return 0;
}

static int find_sources(struct capture *c, struct error *err)
{
	const struct options *o = c->options;
	int rc = 0;

	if (o->wait)
		rc = wait_for_links(o, c->log, c->notify, err);
	for (uint32_t i = 0; i < c->count && rc == 0; i++) {
		c->found = i + 1;
		rc = source_find(&c->sources[i], o, &o->interfaces[i], i, c->filter_text, err);
		if (rc == 0)
			rc = check_twice(c, i, err);
		if (rc == 0)
			rc = source_plan(&c->sources[i], c->count, err);
		if (rc == 0)
			c->rings_bytes += c->sources[i].geometry.ring_bytes;
	}
	return rc;
}

/* V1 and V2 cut blocks into frames of one size; V3 packs them. */
static const char *frames_of(const struct geometry *g, char *text, size_t bytes)
{
	if (g->version == RING_V3)
		return "";
	snprintf(text, bytes, ", %u frames of %u bytes", g->frame_nr, g->frame_size);
	return text;
}

static void say_ring(struct capture *c, const struct source *s)
{
	const struct geometry *g = &s->geometry;
	char ring[FORMAT_SIZE_ROOM], block[FORMAT_SIZE_ROOM], frames[64];

	if (g->version == RING_V1)
		log_say(c->log, NOTE_ADOPT, s->dev.name,
			"%s: a ring of version 1 loses the VLAN tags that the kernel takes off",
			s->dev.name);
	if (c->options->verbose)
		log_say(c->log, NOTE_DETAIL, s->dev.name,
			"%s: TPACKET_V%d ring of %s: %u blocks of %s%s", s->dev.name,
			(int)g->version, format_size(ring, g->ring_bytes), g->block_nr,
			format_size(block, g->block_size), frames_of(g, frames, sizeof(frames)));
}

static int open_sources(struct capture *c, struct error *err)
{
	uint8_t *at = mmap(NULL, c->rings_bytes, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rc = 0;

	if (at == MAP_FAILED)
		return error_system(err, errno,
				    "set aside %zu bytes of address space for the rings",
				    c->rings_bytes);
	c->rings = at;
	for (uint32_t i = 0; i < c->count && rc == 0; i++) {
		struct source *s = &c->sources[i];

		rc = source_open(s, &c->stats.each[i], at, err);
		at += s->geometry.ring_bytes;
		if (rc == 0)
			say_ring(c, s);
		c->interfaces[i] = (struct session_interface){.name = s->dev.name,
							      .arphrd = s->dev.arphrd,
							      .ring = s->ring};
	}
	return rc;
}

/* --- privilege -------------------------------------------------------------- */

static int choose_user(struct capture *c, struct error *err)
{
	struct privilege_choice choice = {.user = c->options->user};
	struct stat st;
	const char *directory = NULL;
	int rc;

	if (c->output)
		directory = output_directory(c->output, &choice.makes_directory);
	if (directory && !choice.makes_directory && stat(directory, &st) == 0)
		choice.directory = &st;
	rc = privilege_choose(&choice, &c->target, err);
	if (rc < 0)
		return error_context(err, "-Z");
	if (choice.directory && !c->target.keeps_root && !privilege_may_write(&st, &c->target))
		return error_usage(err,
				   "-w: %s: %s may not write there: change its owner, or give "
				   "another -Z",
				   directory, c->target.name);
	return 0;
}

/* From here on nothing can be done that needs a right of its own. */
static int give_up_privilege(struct capture *c, struct error *err)
{
	if (c->dropped)
		return 0;
	c->dropped = true;
	return privilege_drop(&c->target, err);
}

/* --- the running capture ------------------------------------------------- */

static int capture_started(void *context, struct error *err)
{
	struct capture *c = context;
	int rc = output_publish(c->output, err);

	/* A single file has its name, which may take a right that is given up now. */
	if (rc == 0)
		rc = give_up_privilege(c, err);
	if (rc == 0)
		monitor_started(c->monitor);
	return rc;
}

static void capture_report(void *context, enum session_event event,
			   const struct session_counts *counts)
{
	struct capture *c = context;

	monitor_report(c->monitor, event, counts);
}

static void capture_link(void *context, const struct attach_event *event)
{
	struct capture *c = context;

	monitor_link(c->monitor, event);
}

static void say_note(void *context, enum note_cause cause, const char *text, uint64_t left_out)
{
	struct capture *c = context;

	if (cause != NOTE_DETAIL || c->options->verbose)
		log_write(c->log, cause, NULL, text, left_out);
}

static int open_output(struct capture *c, struct error *err)
{
	const struct output_config config = {
		.options = c->options,
		.sources = c->sources,
		.stats = c->stats,
		.note = say_note,
		.context = c,
	};

	return output_open(&config, &c->output, err);
}

static int open_monitor(struct capture *c, struct error *err)
{
	const struct monitor_config config = {
		.options = c->options,
		.log = c->log,
		.notify = c->notify,
		.sources = c->sources,
		.stats = c->stats,
		.output = c->output,
		.target = &c->target,
	};

	return monitor_open(&config, &c->monitor, err);
}

/* What is wrong with what was asked for shows here, with nothing made yet. */
static int plan(struct capture *c, struct error *err)
{
	int rc = allocate(c, err);
	struct error warning;

	if (rc == 0)
		rc = read_filter(c, err);
	if (rc == 0 && !c->options->check && notify_open(&c->notify, &warning) < 0)
		log_say(c->log, NOTE_ADOPT, NULL, "%s", warning.text);
	if (rc == 0)
		rc = find_sources(c, err);
	if (rc == 0 && c->options->write)
		rc = open_output(c, err);
	if (rc == 0)
		rc = choose_user(c, err);
	if (rc == 0)
		rc = open_monitor(c, err);
	return rc;
}

static int open_all(struct capture *c, struct error *err)
{
	int rc;

	if (c->target.keeps_root)
		log_say(c->log, NOTE_ADOPT, NULL, "running as root, with all its rights: -Z root");
	rc = open_sources(c, err);
	if (rc < 0)
		return rc;
	monitor_advise(c->monitor);
	/* Hidden files must not be left behind. */
	if (output_rotates(c->output))
		session_block_signals(true);
	rc = output_prepare(c->output, &c->target, c->rings, c->rings_bytes, err);
	/* Segments are the new user's from the first one on. */
	if (rc == 0 && output_rotates(c->output))
		rc = give_up_privilege(c, err);
	return rc == 0 ? output_start(c->output, err) : rc;
}

static int run(struct capture *c, struct error *err)
{
	const struct options *o = c->options;
	struct sink *sink = output_sink(c->output);
	const struct session_config config = {
		.interfaces = c->interfaces,
		.stats = c->stats,
		.block_timeout_ms = o->block_timeout_ms,
		.sinks = &sink,
		.sink_count = 1,
		.max_packets = o->max_packets,
		.max_duration_ns = o->max_duration_ns,
		.stats_interval_ns = monitor_interval_ns(c->monitor),
		.watchdog_ns = monitor_watchdog_ns(c->monitor),
		.status_line = monitor_shows_status(c->monitor),
		.rotates = output_rotates(c->output),
		.exit_on_loss = o->exit_on_loss,
		.started = capture_started,
		.report = capture_report,
		.link = capture_link,
		.context = c,
	};
	int rc = session_run(&config, &c->final, err);

	if (c->final.total.start_ns != 0)
		monitor_ended(c->monitor, &c->final);
	return rc;
}

static void close_all(struct capture *c)
{
	monitor_close(c->monitor);
	notify_close(c->notify);
	output_close(c->output);
	for (uint32_t i = 0; i < c->found; i++)
		source_close(&c->sources[i]);
	if (c->rings)
		munmap(c->rings, c->rings_bytes);
	free(c->filter_text);
	free(c->sources);
	free(c->interfaces);
	free(c->final.each);
	free(c->stats.each);
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

int capture_dump_filter(const struct options *options, struct error *err)
{
	const struct options_interface *interface =
		options->interface_count ? options->interfaces : &options->all;
	struct capture c = {.options = options};
	struct source source = {0};
	int rc = read_filter(&c, err);

	if (rc == 0)
		rc = source_find(&source, options, interface, 0, c.filter_text, err);
	if (rc == 0)
		filter_dump(source.filter, options->dump, stdout);
	source_close(&source);
	free(c.filter_text);
	return rc;
}
