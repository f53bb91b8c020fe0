/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * That a cursor reads what is there and nothing behind it, and keeps what was
 * captured apart from what the lengths say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "decode/cursor.h"

static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_take(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes), 100);
	uint8_t one;
	uint16_t two;
	uint32_t value;

	(void)state;
	assert_true(cursor_take_u8(&c, &one));
	assert_int_equal(one, 1);
	assert_true(cursor_take_be16(&c, &two));
	assert_int_equal(two, 0x0203);
	assert_true(cursor_take_be24(&c, &value));
	assert_int_equal(value, 0x040506);
	assert_int_equal(cursor_left(&c), 2);
	assert_int_equal(c.length, 94);
	assert_false(cursor_take_be32(&c, &value));
	assert_int_equal(value, 0);
	assert_false(cursor_take_be24(&c, &value));
	assert_int_equal(cursor_left(&c), 2);
	assert_int_equal(c.length, 94);
	assert_true(cursor_take_be16(&c, &two));
	assert_int_equal(two, 0x0708);
	assert_false(cursor_take_u8(&c, &one));
}

static void test_wide(void **state)
{
	struct cursor c = cursor_over(bytes, sizeof(bytes), 8);
	uint32_t four;
	uint64_t eight;

	(void)state;
	assert_int_equal(cursor_be32_at(&c, 4), 0x05060708);
	assert_int_equal(cursor_be24_at(&c, 5), 0x060708);
	assert_int_equal(cursor_le16_at(&c, 6), 0x0807);
	assert_int_equal(cursor_le32_at(&c, 4), 0x08070605);
	assert_true(cursor_be64_at(&c, 0) == 0x0102030405060708ull);
	assert_true(cursor_take_be64(&c, &eight));
	assert_true(eight == 0x0102030405060708ull);
	assert_false(cursor_take_be64(&c, &eight));
	c = cursor_over(bytes, 4, 8);
	assert_true(cursor_take_be32(&c, &four));
	assert_int_equal(four, 0x01020304);
	assert_int_equal(c.length, 4);
}

/* Behind the end there are zeros, from whatever distance one looks. */
static void test_beyond(void **state)
{
	uint8_t *memory = malloc(4), copy[4];
	struct cursor c;

	(void)state;
	assert_non_null(memory);
	memcpy(memory, "\xff\xff\xff\xff", 4);
	c = cursor_over(memory, 4, 4);
	for (uint32_t offset = 0; offset < 6; offset++) {
		assert_int_equal(cursor_u8_at(&c, offset), offset < 4 ? 0xff : 0);
		assert_int_equal(cursor_be16_at(&c, offset), offset < 3 ? 0xffff : 0);
		assert_int_equal(cursor_be24_at(&c, offset), offset < 2 ? 0xffffff : 0);
		assert_int_equal(cursor_be32_at(&c, offset), offset < 1 ? 0xffffffff : 0);
		assert_int_equal(cursor_copy_at(&c, offset, copy, 4), offset == 0);
		assert_int_equal(cursor_bytes_at(&c, offset, 4) != NULL, offset == 0);
	}
	assert_int_equal(cursor_u8_at(&c, UINT32_MAX), 0);
	assert_int_equal(cursor_be32_at(&c, UINT32_MAX - 1), 0);
	assert_null(cursor_bytes_at(&c, UINT32_MAX, UINT32_MAX));
	assert_false(cursor_skip(&c, UINT32_MAX));
	assert_null(cursor_take_bytes(&c, 5));
	assert_ptr_equal(cursor_take_bytes(&c, 4), memory);
	free(memory);
}

static void test_narrow(void **state)
{
	struct cursor c = cursor_over(bytes, 6, 20), part;

	(void)state;
	part = cursor_part(&c, 4);
	assert_int_equal(cursor_left(&part), 4);
	assert_int_equal(part.length, 4);
	part = cursor_part(&c, 15);
	assert_int_equal(cursor_left(&part), 6);
	assert_int_equal(part.length, 15);
	cursor_narrow(&c, 3);
	assert_true(cursor_skip(&c, 3));
	assert_int_equal(c.length, 0);
	assert_int_equal(cursor_left(&c), 0);
	/* A length that was too small stays at nothing. */
	c = cursor_over(bytes, 6, 2);
	assert_true(cursor_skip(&c, 5));
	assert_int_equal(c.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
