/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recorder over blocks of numbered frames: where segments end, that no
 * frame is lost or comes twice, what is told of those that are dropped, and
 * how a recording ends. The keeper is worked by hand, but for the last test.
 */
#include "tape/sink_tape.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/write_queue.h"
#include "frames/pcapng.h"
#include "tape/tape_writer.h"
#include "tape_support.h"

/* Of the segment being written. */
static uint64_t sink_tape_sequence(const struct sink *sink)
{
	return ((const struct sink_tape *)sink)->current->file.sequence;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A ring's, and how many frames of which size fill it well enough to be woven. */
#define BLOCK_BYTES (192u * 1024u)
#define FRAMES      400u
#define CAPLEN      340u

static const enum trim_format formats[] = {TRIM_PCAPNG, TRIM_PCAP};

static size_t record_bytes(uint32_t caplen)
{
	const struct frame frame = {.caplen = caplen, .len = caplen, .id = 1};

	return rig.format == TRIM_PCAP ? 16 + caplen : pcapng_epb_bytes(&frame);
}

/* What is in a file without packets, its end included. */
static size_t least_bytes(void)
{
	/* SHB 28 + 16 + 4, IDB 20 + 8 + 4. */
	return rig.format == TRIM_PCAP ? 24 : 48 + 32 + PCAPNG_ISB_MAX + PCAPNG_ORDER_BYTES;
}

static void end_well(void)
{
	struct error err;

	if (rig_finish(&err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(rig_count_files(".wiretape-"), 1);
}

/* --- where segments end --------------------------------------------------------- */

static void packet_limits_are_exact(void **state)
{
	static const uint32_t limits[] = {1, 2, 7, 25, 64, 99, 1000};

	for (size_t i = 0; i < 2 * COUNT(limits); i++) {
		uint32_t most = limits[i / 2];

		rig_dir_new(state);
		rig.format = formats[i % 2];
		rig.rotation.segment_packets = most;
		rig_begin();
		for (int b = 0; b < 8; b++)
			assert_int_equal(rig_give(25, 100), 0);
		end_well();
		rig_expect_all();
		assert_int_equal(rig.taken, 200);
		assert_int_equal(rig.segment_count, (200 + most - 1) / most);
		for (uint32_t s = 0; s + 1 < rig.segment_count; s++)
			assert_int_equal(rig.segments[s].count, most);
		scratch_tear_down(state);
	}
}

/* At every limit around one at which a frame more fits. */
static void size_limits_are_exact(void **state)
{
	for (int i = 0; i < 40; i++) {
		uint32_t caplen = 60 + (uint32_t)i * 13, most = 3 + (uint32_t)i % 5;
		size_t full, record;

		rig_dir_new(state);
		rig.format = formats[i % 2];
		record = record_bytes(caplen);
		full = least_bytes() + most * record;
		rig.rotation.segment_bytes = full + (i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : record - 1);
		rig_begin();
		for (int b = 0; b < 5; b++)
			assert_int_equal(rig_give(20, caplen), 0);
		end_well();
		rig_expect_all();
		assert_int_equal(rig.segment_count, (100 + most - 1) / most);
		for (uint32_t s = 0; s + 1 < rig.segment_count; s++) {
			assert_int_equal(rig.segments[s].bytes, full);
			assert_int_equal(rig.segments[s].count, most);
		}
		scratch_tear_down(state);
	}
}

/* Bytes or packets, whichever comes first. */
static void both_limits_hold(void **state)
{
	(void)state;
	rig.rotation.segment_bytes = 5000;
	rig.rotation.segment_packets = 10;
	rig_begin();
	assert_int_equal(rig_give(100, 100), 0);
	assert_int_equal(rig_give(40, 1000), 0);
	assert_int_equal(rig_give(100, 100), 0);
	end_well();
	rig_expect_all();
	for (uint32_t s = 0; s < rig.segment_count; s++) {
		assert_true(rig.segments[s].bytes <= 5000);
		assert_true(rig.segments[s].count <= 10);
	}
	assert_int_equal(rig.segments[0].count, 10);
	assert_int_equal(rig.segments[11].count, 4);
}

static void a_block_can_be_many_segments(void **state)
{
	(void)state;
	rig.rotation.segment_packets = 3;
	rig_begin();
	assert_int_equal(rig_give(300, 100), 0);
	/* One is armed ahead, the others are waited for. */
	assert_true(rig.waits >= 90);
	end_well();
	rig_expect_all();
	assert_int_equal(rig.segment_count, 100);
}

/* --- frames that have to wait, or are dropped -------------------------------------- */

static void frames_wait_until_the_keeper_comes(void **state)
{
	uint32_t part;

	(void)state;
	rig.rotation.segment_packets = 10;
	rig_begin();
	rig_turn();
	assert_int_equal(rig_offer(25, 100, &part), SINK_WAIT);
	assert_int_equal(part, 20);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rig_offer(15, 100, &part), SINK_WAIT);
		assert_int_equal(part, 0);
	}
	/* Woken, it has the next one ready, and the one after that only later. */
	rig_turn();
	assert_int_equal(rig_offer(15, 100, &part), SINK_WAIT);
	assert_int_equal(part, 10);
	assert_int_equal(rig_give(15, 100), 0);
	end_well();
	rig_expect_all();
	assert_int_equal(rig.taken, 45);
}

/* At a rate it knows it may stand still for seconds, with a disk that does: there are
 * segments enough, and room in them. */
static void check_late_keeper(const struct rotation *rotation)
{
	uint32_t part;

	rig.rotation = *rotation;
	rig_begin();
	for (int i = 0; i < 30; i++) {
		assert_int_equal(rig_give(100, 300), 0);
		rig_pass(100 * NS_PER_MS);
		assert_int_equal(rig_turn(), 0);
	}
	for (int i = 0; i < 28; i++) {
		assert_int_equal(rig_offer(100, 300, &part), 0);
		assert_int_equal(rig.sink->ops->turn(rig.sink), 0);
		rig_pass(100 * NS_PER_MS);
	}
	end_well();
	rig_expect_all();
}

static void a_keeper_that_is_late_holds_up_nothing(void **state)
{
	const struct rotation rotations[] = {
		{.segment_packets = 500},
		{.segment_bytes = 200000},
		{.segment_bytes = 200000, .budget_bytes = 64 << 20},
		{.duration_ns = NS_PER_SECOND, .budget_bytes = 64 << 20},
		{.segment_packets = 1000, .duration_ns = 2 * NS_PER_SECOND},
	};

	for (size_t i = 0; i < COUNT(rotations); i++) {
		rig_dir_new(state);
		check_late_keeper(&rotations[i]);
		scratch_tear_down(state);
	}
}

/* Room in the current segment is given as it is needed, too. */
static void room_is_waited_for(void **state)
{
	uint32_t part;
	int rc;

	(void)state;
	rig.rotation.segment_bytes = 64 << 20;
	rig.rotation.budget_bytes = 80 << 20;
	rig_begin();
	do
		rc = rig_offer(60, 1000, &part);
	while (rc == 0);
	assert_int_equal(rc, SINK_WAIT);
	assert_int_equal(part, 0);
	assert_true(rig.sink->bytes < 64 << 20);
	/* All of it was set aside on the disk. */
	assert_true(rig_disk_bytes() > rig.sink->bytes);
	assert_int_equal(rig_give(60, 1000), 0);
	end_well();
	rig_expect_all();
}

static void check_oversize(uint32_t before, uint32_t large)
{
	uint32_t part = before + large;

	rig.rotation.segment_bytes = 4096;
	rig_begin();
	assert_int_equal(rig_give(before, 100), 0);
	assert_int_equal(rig_give(large, 4096), 0);
	assert_int_equal(rig_give(10, 200), 0);
	end_well();
	assert_int_equal(rig.bad_segments, 0);
	assert_int_equal(rig.stats.oversize, large);
	assert_int_equal(rig_lost(), large);
	assert_int_equal(rig.found_count, before + 10);
	for (uint32_t i = 0; i < rig.found_count; i++)
		assert_int_equal(rig.found[i], i < before ? i + 1 : i + 1 + large);
	for (uint32_t s = 0; s < rig.segment_count; s++)
		part -= (uint32_t)rig.segments[s].dropcount;
	/* The first that follows tells of them. */
	assert_int_equal(part, rig.format == TRIM_PCAPNG ? before : before + large);
}

static void frames_too_large_are_counted(void **state)
{
	static const struct {
		uint32_t before, large;
	} cases[] = {{0, 1}, {1, 1}, {5, 3}, {30, 1}, {100, 15}, {0, 7}};

	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		rig_dir_new(state);
		rig.format = formats[i % 2];
		check_oversize(cases[i / 2].before, cases[i / 2].large);
		scratch_tear_down(state);
	}
}

/* The largest that does fit has a segment of its own. */
static void frames_as_large_as_a_segment_fit(void **state)
{
	for (size_t i = 0; i < 2; i++) {
		rig_dir_new(state);
		rig.format = formats[i];
		rig.rotation.segment_bytes = least_bytes() + record_bytes(4000);
		rig_begin();
		assert_int_equal(rig_give(10, 4000), 0);
		end_well();
		rig_expect_all();
		assert_int_equal(rig.segment_count, 10);
		scratch_tear_down(state);
	}
}

static bool said(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static unsigned drops_told, recoveries_told;
static uint64_t left_out_told;

static void hear_of_room(enum note_cause cause, const char *text, uint64_t left_out)
{
	if (cause == NOTE_FULL)
		left_out_told += left_out;
	assert_false(said(text, "like it"));
	drops_told += cause == NOTE_FULL && said(text, "packets are dropped meanwhile");
	recoveries_told += cause == NOTE_FULL && said(text, "there is room again");
}

/* Without room frames are dropped, and the first one after them says how many;
 * those the kernel has dropped meanwhile count too. */
static void dropped_frames_leave_a_gap(void **state)
{
	uint64_t told = 0, isb = 0;

	(void)state;
	drops_told = recoveries_told = 0;
	rig.noted = hear_of_room;
	rig.on_full = ON_FULL_DROP;
	rig.rotation.segment_packets = 10;
	rig.rotation.reserve_bytes = 1;
	rig_begin();
	assert_int_equal(rig_give(5, 100), 0);
	rig.rotation.reserve_bytes = INT64_MAX;
	assert_int_equal(rig_give(25, 100), 0);
	rig.lost_before = 1000;
	assert_int_equal(rig_give(25, 100), 0);
	assert_int_equal(drops_told, 1);
	rig.rotation.reserve_bytes = 1;
	rig_pass(20 * NS_PER_SECOND);
	rig_turn();
	assert_int_equal(recoveries_told, 1);
	assert_int_equal(rig_give(25, 100), 0);
	assert_int_equal(rig_finish(NULL), -ENOSPC);
	assert_int_equal(rig.bad_segments, 0);
	assert_int_equal(rig.taken, 80);
	assert_int_equal(rig.found_count + rig.stats.disk_dropped, 80);
	assert_in_range(rig.stats.disk_dropped, 40, 50);
	for (uint32_t s = 0; s < rig.segment_count; s++) {
		told += rig.segments[s].dropcount;
		isb += rig.segments[s].closing.dropped;
	}
	assert_int_equal(told, rig.stats.disk_dropped + 1000);
	assert_int_equal(isb, rig.stats.disk_dropped + rig.stats.device_dropped);
}

/* A disk that is full and has room again, in turn, within ten seconds. */
static void lines_left_out_are_counted(void **state)
{
	(void)state;
	drops_told = recoveries_told = 0;
	left_out_told = 0;
	rig.noted = hear_of_room;
	rig.on_full = ON_FULL_DROP;
	rig.rotation.segment_packets = 10;
	rig.rotation.reserve_bytes = 1;
	rig_begin();
	for (int i = 0; i < 4; i++) {
		if (i == 3)
			rig_pass(20 * NS_PER_SECOND);
		rig.rotation.reserve_bytes = INT64_MAX;
		/* More than all segments that were made ahead take. */
		assert_int_equal(rig_give(120, 100), 0);
		rig_pass(2 * NS_PER_SECOND);
		rig.rotation.reserve_bytes = 1;
		rig_turn();
		assert_int_equal(rig_give(5, 100), 0);
	}
	assert_int_equal(drops_told, 2);
	assert_int_equal(recoveries_told, 0);
	assert_int_equal(left_out_told, 5);
	assert_int_equal(rig_finish(NULL), -ENOSPC);
}

/* --- times and requests -------------------------------------------------------------- */

/* Each way a full segment is not needed for the next one. */
static void times_end_segments_of_an_idle_link(void **state)
{
	(void)state;
	for (int interval = 0; interval < 2; interval++) {
		rig_dir_new(state);
		rig.clock.wall_ns = (1700000000 / 60 * 60 + 1) * NS_PER_SECOND;
		if (interval)
			rig.rotation.interval_ns = 60 * NS_PER_SECOND;
		else
			rig.rotation.duration_ns = 59 * NS_PER_SECOND;
		rig_begin();
		assert_int_equal(rig_give(3, 100), 0);
		for (uint64_t n = 1; n <= 5; n++) {
			assert_int_equal(sink_tape_sequence(rig.sink), n);
			/* Sooner, too: it looks after its directory. */
			assert_in_range(sink_tape_work(rig.sink), 1,
					(n > 1 && interval ? 60 : 59) * NS_PER_SECOND);
			rig_pass((n > 1 && interval ? 60 : 59) * NS_PER_SECOND - 1);
			assert_int_equal(rig_turn(), 0);
			assert_int_equal(sink_tape_sequence(rig.sink), n);
			rig_pass(1);
			assert_int_equal(rig_turn(), 0);
		}
		end_well();
		rig_expect_all();
		assert_int_equal(rig.segment_count, 6);
		assert_int_equal(rig.segments[0].count, 3);
		scratch_tear_down(state);
	}
}

/* The current segment ends as soon as the next one is there, between blocks. */
static void a_new_segment_can_be_asked_for(void **state)
{
	(void)state;
	rig.rotation.segment_packets = 1000;
	rig_begin();
	for (uint32_t n = 1; n <= 4; n++) {
		assert_int_equal(rig_give(n, 100), 0);
		rig.sink->ops->rotate(rig.sink);
		assert_int_equal(sink_tape_sequence(rig.sink), n);
		assert_int_equal(rig_turn(), 0);
		assert_int_equal(sink_tape_sequence(rig.sink), n + 1);
		assert_int_equal(rig_turn(), 0);
		assert_int_equal(sink_tape_sequence(rig.sink), n + 1);
	}
	/* With packets coming it need not be told by itself. */
	rig.sink->ops->rotate(rig.sink);
	sink_tape_work(rig.sink);
	assert_int_equal(rig_give(7, 100), 0);
	end_well();
	rig_expect_all();
	assert_int_equal(rig.segment_count, 6);
	for (uint32_t s = 0; s < 4; s++)
		assert_int_equal(rig.segments[s].count, s + 1);
	assert_int_equal(rig.segments[4].count, 0);
	assert_int_equal(rig.segments[5].count, 7);
}

/* --- the recording's own ends --------------------------------------------------------- */

static void the_number_of_files_ends_it(void **state)
{
	(void)state;
	rig.rotation.segment_packets = 5;
	rig.rotation.max_files = 3;
	rig_begin();
	assert_int_equal(rig_give(12, 100), 0);
	assert_int_equal(rig_give(12, 100), SINK_FULL);
	assert_int_equal(rig.taken, 15);
	end_well();
	rig_expect_all();
	assert_int_equal(rig.segment_count, 3);
	assert_int_equal(rig_count_files("test0_"), 3);
}

static void time_ends_the_last_file(void **state)
{
	(void)state;
	rig.rotation.duration_ns = NS_PER_SECOND;
	rig.rotation.max_files = 2;
	rig_begin();
	assert_int_equal(rig_give(12, 100), 0);
	rig_pass(NS_PER_SECOND);
	assert_int_equal(rig_turn(), 0);
	assert_int_equal(rig_give(13, 100), 0);
	rig_pass(NS_PER_SECOND);
	assert_int_equal(rig_turn(), SINK_FULL);
	end_well();
	rig_expect_all();
	assert_int_equal(rig.segment_count, 2);
	assert_int_equal(rig.segments[0].count, 12);
}

/* As much as fits into so many bytes of files altogether, and no more. */
static void check_total(uint64_t most, uint32_t caplen)
{
	uint64_t total = 0;
	int rc;

	rig_begin();
	do {
		rig_pass(NS_PER_MS);
		rc = rig_turn();
		if (rc == 0)
			rc = rig_give(10, caplen);
	} while (rc == 0);
	assert_int_equal(rc, SINK_FULL);
	end_well();
	rig_expect_all();
	for (uint32_t s = 0; s < rig.segment_count; s++)
		total += rig.segments[s].bytes;
	assert_true(total <= most);
	/* What is left is less than a frame, or than a segment is begun for. */
	assert_true(total + record_bytes(caplen) > most || total + 1024 + 300 > most);
}

static void the_number_of_bytes_ends_it(void **state)
{
	for (int i = 0; i < 60; i++) {
		uint64_t most = 20000 + (uint64_t)i * 777;

		rig_dir_new(state);
		rig.format = formats[i % 2];
		rig.rotation.max_bytes = most;
		if (i % 3 == 0)
			rig.rotation.segment_bytes = 7000 + (uint64_t)i;
		else if (i % 3 == 1)
			rig.rotation.segment_packets = 9;
		else
			rig.rotation.duration_ns = 3 * NS_PER_MS;
		check_total(most, 60 + 31 * (uint32_t)i);
		if (i % 3)
			assert_true(rig.segment_count > 1);
		scratch_tear_down(state);
	}
}

/* It ends also where frames wait in the middle of a block. */
static void a_full_disk_ends_it_if_asked(void **state)
{
	struct error err;

	(void)state;
	rig.on_full = ON_FULL_STOP;
	rig.rotation.segment_packets = 10;
	rig.rotation.reserve_bytes = 1;
	rig_begin();
	assert_int_equal(rig_give(5, 100), 0);
	rig.rotation.reserve_bytes = INT64_MAX;
	assert_int_equal(rig_give(100, 100), -ENOSPC);
	assert_non_null(strstr(rig.sink->error.text, "No space left on device"));
	assert_int_equal(rig_finish(&err), 0);
	rig_expect_all();
	assert_int_equal(rig.taken, 10);
}

/* --- beginning and end ------------------------------------------------------------------ */

static void a_recording_without_frames_is_a_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		rig_dir_new(state);
		rig.format = formats[i];
		rig_begin();
		end_well();
		rig_expect_all();
		assert_int_equal(rig.segment_count, 1);
		assert_int_equal(rig.segments[0].bytes,
				 least_bytes() -
					 (rig.format == TRIM_PCAPNG ? PCAPNG_ORDER_BYTES : 0));
		scratch_tear_down(state);
	}
}

static void one_never_started_leaves_nothing(void **state)
{
	unsigned before = rig_count_descriptors();
	struct error err;

	(void)state;
	assert_int_equal(rig_open(&err), 0);
	rig.sink->ops->close(rig.sink);
	assert_int_equal(rig_count_files(""), 0);
	assert_int_equal(rig_count_descriptors(), before);
}

/* Started, and given up before the first frame; and after some. */
static void one_given_up_loses_nothing(void **state)
{
	unsigned before = rig_count_descriptors();

	for (uint32_t i = 0; i < 8; i++) {
		rig_dir_new(state);
		rig.format = formats[i % 2];
		rig.with_keeper = i / 2 % 2;
		rig.rotation.segment_packets = 10;
		rig_begin();
		if (i / 4)
			assert_int_equal(rig_give(25, 100), 0);
		rig.finishing = true;
		rig.sink->ops->close(rig.sink);
		assert_int_equal(rig_count_files(".wiretape-"), 1);
		assert_int_equal(rig_count_files("test0_"), i / 4 ? 3 : 0);
		rig_expect_all();
		assert_int_equal(rig_count_descriptors(), before);
		scratch_tear_down(state);
	}
}

/* Segments number on, and nobody else may record there meanwhile. */
static void a_second_recording_goes_on(void **state)
{
	struct rig_segment segment;
	struct error err;

	(void)state;
	rig.rotation.segment_packets = 10;
	rig_begin();
	assert_int_equal(rig_give(25, 100), 0);
	end_well();
	rig_begin();
	assert_true(sink_tape_sequence(rig.sink) > 3);
	assert_int_equal(rig_give(25, 100), 0);
	{
		struct rig *kept = memcpy(malloc(sizeof(rig)), &rig, sizeof(rig));

		assert_int_equal(rig_open(&err), -EINVAL);
		assert_non_null(strstr(err.text, "another recorder is using it"));
		memcpy(&rig, kept, sizeof(rig));
		free(kept);
	}
	end_well();
	rig_expect_all();
	assert_int_equal(rig_count_files("test0_"), 6);
	assert_true(rig_read(rig.segments[0].path, &segment));
}

/* --- statistics ---------------------------------------------------------------------------- */

/* Those of all segments add up to those of the whole. */
static void statistics_add_up(void **state)
{
	struct stats_snapshot sum = {0};

	(void)state;
	rig.rotation.segment_packets = 17;
	rig_begin();
	for (uint32_t i = 1; i < 30; i++) {
		assert_int_equal(rig_give(i, 100), 0);
		if (i % 10 == 0) {
			rig.sink->ops->rotate(rig.sink);
			assert_int_equal(rig_turn(), 0);
		}
	}
	end_well();
	rig_expect_all();
	for (uint32_t s = 0; s < rig.segment_count; s++) {
		struct stats_snapshot *closing = &rig.segments[s].closing;

		assert_int_equal(rig.segments[s].isbs, 1);
		assert_int_equal(closing->captured, rig.segments[s].count);
		stats_sum(&sum, closing);
	}
	assert_int_equal(sum.captured, rig.taken);
	assert_int_equal(sum.received, rig.stats.received);
	assert_int_equal(sum.dropped, rig.stats.device_dropped);
}

/* --- out of the ring ------------------------------------------------------------------------ */

static void use_ring(enum diskio_mode mode)
{
	rig.woven = true;
	rig.mode = mode;
	rig.block_bytes = BLOCK_BYTES;
}

static const enum diskio_mode modes[] = {DISKIO_AUTO, DISKIO_DIRECT, DISKIO_BUFFERED};

static uint32_t count_isbs(void)
{
	uint32_t count = 0;

	for (uint32_t s = 0; s < rig.segment_count; s++)
		count += rig.segments[s].isbs;
	return count;
}

static void woven_blocks_are_cut_in_the_middle(void **state)
{
	for (size_t i = 0; i < 2 * COUNT(modes); i++) {
		rig_dir_new(state);
		use_ring(modes[i / 2]);
		if (i % 2)
			rig.rotation.segment_packets = 1000;
		else
			rig.rotation.segment_bytes = 500000;
		rig_begin();
		for (int b = 0; b < 24; b++) {
			assert_int_equal(rig_give(b % 5 == 4 ? 50 : FRAMES, CAPLEN), 0);
			assert_int_equal(rig_turn(), 0);
		}
		end_well();
		rig_expect_all();
		assert_true(rig.segment_count >= 7);
		/* Some were woven. */
		assert_true(count_isbs() > rig.segment_count + 4);
		for (uint32_t s = 0; s + 1 < rig.segment_count; s++) {
			if (i % 2)
				assert_int_equal(rig.segments[s].count, 1000);
			else
				assert_in_range(rig.segments[s].bytes, 500000 - CAPLEN - 100,
						500000);
		}
		scratch_tear_down(state);
	}
}

/* Each segment begins with writes of the one before on their way. */
static void segments_share_one_uring(void **state)
{
	for (int i = 0; i < 2; i++) {
		rig_dir_new(state);
		use_ring(DISKIO_AUTO);
		rig.rotation.segment_packets = i % 2 ? 1500 : 100000;
		rig_begin();
		if (!rig.queue) {
			end_well();
			scratch_tear_down(state);
			skip();
		}
		for (int b = 0; b < 60; b++) {
			assert_int_equal(rig_give(FRAMES, CAPLEN), 0);
			if (b % 3 == i % 3)
				rig.sink->ops->rotate(rig.sink);
			sink_tape_work(rig.sink);
		}
		end_well();
		rig_expect_all();
		assert_true(rig.segment_count >= 20);
		scratch_tear_down(state);
	}
}

/* A segment that has to do without io_uring takes in the writes of the one
 * before all the same. */
static void writes_on_their_way_are_always_taken_in(void **state)
{
	(void)state;
	use_ring(DISKIO_AUTO);
	rig.rotation.segment_packets = 100000;
	rig_begin();
	if (!rig.queue) {
		end_well();
		skip();
	}
	rig.mode = DISKIO_BUFFERED;
	assert_int_equal(rig_give(FRAMES, CAPLEN), 0);
	assert_int_equal(rig_give(FRAMES, CAPLEN), 0);
	assert_int_equal(rig.blocks[1].refs, 1);
	rig.sink->ops->rotate(rig.sink);
	sink_tape_work(rig.sink);
	assert_int_equal(rig.sink->ops->turn(rig.sink), 0);
	/* The file's headers may be on their way, too. */
	for (int i = 0; i < 100 && rig.segment_count == 0; i++) {
		poll(&(struct pollfd){.fd = rig.sink->event_fd, .events = POLLIN}, 1, 100);
		assert_int_equal(rig_reap(), 0);
		sink_tape_work(rig.sink);
	}
	assert_int_equal(rig.blocks[0].refs + rig.blocks[1].refs, 0);
	assert_int_equal(rig.segment_count, 1);
	assert_int_equal(rig_give(FRAMES, CAPLEN), 0);
	end_well();
	rig_expect_all();
}

/* --- with a keeper --------------------------------------------------------------------------- */

/* As in earnest, with a switch every few milliseconds. */
static void check_with_keeper(enum diskio_mode mode, bool woven, enum trim_format format)
{
	rig.format = format;
	rig.with_keeper = true;
	rig.sync = true;
	if (woven)
		use_ring(mode);
	rig.rotation.segment_packets = 1000;
	rig.rotation.segment_bytes = 300000;
	rig.rotation.files = 8;
	rig.rotation.budget_bytes = 4 << 20;
	rig_begin();
	for (int b = 0; b < 60; b++) {
		assert_int_equal(rig_give(FRAMES, woven ? CAPLEN : 100), 0);
		if (b % 7 == 0)
			rig.sink->ops->rotate(rig.sink);
		rig_pass(NS_PER_MS);
		assert_int_equal(rig_turn(), 0);
	}
	end_well();
	rig_expect_all();
	assert_true(rig.segment_count >= 60 * FRAMES / 1000);
	assert_true(rig_disk_bytes() <= 4 << 20);
	assert_true(rig_count_files("test0_") <= 8);
}

static void a_keeper_of_its_own_keeps_up(void **state)
{
	for (int i = 0; i < 4; i++) {
		rig_dir_new(state);
		check_with_keeper(modes[i % 3], i < 3, i < 3 ? TRIM_PCAPNG : TRIM_PCAP);
		scratch_tear_down(state);
	}
}

int main(void)
{
#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, rig_dir_new, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packet_limits_are_exact),
		cmocka_unit_test(size_limits_are_exact),
		WITH_DIR(both_limits_hold),
		WITH_DIR(a_block_can_be_many_segments),
		WITH_DIR(frames_wait_until_the_keeper_comes),
		cmocka_unit_test(a_keeper_that_is_late_holds_up_nothing),
		WITH_DIR(room_is_waited_for),
		cmocka_unit_test(frames_too_large_are_counted),
		cmocka_unit_test(frames_as_large_as_a_segment_fit),
		WITH_DIR(dropped_frames_leave_a_gap),
		WITH_DIR(lines_left_out_are_counted),
		cmocka_unit_test(times_end_segments_of_an_idle_link),
		WITH_DIR(a_new_segment_can_be_asked_for),
		WITH_DIR(the_number_of_files_ends_it),
		WITH_DIR(time_ends_the_last_file),
		cmocka_unit_test(the_number_of_bytes_ends_it),
		WITH_DIR(a_full_disk_ends_it_if_asked),
		cmocka_unit_test(a_recording_without_frames_is_a_file),
		WITH_DIR(one_never_started_leaves_nothing),
		cmocka_unit_test(one_given_up_loses_nothing),
		WITH_DIR(a_second_recording_goes_on),
		WITH_DIR(statistics_add_up),
		cmocka_unit_test(woven_blocks_are_cut_in_the_middle),
		cmocka_unit_test(segments_share_one_uring),
		WITH_DIR(writes_on_their_way_are_always_taken_in),
		cmocka_unit_test(a_keeper_of_its_own_keeps_up),
	};

	/* Rather than hang. */
	alarm(300);
	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
