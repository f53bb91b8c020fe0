/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs read of a recording: whole texts, JSON as jq understands it,
 * metrics as a strict reader does, and names that are made to break both.
 */
#include "base/status.h"

#include <errno.h>
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "prom_parser.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-24 15:00:00 UTC. */
#define AFTERNOON (UINT64_C(1795532400) * NS_PER_SECOND)

static struct ledger *ledger;
static struct status_interface interfaces[8];
static struct status status;
static struct prom_text parsed, earlier;
static char *text;
static size_t text_bytes;

static int set_up(void **state)
{
	(void)state;
	memset(interfaces, 0, sizeof(interfaces));
	interfaces[0] = (struct status_interface){
		.name = "eth0",
		.linktype = "EN10MB",
		.counts = {.captured = 90,
			   .captured_bytes = 9000,
			   .received = 107,
			   .dropped = 7,
			   .device_dropped = 1,
			   .truncated = 3,
			   .host_stamped = 4,
			   .unwritten = 2,
			   .disk_dropped = 5,
			   .oversize = 1,
			   .tx_oversize = 11,
			   .tx_short = 12,
			   .tx_cut = 13,
			   .tx_full = 14,
			   .tx_down = 15,
			   .tx_refused = 16,
			   .tx_unfinished = 17,
			   .unwanted = 6,
			   .unread = 1,
			   .malformed = 1},
		.ring_bytes = 67108864,
		.ring_fill_permille = 12,
		.ring_most_permille = 1000,
	};
	interfaces[1] = (struct status_interface){.name = "eth1", .link = STATUS_DOWN};
	for (size_t i = 2; i < COUNT(interfaces); i++)
		interfaces[i] = (struct status_interface){.name = "-", .linktype = "RAW"};
	status = (struct status){
		.version = "1.2",
		.pid = 4321,
		.instance = "/var/\"tape",
		.recording = true,
		.start_ns = AFTERNOON + 1,
		.time_ns = AFTERNOON + 10 * NS_PER_SECOND,
		.interfaces = interfaces,
		.interface_count = 2,
		.total = interfaces[0].counts,
		.path = "/var/tape",
		.format = "pcapng",
		.bytes = 9876,
		.writing = {.writes = {.buckets = {[0] = 1, [3] = 98, [20] = 1},
				       .count = 100,
				       .sum_ns = 3 * NS_PER_SECOND + 5,
				       .most_ns = 900 * NS_PER_MS},
			    .spill_bytes = 1048576,
			    .spill_most_bytes = 4194304,
			    .spill_bound_bytes = 8388608},
		.segments = true,
		.segment_sequence = 17,
		.segment_bytes = 4096,
		.segment_packets = 12,
		.segments_kept = 9,
		.budget_bytes = UINT64_MAX,
		.used_bytes = 1000000,
		.free_bytes = 2000000,
		.oldest_ns = AFTERNOON - NS_PER_HOUR,
	};
	text = NULL;
	return ledger_open(COUNT(interfaces), &ledger);
}

static int tear_down(void **state)
{
	(void)state;
	ledger_close(ledger);
	free(text);
	return 0;
}

/* Both have to be UTF-8, which jq does not tell. */
static void write_text(void (*write)(FILE *, const struct status *))
{
	iconv_t utf8 = iconv_open("UCS-4", "UTF-8");
	FILE *out;
	char *in, *codes, *at;
	size_t left, room;

	free(text);
	text = NULL;
	status.ledger = ledger;
	out = open_memstream(&text, &text_bytes);
	write(out, &status);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), text_bytes);
	in = text;
	left = text_bytes;
	room = 4 * text_bytes + 16;
	at = codes = malloc(room);
	assert_true(iconv(utf8, &in, &left, &at, &room) != (size_t)-1);
	iconv_close(utf8);
	free(codes);
}

static void write_metrics(void)
{
	write_text(status_write_prometheus);
	if (!prom_parse(text, &parsed))
		fail_msg("%s", parsed.wrong);
}

static void expect_sample(const char *series, const char *value)
{
	const char *got = prom_value(&parsed, series);

	if (!got || strcmp(got, value) != 0)
		fail_msg("%s is %s, not %s, in:\n%s", series, got ? got : "missing", value, text);
}

static void expect_no_sample(const char *series)
{
	assert_null(prom_value(&parsed, series));
}

/* --- JSON --------------------------------------------------------------------- */

/* Each has to be true of the text. */
static void expect_jq(const char *const *filters, size_t count)
{
	char file[] = "/tmp/test_status.XXXXXX", command[1024];
	int fd;

	if (system("command -v jq >/dev/null") != 0)
		skip();
	fd = mkstemp(file);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, text_bytes), text_bytes);
	close(fd);
	for (size_t i = 0; i < count; i++) {
		FILE *jq;
		char said[256] = "";

		snprintf(command, sizeof(command), "jq -e '%s' %s 2>&1", filters[i], file);
		jq = popen(command, "r");
		assert_non_null(jq);
		if (!fgets(said, sizeof(said), jq))
			said[0] = '\0';
		if (pclose(jq) != 0 || strcmp(said, "true\n") != 0) {
			unlink(file);
			fail_msg("not true: %s: %s in:\n%s", filters[i], said, text);
		}
	}
	unlink(file);
}

static void enter_some(void)
{
	ledger_update(ledger, 0, &(struct stats_snapshot){.time_ns = AFTERNOON}, 0, NULL);
	ledger_update(ledger, 0,
		      &(struct stats_snapshot){.time_ns = AFTERNOON + NS_PER_SECOND, .dropped = 7},
		      NS_PER_SECOND, NULL);
	ledger_gap_begin(ledger, 1, LEDGER_GONE, AFTERNOON + NS_PER_SECOND);
	ledger_gap_end(ledger, 1, AFTERNOON + 2 * NS_PER_SECOND);
	ledger_gap_begin(ledger, 1, LEDGER_DOWN, AFTERNOON + 8 * NS_PER_SECOND + 1);
}

static void json_of_a_recorder(void **state)
{
	static const char *const filters[] = {
		".schema == 1 and .version == \"1.2\" and .pid == 4321 and .recording == true",
		".start == \"2026-11-24T15:00:00.000000001Z\"",
		".time == \"2026-11-24T15:00:10.000000000Z\"",
		".interfaces | map(.name) == [\"eth0\", \"eth1\"]",
		".interfaces | map(.linktype) == [\"EN10MB\", null]",
		".interfaces | map(.link) == [\"up\", \"down\"]",
		".interfaces[0].packets == {received: 107, captured: 90, truncated: 3, "
		"host_stamped: 4, unwanted: 6}",
		".interfaces[0].bytes_captured == 9000",
		".interfaces[0].losses == {ring: 7, device: 1, disk: 5, write: 2, oversize: 1, "
		"tx_oversize: 11, tx_short: 12, tx_cut: 13, tx_full: 14, tx_down: 15, "
		"tx_refused: 16, tx_unfinished: 17, unread: 1, malformed: 1}",
		".interfaces[1].losses == {ring: 0, device: 0, disk: 0, write: 0, oversize: 0, "
		"tx_oversize: 0, tx_short: 0, tx_cut: 0, tx_full: 0, tx_down: 0, "
		"tx_refused: 0, tx_unfinished: 0, unread: 0, malformed: 0}",
		".interfaces[0].ring == {bytes: 67108864, fill_permille: 12, most_permille: 1000}",
		".interfaces[0].gaps == {down: 0, gone: 0, ns: 0}",
		".interfaces[1].gaps == {down: 1, gone: 1, ns: 2999999999}",
		".total.packets.captured == 90 and .total.losses.disk == 5",
		".output.path == \"/var/tape\" and .output.format == \"pcapng\"",
		".output.segment == {sequence: 17, bytes: 4096, packets: 12}",
		".output | [.bytes, .segments_kept, .used_bytes, .free_bytes] == [9876, 9, "
		"1000000, 2000000]",
		".output.oldest_packet == \"2026-11-24T14:00:00.000000000Z\"",
		".output.spill == {bytes: 1048576, most_bytes: 4194304, bound_bytes: 8388608}",
		".output.writes | .count == 100 and .p50_ns == 8000 and .most_ns == 900000000",
		".ledger | map(.number) == [1, 2, 3]",
		".ledger | map(.interface) == [\"eth0\", \"eth1\", \"eth1\"]",
		".ledger | map(.cause) == [\"ring\", \"gone\", \"down\"]",
		".ledger | map(.packets) == [7, null, null]",
		".ledger[0].from == \"2026-11-24T15:00:00.000000000Z\"",
		".ledger[0].to == \"2026-11-24T15:00:01.000000000Z\"",
		".ledger[2].from == \"2026-11-24T15:00:08.000000001Z\" and .ledger[2].to == null",
	};

	(void)state;
	enter_some();
	write_text(status_write_json);
	/* jq has doubles only; the file has all digits. */
	assert_non_null(strstr(text, "\"budget_bytes\": 18446744073709551615"));
	expect_jq(filters, COUNT(filters));
}

static void json_of_one_file(void **state)
{
	(void)state;
	status = (struct status){.version = "0", .format = "pcap", .ledger = ledger};
	write_text(status_write_json);
	assert_string_equal(text,
			    "{\n"
			    "  \"schema\": 1,\n"
			    "  \"version\": \"0\",\n"
			    "  \"pid\": 0,\n"
			    "  \"recording\": false,\n"
			    "  \"start\": null,\n"
			    "  \"time\": null,\n"
			    "  \"interfaces\": [\n"
			    "  ],\n"
			    "  \"total\": {\n"
			    "    \"packets\": {\"received\": 0, \"captured\": 0, \"truncated\": 0, "
			    "\"host_stamped\": 0, \"unwanted\": 0},\n"
			    "    \"bytes_captured\": 0,\n"
			    "    \"losses\": {\"ring\": 0, \"device\": 0, \"disk\": 0, \"write\": "
			    "0, "
			    "\"oversize\": 0, \"tx_oversize\": 0, \"tx_short\": 0, "
			    "\"tx_cut\": 0, \"tx_full\": 0, \"tx_down\": 0, "
			    "\"tx_refused\": 0, \"tx_unfinished\": 0, \"unread\": 0, "
			    "\"malformed\": 0}\n"
			    "  },\n"
			    "  \"output\": {\n"
			    "    \"path\": null,\n"
			    "    \"format\": \"pcap\",\n"
			    "    \"bytes\": 0,\n"
			    "    \"spill\": {\"bytes\": 0, \"most_bytes\": 0, \"bound_bytes\": "
			    "0},\n"
			    "    \"writes\": {\"count\": 0, \"sum_ns\": 0, \"p50_ns\": 0, "
			    "\"p99_ns\": 0, \"most_ns\": 0},\n"
			    "    \"turns\": {\"count\": 0, \"sum_ns\": 0, \"p50_ns\": 0, "
			    "\"p99_ns\": 0, \"most_ns\": 0}\n"
			    "  },\n"
			    "  \"ledger\": []\n"
			    "}\n");
}

static void json_without_a_budget(void **state)
{
	static const char *const filters[] = {
		".output | has(\"budget_bytes\") and .budget_bytes == null",
		".output | has(\"oldest_packet\") and .oldest_packet == null",
	};

	(void)state;
	status.budget_bytes = status.oldest_ns = 0;
	write_text(status_write_json);
	expect_jq(filters, COUNT(filters));
}

/* A loss that cannot be told for one interface. */
static void json_of_an_interface_without_a_name(void **state)
{
	static const char *const filters[] = {
		".ledger | map(.interface) == [null]",
		".ledger[0].cause == \"write\" and .ledger[0].packets == 3",
	};

	(void)state;
	ledger_update(ledger, 2, &(struct stats_snapshot){.time_ns = AFTERNOON, .unwritten = 3}, 0,
		      NULL);
	write_text(status_write_json);
	expect_jq(filters, COUNT(filters));
}

/* --- metrics ------------------------------------------------------------------- */

static void metrics_of_a_recorder(void **state)
{
	static const char *const expected[][2] = {
		{"wiretape_info{instance=\"/var/\\\"tape\",version=\"1.2\"}", "1"},
		{"wiretape_recording{instance=\"/var/\\\"tape\"}", "1"},
		{"wiretape_start_time_seconds{instance=\"/var/\\\"tape\"}", "1795532400.000000001"},
		{"wiretape_packets_received_total{instance=\"/var/\\\"tape\",interface=\"eth0\"}",
		 "107"},
		{"wiretape_packets_received_total{instance=\"/var/\\\"tape\",interface=\"eth1\"}",
		 "0"},
		{"wiretape_packets_captured_total{instance=\"/var/\\\"tape\",interface=\"eth0\"}",
		 "98"},
		{"wiretape_captured_bytes_total{instance=\"/var/\\\"tape\",interface=\"eth0\"}",
		 "9000"},
		{"wiretape_packets_truncated_total{instance=\"/var/\\\"tape\",interface=\"eth0\"}",
		 "3"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"ring\"}",
		 "7"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"device\"}",
		 "1"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"disk\"}",
		 "5"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"write\"}",
		 "2"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"oversize\"}",
		 "1"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"tx_oversize\"}",
		 "11"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"tx_down\"}",
		 "15"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth0\",cause=\"tx_unfinished\"}",
		 "17"},
		{"wiretape_packets_lost_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth1\",cause=\"ring\"}",
		 "0"},
		{"wiretape_interface_up{instance=\"/var/\\\"tape\",interface=\"eth0\"}", "1"},
		{"wiretape_interface_up{instance=\"/var/\\\"tape\",interface=\"eth1\"}", "0"},
		{"wiretape_ring_bytes{instance=\"/var/\\\"tape\",interface=\"eth0\"}", "67108864"},
		{"wiretape_ring_fill_ratio{instance=\"/var/\\\"tape\",interface=\"eth0\"}",
		 "0.012"},
		{"wiretape_ring_fill_max_ratio{instance=\"/var/\\\"tape\",interface=\"eth0\"}",
		 "1.000"},
		{"wiretape_interface_gaps_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth1\",cause=\"down\"}",
		 "1"},
		{"wiretape_interface_gaps_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth1\",cause=\"gone\"}",
		 "1"},
		{"wiretape_interface_gap_seconds_total{instance=\"/var/"
		 "\\\"tape\",interface=\"eth1\"}",
		 "2.999999999"},
		{"wiretape_packets_unwritten_total{instance=\"/var/\\\"tape\"}", "2"},
		{"wiretape_output_bytes_total{instance=\"/var/\\\"tape\"}", "9876"},
		{"wiretape_spill_bytes{instance=\"/var/\\\"tape\"}", "1048576"},
		{"wiretape_spill_max_bytes{instance=\"/var/\\\"tape\"}", "4194304"},
		{"wiretape_spill_bound_bytes{instance=\"/var/\\\"tape\"}", "8388608"},
		{"wiretape_write_seconds_bucket{instance=\"/var/\\\"tape\",le=\"0.000001\"}", "1"},
		{"wiretape_write_seconds_bucket{instance=\"/var/\\\"tape\",le=\"0.000008\"}", "99"},
		{"wiretape_write_seconds_bucket{instance=\"/var/\\\"tape\",le=\"0.524288\"}", "99"},
		{"wiretape_write_seconds_bucket{instance=\"/var/\\\"tape\",le=\"1.048576\"}",
		 "100"},
		{"wiretape_write_seconds_bucket{instance=\"/var/\\\"tape\",le=\"+Inf\"}", "100"},
		{"wiretape_write_seconds_sum{instance=\"/var/\\\"tape\"}", "3.000000005"},
		{"wiretape_write_seconds_count{instance=\"/var/\\\"tape\"}", "100"},
		{"wiretape_turn_seconds_count{instance=\"/var/\\\"tape\"}", "0"},
		{"wiretape_segment_sequence{instance=\"/var/\\\"tape\"}", "17"},
		{"wiretape_segment_bytes{instance=\"/var/\\\"tape\"}", "4096"},
		{"wiretape_segments{instance=\"/var/\\\"tape\"}", "9"},
		{"wiretape_used_bytes{instance=\"/var/\\\"tape\"}", "1000000"},
		{"wiretape_free_bytes{instance=\"/var/\\\"tape\"}", "2000000"},
		{"wiretape_budget_bytes{instance=\"/var/\\\"tape\"}", "18446744073709551615"},
		{"wiretape_oldest_packet_time_seconds{instance=\"/var/\\\"tape\"}",
		 "1795528800.000000000"},
	};

	(void)state;
	enter_some();
	write_metrics();
	for (size_t i = 0; i < COUNT(expected); i++)
		expect_sample(expected[i][0], expected[i][1]);
}

static void metrics_that_are_not_known(void **state)
{
	(void)state;
	status.budget_bytes = status.oldest_ns = 0;
	status.recording = false;
	write_metrics();
	expect_sample("wiretape_recording{instance=\"/var/\\\"tape\"}", "0");
	expect_sample("wiretape_used_bytes{instance=\"/var/\\\"tape\"}", "1000000");
	expect_no_sample("wiretape_budget_bytes{instance=\"/var/\\\"tape\"}");
	expect_no_sample("wiretape_oldest_packet_time_seconds{instance=\"/var/\\\"tape\"}");
	status.segments = false;
	write_metrics();
	expect_sample("wiretape_output_bytes_total{instance=\"/var/\\\"tape\"}", "9876");
	expect_no_sample("wiretape_used_bytes{instance=\"/var/\\\"tape\"}");
	expect_no_sample("wiretape_segment_sequence{instance=\"/var/\\\"tape\"}");
}

/* The start of it, byte for byte. */
static void metrics_as_they_are_written(void **state)
{
	static const char expected[] =
		"# HELP wiretape_info The program; always 1.\n"
		"# TYPE wiretape_info gauge\n"
		"wiretape_info{instance=\"/var/\\\"tape\",version=\"1.2\"} 1\n"
		"# HELP wiretape_recording Whether it still records.\n"
		"# TYPE wiretape_recording gauge\n"
		"wiretape_recording{instance=\"/var/\\\"tape\"} 1\n"
		"# HELP wiretape_start_time_seconds When the recording began.\n"
		"# TYPE wiretape_start_time_seconds gauge\n"
		"wiretape_start_time_seconds{instance=\"/var/\\\"tape\"} 1795532400.000000001\n"
		"# HELP wiretape_packets_received_total ";

	(void)state;
	write_metrics();
	assert_true(text_bytes > strlen(expected));
	text[strlen(expected)] = '\0';
	assert_string_equal(text, expected);
}

static void expect_no_counter_went_back(void)
{
	for (size_t i = 0; i < earlier.count; i++) {
		const struct prom_sample *sample = &earlier.samples[i];
		const char *now = prom_value(&parsed, sample->series);

		assert_non_null(now);
		if (sample->counter && strtold(now, NULL) < strtold(sample->value, NULL))
			fail_msg("%s went back from %s to %s", sample->series, sample->value, now);
	}
}

/* Also where frames that were captured turn out to be lost, which takes them
 * off those captured (stats.h). */
static void counters_do_not_go_back(void **state)
{
	struct stats_snapshot *counts = &interfaces[0].counts;

	(void)state;
	write_metrics();
	for (unsigned i = 0; i < 50; i++) {
		earlier = parsed;
		counts->captured = counts->captured + i - i % 7;
		counts->unwritten += i % 7;
		counts->dropped += i % 3;
		status.time_ns += NS_PER_SECOND;
		if (i % 10 == 3)
			ledger_gap_begin(ledger, 1, LEDGER_DOWN, status.time_ns);
		if (i % 10 == 6)
			ledger_gap_end(ledger, 1, status.time_ns);
		write_metrics();
		expect_no_counter_went_back();
	}
	expect_sample("wiretape_interface_gap_seconds_total{instance=\"/var/"
		      "\\\"tape\",interface=\"eth1\"}",
		      "15.000000000");
}

/* --- names --------------------------------------------------------------------- */

/* No two alike, however they are written. */
static const char *const hostile[] = {
	"a\"b\\c",
	"\033[31m\x7f\n",
	"\xff",
	"\xfe",
	"\xef\xbf\xbd"
	"FF",
	"\xe2\x82",
	"\xc2\x9b",
	"} 1\nx{y=\"",
};

static void name_them(void)
{
	for (size_t i = 0; i < COUNT(hostile); i++)
		interfaces[i].name = hostile[i];
	status.interface_count = COUNT(hostile);
	status.path = "/tmp/\"\\\001\xff";
	status.version = "\"\\\n\xc0";
}

static void hostile_names_in_json(void **state)
{
	static const char *const filters[] = {
		".interfaces[0].name == \"a\\\"b\\\\c\"",
		".interfaces[1].name == \"\\u001b[31m\\u007f\\n\"",
		".interfaces[2].name == \"\\ufffdFF\"",
		".interfaces[4].name == \"\\ufffdEF\\ufffdBF\\ufffdBDFF\"",
		".interfaces[6].name == \"\\u009b\"",
		"[.interfaces[].name] | unique | length == 8",
		".interfaces[7].name == \"} 1\\nx{y=\\\"\"",
		".output.path == \"/tmp/\\\"\\\\\\u0001\\ufffdFF\"",
		".interfaces | length == 8",
		".ledger[0].interface == \"a\\\"b\\\\c\"",
	};

	(void)state;
	_Static_assert(COUNT(hostile) == COUNT(interfaces), "a name for each");
	enter_some();
	name_them();
	write_text(status_write_json);
	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at >= 0x20 || *at == '\n');
	expect_jq(filters, COUNT(filters));
}

static void hostile_names_in_metrics(void **state)
{
	(void)state;
	name_them();
	write_metrics();
	expect_sample("wiretape_info{instance=\"/var/\\\"tape\",version=\"\\\"\\\\\\n\xef\xbf\xbd"
		      "C0\"}",
		      "1");
	expect_sample("wiretape_packets_captured_total{instance=\"/var/"
		      "\\\"tape\",interface=\"a\\\"b\\\\c\"}",
		      "98");
	expect_sample("wiretape_ring_bytes{instance=\"/var/\\\"tape\",interface=\"\xef\xbf\xbd"
		      "1B[31m\xef\xbf\xbd"
		      "7F\\n\"}",
		      "0");
	expect_sample("wiretape_ring_bytes{instance=\"/var/\\\"tape\",interface=\"\xef\xbf\xbd"
		      "FF\"}",
		      "0");
	expect_sample("wiretape_ring_bytes{instance=\"/var/\\\"tape\",interface=\"\xef\xbf\xbd"
		      "FE\"}",
		      "0");
	expect_sample("wiretape_ring_bytes{instance=\"/var/\\\"tape\",interface=\"\xef\xbf\xbd"
		      "EF\xef\xbf\xbd"
		      "BF\xef\xbf\xbd"
		      "BDFF\"}",
		      "0");
	expect_sample("wiretape_ring_bytes{instance=\"/var/\\\"tape\",interface=\"} "
		      "1\\nx{y=\\\"\"}",
		      "0");
}

/* The reader is as strict as it says. */
static void the_reader_refuses(void **state)
{
	static const char *const wrong[] = {
		"a 1\n",                                            /* no type */
		"# TYPE a gauge\na 1\n",                            /* no help */
		"# HELP a b\na 1\n",                                /* no type */
		"# HELP a b\n# TYPE a gauge\na 1",                  /* no end */
		"# HELP a b\n# TYPE a counter\na 1\n",              /* no _total */
		"# HELP a_total b\n# TYPE a_total gauge\n",         /* one too many */
		"# HELP a b\n# TYPE a gauge\nb 1\n",                /* another's */
		"# HELP a b\n# TYPE a gauge\na 1\na 2\n",           /* twice */
		"# HELP a b\n# TYPE a gauge\na 1 2\n",              /* a time stamp */
		"# HELP a b\n# TYPE a gauge\na  1\n",               /* spaces */
		"# HELP a b\n# TYPE a gauge\na -1\n",               /* no number of ours */
		"# HELP a b\n# TYPE a gauge\na 1.\n",               /* no digits */
		"# HELP a b\n# TYPE a gauge\na{b=\"\\x\"} 1\n",     /* no such escape */
		"# HELP a b\n# TYPE a gauge\na{b=\"c} 1\n",         /* open */
		"# HELP a b\n# TYPE a gauge\na{1b=\"c\"} 1\n",      /* no name */
		"# HELP a b\n# TYPE a gauge\na{b=\"\",b=\"\"} 1\n", /* a label twice */
		"# HELP a b\n# TYPE a gauge\na{b=\"\033\"} 1\n",    /* a control character */
		"# HELP a b\n# TYPE a gauge\n# HELP a b\n",         /* a metric twice */
		"\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (prom_parse(wrong[i], &parsed))
			fail_msg("taken: %s", wrong[i]);
	assert_true(prom_parse("# HELP a b\n# TYPE a gauge\na{b=\"c\\n\\\"\\\\\"} 1.5\n", &parsed));
}

#define WITH_STATUS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STATUS(json_of_a_recorder),
		WITH_STATUS(json_of_one_file),
		WITH_STATUS(json_without_a_budget),
		WITH_STATUS(json_of_an_interface_without_a_name),
		WITH_STATUS(metrics_of_a_recorder),
		WITH_STATUS(metrics_that_are_not_known),
		WITH_STATUS(metrics_as_they_are_written),
		WITH_STATUS(counters_do_not_go_back),
		WITH_STATUS(hostile_names_in_json),
		WITH_STATUS(hostile_names_in_metrics),
		cmocka_unit_test(the_reader_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
