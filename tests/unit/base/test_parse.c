/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts, sizes and durations, both sides of each limit; sizes as people read
 * them; suggestions for mistyped words.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What no parser takes, whatever its unit. */
static const char *const junk[] = {
	"",    " ",   " 1", "1 ",   "+1",    "-1",  "-",   "0x10", "1e3", "1,5",
	"1 K", "1Kx", "K",  "KiB",  "1KiBx", "1BB", "abc", "\n1",  "1\n", "1_000",
	".",   "1.",  ".5", "1..2", "1.5.",  "1mm", "1 s", "1ks",  "s",
};

static void assert_refused(int result, const struct error *err, const char *text)
{
	assert_int_equal(result, -EINVAL);
	assert_int_equal(err->kind, ERROR_USAGE);
	if (!strpbrk(text, "\n"))
		assert_non_null(strstr(err->text, text));
}

static void test_count(void **state)
{
	struct error err = {0};
	uint64_t value = 7;

	(void)state;
	assert_int_equal(parse_count("1", 1, 10, &value, &err), 0);
	assert_int_equal(value, 1);
	assert_int_equal(parse_count("010", 1, 10, &value, &err), 0);
	assert_int_equal(value, 10);
	assert_int_equal(parse_count("18446744073709551615", 0, UINT64_MAX, &value, &err), 0);
	assert_true(value == UINT64_MAX);

	value = 7;
	assert_refused(parse_count("0", 1, 10, &value, &err), &err, "0");
	assert_refused(parse_count("11", 1, 10, &value, &err), &err, "11");
	assert_non_null(strstr(err.text, "at most 10"));
	assert_refused(parse_count("18446744073709551616", 0, UINT64_MAX, &value, &err), &err,
		       "18446744073709551616");
	assert_refused(parse_count("184467440737095516150", 0, UINT64_MAX, &value, &err), &err,
		       "184467440737095516150");
	for (size_t i = 0; i < COUNT(junk); i++)
		assert_refused(parse_count(junk[i], 0, UINT64_MAX, &value, &err), &err, junk[i]);
	assert_int_equal(value, 7);
	assert_int_equal(parse_count("x", 0, 1, &value, NULL), -EINVAL);
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{"1", 1},
		{"4096", 4096},
		{"1k", 1024},
		{"1K", 1024},
		{"2KiB", 2048},
		{"2kb", 2048},
		{"64M", UINT64_C(64) << 20},
		{"64MB", UINT64_C(64) << 20},
		{"5g", UINT64_C(5) << 30},
		{"1T", UINT64_C(1) << 40},
		{"1TiB", UINT64_C(1) << 40},
		{"16777215T", UINT64_C(16777215) << 40},
		{"18446744073709551615", UINT64_MAX},
	};
	static const char *const bad[] = {
		"0",
		"0K",
		"16777216T",
		"18446744073709551616",
		"18446744073709551615K",
		"1P",
		"1Ki",
		"1KBi",
		"1iB",
		"1.5G",
		"1ms",
	};
	struct error err = {0};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_size(good[i].text, &bytes, &err), 0);
		assert_true(bytes == good[i].bytes);
	}
	bytes = 7;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(parse_size(bad[i], &bytes, &err), &err, bad[i]);
	for (size_t i = 0; i < COUNT(junk); i++)
		assert_refused(parse_size(junk[i], &bytes, &err), &err, junk[i]);
	assert_int_equal(bytes, 7);
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{"1", UINT64_C(1000000000)},
		{"10s", UINT64_C(10000000000)},
		{"100ms", UINT64_C(100000000)},
		{"1us", 1000},
		{"2m", UINT64_C(120000000000)},
		{"1h", UINT64_C(3600000000000)},
		{"1d", UINT64_C(86400000000000)},
		{"0.5", UINT64_C(500000000)},
		{"1.5h", UINT64_C(5400000000000)},
		{"0.000000001", 1},
		{"0.00000000199999999999999999999999", 1},
		{"0.001us", 1},
		{"1.999999999999999999999999999999", UINT64_C(1999999999)},
		{"0.33333333333333333333m", UINT64_C(19999999999)},
		{"9223372036.854775807", INT64_MAX},
	};
	static const char *const bad[] = {
		"0",
		"0.0",
		"0.0000000001",
		"9223372036.854775808",
		"18446744073.709551616",
		"18446744074",
		"106752d",
		"213504d",
		"99999999999999999999999",
		"1S",
		"1min",
		"1K",
		"5w",
	};
	struct error err = {0};
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_duration(good[i].text, &ns, &err), 0);
		assert_true(ns == good[i].ns);
	}
	ns = 7;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(parse_duration(bad[i], &ns, &err), &err, bad[i]);
	for (size_t i = 0; i < COUNT(junk); i++)
		assert_refused(parse_duration(junk[i], &ns, &err), &err, junk[i]);
	assert_int_equal(ns, 7);
}

static void test_format_size(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{512, "512 B"},
		{1023, "1023 B"},
		{1024, "1 KiB"},
		{1536, "1.5 KiB"},
		{UINT64_C(64) << 20, "64 MiB"},
		{UINT64_C(3) << 29, "1.5 GiB"},
		{(UINT64_C(1) << 20) - 1, "1 MiB"},
		{(UINT64_C(1) << 20) + 1, "1 MiB"},
		{(UINT64_C(1023) << 20) + (UINT64_C(9) << 20) / 10, "1023.9 MiB"},
		{UINT64_MAX, "16 EiB"},
		{UINT64_MAX - (UINT64_C(1) << 60), "15 EiB"},
		{UINT64_C(15) << 56, "960 PiB"},
	};
	char text[FORMAT_SIZE_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(format_size(text, cases[i].bytes), cases[i].text);
}

static void test_format_count(void **state)
{
	static const struct {
		uint64_t count;
		const char *text;
	} cases[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1 000"},
		{123456, "123 456"},
		{UINT64_MAX, "18 446 744 073 709 551 615"},
	};
	char text[FORMAT_COUNT_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(format_count(text, cases[i].count), cases[i].text);
}

static void test_nearest(void **state)
{
	static const char *const options[] = {"ring-size", "ring-version", "block-size", "nano"};
	static const char *const devices[] = {"lo", "eth0", "eth1", "wlan0"};
	char lengthy[200];

	(void)state;
	assert_string_equal(parse_nearest("ring-szie", options, COUNT(options)), "ring-size");
	assert_string_equal(parse_nearest("rng-size", options, COUNT(options)), "ring-size");
	assert_string_equal(parse_nearest("ring-sizes", options, COUNT(options)), "ring-size");
	assert_string_equal(parse_nearest("nano", options, COUNT(options)), "nano");
	assert_null(parse_nearest("promiscuous", options, COUNT(options)));
	assert_null(parse_nearest("", options, COUNT(options)));
	assert_null(parse_nearest("x", options, COUNT(options)));
	assert_null(parse_nearest("nano", options, 0));

	assert_string_equal(parse_nearest("eht0", devices, COUNT(devices)), "eth0");
	assert_string_equal(parse_nearest("eth2", devices, COUNT(devices)), "eth0");
	assert_string_equal(parse_nearest("eth", devices, COUNT(devices)), "eth0");
	assert_string_equal(parse_nearest("l0", devices, COUNT(devices)), "lo");
	assert_null(parse_nearest("et", devices, COUNT(devices)));
	assert_null(parse_nearest("z9", devices, COUNT(devices)));
	assert_null(parse_nearest("x", (const char *const[]){"y"}, 1));

	memset(lengthy, 'e', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	assert_null(parse_nearest(lengthy, devices, COUNT(devices)));
	assert_null(parse_nearest("eth0", (const char *const[]){lengthy}, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),        cmocka_unit_test(test_size),
		cmocka_unit_test(test_duration),     cmocka_unit_test(test_format_size),
		cmocka_unit_test(test_format_count), cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
