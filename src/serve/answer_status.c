/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server tells of itself. That of a recording is the recorder's to tell
 * (base/status.h): this process sees files only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "server_parts.h"

static unsigned waiting(const struct server *s)
{
	const struct exchange *x;
	unsigned count = 0;

	for (x = s->first; x; x = x->next) {
		count += x->state == EXCHANGE_WAITING;
	}
	return count;
}

static void write_json(const struct server *s, FILE *out)
{
	char time[FORMAT_TIME_ROOM];

	fprintf(out, "{\"schema\":1,\"version\":");
	json_write_string(out, WIRETAPE_VERSION);
	fprintf(out, ",\"start\":\"%s\",\"requests\":{", format_time(time, s->start_ns));
	for (int kind = 0; kind < SERVE_KINDS; kind++)
		fprintf(out, "%s\"%s\":%" PRIu64, kind ? "," : "",
			serve_kind_name((enum serve_kind)kind), s->counts.requests[kind]);
	fprintf(out,
		"},\"refused\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"broken_off\":%" PRIu64
		",\"bytes\":%" PRIu64 ",\"connections\":%u,\"working\":%u,\"waiting\":%u}\n",
		s->counts.refused, s->counts.failed, s->counts.broken, s->counts.bytes, s->count,
		s->working, waiting(s));
}

static void write_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP wiretape_serve_%s %s\n# TYPE wiretape_serve_%s %s\n", name, help, name,
		type);
}

static void write_one(FILE *out, const char *name, const char *type, const char *help,
		      uint64_t value)
{
	write_head(out, name, type, help);
	fprintf(out, "wiretape_serve_%s %" PRIu64 "\n", name, value);
}

static void write_metrics(const struct server *s, FILE *out)
{
	write_head(out, "requests_total", "counter", "Requests that were understood.");
	for (int kind = 0; kind < SERVE_KINDS; kind++)
		fprintf(out, "wiretape_serve_requests_total{kind=\"%s\"} %" PRIu64 "\n",
			serve_kind_name((enum serve_kind)kind), s->counts.requests[kind]);
	write_one(out, "refused_total", "counter", "Answers of status 4xx.", s->counts.refused);
	write_one(out, "failed_total", "counter", "Answers of status 5xx.", s->counts.failed);
	write_one(out, "broken_off_total", "counter", "Answers that were not sent to their end.",
		  s->counts.broken);
	write_one(out, "sent_bytes_total", "counter", "Bytes of answers sent to their end.",
		  s->counts.bytes);
	write_one(out, "connections", "gauge", "Requests there are.", s->count);
	write_one(out, "working", "gauge", "Requests that are worked on.", s->working);
	write_one(out, "waiting", "gauge", "Requests that wait for their turn.", waiting(s));
}

enum MHD_Result answer_status(struct exchange *x)
{
	const bool json = x->request.kind == SERVE_STATUS;
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return MHD_NO;
	if (json)
		write_json(x->server, out);
	else
		write_metrics(x->server, out);
	if (fclose(out) != 0) {
		free(text);
		return MHD_NO;
	}
	return answer_text(x, json ? "application/json" : "text/plain; version=0.0.4", text, bytes);
}
