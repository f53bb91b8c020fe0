/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running tape: which directories it takes, how segments come and go, what
 * is kept and what is deleted, and that nothing else ever is. What it finds at
 * its start is test_tape_adopt's.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "tape/tape_state.h"
#include "tape_scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

/* --- the directory ------------------------------------------------------------ */

static void expect_refused(const char *path, const char *words)
{
	struct tape_config config = scene_config();
	struct tape *tape = NULL;
	struct error err = {0};

	config.path = path;
	assert_int_equal(tape_open(&config, &tape, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, path));
	if (!strstr(err.text, words))
		assert_string_equal(err.text, words);
}

static void what_is_no_directory_is_refused(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/missing", scratch_dir);
	expect_refused(path, "No such file");
	scene_put_file("file", "kept");
	snprintf(path, sizeof(path), "%s/file", scratch_dir);
	expect_refused(path, "Not a directory");
	scene_expect_file("file", "kept");
	assert_int_equal(scene_entries(), 1);
}

static void one_that_cannot_be_written_to_is_refused(void **state)
{
	const bool root = geteuid() == 0;
	struct tape_config config = scene_config();
	struct tape *tape;
	int rc;

	(void)state;
	assert_int_equal(fchmod(scene.dir, 0555), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	rc = tape_open(&config, &tape, NULL);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmod(scene.dir, 0755), 0);
	assert_int_equal(rc, -EINVAL);
}

static void one_that_anybody_can_write_to_is_refused(void **state)
{
	struct tape_config config = scene_config();
	struct tape *tape;

	(void)state;
	assert_int_equal(fchmod(scene.dir, 0777), 0);
	expect_refused(scratch_dir, "anybody can write");
	assert_int_equal(fchmod(scene.dir, 0702), 0);
	expect_refused(scratch_dir, "chmod o-w");
	assert_int_equal(fchmod(scene.dir, 01777), 0);
	assert_int_equal(tape_open(&config, &tape, NULL), 0);
	tape_close(tape);
	assert_int_equal(fchmod(scene.dir, 0775), 0);
	assert_int_equal(tape_open(&config, &tape, NULL), 0);
	tape_close(tape);
}

static void one_recorder_at_a_time(void **state)
{
	struct tape_config config = scene_config();
	struct tape *tape, *other;
	char link[96];

	(void)state;
	assert_int_equal(tape_open(&config, &tape, NULL), 0);
	expect_refused(scratch_dir, "another recorder is using it");
	/* By whatever name. */
	snprintf(link, sizeof(link), "%s.link", scratch_dir);
	assert_int_equal(symlink(scratch_dir, link), 0);
	expect_refused(link, "another recorder is using it");
	tape_close(tape);
	config.path = link;
	assert_int_equal(tape_open(&config, &other, NULL), 0);
	expect_refused(scratch_dir, "another recorder is using it");
	tape_close(other);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(tape_open(&config, &other, NULL), -EINVAL);
	tape_close(NULL);
}

static void opening_changes_nothing(void **state)
{
	struct tape_config config = scene_config();
	struct tape *tape;
	uid_t uid;
	gid_t gid;

	(void)state;
	scene_put_file(MANIFEST_NAME, "open 1 2 3\n");
	scene_put_file(".wiretape-00000001", "kept");
	assert_int_equal(tape_open(&config, &tape, NULL), 0);
	tape_owner(tape, &uid, &gid);
	assert_int_equal(uid, geteuid());
	assert_int_equal(tape_files(tape), 0);
	assert_int_equal(tape_used_bytes(tape), 0);
	tape_close(tape);
	scene_expect_file(MANIFEST_NAME, "open 1 2 3\n");
	scene_expect_file(".wiretape-00000001", "kept");
	assert_int_equal(scene_entries(), 2);
	assert_int_equal(scene.notes[NOTE_ADOPT] + scene.notes[NOTE_DISK], 0);
}

/* --- segments ----------------------------------------------------------------- */

static void a_segment_gets_its_name_when_it_is_whole(void **state)
{
	const struct tape_closed closed = {.packets = 7, .drops = 3, .first_ns = 11, .last_ns = 12};
	struct tape_segment segment;
	char path[PATH_MAX + 64];
	uint64_t used;

	(void)state;
	scene_start();
	used = tape_used_bytes(scene.tape);
	segment = scene_begin(100000);
	assert_int_equal(segment.sequence, 1);
	assert_true(scene_has(".wiretape-00000001"));
	assert_int_equal(scene_segments(), 0);
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(tape_used_bytes(scene.tape), used + 100000 + TAPE_SEGMENT_EXTRA);
	scene_write(&segment, 70000);
	assert_int_equal(tape_publish(scene.tape, &segment, SCENE_WALL, &closed, false), 0);
	assert_false(scene_has(".wiretape-00000001"));
	assert_int_equal(scene_stat("eth0_20261124T105000Z_00000001.pcapng").st_size, 70000);
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(tape_used_bytes(scene.tape),
			 used + 512 * (uint64_t)scene_stat("eth0_20261124T105000Z_00000001.pcapng")
						 .st_blocks);
	assert_int_equal(scene.closed_count, 1);
	assert_int_equal(scene.closed.sequence, 1);
	assert_int_equal(scene.closed.packets, 7);
	assert_int_equal(scene.closed.bytes, 70000);
	assert_int_equal(scene.closed.drops, 3);
	assert_int_equal(scene.closed.first_ns, 11);
	assert_int_equal(scene.closed.last_ns, 12);
	assert_non_null(realpath(scratch_dir, path));
	strcat(path, "/eth0_20261124T105000Z_00000001.pcapng");
	assert_string_equal(scene.closed.path, path);
}

static void a_discarded_segment_is_gone(void **state)
{
	struct tape_segment segment;
	uint64_t used;

	(void)state;
	scene_start();
	used = tape_used_bytes(scene.tape);
	segment = scene_begin(100000);
	scene_write(&segment, 1000);
	tape_ungrant(scene.tape, &segment, 40000);
	assert_int_equal(tape_used_bytes(scene.tape), used + 60000 + TAPE_SEGMENT_EXTRA);
	tape_discard(scene.tape, &segment);
	tape_discard(scene.tape, &segment);
	assert_int_equal(tape_used_bytes(scene.tape), used);
	assert_int_equal(tape_files(scene.tape), 0);
	assert_int_equal(scene_entries(), 1);
	/* Nobody has seen its number: no gap is left. */
	scene_record(1);
	assert_int_equal(scene.closed.sequence, 1);
}

static void an_abandoned_one_stays_for_the_next_start(void **state)
{
	struct tape_segment segment;
	uint64_t used;

	(void)state;
	scene_start();
	used = tape_used_bytes(scene.tape);
	segment = scene_begin(100000);
	tape_abandon(scene.tape, &segment);
	tape_abandon(scene.tape, &segment);
	assert_int_equal(tape_used_bytes(scene.tape), used);
	assert_int_equal(tape_files(scene.tape), 0);
	assert_true(scene_has(".wiretape-00000001"));
}

/* Exactly those bits, and not before it has its name. */
static void a_segment_has_the_mode_asked_for(void **state)
{
	static const struct {
		mode_t umask, mode;
	} cases[] = {{0, 0600}, {0, 0640}, {077, 0644}, {0777, 0664}, {0137, 0440}, {022, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		mode_t before = umask(cases[i].umask);
		struct tape_segment segment;
		struct stat st;

		scene.mode = cases[i].mode;
		scene_restart();
		segment = scene_begin(1000);
		assert_int_equal(fstat(segment.fd, &st), 0);
		assert_int_equal(st.st_mode & 07177, 0);
		assert_int_equal(scene_stat(scene_publish(&segment)).st_mode & 07777,
				 cases[i].mode);
		umask(before);
	}
}

static void no_more_are_open_than_can_be_told_of(void **state)
{
	struct tape_segment segments[128];
	struct error err = {0};
	size_t count = 0;

	(void)state;
	scene_start();
	while (count < COUNT(segments) && tape_create(scene.tape, &segments[count], &err) == 0)
		count++;
	assert_int_equal(count, 64);
	assert_int_equal(err.code, EMFILE);
	assert_int_equal(scene_entries(), 64 + 1);
	while (count > 0)
		tape_discard(scene.tape, &segments[--count]);
	assert_int_equal(scene_entries(), 1);
	scene_record(1);
}

/* --- names -------------------------------------------------------------------- */

static void a_file_of_that_name_is_left_alone(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene_start();
	for (unsigned force = 0; force < 2; force++) {
		const struct tape_closed closed = {.packets = 1};
		char first[64], second[64], third[64];

		segment = scene_begin(1000);
		snprintf(first, sizeof(first), "eth0_20261124T105000Z_%08u.pcapng", force + 1);
		snprintf(second, sizeof(second), "eth0_20261124T105000Z_%08u_2.pcapng", force + 1);
		snprintf(third, sizeof(third), "eth0_20261124T105000Z_%08u_3.pcapng", force + 1);
		scene_put_file(first, "somebody else's");
		assert_int_equal(symlinkat("nowhere", scene.dir, second), 0);
		assert_int_equal(tape_publish(scene.tape, &segment, SCENE_WALL, &closed, force), 0);
		assert_true(scene_has(third));
		scene_expect_file(first, "somebody else's");
		assert_true(S_ISLNK(scene_stat(second).st_mode));
	}
	/* Nor are they deleted when their namesakes are. */
	while (tape_delete_oldest(scene.tape, "by the test") == 0)
		;
	assert_int_equal(scene_entries(), 4 + 1);
}

/* As it appears between looking and naming, renaming has to see it. */
static void renaming_never_replaces(void **state)
{
	(void)state;
	scene_start();
	scene_put_file("from", "from");
	scene_put_file("to", "to");
	assert_int_equal(tape_rename(scene.dir, "from", "to"), -EEXIST);
	scene_expect_file("from", "from");
	scene_expect_file("to", "to");
	assert_int_equal(tape_rename(scene.dir, "from", "other"), 0);
	scene_expect_file("other", "from");
	assert_false(scene_has("from"));
	assert_int_equal(tape_rename(scene.dir, "from", "to"), -ENOENT);
}

static void names_of_one_time_get_a_count(void **state)
{
	struct tape_segment segments[3];

	(void)state;
	scene.naming = (struct segment_naming){.style = NAME_TEMPLATE,
					       .path = scratch_dir,
					       .base = "x-%Y%m%d.pcap"};
	scene_start();
	for (size_t i = 0; i < COUNT(segments); i++)
		segments[i] = scene_begin(1000);
	assert_string_equal(scene_publish(&segments[1]), "x-20261124.pcap");
	assert_string_equal(scene_publish(&segments[0]), "x-20261124_2.pcap");
	assert_string_equal(scene_publish(&segments[2]), "x-20261124_3.pcap");
	assert_int_equal(scene_segments(), 3);
}

static void hidden_names_that_are_taken_are_passed_over(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene_start();
	scene_put_file(".wiretape-00000001", "kept");
	scene_put_file(".wiretape-00000002", "kept");
	assert_int_equal(symlinkat("foreign", scene.dir, ".wiretape-00000003"), 0);
	segment = scene_begin(1000);
	assert_int_equal(segment.sequence, 4);
	tape_discard(scene.tape, &segment);
	scene_expect_file(".wiretape-00000001", "kept");
	scene_expect_file(".wiretape-00000002", "kept");
	assert_false(scene_has("foreign"));
}

static void a_bad_name_can_be_tried_again(void **state)
{
	const struct tape_closed closed = {.packets = 1};
	struct tape_segment segment;

	(void)state;
	scene.naming =
		(struct segment_naming){.style = NAME_TEMPLATE, .path = scratch_dir, .base = "%D"};
	scene_start();
	segment = scene_begin(1000);
	assert_int_equal(tape_publish(scene.tape, &segment, SCENE_WALL, &closed, false), -EINVAL);
	assert_true(segment.fd >= 0);
	assert_int_equal(tape_files(scene.tape), 1);
	scene.naming.base = "good";
	assert_string_equal(scene_publish(&segment), "good");
	assert_int_equal(tape_files(scene.tape), 1);
}

static void a_segment_whose_file_was_deleted_cannot_be_published(void **state)
{
	const struct tape_closed closed = {.packets = 1};
	struct tape_segment segment;

	(void)state;
	scene_start();
	segment = scene_begin(1000);
	assert_int_equal(unlinkat(scene.dir, ".wiretape-00000001", 0), 0);
	assert_int_equal(tape_publish(scene.tape, &segment, SCENE_WALL, &closed, true), -ENOENT);
	scene_put_file(".wiretape-00000001", "somebody else's");
	tape_discard(scene.tape, &segment);
	scene_expect_file(".wiretape-00000001", "somebody else's");
	assert_int_equal(scene.closed_count, 0);
}

/* --- what is kept ------------------------------------------------------------- */

/* One step of a recording with up to three segments open at once. */
static void step_at_random(struct tape_segment *segments, uint64_t *granted, size_t most_bytes)
{
	size_t i = (size_t)rand() % 3;
	struct tape_segment *s = &segments[i];
	uint64_t bytes = (uint64_t)rand() % most_bytes + 1;
	struct error err;
	struct stat st;
	int rc = 0;

	if (s->fd < 0) {
		rc = tape_create(scene.tape, s, &err);
		granted[i] = 0;
	} else if (granted[i] < most_bytes) {
		rc = tape_grant(scene.tape, s, bytes, true);
		if (rc == 0)
			granted[i] += bytes;
		/* Some is taken ahead, some not, and some not at all. */
		if (rc == 0 && rand() % 3 == 0)
			(void)!fallocate(s->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)granted[i]);
		assert_int_equal(fstat(s->fd, &st), 0);
		bytes = granted[i] - (uint64_t)st.st_size;
		if (bytes > 0)
			scene_write(s, (uint64_t)rand() % bytes);
	} else if (rand() % 10 == 0) {
		tape_discard(scene.tape, s);
	} else {
		scene_publish(s);
	}
	if (rc != 0)
		assert_int_equal(rc, TAPE_SHORT);
}

static void keep_within(uint64_t budget, size_t most_bytes, unsigned rounds, bool sync)
{
	struct tape_segment segments[3] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};
	uint64_t granted[3] = {0};

	scene.rotation.budget_bytes = budget;
	scene.sync = sync;
	scene_start();
	for (unsigned i = 0; i < rounds; i++) {
		scene_pass(NS_PER_SECOND);
		step_at_random(segments, granted, most_bytes);
		scene_expect_within();
	}
	for (size_t i = 0; i < COUNT(segments); i++)
		tape_discard(scene.tape, &segments[i]);
	scene_expect_within();
	/* It was put to use. */
	assert_true(scene.deleted_count > 10);
	assert_true(scene_disk_bytes() > budget / 4);
}

static void the_budget_holds(void **state)
{
	(void)state;
	srand(1);
	keep_within(3 * MIB, 500 * KIB, 2000, false);
}

static void the_budget_holds_on_the_disk(void **state)
{
	(void)state;
	srand(2);
	keep_within(2 * MIB, 300 * KIB, 200, true);
}

/* Where the manifest is a good part of it. */
static void the_budget_holds_with_small_segments(void **state)
{
	(void)state;
	srand(3);
	keep_within(1 * MIB, 100, 6000, false);
}

static void after_many_small_ones_there_is_room_for_a_large_one(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene.rotation.budget_bytes = 6 * MIB;
	scene_start();
	while (scene.deleted_count < 10)
		scene_record(1);
	scene_expect_within();
	segment = scene_begin(6 * MIB - 5 * 64 * KIB);
	tape_discard(scene.tape, &segment);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct tape_segment segment, other;
	struct error err = {0};
	uint64_t used;

	(void)state;
	scene.rotation.budget_bytes = MIB;
	scene_start();
	scene_record(1000);
	segment = scene_begin(0);
	used = tape_used_bytes(scene.tape);
	assert_int_equal(tape_grant(scene.tape, &segment, MIB, false), TAPE_SHORT);
	assert_true(tape_used_bytes(scene.tape) < used);
	assert_int_equal(scene_segments(), 0);
	used = tape_used_bytes(scene.tape);
	/* To the byte. */
	assert_int_equal(tape_grant(scene.tape, &segment, MIB - used + 1, false), TAPE_SHORT);
	assert_int_equal(tape_used_bytes(scene.tape), used);
	assert_int_equal(tape_grant(scene.tape, &segment, MIB - used, false), 0);
	assert_int_equal(tape_used_bytes(scene.tape), MIB);
	assert_int_equal(tape_create(scene.tape, &other, &err), TAPE_SHORT);
	assert_int_equal(err.code, ENOSPC);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), -ENOENT);
	tape_discard(scene.tape, &segment);
}

static void the_number_of_files_holds(void **state)
{
	struct tape_segment current, next;

	(void)state;
	scene.rotation.files = 5;
	scene_start();
	current = scene_begin(100);
	for (unsigned i = 2; i < 30; i++) {
		struct error err;

		assert_int_equal(tape_create(scene.tape, &next, &err), 0);
		scene_expect_within();
		assert_int_equal(tape_grant(scene.tape, &next, 100, true), 0);
		/* Once only. */
		assert_int_equal(tape_grant(scene.tape, &next, 100, true), 0);
		scene_expect_within();
		scene_publish(&current);
		current = next;
		scene_expect_within();
		assert_int_equal(tape_files(scene.tape), i < 5 ? i : 5);
	}
	tape_discard(scene.tape, &current);
	assert_int_equal(tape_files(scene.tape), 4);
}

static void the_oldest_goes_first(void **state)
{
	char names[20][64];

	(void)state;
	scene.rotation.files = 8;
	scene_start();
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(names[i], sizeof(names[i]), "%s", scene_record(10));
		/* Whatever the times of the files and of the names. */
		if (i % 3 == 0)
			scene.clock.wall -= NS_PER_HOUR;
		for (size_t j = 0; j <= i; j++)
			assert_int_equal(scene_has(names[j]), j + 8 > i);
	}
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has(names[12]));
	assert_true(scene_has(names[13]));
	assert_int_equal(tape_files(scene.tape), 7);
}

static void age_holds(void **state)
{
	uint64_t wait;

	(void)state;
	scene.rotation.age_ns = NS_PER_HOUR;
	scene_start();
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	for (unsigned i = 0; i < 6; i++) {
		scene_record(10);
		assert_int_equal(tape_expire(scene.tape), NS_PER_HOUR - i * 10 * SCENE_MINUTE);
		scene_pass(10 * SCENE_MINUTE);
	}
	for (unsigned left = 5; left > 0; left--) {
		wait = tape_expire(scene.tape);
		assert_int_equal(scene_segments(), left);
		assert_int_equal(wait, 10 * SCENE_MINUTE);
		/* Not a moment too early. */
		scene_pass(wait - 1);
		assert_int_equal(tape_expire(scene.tape), 1);
		assert_int_equal(scene_segments(), left);
		scene_pass(1);
	}
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	assert_int_equal(scene_segments(), 0);
}

static void what_is_not_ours_is_never_deleted(void **state)
{
	char name[64], other[64], copy[96];
	struct tape_segment segment;

	(void)state;
	scene.rotation.files = 1;
	scene_start();
	scene_put_file("foreign.pcapng", "kept");
	scene_put_file("eth0_20250101T000000Z_00000000.pcapng", "kept");
	snprintf(name, sizeof(name), "%s", scene_record(10));
	snprintf(other, sizeof(other), "%s", scene_record(10));
	assert_false(scene_has(name));
	/* A copy under the name of the original; the original under another one. */
	snprintf(copy, sizeof(copy), "foreign-%s", other);
	assert_int_equal(renameat(scene.dir, other, scene.dir, copy), 0);
	scene_put_file(other, "a copy");
	segment = scene_begin(10);
	assert_int_equal(tape_files(scene.tape), 1);
	scene_expect_file(other, "a copy");
	assert_true(scene_has(copy));
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	assert_non_null(strstr(scene.last[NOTE_DISK], "left alone"));
	snprintf(other, sizeof(other), "%s", scene_publish(&segment));
	/* One deleted by others is not missed. */
	assert_int_equal(unlinkat(scene.dir, other, 0), 0);
	scene_record(10);
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	while (tape_delete_oldest(scene.tape, "by the test") == 0)
		;
	scene_expect_file("foreign.pcapng", "kept");
	scene_expect_file("eth0_20250101T000000Z_00000000.pcapng", "kept");
	assert_int_equal(scene_entries(), 5);
}

static void what_cannot_be_deleted_stays_ours(void **state)
{
	const bool root = geteuid() == 0;
	uint64_t wait;
	int rc;

	(void)state;
	scene.rotation.age_ns = NS_PER_HOUR;
	scene_start();
	scene_record(10);
	scene_pass(NS_PER_HOUR);
	assert_int_equal(fchmod(scene.dir, 0555), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	rc = tape_delete_oldest(scene.tape, "by the test");
	wait = tape_expire(scene.tape);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmod(scene.dir, 0755), 0);
	assert_int_equal(rc, -ENOENT);
	assert_int_equal(wait, 10 * NS_PER_SECOND);
	assert_int_equal(scene.notes[NOTE_DISK], 1);
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(scene_segments(), 1);
	scene_pass(10 * NS_PER_SECOND);
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	assert_int_equal(scene_segments(), 0);
}

/* A hook's segment: number and age wait for it, the budget does not. */
static void hooks_may_end_first(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene.rotation = (struct rotation){.files = 2, .age_ns = NS_PER_HOUR};
	scene.busy_first = 1;
	scene.busy_last = 2;
	scene_start();
	for (unsigned i = 0; i < 4; i++)
		scene_record(100 * KIB);
	assert_int_equal(scene_segments(), 4);
	scene_pass(2 * NS_PER_HOUR);
	assert_int_equal(tape_expire(scene.tape), NS_PER_SECOND);
	assert_int_equal(scene_segments(), 4);
	assert_int_equal(scene.notes[NOTE_FORCED], 0);

	scene.rotation.budget_bytes = tape_used_bytes(scene.tape) + TAPE_SEGMENT_EXTRA;
	segment = scene_begin(50 * KIB);
	assert_int_equal(scene_segments(), 3);
	assert_int_equal(scene.notes[NOTE_FORCED], 1);
	assert_non_null(strstr(scene.last[NOTE_FORCED], "_00000001.pcapng"));
	assert_non_null(strstr(scene.last[NOTE_FORCED], "by the budget"));
	tape_discard(scene.tape, &segment);

	/* It has ended. */
	scene.busy_first = 9;
	segment = scene_begin(1);
	assert_int_equal(scene_segments(), 1);
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	assert_int_equal(scene_segments(), 0);
	assert_int_equal(scene.notes[NOTE_FORCED], 1);
	tape_discard(scene.tape, &segment);
}

/* The oldest goes first, also where others are too old as well. */
static void a_busy_one_holds_up_the_others(void **state)
{
	(void)state;
	scene.rotation.age_ns = NS_PER_HOUR;
	scene.busy_first = scene.busy_last = 1;
	scene_start();
	scene_record(10);
	scene_record(10);
	scene_pass(NS_PER_HOUR);
	assert_int_equal(tape_expire(scene.tape), NS_PER_SECOND);
	assert_int_equal(scene_segments(), 2);
	scene.busy_first = 2;
	scene.busy_last = 1;
	assert_int_equal(tape_expire(scene.tape), UINT64_MAX);
	assert_int_equal(scene_segments(), 0);
}

/* --- free space --------------------------------------------------------------- */

static uint64_t free_bytes(void)
{
	struct statvfs fs;

	assert_int_equal(fstatvfs(scene.dir, &fs), 0);
	return fs.f_bavail * fs.f_frsize;
}

static void grow_foreign(off_t bytes)
{
	int fd = openat(scene.dir, "foreign", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, 0), 0);
	if (bytes > 0)
		assert_int_equal(posix_fallocate(fd, 0, bytes), 0);
	close(fd);
}

static void free_space_is_kept(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene_mount(8 * MIB);
	scene.rotation.reserve_bytes = 3 * MIB;
	scene_start();
	assert_int_equal(tape_expire(scene.tape), NS_PER_SECOND);
	for (unsigned i = 0; i < 30; i++) {
		scene_record(500 * KIB);
		assert_true(free_bytes() >= 3 * MIB);
	}
	assert_in_range(scene_segments(), 8, 10);
	/* Others take space. */
	grow_foreign(3 * MIB);
	assert_true(free_bytes() < 3 * MIB);
	assert_int_equal(tape_expire(scene.tape), NS_PER_SECOND);
	assert_true(free_bytes() >= 3 * MIB);
	assert_in_range(scene_segments(), 2, 5);
	grow_foreign(6 * MIB);
	assert_int_equal(tape_expire(scene.tape), NS_PER_SECOND);
	assert_int_equal(scene_segments(), 0);
	/* All of ours is not enough. */
	assert_int_equal(tape_create(scene.tape, &segment, &(struct error){0}), -ENOSPC);
	assert_int_equal(segment.fd, -1);
	grow_foreign(0);
	scene_record(500 * KIB);
}

/* --- the directory goes, and comes back ---------------------------------------- */

static void delete_directory(void)
{
	assert_int_equal(scratch_remove(), 0);
}

static void make_directory(void)
{
	assert_int_equal(mkdir(scratch_dir, 0755), 0);
	close(scene.dir);
	scene.dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void a_directory_that_is_there_again_is_taken(void **state)
{
	const struct tape_closed closed = {.packets = 1};
	struct tape_segment before, other;
	struct error err = {0};

	(void)state;
	scene_start();
	scene_record(1000);
	before = scene_begin(100000);
	assert_false(tape_gone(scene.tape));
	delete_directory();
	assert_true(tape_gone(scene.tape));
	assert_int_equal(tape_create(scene.tape, &other, &err), -ENOENT);
	assert_int_equal(tape_publish(scene.tape, &before, SCENE_WALL, &closed, false), -ENOENT);
	assert_int_equal(tape_reopen(scene.tape, &err), -EINVAL);
	assert_non_null(strstr(err.text, "No such file"));
	assert_true(tape_gone(scene.tape));

	make_directory();
	scene_put_file("foreign", "kept");
	scene_put_file(".wiretape-00000002", "kept");
	assert_int_equal(tape_reopen(scene.tape, &err), 0);
	assert_false(tape_gone(scene.tape));
	assert_int_equal(tape_files(scene.tape), 1); /* still open */
	/* The file of its name there is another one's. */
	assert_int_equal(tape_publish(scene.tape, &before, SCENE_WALL, &closed, false), -ENOENT);
	tape_discard(scene.tape, &before);
	assert_int_equal(faccessat(scene.dir, ".wiretape-00000002", F_OK, 0), 0);
	scene_stop();
}

static void what_was_open_meanwhile_can_only_be_discarded(void **state)
{
	struct tape_segment before;
	struct error err = {0};
	uint64_t used;

	(void)state;
	scene_start();
	scene_record(1000);
	before = scene_begin(100000);
	delete_directory();
	make_directory();
	scene_put_file(".wiretape-00000002", "kept");
	assert_int_equal(tape_reopen(scene.tape, &err), 0);
	assert_int_equal(tape_files(scene.tape), 1);
	used = tape_used_bytes(scene.tape);
	tape_discard(scene.tape, &before);
	assert_int_equal(tape_used_bytes(scene.tape), used - 100000 - TAPE_SEGMENT_EXTRA);
	scene_expect_file(".wiretape-00000002", "kept");
	/* It goes on, with numbers that were not used. */
	scene_record(1000);
	assert_true(scene.closed.sequence > 2);
	expect_refused(scratch_dir, "another recorder is using it");
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 1);
}

static void one_that_cannot_be_taken_in_is_tried_again(void **state)
{
	struct error err = {0};
	struct tape_segment segment;

	(void)state;
	scene_start();
	scene_record(1000);
	delete_directory();
	make_directory();
	assert_int_equal(mkdirat(scene.dir, MANIFEST_NAME, 0700), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tape_reopen(scene.tape, &err), -EINVAL);
		assert_non_null(strstr(err.text, "take in the segments"));
		assert_true(tape_gone(scene.tape));
		assert_true(tape_create(scene.tape, &segment, &err) < 0);
		assert_int_equal(tape_files(scene.tape), 0);
	}
	assert_int_equal(unlinkat(scene.dir, MANIFEST_NAME, AT_REMOVEDIR), 0);
	assert_int_equal(tape_reopen(scene.tape, &err), 0);
	assert_false(tape_gone(scene.tape));
	scene_record(1000);
}

/* The same name, and somewhere else: not followed. */
static void a_link_in_its_place_is_not_taken(void **state)
{
	struct error err = {0};
	char other[96];

	(void)state;
	scene_start();
	delete_directory();
	snprintf(other, sizeof(other), "%s.other", scratch_dir);
	assert_int_equal(mkdir(other, 0755), 0);
	assert_int_equal(symlink(other, scratch_dir), 0);
	assert_int_equal(tape_reopen(scene.tape, &err), -EINVAL);
	assert_int_equal(unlink(scratch_dir), 0);
	assert_int_equal(rmdir(other), 0);
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		WITH_SCENE(what_is_no_directory_is_refused),
		WITH_SCENE(one_that_cannot_be_written_to_is_refused),
		WITH_SCENE(one_that_anybody_can_write_to_is_refused),
		WITH_SCENE(one_recorder_at_a_time),
		WITH_SCENE(opening_changes_nothing),
		WITH_SCENE(a_segment_gets_its_name_when_it_is_whole),
		WITH_SCENE(a_discarded_segment_is_gone),
		WITH_SCENE(an_abandoned_one_stays_for_the_next_start),
		WITH_SCENE(a_segment_has_the_mode_asked_for),
		WITH_SCENE(no_more_are_open_than_can_be_told_of),
		WITH_SCENE(a_file_of_that_name_is_left_alone),
		WITH_SCENE(renaming_never_replaces),
		WITH_SCENE(names_of_one_time_get_a_count),
		WITH_SCENE(hidden_names_that_are_taken_are_passed_over),
		WITH_SCENE(a_bad_name_can_be_tried_again),
		WITH_SCENE(a_segment_whose_file_was_deleted_cannot_be_published),
		WITH_SCENE(the_budget_holds),
		WITH_SCENE(the_budget_holds_on_the_disk),
		WITH_SCENE(the_budget_holds_with_small_segments),
		WITH_SCENE(after_many_small_ones_there_is_room_for_a_large_one),
		WITH_SCENE(what_does_not_fit_is_refused),
		WITH_SCENE(the_number_of_files_holds),
		WITH_SCENE(the_oldest_goes_first),
		WITH_SCENE(age_holds),
		WITH_SCENE(what_is_not_ours_is_never_deleted),
		WITH_SCENE(what_cannot_be_deleted_stays_ours),
		WITH_SCENE(hooks_may_end_first),
		WITH_SCENE(a_busy_one_holds_up_the_others),
		cmocka_unit_test_setup_teardown(free_space_is_kept, scene_new, scene_drop_mounted),
		WITH_SCENE(a_directory_that_is_there_again_is_taken),
		WITH_SCENE(what_was_open_meanwhile_can_only_be_discarded),
		WITH_SCENE(one_that_cannot_be_taken_in_is_tried_again),
		WITH_SCENE(a_link_in_its_place_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
