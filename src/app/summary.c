/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goes through the indexes, and prints what they say. Files without one are told of.
 */
#include "app/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "paths.h"
#include "read/catalog.h"
#include "rights.h"
#include "summary_parts.h"

#define LABELS_ROOM 256u

/* Of each file so many are asked for, so that what is common in many is among them. */
#define KEYS_MOST 64u

/* Narrower ones break lines, and who has wider ones reads no further. */
#define COLUMNS_USUAL 80u
#define COLUMNS_LEAST 60u
#define COLUMNS_MOST  160u

struct gathering {
	const struct options *options;
	struct log *log;
	struct summary summary;
	uint64_t indexed, without, live;
};

static const enum index_kind told[] = {INDEX_IPV4, INDEX_IPV6, INDEX_PORT};

/* --- gathering ------------------------------------------------------------------------- */

/* "eth0, eth1": interfaces that a run has packets of. */
static void write_labels(const struct catalog_file *file, uint64_t interfaces,
			 char labels[static LABELS_ROOM])
{
	size_t used = 0;

	labels[0] = '\0';
	/* Of a pcap file there is nothing to say. */
	if (catalog_interface_count(file) == 1 && !catalog_interface(file, 0)->name)
		return;
	for (uint32_t i = 0; i < 64 && used < LABELS_ROOM; i++) {
		const char *name =
			i < catalog_interface_count(file) ? catalog_interface(file, i)->name : NULL;
		const char *comma = used > 0 ? ", " : "";

		if (!(interfaces >> i & 1))
			continue;
		if (name)
			used += (size_t)snprintf(labels + used, LABELS_ROOM - used, "%s%s", comma,
						 name);
		else if (i == 63)
			used += (size_t)snprintf(labels + used, LABELS_ROOM - used, "%sothers",
						 comma);
		else
			used += (size_t)snprintf(labels + used, LABELS_ROOM - used, "%s#%u", comma,
						 i);
	}
}

static int add_span(struct summary *s, const struct index_entry *run)
{
	if (s->span_count == s->span_room) {
		const uint32_t room = s->span_room ? 2 * s->span_room : 1024;
		struct summary_span *more = reallocarray(s->spans, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->spans = more;
		s->span_room = room;
	}
	s->spans[s->span_count++] =
		(struct summary_span){run->first_ns, run->last_ns, run->packets};
	return 0;
}

static int add_runs(struct summary *s, struct catalog_file *file, struct error *err)
{
	const uint32_t first = s->files.count, count = index_run_count(file->index);
	const struct index_entry *runs;
	int rc = index_runs(file->index, &runs, err);

	for (uint32_t i = 0; i < count && rc == 0; i++) {
		const struct summary_counts counts = {runs[i].first_ns,
						      runs[i].last_ns,
						      1,
						      runs[i].packets,
						      runs[i].bytes,
						      runs[i].lost};
		char labels[LABELS_ROOM];

		write_labels(file, runs[i].interfaces, labels);
		summary_count(&s->all, &counts);
		if (summary_rows_add(&s->files, first, file->shown, labels, &counts) < 0 ||
		    summary_rows_add(&s->interfaces, 0, NULL, labels, &counts) < 0 ||
		    add_span(s, &runs[i]) < 0)
			rc = error_system(err, ENOMEM, "--summary");
	}
	return rc;
}

static int add_keys(struct summary *s, struct catalog_file *file, struct error *err)
{
	uint8_t keys[KEYS_MOST * INDEX_KEY_MOST];
	uint32_t runs[KEYS_MOST];
	int rc = 0;

	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]) && rc >= 0; i++) {
		const uint32_t bytes = index_key_bytes(told[i]);

		rc = index_top(file->index, told[i], KEYS_MOST, keys, runs, err);
		for (int k = 0; k < rc; k++)
			if (summary_keys_add(&s->keys[told[i]], keys + (uint32_t)k * bytes, bytes,
					     runs[k]) < 0)
				return error_system(err, ENOMEM, "--summary");
	}
	return rc < 0 ? rc : 0;
}

static int visit(void *context, struct catalog_file *file)
{
	struct gathering *g = context;
	struct error err = file->why;
	int rc = file->state;

	if (file->live) {
		g->live++;
		return 0;
	}
	if (file->index) {
		rc = add_runs(&g->summary, file, &err);
		if (rc == 0)
			rc = add_keys(&g->summary, file, &err);
	}
	g->indexed += rc == 0;
	g->without += rc < 0;
	if (rc < 0 && (rc != -ENOENT || g->options->verbose))
		log_say(g->log, NOTE_CHECK, NULL, "%s", err.text);
	return rc == -ENOMEM ? rc : 0;
}

/* --- telling ----------------------------------------------------------------------------- */

static unsigned terminal_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_col < COLUMNS_LEAST)
		return COLUMNS_USUAL;
	return size.ws_col < COLUMNS_MOST ? size.ws_col : COLUMNS_MOST;
}

static void say_missing(const struct gathering *g)
{
	const char *path = g->options->reads[0];

	if (g->without > 0)
		log_say(g->log, NOTE_CHECK, NULL,
			"%" PRIu64 " file%s without an index left out: wiretape --index %s makes "
			"what is missing",
			g->without, g->without == 1 ? "" : "s", path);
	if (g->live > 0)
		log_say(g->log, NOTE_ADOPT, NULL, "%" PRIu64 " segment%s not finished yet left out",
			g->live, g->live == 1 ? "" : "s");
}

static void clear(struct summary *s)
{
	summary_rows_clear(&s->files);
	summary_rows_clear(&s->interfaces);
	free(s->spans);
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		free(s->keys[kind].list);
}

static int gather(struct gathering *g, struct error *err)
{
	struct rights rights = {.broker = NULL};
	struct reader_config config = paths_config(g->options);
	struct reader *reader = NULL;
	int rc;

	config.index.used = true;
	rc = rights_open_paths(&rights, g->options, &config, &reader, err);
	if (rc == 0)
		rc = log_start(g->log, err);
	if (rc == 0 && (rc = catalog_visit(reader, visit, g, err)) < 0)
		error_context(err, "--summary");
	rights_close(&rights);
	reader_close(reader);
	return rc;
}

int summary_run(const struct options *options, struct log *log, struct error *err)
{
	struct gathering g = {.options = options, .log = log};
	int rc = gather(&g, err);

	if (rc == 0) {
		say_missing(&g);
		if (g.indexed == 0)
			rc = error_set(err, ENOENT, "--summary: no file has an index");
	}
	if (rc == 0) {
		for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
			summary_keys_sort(&g.summary.keys[kind]);
		summary_print(&g.summary, stdout, terminal_columns());
	}
	clear(&g.summary);
	return rc;
}
