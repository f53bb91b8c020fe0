/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept where others have a hand in it, too: segments that cannot be deleted,
 * and segments that are moved, deleted, cut or replaced behind the tape's back.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "frames/pcapng.h"
#include "tape_scene.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

#define STUCK_NS (10 * NS_PER_SECOND)

/* The name of a segment begun at the usual time. */
static const char *name_of(unsigned sequence)
{
	static char name[64];

	snprintf(name, sizeof(name), "eth0_20261124T105000Z_%08u.pcapng", sequence);
	return name;
}

static bool is_there(unsigned sequence)
{
	return scene_has(name_of(sequence));
}

static void remove_by_hand(unsigned sequence)
{
	assert_int_equal(unlinkat(scene.dir, name_of(sequence), 0), 0);
}

/* Without time going by, which names have in them. */
static void record(unsigned count, uint64_t bytes)
{
	for (unsigned i = 0; i < count; i++) {
		scene_record(bytes);
		scene.clock.wall = SCENE_WALL;
	}
}

static void pass(uint64_t ns)
{
	scene.clock.boot += ns;
}

/* The next deletions fail, as of files that are immutable. */
static void refuse(unsigned count)
{
	fault_arm(&(struct fault){.calls = FAULT_BIT(FAULT_unlinkat),
				  .nth = 1,
				  .count = count,
				  .error = EPERM});
}

/* --- what cannot be deleted --------------------------------------------------- */

static void by_number_the_next_oldest_goes(void **state)
{
	(void)state;
	scene.rotation.files = 4;
	scene_start();
	record(4, 10);
	refuse(2);
	record(1, 10);
	assert_true(fault_disarm());
	assert_true(is_there(1) && is_there(2));
	assert_false(is_there(3));
	assert_int_equal(tape_files(scene.tape), 4);
	assert_int_equal(scene.notes[NOTE_DISK], 2);
	assert_non_null(strstr(scene.last[NOTE_DISK], "Operation not permitted"));
	assert_non_null(strstr(scene.last[NOTE_DISK], "the next oldest goes instead"));
	/* They are let be for a while. */
	record(1, 10);
	assert_true(is_there(1) && is_there(2));
	assert_false(is_there(4));
	pass(STUCK_NS);
	record(1, 10);
	assert_false(is_there(1));
	assert_true(is_there(2) && is_there(5));
	assert_int_equal(scene.notes[NOTE_DISK], 2);
	scene_expect_within();
}

static void by_the_budget_it_counts(void **state)
{
	struct tape_segment segment;
	struct error err;

	(void)state;
	scene.rotation.budget_bytes = MIB;
	scene_start();
	record(6, 100 * KIB);
	refuse(1);
	while (is_there(2))
		record(1, 100 * KIB);
	assert_true(fault_disarm());
	assert_true(is_there(1) && is_there(3));
	scene_expect_within();
	record(20, 100 * KIB);
	assert_true(is_there(1));
	scene_expect_within();
	/* All of them, and there is no room any more. */
	assert_int_equal(tape_create(scene.tape, &segment, &err), 0);
	refuse(FAULT_FOR_GOOD);
	pass(STUCK_NS);
	assert_int_equal(tape_grant(scene.tape, &segment, 900 * KIB, true), TAPE_SHORT);
	fault_disarm();
	assert_int_equal(tape_grant(scene.tape, &segment, 900 * KIB, true), TAPE_SHORT);
	assert_true(is_there(1));
	pass(STUCK_NS);
	assert_int_equal(tape_grant(scene.tape, &segment, 900 * KIB, true), 0);
	assert_false(is_there(1));
	tape_discard(scene.tape, &segment);
}

static void by_age_others_expire(void **state)
{
	(void)state;
	scene.rotation.age_ns = NS_PER_HOUR;
	scene_start();
	record(1, 10);
	pass(SCENE_MINUTE);
	record(1, 10);
	pass(59 * SCENE_MINUTE);
	refuse(1);
	assert_int_equal(tape_expire(scene.tape), STUCK_NS);
	assert_true(fault_disarm());
	pass(STUCK_NS / 2);
	assert_int_equal(tape_expire(scene.tape), STUCK_NS / 2);
	pass(SCENE_MINUTE - STUCK_NS / 2);
	refuse(1);
	assert_int_equal(tape_expire(scene.tape), STUCK_NS);
	assert_true(fault_disarm());
	assert_true(is_there(1));
	assert_false(is_there(2));
	pass(STUCK_NS);
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	assert_int_equal(scene_segments(), 0);
}

/* What a mount is on is not replaced by what is mounted. */
static void with_a_mount_on_it(void **state)
{
	char source[PATH_MAX], target[PATH_MAX], hidden[PATH_MAX];
	const uint8_t nothing[4] = {0};
	struct tape_segment segment;
	uint64_t used;

	(void)state;
	if (geteuid() != 0)
		skip();
	scene.rotation.files = 4;
	scene_start();
	record(3, 50 * KIB);
	segment = scene_begin(10);
	assert_int_equal(pwrite(segment.fd, nothing, sizeof(nothing), 0), sizeof(nothing));
	used = tape_used_bytes(scene.tape);
	scene_put_file("foreign", "mounted");
	snprintf(source, sizeof(source), "%s/foreign", scratch_dir);
	snprintf(target, sizeof(target), "%s/%s", scratch_dir, name_of(1));
	snprintf(hidden, sizeof(hidden), "%s/.wiretape-%08u", scratch_dir, 4u);
	if (mount(source, target, NULL, MS_BIND, NULL) < 0)
		skip();
	pass(STUCK_NS);
	tape_expire(scene.tape);
	assert_int_equal(tape_used_bytes(scene.tape), used);
	record(1, 10);
	assert_int_equal(tape_files(scene.tape), 4);
	assert_true(is_there(1));
	assert_false(is_there(2));
	assert_non_null(strstr(scene.last[NOTE_DISK], "busy"));
	/* A restart copes, too, even with one that is unfinished. */
	close(segment.fd);
	assert_int_equal(mount(source, hidden, NULL, MS_BIND, NULL), 0);
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 4);
	assert_non_null(strstr(scene.last[NOTE_ADOPT], "tried again at the next start"));
	record(2, 10);
	assert_int_equal(tape_files(scene.tape), 4);
	assert_true(is_there(1));
	scene_expect_file("foreign", "mounted");
	assert_int_equal(umount2(target, 0), 0);
	assert_int_equal(umount2(hidden, 0), 0);
	pass(STUCK_NS);
	tape_expire(scene.tape);
	assert_true(tape_used_bytes(scene.tape) > 50 * KIB);
	record(1, 10);
	assert_false(is_there(1));
	scene_restart();
	assert_false(scene_has(".wiretape-00000004"));
	scene_expect_within();
}

/* A start that could not open one would never get past it. */
static void an_unfinished_one_that_cannot_be_opened_is_kept(void **state)
{
	static uint8_t data[100];
	const struct pcapng_section section = {.application = "test"};
	const struct pcapng_interface interface = {.linktype = 1, .tsresol = 9};
	const struct frame frame = {.data = data, .caplen = 100, .len = 100, .time_ns = 1};
	uint8_t bytes[1024];
	struct tape_segment segment;
	size_t end = pcapng_put_shb(bytes, sizeof(bytes), &section);

	(void)state;
	end += pcapng_put_idb(bytes + end, sizeof(bytes) - end, &interface);
	end += pcapng_put_epb(bytes + end, sizeof(bytes) - end, &frame);
	scene_start();
	record(1, 10);
	segment = scene_begin(10);
	assert_int_equal(pwrite(segment.fd, bytes, end, 0), end);
	close(segment.fd);
	scene_stop();
	for (unsigned round = 0; round < 2; round++) {
		/* After the manifest, the one before, and the directory. */
		fault_arm(&(struct fault){.calls = FAULT_BIT(FAULT_openat),
					  .nth = 4,
					  .count = 1,
					  .error = EPERM});
		scene_start();
		assert_true(fault_disarm());
		assert_non_null(strstr(scene.last[NOTE_ADOPT], ".wiretape-00000002: an unfinished "
							       "segment cannot be finished"));
		assert_int_equal(tape_files(scene.tape), 2 + round);
		assert_true(scene_has(".wiretape-00000002"));
		scene_expect_within();
		record(1, 10);
		assert_int_equal(scene.closed.sequence, 3 + round);
		scene_stop();
	}
	scene_start();
	assert_int_equal(tape_files(scene.tape), 4);
	assert_false(scene_has(".wiretape-00000002"));
	assert_int_equal(scene.closed.sequence, 2);
	assert_int_equal(scene.closed.packets, 1);
}

/* --- what others do ----------------------------------------------------------- */

/* Packed and removed, one after the other, by a hook: the budget is for what is there. */
static void what_is_gone_does_not_count(void **state)
{
	(void)state;
	scene.rotation.budget_bytes = 2 * MIB;
	scene_start();
	record(40, 100 * KIB);
	assert_in_range(tape_files(scene.tape), 15, 20);
	for (unsigned i = 1; i <= 37; i++)
		if (is_there(i))
			remove_by_hand(i);
	/* At once, where something would have to be deleted. */
	pass(NS_PER_SECOND);
	record(1, 100 * KIB);
	assert_int_equal(tape_files(scene.tape), 4);
	assert_in_range(tape_used_bytes(scene.tape), 400 * KIB, 600 * KIB);
	assert_true(is_there(38));
	assert_non_null(strstr(scene.last[NOTE_DETAIL] + 1, "eth0_"));
	record(10, 100 * KIB);
	assert_true(is_there(38));
	assert_int_equal(scene.notes[NOTE_DISK], 0);
	/* And in time, where nothing has to. */
	for (unsigned i = 38; i <= 45; i++)
		remove_by_hand(i);
	assert_int_equal(renameat(scene.dir, name_of(46), scene.dir, "foreign-moved"), 0);
	tape_expire(scene.tape);
	assert_int_equal(tape_files(scene.tape), 14);
	pass(NS_PER_SECOND);
	tape_expire(scene.tape);
	assert_int_equal(tape_files(scene.tape), 5);
	assert_int_equal(tape_files(scene.tape), scene_segments());
	scene_expect_within();
}

static void what_was_cut_counts_as_it_is(void **state)
{
	uint64_t used;
	int fd;

	(void)state;
	scene.rotation.budget_bytes = 2 * MIB;
	scene_start();
	record(10, 150 * KIB);
	used = tape_used_bytes(scene.tape);
	for (unsigned i = 3; i < 7; i++) {
		fd = openat(scene.dir, name_of(i), O_WRONLY | O_TRUNC | O_CLOEXEC);
		assert_true(fd >= 0);
		close(fd);
	}
	pass(NS_PER_SECOND);
	tape_expire(scene.tape);
	assert_int_equal(tape_used_bytes(scene.tape), used - 4 * 152 * KIB);
	assert_int_equal(tape_files(scene.tape), 10);
	record(5, 150 * KIB);
	assert_true(is_there(1));
	scene_expect_within();
}

static void what_was_replaced_is_not_ours_any_more(void **state)
{
	(void)state;
	scene_start();
	record(3, 100 * KIB);
	scene_put_file("new", "by somebody else");
	assert_int_equal(renameat(scene.dir, "new", scene.dir, name_of(2)), 0);
	pass(NS_PER_SECOND);
	tape_expire(scene.tape);
	assert_int_equal(tape_files(scene.tape), 2);
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	assert_non_null(strstr(scene.last[NOTE_DISK], "replaced by another file"));
	/* Said once. */
	pass(NS_PER_SECOND);
	tape_expire(scene.tape);
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	while (tape_delete_oldest(scene.tape, "by the test") == 0)
		;
	scene_expect_file(name_of(2), "by somebody else");
}

/* A thousand segments are not looked at all at once, but soon. */
static void looking_has_a_bound(void **state)
{
	unsigned rounds = 0;

	(void)state;
	scene_start();
	record(1000, 0);
	for (unsigned i = 1; i <= 1000; i++)
		remove_by_hand(i);
	for (uint64_t before = 1000, now; before > 0; before = now, rounds++) {
		pass(NS_PER_SECOND);
		tape_expire(scene.tape);
		now = tape_files(scene.tape);
		assert_in_range(before - now, 1, 256);
		/* Once a second. */
		tape_expire(scene.tape);
		assert_int_equal(tape_files(scene.tape), now);
	}
	assert_in_range(rounds, 4, 4);
}

/* What is gone is not tried to be deleted, and nothing goes in its place. */
static void what_is_gone_is_not_deleted(void **state)
{
	(void)state;
	scene_start();
	record(3, 10);
	remove_by_hand(1);
	pass(NS_PER_SECOND);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(is_there(2));
	assert_true(is_there(3));
	assert_int_equal(scene.deleted_count, 1);
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		WITH_SCENE(by_number_the_next_oldest_goes),
		WITH_SCENE(by_the_budget_it_counts),
		WITH_SCENE(by_age_others_expire),
		WITH_SCENE(with_a_mount_on_it),
		WITH_SCENE(an_unfinished_one_that_cannot_be_opened_is_kept),
		WITH_SCENE(what_is_gone_does_not_count),
		WITH_SCENE(what_was_cut_counts_as_it_is),
		WITH_SCENE(what_was_replaced_is_not_ours_any_more),
		WITH_SCENE(looking_has_a_bound),
		WITH_SCENE(what_is_gone_is_not_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
