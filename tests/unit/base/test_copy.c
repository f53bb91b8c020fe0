/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every alignment and length around a cache line, and nothing beyond it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/copy.h"

#define MOST 400u

static void each_length_from_anywhere_to_anywhere(void **state)
{
	uint8_t from[MOST + 64], to[MOST + 192], expected[sizeof(to)];

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 167 + 1);
	for (size_t bytes = 0; bytes <= MOST; bytes += bytes < 140 ? 1 : 19)
		for (size_t source = 0; source < 64; source += 7)
			for (size_t at = 64; at < 128; at++) {
				memset(to, 0xee, sizeof(to));
				memset(expected, 0xee, sizeof(expected));
				memcpy(expected + at, from + source, bytes);
				copy_past_caches(to + at, from + source, bytes);
				assert_memory_equal(to, expected, sizeof(to));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_length_from_anywhere_to_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
