/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters: 64 bits wide whatever the kernel's 32-bit ones do, each one by
 * itself, summed over interfaces, and stamped with the time of day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/stats.h"

/* Each counter in turn gets a different count; none shows up in another. */
static void test_every_counter(void **state)
{
	struct stats stats = {0};
	struct stats_snapshot snapshot = {0};
	uint64_t n = 0;

	(void)state;
#define X(name, meaning) stats_add(&stats.name, ++n);
	STATS_COUNTERS(X)
#undef X
	/* What is lost counts as taken first. */
	stats_add(&stats.captured, 1000);
	stats_read(&stats, &snapshot);
	assert_int_equal(snapshot.captured, 1001 - snapshot.unwritten - snapshot.disk_dropped -
						    snapshot.oversize - snapshot.tx_oversize -
						    snapshot.tx_short - snapshot.tx_cut -
						    snapshot.tx_full - snapshot.tx_down -
						    snapshot.tx_refused - snapshot.tx_unfinished);
	/* And what was taken has been received. */
	assert_int_equal(snapshot.received, 1001 + snapshot.dropped + snapshot.malformed);
	snapshot.captured = 1;
	snapshot.received = 5;
	n = 0;
#define X(name, meaning) assert_int_equal(snapshot.name, ++n);
	STATS_COUNTERS(X)
#undef X
}

/* Losses are counted before what was taken: in between there is none. */
static void test_captured_is_never_negative(void **state)
{
	struct stats stats = {0};
	struct stats_snapshot snapshot = {0};

	(void)state;
	stats_add(&stats.disk_dropped, 5);
	stats_read(&stats, &snapshot);
	assert_int_equal(snapshot.captured, 0);
	stats_add(&stats.captured, 5);
	stats_read(&stats, &snapshot);
	assert_int_equal(snapshot.captured, 0);
	stats_add(&stats.captured, 2);
	stats_read(&stats, &snapshot);
	assert_int_equal(snapshot.captured, 2);
}

static void test_subtract(void **state)
{
	struct stats_snapshot earlier = {.captured = 3, .oversize = 1};
	struct stats_snapshot now = {.captured = 10, .oversize = 1, .dropped = 4};

	(void)state;
	stats_subtract(&now, &earlier);
	assert_int_equal(now.captured, 7);
	assert_int_equal(now.oversize, 0);
	assert_int_equal(now.dropped, 4);
	assert_int_equal(stats_lost(&now), 4);
}

/* Each cause once, in the sum of its kind and in that of all. */
static void test_lost(void **state)
{
	const struct stats_snapshot all = {.captured = 1,
					   .sent = 1,
					   .received = 1,
					   .truncated = 1,
					   .dropped = 2,
					   .device_dropped = 4,
					   .unwritten = 8,
					   .disk_dropped = 16,
					   .oversize = 32,
					   .tx_oversize = 64,
					   .tx_short = 128,
					   .tx_cut = 256,
					   .tx_full = 512,
					   .tx_down = 1024,
					   .tx_refused = 2048,
					   .tx_unfinished = 4096};

	(void)state;
	assert_int_equal(stats_lost_writing(&all), 8 + 16 + 32);
	assert_int_equal(stats_lost_sending(&all), 8192 - 64);
	assert_int_equal(stats_lost(&all), 8192 - 2);
}

/* Kernel counts are 32 bits and start anew when read: the sums go on. */
static void test_no_wrap(void **state)
{
	struct stats stats = {0};
	struct stats_snapshot snapshot = {0};

	(void)state;
	stats_add(&stats.received, UINT32_MAX);
	stats_add(&stats.received, UINT32_MAX);
	stats_add(&stats.received, 2);
	stats_read(&stats, &snapshot);
	assert_true(snapshot.received == 0x200000000u);
}

static void test_time(void **state)
{
	struct stats stats = {0};
	struct stats_snapshot snapshot = {.start_ns = 7};
	uint64_t before = (uint64_t)time(NULL);

	(void)state;
	stats_read(&stats, &snapshot);
	assert_in_range(snapshot.time_ns / 1000000000u, before - 1, before + 10);
	assert_int_equal(snapshot.start_ns, 7);
}

static void test_sum(void **state)
{
	struct stats_snapshot sum = {.start_ns = 3, .time_ns = 4}, part = {0};
	uint64_t n = 0;

	(void)state;
#define X(name, meaning) \
	sum.name = 1000; \
	part.name = ++n;
	STATS_COUNTERS(X)
#undef X
	part.time_ns = 9;
	stats_sum(&sum, &part);
	n = 0;
#define X(name, meaning) assert_int_equal(sum.name, 1000 + ++n);
	STATS_COUNTERS(X)
#undef X
	assert_int_equal(sum.start_ns, 3);
	assert_int_equal(sum.time_ns, 4);
}

/* The kernel is asked now and then, packets are counted as they come. */
static void test_received_is_never_behind(void **state)
{
	struct stats stats = {.received = 100, .dropped = 5, .captured = 90, .malformed = 5};
	const struct stats_set set = {.each = &stats, .count = 1, .shared = &stats};
	struct stats_snapshot each, total = {0};

	(void)state;
	stats_read(&stats, &each);
	assert_int_equal(each.received, 100);
	/* Some of what was taken is lost since. */
	stats.captured = 200;
	stats.disk_dropped = 30;
	stats_read_all(&set, &each, &total);
	assert_int_equal(each.received, 210);
	assert_int_equal(each.captured, 170);
	assert_int_equal(total.received, 210);
	stats.received = 211;
	stats_read(&stats, &each);
	assert_int_equal(each.received, 211);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_counter),
		cmocka_unit_test(test_captured_is_never_negative),
		cmocka_unit_test(test_subtract),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_no_wrap),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_received_is_never_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
