/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger: that every lost packet is in an entry and in a total, what is
 * one entry and what is two, gaps, what is forgotten, and the texts.
 */
#include "base/ledger.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define SECOND NS_PER_SECOND
#define DAY    (24 * NS_PER_HOUR)

/* 2026-11-24 15:00:00 UTC. */
#define AFTERNOON (UINT64_C(1795532400) * SECOND)

static struct ledger *ledger;
static struct stats_snapshot stats[3];

/* What the sink heard last, and how often it was called. */
static struct ledger_entry heard;
static uint64_t heard_packets, calls;

static void hear(void *context, const struct ledger_entry *entry, uint64_t packets)
{
	assert_ptr_equal(context, &heard);
	heard = *entry;
	heard_packets = packets;
	calls++;
}

static const struct ledger_sink sink = {hear, &heard};

static int open_ledger(void **state)
{
	(void)state;
	memset(stats, 0, sizeof(stats));
	calls = 0;
	return ledger_open(3, &ledger);
}

static int close_ledger(void **state)
{
	(void)state;
	ledger_close(ledger);
	return 0;
}

/* A look at an interface, at so many seconds by both clocks. */
static void look(uint32_t interface, double seconds)
{
	uint64_t ns = (uint64_t)(seconds * 1e9);

	stats[interface].time_ns = AFTERNOON + ns;
	ledger_update(ledger, interface, &stats[interface], ns, &sink);
}

static const struct ledger_entry *newest(void)
{
	return ledger_at(ledger, ledger_count(ledger) - 1);
}

static void expect(const struct ledger_entry *entry, enum ledger_cause cause, uint64_t count,
		   double from, double to)
{
	assert_int_equal(entry->cause, cause);
	assert_int_equal(entry->count, count);
	assert_int_equal(entry->from_ns, AFTERNOON + (uint64_t)(from * 1e9));
	assert_int_equal(entry->to_ns, AFTERNOON + (uint64_t)(to * 1e9));
}

static void nothing_lost_nothing_entered(void **state)
{
	(void)state;
	stats[0].captured = stats[0].received = 1000;
	look(0, 1);
	look(0, 2);
	assert_int_equal(calls, 0);
	assert_int_equal(ledger_count(ledger), 0);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_RING), 0);
}

static void lost_between_two_looks(void **state)
{
	(void)state;
	look(1, 1);
	stats[1].dropped = 5;
	look(1, 2);
	assert_int_equal(calls, 1);
	assert_int_equal(heard_packets, 5);
	assert_int_equal(heard.number, 1);
	assert_int_equal(heard.interface, 1);
	expect(&heard, LEDGER_RING, 5, 1, 2);
	expect(newest(), LEDGER_RING, 5, 1, 2);
	assert_int_equal(ledger_total(ledger, 1, LEDGER_RING), 5);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_RING), 0);
	/* Nobody has to listen. */
	stats[1].dropped = 6;
	ledger_update(ledger, 1, &stats[1], 2 * SECOND, NULL);
	assert_int_equal(newest()->count, 6);
}

static void the_first_look_is_since_the_start(void **state)
{
	(void)state;
	stats[0].start_ns = AFTERNOON + SECOND;
	stats[0].unwritten = 1;
	look(0, 3);
	expect(&heard, LEDGER_WRITE, 1, 1, 3);
	stats[1].unwritten = 1; /* no start known */
	look(1, 3);
	expect(&heard, LEDGER_WRITE, 1, 3, 3);
}

static void each_cause_has_its_counter(void **state)
{
	static const struct {
		enum ledger_cause cause;
		size_t counter;
		const char *name;
	} causes[] = {
		{LEDGER_RING, offsetof(struct stats_snapshot, dropped), "ring"},
		{LEDGER_DEVICE, offsetof(struct stats_snapshot, device_dropped), "device"},
		{LEDGER_DISK, offsetof(struct stats_snapshot, disk_dropped), "disk"},
		{LEDGER_WRITE, offsetof(struct stats_snapshot, unwritten), "write"},
		{LEDGER_OVERSIZE, offsetof(struct stats_snapshot, oversize), "oversize"},
		{LEDGER_TX_OVERSIZE, offsetof(struct stats_snapshot, tx_oversize), "tx_oversize"},
		{LEDGER_TX_SHORT, offsetof(struct stats_snapshot, tx_short), "tx_short"},
		{LEDGER_TX_CUT, offsetof(struct stats_snapshot, tx_cut), "tx_cut"},
		{LEDGER_TX_FULL, offsetof(struct stats_snapshot, tx_full), "tx_full"},
		{LEDGER_TX_DOWN, offsetof(struct stats_snapshot, tx_down), "tx_down"},
		{LEDGER_TX_REFUSED, offsetof(struct stats_snapshot, tx_refused), "tx_refused"},
		{LEDGER_TX_UNFINISHED, offsetof(struct stats_snapshot, tx_unfinished),
		 "tx_unfinished"},
	};

	(void)state;
	assert_int_equal(sizeof(causes) / sizeof(causes[0]), LEDGER_COUNTED_CAUSES);
	look(2, 0);
	for (size_t i = 0; i < LEDGER_COUNTED_CAUSES; i++) {
		uint64_t count = 10 + i;

		memcpy((char *)&stats[2] + causes[i].counter, &count, sizeof(count));
		look(2, 1);
		assert_int_equal(calls, i + 1);
		assert_int_equal(heard.cause, causes[i].cause);
		assert_int_equal(heard.count, count);
		assert_int_equal(ledger_total(ledger, 2, causes[i].cause), count);
		assert_int_equal(ledger_cause_packets(&stats[2], causes[i].cause), count);
		assert_string_equal(ledger_cause_name(causes[i].cause), causes[i].name);
	}
	assert_int_equal(ledger_cause_packets(&stats[2], LEDGER_DOWN), 0);
	assert_string_equal(ledger_cause_name(LEDGER_DOWN), "down");
	assert_string_equal(ledger_cause_name(LEDGER_GONE), "gone");
	/* All at once as well. */
	stats[2].dropped++;
	stats[2].oversize += 2;
	look(2, 1.5);
	assert_int_equal(calls, LEDGER_COUNTED_CAUSES + 2);
	assert_int_equal(ledger_count(ledger), LEDGER_COUNTED_CAUSES);
}

static void ten_seconds_belong_together(void **state)
{
	(void)state;
	look(0, 0);
	stats[0].dropped = 1;
	look(0, 1);
	stats[0].dropped = 3;
	look(0, 11); /* just */
	expect(&heard, LEDGER_RING, 3, 0, 11);
	assert_int_equal(heard_packets, 2);
	stats[0].dropped = 4;
	look(0, 21); /* ten after the last, not after the first */
	assert_int_equal(ledger_count(ledger), 1);
	look(0, 31);
	stats[0].dropped = 5;
	look(0, 31.001);
	assert_int_equal(ledger_count(ledger), 2);
	expect(newest(), LEDGER_RING, 1, 31, 31.001);
	assert_int_equal(newest()->number, 2);
	/* Others of the time between do not. */
	stats[1].dropped = 1;
	stats[0].device_dropped = 1;
	look(0, 31.002);
	look(1, 31.002);
	stats[0].dropped = 6;
	look(0, 32);
	assert_int_equal(ledger_count(ledger), 4);
	expect(ledger_at(ledger, 1), LEDGER_RING, 2, 31, 32);
}

/* The clock that does not go back says what belongs together, and no entry
 * ends before it begins. */
static void the_time_of_day_is_set(void **state)
{
	(void)state;
	look(0, 0);
	stats[0].dropped = 1;
	look(0, 1);
	stats[0].dropped = 2;
	stats[0].time_ns = AFTERNOON - DAY;
	ledger_update(ledger, 0, &stats[0], 2 * SECOND, &sink);
	expect(&heard, LEDGER_RING, 2, 0, 1);
	stats[0].disk_dropped = 1;
	stats[0].time_ns = AFTERNOON - 2 * DAY;
	ledger_update(ledger, 0, &stats[0], 3 * SECOND, &sink);
	assert_int_equal(heard.from_ns, AFTERNOON - 2 * DAY);
	assert_int_equal(heard.to_ns, AFTERNOON - 2 * DAY);
	stats[0].dropped = 3;
	stats[0].time_ns = AFTERNOON + DAY;
	ledger_update(ledger, 0, &stats[0], 4 * SECOND, &sink);
	assert_int_equal(ledger_count(ledger), 2);
	assert_int_equal(heard.to_ns, AFTERNOON + DAY);
}

static void counters_do_not_shrink(void **state)
{
	(void)state;
	stats[0].dropped = 10;
	stats[0].oversize = 1;
	look(0, 1);
	stats[0].dropped = 4; /* passed over, and only this one */
	stats[0].oversize = 2;
	look(0, 2);
	assert_int_equal(calls, 3);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_RING), 10);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_OVERSIZE), 2);
	stats[0].dropped = 10;
	look(0, 3);
	assert_int_equal(calls, 3);
	stats[0].dropped = UINT64_MAX;
	look(0, 4);
	assert_int_equal(heard_packets, UINT64_MAX - 10);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_RING), UINT64_MAX);
}

static void the_oldest_are_forgotten(void **state)
{
	uint64_t sum = 0;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++) {
		stats[0].dropped += i;
		look(0, 20.0 * (double)i);
		assert_int_equal(heard.number, i);
		assert_int_equal(ledger_count(ledger), i < LEDGER_ENTRIES ? i : LEDGER_ENTRIES);
		assert_int_equal(newest()->number, i);
	}
	for (uint32_t i = 0; i < LEDGER_ENTRIES; i++) {
		const struct ledger_entry *entry = ledger_at(ledger, i);

		assert_int_equal(entry->number, 1000 - LEDGER_ENTRIES + 1 + i);
		assert_int_equal(entry->count, entry->number);
		sum += entry->count;
	}
	assert_true(sum < 500500);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_RING), 500500);
}

/* Growth whose entry was pushed out within its ten seconds begins a new one. */
static void a_forgotten_entry_does_not_grow(void **state)
{
	(void)state;
	stats[0].dropped = 1;
	look(0, 1);
	for (unsigned i = 0; i < LEDGER_ENTRIES; i++) {
		ledger_gap_begin(ledger, 1, LEDGER_DOWN, AFTERNOON);
		ledger_gap_end(ledger, 1, AFTERNOON + 1);
	}
	stats[0].dropped = 3;
	look(0, 2);
	assert_int_equal(heard.number, LEDGER_ENTRIES + 2);
	assert_int_equal(heard.count, 2);
	for (uint32_t i = 0; i < LEDGER_ENTRIES - 1; i++)
		assert_int_equal(ledger_at(ledger, i)->cause, LEDGER_DOWN);
}

static void gaps(void **state)
{
	const struct ledger_entry *gap;

	(void)state;
	assert_null(ledger_gap_end(ledger, 1, AFTERNOON));
	gap = ledger_gap_begin(ledger, 1, LEDGER_DOWN, AFTERNOON + SECOND);
	assert_int_equal(gap->from_ns, AFTERNOON + SECOND);
	assert_int_equal(gap->to_ns, 0);
	assert_memory_equal(gap, newest(), sizeof(*gap));
	assert_null(ledger_gap_begin(ledger, 1, LEDGER_DOWN, AFTERNOON + 2 * SECOND));
	assert_int_equal(ledger_count(ledger), 1);
	assert_int_equal(ledger_total(ledger, 1, LEDGER_DOWN), 1);
	assert_int_equal(ledger_gap_ns(ledger, 1, AFTERNOON + 4 * SECOND), 3 * SECOND);
	assert_int_equal(ledger_gap_ns(ledger, 1, AFTERNOON), 0);
	gap = ledger_gap_end(ledger, 1, AFTERNOON + 6 * SECOND);
	expect(gap, LEDGER_DOWN, 0, 1, 6);
	assert_memory_equal(gap, newest(), sizeof(*gap));
	assert_null(ledger_gap_end(ledger, 1, AFTERNOON + 7 * SECOND));
	/* Each interface has its own. */
	ledger_gap_begin(ledger, 0, LEDGER_GONE, AFTERNOON + 8 * SECOND);
	assert_null(ledger_gap_end(ledger, 1, AFTERNOON + 9 * SECOND));
	assert_int_equal(ledger_gap_ns(ledger, 1, AFTERNOON + 9 * SECOND), 5 * SECOND);
	/* Set back meanwhile. */
	gap = ledger_gap_end(ledger, 0, AFTERNOON);
	assert_int_equal(gap->to_ns, gap->from_ns);
	assert_int_equal(ledger_gap_ns(ledger, 0, UINT64_MAX), 0);
}

static void down_then_deleted(void **state)
{
	(void)state;
	ledger_gap_begin(ledger, 0, LEDGER_DOWN, AFTERNOON);
	ledger_gap_begin(ledger, 0, LEDGER_GONE, AFTERNOON + 3 * SECOND);
	assert_int_equal(ledger_count(ledger), 2);
	expect(ledger_at(ledger, 0), LEDGER_DOWN, 0, 0, 3);
	assert_int_equal(newest()->to_ns, 0);
	ledger_gap_end(ledger, 0, AFTERNOON + 10 * SECOND);
	expect(newest(), LEDGER_GONE, 0, 3, 10);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_DOWN), 1);
	assert_int_equal(ledger_total(ledger, 0, LEDGER_GONE), 1);
	assert_int_equal(ledger_gap_ns(ledger, 0, AFTERNOON), 10 * SECOND);
}

/* A gap lasts longer than the ledger remembers, and its slot is another's. */
static void a_forgotten_gap_ends(void **state)
{
	const struct ledger_entry *gap;

	(void)state;
	ledger_gap_begin(ledger, 2, LEDGER_GONE, AFTERNOON);
	for (unsigned i = 1; i <= LEDGER_ENTRIES; i++) {
		stats[0].dropped++;
		look(0, 20.0 * i);
	}
	gap = ledger_gap_end(ledger, 2, AFTERNOON + DAY);
	assert_int_equal(gap->number, 1);
	assert_int_equal(gap->to_ns, AFTERNOON + DAY);
	for (uint32_t i = 0; i < LEDGER_ENTRIES; i++)
		assert_int_equal(ledger_at(ledger, i)->cause, LEDGER_RING);
}

static void expect_text(struct ledger_entry entry, const char *name, uint64_t now_ns,
			const char *expected)
{
	char text[LEDGER_TEXT_ROOM];

	assert_string_equal(ledger_format(text, &entry, name, now_ns), expected);
}

static void texts(void **state)
{
	const uint64_t now = AFTERNOON + 3600 * SECOND;
	struct ledger_entry entry = {.cause = LEDGER_RING,
				     .count = 1234,
				     .from_ns = AFTERNOON + SECOND / 10,
				     .to_ns = AFTERNOON + 2 * SECOND};

	(void)state;
	expect_text(entry, "eth0", now,
		    "eth0: 1 234 packets dropped, ring full, from 15:00:00.1 to 15:00:02.0 UTC");
	expect_text(entry, "eth0", now + DAY,
		    "eth0: 1 234 packets dropped, ring full, from 2026-11-24 15:00:00.1 to "
		    "15:00:02.0 UTC");
	/* Rounded outwards. */
	entry.from_ns += SECOND / 10 - 1;
	entry.to_ns += 1;
	entry.count = 1;
	entry.cause = LEDGER_DISK;
	expect_text(entry, "eth0", now,
		    "eth0: 1 packet dropped for want of disk space from 15:00:00.1 to 15:00:02.1 "
		    "UTC");
	entry.cause = LEDGER_DOWN;
	expect_text(entry, "a\033\xff", now,
		    "a??: interface down from 15:00:00.1 to 15:00:02.1 UTC (1.8 s)");
	entry.to_ns = 0;
	entry.cause = LEDGER_GONE;
	expect_text(entry, "eth0", now, "eth0: interface deleted since 15:00:00.1 UTC");
	expect_text(entry, "eth0", now + DAY,
		    "eth0: interface deleted since 2026-11-24 15:00:00.1 UTC");
}

static void texts_of_other_days(void **state)
{
	struct ledger_entry entry = {.cause = LEDGER_DOWN,
				     .from_ns = AFTERNOON + 9 * NS_PER_HOUR - 2 * SECOND,
				     .to_ns = AFTERNOON + 9 * NS_PER_HOUR + SECOND};

	(void)state;
	expect_text(entry, "eth0", entry.to_ns,
		    "eth0: interface down from 2026-11-24 23:59:58.0 to 2026-11-25 00:00:01.0 UTC "
		    "(3.0 s)");
	entry.to_ns = entry.from_ns + 754 * SECOND;
	expect_text(entry, "eth0", entry.from_ns,
		    "eth0: interface down from 23:59:58.0 to 2026-11-25 00:12:32.0 UTC (12 min "
		    "34 s)");
	entry.from_ns = AFTERNOON;
	entry.to_ns = AFTERNOON + 7379 * SECOND;
	expect_text(entry, "eth0", AFTERNOON,
		    "eth0: interface down from 15:00:00.0 to 17:02:59.0 UTC (2 h 2 min)");
	entry.to_ns = AFTERNOON + 49 * NS_PER_HOUR;
	expect_text(entry, "eth0", AFTERNOON,
		    "eth0: interface down from 15:00:00.0 to 2026-11-26 16:00:00.0 UTC (2 d 1 h)");
}

/* Whatever the numbers and the name, the text is whole. */
static void the_longest_texts(void **state)
{
	char name[500], text[LEDGER_TEXT_ROOM];
	struct ledger_entry entry = {.count = UINT64_MAX, .to_ns = UINT64_MAX - SECOND};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (unsigned cause = 0; cause < LEDGER_CAUSES; cause++) {
		const char *end;

		entry.cause = cause;
		ledger_format(text, &entry, name, AFTERNOON);
		end = strstr(text, " UTC");
		assert_non_null(end);
		assert_string_equal(end, cause < LEDGER_DOWN ? " UTC" : " UTC (213503 d 23 h)");
	}
}

#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, open_ledger, close_ledger)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LEDGER(nothing_lost_nothing_entered),
		WITH_LEDGER(lost_between_two_looks),
		WITH_LEDGER(the_first_look_is_since_the_start),
		WITH_LEDGER(each_cause_has_its_counter),
		WITH_LEDGER(ten_seconds_belong_together),
		WITH_LEDGER(the_time_of_day_is_set),
		WITH_LEDGER(counters_do_not_shrink),
		WITH_LEDGER(the_oldest_are_forgotten),
		WITH_LEDGER(a_forgotten_entry_does_not_grow),
		WITH_LEDGER(gaps),
		WITH_LEDGER(down_then_deleted),
		WITH_LEDGER(a_forgotten_gap_ends),
		cmocka_unit_test(texts),
		cmocka_unit_test(texts_of_other_days),
		cmocka_unit_test(the_longest_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
