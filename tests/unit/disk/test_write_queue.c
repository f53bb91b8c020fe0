/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several files that share one queue, by io_uring and by threads: their bytes keep apart,
 * and so do their failures; one with nothing on its way can do without the others. What
 * the ring is not to hold goes through the spill, and comes out the same.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/diskio.h"
#include "disk/write_queue.h"
#include "fault.h"
#include "scratch.h"

#define BLOCK_BYTES 65536u
#define BLOCKS      8u
#define RUN_BYTES   8192u
#define FILE_MOST   (16u << 20)
#define SPILL_BYTES (4u << 20)

/* One of the files. What is in it follows from its number and the offset. */
struct one {
	uint8_t number;
	char path[16];
	struct outfile *file;
	struct diskio *io;
};

static uint8_t *ring;
static struct block blocks[BLOCKS];
static unsigned held;
static struct diskio_config config;

static uint8_t byte_of(const struct one *one, uint64_t offset)
{
	return (uint8_t)(offset * 2654435761u >> 13) ^ one->number;
}

static void release(struct block *block)
{
	held--;
	memset(block->base, 0xee, BLOCK_BYTES);
}

static void one_open(struct one *one, uint8_t number)
{
	*one = (struct one){.number = number};
	snprintf(one->path, sizeof(one->path), "file%u", number);
	assert_int_equal(outfile_open(one->path, 0600, &one->file, NULL), 0);
	assert_int_equal(outfile_publish(one->file, NULL), 0);
	config.file = one->file;
	assert_int_equal(diskio_open(&config, &one->io, NULL), 0);
	/* Without headers: from now on its writes go into the queue. */
	assert_int_equal(diskio_settle(one->io), 0);
}

/* A run of it goes out behind our backs. */
static int one_run(struct one *one)
{
	struct block *block = blocks;
	int rc;

	while (block->refs > 0)
		assert_true(++block < blocks + BLOCKS);
	block->refs = 1;
	held++;
	for (size_t i = 0; i < RUN_BYTES; i++)
		block->base[i] = byte_of(one, diskio_size(one->io) + i);
	rc = diskio_write_run(one->io, block->base, RUN_BYTES, block, diskio_size(one->io) + 7);
	block_put(block);
	return rc;
}

/* The same behind what is no whole unit. */
static int one_run_after_gap(struct one *one)
{
	const size_t gap = diskio_gap(one->io);
	int rc;

	for (size_t i = 0; i < gap; i++)
		diskio_at(one->io)[i] = byte_of(one, diskio_size(one->io) + i);
	rc = diskio_add(one->io, gap);
	return rc < 0 ? rc : one_run(one);
}

/* A unit by way of the stage. */
static int one_unit(struct one *one)
{
	for (size_t i = 0; i < DISKIO_UNIT; i++)
		diskio_at(one->io)[i] = byte_of(one, diskio_size(one->io) + i);
	return diskio_add(one->io, DISKIO_UNIT);
}

static void one_close(struct one *one)
{
	diskio_close(one->io);
	assert_int_equal(outfile_close(one->file), 0);
}

/* The file has these bytes, all of them its own, and no others. */
static void one_expect(const struct one *one, uint64_t bytes)
{
	static uint8_t got[FILE_MOST];
	FILE *f = fopen(one->path, "r");

	assert_non_null(f);
	assert_int_equal(fread(got, 1, FILE_MOST, f), bytes);
	fclose(f);
	for (uint64_t i = 0; i < bytes; i++)
		assert_int_equal(got[i], byte_of(one, i));
}

/* Waits for every write of it, taking in those of others. */
static void one_await(const struct one *one, struct diskio *by)
{
	struct pollfd ended = {.fd = diskio_fd(by), .events = POLLIN};

	while (!diskio_idle(one->io)) {
		assert_int_equal(poll(&ended, 1, 10000), 1);
		diskio_reap(by);
	}
}

static void files_share_it(void **state)
{
	struct one one, two, three;
	uint64_t bytes;

	(void)state;
	if (!config.queue)
		skip();
	one_open(&one, 1);
	one_open(&two, 2);
	assert_int_equal(diskio_fd(one.io), write_queue_fd(config.queue));
	assert_int_equal(diskio_fd(two.io), write_queue_fd(config.queue));
	for (int i = 0; i < 60; i++) {
		assert_int_equal(one_run(i % 3 ? &one : &two), 0);
		if (i % 7 == 0)
			assert_int_equal(one_unit(&two), 0);
		if (i % 5 == 0)
			assert_int_equal(diskio_reap(one.io), 0);
	}
	/* A third comes, the first goes. */
	one_open(&three, 3);
	assert_int_equal(one_run(&three), 0);
	bytes = diskio_size(one.io);
	assert_int_equal(diskio_finish(one.io), 0);
	one_close(&one);
	one_expect(&one, bytes);
	for (int i = 0; i < 20; i++)
		assert_int_equal(one_run(i % 2 ? &two : &three), 0);
	bytes = diskio_size(three.io);
	assert_int_equal(diskio_finish(three.io), 0);
	one_close(&three);
	one_expect(&three, bytes);
	bytes = diskio_size(two.io);
	assert_int_equal(diskio_finish(two.io), 0);
	one_close(&two);
	one_expect(&two, bytes);
	assert_int_equal(held, 0);
}

static void an_idle_file_is_on_its_own(void **state)
{
	struct write_mark mark;
	uint64_t bytes, written;
	struct one one, two;

	(void)state;
	if (!config.queue)
		skip();
	one_open(&one, 1);
	one_open(&two, 2);
	assert_true(diskio_idle(one.io));
	assert_int_equal(one_run(&one), 0);
	assert_false(diskio_idle(one.io));
	assert_true(diskio_idle(two.io));
	assert_int_equal(one_run(&two), 0);
	one_await(&one, two.io);
	/* More of another's may be on their way for ever. */
	assert_int_equal(one_run(&two), 0);
	assert_false(diskio_idle(two.io));
	assert_int_equal(one_unit(&one), 0);
	bytes = diskio_size(one.io);
	assert_int_equal(diskio_finish(one.io), 0);
	assert_false(diskio_failure(one.io, &written, &mark));
	assert_int_equal(written, bytes);
	assert_false(diskio_idle(two.io));
	assert_true(held > 0);
	one_close(&one);
	one_expect(&one, bytes);

	/* The other is gone, and was not needed. */
	one_open(&one, 1);
	assert_int_equal(one_run(&one), 0);
	one_await(&one, one.io);
	one_await(&two, one.io);
	one_close(&two);
	assert_int_equal(diskio_finish(one.io), 0);
	assert_false(diskio_failure(one.io, &written, &mark));
	one_close(&one);
	one_expect(&one, RUN_BYTES);
}

/* The second write to one of them fails, in any way. */
static void check_failure(const struct fault *fault)
{
	struct write_mark mark;
	uint64_t bytes, written;
	struct one bad, good;
	int rc;

	one_open(&bad, 1);
	one_open(&good, 2);
	fault_arm(fault);
	assert_int_equal(one_run(&bad), 0);
	assert_int_equal(one_run(&good), 0);
	one_await(&bad, good.io);
	one_await(&good, good.io);
	rc = one_run(&bad);
	assert_int_equal(rc, 0);
	one_await(&bad, good.io);
	assert_true(fault_disarm());
	for (int i = 0; i < 30; i++)
		assert_int_equal(one_run(&good), 0);
	one_await(&bad, good.io);
	assert_int_equal(diskio_reap(good.io), 0);
	assert_int_equal(diskio_reap(bad.io), -fault->error);
	written = diskio_size(bad.io);
	assert_int_equal(one_run(&bad), -fault->error);
	assert_int_equal(diskio_size(bad.io), written);
	assert_true(diskio_failure(bad.io, &written, &mark));
	assert_int_equal(written, RUN_BYTES);
	assert_int_equal(mark.bytes, RUN_BYTES);
	assert_int_equal(mark.frames, RUN_BYTES + 7);
	assert_int_equal(diskio_finish(bad.io), -fault->error);
	/* Nothing of what failed has come after all. */
	one_close(&bad);
	one_expect(&bad, RUN_BYTES);

	bytes = diskio_size(good.io);
	assert_int_equal(bytes, 31 * RUN_BYTES);
	assert_false(diskio_failure(good.io, &written, &mark));
	assert_in_range(written, 0, bytes);
	assert_int_equal(diskio_finish(good.io), 0);
	one_close(&good);
	one_expect(&good, bytes);
	assert_int_equal(held, 0);
}

static void one_that_fails_fails_alone(void **state)
{
	(void)state;
	if (!config.queue)
		skip();
	check_failure(&(struct fault){.nth = 3, .error = EIO, .direct = true});
	check_failure(&(struct fault){.nth = 3, .error = ENOSPC, .direct = true});
	if (write_queue_way(config.queue) == WRITE_URING)
		check_failure(&(struct fault){.nth = 3,
					      .error = ENOMEM,
					      .direct = true,
					      .at_submit = true});
}

/* Writes the kernel does not even take are no burden on those that follow. */
static void refused_writes_leave_nothing_behind(void **state)
{
	struct one good, bad;

	(void)state;
	if (!config.queue || write_queue_way(config.queue) != WRITE_URING)
		skip();
	one_open(&good, 2);
	for (unsigned i = 0; i < 3 * WRITE_QUEUE_DEPTH; i++) {
		one_open(&bad, 1);
		fault_arm(&(struct fault){.nth = 1,
					  .count = FAULT_FOR_GOOD,
					  .error = ENOMEM,
					  .at_submit = true});
		assert_int_equal(one_run(&bad), 0);
		assert_true(one_run(&bad) < 0);
		assert_true(fault_disarm());
		assert_true(diskio_idle(bad.io));
		one_close(&bad);
		one_expect(&bad, 0);
	}
	for (unsigned i = 0; i < 3 * WRITE_QUEUE_DEPTH; i++)
		assert_int_equal(one_run(&good), 0);
	assert_int_equal(diskio_finish(good.io), 0);
	/* Neither a write, nor anything to wake up for. */
	assert_int_equal(diskio_reap(good.io), 0);
	assert_int_equal(poll(&(struct pollfd){.fd = diskio_fd(good.io), .events = POLLIN}, 1, 0),
			 0);
	one_close(&good);
	one_expect(&good, 3 * WRITE_QUEUE_DEPTH * RUN_BYTES);
}

/* Who asks for none gets none. */
static void it_is_opened_where_asked_for(void **state)
{
	static const enum diskio_mode without[] = {DISKIO_DIRECT, DISKIO_BUFFERED};
	struct diskio_config c = config;

	(void)state;
	c.file = NULL;
	for (size_t i = 0; i < 2; i++) {
		c.mode = without[i];
		assert_int_equal(diskio_queue_open(&c, NULL), 0);
		assert_null(c.queue);
		assert_int_equal(c.mode, without[i]);
	}
	/* Formatted by copy, nothing comes from a ring. */
	c.ring = NULL;
	c.mode = DISKIO_AUTO;
	assert_int_equal(diskio_queue_open(&c, NULL), 0);
	assert_non_null(c.queue);
	write_queue_close(c.queue);
}

/* Files that take no direct writes leave it alone. */
static void other_files_do_without(void **state)
{
	struct diskio_config c = config;
	struct diskio *io;

	(void)state;
	if (!config.queue)
		skip();
	assert_int_equal(outfile_open("/dev/null", 0600, &c.file, NULL), 0);
	c.mode = DISKIO_AUTO;
	assert_int_equal(diskio_open(&c, &io, NULL), 0);
	assert_int_equal(diskio_mode(io), DISKIO_BUFFERED);
	assert_int_equal(diskio_fd(io), -1);
	assert_true(diskio_idle(io));
	assert_int_equal(diskio_reap(io), 0);
	diskio_close(io);
	c.mode = DISKIO_URING;
	assert_int_equal(diskio_open(&c, &io, NULL), -EINVAL);
	assert_int_equal(outfile_close(c.file), 0);
}

/* --- memory behind the ring --------------------------------------------------- */

/* The disk takes nothing for a while: blocks come back all the same, nothing is lost or
 * out of order, and the memory goes back. */
static void what_the_ring_cannot_hold_is_spilled(void **state)
{
	struct spill *spill;
	struct one one, two;
	uint64_t bytes;

	(void)state;
	if (!config.queue)
		skip();
	spill = write_queue_spill(config.queue);
	one_open(&one, 1);
	one_open(&two, 2);
	fault_slow(50000);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(one_run(i % 3 ? &one : &two), 0);
		assert_true(held <= BLOCKS / 2);
	}
	if (write_queue_way(config.queue) == WRITE_THREADS)
		assert_int_equal(held, BLOCKS / 2);
	assert_true(spill_most(spill) <= spill_bound(spill));
	fault_slow(0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(one_run(&one), 0);
	bytes = diskio_size(one.io);
	assert_int_equal(diskio_finish(one.io), 0);
	one_close(&one);
	one_expect(&one, bytes);
	bytes = diskio_size(two.io);
	assert_int_equal(diskio_finish(two.io), 0);
	one_close(&two);
	one_expect(&two, bytes);
	assert_int_equal(held, 0);
	assert_int_equal(spill_used(spill), 0);
}

/* What is less than a unit waits for what is before it, and not its giver for the disk. */
static void a_push_waits_for_no_disk(void **state)
{
	struct one one;

	(void)state;
	if (!config.queue)
		skip();
	one_open(&one, 1);
	fault_slow(200000);
	assert_int_equal(one_run(&one), 0);
	for (size_t i = 0; i < 100; i++)
		diskio_at(one.io)[i] = byte_of(&one, RUN_BYTES + i);
	assert_int_equal(diskio_add(one.io, 100), 0);
	assert_int_equal(diskio_push(one.io), 0);
	if (write_queue_way(config.queue) == WRITE_THREADS) {
		assert_false(diskio_idle(one.io));
		one_expect(&one, 0);
	}
	one_await(&one, one.io);
	assert_int_equal(diskio_written(one.io), RUN_BYTES + 100);
	one_expect(&one, RUN_BYTES + 100);
	/* Of what went on its way meanwhile nothing is left to be pushed. */
	assert_int_equal(one_run_after_gap(&one), 0);
	assert_int_equal(diskio_push(one.io), 0);
	one_await(&one, one.io);
	fault_slow(0);
	assert_int_equal(diskio_finish(one.io), 0);
	one_close(&one);
	one_expect(&one, DISKIO_UNIT + 2 * RUN_BYTES);
}

/* Where a hole could not be told from data there never is one: one write at a time. */
static void in_order_one_follows_the_other(void **state)
{
	struct one one;
	uint64_t bytes;

	(void)state;
	for (int in_order = 0; in_order < 2; in_order++) {
		config.in_order = in_order;
		one_open(&one, 1);
		fault_slow(20000);
		for (int i = 0; i < 12; i++)
			assert_int_equal(one_run(&one), 0);
		one_await(&one, one.io);
		if (in_order)
			assert_int_equal(fault_slow_at_once(), 1);
		else
			assert_in_range(fault_slow_at_once(), 2, 4);
		fault_slow(0);
		bytes = diskio_size(one.io);
		assert_int_equal(diskio_finish(one.io), 0);
		one_close(&one);
		one_expect(&one, bytes);
	}
}

/* A ring that would not last while a write stands still is not held on to. */
static void a_ring_that_would_not_last_is_copied(void **state)
{
	struct write_queue_config c = {
		.way = WRITE_THREADS,
		.ring = ring,
		.ring_bytes = config.ring_bytes,
		.block_bytes = BLOCK_BYTES,
		.hold_bytes = config.ring_bytes,
		.spill_bytes = SPILL_BYTES,
	};
	struct write_queue *queue;

	(void)state;
	assert_int_equal(write_queue_open(&c, &queue), 0);
	/* Half a megabyte lasts for long at some kilobytes in 100 ms, */
	for (int i = 0; i < 3; i++) {
		usleep(100000);
		assert_false(write_queue_would_copy(queue, 4096));
	}
	/* but not for as long as a file system is frozen at some more, */
	for (int i = 0; i < 2; i++) {
		usleep(100000);
		write_queue_would_copy(queue, c.ring_bytes / 20);
	}
	assert_true(write_queue_would_copy(queue, 4096));
	for (int i = 0; i < 2; i++) {
		usleep(100000);
		write_queue_would_copy(queue, 4096);
	}
	/* nor at its size in an instant; */
	assert_true(write_queue_would_copy(queue, c.ring_bytes));
	assert_true(write_queue_would_copy(queue, 4096));
	/* and again when that is over. */
	usleep(200000);
	write_queue_would_copy(queue, 4096);
	usleep(100000);
	assert_false(write_queue_would_copy(queue, 4096));
	write_queue_close(queue);
	/* Without memory of a ring there is nothing to hold. */
	c.hold_bytes = 0;
	assert_int_equal(write_queue_open(&c, &queue), 0);
	usleep(100000);
	assert_true(write_queue_would_copy(queue, 4096));
	write_queue_close(queue);
}

/* More than ring and memory take: it is waited for, and all is there. */
static void beyond_its_bound_it_is_waited_for(void **state)
{
	struct spill *spill;
	struct one one;
	uint64_t bytes;

	(void)state;
	if (!config.queue)
		skip();
	spill = write_queue_spill(config.queue);
	one_open(&one, 1);
	fault_slow(10000000);
	while (diskio_size(one.io) < 15u << 20) {
		assert_int_equal(one_run(&one), 0);
		assert_true(spill_used(spill) <= spill_bound(spill));
		if (spill_used(spill) == spill_bound(spill))
			fault_slow(100000);
	}
	if (write_queue_way(config.queue) == WRITE_THREADS)
		assert_int_equal(spill_most(spill), spill_bound(spill));
	fault_slow(0);
	bytes = diskio_size(one.io);
	assert_int_equal(diskio_finish(one.io), 0);
	one_close(&one);
	one_expect(&one, bytes);
	assert_int_equal(spill_used(spill), 0);
}

/* --- set-up ------------------------------------------------------------------ */

static int share_by(enum write_queue_way way)
{
	struct one one;
	struct write_queue_config queue;

	config = (struct diskio_config){
		.mode = way == WRITE_URING ? DISKIO_URING : DISKIO_AUTO,
		.hold_bytes = SIZE_MAX,
		.spill_bytes = SPILL_BYTES,
		.ring = ring,
		.ring_bytes = BLOCKS * BLOCK_BYTES,
		.block_bytes = BLOCK_BYTES,
	};
	held = 0;
	for (unsigned i = 0; i < BLOCKS; i++)
		blocks[i] = (struct block){.base = ring + i * (size_t)BLOCK_BYTES,
					   .bytes = BLOCK_BYTES,
					   .release = release};
	queue = (struct write_queue_config){
		.way = way,
		.ring = ring,
		.ring_bytes = config.ring_bytes,
		.block_bytes = BLOCK_BYTES,
		.hold_bytes = SIZE_MAX,
		.spill_bytes = SPILL_BYTES,
	};
	if (write_queue_open(&queue, &config.queue) < 0)
		return 0;
	/* It, or direct writes, may be forbidden. */
	assert_int_equal(outfile_open("file1", 0600, &one.file, NULL), 0);
	config.file = one.file;
	if (diskio_open(&config, &one.io, NULL) < 0) {
		write_queue_close(config.queue);
		config.queue = NULL;
	} else {
		diskio_close(one.io);
	}
	return outfile_close(one.file);
}

static int share_uring(void **state)
{
	(void)state;
	return share_by(WRITE_URING);
}

static int share_threads(void **state)
{
	(void)state;
	return share_by(WRITE_THREADS);
}

static int unshare(void **state)
{
	(void)state;
	write_queue_close(config.queue);
	return 0;
}

static int make_directory(void **state)
{
	(void)state;
	ring = aligned_alloc(BLOCK_BYTES, BLOCKS * BLOCK_BYTES);
	return !ring || scratch_enter(SCRATCH_BUILD) != 0;
}

static int drop_directory(void **state)
{
	char path[16];

	(void)state;
	free(ring);
	for (int i = 1; i <= 3; i++) {
		snprintf(path, sizeof(path), "file%d", i);
		unlink(path);
	}
	/* Nothing else stays behind. */
	return scratch_leave_empty();
}

int main(void)
{
#define SHARED(test)                                                    \
	{#test " by io_uring", test, share_uring, unshare, NULL},       \
	{                                                               \
#test " by threads", test, share_threads, unshare, NULL \
	}
	const struct CMUnitTest tests[] = {
		SHARED(files_share_it),
		SHARED(an_idle_file_is_on_its_own),
		SHARED(one_that_fails_fails_alone),
		SHARED(refused_writes_leave_nothing_behind),
		SHARED(what_the_ring_cannot_hold_is_spilled),
		SHARED(beyond_its_bound_it_is_waited_for),
		SHARED(a_push_waits_for_no_disk),
		cmocka_unit_test_setup_teardown(in_order_one_follows_the_other, share_threads,
						unshare),
		cmocka_unit_test_setup_teardown(a_ring_that_would_not_last_is_copied, share_threads,
						unshare),
		SHARED(it_is_opened_where_asked_for),
		SHARED(other_files_do_without),
	};

	/* Rather than hang. */
	alarm(300);
	return cmocka_run_group_tests(tests, make_directory, drop_directory);
}
