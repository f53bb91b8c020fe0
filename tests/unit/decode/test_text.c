/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting, against printf and inet_ntop where they agree; that bytes of
 * packets are made harmless; and what becomes of errors.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "decode/text.h"

struct memory {
	struct text text;
	char bytes[4096];
};

static struct text *begin(struct memory *memory)
{
	text_open(&memory->text, -1, memory->bytes, sizeof(memory->bytes));
	return &memory->text;
}

static void check(struct memory *memory, const char *expected)
{
	assert_int_equal(text_flush(&memory->text), 0);
	text_char(&memory->text, '\0');
	assert_string_equal(memory->bytes, expected);
	begin(memory);
}

static void test_numbers(void **state)
{
	static const uint64_t values[] = {0,     1,      9,          10,         99,        100,
					  12345, 999999, UINT32_MAX, 1ull << 40, UINT64_MAX};
	struct memory memory;
	char expected[100];

	(void)state;
	begin(&memory);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint64_t v = values[i];

		text_decimal(&memory.text, v);
		snprintf(expected, sizeof(expected), "%" PRIu64, v);
		check(&memory, expected);
		text_decimal_fixed(&memory.text, v, 6);
		snprintf(expected, sizeof(expected), "%06" PRIu64, v);
		check(&memory, expected);
		text_decimal_wide(&memory.text, v, 5);
		snprintf(expected, sizeof(expected), "%5" PRIu64, v);
		check(&memory, expected);
		text_hex_prefixed(&memory.text, v, 4);
		snprintf(expected, sizeof(expected), "0x%04" PRIx64, v);
		check(&memory, expected);
		text_signed(&memory.text, -(int64_t)v);
		snprintf(expected, sizeof(expected), "%" PRId64, -(int64_t)v);
		check(&memory, expected);
	}
	text_signed(&memory.text, INT64_MIN);
	check(&memory, "-9223372036854775808");
	text_word_decimal(&memory.text, "win ", 7);
	check(&memory, "win 7");
}

static void test_addresses(void **state)
{
	struct memory memory;
	char expected[INET6_ADDRSTRLEN];
	uint8_t address[16];

	(void)state;
	begin(&memory);
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t host[4] = {(uint8_t)octet, 0, 255, (uint8_t)(255 - octet)};

		text_ipv4(&memory.text, host);
		check(&memory, inet_ntop(AF_INET, host, expected, sizeof(expected)));
	}
	/* Every pattern of zero words. */
	for (unsigned pattern = 0; pattern < 256; pattern++) {
		memset(address, 0, sizeof(address));
		for (unsigned word = 0; word < 8; word++)
			address[word * 2 + 1] = pattern >> word & 1 ? (uint8_t)(pattern ^ 0xa5) : 0;
		text_ipv6(&memory.text, address);
		check(&memory, inet_ntop(AF_INET6, address, expected, sizeof(expected)));
	}
	memcpy(address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16);
	text_ipv6(&memory.text, address);
	check(&memory, "::ffff:192.0.2.1");
	text_mac(&memory.text, address + 10, 6);
	check(&memory, "ff:ff:c0:00:02:01");
	text_mac(&memory.text, address, 0);
	check(&memory, "");
}

static void test_safe(void **state)
{
	struct memory memory;
	uint8_t all[256];

	(void)state;
	begin(&memory);
	text_safe(&memory.text, (const uint8_t *)"a\0\x1b[\x7f\x80\x9b\xff\t", 9);
	check(&memory, "a^@^[[^?M-^@M-^[M-^?^I");
	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	text_safe(&memory.text, all, sizeof(all));
	for (const char *at = memory.text.start; at < memory.text.at; at++)
		assert_in_range(*at, 0x20, 0x7e);
	begin(&memory);
	text_format(&memory.text, "%s\n\t%c%d", "\033[2J\200", 7, 7);
	check(&memory, "?[2J?\n\t?7");
}

/* Of people, who have more letters. */
static void test_words(void **state)
{
	struct memory memory;

	(void)state;
	begin(&memory);
	assert_int_equal(text_words(&memory.text, "br-l\xc3\xa4n"), 7);
	check(&memory, "br-l\xc3\xa4n");
	assert_int_equal(text_words(&memory.text, "a\033[31m\x7f\xff\xc2\x9b"), 20);
	check(&memory, "a^[[31m^?M-^?M-BM-^[");
	assert_int_equal(text_words(&memory.text, "\xe2\x80\xae"), 10);
	check(&memory, "M-bM-^@M-.");
	assert_int_equal(text_words(&memory.text, ""), 0);
}

static void test_names(void **state)
{
	static const struct text_name names[] = {{1, "one"}, {2, "two"}, {6, "both"}, {0, NULL}};
	struct memory memory;

	(void)state;
	begin(&memory);
	text_name(&memory.text, names, "unknown-%u", 2);
	text_name(&memory.text, names, "unknown-%u", 3);
	check(&memory, "twounknown-3");
	text_bits(&memory.text, names, 7, ", ", "none");
	text_bits(&memory.text, names, 4, ", ", "none");
	check(&memory, "one, two, bothnone");
	assert_null(text_name_find(names, 0));
}

/* Text in a memory that is too small is cut off, and told of. */
static void test_full(void **state)
{
	struct text text;
	char bytes[8];

	(void)state;
	text_open(&text, -1, bytes, sizeof(bytes));
	text_string(&text, "12345");
	assert_int_equal(text_flush(&text), 0);
	text_string(&text, "67890");
	assert_int_equal(text_flush(&text), -ENOSPC);
	assert_memory_equal(bytes, "12345678", 8);
	text_char(&text, 'x');
	text_decimal(&text, 5);
	assert_int_equal(text_pending(&text), 8);
}

/* A limit cuts off, too, but is no error: in memory, and where text goes out. */
static void test_limit(void **state)
{
	struct memory memory;
	char bytes[TEXT_LEAST_BYTES], read_back[2000], expected[2000];
	struct text text;
	int ends[2];

	(void)state;
	begin(&memory);
	text_limit(&memory.text, 5);
	text_string(&memory.text, "12345");
	assert_false(text_unlimit(&memory.text));
	text_limit(&memory.text, 5);
	text_string(&memory.text, "67890a");
	text_char(&memory.text, 'b');
	assert_true(text_unlimit(&memory.text));
	text_char(&memory.text, 'c');
	check(&memory, "1234567890c");
	text_limit(&memory.text, 3);
	assert_null(text_room(&memory.text, 4));
	text_char(&memory.text, 'd');
	assert_true(text_unlimit(&memory.text));
	check(&memory, "");

	assert_int_equal(pipe(ends), 0);
	text_open(&text, ends[1], bytes, sizeof(bytes));
	memset(expected, 'y', sizeof(expected));
	text_bytes(&text, expected, 100);
	text_limit(&text, 1234);
	for (size_t i = 0; i < 10; i++)
		text_bytes(&text, expected, 200);
	assert_true(text_unlimit(&text));
	text_char(&text, 'y');
	text_limit(&text, 665);
	for (size_t i = 0; i < 665; i++)
		text_char(&text, 'y');
	assert_false(text_unlimit(&text));
	assert_int_equal(text_flush(&text), 0);
	assert_int_equal(read(ends[0], read_back, sizeof(read_back)), 2000);
	assert_memory_equal(read_back, expected, sizeof(expected));
	close(ends[0]);
	close(ends[1]);
}

static void test_descriptor(void **state)
{
	char bytes[TEXT_LEAST_BYTES], read_back[2000], expected[2000];
	struct text text;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	text_open(&text, ends[1], bytes, sizeof(bytes));
	memset(expected, 'y', sizeof(expected));
	for (size_t i = 0; i < 10; i++)
		text_bytes(&text, expected, 200);
	assert_int_equal(text_flush(&text), 0);
	assert_int_equal(read(ends[0], read_back, sizeof(read_back)), 2000);
	assert_memory_equal(read_back, expected, sizeof(expected));
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	text_char(&text, 'z');
	assert_int_equal(text_flush(&text), -EPIPE);
	for (size_t i = 0; i < 10; i++)
		text_bytes(&text, expected, 200);
	assert_int_equal(text_flush(&text), -EPIPE);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_safe),    cmocka_unit_test(test_words),
		cmocka_unit_test(test_names),   cmocka_unit_test(test_full),
		cmocka_unit_test(test_limit),   cmocka_unit_test(test_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
