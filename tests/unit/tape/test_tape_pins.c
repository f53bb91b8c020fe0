/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pinned segments stay whatever the limits are, within their share, through restarts and full
 * disks.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "disk/pins.h"
#include "fault.h"
#include "tape_scene.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

static char names[64][64];

/* Each a minute after the one before, and all of it of that minute. */
static void record(unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		snprintf(names[i], sizeof(names[i]), "%s", scene_record(100 * KIB));
		scene_pass(SCENE_MINUTE);
	}
}

/* When the i-th was closed. */
static int64_t begin_of(unsigned i)
{
	return (int64_t)(SCENE_WALL + i * SCENE_MINUTE);
}

/* Of the first to the last. One without times of packets begins when the one before was
 * closed. */
static int pin(const char *name, unsigned first, unsigned last, struct error *err)
{
	struct pin pin = {.from_ns = begin_of(first) - (int64_t)NS_PER_SECOND,
			  .to_ns = begin_of(last)};

	snprintf(pin.name, sizeof(pin.name), "%s", name);
	return tape_pin(scene.tape, &pin, err);
}

static void start(uint64_t budget, uint64_t keep)
{
	scene.rotation.budget_bytes = budget;
	scene.rotation.keep_bytes = keep;
	scene_start();
}

static void they_outlast_the_budget(void **state)
{
	(void)state;
	start(MIB, 400 * KIB);
	record(0, 4);
	assert_int_equal(pin("one", 1, 2, NULL), 0);
	record(4, 20);
	assert_false(scene_has(names[0]));
	assert_true(scene_has(names[1]) && scene_has(names[2]));
	assert_false(scene_has(names[4]));
	scene_expect_within();
	/* A restart, and a crash, change nothing. */
	scene_restart();
	assert_int_equal(tape_pins(scene.tape)->count, 1);
	record(24, 20);
	assert_true(scene_has(names[1]) && scene_has(names[2]));
	scene_expect_within();
	/* Let go, they are the oldest. */
	assert_int_equal(tape_unpin(scene.tape, "one", NULL), 0);
	record(44, 2);
	assert_false(scene_has(names[1]) || scene_has(names[2]));
	scene_restart();
	assert_int_equal(tape_pins(scene.tape)->count, 0);
}

static void they_outlast_age_and_number(void **state)
{
	(void)state;
	scene.rotation.files = 4;
	scene.rotation.age_ns = 10 * SCENE_MINUTE;
	start(4 * MIB, MIB);
	record(0, 3);
	assert_int_equal(pin("one", 1, 1, NULL), 0);
	record(3, 3);
	assert_false(scene_has(names[0]));
	assert_true(scene_has(names[1]));
	scene_pass(20 * SCENE_MINUTE);
	tape_expire(scene.tape);
	assert_true(scene_has(names[1]));
	assert_int_equal(scene_segments(), 1);
	assert_int_equal(tape_unpin(scene.tape, "one", NULL), 0);
	tape_expire(scene.tape);
	assert_int_equal(scene_segments(), 0);
}

static void a_share_is_a_bound(void **state)
{
	struct error err;

	(void)state;
	start(MIB, 250 * KIB);
	record(0, 5);
	assert_int_equal(pin("more", 1, 3, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "250 KiB for pins are not enough"));
	assert_int_equal(pin("two", 1, 2, NULL), 0);
	assert_int_equal(pin("two", 3, 3, &err), -EEXIST);
	assert_int_equal(pin("another", 3, 3, &err), -ENOSPC);
	assert_int_equal(tape_unpin(scene.tape, "another", &err), -ENOENT);
	record(5, 20);
	assert_true(scene_has(names[1]) && scene_has(names[2]));
	assert_false(scene_has(names[3]));
	scene_expect_within();
}

/* What is yet to come is pinned as it comes; beyond the share it goes, which is said. */
static void what_comes_is_pinned_as_long_as_there_is_room(void **state)
{
	(void)state;
	start(MIB, 250 * KIB);
	record(0, 1);
	assert_int_equal(pin("later", 3, 9, NULL), 0);
	record(1, 30);
	assert_true(scene_has(names[3]) && scene_has(names[4]));
	assert_false(scene_has(names[5]) || scene_has(names[2]));
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	assert_non_null(strstr(scene.last[NOTE_DISK], "more than keep:250 KiB"));
	scene_expect_within();
}

static void without_a_share_nothing_is_pinned(void **state)
{
	struct error err;

	(void)state;
	start(MIB, 0);
	record(0, 3);
	assert_int_equal(pin("one", 1, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "-b keep:SIZE"));
	assert_false(scene_has(PINS_NAME));
	/* One from before, with one. */
	scene_put_file(PINS_NAME, "wiretape-pins 1\nkeep 1000000\npin 0 9000000000000000000 all\n");
	scene_restart();
	assert_non_null(strstr(scene.last[NOTE_ADOPT], "1 pin, but no -b keep:"));
	record(3, 20);
	assert_false(scene_has(names[0]));
}

static void a_full_disk_leaves_all_as_it_was(void **state)
{
	const struct fault fault = {.calls = FAULT_BIT(FAULT_write),
				    .nth = 1,
				    .count = 1,
				    .error = ENOSPC};
	struct error err;

	(void)state;
	start(MIB, 400 * KIB);
	record(0, 3);
	assert_int_equal(pin("one", 1, 1, NULL), 0);
	fault_arm(&fault);
	assert_int_equal(pin("two", 2, 2, &err), -ENOSPC);
	assert_true(fault_disarm());
	assert_int_equal(tape_pins(scene.tape)->count, 1);
	scene_restart();
	assert_int_equal(tape_pins(scene.tape)->count, 1);
	assert_string_equal(tape_pins(scene.tape)->list[0].name, "one");
}

static void what_is_no_list_pins_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"wiretape-pins 2\npin 1 2 one\n",
		"wiretape-pins 1\npin\npin 1 two\npin 2 1 one\npin -5 2 one\npin 1 2 o/e\npin 1 2 "
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	};
	struct pins pins;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		scene_put_file(PINS_NAME, texts[i]);
		(void)pins_read(scene.dir, PINS_NAME, &pins);
		assert_int_equal(pins.count, 0);
	}
	scene_put_file(PINS_NAME, "wiretape-pins 1\nodd\npin 1 2 one\npin 1 2 one\npin 3 9 two\n");
	assert_int_equal(pins_read(scene.dir, PINS_NAME, &pins), 0);
	assert_int_equal(pins.count, 2);
	assert_true(pin_holds(&pins.list[1], 8, 20) && pin_holds(&pins.list[1], 1, 3));
	assert_false(pin_holds(&pins.list[1], 9, 20) || pin_holds(&pins.list[1], 1, 2));
	scene_start();
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		WITH_SCENE(they_outlast_the_budget),
		WITH_SCENE(they_outlast_age_and_number),
		WITH_SCENE(a_share_is_a_bound),
		WITH_SCENE(what_comes_is_pinned_as_long_as_there_is_room),
		WITH_SCENE(without_a_share_nothing_is_pinned),
		WITH_SCENE(a_full_disk_leaves_all_as_it_was),
		WITH_SCENE(what_is_no_list_pins_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
