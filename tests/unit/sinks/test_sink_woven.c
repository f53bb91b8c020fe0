/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pcapng sink over blocks as a ring hands them out, full ones among nearly
 * empty ones, in every mode of writing. Whatever happens the file has to be
 * one chain of blocks to its last byte, with the frames taken or, after a
 * write error, the first of them, and every missing one counted. A block that
 * is let go is overwritten at once, as the kernel would.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/write_queue.h"
#include "frames/weave.h"
#include "scratch.h"
#include "sink_support.h"
#include "sinks/sink_pcapng.h"
#include "synthetic.h"

#define BLOCKS      8u
#define BLOCK_BYTES (512u * 1024u)
#define SPILL_BYTES (16u << 20)
#define RING_BYTES  ((size_t)BLOCKS * BLOCK_BYTES)
#define MOST_FRAMES 20000u
#define MOST_ISBS   1000u
#define BATCH       16u
#define WEAVE_FROM  (128u * 1024u) /* used bytes; blocks with less are copied */

static uint8_t payload[140000];
static const struct pcapng_interface interface = {.linktype = 1, .snaplen = 262144, .tsresol = 9};

/* io_uring can be forbidden: then it is replaced. */
static enum diskio_mode modes[] = {DISKIO_AUTO, DISKIO_DIRECT, DISKIO_URING, DISKIO_BUFFERED};
#define MODES (sizeof(modes) / sizeof(modes[0]))

/* A ring with a sink at its end, and all that went from one to the other. */
static struct rig {
	uint8_t *ring;
	struct block blocks[BLOCKS];
	struct sink *sink;
	struct write_queue *queue; /* shared, or null */
	unsigned moved;            /* blocks so far */
	unsigned seed;
	uint32_t taken;
	struct frame frames[MOST_FRAMES]; /* the sink's, and one it refused */
} rig;

/* A file taken apart. */
static struct chain {
	uint64_t bytes;
	uint32_t epbs, isbs;
	uint64_t epb_ends[MOST_FRAMES];
	struct {
		uint64_t at;
		uint32_t epbs; /* before it */
	} isb[MOST_ISBS];
} chain;

static int make_ring(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + i / 256);
	rig.ring =
		mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return rig.ring == MAP_FAILED;
}

static int dir_new(void **state)
{
	if (sink_dir_new(state) != 0)
		return -1;
	for (size_t m = 0; m < MODES; m++)
		if (!sink_dir_takes(modes[m]))
			modes[m] = DISKIO_BUFFERED;
	return 0;
}

static int open_sink(const struct diskio_config *disk, bool unbuffered, uint64_t max_bytes,
		     struct sink **sink, struct error *err)
{
	const struct sink_pcapng_config config = {
		.disk = *disk,
		.interfaces = &interface,
		.interface_count = 1,
		.unbuffered = unbuffered,
		.max_bytes = max_bytes,
	};

	return sink_pcapng_open(&config, sink, err);
}

static struct sink *next_sink(const char *path, enum diskio_mode mode, bool unbuffered,
			      uint64_t max_bytes)
{
	const struct sink_kind kind = {
		.open = open_sink,
		.disk = {.mode = mode,
			 .ring = rig.ring,
			 .ring_bytes = RING_BYTES,
			 .block_bytes = BLOCK_BYTES,
			 .hold_bytes = SIZE_MAX,
			 .spill_bytes = SPILL_BYTES,
			 .queue = rig.queue},
	};

	return sink_open(&kind, path, unbuffered, max_bytes);
}

static void rig_open(const char *path, enum diskio_mode mode, bool unbuffered, uint64_t max_bytes)
{
	memset(rig.blocks, 0, sizeof(rig.blocks));
	rig.moved = rig.taken = 0;
	rig.seed = 1;
	rig.sink = next_sink(path, mode, unbuffered, max_bytes);
}

static void release(struct block *block)
{
	memset(block->base, 0xee, block->bytes);
}

/* The next block, free once the sink has written what was in it before. */
static struct block *take_block(void)
{
	struct block *block = &rig.blocks[rig.moved % BLOCKS];
	struct pollfd ended = {.fd = rig.sink->event_fd, .events = POLLIN};

	while (block->refs > 0) {
		assert_int_equal(poll(&ended, 1, 10000), 1);
		rig.sink->ops->reap(rig.sink);
	}
	*block = (struct block){
		.base = rig.ring + rig.moved % BLOCKS * (size_t)BLOCK_BYTES,
		.bytes = BLOCK_BYTES,
		.refs = 1,
		.release = release,
	};
	rig.moved++;
	return block;
}

/* Frames until about so many bytes of block are used, or one of caplen. */
static void fill_block(struct block *block, uint32_t bytes, uint32_t caplen)
{
	const struct synthetic_layout layout = {.reserve = 2, .priv_bytes = WEAVE_PRIV_BYTES};
	static struct synthetic_frame in[BLOCK_BYTES / 80];
	uint32_t used = WEAVE_RUN_OFFSET, count;

	for (count = 0; used < bytes || (caplen && count == 0); count++) {
		uint32_t size = rand_r(&rig.seed) % 4 ? 1514 : 9014;

		size = caplen ? caplen : (uint32_t)rand_r(&rig.seed) % size;
		in[count] = (struct synthetic_frame){
			.data = payload + rand_r(&rig.seed) % 60000,
			.caplen = size,
			.len = size + (rand_r(&rig.seed) % 5 ? 0 : 100),
			.mac_bytes = 14,
			.time_ns = 1700000000123456789u + rig.taken * 1000000007ull + count,
			.packet_type = PACKET_OUTGOING,
		};
		used += (84 + size + 7) / 8 * 8;
	}
	memset(block->base, 0xee, block->bytes);
	block->frames = synthetic_block_v3(block->base, block->bytes, &layout, in, count, NULL);
	block->used = block_walk_used(block->base, block->bytes);
}

/* Gives frames, keeping what they were: to be found in payload. */
static int give(struct frame *frames, uint32_t count)
{
	uint32_t taken = 99;
	int rc;

	for (uint32_t i = 0; i < count; i++) {
		struct frame *kept = &rig.frames[rig.taken + i];
		const void *at = NULL;

		frames[i].id = rig.taken + i + 1;
		frames[i].interface = 0;
		frames[i].lost = frames[i].id % 7 ? 0 : 3;
		*kept = frames[i];
		at = memmem(payload, sizeof(payload), frames[i].data, frames[i].caplen);
		assert_non_null(at);
		kept->data = payload + ((const uint8_t *)at - payload);
	}
	rc = rig.sink->ops->frames(rig.sink, frames, count, &taken);
	assert_true(rc == 0 ? taken == count : taken < count);
	rig.taken += taken;
	return rc;
}

/* As the ring thread does it. */
static int move_block(struct block *block)
{
	const struct stats_snapshot stats = {.received = rig.taken, .time_ns = rig.moved};
	struct frame frames[BATCH];
	struct block_walk walk;
	uint32_t count;
	int rc = rig.sink->ops->block_begin(rig.sink, block, &stats);

	assert_int_equal(block_walk_start(&walk, block->base, block->bytes), 0);
	while (rc == 0) {
		for (count = 0; count < BATCH; count++)
			if (block_walk_next(&walk, &frames[count]) != 1)
				break;
		if (count == 0)
			break;
		rc = give(frames, count);
	}
	if (rc >= 0) {
		int ended = rig.sink->ops->block_end(rig.sink, block);

		rc = ended < 0 ? ended : rc;
	}
	block_put(block);
	return rc;
}

/* Full ones, such that are just copied or just not, small ones, empty ones. */
static int move_some_block(void)
{
	static const uint32_t fills[] = {
		BLOCK_BYTES - 20000,
		5000,
		WEAVE_FROM,
		WEAVE_FROM - 10000,
		0,
		BLOCK_BYTES - 20000,
		200000,
		BLOCK_BYTES - 20000,
		50000,
		4200,
		WEAVE_FROM,
		BLOCK_BYTES - 20000,
	};
	struct block *block = take_block();

	fill_block(block, fills[rig.moved % (sizeof(fills) / sizeof(fills[0]))], 0);
	return move_block(block);
}

static int rig_end(uint64_t *unwritten, struct error *err)
{
	int rc = sink_end(rig.sink, unwritten, err);

	for (unsigned i = 0; i < BLOCKS; i++)
		assert_int_equal(rig.blocks[i].refs, 0);
	return rc;
}

/* Takes a file apart: it has to be whole blocks to its last byte. */
static void take_apart(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	const uint8_t *file;

	assert_int_equal(fstat(fd, &st), 0);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(file != MAP_FAILED);
	chain.bytes = (uint64_t)st.st_size;
	chain.epbs = chain.isbs = 0;
	for (uint64_t at = 0; at < chain.bytes;) {
		uint32_t words[2], again;

		assert_true(chain.bytes - at >= 12);
		memcpy(words, file + at, 8);
		assert_true(words[1] >= 12 && words[1] % 4 == 0 && words[1] <= chain.bytes - at);
		memcpy(&again, file + at + words[1] - 4, 4);
		assert_int_equal(again, words[1]);
		if (words[0] == PCAPNG_BLOCK_ISB) {
			chain.isb[chain.isbs].at = at;
			chain.isb[chain.isbs++].epbs = chain.epbs;
		}
		at += words[1];
		if (words[0] == PCAPNG_BLOCK_EPB)
			chain.epb_ends[chain.epbs++] = at;
	}
	munmap((void *)(uintptr_t)file, (size_t)st.st_size);
	close(fd);
}

static void expect_whole_file(const char *path)
{
	take_apart(path);
	assert_int_equal(chain.epbs, rig.taken);
	assert_int_equal(chain.isb[chain.isbs - 1].at, chain.bytes - PCAPNG_ISB_MAX);
	sink_expect_frames(path, rig.frames, rig.taken, 1);
}

static void full_and_empty_blocks_come_back(void **state)
{
	const char *path = scratch_at("mixed");

	(void)state;
	for (size_t m = 0; m < MODES; m++) {
		uint64_t unwritten = 1;
		uint32_t woven = 0;

		rig_open(path, modes[m], false, 0);
		for (int i = 0; i < 40; i++) {
			assert_int_equal(move_some_block(), 0);
			woven += rig.blocks[(rig.moved - 1) % BLOCKS].used >= WEAVE_FROM;
		}
		assert_true(woven > 15);
		assert_int_equal(rig_end(&unwritten, NULL), 0);
		assert_int_equal(unwritten, 0);
		expect_whole_file(path);
		/* One at the start of each run, and the closing one. */
		assert_true(chain.isbs > woven);
	}
}

/* The ISB that fills a unit up before a run takes a unit more where it would
 * not fit, and none where there is nothing to fill. */
static void any_gap_before_a_run(void **state)
{
	const char *path = scratch_at("gap");

	(void)state;
	if (!sink_dir_takes(DISKIO_DIRECT))
		skip();
	for (uint32_t gap = 0; gap <= 48; gap += 4) {
		struct block *block;
		uint64_t unwritten;
		uint32_t at;

		rig_open(path, DISKIO_DIRECT, false, 0);
		at = (uint32_t)rig.sink->bytes;
		block = take_block();
		/* 28 + 28 around the first frame. */
		fill_block(block, 0, 4096 - gap - at - 56);
		assert_int_equal(move_block(block), 0);
		assert_int_equal(rig.sink->bytes, 4096 - gap);
		block = take_block();
		fill_block(block, WEAVE_FROM, 0);
		assert_int_equal(move_block(block), 0);
		assert_int_equal(rig.sink->bytes % 4096, 0);
		assert_int_equal(rig_end(&unwritten, NULL), 0);
		expect_whole_file(path);
		/* Of the gap, the run, and the end. */
		assert_int_equal(chain.isbs, gap ? 3 : 2);
		assert_int_equal(chain.isb[gap ? 1 : 0].at, gap && gap < 24 ? 8192 : 4096);
	}
}

/* Nothing but whole frames within the limit, and no room left for the next. */
static void size_limits_hold(void **state)
{
	const char *path = scratch_at("limit");
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 40; i++) {
		uint64_t most = 1000 + (uint64_t)rand_r(&seed) % 2500000, unwritten = 1;
		int rc;

		rig_open(path, modes[i % MODES], i % 8 > 3, most);
		while ((rc = move_some_block()) == 0)
			;
		assert_int_equal(rc, SINK_FULL);
		assert_int_equal(rig_end(&unwritten, NULL), 0);
		assert_int_equal(unwritten, 0);
		expect_whole_file(path);
		assert_true(chain.bytes <= most);
		assert_true(chain.bytes + pcapng_epb_bytes(&rig.frames[rig.taken]) > most);
	}
}

/* A block whose frames all fit is woven, and of the next one none is taken;
 * with room for one less it is copied up to that. */
static void packet_limits_hold(void **state)
{
	const char *path = scratch_at("packets");

	(void)state;
	for (size_t m = 0; m < MODES; m++) {
		for (int less = -1; less <= 1; less++) {
			uint64_t unwritten = 1;
			struct block *block;
			uint32_t most, woven;

			rig_open(path, modes[m], false, 0);
			block = take_block();
			fill_block(block, BLOCK_BYTES - 20000, 0);
			assert_int_equal(move_block(block), 0);
			block = take_block();
			fill_block(block, BLOCK_BYTES - 20000, 0);
			most = rig.taken + block->frames - (uint32_t)less;
			rig.sink->ops->limit(rig.sink, 0, most);
			assert_int_equal(move_block(block), less == 1 ? SINK_FULL : 0);
			if (less < 1) {
				block = take_block();
				fill_block(block, BLOCK_BYTES - 20000, 0);
				assert_int_equal(move_block(block), SINK_FULL);
			}
			assert_int_equal(rig_end(&unwritten, NULL), 0);
			assert_int_equal(unwritten, 0);
			assert_int_equal(rig.taken, most);
			expect_whole_file(path);
			/* Of the runs, of the gap before the first, and the closing one. */
			woven = less == 1 ? 1 : 2;
			assert_int_equal(chain.isbs, woven + 1 + (modes[m] != DISKIO_BUFFERED));
		}
	}
}

/* One io_uring for all sinks that follow. */
static void rig_share(enum diskio_mode mode)
{
	struct diskio_config config = {.mode = mode,
				       .ring = rig.ring,
				       .ring_bytes = RING_BYTES,
				       .block_bytes = BLOCK_BYTES,
				       .hold_bytes = SIZE_MAX,
				       .spill_bytes = SPILL_BYTES};

	assert_int_equal(diskio_queue_open(&config, NULL), 0);
	rig.queue = config.queue;
}

static void await_idle(struct sink *sink)
{
	struct pollfd ended = {.fd = sink->event_fd, .events = POLLIN};

	while (!sink->ops->idle(sink)) {
		assert_int_equal(poll(&ended, 1, 10000), 1);
		assert_int_equal(rig.sink->ops->reap(rig.sink), 0);
	}
}

static void *finish_sink(void *sink)
{
	uint64_t unwritten = 1;

	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	assert_int_equal(unwritten, 0);
	return NULL;
}

/* The rest of a block in which a file has become full goes to the next file,
 * and so do the blocks after it, woven, while another thread closes the first
 * as soon as nothing of it is on its way. */
static void a_block_goes_on_in_the_next_file(void **state)
{
	const struct stats_snapshot stats = {.received = 5};
	char path[128], next[128];

	(void)state;
	strcpy(path, scratch_at("first"));
	strcpy(next, scratch_at("second"));
	for (size_t m = 0; m < MODES; m++) {
		uint32_t count, before, first = 0, rest, at;
		struct frame frames[BATCH];
		struct block_walk walk;
		struct block *block;
		struct sink *full;
		pthread_t thread;
		uint64_t unwritten;

		rig_share(modes[m]);
		rig_open(path, modes[m], false, 0);
		full = rig.sink;
		block = take_block();
		fill_block(block, BLOCK_BYTES - 20000, 0);
		assert_int_equal(move_block(block), 0);
		block = take_block();
		fill_block(block, BLOCK_BYTES - 20000, 0);
		full->ops->limit(full, 0, rig.taken + block->frames / 3);
		assert_int_equal(full->ops->block_begin(full, block, &stats), 0);
		assert_int_equal(block_walk_start(&walk, block->base, block->bytes), 0);
		do {
			for (count = 0; count < BATCH; count++)
				if (block_walk_next(&walk, &frames[count]) != 1)
					break;
			before = rig.taken;
			if (give(frames, count) == 0)
				continue;
			assert_int_equal(rig.sink->ops->block_end(rig.sink, block), 0);
			assert_int_equal(first, 0);
			first = rig.taken;
			rig.sink = next_sink(next, modes[m], false, 0);
			block->used = 0;
			assert_int_equal(rig.sink->ops->block_begin(rig.sink, block, &stats), 0);
			assert_int_equal(give(frames + first - before, count - (first - before)),
					 0);
		} while (count == BATCH);
		assert_true(first > 0 && rig.taken > first);
		rest = rig.taken - first;
		assert_int_equal(rig.sink->ops->block_end(rig.sink, block), 0);
		block_put(block);
		assert_int_equal(block->refs, 0);
		block = take_block();
		fill_block(block, BLOCK_BYTES - 20000, 0);
		assert_int_equal(move_block(block), 0);
		await_idle(full);
		assert_int_equal(pthread_create(&thread, NULL, finish_sink, full), 0);
		for (int i = 0; i < 24; i++)
			assert_int_equal(move_some_block(), 0);
		pthread_join(thread, NULL);
		assert_int_equal(rig_end(&unwritten, NULL), 0);
		sink_expect_frames(path, rig.frames, first, 1);
		take_apart(next);
		assert_int_equal(chain.epbs, rig.taken - first);
		/* Of the gap where there is one, and of the run. */
		at = modes[m] == DISKIO_BUFFERED ? 0 : 1;
		assert_int_equal(chain.isb[at].epbs, rest);
		sink_expect_frames(next, rig.frames + first, rig.taken - first, 1);
		write_queue_close(rig.queue);
		rig.queue = NULL;
	}
}

static void every_block_is_pushed_if_asked(void **state)
{
	const char *path = scratch_at("pushed");

	(void)state;
	for (size_t m = 0; m < MODES; m++) {
		uint64_t unwritten;

		rig_open(path, modes[m], true, 0);
		for (int i = 0; i < 12; i++) {
			assert_int_equal(move_some_block(), 0);
			assert_false(rig.sink->dirty);
			/* What io_uring has on its way need not be there yet. */
			if (modes[m] != DISKIO_DIRECT && modes[m] != DISKIO_BUFFERED)
				continue;
			take_apart(path);
			assert_int_equal(chain.bytes, rig.sink->bytes);
			assert_int_equal(chain.epbs, rig.taken);
		}
		assert_int_equal(rig_end(&unwritten, NULL), 0);
		expect_whole_file(path);
	}
}

/* Where blocks have no private area of a page nothing is woven. */
static void blocks_that_cannot_be_woven_are_copied(void **state)
{
	const struct synthetic_layout layout = {.reserve = 2};
	const char *path = scratch_at("copied");
	struct synthetic_frame in[3000];
	struct block *block;
	uint64_t unwritten;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++)
		in[i] = (struct synthetic_frame){.data = payload + i,
						 .caplen = 60,
						 .mac_bytes = 14};
	/* Told, and, since the frames themselves show it, not told. */
	for (uint32_t told = 0; told < 2; told++) {
		rig_open(path, DISKIO_DIRECT, false, 0);
		block = take_block();
		synthetic_block_v3(block->base, block->bytes, &layout, in, 3000, NULL);
		block->used = told ? 0 : block_walk_used(block->base, block->bytes);
		assert_int_equal(move_block(block), 0);
		assert_int_equal(rig_end(&unwritten, NULL), 0);
		assert_int_equal(rig.taken, 3000);
		expect_whole_file(path);
	}
}

/* What is woven already when one does not fit moves to the stage, though it be
 * larger than that; the rest of the block follows. */
static void a_run_that_breaks_off_is_copied(void **state)
{
	static const uint32_t places[] = {4180, 50000, 190000, 320004, 390000};
	const char *path = scratch_at("broken");

	(void)state;
	for (size_t m = 0; m < MODES; m++) {
		for (uint32_t bad = 0; bad < 5; bad++) {
			const struct stats_snapshot stats = {.received = 5};
			struct block *block;
			struct frame frames[5];
			uint64_t unwritten;

			rig_open(path, modes[m], false, 0);
			assert_int_equal(move_some_block(), 0);
			assert_int_equal(move_some_block(), 0);
			block = take_block();
			block->used = 450000;
			for (uint32_t i = 0; i < 5; i++) {
				uint32_t next = i < 4 ? places[i + 1] : 450000;

				frames[i] = (struct frame){.data = block->base + places[i]};
				/* Too near to the next one's data. */
				frames[i].caplen = next - places[i] - (i + 1 == bad ? 20 : 200);
				frames[i].len = frames[i].caplen;
				if (bad == 0)
					frames[i].data -= 200;
				memcpy(frames[i].data, payload, frames[i].caplen);
			}
			assert_int_equal(rig.sink->ops->block_begin(rig.sink, block, &stats), 0);
			assert_int_equal(give(frames, 5), 0);
			assert_int_equal(rig.sink->ops->block_end(rig.sink, block), 0);
			block_put(block);
			assert_int_equal(move_some_block(), 0);
			assert_int_equal(rig_end(&unwritten, NULL), 0);
			expect_whole_file(path);
		}
	}
}

/* The frames of blocks that are in a file of that many bytes at most. */
static uint32_t epbs_within(const struct chain *whole, uint64_t bytes)
{
	uint32_t count = 0;

	while (count < whole->epbs && whole->epb_ends[count] <= bytes)
		count++;
	return count;
}

/* And of those, the ones before the run, or the gap, that it ends in. */
static uint32_t epbs_before_run(const struct chain *whole, uint64_t bytes)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < whole->isbs && whole->isb[i].at <= bytes; i++)
		count = whole->isb[i].epbs;
	return count;
}

/*
 * Writes end at bytes into the file. A run that is written by and by is given
 * up as a whole; otherwise not one frame that fits may be missing.
 */
static void check_error_at(const struct chain *whole, enum diskio_mode mode, uint64_t bytes,
			   bool unbuffered)
{
	const char *path = scratch_at("error");
	uint64_t unwritten = 0;
	struct rlimit before, limit;
	struct error err;
	int rc = 0;

	rig_open(path, mode, unbuffered, 0);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){bytes, before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 0; i < 14 && rc == 0; i++)
		rc = move_some_block();
	rc = rig_end(&unwritten, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(err.text, "error: File too large"));
	take_apart(path);
	assert_true(chain.bytes <= bytes);
	assert_int_equal(unwritten, rig.taken - chain.epbs);
	if (mode == DISKIO_DIRECT || mode == DISKIO_BUFFERED)
		assert_int_equal(chain.epbs, epbs_within(whole, bytes));
	else
		assert_in_range(chain.epbs, epbs_before_run(whole, bytes),
				epbs_within(whole, bytes));
	sink_expect_frames(path, rig.frames, chain.epbs, 1);
}

static void write_errors_leave_whole_files(void **state)
{
	static struct chain whole;
	const char *path = scratch_at("whole");
	uint64_t unwritten;
	unsigned seed = 9;

	(void)state;
	for (size_t m = 0; m < MODES; m++) {
		for (int unbuffered = 0; unbuffered < 2; unbuffered++) {
			rig_open(path, modes[m], unbuffered, 0);
			for (int i = 0; i < 14; i++)
				assert_int_equal(move_some_block(), 0);
			assert_int_equal(rig_end(&unwritten, NULL), 0);
			take_apart(path);
			whole = chain;
			for (int i = 0; i < 6; i++) {
				uint64_t at = 100 + (uint64_t)rand_r(&seed) % (whole.bytes - 100);

				check_error_at(&whole, modes[m], at, unbuffered);
				check_error_at(&whole, modes[m], at & ~511ull, unbuffered);
				check_error_at(&whole, modes[m], at & ~4095ull, unbuffered);
			}
			/* Where a run begins, and at the very end. */
			check_error_at(&whole, modes[m], whole.isb[2].at, unbuffered);
			check_error_at(&whole, modes[m], whole.isb[2].at + 1, unbuffered);
			check_error_at(&whole, modes[m], whole.isb[2].at - 1, unbuffered);
			check_error_at(&whole, modes[m], whole.bytes - 1, unbuffered);
		}
	}
}

static void *read_pipe(void *path)
{
	static uint8_t buffer[65536];
	int in = open(path, O_RDONLY), out = open(scratch_at("copy"), O_WRONLY | O_CREAT, 0600);
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			break;
	close(in);
	close(out);
	return NULL;
}

static void pipes_get_runs_too(void **state)
{
	static char path[128], copy[128];
	pthread_t reader;
	uint64_t unwritten = 1;

	(void)state;
	strcpy(path, scratch_at("pipe"));
	strcpy(copy, scratch_at("copy"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_pipe, path), 0);
	rig_open(path, DISKIO_AUTO, false, 0);
	for (int i = 0; i < 30; i++)
		assert_int_equal(move_some_block(), 0);
	assert_int_equal(rig_end(&unwritten, NULL), 0);
	assert_int_equal(unwritten, 0);
	pthread_join(reader, NULL);
	expect_whole_file(copy);
}

int main(void)
{
#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, dir_new, scratch_tear_down)
	const struct CMUnitTest tests[] = {
		WITH_DIR(full_and_empty_blocks_come_back),
		WITH_DIR(any_gap_before_a_run),
		WITH_DIR(size_limits_hold),
		WITH_DIR(packet_limits_hold),
		WITH_DIR(a_block_goes_on_in_the_next_file),
		WITH_DIR(every_block_is_pushed_if_asked),
		WITH_DIR(blocks_that_cannot_be_woven_are_copied),
		WITH_DIR(a_run_that_breaks_off_is_copied),
		WITH_DIR(write_errors_leave_whole_files),
		WITH_DIR(pipes_get_runs_too),
	};

	return cmocka_run_group_tests(tests, make_ring, NULL);
}
