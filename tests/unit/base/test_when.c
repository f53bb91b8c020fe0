/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times from text: each form, in a zone with summer time and one east of
 * Greenwich by half an hour, at the edges of what fits, and what is none.
 */
#include "base/when.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define S   UINT64_C(1000000000)
#define NOW (UINT64_C(1795514400) * S + 5) /* 2026-11-24T10:00:00Z */

static void use_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void expect(const char *text, uint64_t ns)
{
	struct error err = {0};
	uint64_t got = 1;

	if (parse_when(text, NOW, &got, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	if (got != ns)
		fail_msg("%s: %llu, not %llu", text, (unsigned long long)got,
			 (unsigned long long)ns);
}

static void expect_error(const char *text, const char *says)
{
	struct error err = {0};
	uint64_t got;

	if (parse_when(text, NOW, &got, &err) != -EINVAL)
		fail_msg("%s is taken", text);
	assert_int_equal(err.kind, ERROR_USAGE);
	if (!strstr(err.text, says))
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(parse_when(text, NOW, &got, NULL), -EINVAL);
}

static void rfc_3339(void **state)
{
	(void)state;
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	expect("2026-11-24T10:00:00Z", NOW - 5);
	expect("2026-11-24t10:00:00z", NOW - 5);
	expect("2026-11-24 10:00:00Z", NOW - 5);
	expect("2026-11-24T10:00Z", NOW - 5);
	expect("2026-11-24T10:00:00.000000005Z", NOW);
	expect("2026-11-24T10:00:00.0000000059Z", NOW);
	expect("2026-11-24T10:00:00.25Z", NOW - 5 + S / 4);
	expect("2026-11-24T11:00:00+01:00", NOW - 5);
	expect("2026-11-24T11:00:00+0100", NOW - 5);
	expect("2026-11-24T11:00:00+01", NOW - 5);
	expect("2026-11-23T23:30:00-10:30", NOW - 5);
	expect("2024-02-29T00:00:00Z", 1709164800 * S);
	expect("1970-01-01T00:00:00Z", 0);
	expect("2016-12-31T23:59:60Z", 1483228800 * S);
	expect("2554-07-21T23:34:33.709551615Z", UINT64_MAX);
}

static void local_time(void **state)
{
	(void)state;
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	expect("2026-11-24T11:00:00", NOW - 5);
	expect("2026-11-24 11:00", NOW - 5);
	expect("2026-11-24", NOW - 5 - 11 * 3600 * S);
	expect("2026-07-01T12:00:00", 1782900000 * S);
	expect("11:00", NOW - 5);
	expect("11:00:00.5", NOW - 5 + S / 2);
	expect("23:59:59", NOW - 5 + (13 * 3600 - 1) * S);
	expect("00:00", NOW - 5 - 11 * 3600 * S);
	use_zone("IST-5:30");
	expect("15:30", NOW - 5);
	expect("2026-11-24T15:30:00", NOW - 5);
	use_zone("UTC");
	expect("10:00", NOW - 5);
}

static void summer_time(void **state)
{
	(void)state;
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	expect_error("2026-03-29T02:30:00", "set forward");
	expect("2026-03-29T01:59:59", 1774745999 * S);
	expect("2026-03-29T03:00:00", 1774746000 * S);
	/* Twice: 00:30 and 01:30 UTC. */
	expect("2026-10-25T02:30:00", 1792888200 * S);
	expect("2026-10-25T03:00:00", 1792893600 * S);
	expect("2026-10-25T02:30:00+01:00", 1792891800 * S);
}

static void before_now(void **state)
{
	(void)state;
	expect("-15m", NOW - 900 * S);
	expect("-2h30m", NOW - 9000 * S);
	expect("-90s", NOW - 90 * S);
	expect("-90", NOW - 90 * S);
	expect("-1.5", NOW - 3 * S / 2);
	expect("-1d", NOW - 86400 * S);
	expect("-1d2h3m4s", NOW - 93784 * S);
	expect("-1.5h", NOW - 5400 * S);
	expect("-0.000000005s", NOW - 5);
	expect("-0s", NOW);
	expect_error("-1000000d", "before 1970");
	expect_error("-99999999999999999999999s", "before 1970");
}

static void since_1970(void **state)
{
	(void)state;
	expect("@0", 0);
	expect("@1700000000", 1700000000 * S);
	expect("@1700000000.123456789", 1700000000 * S + 123456789);
	expect("@18446744073.709551615", UINT64_MAX);
	expect_error("@18446744073.709551616", "1970 to 2554");
	expect_error("@18446744073709551616", "1970 to 2554");
}

static void not_times(void **state)
{
	static const char *const texts[] = {"",
					    " ",
					    "now",
					    "10",
					    "10:0",
					    "1:00",
					    "10:00 ",
					    "10:00:",
					    "10:00:00.",
					    "24:00",
					    "10:60",
					    "10:00:61",
					    "10:00Z",
					    "2026",
					    "2026-11",
					    "2026-11-24T",
					    "2026-11-24T10",
					    "2026-11-24T10:00:00X",
					    "2026-11-24T10:00:00+1",
					    "2026-11-24T10:00:00+24:00",
					    "2026-11-24T10:00:00+01:60",
					    "2026-11-24T10:00:00Z ",
					    "26-11-24T10:00:00Z",
					    "-",
					    "-m",
					    "-5x",
					    "-5m2",
					    "-5m2m",
					    "-5m2h",
					    "-5m-2s",
					    "-1.m",
					    "--5m",
					    "@",
					    "@-1",
					    "@1.",
					    "@1x",
					    "@ 1",
					    "+5m",
					    "2026-1-1",
					    "2026-11-24T-1:00:00Z",
					    "2026/11/24"};

	(void)state;
	use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_error(texts[i], "2026-11-24T10:00:00Z, 10:00, -15m and @1700000000 are");
	expect_error("2026-02-30T10:00:00Z", "no such day");
	expect_error("2026-02-29", "no such day");
	expect_error("2026-13-01", "no such day");
	expect_error("2026-00-01", "no such day");
	expect_error("2026-01-00", "no such day");
	expect_error("1969-12-31T23:59:59Z", "1970 to 2554");
	expect_error("2554-07-21T23:34:33.709551616Z", "1970 to 2554");
	expect_error("9999-01-01", "1970 to 2554");
	expect_error("0000-01-01T00:00:00Z", "1970 to 2554");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_3339),    cmocka_unit_test(local_time),
		cmocka_unit_test(summer_time), cmocka_unit_test(before_now),
		cmocka_unit_test(since_1970),  cmocka_unit_test(not_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
