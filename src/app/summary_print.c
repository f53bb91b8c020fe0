/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A summary in words and columns, the same on a terminal and in a file, but for the width of
 * what is drawn.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/safe_text.h"
#include "summary_parts.h"

#define TIME_ROOM 64u
#define BINS      24u
#define TOP       10u

static const char *write_time(char text[static TIME_ROOM], int64_t ns)
{
	const time_t seconds =
		(time_t)(ns / (int64_t)NS_PER_SECOND - (ns % (int64_t)NS_PER_SECOND < 0));
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || strftime(text, TIME_ROOM, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(text, TIME_ROOM, "@%lld", (long long)seconds);
	return text;
}

static void print_row(FILE *out, const char *label, const struct summary_counts *c)
{
	char first[TIME_ROOM], last[TIME_ROOM], size[FORMAT_SIZE_ROOM];

	format_size(size, c->bytes);
	fprintf(out, "%-20s %-20s %12" PRIu64 " %10s %8" PRIu64 "  %s\n",
		write_time(first, c->first_ns), write_time(last, c->last_ns), c->packets, size,
		c->lost, label);
}

static void print_head(FILE *out, const char *of)
{
	fprintf(out, "%-20s %-20s %12s %10s %8s  %s\n", "first packet", "last packet", "packets",
		"in file", "lost", of);
}

/* A line for each set of interfaces that runs of a file are of. */
static void print_files(const struct summary *s, FILE *out)
{
	print_head(out, "file: interfaces");
	for (uint32_t i = 0; i < s->files.count; i++) {
		const struct summary_row *row = &s->files.list[i];
		char label[1024];

		snprintf(label, sizeof(label), "%s%s%s", row->file, *row->labels ? ": " : "",
			 row->labels);
		text_clean(label);
		print_row(out, label, &row->counts);
	}
	fputc('\n', out);
}

static void print_interfaces(const struct summary *s, FILE *out)
{
	print_head(out, "interfaces");
	for (uint32_t i = 0; i < s->interfaces.count; i++)
		print_row(out,
			  *s->interfaces.list[i].labels ? s->interfaces.list[i].labels : "no name",
			  &s->interfaces.list[i].counts);
	if (s->interfaces.count > 1)
		print_row(out, "all", &s->all);
	fputc('\n', out);
}

/* --- over time ------------------------------------------------------------------------- */

/* The packets of a run lie evenly in its time, as far as is known. */
static void spread(const struct summary_span *span, int64_t begin_ns, double bin_ns,
		   double bins[static BINS])
{
	const double first = (double)(span->first_ns - begin_ns) / bin_ns;
	const double last = (double)(span->last_ns - begin_ns) / bin_ns;
	const unsigned from = first < BINS - 1 ? (unsigned)first : BINS - 1;
	const unsigned to = last < BINS - 1 ? (unsigned)last : BINS - 1;

	for (unsigned i = from; i <= to; i++) {
		const double low = i > first ? i : first, high = i + 1 < last ? i + 1 : last;

		bins[i] += from == to ? (double)span->packets
				      : (double)span->packets * (high > low ? high - low : 0) /
						(last - first);
	}
}

static void print_histogram(const struct summary *s, FILE *out, unsigned columns)
{
	const double bin_ns = ((double)s->all.last_ns - (double)s->all.first_ns + 1) / BINS;
	double bins[BINS] = {0}, most = 1;
	/* The time, the number, and blanks. */
	const unsigned width = columns - 20 - 12 - 4;
	char time[TIME_ROOM];

	for (uint32_t i = 0; i < s->span_count; i++)
		spread(&s->spans[i], s->all.first_ns, bin_ns, bins);
	for (unsigned i = 0; i < BINS; i++)
		most = bins[i] > most ? bins[i] : most;
	fprintf(out, "%-20s %12s\n", "from then on", "packets");
	for (unsigned i = 0; i < BINS; i++) {
		const unsigned length = (unsigned)(bins[i] / most * width + 0.5);

		fprintf(out, "%-20s %12.0f",
			write_time(time, s->all.first_ns + (int64_t)(i * bin_ns)), bins[i]);
		if (length > 0)
			fputs("  ", out);
		for (unsigned k = 0; k < length; k++)
			fputc('#', out);
		fputc('\n', out);
	}
	fputc('\n', out);
}

/* --- keys -------------------------------------------------------------------------------- */

static const char *write_key(enum index_kind kind, const uint8_t *key,
			     char text[static INET6_ADDRSTRLEN])
{
	if (kind == INDEX_PORT)
		snprintf(text, INET6_ADDRSTRLEN, "%u", (unsigned)key[0] << 8 | key[1]);
	else
		inet_ntop(kind == INDEX_IPV4 ? AF_INET : AF_INET6, key, text, INET6_ADDRSTRLEN);
	return text;
}

static void print_keys(const struct summary *s, enum index_kind kind, const char *what, FILE *out)
{
	const struct summary_keys *keys = &s->keys[kind];
	char text[INET6_ADDRSTRLEN];

	if (keys->count == 0)
		return;
	fprintf(out, "%s in most of %" PRIu64 " runs:\n", what, s->all.runs);
	for (uint32_t i = 0; i < keys->count && i < TOP; i++)
		fprintf(out, "  %-40s %8" PRIu64 "\n", write_key(kind, keys->list[i].key, text),
			keys->list[i].runs);
	fputc('\n', out);
}

void summary_print(const struct summary *s, FILE *out, unsigned columns)
{
	if (s->all.runs == 0) {
		fprintf(out, "no packets\n");
		return;
	}
	print_files(s, out);
	print_interfaces(s, out);
	print_histogram(s, out, columns);
	print_keys(s, INDEX_IPV4, "IPv4 addresses", out);
	print_keys(s, INDEX_IPV6, "IPv6 addresses", out);
	print_keys(s, INDEX_PORT, "ports", out);
}
