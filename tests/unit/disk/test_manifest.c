/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest: what is written comes back, what was torn or is not ours does
 * not, and a new one takes the old one's place at once or not at all.
 */
#include "disk/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crc32c.h"

#include "fault.h"
#include "scratch.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define LEFT_NAME     "." MANIFEST_NAME ".abcdef"
#define BOOT          "01234567-89ab-cdef-0123-456789abcdef"
#define FIRST         "wiretape-manifest 1\n"
#define PREVIOUS_NAME MANIFEST_NAME "~"

static int dir;

static struct manifest_line *got;
static size_t got_count, got_room;

static int dir_new(void **state)
{
	(void)state;
	if (scratch_make(SCRATCH_BUILD) < 0)
		return -1;
	dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int dir_drop(void **state)
{
	(void)state;
	free(got);
	got = NULL;
	got_count = got_room = 0;
	close(dir);
	return scratch_remove();
}

static int collect(void *context, const struct manifest_line *line)
{
	(void)context;
	if (got_count == got_room) {
		struct manifest_line *more;

		got_room = got_room ? 2 * got_room : 64;
		more = realloc(got, got_room * sizeof(*got));
		assert_non_null(more);
		got = more;
	}
	got[got_count++] = *line;
	return 0;
}

/* Reads it: what it says is in got then. */
static size_t read_back(void)
{
	got_count = 0;
	assert_int_equal(manifest_read(dir, MANIFEST_NAME, collect, NULL), 0);
	return got_count;
}

static void put_bytes(const char *name, const void *bytes, size_t count)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	close(fd);
}

static void put_text(const char *text)
{
	put_bytes(MANIFEST_NAME, text, strlen(text));
}

static struct stat stat_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static bool exists(const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static struct manifest_line next_line(uint64_t sequence)
{
	return (struct manifest_line){.kind = MANIFEST_NEXT, .sequence = sequence};
}

static struct manifest_line open_line(uint64_t sequence)
{
	return (struct manifest_line){.kind = MANIFEST_OPEN,
				      .sequence = sequence,
				      .identity = {sequence + 1, 12345}};
}

static struct manifest_line segment_line(uint64_t sequence, const char *name)
{
	struct manifest_line line = {.kind = MANIFEST_SEGMENT,
				     .sequence = sequence,
				     .identity = {sequence + 1, 12345},
				     .wall_ns = 1700000000000000000,
				     .boot_ns = 77,
				     .boot_id = BOOT};

	snprintf(line.name, sizeof(line.name), "%s", name);
	return line;
}

static void assert_line(const struct manifest_line *line, const struct manifest_line *expected)
{
	assert_int_equal(line->kind, expected->kind);
	assert_int_equal(line->sequence, expected->sequence);
	assert_int_equal(line->identity.inode, expected->identity.inode);
	assert_int_equal(line->identity.birth_ns, expected->identity.birth_ns);
	assert_int_equal(line->wall_ns, expected->wall_ns);
	assert_int_equal(line->boot_ns, expected->boot_ns);
	assert_string_equal(line->boot_id, expected->boot_id);
	assert_memory_equal(&line->mark, &expected->mark, sizeof(line->mark));
	assert_int_equal(line->ordered_bytes, expected->ordered_bytes);
	assert_int_equal(line->order.known, expected->order.known);
	assert_int_equal(line->order.least_ns, expected->order.least_ns);
	assert_int_equal(line->order.most_ns, expected->order.most_ns);
	assert_int_equal(line->order.fall_ns, expected->order.fall_ns);
	assert_string_equal(line->name, expected->name);
}

/* One with so many open lines, committed. */
static struct manifest *manifest_of(uint64_t lines)
{
	struct manifest *m;
	struct manifest_line line;

	assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &m), 0);
	for (uint64_t i = 1; i <= lines; i++) {
		line = open_line(i);
		assert_int_equal(manifest_add(m, &line), 0);
	}
	assert_int_equal(manifest_commit(m, false), 0);
	return m;
}

static void what_is_written_comes_back(void **state)
{
	struct manifest_line lines[] = {
		next_line(1),
		next_line(INT64_MAX),
		open_line(1),
		{.kind = MANIFEST_OPEN, .sequence = 2, .identity = {UINT64_MAX, UINT64_MAX}},
		{.kind = MANIFEST_OPEN, .sequence = 3},
		segment_line(4, "eth0_20261124T105000Z_00000004.pcapng"),
		segment_line(5, " two words \r\xff "),
		segment_line(6, ""),
		segment_line(7, "segment 1 2 3"),
		segment_line(8, "looks"),
		segment_line(9, "looks and begins"),
		segment_line(10, "rises"),
		segment_line(11, "falls"),
		open_line(12),
		open_line(13),
	};
	struct manifest *m;

	(void)state;
	memset(lines[7].name, 'n', NAME_MAX);
	lines[7].wall_ns = lines[7].identity.inode = UINT64_MAX;
	lines[7].boot_ns = INT64_MAX;
	memset(lines[8].boot_id, '-', MANIFEST_BOOT_ID);
	lines[9].mark = (struct file_mark){.bytes = UINT64_MAX, .has_size = true};
	lines[10].mark = (struct file_mark){0, 77, 0xcafe, true, true};
	lines[11].order = (struct time_order){true, 0, 0, 0};
	lines[12].order = (struct time_order){true, 5, INT64_MAX, INT64_MAX};
	lines[12].mark = lines[10].mark;
	lines[13].ordered_bytes = UINT64_MAX;
	lines[14].ordered_bytes = 7;
	lines[14].order = (struct time_order){true, 3, 4, 5};
	/* Some before it is committed, the others after. */
	for (size_t early = 0; early <= COUNT(lines); early++) {
		assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &m), 0);
		for (size_t i = 0; i < early; i++)
			assert_int_equal(manifest_add(m, &lines[i]), 0);
		assert_int_equal(manifest_commit(m, early % 2), 0);
		for (size_t i = early; i < COUNT(lines); i++)
			assert_int_equal(manifest_add(m, &lines[i]), 0);
		assert_int_equal(manifest_sync(m), 0);
		assert_int_equal(manifest_bytes(m), stat_of(MANIFEST_NAME).st_size);
		manifest_close(m);
		assert_int_equal(read_back(), COUNT(lines));
		for (size_t i = 0; i < COUNT(lines); i++)
			assert_line(&got[i], &lines[i]);
	}
}

/* Nor is it told where there are no packets, or some of before 1970. */
static void an_order_that_says_nothing_is_not_told(void **state)
{
	struct manifest_line line = segment_line(1, "x");
	struct manifest *m;

	(void)state;
	assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &m), 0);
	line.order = TIME_ORDER_NONE;
	assert_int_equal(manifest_add(m, &line), 0);
	line.order = (struct time_order){true, -1, 5, 0};
	assert_int_equal(manifest_add(m, &line), 0);
	line.kind = MANIFEST_OPEN;
	assert_int_equal(manifest_add(m, &line), 0);
	assert_int_equal(manifest_commit(m, false), 0);
	manifest_close(m);
	assert_int_equal(read_back(), 3);
	for (size_t i = 0; i < 3; i++)
		assert_false(got[i].order.known);
}

/* Some of what is behind a good checksum. */
static void senseless_orders_are_passed_over(void **state)
{
	static const char *const lines[] = {
		"open 1 2 3",
		"open 1 2 3 4",
		"open 1 2 3 - - - -",
		"open 1 2 3 4 - -",
		"open 1 2 3 4 - - - -",
		"open 1 2 3 4 5 6",
		"open 1 2 3 4 6 5 0",
		"open 1 2 3 4 5 6 7 8",
		"open 1 2 3 4 5 6 9223372036854775808",
		"open 1 2 3 4 5 9223372036854775808 0",
		"open 1 2 3 4 -5 6 7",
		"open 1 2 3 4 - - 5",
		"segment 1 2 3 - - - 4 5 " BOOT " a",
		"segment 1 2 3 - - - 5 4 0 4 5 " BOOT " a",
		"segment 1 2 3 - - - - 4 0 4 5 " BOOT " a",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(text, sizeof(text), "wiretape-manifest 2\n%08x %s\n%08x next 7\n",
			 crc32c(lines[i], strlen(lines[i])), lines[i], crc32c("next 7", 6));
		put_text(text);
		if (read_back() != 1)
			fail_msg("%s", lines[i]);
	}
}

/* More than is gathered before it is written. */
static void ten_thousand_lines_come_back(void **state)
{
	struct manifest *m = manifest_of(10000);
	struct manifest_line line;

	(void)state;
	assert_int_equal(manifest_bytes(m), stat_of(MANIFEST_NAME).st_size);
	manifest_close(m);
	assert_int_equal(read_back(), 10000);
	for (uint64_t i = 1; i <= 10000; i++) {
		line = open_line(i);
		assert_line(&got[i - 1], &line);
	}
}

static void it_never_takes_more_disk_than_it_says(void **state)
{
	struct manifest *m = manifest_of(10);
	struct manifest_line line = segment_line(1, "x");

	(void)state;
	memset(line.name, 'n', NAME_MAX);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(manifest_add(m, &line), 0);
		assert_true((uint64_t)stat_of(MANIFEST_NAME).st_blocks * 512 <=
			    manifest_disk_bytes(m));
	}
	/* And a new one, too. */
	assert_in_range(manifest_disk_bytes(m), 2 * manifest_bytes(m),
			2 * (manifest_bytes(m) + 32768));
	manifest_close(m);
}

/* Whatever is left of the last line. */
static void a_torn_last_line_is_passed_over(void **state)
{
	static const char *const last[] =
		{"next 12\n", "open 3 44 55\n",
		 "segment 4 123456 1700000000000000000 1700000000000000001 99 " BOOT " a.pcapng\n"};
	char text[256];

	(void)state;
	for (size_t i = 0; i < COUNT(last); i++) {
		for (size_t bytes = 0; bytes < strlen(last[i]); bytes++) {
			snprintf(text, sizeof(text), FIRST "open 1 2 3\n%.*s", (int)bytes, last[i]);
			put_text(text);
			assert_int_equal(read_back(), 1);
		}
		snprintf(text, sizeof(text), FIRST "open 1 2 3\n%s", last[i]);
		put_text(text);
		assert_int_equal(read_back(), 2);
	}
	put_text("wiretape-ma");
	assert_int_equal(read_back(), 0);
	put_text("");
	assert_int_equal(read_back(), 0);
}

static void lines_that_make_no_sense_are_passed_over(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"next",
		"next ",
		"next x",
		"next -1",
		"next +1",
		"next  1",
		"next 1 2",
		"next 1\r",
		"next 1x",
		"next 0",
		"next 18446744073709551615",
		"next 18446744073709551616",
		"next 9223372036854775809",
		"Next 1",
		" next 1",
		"close 1 2 3",
		"open 1",
		"open 1 2",
		"open 1 2 ",
		"open 1 2 3 4",
		"open 1 2 -3",
		"open 1\t2 3",
		"open 0 2 3",
		"open 18446744073709551615 2 3",
		"open 1 2 99999999999999999999",
		"segment 1 2 3",
		"segment 1 2 3 4 5",
		"segment 1 2 3 4 5 " BOOT,
		"segment 1 2 3 4 5 " BOOT " ",
		"segment 1 2 3 4 5 " BOOT " .",
		"segment 1 2 3 4 5 " BOOT " ..",
		"segment 1 2 3 4 5 " BOOT " .hidden",
		"segment 1 2 3 4 5 " BOOT " /etc/passwd",
		"segment 1 2 3 4 5 " BOOT " a/b",
		"segment 1 2 3 4 5 " BOOT " a/",
		"segment 1 2 3 4 5 " BOOT "x a",
		"segment 1 2 3 4 5 short a",
		"segment 1 2 3 4 5  a",
		"segment 1 2 3 4 5 " BOOT BOOT " a",
		"segment 0 2 3 4 5 " BOOT " a",
		"segment 1 2 3 4 9223372036854775808 " BOOT " a",
		"segment 1 2 3 x 5 " BOOT " a",
		"\xff\xfe\x01",
		"%s%n%d",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		snprintf(text, sizeof(text), FIRST "next 7\n%s\nopen 1 2 3\n", lines[i]);
		put_text(text);
		assert_int_equal(read_back(), 2);
		assert_int_equal(got[0].sequence, 7);
		assert_int_equal(got[1].kind, MANIFEST_OPEN);
	}
}

static void zero_bytes_are_passed_over(void **state)
{
	static const char within[] = "next 7\nnext 8\0\nopen 1 2 3\0 4\n"
				     "segment 1 2 3 4 5 " BOOT " a\0b\nnext 9\n\0";
	char zeros[20000] = {0};

	(void)state;
	put_bytes(MANIFEST_NAME, within, sizeof(within) - 1);
	assert_int_equal(read_back(), 2);
	assert_int_equal(got[1].sequence, 9);
	put_bytes(MANIFEST_NAME, zeros, sizeof(zeros));
	assert_int_equal(read_back(), 0);
	/* Where a page was lost, the lines behind it are not. */
	memcpy(zeros + sizeof(zeros) - 8, "\nnext 3\n", 8);
	put_bytes(MANIFEST_NAME, zeros, sizeof(zeros));
	assert_int_equal(read_back(), 1);
}

static void overlong_lines_are_passed_over(void **state)
{
	const size_t bytes = 1 << 20;
	char *text = malloc(bytes + 64);
	int head;

	(void)state;
	assert_non_null(text);
	for (size_t name = NAME_MAX - 1; name <= NAME_MAX + 2; name++) {
		head = sprintf(text, "segment 1 2 3 4 5 " BOOT " ");
		memset(text + head, 'n', name);
		strcpy(text + head + name, "\nnext 2\n");
		put_text(text);
		assert_int_equal(read_back(), name <= NAME_MAX ? 2 : 1);
	}
	head = sprintf(text, "segment 1 2 3 4 5 " BOOT " ");
	memset(text + head, 'n', bytes - (size_t)head);
	strcpy(text + bytes, "\nnext 2\n");
	put_text(text);
	assert_int_equal(read_back(), 1);
	free(text);
}

static int refuse_second(void *context, const struct manifest_line *line)
{
	(void)line;
	return ++*(int *)context == 2 ? -EDOM : 0;
}

static void the_reader_can_end_it(void **state)
{
	int calls = 0;

	(void)state;
	manifest_close(manifest_of(5));
	assert_int_equal(manifest_read(dir, MANIFEST_NAME, refuse_second, &calls), -EDOM);
	assert_int_equal(calls, 2);
}

static void committing_replaces_at_once(void **state)
{
	struct manifest *m = manifest_of(3), *newer;
	struct manifest_line line = next_line(42);
	int old = openat(dir, MANIFEST_NAME, O_RDONLY | O_CLOEXEC);
	struct stat before, after;

	(void)state;
	assert_int_equal(fstat(old, &before), 0);
	assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &newer), 0);
	assert_int_equal(manifest_add(newer, &line), 0);
	assert_int_equal(scratch_entries(), 2);
	assert_int_equal(read_back(), 3);
	assert_int_equal(manifest_commit(newer, true), 0);
	assert_int_equal(scratch_entries(), 2);
	assert_int_equal(read_back(), 1);
	assert_int_equal(got[0].sequence, 42);
	/* Who reads the old one, reads it to its end. */
	assert_int_equal(fstat(old, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	/* Under another name, until the next one. */
	assert_int_equal(after.st_nlink, 1);
	assert_int_equal(stat_of(PREVIOUS_NAME).st_ino, after.st_ino);
	manifest_close(m);
	assert_int_equal(read_back(), 1);
	manifest_close(newer);
	close(old);
}

/* Also where names cannot be exchanged, or not taken away. */
static void the_one_before_is_kept(void **state)
{
	char previous[NAME_MAX + 1];
	struct manifest *m;

	(void)state;
	for (int i = 0; i < 3; i++) {
		fault_arm(&(struct fault){.no_flags = i == 1});
		manifest_close(manifest_of(3));
		manifest_close(manifest_of(4));
		m = manifest_of(5);
		fault_disarm();
		assert_int_equal(manifest_kept_bytes(m), stat_of(PREVIOUS_NAME).st_blocks * 512);
		assert_in_range(manifest_kept_bytes(m), 1, 8192);
		manifest_close(m);
		assert_int_equal(read_back(), 5);
		got_count = 0;
		assert_int_equal(manifest_read(dir, PREVIOUS_NAME, collect, NULL), 0);
		assert_int_equal(got_count, 4);
		assert_int_equal(scratch_entries(), 2);
		/* Where there is none before it, that is no fault; nor if it is no file. */
		assert_int_equal(unlinkat(dir, PREVIOUS_NAME, 0), 0);
		assert_int_equal(unlinkat(dir, MANIFEST_NAME, 0), 0);
		manifest_close(manifest_of(3));
		assert_false(exists(PREVIOUS_NAME));
		assert_int_equal(mkdirat(dir, PREVIOUS_NAME, 0700), 0);
		manifest_close(manifest_of(6));
		assert_int_equal(read_back(), 6);
		assert_int_equal(scratch_entries(), 2);
		assert_int_equal(unlinkat(dir, PREVIOUS_NAME, AT_REMOVEDIR), 0);
	}
	manifest_previous_name(MANIFEST_NAME ".x.pcap", previous);
	assert_string_equal(previous, PREVIOUS_NAME ".x.pcap");
}

/* What others do to it, and what we do. */
static void it_is_seen_whether_it_is_intact(void **state)
{
	struct manifest_line line = next_line(5);
	struct manifest *m = manifest_of(3);

	(void)state;
	assert_false(manifest_is_intact(NULL));
	assert_true(manifest_is_intact(m));
	assert_int_equal(manifest_add(m, &line), 0);
	assert_true(manifest_is_intact(m));
	assert_int_equal(truncate(scratch_at(MANIFEST_NAME), 0), 0);
	assert_false(manifest_is_intact(m));
	manifest_close(m);

	m = manifest_of(3);
	assert_int_equal(renameat(dir, MANIFEST_NAME, dir, "away"), 0);
	assert_false(manifest_is_intact(m));
	put_bytes(MANIFEST_NAME, "x", 1);
	assert_false(manifest_is_intact(m));
	assert_int_equal(renameat(dir, "away", dir, MANIFEST_NAME), 0);
	assert_true(manifest_is_intact(m));
	manifest_close(m);
}

/* Any bit of a line that changes. */
static void changed_lines_are_passed_over(void **state)
{
	struct manifest_line line = segment_line(12, "a b.pcapng");
	struct manifest *m = manifest_of(1);
	char text[1024] = "";
	size_t begin, bytes;
	int fd;

	(void)state;
	begin = manifest_bytes(m);
	assert_int_equal(manifest_add(m, &line), 0);
	bytes = manifest_bytes(m);
	manifest_close(m);
	fd = openat(dir, MANIFEST_NAME, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, text, sizeof(text)), bytes);
	close(fd);
	for (size_t i = begin; i < bytes - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ 1 << bit);
			put_bytes(MANIFEST_NAME, text, bytes);
			assert_int_equal(read_back(), 1);
			text[i] = (char)(text[i] ^ 1 << bit);
		}
	}
	put_bytes(MANIFEST_NAME, text, bytes);
	assert_int_equal(read_back(), 2);
	/* A line without any is not one of ours, unless the first version wrote it. */
	put_text("wiretape-manifest 2\nnext 3\n");
	assert_int_equal(read_back(), 0);
	put_text(FIRST "next 3\n");
	assert_int_equal(read_back(), 1);
}

static void one_not_committed_leaves_nothing(void **state)
{
	struct manifest *m = manifest_of(3), *newer;

	(void)state;
	assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &newer), 0);
	manifest_close(newer);
	assert_int_equal(scratch_entries(), 1);
	assert_int_equal(read_back(), 3);
	manifest_close(m);
	manifest_close(NULL);
}

static void a_leftover_is_removed(void **state)
{
	(void)state;
	put_bytes(LEFT_NAME, "next 5\nnext 6\n", 14);
	assert_int_equal(read_back(), 0);
	manifest_close(manifest_of(3));
	assert_false(exists(LEFT_NAME));
	assert_int_equal(read_back(), 3);
	assert_int_equal(scratch_entries(), 1);
}

/* What others put there, in a directory that is everybody's, is not in the way. */
static void what_is_not_ours_is_left_alone(void **state)
{
	(void)state;
	put_bytes("target", "kept", 4);
	put_bytes(MANIFEST_NAME ".new", "kept", 4);
	assert_int_equal(symlinkat("target", dir, LEFT_NAME), 0);
	assert_int_equal(mkdirat(dir, "." MANIFEST_NAME ".000000", 0700), 0);
	manifest_close(manifest_of(4));
	assert_int_equal(read_back(), 4);
	assert_int_equal(stat_of("target").st_size, 4);
	assert_int_equal(scratch_entries(), 5);
}

/* Files of this process may not grow beyond bytes; 0: as before. */
static void limit_files(uint64_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Wherever in the line the disk is full. */
static void a_line_that_fails_leaves_nothing(void **state)
{
	struct manifest_line line = segment_line(9, "a.pcapng"), after = next_line(10);
	struct manifest *m = manifest_of(3);
	uint64_t before = manifest_bytes(m), whole;
	char text[512];

	(void)state;
	assert_int_equal(manifest_add(m, &line), 0);
	whole = manifest_bytes(m) - before;
	manifest_close(m);
	for (uint64_t part = 0; part < whole; part++) {
		int rc;

		m = manifest_of(3);
		limit_files(before + part);
		rc = manifest_add(m, &line);
		limit_files(0);
		assert_int_equal(rc, -EFBIG);
		assert_int_equal(manifest_bytes(m), before);
		assert_int_equal(stat_of(MANIFEST_NAME).st_size, before);
		assert_int_equal(read_back(), 3);
		/* Once there is room, it goes on. */
		assert_int_equal(manifest_add(m, &after), 0);
		assert_int_equal(manifest_add(m, &line), 0);
		manifest_close(m);
		assert_int_equal(read_back(), 5);
		assert_line(&got[3], &after);
		assert_line(&got[4], &line);
	}
	snprintf(text, sizeof(text), "%s/" MANIFEST_NAME, scratch_dir);
	assert_int_equal(access(text, F_OK), 0);
}

static void one_that_cannot_be_written_replaces_nothing(void **state)
{
	struct manifest *m = manifest_of(3), *newer;
	struct manifest_line line = open_line(1);
	int rc = 0;

	(void)state;
	limit_files(100000);
	assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &newer), 0);
	for (int i = 0; i < 10000 && rc == 0; i++)
		rc = manifest_add(newer, &line);
	limit_files(0);
	assert_int_equal(rc, -EFBIG);
	manifest_close(newer);
	assert_int_equal(read_back(), 3);
	assert_int_equal(scratch_entries(), 1);

	assert_int_equal(manifest_create(dir, MANIFEST_NAME, 0600, &newer), 0);
	limit_files(5);
	assert_int_equal(manifest_commit(newer, false), -EFBIG);
	limit_files(0);
	manifest_close(newer);
	assert_int_equal(read_back(), 3);
	assert_int_equal(scratch_entries(), 1);
	manifest_close(m);
}

static void what_is_no_file_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(read_back(), 0); /* there is none */
	put_bytes("other", "next 5\n", 7);
	assert_int_equal(symlinkat("other", dir, MANIFEST_NAME), 0);
	assert_int_equal(manifest_read(dir, MANIFEST_NAME, collect, NULL), -ELOOP);
	assert_int_equal(unlinkat(dir, MANIFEST_NAME, 0), 0);
	assert_int_equal(mkdirat(dir, MANIFEST_NAME, 0700), 0);
	assert_int_equal(manifest_read(dir, MANIFEST_NAME, collect, NULL), -EINVAL);
	assert_int_equal(unlinkat(dir, MANIFEST_NAME, AT_REMOVEDIR), 0);
	/* Without anybody at its other end. */
	assert_int_equal(mkfifoat(dir, MANIFEST_NAME, 0600), 0);
	alarm(10);
	assert_int_equal(manifest_read(dir, MANIFEST_NAME, collect, NULL), -EINVAL);
	alarm(0);
	assert_int_equal(got_count, 0);
}

static void a_strangers_is_not_believed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	manifest_close(manifest_of(3));
	assert_int_equal(fchownat(dir, MANIFEST_NAME, 65534, 65534, 0), 0);
	assert_int_equal(manifest_read(dir, MANIFEST_NAME, collect, NULL), -EPERM);
	assert_int_equal(got_count, 0);
	/* Whose directory it is may do what he likes in it. */
	assert_int_equal(fchown(dir, 65534, 65534), 0);
	assert_int_equal(read_back(), 3);
	/* And root is believed by everybody. */
	assert_int_equal(fchownat(dir, MANIFEST_NAME, 0, 0, 0), 0);
	assert_int_equal(seteuid(65534), 0);
	got_count = 0;
	if (manifest_read(dir, MANIFEST_NAME, collect, NULL) == -EPERM)
		got_count = 99;
	assert_int_equal(seteuid(0), 0);
	assert_int_not_equal(got_count, 99);
}

static void it_has_the_mode_asked_for(void **state)
{
	static const struct {
		mode_t umask, mode, got;
	} cases[] = {{0, 0600, 0600},    {0, 0640, 0640},   {077, 0644, 0644},
		     {0777, 0664, 0664}, {022, 0440, 0640}, {022, 0, 0600}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		mode_t before = umask(cases[i].umask);
		struct manifest *m;

		assert_int_equal(manifest_create(dir, MANIFEST_NAME, cases[i].mode, &m), 0);
		umask(before);
		assert_int_equal(manifest_commit(m, false), 0);
		assert_int_equal(stat_of(MANIFEST_NAME).st_mode & 07777, cases[i].got);
		manifest_close(m);
	}
}

/* One opened for paths only cannot be synced, and everything else works. */
static void a_directory_that_cannot_be_synced_will_do(void **state)
{
	struct manifest_line line = next_line(5);
	int paths = open(scratch_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct manifest *m;

	(void)state;
	assert_int_equal(fsync(paths), -1);
	assert_int_equal(manifest_create(paths, MANIFEST_NAME, 0600, &m), 0);
	assert_int_equal(manifest_commit(m, true), 0);
	assert_int_equal(manifest_add(m, &line), 0);
	manifest_close(m);
	close(paths);
	assert_int_equal(read_back(), 1);
}

static void a_null_pointer_is_none(void **state)
{
	struct manifest_line line = next_line(5);

	(void)state;
	assert_int_equal(manifest_add(NULL, &line), -ENOENT);
	assert_int_equal(manifest_bytes(NULL), 0);
	assert_int_equal(manifest_disk_bytes(NULL), 0);
}

static void files_are_told_apart(void **state)
{
	struct file_identity one, same, other;
	uint64_t disk_bytes = 1;
	int fd;

	(void)state;
	put_bytes("one", "1234", 4);
	assert_int_equal(file_identify(dir, "one", &one, &disk_bytes), 0);
	assert_int_equal(disk_bytes, stat_of("one").st_blocks * 512);
	assert_int_equal(one.inode, stat_of("one").st_ino);
	fd = openat(dir, "one", O_RDONLY | O_CLOEXEC);
	assert_int_equal(file_identify(fd, "", &same, NULL), 0);
	assert_true(file_identity_equal(&one, &same));
	close(fd);
	assert_int_equal(renameat(dir, "one", dir, "two"), 0);
	assert_int_equal(file_identify(dir, "one", &other, NULL), -ENOENT);
	assert_int_equal(file_identify(dir, "two", &same, NULL), 0);
	assert_true(file_identity_equal(&one, &same));
	put_bytes("one", "1234", 4);
	assert_int_equal(file_identify(dir, "one", &other, NULL), 0);
	assert_false(file_identity_equal(&one, &other));
	assert_int_equal(symlinkat("two", dir, "link"), 0);
	assert_int_equal(file_identify(dir, "link", &other, NULL), 0);
	assert_false(file_identity_equal(&one, &other));
	/* An inode that is used again. */
	other = one;
	other.birth_ns++;
	assert_false(file_identity_equal(&one, &other));
}

int main(void)
{
#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, dir_new, dir_drop)
	const struct CMUnitTest tests[] = {
		WITH_DIR(what_is_written_comes_back),
		WITH_DIR(an_order_that_says_nothing_is_not_told),
		WITH_DIR(senseless_orders_are_passed_over),
		WITH_DIR(ten_thousand_lines_come_back),
		WITH_DIR(it_never_takes_more_disk_than_it_says),
		WITH_DIR(a_torn_last_line_is_passed_over),
		WITH_DIR(lines_that_make_no_sense_are_passed_over),
		WITH_DIR(zero_bytes_are_passed_over),
		WITH_DIR(overlong_lines_are_passed_over),
		WITH_DIR(the_reader_can_end_it),
		WITH_DIR(committing_replaces_at_once),
		WITH_DIR(the_one_before_is_kept),
		WITH_DIR(it_is_seen_whether_it_is_intact),
		WITH_DIR(changed_lines_are_passed_over),
		WITH_DIR(one_not_committed_leaves_nothing),
		WITH_DIR(a_leftover_is_removed),
		WITH_DIR(what_is_not_ours_is_left_alone),
		WITH_DIR(a_line_that_fails_leaves_nothing),
		WITH_DIR(one_that_cannot_be_written_replaces_nothing),
		WITH_DIR(what_is_no_file_is_not_read),
		WITH_DIR(a_strangers_is_not_believed),
		WITH_DIR(it_has_the_mode_asked_for),
		WITH_DIR(a_directory_that_cannot_be_synced_will_do),
		cmocka_unit_test(a_null_pointer_is_none),
		WITH_DIR(files_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
