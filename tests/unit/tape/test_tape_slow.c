/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorder, its keeper a thread, on a disk that is slow: calls of every kind that the
 * keeper and its helpers make take a while, and each nth write does. The ring's thread is
 * held up by none of them, memory has its bound, and every frame is in a segment, in order.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/write_queue.h"
#include "fault.h"
#include "tape_support.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A block of so many frames comes this often. */
#define BLOCK_NS NS_PER_MS * 10
#define FRAMES   100u
#define CAPLEN   600u

/* Blocks until the rate is known, and behind that. */
#define FIRST_BLOCKS 80u
#define BLOCKS       160u

static void end_well(void)
{
	struct error err;

	fault_delay(0, 1, 0);
	if (rig_finish(&err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(rig_count_files(".wiretape-0"), 0);
}

static void pass_block(void)
{
	usleep(BLOCK_NS / 1000);
	rig_pass(BLOCK_NS);
	rig_reap();
	assert_int_equal(rig.sink->ops->turn(rig.sink), 0);
}

/* --- what the keeper does ----------------------------------------------------------- */

static void check_delay(uint32_t calls, unsigned milliseconds, const struct rotation *rotation)
{
	uint32_t part;

	rig.with_keeper = rig.sync = true;
	rig.slice_bytes = 256u << 10;
	rig.rotation = *rotation;
	rig_begin();
	for (unsigned i = 0; i < FIRST_BLOCKS; i++) {
		assert_int_equal(rig_give(FRAMES, CAPLEN), 0);
		pass_block();
	}
	fault_delay(calls, 1, milliseconds * 1000);
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (rig_offer(FRAMES, CAPLEN, &part) != 0)
			fail_msg("calls %#x: held up at block %u of %u", calls, i, BLOCKS);
		pass_block();
	}
	end_well();
	rig_expect_all();
}

/* Some 6.5 MB a second. Deleting keeps up with that, on average. */
static void no_slow_call_reaches_the_ring(void **state)
{
	const struct {
		uint32_t calls;
		unsigned milliseconds;
		struct rotation rotation;
	} cases[] = {
		/* More segments than there are ahead end while one is synced. */
		{FAULT_BIT(FAULT_fsync), 400, {.segment_packets = 400}},
		{FAULT_BIT(FAULT_fallocate), 250, {.segment_bytes = 2u << 20}},
		{FAULT_BIT(FAULT_unlinkat) | FAULT_BIT(FAULT_ftruncate),
		 20,
		 {.segment_bytes = 1u << 20, .budget_bytes = 24u << 20}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_dir_new(state);
		check_delay(cases[i].calls, cases[i].milliseconds, &cases[i].rotation);
		scratch_tear_down(state);
	}
}

/* --- what the ring's thread gives -------------------------------------------------- */

static const struct {
	enum diskio_mode mode;
	bool by_threads;
} ways[] = {
	{DISKIO_AUTO, true},    {DISKIO_AUTO, false},     {DISKIO_URING, false},
	{DISKIO_DIRECT, false}, {DISKIO_BUFFERED, false},
};

/* Segments end with most of what is in them still in memory, which is less than all. */
static void check_writes(size_t way, enum trim_format format, bool woven)
{
	struct error err;

	rig.with_keeper = true;
	rig.mode = ways[way].mode;
	rig.by_threads = ways[way].by_threads;
	rig.format = format;
	rig.woven = woven;
	rig.block_bytes = 192u << 10;
	rig.spill_bytes = 2u << 20;
	rig.rotation.segment_bytes = 3u << 20;
	if (rig_open(&err) < 0)
		return;
	if (rig_start(&err) < 0)
		fail_msg("%s", err.text);
	fault_delay(FAULT_BIT(FAULT_pwrite), 7, 30000);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(rig_give(280, CAPLEN), 0);
		rig_pass(NS_PER_MS);
		assert_int_equal(rig_turn(), 0);
		if (rig.queue)
			assert_true(spill_most(write_queue_spill(rig.queue)) <=
				    spill_bound(write_queue_spill(rig.queue)));
	}
	/* Also what is there at the end. */
	end_well();
	rig_expect_all();
	assert_true(rig.segment_count >= 5);
}

static void slow_writes_lose_nothing(void **state)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		for (int i = 0; i < 3; i++) {
			rig_dir_new(state);
			check_writes(way, i == 2 ? TRIM_PCAP : TRIM_PCAPNG, i == 0);
			scratch_tear_down(state);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_slow_call_reaches_the_ring),
		cmocka_unit_test(slow_writes_lose_nothing),
	};

	/* Rather than hang. */
	alarm(120);
	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
