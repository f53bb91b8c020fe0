/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times fall into the bucket that is just large enough, and what is read from the buckets
 * is never less than what was put in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/latency.h"

static unsigned bucket_with_one(uint64_t ns)
{
	struct latency latency = {0};
	struct latency_snapshot s;
	unsigned at = LATENCY_BUCKETS;

	latency_add(&latency, ns);
	latency_read(&latency, &s);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.sum_ns, ns);
	assert_int_equal(s.most_ns, ns);
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		at = s.buckets[i] ? i : at;
	return at;
}

static void buckets(void **state)
{
	(void)state;
	assert_int_equal(bucket_with_one(0), 0);
	assert_int_equal(bucket_with_one(1000), 0);
	for (unsigned i = 0; i + 1 < LATENCY_BUCKETS; i++) {
		assert_int_equal(bucket_with_one(latency_bound_ns(i)), i);
		assert_int_equal(bucket_with_one(latency_bound_ns(i) + 1), i + 1);
	}
	assert_int_equal(bucket_with_one(UINT64_MAX / 2), LATENCY_BUCKETS - 1);
}

static void values(void **state)
{
	struct latency latency = {0};
	struct latency_snapshot s;

	(void)state;
	latency_read(&latency, &s);
	assert_int_equal(latency_value_ns(&s, 990), 0);
	for (int i = 0; i < 990; i++)
		latency_add(&latency, 300000);
	for (int i = 0; i < 10; i++)
		latency_add(&latency, 78000000);
	latency_read(&latency, &s);
	assert_int_equal(s.count, 1000);
	assert_int_equal(latency_value_ns(&s, 500), 512000);
	assert_int_equal(latency_value_ns(&s, 990), 512000);
	/* Not the bucket's end, which is 131 ms. */
	assert_int_equal(latency_value_ns(&s, 991), 78000000);
	assert_int_equal(latency_value_ns(&s, 1000), 78000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
