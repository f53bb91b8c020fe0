/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The histogram against the values themselves, in order: exact up to 127, from
 * there on no less than the value asked for, and no more than one part in 64
 * above it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/histogram.h"

static struct histogram h;

static void clear(void)
{
	memset(&h, 0, sizeof(h));
}

static void test_empty(void **state)
{
	(void)state;
	clear();
	assert_true(histogram_value(&h, 0) == 0);
	assert_true(histogram_value(&h, 500) == 0);
	assert_true(histogram_value(&h, 1000) == 0);
}

static void test_exact(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 128; value++) {
		clear();
		histogram_add(&h, value);
		histogram_add(&h, 1000);
		assert_true(histogram_value(&h, 500) == value);
		assert_true(h.most == 1000 && h.count == 2);
	}
}

/* One value alone is told as what it is; in front of a larger one, to within a
 * 64th, and never below. */
static void assert_within(uint64_t value)
{
	uint64_t got;

	clear();
	histogram_add(&h, value);
	assert_true(histogram_value(&h, 500) == value);
	if (value == UINT64_MAX)
		return;
	histogram_add(&h, UINT64_MAX);
	got = histogram_value(&h, 500);
	assert_true(got >= value);
	assert_true(got - value <= value / 64);
	assert_true(histogram_value(&h, 1000) == UINT64_MAX);
}

static void test_within(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 5000; value++)
		assert_within(value);
	for (unsigned bit = 12; bit < 64; bit++) {
		assert_within((UINT64_C(1) << bit) - 1);
		assert_within(UINT64_C(1) << bit);
		assert_within((UINT64_C(1) << bit) + 1);
		assert_within((UINT64_C(1) << bit) + (UINT64_C(1) << (bit - 6)) - 1);
		assert_within((UINT64_C(1) << bit) + (UINT64_C(1) << (bit - 6)));
	}
	assert_within(UINT64_MAX - 1);
	assert_within(UINT64_MAX);
}

/* The buckets follow each other without a gap: a larger value is never told as a
 * smaller one. */
static void test_order(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (uint64_t value = 1; value < UINT64_MAX / 2; value += 1 + value / 1000) {
		uint64_t got;

		clear();
		histogram_add(&h, value);
		histogram_add(&h, UINT64_MAX);
		got = histogram_value(&h, 500);
		assert_true(got >= before);
		before = got;
	}
}

static void test_permille(void **state)
{
	(void)state;
	clear();
	for (uint64_t value = 1; value <= 100; value++)
		histogram_add(&h, 101 - value);
	assert_true(histogram_value(&h, 0) == 1);
	assert_true(histogram_value(&h, 1) == 1);
	assert_true(histogram_value(&h, 10) == 1);
	assert_true(histogram_value(&h, 11) == 2);
	assert_true(histogram_value(&h, 500) == 50);
	assert_true(histogram_value(&h, 990) == 99);
	assert_true(histogram_value(&h, 991) == 100);
	assert_true(histogram_value(&h, 1000) == 100);
	/* One in a thousand is what 99.9 % are not above. */
	clear();
	for (int i = 0; i < 999; i++)
		histogram_add(&h, 7);
	histogram_add(&h, 1000000);
	assert_true(histogram_value(&h, 999) == 7);
	assert_true(histogram_value(&h, 1000) == 1000000);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void test_spread(void **state)
{
	static uint64_t values[10000];
	const uint32_t count = sizeof(values) / sizeof(values[0]);
	uint64_t seed = 1;

	(void)state;
	clear();
	for (uint32_t i = 0; i < count; i++) {
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
		values[i] = seed >> (20 + seed % 30);
		histogram_add(&h, values[i]);
	}
	qsort(values, count, sizeof(values[0]), compare);
	for (unsigned permille = 1; permille <= 1000; permille++) {
		const uint64_t value = values[count / 1000 * permille - 1];
		const uint64_t got = histogram_value(&h, permille);

		assert_true(got >= value && got - value <= value / 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),    cmocka_unit_test(test_exact),
		cmocka_unit_test(test_within),   cmocka_unit_test(test_order),
		cmocka_unit_test(test_permille), cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
