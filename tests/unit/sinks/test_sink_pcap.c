/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pcap sink: its files byte for byte, the size of its writes, and what
 * every file sink has to pass, with both kinds of stamps.
 */
#include "sinks/sink_pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "sink_support.h"

static int open_with(bool nano, const struct diskio_config *disk, bool unbuffered,
		     uint64_t max_bytes, struct sink **sink, struct error *err)
{
	const struct sink_pcap_config config = {
		.disk = *disk,
		.linktype = DLT_EN10MB,
		.snaplen = 262144,
		.nano = nano,
		.unbuffered = unbuffered,
		.max_bytes = max_bytes,
	};

	return sink_pcap_open(&config, sink, err);
}

static int open_micro(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		      struct sink **sink, struct error *err)
{
	return open_with(false, disk, unbuffered, max_bytes, sink, err);
}

static int open_nano(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		     struct sink **sink, struct error *err)
{
	return open_with(true, disk, unbuffered, max_bytes, sink, err);
}

static size_t record_bytes(const struct frame *frame)
{
	return 16 + frame->caplen;
}

static const struct sink_kind micro = {open_micro, record_bytes, 24, 0, 1000, {0}};
static const struct sink_kind nano = {
	open_nano, record_bytes, 24, 0, 1, {.mode = DISKIO_DIRECT},
};
static const struct sink_kind cached = {
	open_nano, record_bytes, 24, 0, 1, {.mode = DISKIO_BUFFERED},
};

static void expect_file(const struct sink_kind *kind, const uint32_t *words, size_t bytes)
{
	uint8_t data[] = {1, 2, 3, 4};
	struct frame frame = {.data = data,
			      .caplen = sizeof(data),
			      .len = 1514,
			      .time_ns = 4000000000987654321u}; /* beyond 2^31 seconds */
	const char *path = scratch_at("exact");
	struct sink *sink = sink_open(kind, path, false, 0);
	uint64_t unwritten;
	uint8_t got[64];
	FILE *f;

	assert_int_equal(sink_give(sink, &frame), 0);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	f = fopen(path, "r");
	assert_int_equal(fread(got, 1, sizeof(got), f), bytes);
	assert_memory_equal(got, words, bytes);
	fclose(f);
}

static void files_are_exact(void **state)
{
	uint32_t words[11] = {0xa1b2c3d4, 0, 0, 0, 262144, 1, 4000000000u, 987654, 4, 1514, 0};

	(void)state;
	memcpy(&words[1], (const uint16_t[]){2, 4}, 4);
	memcpy(&words[10], (const uint8_t[]){1, 2, 3, 4}, 4);
	expect_file(&micro, words, sizeof(words));
	words[0] = 0xa1b23c4d;
	words[7] = 987654321;
	expect_file(&nano, words, sizeof(words));
}

/*
 * What the dumper formats goes out a stage at a time, whatever the frames'
 * sizes. The stage begins at the file's first byte, or behind the header.
 */
static void check_chunks(const struct sink_kind *kind, uint64_t base)
{
	const char *path = scratch_at("chunks");
	struct sink *sink = sink_open(kind, path, false, 0);
	uint64_t taken = 24, unwritten, written;
	struct frame frames[100];

	sink_frames_make(frames, 100, 9000, 8);
	for (int i = 0; i < 6000; i++) {
		assert_int_equal(sink_give(sink, &frames[i % 100]), 0);
		taken += record_bytes(&frames[i % 100]);
		/* One filled to the brim goes out with the next frame. */
		written = base + (taken - 1 - base) / DISKIO_STAGE_BYTES * DISKIO_STAGE_BYTES;
		assert_int_equal(sink_file_bytes(path), written < 24 ? 24 : written);
	}
	assert_true(taken > 3 * DISKIO_STAGE_BYTES);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	assert_int_equal(sink_file_bytes(path), taken);
}

static void writes_are_whole_stages(void **state)
{
	(void)state;
	check_chunks(&cached, 24);
	if (!sink_dir_takes(DISKIO_DIRECT))
		skip();
	check_chunks(&nano, 0);
}

/* Up to half the stage's size, at every place in it. */
static void check_large_frames(const struct sink_kind *kind)
{
	enum { COUNT = 200, MOST = DISKIO_STAGE_BYTES / 2 };
	const char *path = scratch_at("large");
	struct sink *sink = sink_open(kind, path, false, 0);
	uint8_t *data = malloc(MOST + COUNT), *got = malloc(MOST);
	struct frame frames[COUNT];
	uint64_t unwritten, at = 24;
	unsigned seed = 3;
	FILE *f;

	for (size_t i = 0; i < MOST + COUNT; i++)
		data[i] = (uint8_t)(i % 253);
	for (uint32_t i = 0; i < COUNT; i++) {
		const uint32_t caplen = MOST - (uint32_t)rand_r(&seed) % (MOST >> i % 20);

		frames[i] = (struct frame){.data = data + i, .caplen = caplen, .len = caplen};
		assert_int_equal(sink_give(sink, &frames[i]), 0);
	}
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	f = fopen(path, "r");
	for (uint32_t i = 0; i < COUNT; i++) {
		fseek(f, (long)at + 16, SEEK_SET);
		assert_int_equal(fread(got, 1, frames[i].caplen, f), frames[i].caplen);
		assert_memory_equal(got, frames[i].data, frames[i].caplen);
		at += record_bytes(&frames[i]);
	}
	assert_int_equal(sink_file_bytes(path), at);
	fclose(f);
	free(got);
	free(data);
}

static void larger_ones_are_refused(void **state)
{
	const uint32_t most = DISKIO_STAGE_BYTES / 2;
	const char *path = scratch_at("larger");
	struct sink *sink = sink_open(&nano, path, false, 0);
	struct frame frame = {.data = calloc(1, most + 1), .caplen = most, .len = most + 1};
	uint64_t unwritten = 9;
	struct error err;

	(void)state;
	assert_int_equal(sink_give(sink, &frame), 0);
	frame.caplen++;
	assert_int_equal(sink_give(sink, &frame), -EMSGSIZE);
	assert_int_equal(sink_end(sink, &unwritten, &err), -EMSGSIZE);
	assert_non_null(strstr(err.text, "larger: Message too long"));
	assert_int_equal(sink_file_bytes(path) + unwritten * (16 + most), 24 + 16 + most);
	free(frame.data);
}

static void large_frames_are_written(void **state)
{
	(void)state;
	check_large_frames(&nano);
	check_large_frames(&cached);
}

static void unknown_link_types_are_refused(void **state)
{
	struct sink_pcap_config config = {.linktype = 77777, .snaplen = 100};
	struct sink *sink;
	struct error err;

	(void)state;
	assert_int_equal(outfile_open("/dev/null", 0600, &config.disk.file, NULL), 0);
	assert_int_equal(sink_pcap_open(&config, &sink, &err), -EINVAL);
	assert_non_null(strstr(err.text, "77777"));
	assert_int_equal(outfile_close(config.disk.file), 0);
}

static void random_frames_come_back(void **state)
{
	(void)state;
	sink_check_random_frames(&micro);
	sink_check_random_frames(&nano);
	sink_check_random_frames(&cached);
}

static void size_limits_hold(void **state)
{
	(void)state;
	sink_check_size_limits(&micro);
}

static void packet_limits_hold(void **state)
{
	(void)state;
	sink_check_packet_limits(&micro);
	sink_check_packet_limits(&nano);
}

static void space_is_reserved_as_asked(void **state)
{
	(void)state;
	sink_check_reserve(&nano);
	sink_check_reserve(&cached);
}

static void write_errors_leave_whole_files(void **state)
{
	(void)state;
	sink_check_write_errors(&nano);
	sink_check_write_errors(&cached);
}

static void a_full_device_is_told(void **state)
{
	(void)state;
	sink_check_full_device(&micro);
}

static void buffering_is_as_asked(void **state)
{
	(void)state;
	sink_check_buffering(&micro);
	sink_check_buffering(&cached);
}

static void pipes_get_every_block(void **state)
{
	(void)state;
	sink_check_pipe(&micro);
}

int main(void)
{
#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, sink_dir_new, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		WITH_DIR(files_are_exact),
		WITH_DIR(writes_are_whole_stages),
		WITH_DIR(large_frames_are_written),
		WITH_DIR(larger_ones_are_refused),
		WITH_DIR(unknown_link_types_are_refused),
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
