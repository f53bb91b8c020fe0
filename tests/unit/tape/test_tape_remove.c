/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Large segments that are deleted slice by slice: what is counted meanwhile, what others
 * see of it, and what a crash in the middle leaves.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "tape_scene.h"

#define KIB    ((uint64_t)1024)
#define SLICE  (64 * KIB)
#define SLICES 8u
#define LARGE  (SLICES * SLICE)

/* Long enough for a test to look, unless it says otherwise. */
#define REST_NS (30 * NS_PER_SECOND)

static char name[256], gone[MANIFEST_GONE_ROOM];

static void begin(uint64_t budget)
{
	scene.slice_bytes = SLICE;
	scene.rotation.budget_bytes = budget;
	scene_start();
}

/* A large segment, the first one. */
static void record_large(void)
{
	snprintf(name, sizeof(name), "%s", scene_record(LARGE));
	manifest_gone_name(scene.closed.sequence, gone);
}

/* Until nothing is being deleted. */
static void await_removal(void)
{
	for (unsigned i = 0; tape_is_removing(scene.tape); i++) {
		assert_true(i < 10000);
		poll(NULL, 0, 1);
		tape_collect(scene.tape);
	}
}

/* Until so much, or less, is in use. */
static void await_used(uint64_t bytes)
{
	for (unsigned i = 0; tape_used_bytes(scene.tape) > bytes; i++) {
		assert_true(i < 10000);
		poll(NULL, 0, 1);
		tape_collect(scene.tape);
	}
}

static void space_comes_back_by_slices(void **state)
{
	struct tape_segment segment;
	uint64_t used;

	(void)state;
	begin(2 * LARGE);
	record_large();
	tape_start_removing(scene.tape);
	tape_pace(scene.tape, REST_NS);
	segment = scene_begin(LARGE / 4);
	used = tape_used_bytes(scene.tape);
	/* The name is gone at once, and of the space a slice. */
	assert_int_equal(tape_grant(scene.tape, &segment, LARGE, false), TAPE_LATER);
	assert_false(scene_has(name));
	assert_int_equal(tape_files(scene.tape), 1);
	await_used(used - SLICE);
	assert_int_equal(tape_used_bytes(scene.tape), used - SLICE);
	assert_int_equal(scene_stat(gone).st_size, LARGE - SLICE);
	scene_expect_within();
	assert_int_equal(tape_grant(scene.tape, &segment, LARGE, false), TAPE_LATER);
	assert_int_equal(tape_grant(scene.tape, &segment, SLICE, false), 0);
	/* With haste the rest follows. */
	tape_pace(scene.tape, 0);
	await_removal();
	assert_false(scene_has(gone));
	assert_int_equal(tape_used_bytes(scene.tape), used - LARGE + SLICE);
	assert_int_equal(tape_grant(scene.tape, &segment, LARGE, false), 0);
	tape_discard(scene.tape, &segment);
}

/* As with unlink(), but for the name. */
static void who_reads_it_reads_on(void **state)
{
	static uint8_t data[LARGE];
	int fd;

	(void)state;
	begin(0);
	record_large();
	fd = openat(scene.dir, name, O_RDONLY | O_CLOEXEC);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_int_equal(scene_entries(), 1);
	assert_int_equal(read(fd, data, sizeof(data)), LARGE);
	assert_int_equal(data[LARGE - 65536], 1);
	close(fd);
}

static void another_name_keeps_it(void **state)
{
	(void)state;
	begin(0);
	record_large();
	assert_int_equal(linkat(scene.dir, name, scene.dir, "foreign", 0), 0);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has(name));
	assert_false(scene_has(gone));
	assert_int_equal(scene_stat("foreign").st_size, LARGE);
}

/* The number of slices is that of calls. */
static void small_ones_go_at_once(void **state)
{
	const struct fault cuts = {.calls = FAULT_BIT(FAULT_ftruncate), .nth = 1000};

	(void)state;
	begin(0);
	record_large();
	scene_record(SLICE / 2);
	fault_arm(&cuts);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_int_equal(fault_counted(), SLICES - 1);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_int_equal(fault_counted(), SLICES - 1);
	fault_disarm();
	assert_int_equal(scene_entries(), 1);
}

/* All that the manifest says of it from now on is that it was to go. */
static void tell_anew(void)
{
	char *text = scene_read_manifest(), *more = malloc(strlen(text) + 128);
	unsigned long long inode, birth;
	char *at = strstr(text, "segment 1 ");

	assert_non_null(more);
	assert_int_equal(sscanf(at, "segment 1 %llu %llu", &inode, &birth), 2);
	memcpy(at, "xxxxxxx", 7);
	memcpy(strstr(text, "open 1 "), "xxxx", 4);
	sprintf(more, "%sgone 1 %llu %llu\n", text, inode, birth);
	scene_write_summed(more);
	free(more);
	free(text);
}

static void half_gone(bool anew)
{
	begin(0);
	record_large();
	scene_record(1000);
	assert_int_equal(renameat(scene.dir, name, scene.dir, gone), 0);
	assert_int_equal(truncate(scratch_at(gone), LARGE / 2), 0);
	scene_stop();
	if (anew)
		tell_anew();
}

static void expect_rest_deleted(void)
{
	scene_start();
	assert_false(scene_has(gone));
	assert_int_equal(scene_entries(), 2);
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(scene.closed_count, 2);
	scene_expect_within();
}

static void a_start_deletes_what_is_left(void **state)
{
	(void)state;
	half_gone(false);
	expect_rest_deleted();
}

static void a_line_of_its_own_is_enough(void **state)
{
	(void)state;
	half_gone(true);
	expect_rest_deleted();
}

/* It counts as what can be had back, once. */
static void what_is_left_counts(void **state)
{
	struct tape_config config = scene_config();
	struct error err;
	uint64_t bytes;

	(void)state;
	half_gone(false);
	bytes = scene_segment_bytes();
	assert_int_equal(tape_open(&config, &scene.tape, &err), 0);
	assert_int_equal(tape_kept_bytes(scene.tape), bytes);
}

/* A file of that name that is none of ours. */
static void a_strangers_file_is_left_alone(void **state)
{
	(void)state;
	begin(0);
	record_large();
	assert_int_equal(unlinkat(scene.dir, name, 0), 0);
	scene_put_file(gone, "mine");
	scene_restart();
	scene_expect_file(gone, "mine");
}

/* What cannot be deleted counts as used, and is tried again. */
static void one_that_stays_is_tried_again(void **state)
{
	const struct fault fails = {.calls = FAULT_BIT(FAULT_unlinkat),
				    .nth = 1,
				    .count = 2,
				    .error = EROFS};
	struct tape_segment segment;
	uint64_t used;

	(void)state;
	begin(2 * LARGE);
	record_large();
	segment = scene_begin(LARGE / 4);
	used = tape_used_bytes(scene.tape);
	fault_arm(&fails);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	assert_non_null(strstr(scene.last[NOTE_DISK], "Read-only"));
	/* A slice of it is left, which nobody waits for. */
	assert_int_equal(tape_used_bytes(scene.tape), used - LARGE + SLICE);
	assert_int_equal(tape_grant(scene.tape, &segment, 2 * LARGE, false), TAPE_SHORT);
	assert_int_equal(tape_expire(scene.tape), NS_PER_SECOND);
	assert_true(scene_has(gone));
	scene_pass(NS_PER_SECOND);
	tape_expire(scene.tape);
	assert_int_equal(scene.notes[NOTE_DISK], 2);
	scene_pass(NS_PER_SECOND);
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	fault_disarm();
	assert_false(scene_has(gone));
	assert_int_equal(tape_used_bytes(scene.tape), used - LARGE);
	tape_discard(scene.tape, &segment);
}

/* The end waits for what is on its way, without rests. */
static void the_end_is_complete(void **state)
{
	(void)state;
	begin(0);
	record_large();
	tape_start_removing(scene.tape);
	tape_pace(scene.tape, REST_NS);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_true(tape_is_removing(scene.tape));
	scene_stop();
	assert_false(scene_has(gone));
	assert_int_equal(scene_entries(), 1);
}

/* A manifest that is written anew meanwhile still tells of it. */
static void a_new_manifest_tells_of_it(void **state)
{
	char *text;

	(void)state;
	begin(0);
	record_large();
	tape_start_removing(scene.tape);
	tape_pace(scene.tape, REST_NS);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	text = scene_read_manifest();
	while (strstr(text, "segment 1 ")) {
		free(text);
		scene_record(1);
		assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
		text = scene_read_manifest();
	}
	assert_non_null(strstr(text, "gone 1 "));
	free(text);
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		SCENE(space_comes_back_by_slices),    SCENE(who_reads_it_reads_on),
		SCENE(another_name_keeps_it),         SCENE(small_ones_go_at_once),
		SCENE(a_start_deletes_what_is_left),  SCENE(a_line_of_its_own_is_enough),
		SCENE(what_is_left_counts),           SCENE(a_strangers_file_is_left_alone),
		SCENE(one_that_stays_is_tried_again), SCENE(the_end_is_complete),
		SCENE(a_new_manifest_tells_of_it),
	};

	/* Rather than hang. */
	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
