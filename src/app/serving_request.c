/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request becomes options, and those are run. There is no other way from a request to
 * packets, so that what a client gets is what the command line gives, to the byte.
 */
#include "serving_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "app/files.h"
#include "base/json.h"
#include "base/parse.h"
#include "cli/log.h"
#include "index/file.h"
#include "paths.h"
#include "read/catalog.h"
#include "system/filter.h"

/* Of a filter, in real time: names in it may be asked for in the net. */
#define COMPILE_SECONDS 2u

/* --- packets --------------------------------------------------------------------------- */

static struct options options_for(const struct options *server, const struct serve_request *request)
{
	struct options o = *server;

	o.serve.on = false;
	o.user = NULL;
	o.quiet = true;
	o.verbose = 0;
	o.has_from = request->has_from;
	o.has_to = request->has_to;
	o.from_ns = request->from_ns;
	o.to_ns = request->to_ns;
	o.expression = *request->filter ? (char *)request->filter : NULL;
	o.format = request->pcap ? FORMAT_PCAP : FORMAT_PCAPNG;
	if (request->kind == SERVE_PACKETS)
		o.write = "-";
	o.count_only = request->kind == SERVE_COUNT;
	return o;
}

/* Some expressions take libpcap for ever. What is wrong with one is said where it is used. */
static void try_filter(const char *expression)
{
	if (!*expression)
		return;
	alarm(COMPILE_SECONDS);
	(void)filter_has_sense(expression);
	alarm(0);
}

/* --- what there is ---------------------------------------------------------------------- */

struct listing {
	FILE *out;
	uint64_t count;
};

static void write_times(FILE *out, struct index *index)
{
	const struct index_entry *runs;
	char first[FORMAT_TIME_ROOM], last[FORMAT_TIME_ROOM];
	int64_t from = INT64_MAX, to = INT64_MIN;
	uint64_t packets = 0, lost = 0;
	const uint32_t count = index_run_count(index);

	if (index_runs(index, &runs, NULL) < 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		packets += runs[i].packets;
		lost += runs[i].lost;
		if (runs[i].packets > 0 && runs[i].first_ns < from)
			from = runs[i].first_ns;
		if (runs[i].packets > 0 && runs[i].last_ns > to)
			to = runs[i].last_ns;
	}
	fprintf(out, ",\"packets\":%" PRIu64 ",\"lost\":%" PRIu64, packets, lost);
	if (from <= to && from >= 0)
		fprintf(out, ",\"first\":\"%s\",\"last\":\"%s\"",
			format_time(first, (uint64_t)from), format_time(last, (uint64_t)to));
}

/* One that is being written has no name yet that could be asked for. */
static int write_segment(void *context, struct catalog_file *file)
{
	struct listing *l = context;

	fprintf(l->out, "%s\n{\"name\":", l->count++ ? "," : "");
	if (file->live)
		fputs("null", l->out);
	else
		json_write_string(l->out, file->name);
	fprintf(l->out, ",\"bytes\":%" PRIu64 ",\"live\":%s", file->bytes,
		file->live ? "true" : "false");
	if (file->index)
		write_times(l->out, file->index);
	fputc('}', l->out);
	return 0;
}

static int list_segments(const struct options *o, struct error *err)
{
	struct listing listing = {.out = stdout};
	struct reader_config config = paths_config(o);
	struct reader *reader = NULL;
	int rc;

	config.index.used = true;
	rc = paths_open(o, &config, &reader, err);
	if (rc < 0)
		return rc;
	fputc('[', listing.out);
	rc = catalog_visit(reader, write_segment, &listing, err);
	fputs("\n]\n", listing.out);
	reader_close(reader);
	return rc;
}

int serving_request(const struct options *server, const struct serve_request *request)
{
	const struct options o = options_for(server, request);
	struct log *log = log_open(stderr, LOG_TEXT, &clock_system);
	struct error err = {.kind = ERROR_FAILED};
	int rc;

	if (!log)
		return ERROR_FAILED;
	try_filter(request->filter);
	if (request->kind == SERVE_SEGMENTS)
		rc = list_segments(&o, &err);
	else
		rc = files_run(&o, log, &err);
	if (rc < 0)
		log_error(log, &err);
	if (fflush(stdout) != 0 && rc == 0) {
		rc = -1;
		err.kind = ERROR_FAILED;
	}
	log_close(log);
	return rc < 0 ? (int)err.kind : 0;
}
