/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries lie in a ring by their number. A gap is held by its interface too, so
 * that it can end after the ring has forgotten it. The totals are at the same
 * time the counters seen last.
 */
#include "base/ledger.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/safe_text.h"

#define TOGETHER_NS (10 * NS_PER_SECOND)
#define TENTH_NS    (NS_PER_SECOND / 10)
#define DAY_NS      (24 * NS_PER_HOUR)
#define NAME_SHOWN  64 /* bytes of an interface's name in a text */

struct ledger_interface {
	uint64_t looked_ns; /* time of day of the last snapshot; 0: none yet */
	uint64_t totals[LEDGER_CAUSES];
	struct {
		uint64_t number; /* of its newest entry; 0: none */
		uint64_t boot_ns;
	} grown[LEDGER_COUNTED_CAUSES];
	struct ledger_entry gap; /* the newest; number 0: none yet */
	uint64_t gap_ns;         /* of those that ended */
};

struct ledger {
	uint64_t newest; /* number; 0: none yet */
	struct ledger_entry entries[LEDGER_ENTRIES];
	uint32_t interfaces;
	struct ledger_interface interface[];
};

int ledger_open(uint32_t interfaces, struct ledger **result)
{
	struct ledger *l = calloc(1, sizeof(*l) + interfaces * sizeof(l->interface[0]));

	if (!l)
		return -ENOMEM;
	l->interfaces = interfaces;
	*result = l;
	return 0;
}

void ledger_close(struct ledger *l)
{
	free(l);
}

static struct ledger_entry *entry_add(struct ledger *l, const struct ledger_entry *entry)
{
	struct ledger_entry *added = &l->entries[l->newest++ % LEDGER_ENTRIES];

	*added = *entry;
	added->number = l->newest;
	return added;
}

/* Null where there was none of this number, or it has been forgotten. */
static struct ledger_entry *entry_find(struct ledger *l, uint64_t number)
{
	if (number == 0 || l->newest - number >= LEDGER_ENTRIES)
		return NULL;
	return &l->entries[(number - 1) % LEDGER_ENTRIES];
}

/* --- counters ----------------------------------------------------------------- */

uint64_t ledger_cause_packets(const struct stats_snapshot *stats, enum ledger_cause cause)
{
	switch (cause) {
#define X(name, text, counter) \
	case name:             \
		return stats->counter;
		LEDGER_COUNTED(X)
#undef X
	default:
		return 0;
	}
}

static void counter_grow(struct ledger *l, const struct ledger_entry *growth, uint64_t boot_ns,
			 const struct ledger_sink *sink)
{
	struct ledger_interface *interface = &l->interface[growth->interface];
	struct ledger_entry *entry = entry_find(l, interface->grown[growth->cause].number);

	if (entry && boot_ns - interface->grown[growth->cause].boot_ns <= TOGETHER_NS) {
		entry->count += growth->count;
		if (growth->to_ns > entry->to_ns)
			entry->to_ns = growth->to_ns;
	} else {
		entry = entry_add(l, growth);
	}
	interface->totals[growth->cause] += growth->count;
	interface->grown[growth->cause].number = entry->number;
	interface->grown[growth->cause].boot_ns = boot_ns;
	if (sink)
		sink->grown(sink->context, entry, growth->count);
}

void ledger_update(struct ledger *l, uint32_t index, const struct stats_snapshot *now,
		   uint64_t boot_ns, const struct ledger_sink *sink)
{
	struct ledger_interface *interface = &l->interface[index];
	uint64_t from_ns = interface->looked_ns ? interface->looked_ns : now->start_ns;

	assert(index < l->interfaces);
	if (from_ns == 0 || from_ns > now->time_ns)
		from_ns = now->time_ns; /* not known, or the clock was set back */
	for (unsigned cause = 0; cause < LEDGER_COUNTED_CAUSES; cause++) {
		uint64_t packets = ledger_cause_packets(now, cause);
		struct ledger_entry growth = {.interface = index,
					      .cause = cause,
					      .from_ns = from_ns,
					      .to_ns = now->time_ns};

		if (packets <= interface->totals[cause])
			continue;
		growth.count = packets - interface->totals[cause];
		counter_grow(l, &growth, boot_ns, sink);
	}
	interface->looked_ns = now->time_ns;
}

/* --- gaps --------------------------------------------------------------------- */

static bool gap_lasts(const struct ledger_interface *interface)
{
	return interface->gap.number > 0 && interface->gap.to_ns == 0;
}

const struct ledger_entry *ledger_gap_begin(struct ledger *l, uint32_t index,
					    enum ledger_cause cause, uint64_t wall_ns)
{
	struct ledger_interface *interface = &l->interface[index];
	struct ledger_entry gap = {.interface = index, .cause = cause, .from_ns = wall_ns};

	assert(index < l->interfaces && cause >= LEDGER_DOWN && cause < LEDGER_CAUSES);
	if (gap_lasts(interface) && interface->gap.cause == cause)
		return NULL;
	ledger_gap_end(l, index, wall_ns);
	interface->gap = *entry_add(l, &gap);
	interface->totals[cause]++;
	return &interface->gap;
}

const struct ledger_entry *ledger_gap_end(struct ledger *l, uint32_t index, uint64_t wall_ns)
{
	struct ledger_interface *interface = &l->interface[index];
	struct ledger_entry *gap = &interface->gap, *kept;

	assert(index < l->interfaces);
	if (!gap_lasts(interface))
		return NULL;
	gap->to_ns = wall_ns > gap->from_ns ? wall_ns : gap->from_ns;
	interface->gap_ns += gap->to_ns - gap->from_ns;
	kept = entry_find(l, gap->number);
	if (kept)
		*kept = *gap;
	return gap;
}

uint64_t ledger_gap_ns(const struct ledger *l, uint32_t index, uint64_t wall_ns)
{
	const struct ledger_interface *interface = &l->interface[index];
	uint64_t ns = interface->gap_ns;

	assert(index < l->interfaces);
	if (gap_lasts(interface) && wall_ns > interface->gap.from_ns)
		ns += wall_ns - interface->gap.from_ns;
	return ns;
}

/* --- reading ------------------------------------------------------------------ */

uint32_t ledger_count(const struct ledger *l)
{
	return l->newest < LEDGER_ENTRIES ? (uint32_t)l->newest : LEDGER_ENTRIES;
}

const struct ledger_entry *ledger_at(const struct ledger *l, uint32_t index)
{
	assert(index < ledger_count(l));
	return &l->entries[(l->newest - ledger_count(l) + index) % LEDGER_ENTRIES];
}

uint64_t ledger_total(const struct ledger *l, uint32_t index, enum ledger_cause cause)
{
	assert(index < l->interfaces && cause < LEDGER_CAUSES);
	return l->interface[index].totals[cause];
}

const char *ledger_cause_name(enum ledger_cause cause)
{
	switch (cause) {
#define X(name, text, counter) \
	case name:             \
		return text;
		LEDGER_COUNTED(X)
#undef X
	case LEDGER_DOWN:
		return "down";
	default:
		return "gone";
	}
}

/* --- texts -------------------------------------------------------------------- */

#define TIME_ROOM 48
#define WHAT_ROOM 80

/* "15:00:00.1", behind its date where that is not day's. */
static char *format_clock(char text[static TIME_ROOM], uint64_t ns, uint64_t day)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm tm = {0};
	size_t length;

	gmtime_r(&seconds, &tm);
	length = strftime(text, TIME_ROOM, ns / DAY_NS == day ? "%T" : "%F %T", &tm);
	snprintf(text + length, TIME_ROOM - length, ".%u",
		 (unsigned)(ns % NS_PER_SECOND / TENTH_NS));
	return text;
}

static char *format_length(char text[static TIME_ROOM], uint64_t ns)
{
	uint64_t seconds = ns / NS_PER_SECOND, minutes = seconds / 60, hours = minutes / 60;

	if (minutes == 0)
		snprintf(text, TIME_ROOM, "%" PRIu64 ".%u s", seconds,
			 (unsigned)(ns % NS_PER_SECOND / TENTH_NS));
	else if (hours == 0)
		snprintf(text, TIME_ROOM, "%" PRIu64 " min %" PRIu64 " s", minutes, seconds % 60);
	else if (hours < 24)
		snprintf(text, TIME_ROOM, "%" PRIu64 " h %" PRIu64 " min", hours, minutes % 60);
	else
		snprintf(text, TIME_ROOM, "%" PRIu64 " d %" PRIu64 " h", hours / 24, hours % 24);
	return text;
}

static const char *const meanings[LEDGER_CAUSES] = {
	[LEDGER_RING] = "dropped, ring full,",
	[LEDGER_DEVICE] = "dropped by the interface",
	[LEDGER_DISK] = "dropped for want of disk space",
	[LEDGER_WRITE] = "lost to a write error",
	[LEDGER_OVERSIZE] = "larger than a segment may be",
	[LEDGER_TX_OVERSIZE] = "larger than the way out takes",
	[LEDGER_TX_SHORT] = "too short for a link-layer header",
	[LEDGER_TX_CUT] = "not captured whole, and not sent",
	[LEDGER_TX_FULL] = "lost to a full queue on the way out",
	[LEDGER_TX_DOWN] = "lost while the way out was down",
	[LEDGER_TX_REFUSED] = "refused by the way out",
	[LEDGER_TX_UNFINISHED] = "still on the way out at the end",
	[LEDGER_DOWN] = "interface down",
	[LEDGER_GONE] = "interface deleted",
};

/* "1 packet dropped ..." */
static char *format_what(char text[static WHAT_ROOM], const struct ledger_entry *entry)
{
	char count[FORMAT_COUNT_ROOM];

	if (entry->cause >= LEDGER_DOWN)
		snprintf(text, WHAT_ROOM, "%s", meanings[entry->cause]);
	else
		snprintf(text, WHAT_ROOM, "%s packet%s %s", format_count(count, entry->count),
			 entry->count == 1 ? "" : "s", meanings[entry->cause]);
	return text;
}

char *ledger_format(char text[static LEDGER_TEXT_ROOM], const struct ledger_entry *entry,
		    const char *name, uint64_t now_ns)
{
	char what[WHAT_ROOM], from[TIME_ROOM], to[TIME_ROOM], length[TIME_ROOM];
	/* What is written includes all of it. */
	uint64_t until_ns = (entry->to_ns + TENTH_NS - 1) / TENTH_NS * TENTH_NS;
	uint64_t day = entry->from_ns / DAY_NS;

	format_what(what, entry);
	format_clock(from, entry->from_ns, now_ns / DAY_NS);
	format_clock(to, until_ns, until_ns / DAY_NS == day ? day : UINT64_MAX);
	if (entry->to_ns == 0)
		snprintf(text, LEDGER_TEXT_ROOM, "%.*s: %s since %s UTC", NAME_SHOWN, name, what,
			 from);
	else if (entry->cause >= LEDGER_DOWN)
		snprintf(text, LEDGER_TEXT_ROOM, "%.*s: %s from %s to %s UTC (%s)", NAME_SHOWN,
			 name, what, from, to,
			 format_length(length, entry->to_ns - entry->from_ns));
	else
		snprintf(text, LEDGER_TEXT_ROOM, "%.*s: %s from %s to %s UTC", NAME_SHOWN, name,
			 what, from, to);
	text_clean(text);
	return text;
}
