/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers and the memory behind them. What is marked as free is taken at once here, as a
 * system short of memory would, and slowly, so that who takes a buffer comes in between.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "disk/spill_parts.h"
#include "disk/spill_ready.h"

#define MIB         (1u << 20)
#define BOUND_BYTES (16u * MIB)
#define BUFFERS     (BOUND_BYTES / SPILL_BUFFER_BYTES + SPILL_BASE_BUFFERS)

static _Atomic unsigned freed, refused;
static _Atomic bool refuse;

int __real_madvise(void *at, size_t bytes, int advice);
int __wrap_madvise(void *at, size_t bytes, int advice);

int __wrap_madvise(void *at, size_t bytes, int advice)
{
	if (advice == MADV_POPULATE_WRITE && refuse) {
		refused++;
		errno = ENOMEM;
		return -1;
	}
	if (advice != MADV_FREE)
		return __real_madvise(at, bytes, advice);
	freed++;
	usleep(10000);
	return __real_madvise(at, bytes, MADV_DONTNEED);
}

static size_t resident(const struct spill *s)
{
	static unsigned char pages[64 * MIB / 4096];
	const size_t bytes = (size_t)s->count * SPILL_BUFFER_BYTES;
	size_t there = 0;

	assert_int_equal(mincore(s->memory, bytes, pages), 0);
	for (size_t i = 0; i < bytes / 4096; i++)
		there += pages[i] & 1;
	return there * 4096;
}

static void await_ready(const struct spill *s, uint64_t bytes)
{
	const uint64_t end = clock_monotonic() + 20 * NS_PER_SECOND;

	while (spill_ready(s) != bytes) {
		assert_true(clock_monotonic() < end);
		usleep(2000);
	}
}

static void the_first_that_is_free_is_taken(void **state)
{
	uint8_t *taken[BUFFERS], *of_file;
	struct spill *s;

	(void)state;
	assert_int_equal(spill_open(BOUND_BYTES - 1, &s), 0);
	assert_int_equal(spill_bound(s), BOUND_BYTES);
	/* Those of files come from the other end, and do not count. */
	of_file = spill_take_beyond(s);
	assert_ptr_equal(of_file, spill_base(s) + (s->count - 1) * (size_t)SPILL_BUFFER_BYTES);
	for (uint32_t i = 0; i < BUFFERS; i++) {
		taken[i] = spill_take(s);
		assert_ptr_equal(taken[i], spill_base(s) + i * (size_t)SPILL_BUFFER_BYTES);
	}
	assert_null(spill_take(s));
	assert_int_equal(spill_used(s), BOUND_BYTES);
	spill_give(s, taken[20]);
	spill_give(s, taken[3]);
	assert_ptr_equal(spill_take(s), taken[3]);
	assert_ptr_equal(spill_take(s), taken[20]);
	spill_give_beyond(s, of_file);
	for (uint32_t i = 0; i < BUFFERS; i++)
		spill_give(s, taken[i]);
	assert_int_equal(spill_used(s), 0);
	assert_int_equal(spill_most(s), BOUND_BYTES);
	spill_close(s);
}

static void half_is_ready_and_the_rest_goes_back(void **state)
{
	uint8_t *taken[BUFFERS];
	struct spill_ready *ready;
	struct spill *s;

	(void)state;
	assert_int_equal(spill_open(BOUND_BYTES, &s), 0);
	for (uint32_t i = 0; i < BUFFERS; i++) {
		taken[i] = spill_take(s);
		memset(taken[i], 1, SPILL_BUFFER_BYTES);
	}
	for (uint32_t i = 0; i < BUFFERS; i++)
		spill_give(s, taken[i]);
	assert_int_equal(resident(s), BUFFERS * (size_t)SPILL_BUFFER_BYTES);
	assert_int_equal(spill_ready_open(s, &ready), 0);
	await_ready(s, BOUND_BYTES / 2);
	for (unsigned tries = 0; resident(s) > SPILL_BASE_BUFFERS * (size_t)SPILL_BUFFER_BYTES;
	     tries++) {
		assert_true(tries < 1000);
		usleep(10000);
	}
	spill_ready_close(ready);
	spill_close(s);
	/* What never was in use is filled. */
	assert_int_equal(spill_open(BOUND_BYTES, &s), 0);
	freed = 0;
	assert_int_equal(spill_ready_open(s, &ready), 0);
	await_ready(s, BOUND_BYTES / 2);
	assert_int_equal(freed, BOUND_BYTES / 2 / SPILL_PAGE_BYTES);
	spill_ready_close(ready);
	spill_close(s);
	/* Nothing is kept of nothing. */
	assert_int_equal(spill_open(0, &s), 0);
	assert_int_equal(spill_ready_open(s, &ready), 0);
	assert_null(ready);
	spill_close(s);
}

static void without_memory_nothing_is_ready(void **state)
{
	struct spill_ready *ready;
	struct spill *s;

	(void)state;
	refuse = true;
	assert_int_equal(spill_open(BOUND_BYTES, &s), 0);
	assert_int_equal(spill_ready_open(s, &ready), 0);
	for (unsigned tries = 0; refused < 2; tries++) {
		assert_true(tries < 2000);
		usleep(10000);
	}
	assert_int_equal(spill_ready(s), 0);
	refuse = false;
	await_ready(s, BOUND_BYTES / 2);
	spill_ready_close(ready);
	spill_close(s);
}

static void mark(uint8_t *buffer, uint8_t with)
{
	for (size_t at = 0; at < SPILL_BUFFER_BYTES; at += 4096)
		buffer[at] = with;
}

static void check(const uint8_t *buffer, uint8_t with)
{
	for (size_t at = 0; at < SPILL_BUFFER_BYTES; at += 4096)
		assert_int_equal(buffer[at], with);
}

/* Whatever is taken while it is at it keeps what was written there. */
static void what_is_in_use_is_left_alone(void **state)
{
	struct spill_ready *ready;
	uint8_t *taken[12], *of_file;
	unsigned before;
	struct spill *s;

	(void)state;
	assert_int_equal(spill_open(BOUND_BYTES, &s), 0);
	of_file = spill_take_beyond(s);
	mark(of_file, 99);
	assert_int_equal(spill_ready_open(s, &ready), 0);
	for (unsigned round = 0; round < 5; round++) {
		/* It has begun with a page, and is asleep over it. */
		for (before = freed; freed == before;)
			usleep(500);
		for (uint8_t i = 0; i < 12; i++) {
			assert_non_null(taken[i] = spill_take(s));
			mark(taken[i], i + 1);
		}
		usleep(30000);
		for (uint8_t i = 0; i < 12; i++) {
			check(taken[i], i + 1);
			spill_give(s, taken[i]);
		}
	}
	/* A while after it was at the last of all pages. */
	await_ready(s, BOUND_BYTES / 2);
	usleep(100000);
	check(of_file, 99);
	spill_give_beyond(s, of_file);
	spill_ready_close(ready);
	spill_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_is_free_is_taken),
		cmocka_unit_test(half_is_ready_and_the_rest_goes_back),
		cmocka_unit_test(without_memory_nothing_is_ready),
		cmocka_unit_test(what_is_in_use_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
