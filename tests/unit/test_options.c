/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: defaults, what each option sets, and each complaint with
 * the words people need to mend it. --help is held to its width.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"

#define MiB       UINT64_C(1048576)
#define MAX_WORDS 32

/* Parses a command line given as words with single spaces between them. */
static int parse(const char *line, struct options *options, struct error *err)
{
	static char words[1024]; /* the options point into it */
	char *argv[MAX_WORDS + 1] = {"wiretape"}, *save = NULL;
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(argc < MAX_WORDS);
		argv[argc++] = word;
	}
	memset(err, 0, sizeof(*err));
	return options_parse(argc, argv, options, err);
}

static void assert_parsed(const char *line, struct options *options)
{
	struct error err;

	if (parse(line, options, &err) != 0)
		fail_msg("'%s': %s", line, err.text);
}

static void test_defaults(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i eth0 -w x", &o);
	assert_string_equal(o.interface, "eth0");
	assert_string_equal(o.write, "x");
	assert_null(o.filter_file);
	assert_null(o.expression);
	assert_int_equal(o.format, FORMAT_PCAPNG);
	assert_false(o.nano);
	assert_int_equal(o.direction, DIRECTION_INOUT);
	assert_int_equal(o.snaplen, 262144);
	assert_true(o.promiscuous);
	assert_int_equal(o.dump, 0);
	assert_false(o.list);
	assert_int_equal(o.ring_version, RING_V3);
	assert_true(o.ring_bytes == 64 * MiB);
	assert_true(o.block_bytes == 0 && o.frame_bytes == 0);
	assert_int_equal(o.block_timeout_ms, 100);
	assert_false(o.adapter_stamps);
	assert_true(o.max_packets == 0 && o.max_duration_ns == 0 && o.max_bytes == 0);
	assert_true(o.stats_interval_ns == 0);
	assert_false(o.unbuffered || o.quiet || o.help || o.version);
	assert_int_equal(o.verbose, 0);
	options_free(&o);
}

static void test_short(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-pUqnnvv -i lo -w - -c 5 -a duration:1.5m -a filesize:3K -s 96 -Q in -B "
		      "2048 "
		      "-F file",
		      &o);
	assert_false(o.promiscuous);
	assert_true(o.unbuffered && o.quiet);
	assert_int_equal(o.verbose, 2);
	assert_string_equal(o.write, "-");
	assert_true(o.max_packets == 5);
	assert_true(o.max_duration_ns == UINT64_C(90000000000));
	assert_true(o.max_bytes == 3072);
	assert_int_equal(o.snaplen, 96);
	assert_int_equal(o.direction, DIRECTION_IN);
	assert_true(o.ring_bytes == 2 * MiB);
	assert_string_equal(o.filter_file, "file");
	options_free(&o);
}

static void test_long(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("--interface=lo --write x --format pcap --nano --autostop packets:7 "
		      "--snapshot-length 0 --no-promiscuous-mode --direction out --ring-size 8G "
		      "--block-size 2M --block-timeout 20ms --ring-version 2 --frame-size 2048 "
		      "--time-stamp-source adapter --io uring --packet-buffered --quiet --verbose "
		      "--stats=10",
		      &o);
	assert_string_equal(o.interface, "lo");
	assert_int_equal(o.io, DISKIO_URING);
	assert_int_equal(o.format, FORMAT_PCAP);
	assert_true(o.nano);
	assert_true(o.max_packets == 7);
	assert_int_equal(o.snaplen, 262144);
	assert_false(o.promiscuous);
	assert_int_equal(o.direction, DIRECTION_OUT);
	assert_true(o.ring_bytes == 8192 * MiB);
	assert_true(o.block_bytes == 2 * MiB);
	assert_int_equal(o.block_timeout_ms, 20);
	assert_int_equal(o.ring_version, RING_V2);
	assert_true(o.frame_bytes == 2048);
	assert_true(o.adapter_stamps && o.unbuffered && o.quiet);
	assert_int_equal(o.verbose, 1);
	assert_true(o.stats_interval_ns == UINT64_C(10000000000));
	options_free(&o);

	assert_parsed("-i lo -w x --buffer-size 4 --count 9 --dir inout --time host --micro "
		      "--form pcap",
		      &o);
	assert_true(o.ring_bytes == 4096 && o.max_packets == 9);
	assert_int_equal(o.direction, DIRECTION_INOUT);
	assert_false(o.adapter_stamps || o.nano);
	options_free(&o);
}

static void test_format(void **state)
{
	static const struct {
		const char *line;
		enum file_format format;
	} cases[] = {
		{"-i lo -w a.pcap", FORMAT_PCAP},
		{"-i lo -w a.pcapng", FORMAT_PCAPNG},
		{"-i lo -w a.cap", FORMAT_PCAPNG},
		{"-i lo -w pcap", FORMAT_PCAPNG},
		{"-i lo -w .pcap", FORMAT_PCAPNG},
		{"-i lo -w d.pcap/a", FORMAT_PCAPNG},
		{"-i lo -w -", FORMAT_PCAPNG},
		{"-i lo --format pcapng -w a.pcap", FORMAT_PCAPNG},
		{"-i lo -w a.pcapng --format pcap", FORMAT_PCAP},
		{"-i lo -w a.pcap --micro", FORMAT_PCAP},
		{"-i lo -w a.pcapng --nano", FORMAT_PCAPNG},
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_parsed(cases[i].line, &o);
		assert_int_equal(o.format, cases[i].format);
		options_free(&o);
	}
}

static void test_expression(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("tcp -i lo port -w x 80", &o);
	assert_string_equal(o.expression, "tcp port 80");
	options_free(&o);
	assert_null(o.expression);
	assert_parsed("-i lo -w x -- -p", &o);
	assert_string_equal(o.expression, "-p");
	assert_true(o.promiscuous);
	options_free(&o);
}

static void test_without_capture(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-D", &o);
	assert_true(o.list);
	assert_parsed("-d tcp", &o);
	assert_int_equal(o.dump, 1);
	options_free(&o);
	assert_parsed("-d -dd", &o);
	assert_int_equal(o.dump, 3);
	assert_parsed("-dddd", &o);
	assert_int_equal(o.dump, 3);
	assert_parsed("--help", &o);
	assert_true(o.help);
	assert_parsed("-h --bogus", &o);
	assert_true(o.help);
	assert_parsed("--version -w", &o);
	assert_true(o.version);
}

/* line, and what the complaint has to say. */
static const char *const refused[][3] = {
	{"", "no interface named: -i IF", "wiretape -D"},
	{"-w x", "no interface named: -i IF", "wiretape -D"},
	{"-i lo", "nowhere to write: -w", "-w -"},
	{"--ring-szie 1M", "--ring-szie", "did you mean --ring-size?"},
	{"--snapshot-lenght=5", "--snapshot-lenght;", "did you mean --snapshot-length?"},
	{"--zzz", "unknown option --zzz", "--help"},
	{"-r x", "unknown option -r", "--help"},
	{"-pr x", "unknown option -r", ""},
	{"--ring 1", "--ring is ambiguous", "--ring-size, --ring-version"},
	{"--nano=1", "--nano takes no value", ""},
	{"-w", "-w needs a value: PATH", ""},
	{"-pw", "-w needs a value: PATH", ""},
	{"--write", "--write needs a value: PATH", ""},
	{"--write=", "--write needs a value: PATH", ""},
	{"--stats", "--stats needs a value: TIME", ""},
	{"-i lo -i eth0", "given twice", "-i lo and -i eth0"},
	{"-w a --write=b", "given twice", "-w a and --write b"},
	{"-p -p", "given twice: -p", ""},
	{"-qq", "given twice: -q", ""},
	{"-c 5 -c 5", "given twice", "-c 5 and -c 5"},
	{"-a packets:5 -a duration:1 -a packets:6", "given twice", "packets:5 and -a packets:6"},
	{"-c 0", "-c: 0", "at least 1"},
	{"-c -5", "-c: '-5'", "whole number"},
	{"-c 5x", "-c: '5x'", "whole number"},
	{"-c 18446744073709551616", "-c: 18446744073709551616", "too large"},
	{"-s -5", "-s: '-5'", "whole number"},
	{"-s 262145", "-s: 262145", "at most 262144"},
	{"-a files:5", "-a: 'files:5'", "filesize:SIZE"},
	{"-a 5", "-a: '5'", "duration:TIME"},
	{"-a packets", "-a: 'packets'", "packets:COUNT"},
	{"-a packets:0", "-a: packets: 0", "at least 1"},
	{"-a packets:", "-a: packets: ''", "whole number"},
	{"-a duration:5y", "-a: duration: '5y'", "not a duration"},
	{"-a filesize:5.5M", "-a: filesize: '5.5M'", "not a size"},
	{"-Q up", "-Q: 'up'", "in|out|inout"},
	{"-Q i", "-Q: 'i'", "in|out|inout"},
	{"-Q in|out", "-Q: 'in|out'", "in|out|inout"},
	{"--format=cap", "--format: 'cap'", "pcap|pcapng"},
	{"-i any --time-stamp-source adapter", "--time-stamp-source adapter", "-i any"},
	{"--io mmap", "--io: 'mmap'", "auto|direct|uring|buffered"},
	{"--time-stamp-source gps", "--time-stamp-source: 'gps'", "host|adapter"},
	{"-B 0", "-B: 0", "at least 1"},
	{"-B 2M", "-B: '2M'", "whole number"},
	{"-B 18014398509481984", "-B: 18014398509481984", "too large"},
	{"--ring-size 16777216T", "--ring-size: 16777216T", "too large"},
	{"--ring-size 0", "--ring-size: 0", "at least 1"},
	{"--block-size 1Q", "--block-size: '1Q'", "not a size"},
	{"--ring-version 4", "--ring-version: 4", "at most 3"},
	{"--ring-version 0", "--ring-version: 0", "at least 1"},
	{"--block-timeout 0.5ms", "--block-timeout: 0.5ms", "1ms to 1h"},
	{"--block-timeout 1.5ms", "--block-timeout: 1.5ms", "whole milliseconds"},
	{"--block-timeout 3600001ms", "--block-timeout: 3600001ms", "1ms to 1h"},
	{"--stats=99ms", "--stats: 99ms", "at least 100ms"},
	{"-i lo -w x -c 5 -a packets:6", "-c 5", "-a packets:6"},
	{"-i lo -w x -B 64 --ring-size 1M", "-B 64", "--ring-size 1M"},
	{"-i lo -w x -F f tcp port 80", "-F f", "tcp port 80"},
	{"-D -w x", "-D", "-w x"},
	{"-D -F f", "-D", "-F f"},
	{"-D -d", "-D", "-d"},
	{"-D tcp", "-D", "tcp"},
	{"-i lo -w x.pcap --nano --micro", "--nano", "--micro"},
	{"-i lo -w x --micro", "--micro", "pcapng"},
	{"-i lo -w x.pcap --format pcapng --micro", "--micro", "--format pcapng"},
	{"-i lo -w x --frame-size 2048", "--frame-size 2048", "--ring-version 3"},
	{"-i lo -w x --ring-version 3 --frame-size 2K", "--frame-size 2K", "--ring-version 3"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct options o;
		struct error err;

		if (parse(refused[i][0], &o, &err) != -EINVAL || err.kind != ERROR_USAGE)
			fail_msg("'%s' was not refused as usage", refused[i][0]);
		if (!strstr(err.text, refused[i][1]) || !strstr(err.text, refused[i][2]))
			fail_msg("'%s': %s", refused[i][0], err.text);
	}
}

static void test_limits(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w x -s 262144 --block-timeout 1ms --stats 100ms -c "
		      "18446744073709551615",
		      &o);
	assert_int_equal(o.snaplen, 262144);
	assert_int_equal(o.block_timeout_ms, 1);
	assert_true(o.max_packets == UINT64_MAX);
	assert_parsed("-i lo -w x -s 1 --block-timeout 1h -B 18014398509481983", &o);
	assert_int_equal(o.snaplen, 1);
	assert_int_equal(o.block_timeout_ms, 3600000);
	assert_true(o.ring_bytes == UINT64_C(18014398509481983) << 10);
}

static void test_help(void **state)
{
	char *text = NULL, *save = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	assert_non_null(out);
	options_help(out);
	fclose(out);
	assert_int_equal(strncmp(text, "Usage: wiretape [options] [filter expression]\n", 46), 0);
	assert_int_equal(text[bytes - 1], '\n');
	assert_non_null(strstr(text, "  -w, --write PATH  "));
	assert_non_null(strstr(text, "(default: 64M)"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strlen(line) > 80 || line[strlen(line) - 1] == ' ')
			fail_msg("'%s'", line);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),   cmocka_unit_test(test_short),
		cmocka_unit_test(test_long),       cmocka_unit_test(test_format),
		cmocka_unit_test(test_expression), cmocka_unit_test(test_without_capture),
		cmocka_unit_test(test_refused),    cmocka_unit_test(test_limits),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
