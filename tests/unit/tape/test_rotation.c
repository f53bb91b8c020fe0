/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When segments end: durations by the boot clock, intervals at multiples of
 * local time through changes of summer time, and clocks that are set, in days
 * of made-up time that pass as fast as rotation_wait lets them.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tape/rotation.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MINUTE (60 * NS_PER_SECOND)
#define HOUR   NS_PER_HOUR
#define DAY    (24 * HOUR)

#define BERLIN    "CET-1CEST,M3.5.0,M10.5.0/3"
#define INDIA     "IST-5:30"
#define HAVANA    "CST5CDT,M3.2.0/0,M11.1.0/1"
#define SANTIAGO  "<-04>4<-03>,M9.1.6/24,M4.1.6/24"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static uint64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {.tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = hour,
			.tm_min = minute};

	return (uint64_t)timegm(&tm) * NS_PER_SECOND;
}

/* A recording in made-up time. */
struct run {
	struct rotation rotation;
	struct rotation_begin begin;
	uint64_t boot, wall;
	unsigned rotations;
	unsigned odd;           /* of them, by an interval where local time is no multiple of it */
	uint64_t lengths[4096]; /* of the segments that ended, by the boot clock */
};

static void run_begin(struct run *run, uint64_t wall)
{
	run->boot = 77 * HOUR;
	run->wall = wall;
	run->begin = (struct rotation_begin){run->boot, run->wall};
	run->rotations = run->odd = 0;
}

static bool at_multiple(const struct run *run)
{
	time_t seconds = (time_t)(run->wall / NS_PER_SECOND);
	uint64_t local = run->wall + 7 * DAY; /* never negative */
	struct tm tm;

	assert_non_null(localtime_r(&seconds, &tm));
	local += (uint64_t)tm.tm_gmtoff * NS_PER_SECOND;
	return run->rotation.interval_ns && local % run->rotation.interval_ns == 0;
}

static void run_for(struct run *run, uint64_t ns)
{
	const struct rotation *r = &run->rotation;
	uint64_t end = run->boot + ns, wait;

	for (unsigned turns = 0;; turns++) {
		assert_in_range(turns, 0, 20000);
		wait = rotation_wait(r, &run->begin, run->boot, run->wall);
		assert_int_equal(wait == 0, rotation_due(r, &run->begin, run->boot, run->wall));
		if (wait == 0) {
			assert_in_range(run->rotations, 0, COUNT(run->lengths) - 1);
			run->odd += !at_multiple(run);
			run->lengths[run->rotations++] = run->boot - run->begin.boot_ns;
			run->begin = (struct rotation_begin){run->boot, run->wall};
			assert_false(rotation_due(r, &run->begin, run->boot, run->wall));
			continue;
		}
		/* Not a nanosecond earlier, or who waits gets there late. */
		assert_false(
			rotation_due(r, &run->begin, run->boot + wait - 1, run->wall + wait - 1));
		if (wait > end - run->boot)
			break;
		run->boot += wait;
		run->wall += wait;
	}
	run->wall += end - run->boot;
	run->boot = end;
}

static void test_never(void **state)
{
	const struct rotation rotation = {.segment_bytes = 1, .files = 3, .age_ns = 1};
	const struct rotation_begin begin = {5, 5};

	(void)state;
	assert_false(rotation_due(&rotation, &begin, UINT64_MAX, UINT64_MAX));
	assert_true(rotation_wait(&rotation, &begin, 5, 5) == UINT64_MAX);
}

/* The wall clock has no say in a duration. */
static void test_duration(void **state)
{
	const struct rotation rotation = {.duration_ns = 10 * NS_PER_SECOND};
	const uint64_t boot = 1000 * NS_PER_SECOND, wall = utc(2026, 11, 24, 10, 50);
	const uint64_t walls[] = {0, 1, wall - 1, wall, wall + 10 * DAY, utc(2106, 2, 7, 6, 29)};
	const struct rotation_begin begin = {boot, wall};

	(void)state;
	set_zone("UTC");
	for (size_t i = 0; i < COUNT(walls); i++) {
		assert_false(
			rotation_due(&rotation, &begin, boot + 10 * NS_PER_SECOND - 1, walls[i]));
		assert_true(rotation_due(&rotation, &begin, boot + 10 * NS_PER_SECOND, walls[i]));
		assert_true(rotation_wait(&rotation, &begin, boot, walls[i]) == 10 * NS_PER_SECOND);
		assert_true(rotation_wait(&rotation, &begin, boot + 10 * NS_PER_SECOND - 1,
					  walls[i]) == 1);
		assert_true(rotation_wait(&rotation, &begin, boot + DAY, walls[i]) == 0);
	}
}

/* The earlier of the two counts. */
static void test_both(void **state)
{
	const struct rotation rotation = {.duration_ns = 40 * MINUTE, .interval_ns = HOUR};
	const uint64_t wall = utc(2026, 11, 24, 10, 30);
	const struct rotation_begin late = {0, wall}, early = {0, wall - 20 * MINUTE};

	(void)state;
	set_zone("UTC");
	assert_true(rotation_wait(&rotation, &late, 0, wall) == 30 * MINUTE);
	assert_true(rotation_wait(&rotation, &early, 20 * MINUTE, wall) == 20 * MINUTE);
	assert_true(rotation_due(&rotation, &early, 40 * MINUTE, wall + 20 * MINUTE));
}

static void test_interval_is_aligned(void **state)
{
	static const struct {
		const char *zone;
		uint64_t interval;
		int hour, minute; /* UTC, on 2026-11-24 */
		uint64_t wait;
	} cases[] = {
		{"UTC", HOUR, 10, 50, 10 * MINUTE},
		{"UTC", HOUR, 10, 0, HOUR},
		{"UTC", DAY, 10, 50, 13 * HOUR + 10 * MINUTE},
		{"UTC", 15 * MINUTE, 10, 50, 10 * MINUTE},
		{BERLIN, DAY, 10, 50, 12 * HOUR + 10 * MINUTE},
		{BERLIN, DAY, 22, 59, MINUTE},
		{BERLIN, DAY, 23, 0, DAY},
		{INDIA, HOUR, 10, 45, 45 * MINUTE},
		{INDIA, DAY, 10, 45, 7 * HOUR + 45 * MINUTE},
		{INDIA, 30 * MINUTE, 10, 45, 15 * MINUTE},
		{"XXX9:30", DAY, 9, 0, 30 * MINUTE},
		/* Weeks begin on Thursdays, as 1970 did. */
		{"UTC", 7 * DAY, 0, 0, 2 * DAY},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct rotation rotation = {.interval_ns = cases[i].interval};
		uint64_t wall = utc(2026, 11, 24, cases[i].hour, cases[i].minute);
		struct rotation_begin begin = {0, wall};

		set_zone(cases[i].zone);
		assert_int_equal(rotation_wait(&rotation, &begin, 0, wall), cases[i].wait);
		assert_false(rotation_due(&rotation, &begin, 0, wall + cases[i].wait - 1));
		assert_true(rotation_due(&rotation, &begin, 0, wall + cases[i].wait));
	}
}

static void test_summer_time(void **state)
{
	static const struct {
		const char *zone;
		uint64_t interval;
		int month, day, hour; /* UTC, of a beginning in 2026 */
		unsigned rotations;
		uint64_t minutes[6]; /* each segment is so long; 0: as the one before */
	} cases[] = {
		/* Put back: one day has 25 hours, and each of them is an hour long. */
		{BERLIN, HOUR, 10, 24, 22, 25, {60}},
		{BERLIN, 30 * MINUTE, 10, 24, 22, 50, {30}},
		{BERLIN, DAY, 10, 23, 22, 3, {1440, 1500, 1440}},
		{BERLIN, 12 * HOUR, 10, 24, 10, 3, {720, 780, 720}},
		{BERLIN, 6 * HOUR, 10, 24, 22, 4, {420, 360}},
		/* Put forward: 23. */
		{BERLIN, HOUR, 3, 28, 23, 23, {60}},
		{BERLIN, DAY, 3, 27, 23, 3, {1440, 1380, 1440}},
		{BERLIN, 6 * HOUR, 3, 28, 23, 4, {300, 360}},
		/* By half an hour only: from 02:00 back to 01:30, and to 02:30. */
		{LORD_HOWE, HOUR, 4, 4, 13, 4, {60, 90, 60}},
		{LORD_HOWE, HOUR, 10, 3, 14, 4, {30, 60, 30, 60}},
		{LORD_HOWE, DAY, 4, 3, 13, 3, {1440, 1470, 1440}},
		/* A midnight that comes twice, from 01:00 back to 00:00, or never. */
		{HAVANA, HOUR, 11, 1, 4, 25, {60}},
		{HAVANA, 2 * HOUR, 11, 1, 4, 3, {180, 120}},
		{HAVANA, DAY, 10, 31, 4, 3, {1440, 1500, 1440}},
		{HAVANA, 7 * DAY, 10, 29, 4, 1, {7 * 1440 + 60}},
		{HAVANA, DAY, 3, 7, 5, 3, {1440, 1380, 1440}},
		/* Back to the midnight before, from 00:00 to 23:00. */
		{SANTIAGO, DAY, 4, 4, 3, 3, {1500, 1440}},
	};
	static struct run run;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t minutes = 0;

		set_zone(cases[i].zone);
		run.rotation = (struct rotation){.interval_ns = cases[i].interval};
		run_begin(&run, utc(2026, cases[i].month, cases[i].day, cases[i].hour, 0));
		run_for(&run, 8 * DAY);
		assert_true(run.rotations >= cases[i].rotations);
		for (size_t n = 0; n < cases[i].rotations; n++) {
			if (n < COUNT(cases[i].minutes) && cases[i].minutes[n])
				minutes = cases[i].minutes[n];
			assert_int_equal(run.lengths[n] / MINUTE, minutes);
		}
	}
}

/* Who sets it by minutes need not get a new segment. */
static void test_set_within_stretch(void **state)
{
	const struct rotation rotation = {.interval_ns = HOUR};
	const uint64_t wall = utc(2026, 11, 24, 10, 30);
	const struct rotation_begin begin = {0, wall};

	(void)state;
	set_zone("UTC");
	assert_true(rotation_wait(&rotation, &begin, 1, wall - 30 * MINUTE) == HOUR);
	assert_true(rotation_wait(&rotation, &begin, 1, wall + 30 * MINUTE - 1) == 1);
	assert_true(rotation_wait(&rotation, &begin, 1, wall - 30 * MINUTE - 1) == 0);
	assert_true(rotation_wait(&rotation, &begin, 1, wall + 30 * MINUTE) == 0);
}

/* 24 hours in which the clock is set once. */
static void day_of_setting(struct run *run, const struct rotation *rotation, uint64_t to)
{
	run->rotation = *rotation;
	run_begin(run, utc(2026, 1, 15, 0, 0));
	run_for(run, 10 * HOUR + 20 * MINUTE);
	run->wall = to;
	run_for(run, 13 * HOUR + 40 * MINUTE);
}

static void clock_is_set(uint64_t interval, uint64_t to)
{
	static struct run run;
	unsigned usual = (unsigned)(DAY / interval);

	/* That begins one segment early, or none; set back within a stretch it makes
	 * one longer, but never twice as long. Each of the two parts of the day can
	 * reach into a stretch more than it has room for. */
	day_of_setting(&run, &(struct rotation){.interval_ns = interval}, to);
	assert_in_range(run.odd, 0, 1);
	assert_in_range(run.rotations, usual - 1, usual + 3);
	for (unsigned n = 0; n < run.rotations; n++)
		assert_in_range(run.lengths[n], 0, 2 * interval - 1);
	assert_in_range(run.boot - run.begin.boot_ns, 0, 2 * interval - 1);

	/* By a duration it makes no difference at all. */
	day_of_setting(&run, &(struct rotation){.duration_ns = interval}, to);
	assert_int_equal(run.rotations, usual);
}

static void test_clock_is_set(void **state)
{
	static const char *const zones[] = {"UTC", BERLIN, INDIA, LORD_HOWE, "XXX12", "XXX-14"};
	static const uint64_t intervals[] = {MINUTE, 7 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, DAY};

	(void)state;
	for (size_t z = 0; z < COUNT(zones); z++) {
		set_zone(zones[z]);
		for (size_t i = 0; i < COUNT(intervals); i++) {
			const uint64_t now = utc(2026, 1, 15, 10, 20);
			const uint64_t times[] = {
				now - HOUR,
				now + HOUR,
				utc(2016, 1, 15, 10, 20),
				utc(2036, 1, 15, 10, 20),
				0,
				1,
				utc(2038, 1, 19, 3, 14) + 7 * NS_PER_SECOND,
				utc(2038, 1, 19, 3, 14) + 8 * NS_PER_SECOND,
				utc(2106, 2, 7, 6, 28) + 15 * NS_PER_SECOND,
				utc(2106, 2, 7, 6, 28) + 16 * NS_PER_SECOND,
			};

			for (size_t t = 0; t < COUNT(times); t++)
				clock_is_set(intervals[i], times[t]);
		}
	}
}

/* Past the ends of 32-bit clocks, and on from 1970. */
static void test_passes_limits(void **state)
{
	const uint64_t starts[] = {0, utc(2038, 1, 18, 12, 0), utc(2106, 2, 6, 12, 0),
				   utc(2261, 1, 1, 0, 0)};
	static struct run run;

	(void)state;
	set_zone("XXX5"); /* 1970 is 1969 there */
	for (size_t i = 0; i < COUNT(starts); i++) {
		run.rotation = (struct rotation){.interval_ns = HOUR};
		run_begin(&run, starts[i]);
		run_for(&run, DAY);
		assert_int_equal(run.rotations, 24);
		for (unsigned n = 0; n < 24; n++)
			assert_int_equal(run.lengths[n], HOUR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never),        cmocka_unit_test(test_duration),
		cmocka_unit_test(test_both),         cmocka_unit_test(test_interval_is_aligned),
		cmocka_unit_test(test_summer_time),  cmocka_unit_test(test_set_within_stretch),
		cmocka_unit_test(test_clock_is_set), cmocka_unit_test(test_passes_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
