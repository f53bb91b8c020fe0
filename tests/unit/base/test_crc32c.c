/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32C against the vectors of RFC 3720, B.4.
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

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_vectors_of_iscsi)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
