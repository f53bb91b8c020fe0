/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few lines for a person who asks how it goes.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/status.h"

#define TIME_SPAN_ROOM 32

/* In the largest unit of which there are two. */
static const char *format_span(char text[static TIME_SPAN_ROOM], uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {
		{24 * NS_PER_HOUR, "days"},
		{NS_PER_HOUR, "hours"},
		{60 * NS_PER_SECOND, "minutes"},
		{NS_PER_SECOND, "seconds"},
	};
	size_t i = 0;

	while (i + 1 < sizeof(units) / sizeof(units[0]) && ns < 2 * units[i].ns)
		i++;
	snprintf(text, TIME_SPAN_ROOM, "%" PRIu64 " %s", ns / units[i].ns, units[i].name);
	return text;
}

static void put_interfaces(FILE *out, const struct status *status)
{
	static const char *const links[] = {
		[STATUS_UP] = "",
		[STATUS_DOWN] = ", down",
		[STATUS_GONE] = ", gone",
	};
	char packets[FORMAT_COUNT_ROOM];

	for (uint32_t i = 0; i < status->interface_count; i++) {
		const struct status_interface *interface = &status->interfaces[i];
		const uint32_t fill = interface->ring_fill_permille;

		fprintf(out, "%s: %s packet%s, ring %u.%u %% full%s\n", interface->name,
			format_count(packets, interface->counts.captured),
			PLURAL(interface->counts.captured), fill / 10, fill % 10,
			links[interface->link]);
	}
}

static void put_losses(FILE *out, const struct status *status)
{
	const uint64_t lost = stats_lost(&status->total);
	char count[FORMAT_COUNT_ROOM];
	const char *part = ": ";

	fprintf(out, "lost: %s", lost ? format_count(count, lost) : "nothing");
	for (unsigned i = 0; i < LEDGER_COUNTED_CAUSES; i++) {
		const uint64_t packets = ledger_cause_packets(&status->total, (enum ledger_cause)i);

		if (packets == 0)
			continue;
		fprintf(out, "%s%s %s", part, ledger_cause_name((enum ledger_cause)i),
			format_count(count, packets));
		part = ", ";
	}
	if (lost)
		fprintf(out, "; in the last minute %s",
			format_count(count, status->health->lost_lately));
	fputs("\n", out);
}

/* Oldest segments go where the next one has no room. */
static void put_turn(FILE *out, const struct status *status)
{
	const uint64_t rate = status->health->bytes_per_second;
	const uint64_t left = status_budget_left(status);
	char span[TIME_SPAN_ROOM];

	if (left == 0)
		fputs(", which is full: the oldest goes for what comes", out);
	else if (rate > 0)
		fprintf(out, ", full in %s at this rate",
			format_span(span, (uint64_t)((double)left * 1e9 / (double)rate)));
}

static void put_segments(FILE *out, const struct status *status)
{
	char used[FORMAT_SIZE_ROOM], budget[FORMAT_SIZE_ROOM], time[FORMAT_TIME_ROOM];
	char span[TIME_SPAN_ROOM];

	fprintf(out, "kept: %" PRIu64 " segment%s, %s", status->segments_kept,
		PLURAL(status->segments_kept), format_size(used, status->used_bytes));
	if (status->budget_bytes) {
		fprintf(out, " of %s (%u %%)", format_size(budget, status->budget_bytes),
			(unsigned)((double)status->used_bytes * 100 /
				   (double)status->budget_bytes));
		put_turn(out, status);
	}
	if (status->oldest_ns && status->oldest_ns <= status->time_ns)
		fprintf(out, "\noldest packet: %s, %s ago", format_time(time, status->oldest_ns),
			format_span(span, status->time_ns - status->oldest_ns));
	fputs("\n", out);
}

uint64_t status_budget_left(const struct status *status)
{
	/* Room is always set aside for what comes: the last part is never used up. */
	const uint64_t full = status->budget_bytes - status->budget_bytes / 8;

	return status->used_bytes < full ? full - status->used_bytes : 0;
}

void status_write_text(FILE *out, const struct status *status)
{
	const struct status_health *health = status->health;
	char size[FORMAT_SIZE_ROOM], count[FORMAT_COUNT_ROOM], time[FORMAT_TIME_ROOM];
	char span[TIME_SPAN_ROOM];

	fputs(health->problem_count ? "not healthy: " : "healthy", out);
	for (unsigned i = 0; i < health->problem_count; i++)
		fprintf(out, "%s%s", i ? "; " : "", health->problems[i]);
	fprintf(out, "\nsince %s, %s: process %d%s%s\n", format_time(time, status->start_ns),
		format_span(span, status->time_ns > status->start_ns
					  ? status->time_ns - status->start_ns
					  : 0),
		status->pid, status->path ? ", into " : "", status->path ? status->path : "");
	put_interfaces(out, status);
	fprintf(out, "now: %s packet%s/s, %s/s\n", format_count(count, health->packets_per_second),
		PLURAL(health->packets_per_second), format_size(size, health->bytes_per_second));
	put_losses(out, status);
	if (status->segments)
		put_segments(out, status);
}
