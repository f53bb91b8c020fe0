/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of each style, counts behind names that were taken, and which
 * templates are refused, with what advice.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tape/segment_name.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HOUR NS_PER_HOUR
#define DAY  (24 * HOUR)

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

/* 2026-11-24 10:50:00 UTC, a Tuesday. */
static const uint64_t now = UINT64_C(1795517400) * NS_PER_SECOND;

static int utc_zone(void **state)
{
	(void)state;
	set_zone("UTC");
	return 0;
}

static void assert_name(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
			unsigned attempt, const char *expected)
{
	char name[SEGMENT_NAME_ROOM];

	assert_int_equal(segment_name_make(naming, wall_ns, sequence, attempt, name), 0);
	assert_string_equal(name, expected);
}

static struct segment_naming template_of(const char *base)
{
	return (struct segment_naming){.style = NAME_TEMPLATE, .path = base, .base = base};
}

static void test_directory(void **state)
{
	struct segment_naming naming = {.style = NAME_DIRECTORY,
					.path = "d/",
					.interface = "eth0",
					.extension = "pcapng"};

	(void)state;
	set_zone(BERLIN); /* no matter */
	assert_name(&naming, now, 1, 0, "eth0_20261124T105000Z_00000001.pcapng");
	assert_name(&naming, now + NS_PER_SECOND - 1, 99999999, 0,
		    "eth0_20261124T105000Z_99999999.pcapng");
	assert_name(&naming, now, 100000000, 0, "eth0_20261124T105000Z_100000000.pcapng");
	assert_name(&naming, now, UINT64_MAX, 0,
		    "eth0_20261124T105000Z_18446744073709551615.pcapng");
	assert_name(&naming, now, 7, 1, "eth0_20261124T105000Z_00000007_2.pcapng");
	assert_name(&naming, now, 7, 2, "eth0_20261124T105000Z_00000007_3.pcapng");
	naming.count_at_end = true;
	assert_name(&naming, now, 7, 1, "eth0_20261124T105000Z_00000007_2.pcapng");
	assert_name(&naming, 0, 1, 0, "eth0_19700101T000000Z_00000001.pcapng");
	assert_name(&naming, UINT64_MAX, 1, 0, "eth0_25540721T233433Z_00000001.pcapng");

	naming.extension = "pcap";
	naming.interface = "br-lan.100";
	assert_name(&naming, now, 1, 1, "br-lan.100_20261124T105000Z_00000001_2.pcap");
	naming.interface = "a_b c%d\xc3\xa4@\n";
	assert_name(&naming, now, 1, 0, "a-b-c-d----_20261124T105000Z_00000001.pcap");
	naming.interface = "../x";
	assert_name(&naming, now, 1, 0, "-.-x_20261124T105000Z_00000001.pcap");
	assert_int_equal(segment_name_check(&naming, 0, now, NULL), 0);
}

static void test_template(void **state)
{
	struct segment_naming naming = template_of("eth0-%Y%m%d-%H%M%S.pcapng");
	char name[SEGMENT_NAME_ROOM];

	(void)state;
	assert_name(&naming, now, 5, 0, "eth0-20261124-105000.pcapng");
	assert_name(&naming, now, 5, 1, "eth0-20261124-105000_2.pcapng");
	assert_name(&naming, now, 5, 9, "eth0-20261124-105000_10.pcapng");
	naming.count_at_end = true;
	assert_name(&naming, now, 5, 1, "eth0-20261124-105000.pcapng1");
	assert_name(&naming, now, 5, 2, "eth0-20261124-105000.pcapng2");
	naming = template_of("%s");
	assert_name(&naming, now, 5, 0, "1795517400");
	assert_name(&naming, now, 5, 1, "1795517400_2");
	assert_name(&naming, UINT64_MAX, 5, 0, "18446744073");
	naming = template_of("100%%-%F");
	assert_name(&naming, now, 5, 0, "100%-2026-11-24");

	/* What the check refuses comes to nothing worse. */
	naming = template_of("%D");
	assert_int_equal(segment_name_make(&naming, now, 1, 0, name), -EINVAL);
	naming = template_of("");
	assert_int_equal(segment_name_make(&naming, now, 1, 0, name), -EINVAL);
	naming = template_of(".%s");
	assert_int_equal(segment_name_make(&naming, now, 1, 0, name), -EINVAL);
	naming = template_of("%s%n");
	assert_int_equal(segment_name_make(&naming, now, 1, 0, name), -EINVAL);
	naming = template_of("%300Y");
	assert_int_equal(segment_name_make(&naming, now, 1, 0, name), -ENAMETOOLONG);
}

static void test_local_time(void **state)
{
	/* 2026-10-25 00:30 UTC, before summer time ends, and an hour later. */
	const uint64_t autumn = UINT64_C(1792888200) * NS_PER_SECOND;
	struct segment_naming naming = template_of("%Y%m%d%H%M%z.pcap");

	(void)state;
	set_zone(BERLIN);
	assert_name(&naming, now, 1, 0, "202611241150+0100.pcap");
	assert_name(&naming, autumn, 1, 0, "202610250230+0200.pcap");
	assert_name(&naming, autumn + HOUR, 1, 0, "202610250230+0100.pcap");
	naming.style = NAME_NUMBERED;
	naming.base = "x.pcapng";
	assert_name(&naming, autumn, 1, 0, "x_00001_20261025023000.pcapng");
	assert_name(&naming, autumn + HOUR, 2, 0, "x_00002_20261025023000.pcapng");
}

static void test_counted(void **state)
{
	struct segment_naming naming = {.style = NAME_COUNTED,
					.path = "d/x.pcap",
					.base = "x.pcap"};

	(void)state;
	assert_name(&naming, now, 1, 0, "x.pcap");
	assert_name(&naming, now, 2, 0, "x.pcap1");
	assert_name(&naming, now, 11, 0, "x.pcap10");
	assert_name(&naming, now, UINT64_MAX, 0, "x.pcap18446744073709551614");
	/* Not the name of another segment. */
	assert_name(&naming, now, 1, 1, "x.pcap_2");
	naming.count_at_end = true;
	assert_name(&naming, now, 2, 1, "x.pcap1_2");

	naming.ring = 3;
	assert_name(&naming, now, 1, 0, "x.pcap0");
	assert_name(&naming, now, 3, 0, "x.pcap2");
	assert_name(&naming, now, 4, 0, "x.pcap0");
	assert_name(&naming, now, 5, 2, "x.pcap1_3");
	naming.ring = 10;
	assert_name(&naming, now, 10, 0, "x.pcap9");
	naming.ring = 11;
	assert_name(&naming, now, 10, 0, "x.pcap09");
	assert_name(&naming, now, 11, 0, "x.pcap10");
	assert_name(&naming, now, 12, 0, "x.pcap00");
	naming.ring = 1001;
	assert_name(&naming, now, 8, 0, "x.pcap0007");
	naming.ring = 1;
	assert_name(&naming, now, 8, 0, "x.pcap");
	naming.ring = UINT64_MAX;
	assert_name(&naming, now, 8, 0, "x.pcap00000000000000000007");
}

static void test_numbered(void **state)
{
	struct segment_naming naming = {.style = NAME_NUMBERED, .path = "d/x", .base = "x.pcapng"};

	(void)state;
	assert_name(&naming, now, 1, 0, "x_00001_20261124105000.pcapng");
	assert_name(&naming, now, 99999, 1, "x_99999_20261124105000_2.pcapng");
	assert_name(&naming, now, 100000, 2, "x_100000_20261124105000_3.pcapng");
	naming.base = "a.b.c";
	assert_name(&naming, now, 1, 0, "a.b_00001_20261124105000.c");
	naming.base = "dump";
	assert_name(&naming, now, 1, 0, "dump_00001_20261124105000");
	assert_name(&naming, now, 1, 1, "dump_00001_20261124105000_2");
	naming.base = "100%s.";
	assert_name(&naming, now, 1, 0, "100%s_00001_20261124105000.");
}

/* To the byte, in every style. */
static void test_long_names(void **state)
{
	char base[2 * NAME_MAX], name[SEGMENT_NAME_ROOM];
	struct segment_naming naming = {.path = "d/x", .base = base};
	static const enum name_style styles[] = {NAME_TEMPLATE, NAME_COUNTED, NAME_NUMBERED};
	static const size_t added[] = {0, 0, strlen("_00001_20261124105000")};
	struct error err;

	(void)state;
	memset(base, 'a', sizeof(base));
	for (size_t i = 0; i < COUNT(styles); i++) {
		naming.style = styles[i];
		base[NAME_MAX - added[i]] = '\0';
		assert_int_equal(segment_name_make(&naming, now, 1, 0, name), 0);
		assert_int_equal(strlen(name), NAME_MAX);
		assert_int_equal(segment_name_make(&naming, now, 1, 1, name), -ENAMETOOLONG);
		base[NAME_MAX - added[i]] = 'a';
		base[NAME_MAX - added[i] + 1] = '\0';
		assert_int_equal(segment_name_make(&naming, now, 1, 0, name), -ENAMETOOLONG);
		base[NAME_MAX - added[i] + 1] = 'a';

		if (styles[i] == NAME_TEMPLATE)
			memcpy(base, "%s%%%F", 6); /* 21 letters out of 6 */
		base[NAME_MAX - 15 - added[i] - (styles[i] == NAME_TEMPLATE ? 15 : 0)] = '\0';
		assert_int_equal(segment_name_check(&naming, 0, now, &err), -EINVAL);
		assert_string_equal(err.text, "d/x: names would be longer than 239 bytes");
		base[strlen(base) - 1] = '\0';
		assert_int_equal(segment_name_check(&naming, 0, now, &err), 0);
		memset(base, 'a', sizeof(base));
	}

	/* A long template for a short name, and one too long for anything. */
	for (size_t at = 0; at + 2 < sizeof(base); at += 2)
		memcpy(base + at, at < 400 ? "%%" : "%s", 2);
	naming.style = NAME_TEMPLATE;
	base[402] = '\0';
	assert_int_equal(segment_name_check(&naming, 0, now, &err), 0);
	naming.base = memset((char[5000]){0}, 'a', 4999);
	assert_int_equal(segment_name_check(&naming, 0, now, &err), -EINVAL);
	assert_string_equal(err.text, "d/x: names would be longer than 239 bytes");
	naming.base = "x%999999999999Y%s";
	assert_int_equal(segment_name_check(&naming, 0, now, &err), -EINVAL);
	assert_string_equal(err.text, "d/x: names would be longer than 239 bytes");
}

static void test_bad_names(void **state)
{
	static const struct {
		enum name_style style;
		const char *base, *text;
	} cases[] = {
		{NAME_TEMPLATE, "", "P: the template gives a name without a letter"},
		{NAME_TEMPLATE, "%D.pcap",
		 "P: a conversion gives a slash, which no name can have: '11/24/26.pcap'; "
		 "a date without is %F"},
		{NAME_TEMPLATE, "%s%n.pcap", "P: a name would have two lines"},
		{NAME_NUMBERED, "a\n.pcap", "P: a name would have two lines"},
		{NAME_TEMPLATE, ".%s", "P: '.1795517400' begins with a dot, which hides it"},
		{NAME_COUNTED, "..", "P: '..' begins with a dot, which hides it"},
		{NAME_NUMBERED, ".a.b",
		 "P: '.a_00001_20261124105000.b' begins with a dot, which hides it"},
		{NAME_TEMPLATE, "%s%",
		 "P: the template ends within a conversion, '%'; a percent sign is '%%'"},
		{NAME_TEMPLATE, "%s%%%-5E",
		 "P: the template ends within a conversion, '%-5E'; a percent sign is '%%'"},
		{NAME_TEMPLATE, "100%.%s",
		 "P: '%.' is not a conversion of strftime(3); a percent sign is '%%'"},
		{NAME_TEMPLATE, "%s%Q",
		 "P: '%Q' is not a conversion of strftime(3); a percent sign is '%%'"},
		{NAME_TEMPLATE, "%s%^9q",
		 "P: '%^9q' is not a conversion of strftime(3); a percent sign is '%%'"},
		{NAME_TEMPLATE, "%EH%s",
		 "P: '%EH' is not a conversion of strftime(3); a percent sign is '%%'"},
		{NAME_TEMPLATE, "%s\x1b", NULL}, /* odd, but a name */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct segment_naming naming = {.style = cases[i].style,
						.path = "P",
						.base = cases[i].base};
		struct error err = {0};
		int result = segment_name_check(&naming, 0, now, &err);

		if (cases[i].text) {
			assert_string_equal(err.text, cases[i].text);
			assert_int_equal(result, -EINVAL);
			assert_int_equal(err.kind, ERROR_USAGE);
			assert_int_equal(segment_name_check(&naming, 0, now, NULL), -EINVAL);
		} else {
			assert_int_equal(result, 0);
		}
	}
}

/* Times at which a check may be made; what it finds must not hang on it. */
static const uint64_t checked_at[] = {
	0,
	UINT64_C(951782400) * NS_PER_SECOND,  /* 2000-02-29 00:00 */
	UINT64_C(1772323199) * NS_PER_SECOND, /* 2026-02-28 23:59:59 */
	UINT64_C(1792879200) * NS_PER_SECOND, /* 2026-10-25 in Berlin, a day of 25 hours */
	UINT64_C(1792890000) * NS_PER_SECOND, /* 2026-10-25 01:00, end of summer time */
	UINT64_C(1795517400) * NS_PER_SECOND + 7,
	UINT64_C(1798761599) * NS_PER_SECOND, /* 2026-12-31 23:59:59 */
	UINT64_C(1830297600) * NS_PER_SECOND, /* 2028-01-01 */
	UINT64_C(4294967296) * NS_PER_SECOND, /* 2106-02-07 */
};

static void test_good_templates(void **state)
{
	static const struct {
		const char *base;
		uint64_t period_ns;
	} cases[] = {
		{"%s", 0},
		{"%s", 1},
		{"%Y%m%d%H%M%S.pcapng", 0},
		{"%Y%m%d%H%M%S.pcapng", 100000000},
		{"%y%m%d%H%M%S", 0},
		{"%FT%T%z", NS_PER_SECOND},
		{"%c", 0},
		{"%Y%m%d%I%M%S%p", 0},
		{"%Y-%j-%k-%M-%S", 0},
		{"%G-W%V-%u-%H%M%S", 0},
		{"%Y-%U-%a-%H%M%S", 0},
		{"%Y-%W-%A-%r", 0},
		{"%e %b %Y %R", 60 * NS_PER_SECOND},
		{"%_H%0M%-S%^a%#Z %OS %Ey %EY%t%5j%010Y%h%C%g%l%P%w%Om%d", 0},
		{"%Y%m%d%H%M", 60 * NS_PER_SECOND},
		{"%Y%m%d%H", HOUR},
		{"%Y%m%d%H", 90 * 60 * NS_PER_SECOND},
		{"%Y%m%d", DAY},
		{"%F", 2 * DAY},
		{"%G-%V", 7 * DAY},
		{"%Y%m", 31 * DAY},
		{"%Y", 366 * DAY},
		{"%s", INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t t = 0; t < 2 * COUNT(checked_at); t++) {
			struct segment_naming naming = template_of(cases[i].base);
			struct error err = {0};

			set_zone(t % 2 ? BERLIN : "UTC");
			naming.count_at_end = i % 2;
			segment_name_check(&naming, cases[i].period_ns, checked_at[t / 2], &err);
			assert_string_equal(err.text, "");
		}
}

static void test_repeating_templates(void **state)
{
	static const struct {
		const char *base;
		uint64_t period_ns;
		const char *add;
	} cases[] = {
		{"x.pcap", 0, "the date and the time, as in %Y%m%d-%H%M%S"},
		{"%%", HOUR, "the date and the hour, as in %Y%m%d-%H"},
		{"%%", 60 * NS_PER_SECOND, "the date and the time, as in %Y%m%d-%H%M"},
		{"%H", HOUR, "the date, as in %Y%m%d"},
		{"%H%M%S", 0, "the date, as in %Y%m%d"},
		{"%H", 0, "the date and the time, as in %Y%m%d-%H%M%S"},
		{"%Y%m%d", 0, "the time, as in %H%M%S"},
		{"%Y%m%d", HOUR, "the hour, as in %H"},
		{"%Y%m%d", 23 * HOUR, "the half of the day, as in %p"},
		{"%Y%m%d", 60 * NS_PER_SECOND, "the hour and the minute, as in %H%M"},
		{"%Y%m%d%H", 59 * 60 * NS_PER_SECOND, "the minute, as in %M"},
		{"%Y%m%d%H", 0, "the minute and the second, as in %M%S"},
		{"%Y%m%d%H%M", 0, "the second, as in %S"},
		{"%Y%m%d%H%M", 59 * NS_PER_SECOND, "the second, as in %S"},
		{"%Y%m%d%H%S", 0, "the minute, as in %M"},
		{"%Y%m%d%M%S", 0, "the hour, as in %H"},
		{"%Y%m%d%I%M%S", 0, "the half of the day, as in %p"},
		{"%Y%m%d%I", HOUR, "the half of the day, as in %p"},
		{"%Y%m-%H%M%S", 0, "the day, as in %d"},
		{"%Y%d-%H%M%S", 0, "the month, as in %m"},
		{"%Y-%H%M%S", 0, "the month and the day, as in %m%d"},
		{"%d-%H%M%S", 0, "the year and the month, as in %Y%m"},
		{"%d", DAY, "the year and the month, as in %Y%m"},
		{"%m%d-%H%M%S", 0, "the year, as in %Y"},
		{"%m%d", DAY, "the year, as in %Y"},
		{"%j", DAY, "the year, as in %Y"},
		{"%j%H%M%S", 0, "the year, as in %Y"},
		{"%b-%d-%a", DAY, "the year, as in %Y"},
		{"%C%m%d", DAY, "the year, as in %Y"},
		{"%U%a%H%M%S", 0, "the year, as in %Y"},
		{"%V%u%H%M%S", 0, "the year of the week, as in %G"},
		{"%Y%V%u%H%M%S", 0, "the year of the week, as in %G"},
		{"%G%m%d%H%M%S", 0, "the year, as in %Y"},
		{"%a%H%M%S", 0, "the date, as in %Y%m%d"},
		{"%a%d%H%M%S", 0, "the year and the month, as in %Y%m"},
		{"%Y%m", 30 * DAY, "the day, as in %d"},
		{"%Y%d", 29 * DAY, "the month, as in %m"},
		{"%m%d", 7 * 366 * DAY, "the year, as in %Y"},
		{"%Z", 366 * DAY, "the year, as in %Y"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t t = 0; t < COUNT(checked_at); t++) {
			struct segment_naming naming = template_of(cases[i].base);
			struct error err = {0};
			const char *add;

			set_zone((i + t) % 2 ? BERLIN : "UTC");
			assert_int_equal(segment_name_check(&naming, cases[i].period_ns,
							    checked_at[t], &err),
					 -EINVAL);
			assert_int_equal(err.kind, ERROR_USAGE);
			add = strstr(err.text, "; add ");
			assert_non_null(add);
			assert_string_equal(add + strlen("; add "), cases[i].add);
		}
}

static void test_repeat_text(void **state)
{
	struct segment_naming naming = template_of("%H.pcapng");
	struct error err;
	char path[1000];

	(void)state;
	naming.path = "/var/tape/%H.pcapng";
	assert_int_equal(segment_name_check(&naming, HOUR, now, &err), -EINVAL);
	assert_string_equal(err.text,
			    "/var/tape/%H.pcapng: the template repeats names: 2026-11-24 10:50:00 "
			    "and 2026-11-25 10:50:00 both give '10.pcapng'; add the date, as in "
			    "%Y%m%d");

	/* The times are the nearest. */
	naming.base = "%a.pcap";
	assert_int_equal(segment_name_check(&naming, DAY, now, &err), -EINVAL);
	assert_non_null(strstr(err.text, "2026-11-24 10:50:00 and 2026-12-01 10:50:00 both give "
					 "'Tue.pcap'; add the date, as in %Y%m%d"));
	naming.base = "%H.pcapng";

	/* However long the path, the advice is there. */
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	naming.path = path;
	assert_int_equal(segment_name_check(&naming, HOUR, now, &err), -EINVAL);
	assert_non_null(strstr(err.text, "; add the date, as in %Y%m%d"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_directory, utc_zone),
		cmocka_unit_test_setup(test_template, utc_zone),
		cmocka_unit_test_setup(test_local_time, utc_zone),
		cmocka_unit_test_setup(test_counted, utc_zone),
		cmocka_unit_test_setup(test_numbered, utc_zone),
		cmocka_unit_test_setup(test_long_names, utc_zone),
		cmocka_unit_test_setup(test_bad_names, utc_zone),
		cmocka_unit_test_setup(test_good_templates, utc_zone),
		cmocka_unit_test_setup(test_repeating_templates, utc_zone),
		cmocka_unit_test_setup(test_repeat_text, utc_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
