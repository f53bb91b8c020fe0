/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts become lines. They go into the ledger first, which lines, files and messages
 * are all told from, so that they agree.
 */
#include "monitor_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/report.h"

#define INTERVAL_NS (10 * NS_PER_SECOND)

/* --- opening ----------------------------------------------------------------- */

static int open_files(struct monitor *m, struct error *err)
{
	const struct options *o = m->config.options;
	int rc = 0;

	if (o->stats_file)
		rc = statfile_open(o->stats_file, m->config.target, &m->json_file, err);
	if (rc < 0)
		return error_context(err, "--stats-file");
	if (o->metrics_file)
		rc = statfile_open(o->metrics_file, m->config.target, &m->metrics_file, err);
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

/* Two recorders that a textfile collector reads never write to one place. Null without
 * memory. */
static char *name_instance(const struct monitor *m)
{
	const struct options *o = m->config.options;
	char *directory, *name = NULL;

	if (o->instance || !o->write || strcmp(o->write, "-") == 0)
		return strdup(o->instance ? o->instance : m->rows[0].name);
	if (*o->write == '/')
		return strdup(o->write);
	directory = getcwd(NULL, 0);
	if (asprintf(&name, "%s/%s", directory ? directory : "", o->write) < 0)
		name = NULL;
	free(directory);
	return name;
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
	m->instance = m->rows ? name_instance(m) : NULL;
	rc = m->interfaces && m->instance ? ledger_open(m->count + 1, &m->ledger) : -ENOMEM;
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
	const struct options *o = m->config.options;
	const uint64_t asked = o->stats_interval_ns;

	if (asked || (!o->stats_file && !o->metrics_file && !m->config.notify && !m->config.asked))
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
		"%s: frames that long were merged as they came in (ethtool -K %s gro off lro off), "
		"or left uncut by their sender (tso off gso off on its interface)",
		name,
		entry->interface < m->count ? m->rows[entry->interface].source->dev.name : "IF");
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

void monitor_look_at_mode(struct monitor *m)
{
	const struct output *output = m->config.output;

	if (!output || m->said_refused || m->config.options->io == DISKIO_BUFFERED ||
	    atomic_load(&output_sink(output)->io_mode) != DISKIO_BUFFERED ||
	    !output_is_regular(output))
		return;
	m->said_refused = true;
	log_say(m->config.log, NOTE_ADOPT, NULL,
		"%s: direct writes are refused here, writing through the page cache",
		m->config.options->write);
}

void monitor_report(struct monitor *m, enum session_event event,
		    const struct session_counts *counts)
{
	char line[REPORT_STATUS_ROOM];
	const bool files = m->json || m->metrics;
	struct status_writing writing;
	struct report_state state = {0};

	enter_losses(m, counts);
	monitor_look_at_mode(m);
	monitor_note(m, counts);
	switch (event) {
	case SESSION_STATUS:
		for (uint32_t i = 0; i < m->count; i++) {
			uint32_t fill = rx_ring_fill(m->rows[i].source->ring);

			state.fill_permille =
				fill > state.fill_permille ? fill : state.fill_permille;
		}
		monitor_writing(m, counts, &writing);
		state.spill_bytes = writing.spill_bytes;
		state.file_bytes = monitor_bytes_out(m, counts);
		report_status(line, &counts->total, &m->last, &state);
		log_status(m->config.log, line);
		m->last = counts->total;
		break;
	case SESSION_WATCHDOG:
		notify_watchdog(m->config.notify);
		break;
	case SESSION_ASKED:
	case SESSION_STATS:
		monitor_write(m, counts, true);
		if (event == SESSION_ASKED || (!files && m->config.options->stats_interval_ns))
			say_counts(m, counts);
		break;
	case SESSION_LOSS:
		break;
	}
}

/* Who has lost packets wants to know what took so long; others may ask. */
static void say_writing(struct monitor *m, const struct session_counts *final)
{
	char line[REPORT_STATUS_ROOM];
	struct status_writing writing;
	uint32_t most = 0;

	if (!m->config.options->verbose && final->total.dropped == 0)
		return;
	for (uint32_t i = 0; i < m->count; i++) {
		uint32_t each = rx_ring_fill_most(m->rows[i].source->ring);

		if (m->rows[i].lane == 0)
			most = each > most ? each : most;
	}
	monitor_writing(m, final, &writing);
	report_writing(line, &writing, most);
	log_say(m->config.log, NOTE_DETAIL, NULL, "%s", line);
}

void monitor_ended(struct monitor *m, const struct session_counts *final)
{
	enter_losses(m, final);
	monitor_look_at_mode(m);
	notify_stopping(m->config.notify);
	monitor_write(m, final, false);
	for (uint32_t i = 0; i < m->count && m->config.stats.count > 1; i++) {
		const struct monitor_row *row = &m->rows[i];
		struct stats_snapshot each = final[row->lane].each[row->number];

		if (row->lane == 1 || m->forwards_only)
			each.story = STATS_FORWARDED;
		log_counts(m->config.log, row->name, &each);
	}
	say_writing(m, final);
	say_counts(m, final);
}

bool monitor_tell(struct monitor *m, const struct session_counts *counts, bool json, FILE *out)
{
	enter_losses(m, counts);
	return monitor_write_told(m, counts, json, out);
}

static void close_writer(struct monitor *m, struct stat_writer *writer, const char *path)
{
	if (!stat_writer_close(writer))
		log_say(m->config.log, NOTE_CHECK, NULL,
			"write %s: its file system takes too long; the last counts may not get "
			"there",
			path);
}

void monitor_close(struct monitor *m)
{
	if (!m)
		return;
	close_writer(m, m->json, m->config.options->stats_file);
	close_writer(m, m->metrics, m->config.options->metrics_file);
	statfile_close(m->json_file);
	statfile_close(m->metrics_file);
	ledger_close(m->ledger);
	free(m->instance);
	free(m->interfaces);
	free(m->rows);
	free(m);
}
