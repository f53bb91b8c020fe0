/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times of pcapng files: every resolution, from before 1970 on, and back.
 */
#include "frames/pcapng_ticks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

static void expect_ns(uint8_t resolution, int64_t offset_s, uint64_t time, int64_t ns)
{
	const struct pcapng_ticks ticks = pcapng_ticks_make(resolution, offset_s);
	bool clipped = false;

	assert_int_equal(pcapng_ticks_ns(&ticks, time, &clipped), ns);
	assert_false(clipped);
}

static void expect_clipped(uint8_t resolution, int64_t offset_s, uint64_t time, int64_t ns)
{
	const struct pcapng_ticks ticks = pcapng_ticks_make(resolution, offset_s);
	bool clipped = false;

	assert_int_equal(pcapng_ticks_ns(&ticks, time, &clipped), ns);
	assert_true(clipped);
}

static void resolutions(void **state)
{
	(void)state;
	expect_ns(6, 0, 1700000000123456, 1700000000123456000);
	expect_ns(9, 0, INT64_MAX, INT64_MAX);
	expect_ns(0, 0, 1700000000, 1700000000 * S);
	expect_ns(3, 5, 1700000000001, 1700000005 * S + 1000000);
	expect_ns(9, -5, 6 * S, S);
	expect_ns(12, 0, 1234567, 1234);
	expect_ns(18, 0, UINT64_MAX, 18446744073);
	expect_ns(28, 0, UINT64_MAX, 1);
	expect_ns(29, 0, UINT64_MAX, 0);
	expect_ns(127, 0, UINT64_MAX, 0);
	expect_ns(0x80, 0, 17, 17 * S);
	expect_ns(0x80 | 10, 0, 1024 + 512, S + S / 2);
	expect_ns(0x80 | 32, 1, UINT64_C(3) << 31, 2 * S + S / 2);
	expect_ns(0xff, 0, UINT64_MAX, 0);
}

static void before_1970(void **state)
{
	(void)state;
	expect_ns(9, -7, 6 * S, -S);
	expect_ns(6, -2, 1000000, -S);
	expect_ns(6, -2, 1999999, -1000);
	expect_ns(0x80 | 1, -3, 1, -2 * S - S / 2);
}

static void beyond(void **state)
{
	(void)state;
	expect_clipped(9, 0, UINT64_MAX, INT64_MAX);
	expect_clipped(0, 0, UINT64_MAX, INT64_MAX);
	expect_clipped(6, INT64_MAX, UINT64_MAX, INT64_MAX);
	expect_clipped(6, INT64_MIN, UINT64_MAX, INT64_MIN);
	expect_clipped(9, -9300000000, 0, INT64_MIN);
}

static void expect_back(uint8_t resolution, int64_t offset_s, int64_t ns, uint64_t time)
{
	const struct pcapng_ticks ticks = pcapng_ticks_make(resolution, offset_s);

	assert_int_equal(pcapng_ticks_of(&ticks, ns), time);
}

static void and_back(void **state)
{
	(void)state;
	expect_back(9, 0, 1700000000 * S, 1700000000 * (uint64_t)S);
	expect_back(6, 0, 1700000000123456789, 1700000000123456);
	expect_back(0, 0, 1700000000 * S + 5, 1700000000);
	expect_back(11, 0, 12345, 1234500);
	expect_back(3, 5, 7 * S, 2000);
	expect_back(6, -2, -S, 1000000);
	expect_back(6, 0, -S, 0);
	expect_back(0x80 | 10, 0, S + S / 2, 1024 + 512);
	expect_back(0x80 | 63, 0, S / 2, UINT64_C(1) << 62);
	expect_back(0x80 | 63, 0, 5 * S, UINT64_MAX);
	expect_back(0x80 | 64, 0, S, 0);
	expect_back(30, 0, S, 0);
	expect_back(19, 0, 100 * S, UINT64_MAX);
	expect_back(6, INT64_MIN, S, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolutions),
		cmocka_unit_test(before_1970),
		cmocka_unit_test(beyond),
		cmocka_unit_test(and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
