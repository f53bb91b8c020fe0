/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every call on the paths of a recording fails once, whichever it is, and with
 * whatever error; then several in a row. Nothing may crash, hang, tear a file
 * that has its name, or lose a packet without telling, and the next recorder
 * in that directory has to go on as if nothing had been.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault.h"
#include "recorder_support.h"
#include "scratch.h"
#include "sinks/sink_support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A run: blocks of frames. Their sizes make segments of a few dozen frames. */
#define BLOCKS        24u
#define FEW_BLOCKS    3u /* of the runs around the one with faults */
#define PER_BLOCK     8u
#define FRAME_MOST    400u
#define SEGMENT_BYTES 8192u

static char directory[128];
static unsigned struck_in_all;
static struct frame frames[BLOCKS * PER_BLOCK];

static int make_directory(void **state)
{
	(void)state;
	/* Thousands of recordings are made. */
	if (scratch_make(SCRATCH_MEMORY) < 0)
		return -1;
	fault_spare_disk();
	sink_frames_make(frames, COUNT(frames), FRAME_MOST, 7);
	for (size_t i = 0; i < COUNT(frames); i++)
		frames[i].lost = 0;
	return 0;
}

/* An empty one, with a file that is not the recorder's. */
static void renew_directory(void)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	snprintf(directory, sizeof(directory), "%s", scratch_at("tape"));
	mkdir(directory, 0700);
	dir = opendir(directory);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	fd = openat(dirfd(dir), "foreign", O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mine\n", 5), 5);
	close(fd);
	closedir(dir);
}

static void expect_foreign(void)
{
	char path[160], text[8] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/foreign", directory);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 5);
	assert_string_equal(text, "mine\n");
	close(fd);
}

/* Gives so many blocks, from a first one on. What the recorder says. */
static int give(struct recorder *r, unsigned first, unsigned blocks)
{
	struct frame copy[PER_BLOCK];
	int rc = 0;

	for (unsigned i = first; i < first + blocks && rc >= 0; i++) {
		memcpy(copy, &frames[i * PER_BLOCK], sizeof(copy));
		rc = recorder_give(r, copy, PER_BLOCK);
		if (rc >= 0)
			rc = recorder_work(r);
		test_clock_pass(&r->clock, NS_PER_SECOND / 4);
	}
	return rc;
}

/* Records the frames of so many blocks. What finish, or the end before, has said; 1 where it did
 * not even start. */
static int record(struct recorder *r, unsigned blocks, struct error *err)
{
	int rc = recorder_open(r, directory, err), end;

	if (rc < 0)
		return 1;
	rc = give(r, 0, blocks);
	end = recorder_end(r, err);
	return rc < 0 ? rc : end;
}

static void budgeted(struct recorder *r, enum on_full on_full, bool pcap)
{
	*r = (struct recorder){
		.rotation = {.segment_bytes = SEGMENT_BYTES, .duration_ns = 5 * NS_PER_SECOND},
		.on_full = on_full,
		.pcap = pcap,
		.io = pcap ? DISKIO_DIRECT : DISKIO_BUFFERED,
	};
}

/* Two runs into one directory, the second with the fault; a third without. */
static unsigned run_with(const struct fault *fault, enum on_full on_full, bool pcap)
{
	struct tally before, after, later;
	struct recorder r;
	struct error err = {0};
	uint64_t accounted;
	unsigned struck;
	int rc;

	renew_directory();
	budgeted(&r, on_full, pcap);
	assert_int_equal(record(&r, FEW_BLOCKS, &err), 0);
	recorder_tally(directory, &before);
	assert_int_equal(before.packets, FEW_BLOCKS * PER_BLOCK);

	fault_arm(fault);
	rc = record(&r, BLOCKS, &err);
	fault_disarm();
	struck = fault_struck();
	recorder_tally(directory, &after);
	/* What is left under its hidden name because it could not even be looked at
	 * is lost, until the next start finds it. */
	accounted = after.packets + recorder_lost(&r);
	if (after.torn || accounted < before.packets + r.taken ||
	    (!after.hidden && accounted != before.packets + r.taken))
		fail_msg("call %u, %u times, errno %d: %u torn, %llu packets of %llu taken and "
			 "%llu "
			 "lost; said %d %s",
			 fault->nth, fault->count, fault->error, after.torn,
			 (unsigned long long)(after.packets - before.packets),
			 (unsigned long long)r.taken, (unsigned long long)recorder_lost(&r), rc,
			 err.text);
	/* What was lost was said. */
	assert_true(recorder_lost(&r) == 0 || rc != 0);
	assert_true(rc != 0 || r.taken == COUNT(frames));
	/* And what was not is under its name. */
	if (rc == 0 && after.hidden)
		fail_msg("call %u, %u times, errno %d: %u unfinished files", fault->nth,
			 fault->count, fault->error, after.hidden);
	expect_foreign();

	/* The next one takes in whatever there is. */
	budgeted(&r, on_full, pcap);
	if (record(&r, FEW_BLOCKS, &err) != 0)
		fail_msg("after call %u, %u times, errno %d: %s", fault->nth, fault->count,
			 fault->error, err.text);
	recorder_tally(directory, &later);
	assert_int_equal(later.torn, 0);
	assert_int_equal(later.hidden, 0);
	assert_int_equal(later.packets, after.packets + FEW_BLOCKS * PER_BLOCK);
	expect_foreign();
	return struck;
}

static const int errors[] = {ENOSPC, EIO, EINTR, EMFILE, EROFS, 0};

/* Each call alone, until a run has fewer. */
static void sweep(enum on_full on_full, bool pcap, unsigned length)
{
	for (size_t e = 0; e < COUNT(errors); e++) {
		/* Runs of several calls overlap all the same. */
		unsigned step = length > 1 ? length / 2 : 1, total = 1;

		for (unsigned nth = 1; nth <= total; nth += step) {
			const struct fault fault = {
				.calls = FAULT_FILES,
				.nth = nth,
				.count = length,
				.error = errors[e],
				.bytes = FAULT_HALF,
			};

			struck_in_all += run_with(&fault, on_full, pcap);
			total = total < 60 ? 60 : total;
			if (fault_counted() > total)
				total = fault_counted();
		}
	}
}

static void every_call_fails_once(void **state)
{
	(void)state;
	sweep(ON_FULL_DROP, false, 1);
}

static void several_calls_fail(void **state)
{
	(void)state;
	sweep(ON_FULL_DROP, true, 12);
}

static void all_calls_fail_for_a_while(void **state)
{
	(void)state;
	sweep(ON_FULL_STOP, false, 60);
}

/* With what is kept in reach, a quota that is used up costs a segment and no packet. */
static void a_used_up_quota_is_a_full_disk(void **state)
{
	static const struct {
		uint32_t calls;
		unsigned first; /* behind what a start calls */
	} cases[] = {{FAULT_BIT(FAULT_openat), 8}, {FAULT_BIT(FAULT_fallocate), 2}};
	struct tally tally;
	struct recorder r;
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned n = 0; n < 4; n++) {
			const struct fault fault = {.calls = cases[i].calls,
						    .nth = cases[i].first + n,
						    /* One less ahead would do. */
						    .count = 2,
						    .error = EDQUOT};

			renew_directory();
			budgeted(&r, ON_FULL_PRUNE, false);
			assert_int_equal(record(&r, BLOCKS, &err), 0);
			budgeted(&r, ON_FULL_PRUNE, false);
			fault_arm(&fault);
			assert_int_equal(record(&r, BLOCKS, &err), 0);
			assert_true(fault_disarm());
			assert_int_equal(recorder_lost(&r), 0);
			recorder_tally(directory, &tally);
			assert_in_range(tally.packets, COUNT(frames), 2 * COUNT(frames) - 1);
		}
	}
	/* And it ends a recording that is to end on a full disk. */
	renew_directory();
	budgeted(&r, ON_FULL_STOP, false);
	fault_arm(&(struct fault){.calls = FAULT_BIT(FAULT_fallocate),
				  .nth = 4,
				  .count = 50,
				  .error = EDQUOT});
	assert_int_equal(record(&r, BLOCKS, &err), -EDQUOT);
	fault_disarm();
	assert_true(r.taken < COUNT(frames));
	assert_int_equal(recorder_lost(&r), 0);
}

/* The disk has been filled by others, and there is nothing of ours to be deleted. */
static void a_start_on_a_full_disk_waits(void **state)
{
	/* The manifest, the first segment's file, its room. */
	static const uint32_t calls[] = {FAULT_BIT(FAULT_renameat), FAULT_BIT(FAULT_openat),
					 FAULT_BIT(FAULT_fallocate)};
	static const enum on_full policies[] = {ON_FULL_PRUNE, ON_FULL_DROP};
	const uint32_t half = COUNT(frames) / 2;
	struct tally tally;
	struct recorder r;
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(calls) * COUNT(policies); i++) {
		renew_directory();
		budgeted(&r, policies[i % COUNT(policies)], false);
		fault_arm(&(struct fault){.calls = calls[i / COUNT(policies)],
					  .nth = 1 + (i / COUNT(policies) == 1),
					  .count = FAULT_FOR_GOOD,
					  .error = ENOSPC});
		assert_int_equal(recorder_open(&r, directory, &err), 0);
		for (unsigned n = 0; n < 3; n++) {
			test_clock_pass(&r.clock, NS_PER_SECOND);
			assert_int_equal(recorder_work(&r), 0);
		}
		assert_int_equal(give(&r, 0, BLOCKS / 2), 0);
		assert_true(fault_disarm());
		test_clock_pass(&r.clock, NS_PER_SECOND);
		assert_int_equal(recorder_work(&r), 0);
		assert_int_equal(give(&r, BLOCKS / 2, BLOCKS / 2), 0);
		/* As with any loss. */
		assert_int_equal(recorder_end(&r, &err), -ENOSPC);
		assert_int_equal(recorder_lost(&r), half);
		recorder_tally(directory, &tally);
		assert_int_equal(tally.packets, half);
		assert_int_equal(tally.torn + tally.hidden, 0);
		assert_in_range(r.notes[NOTE_FULL], 1, 9);
		assert_int_equal(r.notes[NOTE_DISK], 0);
	}
	/* Unless it is to end on a full disk. */
	renew_directory();
	budgeted(&r, ON_FULL_STOP, false);
	fault_arm(&(struct fault){.calls = FAULT_BIT(FAULT_fallocate),
				  .nth = 1,
				  .count = FAULT_FOR_GOOD,
				  .error = ENOSPC});
	assert_int_equal(recorder_open(&r, directory, &err), -ENOSPC);
	fault_disarm();
}

static unsigned count_files(void)
{
	DIR *dir = opendir(directory);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Times tell at the start how many are made ahead. */
static void segments_made_ahead_are_synced_at_once(void **state)
{
	struct recorder r = {.rotation = {.duration_ns = NS_PER_SECOND}};
	struct error err = {0};
	unsigned files;

	(void)state;
	renew_directory();
	assert_int_equal(recorder_open(&r, directory, &err), 0);
	files = count_files();
	fault_arm(&(struct fault){.calls = FAULT_BIT(FAULT_fdatasync), .nth = 1000});
	assert_int_equal(recorder_work(&r), 0);
	assert_int_equal(fault_counted(), 1);
	fault_disarm();
	assert_int_equal(count_files() - files, 6);
	assert_int_equal(give(&r, 0, BLOCKS), 0);
	assert_int_equal(recorder_end(&r, &err), 0);
}

static void enough_calls_failed(void **state)
{
	(void)state;
	print_message("# %u faults\n", struck_in_all);
	assert_true(struck_in_all >= 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_fails_once),
		cmocka_unit_test(several_calls_fail),
		cmocka_unit_test(all_calls_fail_for_a_while),
		cmocka_unit_test(a_used_up_quota_is_a_full_disk),
		cmocka_unit_test(a_start_on_a_full_disk_waits),
		cmocka_unit_test(segments_made_ahead_are_synced_at_once),
		cmocka_unit_test(enough_calls_failed),
	};

	return cmocka_run_group_tests(tests, make_directory, scratch_tear_down);
}
