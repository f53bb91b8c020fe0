/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pcapng sink with frames of files: what every file sink has to pass, options across
 * the end of its buffer and larger than that, and what comes between packets.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frames/pcapng_copy.h"
#include "scratch.h"
#include "sink_support.h"
#include "sinks/sink_pcapng.h"

#define LARGE (3u << 20)

static uint8_t *large;
static _Atomic unsigned left;

static struct pcapng_interface interface_of(uint32_t snaplen, size_t options)
{
	return (struct pcapng_interface){
		.linktype = 1,
		.snaplen = snaplen,
		.ticks = pcapng_ticks_make(9, 0),
		.copied = large,
		.copied_bytes = options,
	};
}

static int open_of(const struct pcapng_interface *interface, const struct diskio_config *disk,
		   bool unbuffered, uint64_t max_bytes, struct sink **sink, struct error *err)
{
	const struct sink_pcapng_config config = {
		.disk = *disk,
		.section = {.copied = large, .copied_bytes = 0},
		.interfaces = interface,
		.interface_count = 1,
		.copies = true,
		.left = &left,
		.unbuffered = unbuffered,
		.max_bytes = max_bytes,
	};

	return sink_pcapng_open(&config, sink, err);
}

static int open_one(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		    struct sink **sink, struct error *err)
{
	/* if_tsresol */
	static const uint8_t options[8] = {9, 0, 1, 0, 9};
	struct pcapng_interface interface = interface_of(262144, sizeof(options));

	memcpy(large, options, sizeof(options));
	return open_of(&interface, disk, unbuffered, max_bytes, sink, err);
}

static size_t record_bytes(const struct frame *frame)
{
	const size_t padded = (frame->caplen + 3u) & ~(size_t)3;

	return 28 + padded + (frame->lost ? 12 + 4 : 0) + 4;
}

/* SHB 28, IDB 20 + 8 + 4. */
static const struct sink_kind one = {open_one, record_bytes, 60, 0, 1, {.mode = DISKIO_DIRECT}};
static const struct sink_kind cached = {open_one, record_bytes,
					60,       0,
					1,        {.mode = DISKIO_BUFFERED}};

static int set_up(void **state)
{
	large = calloc(1, LARGE);
	left = 0;
	return large ? sink_dir_new(state) : -1;
}

static int tear_down(void **state)
{
	free(large);
	return scratch_tear_down(state);
}

static void as_every_sink(void **state)
{
	(void)state;
	sink_check_random_frames(&one);
	sink_check_random_frames(&cached);
	sink_check_size_limits(&one);
	sink_check_packet_limits(&one);
	sink_check_write_errors(&one);
	sink_check_write_errors(&cached);
	sink_check_full_device(&one);
	sink_check_pipe(&one);
}

/* Comments of so many bytes altogether, with their headers. */
static void put_comments(uint8_t *at, size_t bytes)
{
	while (bytes > 0) {
		const uint16_t head[2] = {1, (uint16_t)((bytes < 60004 ? bytes : 60004) - 4)};

		memcpy(at, head, sizeof(head));
		memset(at + 4, 'a' + (int)(bytes % 26), head[1]);
		at += 4 + head[1];
		bytes -= 4 + (size_t)head[1];
	}
}

static uint8_t *read_file(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "r");
	uint8_t *got = malloc(8u << 20);

	*bytes = fread(got, 1, 8u << 20, f);
	fclose(f);
	return got;
}

/* Of an interface, and of packets, with what is before and behind them. */
static void options_larger_than_the_stage(void **state)
{
	const size_t sizes[] = {8, 100000, 1000000, 1100000, 2000000, 24};
	const struct diskio_config *disks[] = {&one.disk, &cached.disk};
	uint8_t *block = malloc(LARGE), *got;
	size_t at, bytes;
	struct outfile *file;
	struct sink *sink;
	struct error err;

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		struct diskio_config disk = *disks[kind];
		struct pcapng_interface interface = interface_of(262144, 1200000);

		put_comments(large, 1200000);
		assert_int_equal(outfile_open(scratch_at("large"), 0600, &file, &err), 0);
		disk.file = file;
		assert_int_equal(open_of(&interface, &disk, false, 0, &sink, &err), 0);
		assert_int_equal(outfile_publish(file, &err), 0);
		for (size_t i = 0; i < 6; i++) {
			const uint32_t words[7] = {6, (uint32_t)(28 + 4 + sizes[i] + 8), 0, 1, 2, 4,
						   4};
			struct frame frame = {.data = block + 28,
					      .caplen = 4,
					      .len = 4,
					      .block = block};

			memcpy(block, words, sizeof(words));
			memcpy(block + 28, "data", 4);
			put_comments(block + 32, sizes[i]);
			memset(block + 32 + sizes[i], 0, 4);
			memcpy(block + 32 + sizes[i] + 4, &words[1], 4);
			assert_int_equal(sink_give(sink, &frame), 0);
		}
		assert_int_equal(sink_end(sink, &(uint64_t){0}, &err), 0);
		got = read_file(scratch_at("large"), &bytes);
		at = 28;
		assert_memory_equal(got + at + 16, large, 1200000);
		at += 20 + 1200000 + 4;
		for (size_t i = 0; i < 6; i++) {
			put_comments(block, sizes[i]);
			assert_memory_equal(got + at + 32, block, sizes[i]);
			at += 28 + 4 + sizes[i] + 8;
		}
		assert_int_equal(bytes, at);
		free(got);
	}
	free(block);
}

static struct pcapng_block block_of(bool lasting)
{
	static uint8_t bytes[40] = {5, 0, 0, 0, 40, [36] = 40};

	return (struct pcapng_block){bytes, sizeof(bytes), lasting};
}

static void blocks_between_packets(void **state)
{
	const struct pcapng_block passing = block_of(false), lasting = block_of(true);
	static uint8_t data[4] = "data";
	struct frame frame = {.data = data, .caplen = 4, .len = 4};
	uint64_t unwritten;
	struct sink *sink;
	uint8_t *got;
	size_t bytes;

	(void)state;
	sink = sink_open(&one, scratch_at("blocks"), false, 60 + 36 + 40);
	assert_int_equal(sink_give(sink, &frame), 0);
	assert_int_equal(sink->ops->add_block(sink, &passing), 0);
	assert_int_equal(left, 0);
	/* There is no room for more. */
	assert_int_equal(sink->ops->add_block(sink, &passing), 0);
	assert_int_equal(left, PCAPNG_LEFT_ROOM);
	assert_int_equal(sink->ops->add_block(sink, &lasting), SINK_FULL);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	got = read_file(scratch_at("blocks"), &bytes);
	assert_int_equal(bytes, 60 + 36 + 40);
	assert_memory_equal(got + 60 + 36, passing.bytes, 40);
	free(got);
}

/* The header's number is the largest there is, of what was said and what there was. */
static void snapshot_length(void **state)
{
	static const struct {
		uint32_t first, second, caplen, want[2];
	} cases[] = {
		{96, 96, 60, {96, 96}},    {96, 96, 400, {400, 400}},  {96, 200, 60, {200, 200}},
		{200, 96, 60, {200, 200}}, {96, 200, 400, {400, 400}}, {0, 96, 400, {0, 0}},
		{96, 0, 400, {0, 0}},
	};
	static uint8_t data[400];
	uint32_t got[2];
	uint8_t *file;
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pcapng_interface first = interface_of(cases[i].first, 0);
		const struct pcapng_interface second = interface_of(cases[i].second, 0);
		struct frame frame = {.data = data, .caplen = cases[i].caplen, .len = 400};
		struct diskio_config disk = one.disk;
		struct sink *sink;
		struct error err;

		assert_int_equal(outfile_open(scratch_at("snap"), 0600, &disk.file, &err), 0);
		assert_int_equal(open_of(&first, &disk, false, 0, &sink, &err), 0);
		assert_int_equal(outfile_publish(disk.file, &err), 0);
		assert_int_equal(sink->ops->add_interface(sink, &second), 0);
		assert_int_equal(sink_give(sink, &frame), 0);
		assert_int_equal(sink_end(sink, &(uint64_t){0}, &err), 0);
		file = read_file(scratch_at("snap"), &bytes);
		memcpy(&got[0], file + 28 + 12, 4);
		memcpy(&got[1], file + 28 + 20 + 12, 4);
		assert_int_equal(got[0], cases[i].want[0]);
		assert_int_equal(got[1], cases[i].want[1]);
		free(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_every_sink),
		cmocka_unit_test(options_larger_than_the_stage),
		cmocka_unit_test(blocks_between_packets),
		cmocka_unit_test(snapshot_length),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
