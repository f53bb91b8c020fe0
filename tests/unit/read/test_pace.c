/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schedule of a replay: what speeds are understood, and when each frame is
 * due, to the nanosecond; at the limits of time, too.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "read/pace.h"

#define SECOND UINT64_C(1000000000)
#define EPOCH  (UINT64_C(1700000000) * SECOND)

static void assert_rate(const char *text, enum pace_kind kind, uint64_t rate)
{
	struct pace_request request = {0};
	struct error err;

	if (pace_parse(text, &request, &err) != 0)
		fail_msg("'%s': %s", text, err.text);
	assert_int_equal(request.kind, kind);
	if (request.rate != rate)
		fail_msg("'%s': %llu", text, (unsigned long long)request.rate);
}

static void assert_factor(const char *text, double factor)
{
	struct pace_request request = {0};
	struct error err;

	if (pace_parse(text, &request, &err) != 0)
		fail_msg("'%s': %s", text, err.text);
	assert_int_equal(request.kind, PACE_FACTOR);
	assert_true(request.factor == factor);
}

static void test_parse(void **state)
{
	struct pace_request request = {0};
	struct error err;

	(void)state;
	assert_int_equal(pace_parse("top", &request, &err), 0);
	assert_int_equal(request.kind, PACE_TOP);
	assert_factor("x1", 1);
	assert_factor("x2", 2);
	assert_factor("x0.5", 0.5);
	assert_factor("x0.000001", 1e-6);
	assert_factor("x1000000", 1e6);
	assert_rate("1pps", PACE_PACKETS, 1);
	assert_rate("2500pps", PACE_PACKETS, 2500);
	assert_rate("10kpps", PACE_PACKETS, 10000);
	assert_rate("10Kpps", PACE_PACKETS, 10000);
	assert_rate("1.5Mpps", PACE_PACKETS, 1500000);
	assert_rate("100Mbit", PACE_BITS, 100000000);
	assert_rate("1.5Gbit", PACE_BITS, 1500000000);
	assert_rate("8bit", PACE_BITS, 8);
	assert_rate("1000", PACE_PACKETS, 1000);
	assert_rate("10M", PACE_BITS, 10000000);
	assert_rate("2.5k", PACE_BITS, 2500);
	assert_rate("10Tbit", PACE_BITS, 10 * UINT64_C(1000000000000));
}

static void test_refused(void **state)
{
	static const char *const words[] = {
		"",        "x",      "x0",       "x-1",      "x+1",     "x1x",        "x0x10",
		"xinf",    "xnan",   "x 1",      "x1000001", "x1e7",    "x0.0000001", "2x",
		"0",       "pps",    "kpps",     "0pps",     "0.5pps",  "-1pps",      "+1pps",
		" 1pps",   "1 pps",  "1pps ",    "1ppsx",    "10kkpps", "10kMpps",    "10mpps",
		"10Tpps1", "11Tpps", "1e400pps", "infpps",   "nanbit",  "0x10pps",    "10m",
		"10bits",  "10Mb",   "top1",     "TOP",      "1,5Gbit", "20Tbit",     "x1e400",
		"1Ebit",   "X2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct pace_request request = {0};
		struct error err = {0};

		if (pace_parse(words[i], &request, &err) != -EINVAL || err.kind != ERROR_USAGE)
			fail_msg("'%s' was not refused", words[i]);
		if (!strstr(err.text, words[i]))
			fail_msg("'%s': %s", words[i], err.text);
	}
}

static void begin(struct pace *pace, const char *speed)
{
	struct pace_request request = {0};
	struct error err;

	assert_int_equal(pace_parse(speed, &request, &err), 0);
	pace_init(pace, &request);
}

static void assert_due(struct pace *pace, uint64_t time_ns, uint32_t bytes, uint64_t due)
{
	uint64_t got = pace_due(pace, time_ns, bytes);

	if (got != due)
		fail_msg("due at %llu, not %llu", (unsigned long long)got, (unsigned long long)due);
}

static void test_as_recorded(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "x1");
	assert_due(&p, EPOCH + 123456789, 60, 0);
	assert_due(&p, EPOCH + 123456789, 60, 0);
	assert_due(&p, EPOCH + 123456790, 60, 1);
	assert_due(&p, EPOCH + 86400 * SECOND + 123456791, 60, 86400 * SECOND + 2);
	/* A file whose first time is 0 is as good as any. */
	begin(&p, "x1");
	assert_due(&p, 0, 60, 0);
	assert_due(&p, 5, 60, 5);
}

static void test_factor(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "x2");
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + SECOND, 60, SECOND / 2);
	assert_due(&p, EPOCH + 3 * SECOND, 60, 3 * SECOND / 2);
	begin(&p, "x0.25");
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + SECOND, 60, 4 * SECOND);
	begin(&p, "x1000000");
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + SECOND, 60, 1000);
}

static void test_top(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "top");
	for (uint64_t i = 0; i < 100; i++)
		assert_due(&p, EPOCH + i * SECOND, 1500, 0);
}

static void test_packets(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "3pps");
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, 0, 1500, SECOND / 3);
	assert_due(&p, EPOCH + 9, 60, 2 * SECOND / 3);
	/* No error adds up. */
	assert_due(&p, EPOCH, 60, SECOND);
	for (int i = 0; i < 3 * 1000 - 4; i++)
		pace_due(&p, EPOCH, 60);
	assert_due(&p, EPOCH, 60, 1000 * SECOND);
}

/* A frame is due when those in front of it have had their time. */
static void test_bits(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "8kbit");
	assert_due(&p, EPOCH, 1000, 0);
	assert_due(&p, EPOCH, 500, SECOND);
	assert_due(&p, EPOCH, 1, SECOND + SECOND / 2);
	assert_due(&p, EPOCH, 1, SECOND + SECOND / 2 + SECOND / 1000);
	begin(&p, "8bit");
	assert_due(&p, EPOCH, UINT32_MAX, 0);
	assert_due(&p, EPOCH, 1, UINT32_MAX * SECOND);
}

/* What is sent cannot go back in time: it is due at once, and what follows
 * counts from where time was. */
static void test_time_going_back(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "x1");
	assert_due(&p, EPOCH + 10, 60, 0);
	assert_due(&p, EPOCH + 110, 60, 100);
	assert_due(&p, EPOCH + 50, 60, 100);
	assert_due(&p, 0, 60, 100);
	assert_due(&p, EPOCH + 120, 60, 110);
	assert_int_equal(p.steps, 1);
}

/* A clock that is set back: from there times count as they are, until they are on from
 * where they had been. */
static void test_clock_set_back(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "x1");
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + 10 * SECOND, 60, 10 * SECOND);
	assert_due(&p, EPOCH + 9 * SECOND, 60, 10 * SECOND);
	assert_int_equal(p.steps, 0);
	assert_due(&p, EPOCH + 5 * SECOND, 60, 10 * SECOND);
	assert_due(&p, EPOCH + 8 * SECOND, 60, 13 * SECOND);
	assert_due(&p, EPOCH + 11 * SECOND, 60, 14 * SECOND);
	assert_due(&p, EPOCH + 12 * SECOND, 60, 15 * SECOND);
	assert_int_equal(p.steps, 1);
	assert_true(p.step_most_ns == 5 * SECOND);
	/* Two that take turns, each with a clock of its own: nobody waits. */
	begin(&p, "x1");
	for (uint64_t i = 0; i < 100; i++) {
		assert_due(&p, EPOCH + i * SECOND, 60, i * SECOND);
		assert_due(&p, i * SECOND, 60, i * SECOND);
	}
	assert_int_equal(p.steps, 100);
}

static void test_longest_gap(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "x1");
	p.request.gap_most_ns = 3 * SECOND;
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + 3 * SECOND, 60, 3 * SECOND);
	assert_due(&p, EPOCH + 86400 * SECOND, 60, 6 * SECOND);
	assert_due(&p, EPOCH + 86401 * SECOND, 60, 7 * SECOND);
	/* It is that of what is sent. */
	begin(&p, "x10");
	p.request.gap_most_ns = 3 * SECOND;
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + 20 * SECOND, 60, 2 * SECOND);
	assert_due(&p, EPOCH + 86400 * SECOND, 60, 5 * SECOND);
	begin(&p, "x0.000001");
	p.request.gap_most_ns = 3 * SECOND;
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + 1, 60, 1000000);
	assert_due(&p, EPOCH + SECOND, 60, 3 * SECOND + 1000000);
}

static void test_delay(void **state)
{
	struct pace p;

	(void)state;
	begin(&p, "x2");
	p.request.has_loop_delay = true;
	p.request.loop_delay_ns = 100;
	for (uint64_t round = 0; round < 3; round++) {
		assert_due(&p, EPOCH, 60, round * 110);
		assert_due(&p, EPOCH + 20, 60, round * 110 + 10);
		pace_next_round(&p, 12345);
	}
	begin(&p, "10pps");
	p.request.has_loop_delay = true;
	p.request.loop_delay_ns = 100;
	assert_due(&p, EPOCH, 60, 0);
	pace_next_round(&p, 12345);
	assert_due(&p, EPOCH, 60, SECOND / 10 + 100);
	begin(&p, "top");
	p.request.has_loop_delay = true;
	p.request.loop_delay_ns = 100;
	assert_due(&p, EPOCH, 60, 0);
	pace_next_round(&p, 12345);
	assert_due(&p, EPOCH, 60, 12445);
	p.request.loop_delay_ns = UINT64_MAX;
	pace_next_round(&p, UINT64_MAX);
	assert_true(pace_due(&p, EPOCH, 60) < UINT64_MAX / 2);
}

static void test_loops(void **state)
{
	struct pace p;

	(void)state;
	/* Three frames in 20: the fourth is 10 later again. */
	begin(&p, "x1");
	for (uint64_t round = 0; round < 5; round++) {
		assert_due(&p, EPOCH, 60, round * 30);
		assert_due(&p, EPOCH + 5, 60, round * 30 + 5);
		assert_due(&p, EPOCH + 20, 60, round * 30 + 20);
		pace_again(&p);
	}
	begin(&p, "x2");
	assert_due(&p, EPOCH, 60, 0);
	assert_due(&p, EPOCH + 20, 60, 10);
	pace_again(&p);
	assert_due(&p, EPOCH, 60, 20);
	assert_due(&p, EPOCH + 20, 60, 30);
	/* One frame alone lasts no time, and none not either. */
	begin(&p, "x1");
	assert_due(&p, EPOCH, 60, 0);
	pace_again(&p);
	assert_due(&p, EPOCH, 60, 0);
	pace_again(&p);
	pace_again(&p);
	assert_due(&p, EPOCH + 7, 60, 0);
	/* Rates go on. */
	begin(&p, "10pps");
	assert_due(&p, EPOCH, 60, 0);
	pace_again(&p);
	assert_due(&p, EPOCH, 60, SECOND / 10);
	begin(&p, "80bit");
	assert_due(&p, EPOCH, 10, 0);
	pace_again(&p);
	assert_due(&p, EPOCH, 10, SECOND);
}

/* Times and rates that no file should have: what comes later is not due before, and
 * there is room to add the time of day. */
static void assert_no_overflow(const char *speed, uint64_t first, uint64_t step, uint32_t bytes)
{
	uint64_t before = 0, due, time = first;
	struct pace p;

	begin(&p, speed);
	for (int i = 0; i < 1000; i++) {
		due = pace_due(&p, time, bytes);
		if (due < before || due > UINT64_MAX / 2)
			fail_msg("%s, number %d: %llu after %llu", speed, i,
				 (unsigned long long)due, (unsigned long long)before);
		before = due;
		time = time > UINT64_MAX - step ? UINT64_MAX : time + step;
		if (i % 100 == 99) {
			pace_again(&p);
			time = first;
		}
	}
}

static void test_no_overflow(void **state)
{
	(void)state;
	assert_no_overflow("x1", 0, UINT64_MAX / 10, 60);
	assert_no_overflow("x1", EPOCH, UINT64_MAX / 1000, 60);
	assert_no_overflow("x0.000001", 0, UINT64_MAX / 10, 60);
	assert_no_overflow("x0.000001", EPOCH, 86400 * SECOND, 60);
	assert_no_overflow("x0.5", 0, UINT64_MAX / 3, 60);
	assert_no_overflow("1bit", EPOCH, 1, UINT32_MAX);
	assert_no_overflow("1pps", EPOCH, 1, 60);
	assert_no_overflow("10Tbit", EPOCH, 1, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_as_recorded),
		cmocka_unit_test(test_factor),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_time_going_back),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test(test_longest_gap),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_no_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
