/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index beside a segment: right, counted, and gone with it.
 */
#include "tape_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/file.h"
#include "index/name.h"

/* Calls look for each segment in the directory that has its name. */
static unsigned each_segment(void (*look)(int dir, const char *name))
{
	DIR *dir = opendir(scratch_dir);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		look(dirfd(dir), entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static int open_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t packets;

/* It is of this file, its runs lie in it, one behind the other. */
static void is_right(int dir, const char *name)
{
	char path[NAME_MAX + 1];
	const struct index_entry *runs;
	struct index_subject subject;
	struct index *index;
	struct error err;
	int fd = open_at(dir, name), index_fd;

	assert_true(index_name_make(name, path));
	index_fd = open_at(dir, path);
	assert_int_equal(index_subject_read(fd, &subject), 0);
	if (index_open(index_fd, path, &subject, &index, &err) < 0 ||
	    index_runs(index, &runs, &err) < 0)
		fail_msg("%s", err.text);
	for (uint32_t i = 0; i < index_run_count(index); i++) {
		packets += runs[i].packets;
		assert_true(runs[i].offset + runs[i].bytes <= subject.bytes);
	}
	index_close(index);
	close(index_fd);
	close(fd);
}

static void no_matter(int dir, const char *name)
{
	(void)dir;
	(void)name;
}

/* Files whose names end in ".index". */
static unsigned count_indexes(void)
{
	char subject[NAME_MAX + 1];
	DIR *dir = opendir(scratch_dir);
	struct dirent *entry;
	unsigned count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += index_name_subject(entry->d_name, subject);
	closedir(dir);
	return count;
}

static void record(unsigned blocks)
{
	for (unsigned i = 0; i < blocks; i++)
		assert_int_equal(rig_give(100, 300), 0);
}

static void end(void)
{
	struct error err;

	if (rig_finish(&err) < 0)
		fail_msg("%s", err.text);
}

static void each_has_its_own(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		rig_dir_new(state);
		rig.format = i % 2 ? TRIM_PCAP : TRIM_PCAPNG;
		rig.woven = i >= 2;
		rig.rotation.segment_bytes = 200000;
		rig_begin();
		record(30);
		end();
		packets = 0;
		assert_in_range(each_segment(is_right), 4, 100);
		assert_int_equal(packets, rig.taken);
		scratch_tear_down(state);
	}
}

/* What is kept counts it, and it goes with its segment. */
static void it_goes_with_its_segment(void **state)
{
	(void)state;
	rig.rotation.segment_bytes = 200000;
	rig.rotation.budget_bytes = 2000000;
	rig_begin();
	for (unsigned i = 0; i < 100; i++) {
		record(1);
		assert_true(rig_disk_bytes() <= rig.rotation.budget_bytes);
	}
	end();
	assert_int_equal(count_indexes(), each_segment(no_matter));
	assert_in_range(count_indexes(), 3, 12);
}

/* One without its segment is deleted at the next start; what is not ours stays. */
static void one_left_alone_is_deleted(void **state)
{
	char path[PATH_MAX];
	FILE *file;

	(void)state;
	rig_begin();
	record(1);
	end();
	assert_int_equal(count_indexes(), 1);
	snprintf(path, sizeof(path), "%s/.gone.pcapng.index", scratch_dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite("wtindex", 1, 8, file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/.other.index", scratch_dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite("something", 1, 9, file);
	fclose(file);
	assert_int_equal(count_indexes(), 3);
	rig_begin();
	record(1);
	end();
	assert_int_equal(count_indexes(), 3);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_own),
		cmocka_unit_test_setup_teardown(it_goes_with_its_segment, rig_dir_new,
						scratch_tear_down),
		cmocka_unit_test_setup_teardown(one_left_alone_is_deleted, rig_dir_new,
						scratch_tear_down),
	};

	/* Rather than hang. */
	alarm(120);
	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
