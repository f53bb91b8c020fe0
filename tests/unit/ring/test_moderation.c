/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a ring that has run dry is left alone: by the time between frames, on
 * average.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring/moderation.h"

static struct moderation m;
static uint64_t now_ns;

/* Runs dry so many times, each time after so many frames so far apart. Returns how
 * often it is to be left alone. */
static unsigned run_dry(unsigned times, unsigned frames, uint64_t gap_ns)
{
	unsigned naps = 0;

	while (times-- > 0) {
		now_ns += frames * gap_ns;
		m.frames += frames;
		naps += moderation_dry(&m, now_ns);
	}
	return naps;
}

static void start(void)
{
	m = (struct moderation){0};
	now_ns = 1000;
	assert_false(moderation_dry(&m, now_ns));
}

static void frames_far_apart_never_wait(void **state)
{
	(void)state;
	start();
	assert_int_equal(run_dry(1000, 1, MODERATION_GAP_NS), 0);
	assert_int_equal(run_dry(1000, 1, 100000), 0);
	assert_int_equal(run_dry(10, 1, UINT64_C(1000000000)), 0);
}

static void thick_ones_do(void **state)
{
	(void)state;
	start();
	/* It takes a while to be sure, and then goes on, with few or many at a time. */
	assert_in_range(run_dry(100, 1, 2000), 70, 99);
	assert_int_equal(run_dry(100, 1, 2000), 100);
	assert_int_equal(run_dry(100, 40, 2000), 100);
}

static void a_burst_does_not(void **state)
{
	(void)state;
	start();
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(run_dry(4, 4, 500), 0);
		assert_int_equal(run_dry(1, 1, 1000000), 0);
	}
}

static void a_lull_ends_it(void **state)
{
	(void)state;
	start();
	run_dry(1000, 1, 2000);
	assert_int_equal(run_dry(1, 1, 1000000), 0);
	/* So does a look that finds nothing. */
	run_dry(1000, 1, 2000);
	now_ns += MODERATION_NAP_NS;
	assert_false(moderation_dry(&m, now_ns));
}

static void times_that_stand_still_are_none(void **state)
{
	(void)state;
	start();
	run_dry(1000, 1, 2000);
	m.frames = 1;
	assert_false(moderation_dry(&m, now_ns));
	m.frames = 1;
	assert_false(moderation_dry(&m, now_ns - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_far_apart_never_wait),
		cmocka_unit_test(thick_ones_do),
		cmocka_unit_test(a_burst_does_not),
		cmocka_unit_test(a_lull_ends_it),
		cmocka_unit_test(times_that_stand_still_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
