/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32C against the vectors of RFC 3720, B.4, and, at every length and alignment, against the
 * polynomial bit by bit.
 */
#include "base/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_vectors_of_iscsi(void **state)
{
	uint8_t bytes[32] = {0};

	(void)state;
	assert_int_equal(crc32c("", 0), 0);
	assert_int_equal(crc32c("123456789", 9), 0xE3069283);
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x8A9136AA);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x62A8AB43);
	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	assert_int_equal(crc32c(bytes, sizeof(bytes)), 0x46DD794E);
}

static uint32_t bit_by_bit(const uint8_t *at, size_t bytes)
{
	uint32_t crc = UINT32_MAX;

	while (bytes-- > 0) {
		crc ^= *at++;
		for (uint32_t bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
	}
	return ~crc;
}

static void every_length_and_place(void **state)
{
	uint8_t bytes[96];

	(void)state;
	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t at = 0; at < 9; at++)
		for (size_t count = 0; at + count <= sizeof(bytes); count++)
			assert_int_equal(crc32c(bytes + at, count), bit_by_bit(bytes + at, count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_vectors_of_iscsi),
					   cmocka_unit_test(every_length_and_place)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
