/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts people see, compared whole: scripts read the closing report, and
 * the status line has to fit a terminal whatever the numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "cli/report.h"

#define SECOND    UINT64_C(1000000000)
#define NS_MINUTE INT64_C(60000000000)

static char *text;
static size_t text_bytes;

static void expect_final(const struct stats_snapshot *stats, const char *expected)
{
	FILE *out = open_memstream(&text, &text_bytes);

	report_final(out, NULL, stats);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void expect_status(const struct stats_snapshot *stats, const struct stats_snapshot *last,
			  uint32_t fill_permille, uint64_t file_bytes, const char *expected)
{
	FILE *out = open_memstream(&text, &text_bytes);

	char line[REPORT_STATUS_ROOM];

	report_status(line, stats, last,
		      &(struct report_state){.fill_permille = fill_permille,
					     .file_bytes = file_bytes});
	fputs(line, out);
	fclose(out);
	assert_string_equal(text, expected);
	assert_true(strlen(text) <= 79);
	free(text);
}

static void test_final(void **state)
{
	struct stats_snapshot stats = {0};

	(void)state;
	expect_final(&stats, "0 packets captured\n"
			     "0 packets received by filter\n"
			     "0 packets dropped by kernel\n");
	stats.captured = 1;
	stats.captured_bytes = 60;
	stats.received = UINT64_MAX;
	stats.dropped = 1;
	expect_final(&stats, "1 packet captured\n"
			     "18446744073709551615 packets received by filter\n"
			     "1 packet dropped by kernel\n");
	stats.device_dropped = 2;
	stats.truncated = 3;
	stats.host_stamped = 4;
	stats.unwritten = 5;
	stats.unwanted = 6; /* is nobody's loss */
	stats.unread = 1;
	stats.malformed = 7;
	expect_final(&stats, "1 packet captured\n"
			     "18446744073709551615 packets received by filter\n"
			     "1 packet dropped by kernel\n"
			     "2 packets dropped by interface\n"
			     "3 packets cut to the ring's frame size\n"
			     "4 packets stamped by the host, not the adapter\n"
			     "5 packets lost to a write error\n"
			     "1 packet left unread in the ring\n"
			     "7 packets left behind in malformed blocks\n");
}

/* What comes from files is sent; nobody forwards it. */
static void test_stories(void **state)
{
	struct stats_snapshot stats = {.sent = 2, .tx_cut = 1, .story = STATS_REPLAYED};

	(void)state;
	expect_final(&stats, "2 packets sent\n"
			     "1 packet not captured whole, and not sent\n");
	stats = (struct stats_snapshot){.sent = 2, .received = 2, .story = STATS_FORWARDED};
	expect_final(&stats, "2 packets forwarded\n"
			     "2 packets received by filter\n"
			     "0 packets dropped by kernel\n");
}

static void test_numbers(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} times[] = {
		{0, "0.00 us"},        {12500, "12.5 us"},    {999499, "999 us"},
		{999500, "1.00 ms"},   {109051900, "109 ms"}, {-3768300, "-3.77 ms"},
		{606612600, "607 ms"}, {NS_MINUTE, "60.0 s"}, {INT64_MAX, "9223372037 s"},
	};
	char number[REPORT_NUMBER_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		assert_string_equal(report_time(number, times[i].ns), times[i].text);
	assert_string_equal(report_number(number, 763478), "763 k");
	assert_string_equal(report_number(number, 0), "0 ");
}

static void test_status(void **state)
{
	struct stats_snapshot last = {.time_ns = 10 * SECOND};
	struct stats_snapshot stats = {.time_ns = 10 * SECOND};

	(void)state;
	expect_status(&stats, &last, 0, 0, "0 packets  0 pkt/s  0 bit/s  0 dropped  ring 0%  0 B");
	stats.time_ns = 12 * SECOND;
	stats.captured = 1;
	stats.captured_bytes = 60;
	expect_status(&stats, &last, 4, 84,
		      "1 packet  0 pkt/s  240 bit/s  0 dropped  ring 0%  84 B");
	stats.captured = 12345678;
	stats.captured_bytes = UINT64_C(98250000);
	stats.dropped = 1234;
	last.captured = 12345678 - 1024600;
	expect_status(&stats, &last, 1000, UINT64_C(1288490189),
		      "12 345 678 packets  512 kpkt/s  393 Mbit/s  1 234 dropped  ring 100%  1.2 "
		      "GiB");
	/* The clock was set back. */
	stats.time_ns = 9 * SECOND;
	expect_status(&stats, &last, 35, 0,
		      "12 345 678 packets  0 pkt/s  0 bit/s  1 234 dropped  ring 4%  0 B");
}

/* Digits give way only where the line is too long, the smaller numbers last,
 * and rounding never makes a fourth digit. */
static void test_status_fits(void **state)
{
	struct stats_snapshot last = {0};
	struct stats_snapshot stats = {.time_ns = SECOND, .captured = 9949, .dropped = 99999};

	(void)state;
	stats.captured_bytes = 124993750;
	expect_status(&stats, &last, 1000, UINT64_C(1099404253594),
		      "9 949 packets  9.95 kpkt/s  1.00 Gbit/s  99 999 dropped  ring 100%  "
		      "1023.9 GiB");
	stats.captured = 99949;
	stats.dropped = 999500;
	expect_status(&stats, &last, 1000, UINT64_C(1099404253594),
		      "99.9 k packets  99.9 kpkt/s  1.00 Gbit/s  1.00 M dropped  ring 100%  "
		      "1023.9 GiB");
	stats.captured = UINT64_C(123456789012345);
	last.captured = stats.captured;
	expect_status(&stats, &last, 1000, UINT64_C(1099404253594),
		      "123 T packets  0 pkt/s  1.00 Gbit/s  999 500 dropped  ring 100%  1023.9 "
		      "GiB");
	stats = (struct stats_snapshot){.time_ns = SECOND, .captured = 9996};
	stats.captured_bytes = 12495;
	last.captured = 0;
	expect_status(&stats, &last, 0, 0,
		      "9 996 packets  10.0 kpkt/s  100 kbit/s  0 dropped  ring 0%  0 B");
	last.captured = 9997;
	expect_status(&stats, &last, 0, 0,
		      "9 996 packets  0 pkt/s  100 kbit/s  0 dropped  ring 0%  0 B");
	memset(&stats, 0xff, sizeof(stats));
	stats.time_ns = SECOND;
	last.captured = 0;
	expect_status(&stats, &last, 1000, UINT64_MAX,
		      "18.4 E packets  18.4 Epkt/s  148 Ebit/s  18.4 E dropped  ring 100%  16 EiB");
}

static void test_devices(void **state)
{
	struct netdev devices[] = {
		{
			.index = 1,
			.name = "lo",
			.addresses = "127.0.0.1/8 ::1",
			.flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK,
			.mtu = 65536,
			.arphrd = ARPHRD_LOOPBACK,
		},
		{
			.index = 12,
			.name = "e\033th",
			.alias = "up\nlink",
			.flags = IFF_UP,
			.mtu = 1500,
			.arphrd = ARPHRD_ETHER,
		},
		{.index = 13, .name = "eth1", .mtu = 9000, .arphrd = ARPHRD_ETHER},
		{.name = "any", .arphrd = ARPHRD_VOID},
	};
	FILE *out;

	(void)state;
	out = open_memstream(&text, &text_bytes);
	report_devices(out, devices, 4);
	fclose(out);
	assert_string_equal(
		text,
		"INDEX  NAME  STATE         MTU  LINK        ADDRESS          DESCRIPTION\n"
		"    1  lo    up          65536  EN10MB      127.0.0.1/8 ::1\n"
		"   12  e?th  no-carrier   1500  EN10MB      -                up?link\n"
		"   13  eth1  down         9000  EN10MB      -\n"
		"    0  any   -               -  LINUX_SLL2  -                all interfaces\n");
	free(text);
}

/* One interface with many addresses does not widen all the other lines. */
static void test_devices_wide(void **state)
{
	struct netdev devices[] = {{.index = 1, .name = "lo"}, {.index = 2, .name = "eth0"}};
	FILE *out;

	(void)state;
	memset(devices[0].addresses, 'a', 60);
	strcpy(devices[0].alias, "first");
	strcpy(devices[1].alias, "second");
	out = open_memstream(&text, &text_bytes);
	report_devices(out, devices, 2);
	fclose(out);
	assert_non_null(strstr(text, "aaa  first\n"));
	assert_non_null(strstr(text, "-                                         second\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_final),        cmocka_unit_test(test_stories),
		cmocka_unit_test(test_numbers),      cmocka_unit_test(test_status),
		cmocka_unit_test(test_status_fits),  cmocka_unit_test(test_devices),
		cmocka_unit_test(test_devices_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
