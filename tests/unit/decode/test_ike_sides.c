/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who began an exchange of keys: both ways, from the middle on, and with more
 * exchanges than are held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/ike_sides.h"

static char side(struct ike_sides *sides, const char *initiator, const char *responder,
		 const char *source, const char *destination)
{
	struct ike_message message = {
		.initiator = (const uint8_t *)initiator,
		.responder = (const uint8_t *)responder,
		.source = (const uint8_t *)source,
		.destination = (const uint8_t *)destination,
		.address_bytes = (uint8_t)strlen(source),
	};

	return ike_sides_relate(sides, &message);
}

static const char none[8];

static void test_both_ways(void **state)
{
	struct ike_sides sides = {.next = 0};

	(void)state;
	assert_int_equal(side(&sides, "initiat1", "respond1", "aaaa", "bbbb"), '?');
	assert_int_equal(side(&sides, "initiat1", none, "aaaa", "bbbb"), 'I');
	assert_int_equal(side(&sides, "initiat1", "respond1", "bbbb", "aaaa"), 'R');
	assert_int_equal(side(&sides, "initiat1", "respond1", "aaaa", "bbbb"), 'I');
	assert_int_equal(side(&sides, "initiat1", "respond1", "cccc", "aaaa"), '?');
	/* The other version of IP; addresses that begin alike are not the same. */
	assert_int_equal(side(&sides, "initiat1", none, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"),
			 '?');
	assert_int_equal(side(&sides, "initiat2", none, "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"),
			 'I');
	assert_int_equal(side(&sides, "initiat2", none, "bbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaa"),
			 'R');
	assert_int_equal(side(&sides, none, none, "aaaa", "bbbb"), '?');
}

static void test_many(void **state)
{
	struct ike_sides sides = {.next = 0};
	char cookie[9] = "initia 0";

	(void)state;
	for (unsigned i = 0; i <= IKE_SIDES; i++) {
		cookie[7] = (char)('0' + i);
		assert_int_equal(side(&sides, cookie, none, "aaaa", "bbbb"), 'I');
	}
	assert_int_equal(side(&sides, cookie, "respond1", "bbbb", "aaaa"), 'R');
	cookie[7] = '1';
	assert_int_equal(side(&sides, cookie, "respond1", "bbbb", "aaaa"), 'R');
	/* The oldest had to go. */
	cookie[7] = '0';
	assert_int_equal(side(&sides, cookie, "respond1", "bbbb", "aaaa"), '?');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
