/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts become lines, files and messages here. The ledger is what they all
 * tell from, so that they agree.
 */
#include "monitor_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/report.h"
#include "startup_check.h"

#define INTERVAL_NS (10 * NS_PER_SECOND)

/* --- opening ----------------------------------------------------------------- */

static int open_files(struct monitor *m, struct error *err)
{
	const struct options *o = m->config.options;
	int rc = 0;

	if (o->stats_file)
		rc = statfile_open(o->stats_file, m->config.target, &m->json, err);
	if (rc < 0)
		return error_context(err, "--stats-file");
	if (o->metrics_file)
		rc = statfile_open(o->metrics_file, m->config.target, &m->metrics, err);
	return rc < 0 ? error_context(err, "--metrics-file") : 0;
}

/* Where what comes in by a source is sent. */
const char *monitor_way_out(const struct monitor *m, uint32_t number)
{
	/* With --both-ways what comes in by the second goes out by the first. */
	return number == 1 && m->config.options->both_ways ? m->config.forwarded[0].dev.name
							   : m->config.out->name;
}

static void fill_row(struct monitor *m, struct monitor_row *row, uint32_t lane, uint32_t number)
{
	const bool forwarded = lane == 1 || m->forwards_only;
	const struct source *source =
		lane == 1 ? &m->config.forwarded[number] : &m->config.sources[number];

	*row = (struct monitor_row){.source = source, .lane = lane, .number = number};
	snprintf(row->name, sizeof(row->name), "%s%s%s", source->dev.name, forwarded ? ">" : "",
		 forwarded ? monitor_way_out(m, number) : "");
}

/* What is recorded comes first. */
static void fill_rows(struct monitor *m)
{
	const uint32_t first = m->config.stats.count;

	for (uint32_t i = 0; i < m->count; i++)
		fill_row(m, &m->rows[i], i >= first, i >= first ? i - first : i);
}

int monitor_open(const struct monitor_config *config, struct monitor **result, struct error *err)
{
	const struct options *o = config->options;
	struct monitor *m = calloc(1, sizeof(*m));
	int rc;

	if (!m)
		return error_system(err, ENOMEM, "start the capture");
	m->config = *config;
	m->forwards_only = config->forwarded == config->sources;
	m->count = config->stats.count + (m->forwards_only ? 0 : config->forwarded_stats.count);
	m->interfaces = calloc(m->count, sizeof(*m->interfaces));
	m->rows = calloc(m->count, sizeof(*m->rows));
	m->shows_status = !o->quiet && !o->log_json && !options_prints(o) &&
			  isatty(STDERR_FILENO) && (!o->write || strcmp(o->write, "-") != 0);
	if (m->rows)
		fill_rows(m);
	rc = m->interfaces && m->rows ? ledger_open(m->count + 1, &m->ledger) : -ENOMEM;
	if (rc < 0)
		error_system(err, -rc, "start the capture");
	else
		rc = open_files(m, err);
	if (rc < 0) {
		monitor_close(m);
		return rc;
	}
	*result = m;
	return 0;
}

uint64_t monitor_interval_ns(const struct monitor *m)
{
	const uint64_t asked = m->config.options->stats_interval_ns;

	if (asked || (!m->json && !m->metrics && !m->config.notify))
		return asked;
	return INTERVAL_NS;
}

uint64_t monitor_watchdog_ns(const struct monitor *m)
{
	return notify_watchdog_ns(m->config.notify);
}

bool monitor_shows_status(const struct monitor *m)
{
	return m->shows_status;
}

/* --- what is wrong with the machine -------------------------------------------- */

static void check(struct monitor *m,
		  void (*say)(void *, enum check_level, const char *, const char *))
{
	const struct options *o = m->config.options;
	struct check_interface interfaces[OPTIONS_INTERFACES_MAX];
	struct startup_check_config config = {
		.interfaces = interfaces,
		.directory = -1,
		.forwards = m->config.out != NULL,
		.budget_bytes = o->rotation.budget_bytes,
		.reserve_bytes = o->rotation.reserve_bytes,
		.sync = !o->no_sync,
		.say = say,
		.context = m,
	};
	bool missing;

	for (uint32_t i = 0; i < m->count; i++) {
		const struct source *source = m->rows[i].source;

		if (m->rows[i].lane == 0)
			interfaces[config.interface_count++] =
				(struct check_interface){source->dev.name, source->dev.mtu};
		config.ring_bytes += source->geometry.ring_bytes;
	}
	if (m->config.output)
		config.path = output_directory(m->config.output, &missing);
	if (config.path) {
		config.kept_bytes = output_kept_bytes(m->config.output);
		config.directory = open(config.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	startup_check(&config);
	if (config.directory >= 0)
		close(config.directory);
}

static void print_check(void *context, enum check_level level, const char *about, const char *text)
{
	char line[512];

	(void)context;
	snprintf(line, sizeof(line), "%s: %s: %s", level == CHECK_WARN ? "warning" : "ok", about,
		 text);
	text_clean(line);
	puts(line);
}

static void say_check(void *context, enum check_level level, const char *about, const char *text)
{
	struct monitor *m = context;

	if (level == CHECK_WARN)
		log_say(m->config.log, NOTE_CHECK, NULL, "%s: %s", about, text);
}

int monitor_check(struct monitor *m, struct error *err)
{
	check(m, print_check);
	if (fflush(stdout) != 0)
		return error_system(err, errno, "standard output");
	return 0;
}

void monitor_advise(struct monitor *m)
{
	/* A single capture somebody looks at needs no advice on months of it. */
	if (m->config.out || (m->config.output && output_rotates(m->config.output)))
		check(m, say_check);
}

/* --- state ----------------------------------------------------------------------- */

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

/* In the file, or sent. */
static uint64_t bytes_out(const struct monitor *m, const struct session_counts *counts)
{
	if (!m->config.output)
		return counts->total.sent_bytes;
	return atomic_load_explicit(&output_sink(m->config.output)->bytes, memory_order_relaxed);
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
		.recording = recording,
		.start_ns = counts->total.start_ns,
		.time_ns = counts->total.time_ns,
		.interfaces = m->interfaces,
		.interface_count = m->count,
		.total = counts->total,
		.ledger = m->ledger,
		.path = o->write,
		.format = o->format == FORMAT_PCAP ? "pcap" : "pcapng",
		.bytes = bytes_out(m, counts),
		.segments = m->config.output && output_rotates(m->config.output),
		.segment_sequence = tape.sequence,
		.segment_bytes = tape.bytes,
		.segment_packets = tape.packets,
		.segments_kept = tape.segments,
		.budget_bytes = o->rotation.budget_bytes,
		.used_bytes = tape.used_bytes,
		.free_bytes = tape.free_bytes,
		.oldest_ns = tape.oldest_ns,
	};
}

static void write_file(struct monitor *m, struct statfile *file,
		       void (*write)(FILE *, const struct status *), const struct status *status)
{
	struct error err;
	char *text = NULL;
	size_t bytes = 0;
	FILE *out;

	if (!file)
		return;
	out = open_memstream(&text, &bytes);
	if (!out)
		return;
	write(out, status);
	if (fclose(out) == 0 && statfile_replace(file, text, bytes, &err) < 0)
		log_say(m->config.log, NOTE_STATS, NULL, "%s", err.text);
	free(text);
}

static void write_files(struct monitor *m, const struct session_counts *counts, bool recording)
{
	struct status status;

	fill_status(m, counts, recording, &status);
	write_file(m, m->json, status_write_json, &status);
	write_file(m, m->metrics, status_write_prometheus, &status);
	notify_status(m->config.notify,
		      "%" PRIu64 " packets captured, %" PRIu64 " lost, segment %" PRIu64,
		      counts->total.captured, stats_lost(&counts->total), status.segment_sequence);
}

/* --- losses ---------------------------------------------------------------------- */

static void say_loss(void *context, const struct ledger_entry *entry, uint64_t packets)
{
	struct monitor *m = context;
	const char *name =
		entry->interface < m->count ? m->rows[entry->interface].name : "all interfaces";
	char text[LEDGER_TEXT_ROOM];

	(void)packets;
	log_say(m->config.log, NOTE_LOSS, name, "%s",
		ledger_format(text, entry, name, clock_wall(&clock_system)));
	if (entry->cause != LEDGER_TX_OVERSIZE || m->advised)
		return;
	m->advised = true;
	log_say(m->config.log, NOTE_CHECK, name,
		"%s: frames that long were left to an adapter to cut (there: "
		"ethtool -K IF tso off gso off) or merged (here: ethtool -K IF gro off lro off)",
		name);
}

static void enter_losses(struct monitor *m, const struct session_counts *counts)
{
	const struct ledger_sink sink = {.grown = say_loss, .context = m};

	/* What no interface can be told for stands behind them all. */
	struct stats_snapshot shared = {
		.unwritten = counts->total.unwritten,
		.start_ns = counts->total.start_ns,
		.time_ns = counts->total.time_ns,
	};

	for (uint32_t i = 0; i < m->count; i++) {
		const struct monitor_row *row = &m->rows[i];
		const struct stats_snapshot *each = &counts[row->lane].each[row->number];

		ledger_update(m->ledger, i, each, clock_boot(&clock_system), &sink);
		if (row->lane == 0)
			shared.unwritten -= each->unwritten;
	}
	ledger_update(m->ledger, m->count, &shared, clock_boot(&clock_system), &sink);
}

/* --- events ------------------------------------------------------------------------ */

/* Of the first lane; then, in a line, of what is forwarded besides. */
static void say_counts(struct monitor *m, const struct session_counts *counts)
{
	struct stats_snapshot total = counts[0].total;
	struct stats_snapshot forwarded;

	total.story = m->forwards_only ? STATS_FORWARDED : STATS_CAPTURED;
	log_counts(m->config.log, NULL, &total);
	if (m->forwards_only || !m->config.out)
		return;
	forwarded = counts[1].total;
	forwarded.story = STATS_FORWARDED;
	log_counts(m->config.log, m->config.options->both_ways ? "both ways" : m->config.out->name,
		   &forwarded);
}

void monitor_report(struct monitor *m, enum session_event event,
		    const struct session_counts *counts)
{
	char line[REPORT_STATUS_ROOM];
	const bool files = m->json || m->metrics;
	uint32_t most = 0;

	enter_losses(m, counts);
	switch (event) {
	case SESSION_STATUS:
		for (uint32_t i = 0; i < m->count; i++) {
			uint32_t fill = rx_ring_fill(m->rows[i].source->ring);

			most = fill > most ? fill : most;
		}
		report_status(line, &counts->total, &m->last, most, bytes_out(m, counts));
		log_status(m->config.log, line);
		m->last = counts->total;
		break;
	case SESSION_WATCHDOG:
		notify_watchdog(m->config.notify);
		break;
	case SESSION_ASKED:
	case SESSION_STATS:
		write_files(m, counts, true);
		if (event == SESSION_ASKED || (!files && m->config.options->stats_interval_ns))
			say_counts(m, counts);
		break;
	case SESSION_LOSS:
		break;
	}
}

void monitor_ended(struct monitor *m, const struct session_counts *final)
{
	enter_losses(m, final);
	notify_stopping(m->config.notify);
	write_files(m, final, false);
	for (uint32_t i = 0; i < m->count && m->config.stats.count > 1; i++) {
		const struct monitor_row *row = &m->rows[i];
		struct stats_snapshot each = final[row->lane].each[row->number];

		if (row->lane == 1 || m->forwards_only)
			each.story = STATS_FORWARDED;
		log_counts(m->config.log, row->name, &each);
	}
	say_counts(m, final);
}

void monitor_close(struct monitor *m)
{
	if (!m)
		return;
	statfile_close(m->json);
	statfile_close(m->metrics);
	ledger_close(m->ledger);
	free(m->interfaces);
	free(m->rows);
	free(m);
}
