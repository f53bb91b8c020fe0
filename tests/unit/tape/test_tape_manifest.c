/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What proves a tape's files its own: a manifest that others, or the disk, have spoilt,
 * and files that have no time of birth to be known by.
 */
#include <errno.h>
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
#include "tape_scene.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

static const char *name_of(unsigned sequence)
{
	static char name[64];

	snprintf(name, sizeof(name), "eth0_20261124T105000Z_%08u.pcapng", sequence);
	return name;
}

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

/* As a recording that ends well. */
static void end(void)
{
	tape_end_manifest(scene.tape);
	scene_stop();
}

static void forget_previous(void)
{
	unlinkat(scene.dir, MANIFEST_PREVIOUS, 0);
}

/* --- a manifest that was spoilt ------------------------------------------------- */

static void remove_it(void)
{
	assert_int_equal(unlinkat(scene.dir, MANIFEST_NAME, 0), 0);
}

static void empty_it(void)
{
	scene_put_file(MANIFEST_NAME, "");
}

static void halve_it(void)
{
	assert_int_equal(truncate(scratch_at(MANIFEST_NAME), scene_stat(MANIFEST_NAME).st_size / 2),
			 0);
}

/* All lines twice, as of a copy put behind it. */
static void double_it(void)
{
	char *text = scene_read_manifest(), *twice;

	assert_true(asprintf(&twice, "%s%s", text, text) > 0);
	scene_write_manifest(twice);
	free(twice);
	free(text);
}

static void replace_it(void)
{
	scene_put_file("foreign", "something else\n");
	assert_int_equal(renameat(scene.dir, "foreign", scene.dir, MANIFEST_NAME), 0);
}

static void (*const spoil[])(void) = {remove_it, empty_it, halve_it, double_it, replace_it};

#define WAYS (sizeof(spoil) / sizeof(spoil[0]))

/* Between two recordings: the budget is that of all, and not of each. */
static void four_starts_keep_one_budget(void **state)
{
	(void)state;
	for (unsigned way = 0; way < WAYS; way++) {
		scene_drop(state);
		scene_new(state);
		scene.rotation.budget_bytes = 2 * MIB;
		for (unsigned round = 0; round < 4; round++) {
			scene_start();
			record(25, 100 * KIB);
			scene_expect_within();
			end();
			spoil[way]();
		}
		assert_in_range(scene_segment_bytes(), MIB, 2 * MIB);
	}
}

/* While it is recorded: it is written anew within a second, and before a line is added. */
static void what_is_spoilt_is_mended(void **state)
{
	for (unsigned i = 0; i < 2 * WAYS; i++) {
		scene_drop(state);
		scene_new(state);
		scene_start();
		record(3, 1000);
		spoil[i / 2]();
		if (i % 2)
			record(1, 1000);
		pass(NS_PER_SECOND);
		tape_expire(scene.tape);
		assert_int_equal(scene.notes[NOTE_DISK], 1);
		assert_non_null(strstr(scene.last[NOTE_DISK],
				       MANIFEST_NAME ": deleted, replaced or "
						     "changed by others"));
		/* Once. */
		pass(NS_PER_SECOND);
		tape_expire(scene.tape);
		assert_int_equal(scene.notes[NOTE_DISK], 1);
		/* Killed then. */
		scene_stop();
		forget_previous();
		scene_start();
		assert_int_equal(tape_files(scene.tape), 3 + i % 2);
		record(1, 1000);
		assert_int_equal(scene.closed.sequence, 4 + i % 2);
	}
}

/* One that cannot be written anew yet is tried again, and the old one is no loss. */
static void mending_is_tried_again(void **state)
{
	(void)state;
	scene_start();
	record(3, 1000);
	fault_arm(&(struct fault){.calls = FAULT_BIT(FAULT_renameat) | FAULT_BIT(FAULT_renameat2),
				  .nth = 1,
				  .count = FAULT_FOR_GOOD,
				  .error = EIO});
	remove_it();
	for (unsigned i = 0; i < 3; i++) {
		pass(NS_PER_SECOND);
		tape_expire(scene.tape);
	}
	assert_false(scene_has(MANIFEST_NAME));
	assert_true(fault_disarm());
	record(1, 1000);
	pass(NS_PER_SECOND);
	tape_expire(scene.tape);
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 4);
}

/* Also one that ended by a kill, of what the last one began with. */
static void the_one_before_proves_as_well(void **state)
{
	(void)state;
	scene_start();
	record(3, 1000);
	scene_restart();
	record(2, 1000);
	scene_stop();
	remove_it();
	scene_start();
	/* Of the last two it knows nothing. */
	assert_int_equal(tape_files(scene.tape), 3);
	/* It is no strangers' business. */
	scene_put_file(MANIFEST_PREVIOUS, "nonsense\n");
	if (geteuid() == 0)
		assert_int_equal(fchownat(scene.dir, MANIFEST_PREVIOUS, 65534, 65534, 0), 0);
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 3);
	scene_stop();
	assert_int_equal(unlinkat(scene.dir, MANIFEST_PREVIOUS, 0), 0);
	assert_int_equal(mkdirat(scene.dir, MANIFEST_PREVIOUS, 0700), 0);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 3);
	record(1, 1000);
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 4);
}

/* It counts as what it takes. */
static void the_one_before_is_in_the_budget(void **state)
{
	(void)state;
	scene.rotation.budget_bytes = MIB;
	scene_start();
	for (unsigned i = 0; i < 3000; i++) {
		record(1, 10);
		if (i % 50 == 0)
			scene_expect_within();
	}
	scene_restart();
	scene_expect_within();
}

/* A byte of it: the line's segment is left alone, and all others are known. */
static void a_line_that_was_changed_is_not_believed(void **state)
{
	char *text, *at;

	(void)state;
	scene_start();
	record(3, 1000);
	scene_restart();
	text = scene_read_manifest();
	scene_stop();
	at = strstr(text, "_00000002");
	for (char *byte = strstr(text, " segment 2 ") + 1; byte < at; byte++) {
		char before = *byte;

		if (*byte == ' ')
			continue;
		*byte = before == '1' ? '2' : '1';
		forget_previous();
		scene_write_manifest(text);
		*byte = before;
		scene_start();
		assert_int_equal(tape_files(scene.tape), 2);
		scene_stop();
	}
	free(text);
}

/* Whoever has written that: one file is one segment. */
static void a_file_counts_once(void **state)
{
	struct file_identity identity;
	uint64_t used;
	FILE *file;

	(void)state;
	scene_start();
	record(2, 100 * KIB);
	used = scene_segment_bytes();
	scene_stop();
	assert_int_equal(file_identify(scene.dir, name_of(1), &identity, NULL), 0);
	file = fopen(scratch_at(MANIFEST_NAME), "we");
	fputs("wiretape-manifest 1\n", file);
	for (unsigned i = 1; i <= 60000; i++)
		fprintf(file, "segment %u %llu %llu 1 1 ------------------------------------ %s\n",
			i, (unsigned long long)identity.inode,
			(unsigned long long)identity.birth_ns, name_of(1));
	fclose(file);
	forget_previous();
	scene_start();
	assert_int_equal(tape_files(scene.tape), 1);
	assert_in_range(tape_used_bytes(scene.tape), used / 2, used / 2 + 64 * KIB);
	while (tape_delete_oldest(scene.tape, "by the test") == 0)
		;
	assert_int_equal(scene_segments(), 1);
	record(1, 10);
	assert_int_equal(scene.closed.sequence, 60001);
}

/* As it was written before it had checksums. */
static void the_first_version_is_read(void **state)
{
	char text[2048];
	int length = 0;

	(void)state;
	scene_start();
	record(3, 1000);
	scene_stop();
	length = sprintf(text, "wiretape-manifest 1\nnext 1\n");
	for (unsigned i = 1; i <= 3; i++) {
		struct file_identity identity;

		assert_int_equal(file_identify(scene.dir, name_of(i), &identity, NULL), 0);
		length += sprintf(text + length,
				  "open %u 1 2\nsegment %u %llu %llu 1795517400000000000 7 "
				  "01234567-89ab-cdef-0123-456789abcdef %s\n",
				  i, i, (unsigned long long)identity.inode,
				  (unsigned long long)identity.birth_ns, name_of(i));
	}
	scene_write_manifest(text);
	forget_previous();
	scene_start();
	assert_int_equal(tape_files(scene.tape), 3);
	/* And is one of the second now. */
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 3);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has(name_of(1)));
}

/* --- without times of birth ------------------------------------------------------- */

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

/* Another file with the inode number, and, if wanted, size and time of modification. */
static void make_another(unsigned sequence, size_t bytes, const struct timespec *modified)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
					  modified ? *modified
						   : (struct timespec){.tv_nsec = UTIME_NOW}};
	char text[1001];

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	scene_put_file(name_of(sequence), text);
	assert_int_equal(utimensat(scene.dir, name_of(sequence), times, 0), 0);
}

static void segments_are_known_by_their_looks(void **state)
{
	(void)state;
	scene_start();
	record(3, 1000);
	for (unsigned i = 0; i < 3; i++) {
		pass(NS_PER_SECOND);
		tape_expire(scene.tape);
		assert_int_equal(tape_files(scene.tape), 3);
		scene_restart();
		assert_int_equal(tape_files(scene.tape), 3);
	}
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has(name_of(1)));
	assert_int_equal(scene.notes[NOTE_DISK], 0);
}

/* Size, time and bytes: any of them is enough. */
static void what_looks_otherwise_is_never_deleted(void **state)
{
	struct stat st;

	for (unsigned i = 0; i < 8; i++) {
		with_births_again(state);
		without_births(state);
		scene_start();
		record(3, 1000);
		st = scene_stat(name_of(2));
		if (i / 2 == 0)
			make_another(2, 900, NULL);
		else if (i / 2 == 1)
			make_another(2, 900, &st.st_mtim);
		else
			make_another(2, 1000, &st.st_mtim);
		if (i / 2 == 3) {
			st.st_mtim.tv_sec += 3;
			make_another(2, 1000, &st.st_mtim);
		}
		if (i % 2)
			scene_restart();
		while (tape_delete_oldest(scene.tape, "by the test") == 0)
			;
		assert_true(scene_has(name_of(2)));
		assert_int_equal(scene_segments(), 1);
		assert_int_equal(tape_files(scene.tape), 0);
		if (i % 2 == 0)
			assert_non_null(strstr(scene.last[NOTE_DISK], "changed by others"));
	}
}

/* Lines of the first version do not tell what it looks like. */
static void of_the_first_version_only_captures_are_ours(void **state)
{
	const uint32_t magic = 0xa1b2c3d4;
	const struct timespec then = {.tv_sec = SCENE_WALL / NS_PER_SECOND},
			      later = {.tv_sec = SCENE_WALL / NS_PER_SECOND + 60};
	char text[2048];
	int length, fd;

	(void)state;
	scene_start();
	record(3, 1000);
	scene_stop();
	length = sprintf(text, "wiretape-manifest 1\n");
	for (unsigned i = 1; i <= 3; i++) {
		length += sprintf(text + length,
				  "segment %u %llu 0 %llu 7 01234567-89ab-cdef-0123-456789abcdef "
				  "%s\n",
				  i, (unsigned long long)scene_stat(name_of(i)).st_ino,
				  (unsigned long long)SCENE_WALL, name_of(i));
		make_another(i, 1000, &then);
		if (i == 2)
			continue;
		/* The first one is a capture, and so is the third, of another time. */
		fd = openat(scene.dir, name_of(i), O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, &magic, sizeof(magic), 0), sizeof(magic));
		assert_int_equal(futimens(fd,
					  (const struct timespec[2]){then, i == 1 ? then : later}),
				 0);
		close(fd);
	}
	scene_write_manifest(text);
	forget_previous();
	scene_start();
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has(name_of(1)));
	assert_true(scene_has(name_of(2)) && scene_has(name_of(3)));
}

/* A segment of one packet, which says that it is another one, or none. */
static size_t segment_file(uint8_t bytes[static 1024], uint64_t number)
{
	static uint8_t data[100];
	const struct pcapng_section section = {.application = "test", .segment = number};
	const struct pcapng_interface interface = {.linktype = 1, .tsresol = 9};
	const struct frame frame = {.data = data, .caplen = 100, .len = 100, .time_ns = 1};
	size_t length = pcapng_put_shb(bytes, 1024, &section);

	length += pcapng_put_idb(bytes + length, 1024 - length, &interface);
	return length + pcapng_put_epb(bytes + length, 1024 - length, &frame);
}

static void an_unfinished_one_begins_as_it_was_begun(void **state)
{
	static const struct {
		uint64_t number;
		bool ours;
	} cases[] = {{1, true}, {0, true}, {2, false}};
	struct tape_segment segment;
	uint8_t bytes[1024];
	size_t length;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) + 1; i++) {
		with_births_again(state);
		without_births(state);
		scene_start();
		segment = scene_begin(1000);
		length = segment_file(bytes, i < 3 ? cases[i].number : 1);
		/* The last one is nothing at all. */
		if (i == 3)
			memset(bytes, 'x', length);
		assert_int_equal(pwrite(segment.fd, bytes, length, 0), length);
		close(segment.fd);
		scene_restart();
		assert_int_equal(scene.closed_count, i < 3 && cases[i].ours);
		assert_int_equal(scene_has(".wiretape-00000001"), i == 3 || !cases[i].ours);
	}
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
#define WITHOUT_BIRTHS(test) \
	cmocka_unit_test_setup_teardown(test, without_births, with_births_again)
	const struct CMUnitTest tests[] = {
		WITH_SCENE(four_starts_keep_one_budget),
		WITH_SCENE(what_is_spoilt_is_mended),
		WITH_SCENE(mending_is_tried_again),
		WITH_SCENE(the_one_before_proves_as_well),
		WITH_SCENE(the_one_before_is_in_the_budget),
		WITH_SCENE(a_line_that_was_changed_is_not_believed),
		WITH_SCENE(a_file_counts_once),
		WITH_SCENE(the_first_version_is_read),
		WITHOUT_BIRTHS(segments_are_known_by_their_looks),
		WITHOUT_BIRTHS(what_looks_otherwise_is_never_deleted),
		WITHOUT_BIRTHS(of_the_first_version_only_captures_are_ours),
		WITHOUT_BIRTHS(an_unfinished_one_begins_as_it_was_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
