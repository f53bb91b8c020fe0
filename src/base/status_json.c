/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One object, one member a line, so that people can read it too.
 */
#include <inttypes.h>

#include "base/json.h"
#include "base/parse.h"
#include "base/status.h"

static const char *const link_names[] =
	{[STATUS_UP] = "up", [STATUS_DOWN] = "down", [STATUS_GONE] = "gone"};

static void put_time(FILE *out, const char *name, uint64_t ns)
{
	char text[FORMAT_TIME_ROOM];

	if (ns)
		fprintf(out, "\"%s\": \"%s\"", name, format_time(text, ns));
	else
		fprintf(out, "\"%s\": null", name);
}

static void put_string(FILE *out, const char *text)
{
	if (text)
		json_write_string(out, text);
	else
		fputs("null", out);
}

/* "packets": {...}, "losses": {...} */
static void put_counts(FILE *out, const char *indent, const struct stats_snapshot *counts)
{
	fprintf(out,
		"%s\"packets\": {\"received\": %" PRIu64 ", \"captured\": %" PRIu64
		", \"truncated\": %" PRIu64 ", \"host_stamped\": %" PRIu64
		", \"unwanted\": %" PRIu64 "},\n",
		indent, counts->received, counts->captured, counts->truncated, counts->host_stamped,
		counts->unwanted);
	fprintf(out, "%s\"bytes_captured\": %" PRIu64 ",\n%s\"losses\": {", indent,
		counts->captured_bytes, indent);
	for (unsigned i = 0; i < LEDGER_COUNTED_CAUSES; i++)
		fprintf(out, "\"%s\": %" PRIu64 ", ", ledger_cause_name((enum ledger_cause)i),
			ledger_cause_packets(counts, (enum ledger_cause)i));
	fprintf(out, "\"unread\": %" PRIu64 ", \"malformed\": %" PRIu64 "}", counts->unread,
		counts->malformed);
}

static void put_interface(FILE *out, const struct status *status, uint32_t i)
{
	const struct status_interface *interface = &status->interfaces[i];

	fprintf(out, "    {\n      \"name\": ");
	json_write_string(out, interface->name);
	fprintf(out, ",\n      \"linktype\": ");
	put_string(out, interface->linktype);
	fprintf(out, ",\n      \"link\": \"%s\",\n", link_names[interface->link]);
	put_counts(out, "      ", &interface->counts);
	fprintf(out,
		",\n      \"ring\": {\"bytes\": %" PRIu64 ", \"fill_permille\": %" PRIu32
		", \"most_permille\": %" PRIu32 "},\n",
		interface->ring_bytes, interface->ring_fill_permille,
		interface->ring_most_permille);
	fprintf(out,
		"      \"gaps\": {\"down\": %" PRIu64 ", \"gone\": %" PRIu64 ", \"ns\": %" PRIu64
		"}\n    }",
		ledger_total(status->ledger, i, LEDGER_DOWN),
		ledger_total(status->ledger, i, LEDGER_GONE),
		ledger_gap_ns(status->ledger, i, status->time_ns));
}

/* In nanoseconds. */
static void put_latency(FILE *out, const char *name, const struct latency_snapshot *latency)
{
	fprintf(out,
		"\"%s\": {\"count\": %" PRIu64 ", \"sum_ns\": %" PRIu64 ", \"p50_ns\": %" PRIu64
		", \"p99_ns\": %" PRIu64 ", \"most_ns\": %" PRIu64 "}",
		name, latency->count, latency->sum_ns, latency_value_ns(latency, 500),
		latency_value_ns(latency, 990), latency->most_ns);
}

static void put_writing(FILE *out, const struct status_writing *writing)
{
	fprintf(out,
		",\n    \"spill\": {\"bytes\": %" PRIu64 ", \"most_bytes\": %" PRIu64
		", \"bound_bytes\": %" PRIu64 "},\n    ",
		writing->spill_bytes, writing->spill_most_bytes, writing->spill_bound_bytes);
	put_latency(out, "writes", &writing->writes);
	fputs(",\n    ", out);
	put_latency(out, "turns", &writing->turns);
}

static void put_packing(FILE *out, const struct status_packing *p)
{
	fprintf(out,
		",\n    \"packing\": {\"kept\": %" PRIu64 ", \"kept_bytes\": %" PRIu64
		", \"waiting\": %" PRIu64 ", \"segments\": %" PRIu64 ", \"bytes\": %" PRIu64
		", \"packed_bytes\": %" PRIu64 ", \"behind\": %" PRIu64 ", \"failed\": %" PRIu64
		"}",
		p->kept, p->kept_bytes, p->waiting, p->segments, p->bytes, p->packed_bytes,
		p->behind, p->failed);
}

static void put_output(FILE *out, const struct status *status)
{
	fprintf(out, "  \"output\": {\n    \"path\": ");
	put_string(out, status->path);
	fprintf(out, ",\n    \"format\": \"%s\",\n    \"bytes\": %" PRIu64, status->format,
		status->bytes);
	put_writing(out, &status->writing);
	if (status->segments) {
		fprintf(out,
			",\n    \"segment\": {\"sequence\": %" PRIu64 ", \"bytes\": %" PRIu64
			", \"packets\": %" PRIu64 "},\n",
			status->segment_sequence, status->segment_bytes, status->segment_packets);
		fprintf(out,
			"    \"segments_kept\": %" PRIu64 ",\n    \"used_bytes\": %" PRIu64
			",\n    \"free_bytes\": %" PRIu64 ",\n",
			status->segments_kept, status->used_bytes, status->free_bytes);
		if (status->budget_bytes)
			fprintf(out, "    \"budget_bytes\": %" PRIu64 ",\n", status->budget_bytes);
		else
			fprintf(out, "    \"budget_bytes\": null,\n");
		fputs("    ", out);
		put_time(out, "oldest_packet", status->oldest_ns);
		if (status->packing.wanted)
			put_packing(out, &status->packing);
	}
	fputs("\n  },\n", out);
}

static void put_client(FILE *out, const struct status_client *client)
{
	fprintf(out, "\"packets\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"dropped\": %" PRIu64 "}",
		client->packets, client->bytes, client->dropped);
}

static void put_stream(FILE *out, const struct status_stream *stream)
{
	fputs("\n    {\"to\": ", out);
	json_write_string(out, stream->to);
	fprintf(out, ", \"unheard\": %" PRIu64 ", \"clients\": [", stream->unheard);
	for (uint32_t i = 0; i < stream->client_count; i++) {
		fputs(i ? ",\n      {\"peer\": " : "\n      {\"peer\": ", out);
		json_write_string(out, stream->clients[i].peer);
		fputs(", ", out);
		put_client(out, &stream->clients[i]);
	}
	fprintf(out, "],\n      \"ended\": {\"clients\": %" PRIu64 ", ", stream->ended_count);
	put_client(out, &stream->ended);
	fputs("}", out);
}

/* Nothing where there are none. */
static void put_streams(FILE *out, const struct status *status)
{
	for (uint32_t i = 0; i < status->stream_count; i++) {
		fputs(i ? "," : "  \"streams\": [", out);
		put_stream(out, &status->streams[i]);
	}
	if (status->stream_count > 0)
		fputs("\n  ],\n", out);
}

static void put_ledger(FILE *out, const struct status *status)
{
	uint32_t count = ledger_count(status->ledger);

	fputs("  \"ledger\": [", out);
	for (uint32_t i = 0; i < count; i++) {
		const struct ledger_entry *entry = ledger_at(status->ledger, i);

		fprintf(out, "%s\n    {\"number\": %" PRIu64 ", \"interface\": ", i ? "," : "",
			entry->number);
		put_string(out, entry->interface < status->interface_count
					? status->interfaces[entry->interface].name
					: NULL);
		fprintf(out, ", \"cause\": \"%s\", ", ledger_cause_name(entry->cause));
		put_time(out, "from", entry->from_ns);
		fputs(", ", out);
		put_time(out, "to", entry->to_ns);
		if (entry->cause < LEDGER_COUNTED_CAUSES)
			fprintf(out, ", \"packets\": %" PRIu64 "}", entry->count);
		else
			fputs(", \"packets\": null}", out);
	}
	fputs(count ? "\n  ]\n" : "]\n", out);
}

static void put_health(FILE *out, const struct status *status)
{
	const struct status_health *health = status->health;
	const uint64_t rate = health->bytes_per_second;

	fprintf(out,
		"  \"health\": {\n    \"healthy\": %s,\n    \"packets_per_second\": %" PRIu64
		",\n    \"bytes_per_second\": %" PRIu64 ",\n    \"lost_lately\": %" PRIu64
		",\n    \"budget_full_seconds\": ",
		health->problem_count ? "false" : "true", health->packets_per_second, rate,
		health->lost_lately);
	if (status->budget_bytes && (rate || status_budget_left(status) == 0))
		fprintf(out, "%" PRIu64, rate ? status_budget_left(status) / rate : 0);
	else
		fputs("null", out);
	fprintf(out, ",\n    \"hooks\": %" PRIu64 ",\n    \"hooks_failed\": %" PRIu64,
		health->hooks, health->hooks_failed);
	fputs(",\n    \"problems\": [", out);
	for (unsigned i = 0; i < health->problem_count; i++) {
		fputs(i ? ", " : "", out);
		json_write_string(out, health->problems[i]);
	}
	fputs("]\n  },\n", out);
}

void status_write_json(FILE *out, const struct status *status)
{
	fprintf(out, "{\n  \"schema\": %d,\n  \"version\": ", STATUS_SCHEMA);
	json_write_string(out, status->version);
	fprintf(out, ",\n  \"pid\": %d,\n  \"recording\": %s,\n  ", status->pid,
		status->recording ? "true" : "false");
	put_time(out, "start", status->start_ns);
	fputs(",\n  ", out);
	put_time(out, "time", status->time_ns);
	fputs(",\n  \"interfaces\": [", out);
	for (uint32_t i = 0; i < status->interface_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_interface(out, status, i);
	}
	fputs("\n  ],\n  \"total\": {\n", out);
	put_counts(out, "    ", &status->total);
	fputs("\n  },\n", out);
	put_output(out, status);
	if (status->health)
		put_health(out, status);
	put_streams(out, status);
	put_ledger(out, status);
	fputs("}\n", out);
}
