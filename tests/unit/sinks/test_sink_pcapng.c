/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pcapng sink: which blocks its files are made of, several interfaces,
 * frames beyond its buffer, and what every file sink has to pass.
 */
#include "sinks/sink_pcapng.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "scratch.h"
#include "sink_support.h"

static const struct pcapng_section section = {.application = "test"};
static const struct pcapng_interface interfaces[] = {
	{.linktype = 1, .snaplen = 262144, .name = "eth0", .tsresol = 9},
	{.linktype = 1, .snaplen = 262144, .name = "eth1", .filter = "tcp", .tsresol = 9},
};

static int open_with(uint32_t count, const struct diskio_config *disk, bool unbuffered,
		     uint64_t max_bytes, struct sink **sink, struct error *err)
{
	const struct sink_pcapng_config config = {
		.disk = *disk,
		.section = section,
		.interfaces = interfaces,
		.interface_count = count,
		.unbuffered = unbuffered,
		.max_bytes = max_bytes,
	};

	return sink_pcapng_open(&config, sink, err);
}

static int open_one(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		    struct sink **sink, struct error *err)
{
	return open_with(1, disk, unbuffered, max_bytes, sink, err);
}

static int open_two(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		    struct sink **sink, struct error *err)
{
	return open_with(2, disk, unbuffered, max_bytes, sink, err);
}

/* SHB 28 + 12, IDB 20 + 8 + 8 + 4. */
static const struct sink_kind one = {
	open_one, pcapng_epb_bytes, 80, PCAPNG_ISB_MAX, 1, {.mode = DISKIO_DIRECT},
};
static const struct sink_kind cached = {
	open_one, pcapng_epb_bytes, 80, PCAPNG_ISB_MAX, 1, {.mode = DISKIO_BUFFERED},
};
static const struct sink_kind two = {open_two, pcapng_epb_bytes, 80, PCAPNG_ISB_MAX, 1, {0}};

static void expect_file(const char *path, const uint8_t *bytes, size_t count)
{
	uint8_t *got = malloc(count + 1);
	FILE *f = fopen(path, "r");

	assert_int_equal(fread(got, 1, count + 1, f), count);
	assert_memory_equal(got, bytes, count);
	fclose(f);
	free(got);
}

static void a_file_is_its_blocks_in_order(void **state)
{
	const struct stats_snapshot stats[2] = {{.captured = 2, .received = 5},
						{.captured = 1, .dropped = 4}};
	const char *path = scratch_at("blocks");
	struct sink *sink = sink_open(&two, path, false, 0);
	struct frame frames[3];
	uint64_t unwritten = 1;
	uint8_t want[8192];
	size_t n = 0;

	(void)state;
	sink_frames_make(frames, 3, 1500, 1);
	frames[1].interface = 1;
	n += pcapng_put_shb(want + n, sizeof(want) - n, &section);
	n += pcapng_put_idb(want + n, sizeof(want) - n, &interfaces[0]);
	n += pcapng_put_idb(want + n, sizeof(want) - n, &interfaces[1]);
	assert_int_equal(sink->bytes, n);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sink_give(sink, &frames[i]), 0);
		n += pcapng_put_epb(want + n, sizeof(want) - n, &frames[i]);
	}
	n += pcapng_put_isb(want + n, sizeof(want) - n, 0, &stats[0], NULL);
	n += pcapng_put_isb(want + n, sizeof(want) - n, 1, &stats[1], NULL);
	assert_int_equal(sink->ops->finish(sink, stats, 2, &unwritten), 0);
	assert_int_equal(unwritten, 0);
	assert_int_equal(sink->bytes, n);
	sink->ops->close(sink);
	expect_file(path, want, n);
}

/* As large as the stage, one over it, and far beyond; one before. */
static void check_large_frames(const struct sink_kind *kind)
{
	const uint32_t overhead = 28 + 28, stage = DISKIO_STAGE_BYTES;
	const uint32_t sizes[] = {100, stage - overhead, stage - overhead + 1, 3000001, 7};
	const size_t room = 6 << 20;
	const char *path = scratch_at("large");
	struct sink *sink = sink_open(kind, path, false, 0);
	uint8_t *data = malloc(3000001), *want = malloc(room);
	uint64_t unwritten = 1;
	size_t n;

	for (uint32_t i = 0; i < 3000001; i++)
		data[i] = (uint8_t)(i % 253);
	n = pcapng_put_shb(want, room, &section);
	n += pcapng_put_idb(want + n, room - n, &interfaces[0]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct frame frame = {.data = data,
				      .caplen = sizes[i],
				      .len = sizes[i],
				      .lost = i % 2};

		assert_int_equal(sink_give(sink, &frame), 0);
		n += pcapng_put_epb(want + n, room - n, &frame);
	}
	n += pcapng_put_isb(want + n, room - n, 0, &(struct stats_snapshot){.captured = 1}, NULL);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	assert_int_equal(unwritten, 0);
	expect_file(path, want, n);
	free(data);
	free(want);
}

/* A recorder's keeper finishes files while the ring thread uses the queue they shared. */
static void what_closes_a_file_leaves_the_queue_alone(void **state)
{
	struct sink_kind kind = {open_one, pcapng_epb_bytes, 80, PCAPNG_ISB_MAX, 1, {0}};
	const uint32_t bytes = DISKIO_STAGE_BYTES - 80 - 28 - 4 - PCAPNG_ISB_MAX / 2;
	struct frame frame = {.data = calloc(1, bytes), .caplen = bytes, .len = bytes};
	struct latency_snapshot before, after;
	uint64_t unwritten = 1;
	struct sink *sink;

	(void)state;
	assert_int_equal(diskio_queue_open(&kind.disk, NULL), 0);
	sink = sink_open(&kind, scratch_at("alone"), false, 0);
	assert_int_equal(sink_give(sink, &frame), 0);
	assert_true(sink->ops->idle(sink));
	latency_read(write_queue_latency(kind.disk.queue), &before);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	latency_read(write_queue_latency(kind.disk.queue), &after);
	assert_int_equal(unwritten, 0);
	assert_int_equal(after.count, before.count);
	write_queue_close(kind.disk.queue);
	free((void *)(uintptr_t)frame.data);
}

static void frames_larger_than_the_stage_are_written(void **state)
{
	(void)state;
	check_large_frames(&one);
	check_large_frames(&cached);
}

static void a_large_frame_cut_short_is_removed(void **state)
{
	const char *path = scratch_at("cut");
	struct sink *sink = sink_open(&one, path, false, 0);
	struct frame small, large;
	struct rlimit before, limit;
	uint64_t unwritten = 1;
	int rc;

	(void)state;
	sink_frames_make(&small, 1, 1500, 2);
	large = small;
	large.caplen = large.len = 3000001;
	large.data = calloc(1, large.caplen);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){2000000, before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(sink_give(sink, &small), 0);
	assert_int_equal(sink_give(sink, &large), -EFBIG);
	rc = sink_end(sink, &unwritten, NULL);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(rc, -EFBIG);
	assert_int_equal(unwritten, 0);
	sink_expect_frames(path, &small, 1, 1);
	free(large.data);
}

static void random_frames_come_back(void **state)
{
	(void)state;
	sink_check_random_frames(&one);
	sink_check_random_frames(&cached);
}

static void size_limits_hold(void **state)
{
	(void)state;
	sink_check_size_limits(&one);
	sink_check_size_limits(&cached);
}

static void packet_limits_hold(void **state)
{
	(void)state;
	sink_check_packet_limits(&one);
	sink_check_packet_limits(&cached);
}

static void space_is_reserved_as_asked(void **state)
{
	(void)state;
	sink_check_reserve(&one);
	sink_check_reserve(&cached);
}

static void write_errors_leave_whole_files(void **state)
{
	(void)state;
	sink_check_write_errors(&one);
	sink_check_write_errors(&cached);
}

static void a_full_device_is_told(void **state)
{
	(void)state;
	sink_check_full_device(&one);
}

static void buffering_is_as_asked(void **state)
{
	(void)state;
	sink_check_buffering(&one);
	sink_check_buffering(&cached);
}

static void pipes_get_every_block(void **state)
{
	(void)state;
	sink_check_pipe(&one);
}

/* An interface that comes up when packets are written already: its description is
 * between them, and counts against the file's limit. */
static void an_interface_can_come_later(void **state)
{
	static const uint8_t data[4] = {1, 2, 3, 4};
	struct frame frame = {.data = (uint8_t *)(uintptr_t)data, .caplen = 4, .len = 4};
	uint8_t idb[256], file[1024];
	size_t idb_bytes = pcapng_put_idb(idb, sizeof(idb), &interfaces[1]);
	size_t epb_bytes = pcapng_epb_bytes(&frame), at = one.header_bytes + epb_bytes;
	uint64_t limit = at + idb_bytes + PCAPNG_ISB_MAX, unwritten;
	uint32_t words[3];
	struct sink *sink;
	FILE *f;

	(void)state;
	sink = sink_open(&one, scratch_at("added"), false, 0);
	assert_int_equal(sink_give(sink, &frame), 0);
	assert_int_equal(sink->ops->add_interface(sink, &interfaces[1]), 0);
	assert_true(sink->dirty);
	frame.interface = 1;
	assert_int_equal(sink_give(sink, &frame), 0);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	f = fopen(scratch_at("added"), "r");
	assert_true(fread(file, 1, sizeof(file), f) > at + idb_bytes + epb_bytes);
	fclose(f);
	assert_memory_equal(file + at, idb, idb_bytes);
	memcpy(words, file + at + idb_bytes, sizeof(words));
	assert_int_equal(words[0], PCAPNG_BLOCK_EPB);
	assert_int_equal(words[2], 1);

	frame.interface = 0;
	sink = sink_open(&one, scratch_at("fits"), false, limit);
	assert_int_equal(sink_give(sink, &frame), 0);
	assert_int_equal(sink->ops->add_interface(sink, &interfaces[1]), 0);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	assert_in_range(sink_file_bytes(scratch_at("fits")), at + idb_bytes, limit);
	sink = sink_open(&one, scratch_at("full"), false, limit - 1);
	assert_int_equal(sink_give(sink, &frame), 0);
	assert_int_equal(sink->ops->add_interface(sink, &interfaces[1]), SINK_FULL);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
}

int main(void)
{
#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, sink_dir_new, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		WITH_DIR(a_file_is_its_blocks_in_order),
		WITH_DIR(an_interface_can_come_later),
		WITH_DIR(what_closes_a_file_leaves_the_queue_alone),
		WITH_DIR(frames_larger_than_the_stage_are_written),
		WITH_DIR(a_large_frame_cut_short_is_removed),
		WITH_DIR(random_frames_come_back),
		WITH_DIR(size_limits_hold),
		WITH_DIR(packet_limits_hold),
		WITH_DIR(space_is_reserved_as_asked),
		WITH_DIR(write_errors_leave_whole_files),
		WITH_DIR(a_full_device_is_told),
		WITH_DIR(buffering_is_as_asked),
		WITH_DIR(pipes_get_every_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
