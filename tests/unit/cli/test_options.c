/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: defaults, what each option sets, and each complaint with
 * the words people need to mend it. --help is held to its width.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/options.h"

#define MiB       UINT64_C(1048576)
#define SECOND    UINT64_C(1000000000)
#define MAX_WORDS 32

/* Parses a command line given as words with single spaces between them. */
static int parse(const char *line, struct options *options, struct error *err)
{
	static char words[1024]; /* the options point into it */
	static struct options last;
	char *argv[MAX_WORDS + 1] = {"wiretape"}, *save = NULL;
	int argc = 1, rc;

	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(argc < MAX_WORDS);
		argv[argc++] = word;
	}
	memset(err, 0, sizeof(*err));
	options_free(&last);
	rc = options_parse(argc, argv, options, err);
	last = *options;
	return rc;
}

static void assert_parsed(const char *line, struct options *options)
{
	struct error err;

	if (parse(line, options, &err) != 0)
		fail_msg("'%s': %s", line, err.text);
}

/* What others take without a unit, or with one. */
static void test_units(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w x -s 64K -B 4M", &o);
	assert_int_equal(o.interfaces[0].snaplen, 65536);
	assert_true(o.ring_bytes == 4 * MiB);
	assert_parsed("-i lo -w x -s 256K -B 4096", &o);
	assert_int_equal(o.interfaces[0].snaplen, 262144);
	assert_true(o.ring_bytes == 4 * MiB);
	assert_parsed("-r f -o lo --speed 1000 --loop 0", &o);
	assert_int_equal(o.speed.kind, PACE_PACKETS);
	assert_true(o.speed.rate == 1000 && o.loops == UINT64_MAX);
	assert_parsed("-r f -o lo --speed 10M", &o);
	assert_int_equal(o.speed.kind, PACE_BITS);
	assert_true(o.speed.rate == 10000000);
}

/* What scripts give tcpdump, and means nothing or the same here. */
static void test_habits(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w x.pcap -KNu --immediate-mode --time-stamp-precision=nano -j host",
		      &o);
	assert_int_equal(o.block_timeout_ms, 1);
	assert_true(o.nano && !o.adapter_stamps);
	assert_parsed("-i lo -w x.pcap --dont-verify-checksums --time-stamp-precision micro "
		      "--time-stamp-type adapter_unsynced",
		      &o);
	assert_true(!o.nano && o.adapter_stamps);
	assert_parsed("-i lo --immediate-mode", &o);
	assert_int_equal(o.block_timeout_ms, 1);
	assert_parsed("-i lo -o b --immediate-mode -w x", &o);
	assert_int_equal(o.block_timeout_ms, 1);
}

static void test_defaults(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i eth0 -w x", &o);
	assert_string_equal(o.interfaces[0].name, "eth0");
	assert_string_equal(o.write, "x");
	assert_null(o.filter_file);
	assert_null(o.expression);
	assert_int_equal(o.format, FORMAT_PCAPNG);
	assert_false(o.nano);
	assert_int_equal(o.direction, DIRECTION_INOUT);
	assert_int_equal(o.interfaces[0].snaplen, 262144);
	assert_true(o.interfaces[0].promiscuous);
	assert_int_equal(o.dump, 0);
	assert_false(o.list);
	assert_int_equal(o.ring_version, RING_V3);
	assert_true(o.ring_bytes == 0);
	assert_true(o.block_bytes == 0 && o.frame_bytes == 0);
	assert_int_equal(o.block_timeout_ms, 100);
	assert_false(o.adapter_stamps);
	assert_true(o.max_packets == 0 && o.max_duration_ns == 0 && o.max_bytes == 0);
	assert_true(o.stats_interval_ns == 0);
	assert_false(o.unbuffered || o.quiet || o.help || o.version);
	assert_int_equal(o.verbose, 0);
	assert_false(o.rotates || o.counted || o.no_sync || o.adopt);
	assert_int_equal(o.on_full, ON_FULL_PRUNE);
	assert_int_equal(o.file_mode, 0600);
	assert_null(o.hook);
	assert_int_equal(o.hook_jobs, 2);
	assert_true(o.hook_timeout_ns == 600 * SECOND);
	assert_true(o.ring_names == 0);
	assert_memory_equal(&o.rotation, &(struct rotation){0}, sizeof(o.rotation));
	assert_string_equal(o.needs_segments, "");
}

static void test_short(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-pUqnnvv -i lo -w - -c 5 -a duration:1.5m -a filesize:3K -s 96 -Q in -B "
		      "2048 "
		      "-F file",
		      &o);
	assert_false(o.interfaces[0].promiscuous);
	assert_true(o.unbuffered && o.quiet);
	assert_int_equal(o.verbose, 2);
	assert_string_equal(o.write, "-");
	assert_true(o.max_packets == 5);
	assert_true(o.max_duration_ns == UINT64_C(90000000000));
	assert_true(o.max_bytes == 3072);
	assert_int_equal(o.interfaces[0].snaplen, 96);
	assert_int_equal(o.direction, DIRECTION_IN);
	assert_true(o.ring_bytes == 2 * MiB);
	assert_string_equal(o.filter_file, "file");
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
	assert_string_equal(o.interfaces[0].name, "lo");
	assert_int_equal(o.io, DISKIO_URING);
	assert_int_equal(o.format, FORMAT_PCAP);
	assert_true(o.nano);
	assert_true(o.max_packets == 7);
	assert_int_equal(o.interfaces[0].snaplen, 262144);
	assert_false(o.interfaces[0].promiscuous);
	assert_int_equal(o.direction, DIRECTION_OUT);
	assert_true(o.ring_bytes == 8192 * MiB);
	assert_true(o.block_bytes == 2 * MiB);
	assert_int_equal(o.block_timeout_ms, 20);
	assert_int_equal(o.ring_version, RING_V2);
	assert_true(o.frame_bytes == 2048);
	assert_true(o.adapter_stamps && o.unbuffered && o.quiet);
	assert_int_equal(o.verbose, 1);
	assert_true(o.stats_interval_ns == UINT64_C(10000000000));

	assert_parsed("-i lo -w x --buffer-size 4 -c 9 --dir inout --time-stamp-source host "
		      "--micro --form pcap",
		      &o);
	assert_true(o.ring_bytes == 4096 && o.max_packets == 9);
	assert_int_equal(o.direction, DIRECTION_INOUT);
	assert_false(o.adapter_stamps || o.nano);
}

static void test_reading(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-r one -r two --from @10 --to @20.5 tcp", &o);
	assert_int_equal(o.read_count, 2);
	assert_string_equal(o.reads[0], "one");
	assert_string_equal(o.reads[1], "two");
	assert_true(o.from_ns == 10 * SECOND && o.to_ns == 20 * SECOND + SECOND / 2);
	assert_string_equal(o.expression, "tcp");
	assert_true(options_prints(&o));
	assert_parsed("--read=one --from @0", &o);
	assert_true(o.has_from && o.from_ns == 0 && !o.has_to);
	assert_parsed("--read=one --to @0", &o);
	assert_true(!o.has_from && o.has_to && o.to_ns == 0);
	assert_parsed("--read=one --to @18446744073", &o);
	assert_true(o.has_to && o.to_ns == INT64_MAX);
	/* As the kernel's, or that of what is written, not of what is read. */
	assert_parsed("-r one -w two -c 7", &o);
	assert_true(o.max_packets == 7 && !o.count_only && !options_prints(&o));
	assert_parsed("-r one --count -c 7", &o);
	assert_true(o.max_packets == 7 && o.count_only && !options_prints(&o));
}

/* A list for -V, with a last line that nothing ends. */
static void test_read_list(void **state)
{
	static const char list[] = "one\n\n two \nthree";
	char path[] = "/tmp/test_options.XXXXXX", line[64];
	int fd = mkstemp(path);
	struct options o;

	(void)state;
	assert_int_equal(write(fd, list, strlen(list)), strlen(list));
	close(fd);
	snprintf(line, sizeof(line), "-r zero -V %s", path);
	assert_parsed(line, &o);
	unlink(path);
	assert_int_equal(o.read_count, 4);
	assert_string_equal(o.reads[0], "zero");
	assert_string_equal(o.reads[1], "one");
	assert_string_equal(o.reads[2], " two ");
	assert_string_equal(o.reads[3], "three");
}

static struct decode_options printed(const char *line)
{
	struct options o;

	assert_parsed(line, &o);
	return options_print(&o);
}

/* Whether auto is in colour, as the first digit, always and never. */
static int colors(void)
{
	return 100 * printed("-r f").color + 10 * printed("-r f --color always").color +
	       printed("-r f --color never").color;
}

static void test_color_on_a_terminal(void **state)
{
	const int terminal = posix_openpt(O_RDWR | O_NOCTTY), standard = dup(STDOUT_FILENO);
	int found[3];

	(void)state;
	assert_true(terminal >= 0 && standard >= 0);
	fflush(stdout);
	dup2(terminal, STDOUT_FILENO);
	unsetenv("NO_COLOR");
	found[0] = colors();
	setenv("NO_COLOR", "", 1);
	found[1] = colors();
	setenv("NO_COLOR", "1", 1);
	found[2] = colors();
	unsetenv("NO_COLOR");
	dup2(standard, STDOUT_FILENO);
	close(standard);
	close(terminal);
	assert_int_equal(found[0], 110);
	assert_int_equal(found[1], 110);
	assert_int_equal(found[2], 10);
}

static void test_printing(void **state)
{
	struct decode_options p = printed("-i lo");
	struct options o;

	(void)state;
	assert_false(p.link_header || p.absolute_seq || p.number || p.quick || p.nano || p.color);
	assert_int_equal(p.time, DECODE_TIME_OF_DAY);
	assert_int_equal(p.dump, DECODE_DUMP_NONE);
	assert_int_equal(p.verbose, 0);
	p = printed("-i lo -eS#qvv --nano");
	assert_true(p.link_header && p.absolute_seq && p.number && p.quick && p.nano);
	assert_int_equal(p.verbose, 2);
	p = printed("-r f --absolute-tcp-sequence-numbers --number");
	assert_true(p.absolute_seq && p.number);
	assert_int_equal(printed("-r f -t").time, DECODE_TIME_NONE);
	assert_int_equal(printed("-r f -tt").time, DECODE_TIME_EPOCH);
	assert_int_equal(printed("-r f -t -tt").time, DECODE_TIME_PREVIOUS);
	assert_int_equal(printed("-r f -tttt").time, DECODE_TIME_DATE);
	assert_int_equal(printed("-r f -ttttt").time, DECODE_TIME_FIRST);
	assert_int_equal(printed("-r f -x").dump, DECODE_DUMP_HEX);
	assert_int_equal(printed("-r f -xx").dump, DECODE_DUMP_HEX_LINK);
	assert_int_equal(printed("-r f -X").dump, DECODE_DUMP_BOTH);
	assert_int_equal(printed("-r f -XX -A").dump, DECODE_DUMP_BOTH_LINK);
	assert_int_equal(printed("-r f -A").dump, DECODE_DUMP_ASCII);
	assert_int_equal(printed("-r f -A -A").dump, DECODE_DUMP_ASCII_LINK);
	assert_true(printed("-r f --color always").color);
	assert_false(printed("-r f --color never").color);

	/* Where packets go, and how soon they are seen. */
	assert_parsed("-i lo -l", &o);
	assert_true(options_prints(&o) && o.line_buffered);
	assert_int_equal(o.block_timeout_ms, 25);
	assert_parsed("-i lo --block-timeout 1s", &o);
	assert_int_equal(o.block_timeout_ms, 1000);
	assert_parsed("-i lo -w x", &o);
	assert_false(options_prints(&o) || o.line_buffered);
	assert_int_equal(o.block_timeout_ms, 100);
	assert_parsed("-i lo -w x --print", &o);
	assert_true(options_prints(&o));
	assert_int_equal(o.block_timeout_ms, 25);
	assert_parsed("-i lo --count", &o);
	assert_false(options_prints(&o));
}

static void test_format(void **state)
{
	static const struct {
		const char *line;
		enum file_format format;
	} cases[] = {
		{"-i lo -w a.pcap", FORMAT_PCAP},
		{"-i lo -w a.cap", FORMAT_PCAP},
		{"-i lo -w .cap", FORMAT_PCAPNG},
		{"-i lo -w a.pcapng", FORMAT_PCAPNG},
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
	}
}

static void test_expression(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("tcp -i lo port -w x 80", &o);
	assert_string_equal(o.expression, "tcp port 80");
	assert_parsed("-i lo -w x -- -p", &o);
	assert_string_equal(o.expression, "-p");
	assert_true(o.interfaces[0].promiscuous);
}

static void test_without_capture(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-D", &o);
	assert_true(o.list);
	assert_parsed("-d tcp", &o);
	assert_int_equal(o.dump, 1);
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

static void test_ring_buffer(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w d/ -b filesize:1M -b duration:1.5 --ring-buffer interval:1h "
		      "--ring-buffer=packets:7 -b files:3 -b budget:1G -b age:2d -b reserve:5M",
		      &o);
	assert_true(o.rotates);
	assert_false(o.counted);
	assert_true(o.rotation.segment_bytes == MiB);
	assert_true(o.rotation.duration_ns == SECOND + SECOND / 2);
	assert_true(o.rotation.interval_ns == 3600 * SECOND);
	assert_true(o.rotation.segment_packets == 7);
	assert_true(o.rotation.files == 3);
	assert_true(o.rotation.budget_bytes == 1024 * MiB);
	assert_true(o.rotation.age_ns == 48 * 3600 * SECOND);
	assert_true(o.rotation.reserve_bytes == 5 * MiB);
	assert_true(o.rotation.max_files == 0 && o.rotation.max_bytes == 0);

	/* The least of each. */
	assert_parsed("-i lo -w x -b filesize:4096 -b duration:100ms -b interval:1 -b packets:1 "
		      "-b files:2 -b budget:4096 -b age:1us -b reserve:1",
		      &o);
	assert_true(o.rotation.segment_bytes == 4096 && o.rotation.budget_bytes == 4096);
	assert_true(o.rotation.duration_ns == SECOND / 10 && o.rotation.interval_ns == SECOND);
	assert_true(o.rotation.segment_packets == 1 && o.rotation.files == 2);
	assert_true(o.rotation.age_ns == 1000 && o.rotation.reserve_bytes == 1);
}

static void test_like_tcpdump(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w x -C 2", &o);
	assert_true(o.rotates && o.counted && o.ring_names == 0);
	assert_true(o.rotation.segment_bytes == 2000000 && o.rotation.files == 0);
	assert_parsed("-i lo -w x -C 4k", &o);
	assert_true(o.rotation.segment_bytes == 4096);
	assert_parsed("-i lo -w x -W 5 -C 2M", &o);
	assert_true(o.counted && o.ring_names == 5);
	assert_true(o.rotation.segment_bytes == 2 * MiB && o.rotation.files == 5);
	assert_true(o.rotation.max_files == 0);
	assert_parsed("-i lo -w x%S -G 3600", &o);
	assert_true(o.rotates && !o.counted && o.rotation.duration_ns == 3600 * SECOND);
	assert_parsed("-i lo -w x%S -G 1h -W 1", &o);
	assert_true(o.rotation.max_files == 1 && o.rotation.files == 0 && o.ring_names == 0);
	assert_parsed("-i lo -w x%S -G 1h -C 1 -W 3 -a files:9", &o);
	assert_true(o.rotation.files == 3 && o.ring_names == 3 && o.rotation.max_files == 9);
	assert_parsed("-i lo -w x -C 18446744073709", &o);
	assert_true(o.rotation.segment_bytes == UINT64_C(18446744073709000000));
}

static void test_segments(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w d/ -a files:5 -a filesize:1M --on-full stop --no-sync --adopt "
		      "--mode 640 "
		      "-z /bin/true --hook-jobs 64 --hook-timeout 1s",
		      &o);
	assert_true(o.rotates);
	assert_true(o.rotation.max_files == 5 && o.rotation.max_bytes == MiB);
	assert_true(o.max_bytes == MiB);
	assert_int_equal(o.on_full, ON_FULL_STOP);
	assert_true(o.no_sync && o.adopt);
	assert_int_equal(o.file_mode, 0640);
	assert_string_equal(o.hook, "/bin/true");
	assert_int_equal(o.hook_jobs, 64);
	assert_true(o.hook_timeout_ns == SECOND);
	assert_parsed("-i lo -w / --on-full drop --post-rotate /x --mode 0666", &o);
	assert_true(o.rotates);
	assert_int_equal(o.on_full, ON_FULL_DROP);
	assert_int_equal(o.file_mode, 0666);
	assert_parsed("-i lo -w d/x --on-full prune", &o);
	assert_false(o.rotates);
	assert_int_equal(o.on_full, ON_FULL_PRUNE);
}

/* line, whether -w names a directory, and what the complaint has to say; null: none. */
static const struct {
	const char *line;
	bool directory;
	const char *complaint;
} segment_cases[] = {
	{"-w x", false, NULL},
	{"-w x -a filesize:1M -a packets:5 --mode 0640", false, NULL},
	{"-w x -b files:5", true, NULL},
	{"-w x --on-full stop --no-sync -z /x -a files:2 -b age:1", true, NULL},
	{"-w x -b files:5 -b filesize:1M", false, NULL},
	{"-w x -b budget:5M -b packets:9", false, NULL},
	{"-w x -z /x -b duration:1", false, NULL},
	{"-w x -a files:3 -b interval:1", false, NULL},
	{"-w x --no-sync -C 1 -W 5", false, NULL},
	{"-w x --on-full drop -G 1", false, NULL},
	{"-w x -b files:5", false,
	 "-b files:5: nothing ever begins a new segment; give -w DIR/, -b"},
	{"-w x -b budget:1G", false, "-b budget:1G: nothing"},
	{"-w x -z /x -b age:1d", false, "-b age:1d: nothing"},
	{"-w x --ring-buffer reserve:1G", false, "--ring-buffer reserve:1G: nothing"},
	{"-w x -a files:5", false, "-a files:5: only with segments; give -w DIR/, -b filesize:"},
	{"-w x --on-full prune", false, "--on-full prune: only with segments"},
	{"-w x -z /x", false, "-z /x: only with segments"},
	{"-w x --no-sync", false, "--no-sync: only with segments"},
};

static void test_check_segments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(segment_cases) / sizeof(segment_cases[0]); i++) {
		const char *complaint = segment_cases[i].complaint;
		struct error err = {0};
		struct options o;
		char line[256];
		int rc;

		snprintf(line, sizeof(line), "-i lo %s", segment_cases[i].line);
		assert_parsed(line, &o);
		rc = options_check_segments(&o, segment_cases[i].directory, &err);
		if (!complaint && rc != 0)
			fail_msg("'%s': %s", line, err.text);
		if (complaint && (rc != -EINVAL || err.kind != ERROR_USAGE ||
				  strncmp(err.text, complaint, strlen(complaint)) != 0))
			fail_msg("'%s': %d, %s", line, rc, err.text);
	}
}

/* line, and what the complaint has to say. */
static const char *const refused[][3] = {
	{"", "no interface named: give -i", "wiretape -D"},
	{"-w x", "no interface named: give -i", "wiretape -D"},
	{"--ring-szie 1M", "--ring-szie", "did you mean --ring-size?"},
	{"--snapshot-lenght=5", "--snapshot-lenght;", "did you mean --snapshot-length?"},
	{"--zzz", "unknown option --zzz", "--help"},
	{"-P x", "unknown option -P", "--help"},
	{"-pP x", "unknown option -P", ""},
	{"-r", "-r needs a value: ", ""},
	{"-o", "-o needs a value: IF", ""},
	{"-i a -o b -o c", "given twice", "-o b and -o c"},
	{"-i a -o a", "-o a is the interface the frames come from", "name another one"},
	{"-i a -i b -o b", "-o b is the interface the frames come from", "name another one"},
	{"-i a -o a --both-ways", "-o a is the interface the frames come from", ""},
	{"-o b", "no interface named: give -i", "wiretape -D"},
	{"-i a -w x --both-ways", "--both-ways needs -o", "the other side"},
	{"-i a -i b -o c --both-ways", "--both-ways is between two interfaces", "one -i"},
	{"-i a -w x --tx ring", "--tx needs -o", ""},
	{"-i a -o b --tx fast", "--tx: 'fast' is none of", "ring|sendmmsg"},
	{"-i a -w x --bypass-qdisc", "--bypass-qdisc needs -o", ""},
	{"-i a -o b --bypass-qdisc=1", "--bypass-qdisc takes no value", ""},
	{"-i a -o b -Q out", "-Q out contradicts -o b", ""},
	{"-i a -o b -Q inout", "-Q inout contradicts -o b", ""},
	{"-i a -o b -s 100", "-s 100 contradicts -o b", "whole"},
	{"-i a -s 100 -o b", "-s 100 contradicts -o b", "whole"},
	{"-i a -o b --ring-version 1", "--ring-version 1 contradicts -o b", "VLAN"},
	{"-i a -o b --speed x2", "--speed needs -r", ""},
	{"-r f --speed x2", "--speed needs -o", ""},
	{"-r f -o b --speed fast", "--speed: 'fast' is none of", "10M or 10Mbit"},
	{"-r f -o b --speed x0", "--speed: 'x0'", "x0.000001 to x1000000"},
	{"-r f -o b --speed 0pps", "--speed: '0pps'", "from 1 to 10T"},
	{"-i a -o b --loop 2", "--loop needs -r", ""},
	{"-r f --loop 2", "--loop needs -o", ""},
	{"-r f -o b --loop -1", "--loop: '-1'", "whole number"},
	{"-r f -o b --loop x", "--loop: 'x'", "whole number"},
	{"-r - -o b --loop 2", "--loop: standard input", "once"},
	{"-r f -r - -o b --loop 2", "--loop: standard input", "once"},
	{"-r - -r - -o b", "-r: '-' is given twice", "one standard input"},
	{"-r f -o b --wait", "-r f contradicts --wait", ""},
	{"-r f -o b --exit-on-loss", "-r f contradicts --exit-on-loss", ""},
	{"-r f -o b -s 100", "-s 100 contradicts -o b: frames are sent whole", ""},
	{"-r f -o b --time-stamp-source host", "-r f contradicts --time-stamp-source host", ""},
	{"-r f -o b -B 64", "-r f contradicts -B 64", ""},
	{"-r f -o b --ring-size 1M", "-r f contradicts --ring-size 1M", ""},
	{"-r f -o b --block-size 64K", "-r f contradicts --block-size 64K", ""},
	{"-r f -o b --block-timeout 1", "-r f contradicts --block-timeout 1", ""},
	{"-r f -o b --ring-version 2", "-r f contradicts --ring-version 2", ""},
	{"-r f -o b --ring-version 2 --frame-size 2K", "-r f contradicts --ring-version 2", ""},
	{"-r f -o b --both-ways", "-r f contradicts --both-ways", ""},
	{"-r f -o b --check", "-r f contradicts --check", ""},
	{"-r f -o b -D", "-r f contradicts -D", ""},
	{"-r f -o b --stats-file s", "-r f contradicts --stats-file s", ""},
	{"-r f -o b --metrics-file s", "-r f contradicts --metrics-file s", ""},
	{"-r f -o b --stats 1", "-r f contradicts --stats 1", ""},
	{"--ring 1", "--ring is ambiguous", "--ring-buffer, --ring-size, --ring-version"},
	{"--nano=1", "--nano takes no value", ""},
	{"-r", "-r needs a value: PATH", ""},
	{"-V", "-V needs a value: FILE", ""},
	{"-r - -r -", "-r: '-' is given twice", "one standard input"},
	{"-V /no/such/list", "-V: /no/such/list", "No such file"},
	{"-V /dev/null", "-V: /dev/null names no files", ""},
	{"-V /", "-V: /", "Is a directory"},
	{"-r f -i lo -s 60", "-s 60 behind -i lo", "put it before"},
	{"-r f --wait", "-r f contradicts --wait", ""},
	{"-i lo --from 10:00", "--from needs -r", ""},
	{"-i lo --to 10:00", "--to needs -r", ""},
	{"-r f --from noon", "--from: 'noon' is not a time", "-15m"},
	{"-r f --to 25:00", "--to: '25:00' is not a time", "10:00"},
	{"-r f --from @20 --to @10", "--from @20 is not before --to @10", ""},
	{"-r f --to @10 --from @10", "--from @10 is not before --to @10", ""},
	{"-r f --from @1 --from @2", "given twice", "--from @1 and --from @2"},
	{"-r f --count --print", "--count contradicts --print", ""},
	{"-r f --count -w x", "--count contradicts -w x", ""},
	{"-i lo --count -o eth0", "--count contradicts -o eth0", ""},
	{"-r f --count 9 --count", "given twice: --count", ""},
	{"-i lo -w - --print", "--print contradicts -w -", ""},
	{"-r f --print --print", "given twice: --print", ""},
	{"-r f --color blue", "--color: 'blue'", "auto|always|never"},
	{"-r f -e -e", "given twice: -e", ""},
	{"-r f -l -l", "given twice: -l", ""},
	{"-r f -S -S", "given twice: -S", ""},
	{"-r f -##", "given twice: -#", ""},
	{"-w", "-w needs a value: PATH", ""},
	{"-pw", "-w needs a value: PATH", ""},
	{"--write", "--write needs a value: PATH", ""},
	{"--write=", "--write needs a value: PATH", ""},
	{"--stats", "--stats needs a value: TIME", ""},
	{"-i lo -i eth0 -i lo", "-i: 'lo' is given twice", ""},
	{"-i lo -i any -w x", "-i any has all interfaces", "-i lo contradicts it"},
	{"-i any -i lo -w x", "-i any has all interfaces", "-i lo contradicts it"},
	{"-i lo -i eth0 -w x.pcap", "-i lo and -i eth0", "--format pcapng"},
	{"-s 9 -s 9 -i lo", "given twice", "-s 9 and -s 9"},
	{"-i lo -s 9 -i eth0 -s 9 -p -p", "given twice: -p", ""},
	{"-f tcp -i lo -w x udp", "-f tcp contradicts the filter expression udp", ""},
	{"-i lo -f tcp -w x udp", "-f tcp contradicts the filter expression udp", ""},
	{"-i lo -f tcp -w x -F file", "-f tcp contradicts -F file", ""},
	{"-i lo -w x --wait --exit-on-loss", "--wait contradicts --exit-on-loss", ""},
	{"-i lo -w x --stats-file f --metrics-file f", "--stats-file f contradicts",
	 "--metrics-file f"},
	{"-i lo -w x --log-format xml", "--log-format: 'xml' is none of", "text|stamped|json"},
	{"-w a --write=b", "given twice", "-w a and --write b"},
	{"-p -p", "given twice: -p", ""},
	{"-qq", "given twice: -q", ""},
	{"-c 5 -c 5", "given twice", "-c 5 and -c 5"},
	{"-a packets:5 -a duration:1 -a packets:6", "given twice", "packets:5 and -a packets:6"},
	{"-c 0", "-c: 0", "at least 1"},
	{"-c -5", "-c: '-5'", "whole number"},
	{"-c 5x", "-c: '5x'", "whole number"},
	{"-c 18446744073709551616", "-c: 18446744073709551616", "too large"},
	{"-s -5", "-s: '-5'", "is not a size"},
	{"-s 262145", "-s: 262145", "at most 262144"},
	{"-a file:5", "-a: 'file:5'", "packets:COUNT, filesize:SIZE, files:COUNT"},
	{"-a files:0", "-a: files: 0", "at least 1"},
	{"-a files:2 -a files:2", "given twice", "-a files:2 and -a files:2"},
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
	{"-B 2Q", "-B: '2Q'", "is not a size"},
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
	{"-b 5", "-b: '5' is none of filesize:SIZE, duration:TIME, interval:TIME",
	 "packets:COUNT, files:COUNT, budget:SIZE, age:TIME, reserve:SIZE"},
	{"-b size:5M", "-b: 'size:5M' is none of", "filesize:SIZE"},
	{"-b files", "-b: 'files' is none of", "files:COUNT"},
	{"--ring-buffer printname:x", "--ring-buffer: 'printname:x'", "reserve:SIZE"},
	{"-b files:5 --ring-buffer files:6", "given twice", "-b files:5 and --ring-buffer files:6"},
	{"-b filesize:4095", "-b: filesize: 4095", "at least 4096"},
	{"-b filesize:", "-b: filesize: ''", "not a size"},
	{"-b duration:99ms", "-b: duration: 99ms", "at least 100ms"},
	{"-b interval:1.5", "-b: interval: 1.5", "whole seconds"},
	{"-b interval:500ms", "-b: interval: 500ms", "from 1s on"},
	{"-b interval:0", "-b: interval: 0", "more than 0"},
	{"-b packets:0", "-b: packets: 0", "at least 1"},
	{"-b files:1", "-b: files: 1", "at least 2"},
	{"-b budget:0", "-b: budget: 0", "at least 1"},
	{"-b budget:lots", "-b: budget: 'lots'", "not a size"},
	{"-b age:1y", "-b: age: '1y'", "not a duration"},
	{"-b reserve:10%", "-b: reserve: '10%'", "not a size"},
	{"-C 0", "-C: 0", "at least 1"},
	{"-C -1", "-C: '-1'", "not a size"},
	{"-C 3K", "-C: 3K", "at least 4096"},
	{"-C 1.5", "-C: '1.5'", "not a size"},
	{"-C 18446744073710", "-C: 18446744073710", "too large"},
	{"-G 50ms", "-G: 50ms", "at least 100ms"},
	{"-G x", "-G: 'x'", "not a duration"},
	{"-W 0", "-W: 0", "at least 1"},
	{"-i lo -w x -W 5", "-W 5 needs", "-C or -G"},
	{"-i lo -w x -W 5 -b filesize:1M", "-W 5 needs", "-C or -G"},
	{"-i lo -w x -C 1 -W 1", "-W: 1", "with -C it must be at least 2"},
	{"-i lo -w x -C 1 -b filesize:1M", "-C 1", "-b filesize:1M"},
	{"-i lo -w x -G 1 --ring-buffer duration:2", "-G 1", "--ring-buffer duration:2"},
	{"-i lo -w x -C 1 -W 5 -b files:6", "-W 5", "-b files:6"},
	{"-i lo -w x -G 1 -W 5 -a files:6", "-W 5", "-a files:6"},
	{"-i lo -w x -b filesize:2M -b budget:1M", "-b budget:1M", "-b filesize:2M"},
	{"-i lo -w x -C 2 -b budget:1M", "-b budget:1M", "-C 2"},
	{"-z", "-z needs a value: COMMAND", ""},
	{"--post-rotate=", "--post-rotate needs a value: COMMAND", ""},
	{"-i lo -w d/ --hook-jobs 1", "--hook-jobs 1 needs", "-z COMMAND"},
	{"-i lo -w d/ --hook-timeout 5", "--hook-timeout 5 needs", "-z COMMAND"},
	{"--hook-jobs 0", "--hook-jobs: 0", "at least 1"},
	{"--hook-jobs 65", "--hook-jobs: 65", "at most 64"},
	{"--hook-timeout 999ms", "--hook-timeout: 999ms", "at least 1s"},
	{"--on-full wait", "--on-full: 'wait'", "prune|stop|drop"},
	{"--mode 64", "--mode: '64'", "three or four octal digits"},
	{"--mode 00640", "--mode: '00640'", "three or four octal digits"},
	{"--mode 680", "--mode: '680'", "three or four octal digits"},
	{"--mode u=rw", "--mode: 'u=rw'", "three or four octal digits"},
	{"--mode 0755", "--mode: 0755", "0666 is the most"},
	{"--mode 1600", "--mode: 1600", "0666 is the most"},
	{"--mode 0444", "--mode: 0444", "0600 is the least"},
	{"--mode 0200", "--mode: 0200", "0600 is the least"},
	{"-i lo -w - -b filesize:1M", "-b filesize:1M contradicts", "-w -"},
	{"-i lo -w - -C 1", "-C 1 contradicts", "-w -"},
	{"-i lo -w - -G 1", "-G 1 contradicts", "-w -"},
	{"-i lo -w - --on-full stop", "--on-full stop contradicts", "-w -"},
	{"-i lo -w - --no-sync", "--no-sync contradicts", "-w -"},
	{"-i lo -w - -z /x", "-z /x contradicts", "-w -"},
	{"-i lo -w - --mode 0640", "--mode 0640 contradicts", "-w -"},
	{"-i lo -w - -a files:5", "-a files:5 contradicts", "-w -"},
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
	assert_int_equal(o.interfaces[0].snaplen, 262144);
	assert_int_equal(o.block_timeout_ms, 1);
	assert_true(o.max_packets == UINT64_MAX);
	assert_parsed("-i lo -w x -s 1 --block-timeout 1h -B 18014398509481983", &o);
	assert_int_equal(o.interfaces[0].snaplen, 1);
	assert_int_equal(o.block_timeout_ms, 3600000);
	assert_true(o.ring_bytes == UINT64_C(18014398509481983) << 10);
}

/* What stands before any -i is for all of them, what follows one for that one. */
static void test_interfaces(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-s 96 -i eth0 -p -f tcp -i eth1 -s 0 --interface eth2 -w x udp", &o);
	assert_int_equal(o.interface_count, 3);
	assert_string_equal(o.interfaces[0].name, "eth0");
	assert_int_equal(o.interfaces[0].snaplen, 96);
	assert_false(o.interfaces[0].promiscuous);
	assert_string_equal(o.interfaces[0].filter, "tcp");
	assert_string_equal(o.interfaces[1].name, "eth1");
	assert_int_equal(o.interfaces[1].snaplen, 262144);
	assert_true(o.interfaces[1].promiscuous);
	assert_null(o.interfaces[1].filter);
	assert_string_equal(o.interfaces[2].name, "eth2");
	assert_int_equal(o.interfaces[2].snaplen, 96);
	assert_string_equal(o.expression, "udp");
	assert_parsed("-f tcp -p -i a -i b -f udp -w x", &o);
	assert_string_equal(o.interfaces[0].filter, "tcp");
	assert_string_equal(o.interfaces[1].filter, "udp");
	assert_false(o.interfaces[0].promiscuous || o.interfaces[1].promiscuous);
}

static void test_run(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w x", &o);
	assert_null(o.user);
	assert_null(o.stats_file);
	assert_false(o.log_json || o.check || o.wait || o.exit_on_loss);
	assert_parsed("-i lo -w x -Z nobody --stats-file s --metrics-file m.prom --log-format json "
		      "--wait",
		      &o);
	assert_string_equal(o.user, "nobody");
	assert_string_equal(o.stats_file, "s");
	assert_string_equal(o.metrics_file, "m.prom");
	assert_true(o.log_json && o.wait);
	assert_parsed("-i lo --check --exit-on-loss", &o);
	assert_true(o.check && o.exit_on_loss);
}

/* -o: what comes in goes out again, whole, and what is sent is none of it. */
static void test_forward(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-i lo -w x", &o);
	assert_null(o.out);
	assert_false(o.both_ways || o.bypass_qdisc);
	assert_int_equal(o.tx, TX_RING);
	assert_parsed("-i a -o b", &o);
	assert_string_equal(o.out, "b");
	assert_null(o.write);
	assert_int_equal(o.direction, DIRECTION_IN);
	assert_int_equal(o.interface_count, 1);
	assert_parsed("-i a -i c --out-interface b --tx sendmmsg --bypass-qdisc -Q in udp", &o);
	assert_string_equal(o.out, "b");
	assert_int_equal(o.tx, TX_SENDMMSG);
	assert_true(o.bypass_qdisc);
	assert_int_equal(o.interface_count, 2);
	assert_string_equal(o.expression, "udp");
	assert_parsed("-i a -o b --tx ring --ring-version 3", &o);
	assert_int_equal(o.tx, TX_RING);
	assert_true(o.ring_version_given);
	assert_parsed("-i a -o b --ring-version 2", &o);
	assert_int_equal(o.ring_version, RING_V2);
	/* Frames of the file may be cut. */
	assert_parsed("-i a -s 64 -o b -w x", &o);
	assert_int_equal(o.interfaces[0].snaplen, 64);
	/* The other side is as the first. */
	assert_parsed("-p -i a -f tcp -o b --both-ways", &o);
	assert_true(o.both_ways);
	assert_int_equal(o.interface_count, 2);
	assert_string_equal(o.interfaces[1].name, "b");
	assert_string_equal(o.interfaces[1].filter, "tcp");
	assert_false(o.interfaces[1].promiscuous);
	assert_int_equal(o.direction, DIRECTION_IN);
}

static void test_replay(void **state)
{
	struct options o;

	(void)state;
	assert_parsed("-r f -o b", &o);
	assert_int_equal(o.read_count, 1);
	assert_string_equal(o.reads[0], "f");
	assert_int_equal(o.interface_count, 0);
	assert_int_equal(o.speed.kind, PACE_FACTOR);
	assert_true(o.speed.factor == 1);
	assert_true(o.loops == 1);
	assert_parsed("-r f -r - --read g -o b --speed top -c 5", &o);
	assert_int_equal(o.read_count, 3);
	assert_string_equal(o.reads[1], "-");
	assert_string_equal(o.reads[2], "g");
	assert_int_equal(o.speed.kind, PACE_TOP);
	assert_true(o.max_packets == 5);
	assert_parsed("-r f -o b --speed x0.5 --loop 18446744073709551615", &o);
	assert_true(o.speed.factor == 0.5);
	assert_true(o.loops == UINT64_MAX);
	assert_parsed("-r f -o b --gap-most 1500ms --speed x4 --loop 2 --loop-delay 0", &o);
	assert_true(o.speed.gap_most_ns == 1500000000 && o.speed.factor == 4);
	assert_true(o.speed.has_loop_delay && o.speed.loop_delay_ns == 0);
	assert_false(o.fix_checksums);
	assert_int_equal(o.truncated, FILE_TRUNCATED_STAYS);
	assert_parsed("-r f -o b --fix-checksums --truncated send", &o);
	assert_true(o.fix_checksums);
	assert_int_equal(o.truncated, FILE_TRUNCATED_SHORT);
	assert_parsed("-r f -o b --truncated pad", &o);
	assert_int_equal(o.truncated, FILE_TRUNCATED_PAD);
	assert_parsed("-r f -o b --truncated skip", &o);
	assert_int_equal(o.truncated, FILE_TRUNCATED_STAYS);
	assert_parsed("-r f -o ma=a -o mb=b", &o);
	assert_int_equal(o.ports.by, BY_INTERFACE);
	assert_string_equal(o.out, "a");
	assert_string_equal(o.out_other, "b");
	assert_string_equal(o.ports.keys[0], "ma");
	assert_string_equal(o.ports.keys[1], "mb");
	assert_parsed("-r f -o out=a -o in=b", &o);
	assert_int_equal(o.ports.by, BY_DIRECTION);
	assert_parsed("-r f -o a -o b --split client", &o);
	assert_int_equal(o.ports.by, BY_CLIENT);
	assert_parsed("-r f -o a -o b --split cidr:10.0.0.0/8,fe80::1", &o);
	assert_int_equal(o.ports.by, BY_SERVER);
	assert_string_equal(o.ports.servers, "src net 10.0.0.0/8 or src net fe80::1");
	assert_parsed("-r f -o a -o b --split port:80", &o);
	assert_string_equal(o.ports.servers, "src port 80");
	assert_parsed("-r f -o b --speed 10kpps --loop 1", &o);
	assert_int_equal(o.speed.kind, PACE_PACKETS);
	assert_true(o.speed.rate == 10000);
	assert_parsed("-r f -o b --speed 2.5Gbit", &o);
	assert_int_equal(o.speed.kind, PACE_BITS);
	assert_true(o.speed.rate == 2500000000);
	/* Once is what standard input can be sent. */
	assert_parsed("-r - -o b --loop 1", &o);
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
	assert_non_null(strstr(text, "(default: 64M"));
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (strlen(line) > 80 || line[strlen(line) - 1] == ' ')
			fail_msg("'%s'", line);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_habits),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_read_list),
		cmocka_unit_test(test_color_on_a_terminal),
		cmocka_unit_test(test_printing),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_expression),
		cmocka_unit_test(test_without_capture),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_ring_buffer),
		cmocka_unit_test(test_like_tcpdump),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_check_segments),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
