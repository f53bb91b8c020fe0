/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts become files, for programs that watch, and a message to the service manager.
 */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/parse.h"
#include "monitor_parts.h"

static void fill_interfaces(struct monitor *m, const struct session_counts *counts)
{
	for (uint32_t i = 0; i < m->count; i++) {
		const struct monitor_row *row = &m->rows[i];
		const struct source *source = row->source;
		struct status_interface *to = &m->interfaces[i];

		to->name = row->name;
		to->linktype = pcap_datalink_val_to_name(source->linktype.dlt);
		to->counts = counts[row->lane].each[row->number];
		to->ring_bytes = source->geometry.ring_bytes;
		to->ring_fill_permille = rx_ring_fill(source->ring);
		to->ring_most_permille = rx_ring_fill_most(source->ring);
		if (to->ring_most_permille < to->ring_fill_permille)
			to->ring_most_permille = to->ring_fill_permille;
	}
}

void monitor_writing(const struct monitor *m, const struct session_counts *counts,
		     struct status_writing *writing)
{
	*writing = (struct status_writing){0};
	if (m->config.output)
		output_writing(m->config.output, writing);
	writing->turns = counts->turns;
}

static void fill_status(struct monitor *m, const struct session_counts *counts, bool recording,
			struct status *status)
{
	const struct options *o = m->config.options;
	struct sink_tape_summary tape = {0};

	fill_interfaces(m, counts);
	if (m->config.output)
		output_tape_state(m->config.output, &tape);
	*status = (struct status){
		.version = WIRETAPE_VERSION,
		.pid = getpid(),
		.instance = m->instance,
		.recording = recording,
		.start_ns = counts->total.start_ns,
		.time_ns = counts->total.time_ns,
		.interfaces = m->interfaces,
		.interface_count = m->count,
		.total = counts->total,
		.ledger = m->ledger,
		.path = o->write,
		.format = o->format == FORMAT_PCAP ? "pcap" : "pcapng",
		.bytes = monitor_bytes_out(m, counts),
		.streams = streams_status(m->config.streams),
		.stream_count = m->config.streams->count,
		.segments = m->config.output && output_rotates(m->config.output),
		.segment_sequence = tape.sequence,
		.segment_bytes = tape.bytes,
		.segment_packets = tape.packets,
		.segments_kept = tape.segments,
		.budget_bytes = o->rotation.budget_bytes,
		.used_bytes = tape.used_bytes,
		.free_bytes = tape.free_bytes,
		.oldest_ns = tape.oldest_ns,
		.packing =
			{
				.wanted = o->pack_level > 0,
				.kept = tape.packing.kept,
				.kept_bytes = tape.packing.kept_bytes,
				.waiting = tape.packing.waiting,
				.segments = tape.packing.segments,
				.bytes = tape.packing.bytes,
				.packed_bytes = tape.packing.packed_bytes,
				.behind = tape.packing.behind,
				.failed = tape.packing.failed,
			},
	};
	monitor_writing(m, counts, &status->writing);
}

static void write_file(struct monitor *m, struct stat_writer *writer, const char *path,
		       const struct status *status)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out;

	if (!writer)
		return;
	out = open_memstream(&text, &bytes);
	if (!out)
		return;
	if (writer == m->json)
		status_write_json(out, status);
	else
		status_write_prometheus(out, status);
	if (fclose(out) != 0)
		free(text);
	else if (!stat_writer_put(writer, text, bytes))
		log_say(m->config.log, NOTE_STATS, NULL,
			"write %s: its file system takes too long; it has old counts until then",
			path);
}

static void say_failed(void *context, const struct error *err)
{
	const struct monitor *m = context;

	log_say(m->config.log, NOTE_STATS, NULL, "%s", err->text);
}

static int start_writer(struct monitor *m, struct statfile **file, struct stat_writer **writer,
			struct error *err)
{
	const struct stat_writer_config config = {*file, say_failed, m};
	int rc = *file ? stat_writer_open(&config, writer, err) : 0;

	if (rc == 0)
		*file = NULL;
	return rc;
}

int monitor_start_writers(struct monitor *m, struct error *err)
{
	int rc = start_writer(m, &m->json_file, &m->json, err);

	return rc < 0 ? rc : start_writer(m, &m->metrics_file, &m->metrics, err);
}

bool monitor_write_told(struct monitor *m, const struct session_counts *counts, bool json,
			FILE *out)
{
	struct sink_tape_summary tape = {0};
	struct status_health health;
	struct status status;

	if (m->config.output)
		output_tape_state(m->config.output, &tape);
	fill_status(m, counts, true, &status);
	monitor_judge(m, counts, &tape, &health);
	status.health = &health;
	if (json)
		status_write_json(out, &status);
	else
		status_write_text(out, &status);
	return health.problem_count == 0;
}

void monitor_write(struct monitor *m, const struct session_counts *counts, bool recording)
{
	struct status status;

	fill_status(m, counts, recording, &status);
	write_file(m, m->json, m->config.options->stats_file, &status);
	write_file(m, m->metrics, m->config.options->metrics_file, &status);
	notify_status(m->config.notify,
		      "%" PRIu64 " packet%s captured, %" PRIu64 " lost, segment %" PRIu64,
		      counts->total.captured, PLURAL(counts->total.captured),
		      stats_lost(&counts->total), status.segment_sequence);
}
