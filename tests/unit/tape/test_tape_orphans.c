/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that look like a tape's segments and that no manifest proves: told of, left alone,
 * and taken in where that was asked for.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "frames/pcapng.h"
#include "index/name.h"
#include "tape_scene.h"

#define KIB  UINT64_C(1024)
#define HALF (64 * KIB)

static const char *name_of(unsigned sequence)
{
	static char name[64];

	snprintf(name, sizeof(name), "eth0_20261124T105000Z_%08u.pcapng", sequence);
	return name;
}

/* A segment of one packet, with its number in it unless that is 0, and as long as wanted. */
static void fill(int fd, uint64_t number, uint64_t bytes)
{
	static uint8_t data[100], file[1024];
	const struct pcapng_section section = {.application = "test", .segment = number};
	const struct pcapng_interface interface = {.linktype = 1, .tsresol = 9};
	const struct frame frame = {.data = data, .caplen = 100, .len = 100, .time_ns = SCENE_WALL};
	size_t length = pcapng_put_shb(file, sizeof(file), &section);

	length += pcapng_put_idb(file + length, sizeof(file) - length, &interface);
	length += pcapng_put_epb(file + length, sizeof(file) - length, &frame);
	assert_int_equal(pwrite(fd, file, length, 0), length);
	/* The rest is no packets; nobody reads them here. */
	for (uint64_t at = length; at < bytes; at += sizeof(file))
		assert_int_equal(pwrite(fd, file, sizeof(file), (off_t)at), sizeof(file));
}

/* A time of modification, so many minutes after the scene's begin. */
static void date(int fd, unsigned minutes)
{
	const struct timespec when = {.tv_sec = (SCENE_WALL + minutes * SCENE_MINUTE) /
						NS_PER_SECOND};

	assert_int_equal(futimens(fd, (const struct timespec[2]){when, when}), 0);
}

static void record(unsigned count, uint64_t bytes)
{
	for (unsigned i = 0; i < count; i++) {
		struct tape_segment segment = scene_begin(bytes);

		fill(segment.fd, segment.sequence, bytes);
		scene_publish(&segment);
		scene.clock.wall = SCENE_WALL;
	}
}

static void put(const char *name, uint64_t number, unsigned minutes)
{
	int fd = openat(scene.dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	fill(fd, number, HALF);
	date(fd, minutes);
	close(fd);
}

static void forget_manifests(void)
{
	unlinkat(scene.dir, MANIFEST_NAME, 0);
	unlinkat(scene.dir, MANIFEST_PREVIOUS, 0);
}

static void expect_told(const char *what)
{
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
	assert_non_null(strstr(scene.last[NOTE_ADOPT], what));
	scene.notes[NOTE_ADOPT] = 0;
}

/* --- told, and left alone ----------------------------------------------------------- */

static void without_a_manifest_all_are_told_of(void **state)
{
	(void)state;
	scene.rotation.budget_bytes = 6 * HALF;
	scene_start();
	record(3, HALF);
	scene_stop();
	forget_manifests();
	for (unsigned start = 0; start < 3; start++) {
		scene_start();
		assert_int_equal(tape_files(scene.tape), start);
		expect_told("KiB, look like segments of this recording, but no manifest");
		assert_non_null(strstr(scene.last[NOTE_ADOPT], ": 3 files, "));
		assert_non_null(strstr(scene.last[NOTE_ADOPT], "--adopt takes them in"));
		record(1, KIB);
		/* Numbers go on. */
		assert_int_equal(scene.closed.sequence, 4 + start);
		scene_stop();
	}
	assert_int_equal(scene_segments(), 6);
}

static void of_others_nothing_is_said(void **state)
{
	const char *const names[] = {
		"eth0_20261124T105000Z_00000002.pcapng.zst",
		"eth0_20261124T105000Z_.pcapng",
		"20261124T105000Z_00000002.pcapng",
		"00000002.pcapng",
		"copy.pcapng",
		"eth0_20261124T105000Z_00000003.pcapng", /* the number in it is another one */
		"eth0_20261124T105000Z_1000000000000.pcapng",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(names[i], i == 6 ? UINT64_C(1000000000000) : 2, 0);
	/* No capture; a link; one that has another name, too. */
	scene_put_file(name_of(4), "this is no capture file");
	assert_int_equal(symlinkat("copy.pcapng", scene.dir, name_of(2)), 0);
	put(name_of(5), 5, 0);
	assert_int_equal(linkat(scene.dir, name_of(5), scene.dir, "five", 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		scene.adopt = i;
		scene_start();
		assert_int_equal(scene.notes[NOTE_ADOPT], 0);
		assert_int_equal(tape_files(scene.tape), 0);
		assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), -2);
		scene_stop();
	}
}

/* --- taken in ------------------------------------------------------------------------ */

static void adopted_ones_are_in_the_budget(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene.rotation.budget_bytes = 8 * HALF;
	scene_start();
	record(4, HALF);
	segment = scene_begin(HALF);
	fill(segment.fd, segment.sequence, 0);
	close(segment.fd);
	scene_stop();
	forget_manifests();
	scene.adopt = true;
	scene.closed_count = 0;
	scene_start();
	/* The one that was not finished is, as ever. */
	assert_int_equal(scene.notes[NOTE_ADOPT], 2);
	assert_int_equal(scene.closed_count, 1);
	assert_int_equal(scene.closed.sequence, 5);
	assert_int_equal(tape_files(scene.tape), 5);
	assert_true(tape_used_bytes(scene.tape) >= 4 * HALF);
	scene_expect_within();
	/* From now on they are proven. */
	scene.adopt = false;
	scene.notes[NOTE_ADOPT] = 0;
	scene_restart();
	assert_int_equal(scene.notes[NOTE_ADOPT], 0);
	assert_int_equal(tape_files(scene.tape), 5);
	record(6, HALF);
	scene_expect_within();
	assert_int_equal(scene.closed.sequence, 11);
	assert_false(scene_has(name_of(1)));
	assert_false(scene_has(name_of(4)));
}

static void asked_again_there_is_nothing_to_adopt(void **state)
{
	(void)state;
	scene.adopt = true;
	scene_start();
	record(3, HALF);
	put("eth1_20261124T105000Z_00000009_2.pcapng", 9, 0);
	scene_restart();
	expect_told("took in 1 segment, ");
	scene_restart();
	assert_int_equal(scene.notes[NOTE_ADOPT], 0);
	assert_int_equal(tape_files(scene.tape), 4);
}

/* The index beside one counts with it, and goes with it. */
static void their_indexes_count(void **state)
{
	char beside[NAME_MAX + 1];
	uint64_t used;
	int fd;

	(void)state;
	put(name_of(1), 1, 0);
	assert_true(index_name_make(name_of(1), beside));
	for (unsigned i = 0; i < 2; i++) {
		scene.adopt = true;
		scene_start();
		assert_int_equal(tape_files(scene.tape), 1);
		if (i == 0)
			used = tape_used_bytes(scene.tape);
		else
			assert_true(tape_used_bytes(scene.tape) >= used + HALF);
		scene_stop();
		forget_manifests();
		fd = openat(scene.dir, beside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		fill(fd, 0, HALF);
		close(fd);
	}
	scene_start();
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has(name_of(1)) || scene_has(beside));
}

/* What was recorded after the manifest was lost may have the same numbers. */
static void equal_numbers_are_told_apart_by_time(void **state)
{
	(void)state;
	scene.adopt = true;
	scene_start();
	put("eth0_20261124T110000Z_00000001.pcapng", 1, 10);
	put("eth0_20261124T110200Z_00000002.pcapng", 2, 12);
	put("eth0_20261124T110100Z_00000001.pcap", 0, 11);
	put("eth1_20261124T105900Z_00000002.pcapng", 2, 9);
	for (unsigned i = 0; i < 2; i++) {
		scene_restart();
		assert_int_equal(tape_files(scene.tape), 4);
	}
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has("eth1_20261124T105900Z_00000002.pcapng"));
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has("eth0_20261124T110000Z_00000001.pcapng"));
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has("eth0_20261124T110100Z_00000001.pcap"));
	assert_int_equal(scene_segments(), 1);
	record(1, KIB);
	assert_true(scene.closed.sequence > 6);
}

/* Beside the segments of others, by what the names are made of. */
static void other_names_are_known_by_the_number_inside(void **state)
{
	static const struct {
		enum name_style style;
		const char *base, *ours, *others[3];
	} cases[] = {
		{NAME_COUNTED, "x", "x6", {"x5", "y6", "x6b"}},
		{NAME_NUMBERED,
		 "x.pcapng",
		 "x_00007_20261124105000.pcapng",
		 {"x_00006_20261124105000.pcapng", "x_00007_2026112410500.pcapng",
		  "xy_00007_20261124105000.pcapng"}},
		{NAME_TEMPLATE,
		 "x%Y%m%d_%H%M%S.pcapng",
		 "x20261124_105000.pcapng",
		 {"x20261124_105000.pcapng2", "x2026112_1050.pcapng", "20261124_105000.pcapng"}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scene_drop(state);
		scene_new(state);
		scene.naming.style = cases[i].style;
		scene.naming.base = cases[i].base;
		scene.adopt = true;
		put(cases[i].ours, 7, 0);
		for (unsigned j = 0; j < 3; j++)
			put(cases[i].others[j], 7, 0);
		put(".wiretape-00000008", 8, 0);
		scene_start();
		assert_non_null(strstr(scene.last[NOTE_DETAIL], "1 segment,"));
		assert_int_equal(tape_files(scene.tape), 1);
		assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
		assert_false(scene_has(cases[i].ours));
		assert_true(scene_has(cases[i].others[0]));
		assert_true(scene_has(".wiretape-00000008"));
	}
}

/* Then they are proven by what they look like. */
static void adopted_ones_are_known_without_times_of_birth(void **state)
{
	int fd;

	(void)state;
	scene.adopt = true;
	put(name_of(1), 1, 0);
	put(name_of(2), 2, 0);
	scene_start();
	scene.adopt = false;
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 2);
	scene_stop();
	fd = openat(scene.dir, name_of(2), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 60), 1);
	date(fd, 0);
	close(fd);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_true(scene_has(name_of(2)) && !scene_has(name_of(1)));
}

static int without_births(void **state)
{
	fault_forget_births(true);
	return scene_new(state);
}

static int with_births_again(void **state)
{
	fault_forget_births(false);
	return scene_drop(state);
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		SCENE(without_a_manifest_all_are_told_of),
		SCENE(of_others_nothing_is_said),
		SCENE(adopted_ones_are_in_the_budget),
		SCENE(asked_again_there_is_nothing_to_adopt),
		SCENE(their_indexes_count),
		SCENE(equal_numbers_are_told_apart_by_time),
		SCENE(other_names_are_known_by_the_number_inside),
		cmocka_unit_test_setup_teardown(adopted_ones_are_known_without_times_of_birth,
						without_births, with_births_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
