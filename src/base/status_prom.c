/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A metric after the other, each with all its samples: the format wants them
 * together.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "base/status.h"

static void begin(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/*
 * A label's value, quoted. Anything but UTF-8 would have the whole file refused,
 * and so would two interfaces whose labels are equal: a byte that cannot be
 * shown becomes U+FFFD and two digits, and so do those of a U+FFFD itself, so
 * that names that differ go on differing.
 */
static void put_value(FILE *out, const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t length;

	fputc('"', out);
	for (; *text; text += length) {
		length = text_char_length(text);
		if (length == 3 && memcmp(text, replacement, 3) == 0)
			length = 0;
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if (length == 0)
			fprintf(out, "%s%02X", replacement, (unsigned char)*text);
		else
			fwrite(text, 1, length, out);
		if (length == 0)
			length = 1;
	}
	fputc('"', out);
}

/* name{instance="...", the labels there are, and a space. Files of several recorders are
 * read as one, so that each series says whose it is. */
static void put_series(FILE *out, const struct status *status, const char *name)
{
	fprintf(out, "%s{instance=", name);
	put_value(out, status->instance);
	fputs("} ", out);
}

static void put_labels(FILE *out, const struct status *status, const char *interface)
{
	fputs("{instance=", out);
	put_value(out, status->instance);
	fputs(",interface=", out);
	put_value(out, interface);
}

/* All its digits: a double has not enough for a time of day. */
static void put_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64 "\n", ns / NS_PER_SECOND, ns % NS_PER_SECOND);
}

enum each {
	EACH_RECEIVED,
	EACH_CAPTURED,
	EACH_BYTES,
	EACH_TRUNCATED,
	EACH_UP,
	EACH_RING_BYTES,
	EACH_FILL,
	EACH_MOST,
	EACH_GAP_SECONDS,
	EACH_COUNT
};

static void put_each_value(FILE *out, const struct status *status, uint32_t i, enum each each)
{
	const struct status_interface *interface = &status->interfaces[i];
	const struct stats_snapshot *counts = &interface->counts;
	const uint64_t numbers[EACH_COUNT] = {
		[EACH_RECEIVED] = counts->received,
		/* What is lost later comes off those captured; a counter must not
		 * go back, which would be taken for a restart. */
		[EACH_CAPTURED] = counts->captured + stats_lost_writing(counts),
		[EACH_BYTES] = counts->captured_bytes,
		[EACH_TRUNCATED] = counts->truncated,
		[EACH_UP] = interface->link == STATUS_UP,
		[EACH_RING_BYTES] = interface->ring_bytes,
		[EACH_FILL] = interface->ring_fill_permille,
		[EACH_MOST] = interface->ring_most_permille,
		[EACH_GAP_SECONDS] = ledger_gap_ns(status->ledger, i, status->time_ns),
	};

	if (each == EACH_FILL || each == EACH_MOST)
		fprintf(out, "%" PRIu64 ".%03" PRIu64 "\n", numbers[each] / 1000,
			numbers[each] % 1000);
	else if (each == EACH_GAP_SECONDS)
		put_seconds(out, numbers[each]);
	else
		fprintf(out, "%" PRIu64 "\n", numbers[each]);
}

static void put_interfaces(FILE *out, const struct status *status)
{
	static const struct {
		const char *name, *type, *help;
	} metrics[EACH_COUNT] = {
		[EACH_RECEIVED] = {"wiretape_packets_received_total", "counter",
				   "Packets that passed the filter, as the kernel counts them."},
		[EACH_CAPTURED] = {"wiretape_packets_captured_total", "counter",
				   "Packets taken for the file, those lost since (disk, write, "
				   "oversize) included."},
		[EACH_BYTES] = {"wiretape_captured_bytes_total", "counter",
				"Bytes on the wire of the packets taken."},
		[EACH_TRUNCATED] = {"wiretape_packets_truncated_total", "counter",
				    "Packets cut to the frame size of the ring."},
		[EACH_UP] = {"wiretape_interface_up", "gauge",
			     "Whether the interface is there and up."},
		[EACH_RING_BYTES] = {"wiretape_ring_bytes", "gauge", "Memory of the ring."},
		[EACH_FILL] = {"wiretape_ring_fill_ratio", "gauge",
			       "Part of the ring not yet given back to the kernel."},
		[EACH_MOST] = {"wiretape_ring_fill_max_ratio", "gauge",
			       "The most of that since the start."},
		[EACH_GAP_SECONDS] = {"wiretape_interface_gap_seconds_total", "counter",
				      "Time the interface was down or gone."},
	};

	for (int each = 0; each < EACH_COUNT; each++) {
		begin(out, metrics[each].name, metrics[each].type, metrics[each].help);
		for (uint32_t i = 0; i < status->interface_count; i++) {
			fputs(metrics[each].name, out);
			put_labels(out, status, status->interfaces[i].name);
			fputs("} ", out);
			put_each_value(out, status, i, (enum each)each);
		}
	}
}

static void put_causes(FILE *out, const struct status *status)
{
	static const char lost[] = "wiretape_packets_lost_total";
	static const char gaps[] = "wiretape_interface_gaps_total";

	begin(out, lost, "counter", "Packets lost on the way to the file.");
	for (uint32_t i = 0; i < status->interface_count; i++) {
		for (unsigned cause = 0; cause < LEDGER_COUNTED_CAUSES; cause++) {
			fputs(lost, out);
			put_labels(out, status, status->interfaces[i].name);
			fprintf(out, ",cause=\"%s\"} %" PRIu64 "\n",
				ledger_cause_name((enum ledger_cause)cause),
				ledger_cause_packets(&status->interfaces[i].counts,
						     (enum ledger_cause)cause));
		}
	}
	begin(out, gaps, "counter", "Times the interface went.");
	for (uint32_t i = 0; i < status->interface_count; i++) {
		for (unsigned cause = LEDGER_DOWN; cause < LEDGER_CAUSES; cause++) {
			fputs(gaps, out);
			put_labels(out, status, status->interfaces[i].name);
			fprintf(out, ",cause=\"%s\"} %" PRIu64 "\n",
				ledger_cause_name((enum ledger_cause)cause),
				ledger_total(status->ledger, i, (enum ledger_cause)cause));
		}
	}
}

struct metric {
	const char *name, *type, *help;
	uint64_t value;
};

static void put_one(FILE *out, const struct status *status, const struct metric *metric)
{
	begin(out, metric->name, metric->type, metric->help);
	put_series(out, status, metric->name);
	fprintf(out, "%" PRIu64 "\n", metric->value);
}

static void put_time(FILE *out, const struct status *status, const struct metric *metric)
{
	begin(out, metric->name, metric->type, metric->help);
	put_series(out, status, metric->name);
	put_seconds(out, metric->value);
}

static void put_all(FILE *out, const struct status *status, const struct metric *metrics,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_one(out, status, &metrics[i]);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void put_latency(FILE *out, const struct status *status, const struct metric *metric,
			const struct latency_snapshot *latency)
{
	const char *name = metric->name;
	char series[64];
	uint64_t count = 0;

	begin(out, name, "histogram", metric->help);
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		const uint64_t us = latency_bound_ns(i) / 1000;

		count += latency->buckets[i];
		fprintf(out, "%s_bucket{instance=", name);
		put_value(out, status->instance);
		if (i + 1 == LATENCY_BUCKETS)
			fprintf(out, ",le=\"+Inf\"} %" PRIu64 "\n", count);
		else
			fprintf(out, ",le=\"%" PRIu64 ".%06" PRIu64 "\"} %" PRIu64 "\n",
				us / 1000000, us % 1000000, count);
	}
	snprintf(series, sizeof(series), "%s_sum", name);
	put_series(out, status, series);
	put_seconds(out, latency->sum_ns);
	snprintf(series, sizeof(series), "%s_count", name);
	put_series(out, status, series);
	fprintf(out, "%" PRIu64 "\n", count);
}

static void put_writing(FILE *out, const struct status *status)
{
	const struct status_writing *writing = &status->writing;
	const struct metric metrics[] = {
		{"wiretape_spill_bytes", "gauge",
		 "Memory beside the ring for what waits for the disk.", writing->spill_bytes},
		{"wiretape_spill_max_bytes", "gauge", "The most of that since the start.",
		 writing->spill_most_bytes},
		{"wiretape_spill_bound_bytes", "gauge", "The most there may be.",
		 writing->spill_bound_bytes},
	};
	static const struct metric writes = {"wiretape_write_seconds", NULL,
					     "How long writes past the page cache took.", 0};
	static const struct metric turns =
		{"wiretape_turn_seconds", NULL,
		 "Time from one look at the rings to the next, sleep left out.", 0};

	put_all(out, status, metrics, COUNT(metrics));
	put_latency(out, status, &writes, &writing->writes);
	put_latency(out, status, &turns, &writing->turns);
}

static void put_packing(FILE *out, const struct status *status)
{
	const struct status_packing *p = &status->packing;
	const struct metric metrics[] = {
		{"wiretape_packed_segments", "gauge", "Packed segments in the directory.", p->kept},
		{"wiretape_packed_used_bytes", "gauge", "Disk space they take.", p->kept_bytes},
		{"wiretape_pack_waiting", "gauge", "Segments that wait to be packed.", p->waiting},
		{"wiretape_pack_segments_total", "counter", "Segments that were packed.",
		 p->segments},
		{"wiretape_pack_in_bytes_total", "counter", "Bytes they had.", p->bytes},
		{"wiretape_pack_out_bytes_total", "counter", "Bytes they have packed.",
		 p->packed_bytes},
		{"wiretape_pack_behind_total", "counter",
		 "Segments not packed as that did not keep up.", p->behind},
		{"wiretape_pack_failed_total", "counter", "Segments that could not be packed.",
		 p->failed},
	};

	put_all(out, status, metrics, COUNT(metrics));
}

static void put_segments(FILE *out, const struct status *status)
{
	const struct metric metrics[] = {
		{"wiretape_segment_sequence", "gauge", "Number of the segment being written.",
		 status->segment_sequence},
		{"wiretape_segment_bytes", "gauge", "Its bytes.", status->segment_bytes},
		{"wiretape_segments", "gauge", "Segments in the directory.", status->segments_kept},
		{"wiretape_used_bytes", "gauge", "Disk space of the segments.", status->used_bytes},
		{"wiretape_free_bytes", "gauge", "Disk space free beyond what is to be kept free.",
		 status->free_bytes},
	};
	const struct metric budget = {"wiretape_budget_bytes", "gauge", "Disk space they may take.",
				      status->budget_bytes};
	const struct metric oldest = {"wiretape_oldest_packet_time_seconds", "gauge",
				      "When the oldest packet kept was taken.", status->oldest_ns};

	put_all(out, status, metrics, COUNT(metrics));
	if (status->budget_bytes)
		put_one(out, status, &budget);
	if (status->oldest_ns)
		put_time(out, status, &oldest);
	if (status->packing.wanted)
		put_packing(out, status);
}

enum of_client { CLIENT_PACKETS, CLIENT_BYTES, CLIENT_DROPPED, CLIENT_COUNT };

static void put_client(FILE *out, const struct status *status, const char *name, const char *to,
		       const struct status_client *client, enum of_client each)
{
	const uint64_t numbers[CLIENT_COUNT] = {client->packets, client->bytes, client->dropped};

	fprintf(out, "%s{instance=", name);
	put_value(out, status->instance);
	fputs(",stream=", out);
	put_value(out, to);
	fputs(",client=", out);
	put_value(out, client->peer);
	fprintf(out, "} %" PRIu64 "\n", numbers[each]);
}

/* By client; all that have gone are one, of which the name is empty. */
static void put_streams(FILE *out, const struct status *status)
{
	static const struct {
		const char *name, *help;
	} metrics[CLIENT_COUNT] = {
		[CLIENT_PACKETS] = {"wiretape_stream_packets_total", "Packets sent to a client."},
		[CLIENT_BYTES] = {"wiretape_stream_bytes_total", "Bytes sent to a client."},
		[CLIENT_DROPPED] = {"wiretape_stream_dropped_total",
				    "Packets dropped for a client that was too slow."},
	};

	for (int each = 0; each < CLIENT_COUNT && status->stream_count > 0; each++) {
		const char *name = metrics[each].name;

		begin(out, name, "counter", metrics[each].help);
		for (uint32_t i = 0; i < status->stream_count; i++) {
			const struct status_stream *stream = &status->streams[i];

			put_client(out, status, name, stream->to, &stream->ended,
				   (enum of_client)each);
			for (uint32_t k = 0; k < stream->client_count; k++)
				put_client(out, status, name, stream->to, &stream->clients[k],
					   (enum of_client)each);
		}
	}
}

void status_write_prometheus(FILE *out, const struct status *status)
{
	const struct metric recording = {"wiretape_recording", "gauge", "Whether it still records.",
					 status->recording};
	const struct metric start = {"wiretape_start_time_seconds", "gauge",
				     "When the recording began.", status->start_ns};
	const struct metric totals[] = {
		/* Of a loss in the file that no interface can be told for. */
		{"wiretape_packets_unwritten_total", "counter",
		 "Packets of all interfaces lost to write errors.", status->total.unwritten},
		{"wiretape_output_bytes_total", "counter", "Bytes written to files.",
		 status->bytes},
	};

	begin(out, "wiretape_info", "gauge", "The program; always 1.");
	fputs("wiretape_info{instance=", out);
	put_value(out, status->instance);
	fputs(",version=", out);
	put_value(out, status->version);
	fputs("} 1\n", out);
	put_one(out, status, &recording);
	put_time(out, status, &start);
	put_interfaces(out, status);
	put_causes(out, status);
	put_all(out, status, totals, COUNT(totals));
	put_writing(out, status);
	put_streams(out, status);
	if (status->segments)
		put_segments(out, status);
}
