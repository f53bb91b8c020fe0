/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns counters and interfaces into lines for people. Numbers are exact in
 * the closing report; the status line shortens them where it would not fit a
 * terminal of 80 columns.
 */
#include "cli/report.h"

#include <inttypes.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <string.h>

#include "base/parse.h"
#include "base/safe_text.h"
#include "frames/linktype.h"

#define STATUS_COLUMNS 79u
#define NUMBER_ROOM    REPORT_NUMBER_ROOM

/* Wider cells push their own line out of shape, and only that. */
#define CELL_COLUMNS 40u

/* Three are told always, of files one. Of what is forwarded it is not said that it was
 * captured. */
static bool is_told(size_t offset, const struct stats_snapshot *stats, uint64_t count)
{
	switch (offset) {
	case offsetof(struct stats_snapshot, captured):
		return stats->story == STATS_CAPTURED || stats->story == STATS_READ;
	case offsetof(struct stats_snapshot, sent):
		return stats->story == STATS_FORWARDED || stats->story == STATS_REPLAYED;
	case offsetof(struct stats_snapshot, received):
	case offsetof(struct stats_snapshot, dropped):
		return stats->story == STATS_CAPTURED || stats->story == STATS_FORWARDED;
	case offsetof(struct stats_snapshot, truncated):
		/* What is forwarded is sent whole or not at all, and told as that. */
		return stats->story != STATS_FORWARDED && count > 0;
	/* The difference of two that are told; nobody misses them. */
	case offsetof(struct stats_snapshot, unwanted):
	case offsetof(struct stats_snapshot, captured_bytes):
	case offsetof(struct stats_snapshot, sent_bytes):
		return false;
	default:
		return count > 0;
	}
}

/* What comes from files is not forwarded. */
static const char *meaning_of(size_t offset, const struct stats_snapshot *stats,
			      const char *meaning)
{
	if (offset == offsetof(struct stats_snapshot, sent) && stats->story == STATS_REPLAYED)
		return "sent";
	return meaning;
}

void report_final(FILE *out, const char *interface, const struct stats_snapshot *stats)
{
	static const struct {
		size_t offset;
		const char *meaning;
	} counters[] = {
#define X(name, meaning) {offsetof(struct stats_snapshot, name), meaning},
		STATS_COUNTERS(X)
#undef X
	};

	const char *between = "\n";
	bool told = false;

	if (interface) {
		fprintf(out, "%s: ", interface);
		between = ", ";
	}
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		size_t offset = counters[i].offset;
		uint64_t count;

		memcpy(&count, (const char *)stats + offset, sizeof(count));
		if (!is_told(offset, stats, count))
			continue;
		fprintf(out, "%s%" PRIu64 " packet%s %s%s", interface && told ? between : "", count,
			count == 1 ? "" : "s", meaning_of(offset, stats, counters[i].meaning),
			interface ? "" : between);
		told = true;
	}
	if (interface)
		fputc('\n', out);
}

/* Digits behind the point, of three in all. */
static int decimals(double value)
{
	if (value >= 99.95)
		return 0;
	return value < 9.995 ? 2 : 1;
}

/* Three digits and the letter of a power of 1000, ready for a unit: "1.23 M". */
static void number_scale(char text[static NUMBER_ROOM], double value)
{
	static const char *const letters[] = {"", "k", "M", "G", "T", "P", "E"};
	size_t power = 0;

	/* 999.5 and more would be written as four digits. */
	for (; value >= 999.5 && power < 6; power++)
		value /= 1000;
	snprintf(text, NUMBER_ROOM, "%.*f %s", power == 0 ? 0 : decimals(value), value,
		 letters[power]);
}

const char *report_number(char text[static REPORT_NUMBER_ROOM], double value)
{
	number_scale(text, value);
	return text;
}

const char *report_time(char text[static REPORT_NUMBER_ROOM], int64_t ns)
{
	static const char *const units[] = {"us", "ms", "s"};
	double value = (double)(ns < 0 ? -ns : ns) / 1000;
	size_t unit = 0;

	for (; value >= 999.5 && unit < 2; unit++)
		value /= 1000;
	snprintf(text, REPORT_NUMBER_ROOM, "%s%.*f %s", ns < 0 ? "-" : "", decimals(value), value,
		 units[unit]);
	return text;
}

/* All digits in groups of three, or as number_scale does from limit on, ready
 * for a word: "1 234 ", "1.23 M ". */
static const char *number_write(char text[static NUMBER_ROOM], uint64_t value, uint64_t limit)
{
	if (value >= limit)
		number_scale(text, (double)value);
	else
		format_count(text, value);
	return strcat(text, " ");
}

static double rate_per_second(uint64_t now, uint64_t before, uint64_t ns)
{
	return ns == 0 || now < before ? 0 : (double)(now - before) * 1e9 / (double)ns;
}

void report_status(char line[static REPORT_STATUS_ROOM], const struct stats_snapshot *stats,
		   const struct stats_snapshot *last, const struct report_state *state)
{
	/* The clock is the wall's: set back meanwhile, it makes this huge and the
	 * rates 0. */
	uint64_t ns = stats->time_ns - last->time_ns;
	static const uint64_t limits[] = {UINT64_MAX, 1000000, 1000};
	char packets[NUMBER_ROOM], rate[NUMBER_ROOM], bits[NUMBER_ROOM];
	char drops[NUMBER_ROOM], size[FORMAT_SIZE_ROOM], spill[FORMAT_SIZE_ROOM];

	number_scale(rate, rate_per_second(stats->captured, last->captured, ns));
	number_scale(bits, 8 * rate_per_second(stats->captured_bytes, last->captured_bytes, ns));
	format_size(size, state->file_bytes);
	format_size(spill, state->spill_bytes);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		int columns =
			snprintf(line, REPORT_STATUS_ROOM,
				 "%spacket%s  %spkt/s  %sbit/s  %sdropped  ring %u%%%s%s  %s",
				 number_write(packets, stats->captured, limits[i]),
				 stats->captured == 1 ? "" : "s", rate, bits,
				 number_write(drops, stats->dropped, limits[i]),
				 (state->fill_permille + 5) / 10, state->spill_bytes ? " + " : "",
				 state->spill_bytes ? spill : "", size);

		if ((unsigned)columns <= STATUS_COLUMNS)
			break;
	}
}

/* A time as people say it. */
static const char *write_time(char text[static NUMBER_ROOM], uint64_t ns)
{
	if (ns < 1000000)
		snprintf(text, NUMBER_ROOM, "%llu us", (unsigned long long)(ns + 999) / 1000);
	else if (ns < 1000000000)
		snprintf(text, NUMBER_ROOM, "%llu ms", (unsigned long long)(ns + 999999) / 1000000);
	else
		snprintf(text, NUMBER_ROOM, "%.1f s", (double)ns / 1e9);
	return text;
}

void report_writing(char line[static REPORT_STATUS_ROOM], const struct status_writing *w,
		    uint32_t most_permille)
{
	char write[NUMBER_ROOM], most[NUMBER_ROOM], turn[NUMBER_ROOM], spill[FORMAT_SIZE_ROOM];
	int at = 0;

	if (w->writes.count > 0)
		at = snprintf(line, REPORT_STATUS_ROOM,
			      "99 of 100 writes within %s, the longest %s; ",
			      write_time(write, latency_value_ns(&w->writes, 990)),
			      write_time(most, w->writes.most_ns));
	at += snprintf(line + at, REPORT_STATUS_ROOM - (size_t)at,
		       "longest turn of the ring thread %s; ring at most %u %% full",
		       write_time(turn, w->turns.most_ns), (most_permille + 5) / 10);
	if (w->spill_most_bytes > 0)
		snprintf(line + at, REPORT_STATUS_ROOM - (size_t)at, ", and %s beside it",
			 format_size(spill, w->spill_most_bytes));
}

void report_sending(char line[static REPORT_STATUS_ROOM], const struct stats_snapshot *stats,
		    const struct stats_snapshot *last, const char *progress)
{
	uint64_t ns = stats->time_ns - last->time_ns;
	char packets[NUMBER_ROOM], rate[NUMBER_ROOM], bits[NUMBER_ROOM];

	number_scale(rate, rate_per_second(stats->sent, last->sent, ns));
	number_scale(bits, 8 * rate_per_second(stats->sent_bytes, last->sent_bytes, ns));
	snprintf(line, REPORT_STATUS_ROOM, "%spacket%s sent  %spkt/s  %sbit/s%s",
		 number_write(packets, stats->sent, UINT64_MAX), stats->sent == 1 ? "" : "s", rate,
		 bits, progress);
}

enum { COLUMN_INDEX, COLUMN_NAME, COLUMN_STATE, COLUMN_MTU, COLUMN_LINK, COLUMN_ADDRESS, COLUMNS };

struct row {
	char cells[COLUMNS][sizeof(((struct netdev *)0)->addresses)];
	char description[sizeof(((struct netdev *)0)->alias)];
};

static const char *state_name(unsigned flags)
{
	if (!(flags & IFF_UP))
		return "down";
	return flags & IFF_RUNNING ? "up" : "no-carrier";
}

static void cell_write(struct row *row, int column, const char *text)
{
	snprintf(row->cells[column], sizeof(row->cells[column]), "%s", *text ? text : "-");
	text_clean(row->cells[column]);
}

static void row_fill(struct row *row, const struct netdev *dev)
{
	const char *link = pcap_datalink_val_to_name(linktype_of_arphrd(dev->arphrd).dlt);
	char number[16];

	snprintf(number, sizeof(number), "%d", dev->index);
	cell_write(row, COLUMN_INDEX, number);
	cell_write(row, COLUMN_NAME, dev->name);
	cell_write(row, COLUMN_STATE, dev->index ? state_name(dev->flags) : "-");
	snprintf(number, sizeof(number), "%u", dev->mtu);
	cell_write(row, COLUMN_MTU, dev->index ? number : "-");
	cell_write(row, COLUMN_LINK, link ? link : "");
	cell_write(row, COLUMN_ADDRESS, dev->addresses);
	snprintf(row->description, sizeof(row->description), "%s",
		 dev->index ? dev->alias : "all interfaces");
	text_clean(row->description);
}

static const struct row heading = {
	.cells = {"INDEX", "NAME", "STATE", "MTU", "LINK", "ADDRESS"},
	.description = "DESCRIPTION",
};

static void widths_grow(unsigned widths[static COLUMNS], const struct row *row)
{
	for (int i = 0; i < COLUMNS; i++) {
		size_t length = strlen(row->cells[i]);

		if (length > CELL_COLUMNS)
			length = CELL_COLUMNS;
		if (length > widths[i])
			widths[i] = (unsigned)length;
	}
}

static void row_print(FILE *out, const struct row *row, const unsigned widths[static COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++) {
		bool number = i == COLUMN_INDEX || i == COLUMN_MTU;
		bool last = i == COLUMN_ADDRESS && !*row->description;
		int width = last ? 0 : (int)widths[i];

		fprintf(out, "%*s%s", number ? width : -width, row->cells[i], last ? "" : "  ");
	}
	fprintf(out, "%s\n", row->description);
}

void report_devices(FILE *out, const struct netdev *devices, size_t count)
{
	unsigned widths[COLUMNS] = {0};
	struct row row;

	widths_grow(widths, &heading);
	for (size_t i = 0; i < count; i++) {
		row_fill(&row, &devices[i]);
		widths_grow(widths, &row);
	}
	row_print(out, &heading, widths);
	for (size_t i = 0; i < count; i++) {
		row_fill(&row, &devices[i]);
		row_print(out, &row, widths);
	}
}
