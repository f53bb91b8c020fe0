/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tape and time: clocks that are set while it runs, that are wrong at its
 * start, or were wrong before; and a day of rotation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tape_scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- while it runs --------------------------------------------------------------- */

static const uint64_t walls[] = {
	SCENE_WALL,
	SCENE_WALL + NS_PER_HOUR,
	SCENE_WALL - NS_PER_HOUR,
	SCENE_WALL + 10 * SCENE_YEAR,
	SCENE_WALL - 10 * SCENE_YEAR,
	0,
	UINT64_C(2147483647) * NS_PER_SECOND, /* 2038 */
	UINT64_C(2147483648) * NS_PER_SECOND,
	UINT64_C(4294967295) * NS_PER_SECOND, /* 2106 */
	UINT64_C(4294967296) * NS_PER_SECOND,
	SCENE_WALL,
};

/* Every step there and back: by the other clock, all are kept for an hour, and
 * no longer. */
static void step_the_clock(void)
{
	unsigned made = 0, kept = 0;

	scene.rotation.age_ns = NS_PER_HOUR;
	scene_start();
	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT(walls); i++) {
			scene.clock.wall = walls[i];
			scene_record(100 + made);
			made++;
			scene.clock.boot += SCENE_MINUTE;
			tape_expire(scene.tape);
			assert_int_equal(scene_segments(), made);
		}
	scene.clock.boot += NS_PER_HOUR - made * SCENE_MINUTE;
	for (kept = made; kept > 0; kept--) {
		assert_int_equal(tape_expire(scene.tape), kept > 1 ? SCENE_MINUTE : UINT64_MAX);
		assert_int_equal(scene_segments(), kept - 1);
		scene.clock.boot += SCENE_MINUTE;
	}
}

static void a_clock_that_is_set_makes_nothing_older(void **state)
{
	(void)state;
	step_the_clock();
	assert_int_equal(scene.notes[NOTE_DISK], 0);
}

/* The same names come again, and get a count: nothing is lost. */
static void a_clock_that_is_set_overwrites_nothing(void **state)
{
	(void)state;
	scene.naming = (struct segment_naming){.style = NAME_TEMPLATE,
					       .path = scratch_dir,
					       .base = "x-%Y%m%d-%H%M%S.pcap"};
	step_the_clock();
}

static void a_name_that_comes_again_gets_a_count(void **state)
{
	char names[5][64];

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	scene.naming = (struct segment_naming){.style = NAME_TEMPLATE,
					       .path = scratch_dir,
					       .base = "x-%H%M.pcap"};
	scene_start();
	for (unsigned i = 0; i < COUNT(names); i++) {
		/* An hour goes by, and the clock is put back by one. */
		scene.clock.wall = SCENE_WALL + (i % 2) * NS_PER_HOUR;
		snprintf(names[i], sizeof(names[i]), "%s", scene_record(100 + i));
	}
	assert_string_equal(names[0], "x-1050.pcap");
	assert_string_equal(names[1], "x-1150.pcap");
	assert_string_equal(names[2], "x-1050_2.pcap");
	assert_string_equal(names[3], "x-1150_2.pcap");
	assert_string_equal(names[4], "x-1050_3.pcap");
	for (unsigned i = 0; i < COUNT(names); i++)
		assert_int_equal(scene_stat(names[i]).st_size, 100 + i);
}

static void limits_hold_whatever_the_clock_shows(void **state)
{
	(void)state;
	scene.rotation = (struct rotation){.files = 6, .budget_bytes = 1 << 20};
	scene_start();
	for (unsigned i = 0; i < 200; i++) {
		scene.clock.wall = walls[i % COUNT(walls)];
		scene_record(i * 700);
		scene_expect_within();
		if (i % 7 == 0)
			scene_restart();
	}
	assert_in_range(tape_files(scene.tape), 2, 6);
}

/* --- after a start ---------------------------------------------------------------- */

/* Two hours of segments, one each 20 minutes, of which each lasts two hours. */
#define AGE (2 * NS_PER_HOUR)

static void record_two_hours(void)
{
	scene.rotation.age_ns = AGE;
	if (!scene.tape)
		scene_start();
	for (unsigned i = 0; i < 6; i++) {
		scene_record(10);
		scene_pass(20 * SCENE_MINUTE);
	}
}

/* Those that are left after ns more. */
static unsigned left_after(uint64_t ns)
{
	scene_pass(ns);
	tape_expire(scene.tape);
	return scene_segments();
}

static void within_a_boot_the_time_of_day_does_not_matter(void **state)
{
	(void)state;
	record_two_hours(); /* the first is as old as it may get */
	for (size_t i = 0; i < COUNT(walls); i++) {
		scene.clock.wall = walls[i];
		scene_restart();
		scene.clock.boot -= 1;
		assert_int_equal(left_after(0), 6);
		scene.clock.boot += 1;
	}
	assert_int_equal(left_after(0), 5);
	scene.clock.wall = 0;
	scene_restart();
	assert_int_equal(left_after(20 * SCENE_MINUTE), 4);
	assert_int_equal(scene.notes[NOTE_ADOPT], 0);
}

static void after_a_boot_it_goes_by_the_time_of_day(void **state)
{
	(void)state;
	record_two_hours();
	scene.clock.wall += 15 * SCENE_MINUTE; /* it was off */
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(0), 5);
	assert_int_equal(left_after(5 * SCENE_MINUTE - 1), 5);
	assert_int_equal(left_after(1), 4);
	/* And goes on so after another one. */
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(20 * SCENE_MINUTE - 1), 4);
	assert_int_equal(left_after(1), 3);
	scene_restart();
	assert_int_equal(left_after(20 * SCENE_MINUTE - 1), 3);
	assert_int_equal(left_after(1), 2);
	assert_int_equal(scene.notes[NOTE_ADOPT], 0);
}

/* Off for so long that all are too old looks just like a wrong clock. */
static void ten_years_later_all_are_kept_for_their_age_again(void **state)
{
	(void)state;
	record_two_hours();
	scene.clock.wall += 10 * SCENE_YEAR;
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
	assert_non_null(strstr(scene.last[NOTE_ADOPT], "too old to be kept"));
	assert_int_equal(left_after(0), 6);
	/* It was wrong, and is put right. */
	scene.clock.wall -= 10 * SCENE_YEAR;
	assert_int_equal(left_after(NS_PER_HOUR), 6);
	scene_record(10);
	scene_restart();
	assert_int_equal(left_after(NS_PER_HOUR - 1), 7);
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(0), 7);
	assert_int_equal(left_after(1), 1);
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
}

static void a_clock_in_1970_makes_nothing_older(void **state)
{
	(void)state;
	record_two_hours();
	scene.clock.wall = 0;
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(0), 6);
	/* Segments of this boot have an age of their own, which those of unknown
	 * age, which are older, do not change, however often it is started. */
	scene_record(10);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(left_after(20 * SCENE_MINUTE), 7);
		scene_restart();
	}
	assert_int_equal(left_after(20 * SCENE_MINUTE - 1), 7);
	assert_int_equal(left_after(1), 0);
}

/* The right time is set while it runs, and known from then on. */
static void a_clock_in_1970_that_is_put_right(void **state)
{
	(void)state;
	record_two_hours();
	scene.clock.wall = 0;
	scene_reboot(30 * NS_PER_SECOND);
	scene.clock.wall = SCENE_WALL + 2 * NS_PER_HOUR;
	scene_restart();
	assert_int_equal(left_after(0), 5);
	assert_int_equal(left_after(20 * SCENE_MINUTE), 4);
}

/* Recorded in 1970, put right in that boot: the last one tells of all. */
static void times_of_1970_are_mended_by_those_after_them(void **state)
{
	(void)state;
	scene.clock.wall = 5 * NS_PER_SECOND;
	record_two_hours();
	scene.clock.wall = SCENE_WALL;
	scene_record(10);
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(scene.notes[NOTE_ADOPT], 0);
	assert_int_equal(left_after(0), 6);
	assert_int_equal(left_after(20 * SCENE_MINUTE - 1), 6);
	assert_int_equal(left_after(1), 5);
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(20 * SCENE_MINUTE - 1), 5);
	assert_int_equal(left_after(1), 4);
}

/* Recorded in 1970, put right after it: how old they are nobody knows. Once
 * that was seen it is not forgotten. */
static void times_of_1970_are_never_believed(void **state)
{
	(void)state;
	scene.clock.wall = 5 * NS_PER_SECOND;
	record_two_hours();
	scene.clock.wall = SCENE_WALL;
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
	assert_int_equal(left_after(30 * SCENE_MINUTE), 6);
	scene_record(10);
	scene_restart();
	assert_int_equal(left_after(30 * SCENE_MINUTE), 7);
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(0), 7);
	scene_record(10);
	scene_reboot(30 * NS_PER_SECOND);
	/* Their age counts from the start on at which it was seen. */
	assert_int_equal(left_after(NS_PER_HOUR - 1), 8);
	assert_int_equal(left_after(1), 2);
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
}

/* In the middle, a boot without a clock: no older than what was before. */
static void times_of_1970_are_not_older_than_those_before(void **state)
{
	(void)state;
	record_two_hours();
	scene.clock.wall = 5 * NS_PER_SECOND;
	scene_reboot(30 * NS_PER_SECOND);
	scene_record(10);
	scene_record(10);
	scene.clock.wall = SCENE_WALL + AGE;
	scene_reboot(30 * NS_PER_SECOND);
	/* All but the youngest had a right one, which one cannot know. */
	assert_int_equal(left_after(0), 8);
	scene_record(10);
	scene_reboot(30 * NS_PER_SECOND);
	assert_int_equal(left_after(AGE - 1), 9);
	assert_int_equal(left_after(1), 0);
}

/* Each clock there is at the start, after each there was before. */
static void no_pair_of_clocks_deletes_at_once(void **state)
{
	(void)state;
	for (size_t before = 0; before < COUNT(walls); before++)
		for (size_t after = 0; after < COUNT(walls); after++) {
			unsigned early;

			scene.rotation.age_ns = 30 * SCENE_DAY;
			scene_start();
			scene.clock.wall = walls[before];
			for (unsigned i = 0; i < 4; i++) {
				scene_record(10);
				scene_pass(SCENE_MINUTE);
			}
			scene.clock.wall = walls[after];
			for (int boots = 0; boots < 3; boots++) {
				scene_reboot(30 * NS_PER_SECOND);
				early = left_after(SCENE_MINUTE);
				assert_int_equal(early, 4 + boots);
				scene_record(10);
			}
			while (tape_delete_oldest(scene.tape, "by the test") == 0)
				;
			scene_stop();
		}
}

/* --- a day ------------------------------------------------------------------------ */

/* As the recorder would: the next one is made before the last one ends. */
static void a_day_of_a_segment_a_minute(void **state)
{
	struct rotation_begin begin;
	struct tape_segment current, next;
	unsigned made = 0;

	(void)state;
	srand(6);
	scene.rotation = (struct rotation){.interval_ns = SCENE_MINUTE,
					   .files = 100,
					   .budget_bytes = 2 << 20,
					   .age_ns = 3 * NS_PER_HOUR};
	scene_start();
	current = scene_begin(60000);
	begin = (struct rotation_begin){scene.clock.boot, scene.clock.wall};
	while (scene.clock.wall < SCENE_WALL + SCENE_DAY) {
		scene_write(&current, (uint64_t)rand() % 60000);
		scene_pass(rotation_wait(&scene.rotation, &begin, begin.boot_ns, begin.wall_ns));
		assert_true(
			rotation_due(&scene.rotation, &begin, scene.clock.boot, scene.clock.wall));
		next = scene_begin(60000);
		scene_expect_within();
		scene_publish(&current);
		scene_expect_within();
		tape_expire(scene.tape);
		current = next;
		begin = (struct rotation_begin){scene.clock.boot, scene.clock.wall};
		made++;
	}
	assert_int_equal(made, 1440);
	assert_int_equal(scene.closed_count, 1440);
	assert_int_equal(scene.closed.sequence, 1440);
	scene_publish(&current);
	assert_in_range(tape_files(scene.tape), 20, 100);
	assert_int_equal(scene.deleted_count, 1441 - tape_files(scene.tape));
	assert_int_equal(scene.notes[NOTE_DISK] + scene.notes[NOTE_FORCED], 0);
	/* The youngest are there. */
	assert_true(scene_has("eth0_20261125T105000Z_00001441.pcapng"));
	assert_true(scene_has("eth0_20261125T105000Z_00001440.pcapng"));
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		WITH_SCENE(a_clock_that_is_set_makes_nothing_older),
		WITH_SCENE(a_clock_that_is_set_overwrites_nothing),
		WITH_SCENE(a_name_that_comes_again_gets_a_count),
		WITH_SCENE(limits_hold_whatever_the_clock_shows),
		WITH_SCENE(within_a_boot_the_time_of_day_does_not_matter),
		WITH_SCENE(after_a_boot_it_goes_by_the_time_of_day),
		WITH_SCENE(ten_years_later_all_are_kept_for_their_age_again),
		WITH_SCENE(a_clock_in_1970_makes_nothing_older),
		WITH_SCENE(a_clock_in_1970_that_is_put_right),
		WITH_SCENE(times_of_1970_are_mended_by_those_after_them),
		WITH_SCENE(times_of_1970_are_never_believed),
		WITH_SCENE(times_of_1970_are_not_older_than_those_before),
		WITH_SCENE(no_pair_of_clocks_deletes_at_once),
		WITH_SCENE(a_day_of_a_segment_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
