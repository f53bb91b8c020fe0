/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines as text and as JSON: whole, clean, and not too many.
 */
#include "log.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Time stands still but for what the test makes of it. */
static uint64_t boot_ns, wall_ns;

static uint64_t now_boot(const struct clock *clock)
{
	(void)clock;
	return boot_ns;
}

static uint64_t now_wall(const struct clock *clock)
{
	(void)clock;
	return wall_ns;
}

static const struct clock stopped = {.boot_ns = now_boot, .wall_ns = now_wall};

static char *text;
static size_t bytes;
static FILE *out;

static struct log *begin(enum log_format format)
{
	boot_ns = 1000 * NS_PER_SECOND;
	wall_ns = UINT64_C(1795538786000000001);
	out = open_memstream(&text, &bytes);
	assert_non_null(out);
	return log_open(out, format, &stopped);
}

static void end(struct log *log, const char *wanted)
{
	log_close(log);
	fclose(out);
	if (wanted)
		assert_string_equal(text, wanted);
	free(text);
}

static void as_text(void **state)
{
	struct error err = {.kind = ERROR_USAGE, .text = "-i: no"};
	struct log *log = begin(LOG_TEXT);

	(void)state;
	log_say(log, NOTE_ADOPT, "eth0", "%s: \x1b[2J%d", "eth0", 5);
	log_status(log, "5 packets");
	log_status(log, "6 packets");
	log_say(log, NOTE_DISK, NULL, "first");
	log_say(log, NOTE_DISK, NULL, "second");
	log_say(log, NOTE_LINK, "eth0", "of eth0");
	log_say(log, NOTE_LINK, "eth1", "of eth1");
	boot_ns += 11 * NS_PER_SECOND;
	log_say(log, NOTE_DISK, NULL, "third");
	log_error(log, &err);
	end(log, "wiretape: eth0: ?[2J5\n"
		 "\r5 packets\033[K\r6 packets\033[K\n"
		 "wiretape: first\nwiretape: of eth0\nwiretape: of eth1\n"
		 "wiretape: third (and 1 lines like it)\nwiretape: -i: no\n");
}

static void as_json(void **state)
{
	struct error err = {.kind = ERROR_FAILED, .text = "no \"luck\""};
	const struct stats_snapshot counts = {.captured = 7, .time_ns = 1};
	struct log *log = begin(LOG_JSON);

	(void)state;
	log_say(log, NOTE_LINK, "et\"h\\0", "a\tb\x7f \xff \xc3\xa9");
	log_say(log, NOTE_LINK, "et\"h\\0", "left out");
	boot_ns += 11 * NS_PER_SECOND;
	log_say(log, NOTE_LINK, "et\"h\\0", "again");
	log_error(log, &err);
	log_counts(log, NULL, &counts);
	log_close(log);
	fclose(out);
	assert_ptr_equal(
		strstr(text, "{\"time\":\"2026-11-24T16:46:26.000000001Z\",\"level\":\"warning\","
			     "\"cause\":\"link\",\"interface\":\"et\\\"h\\\\0\",\"message\":"
			     "\"a\\u0009b\\u007f \xef\xbf\xbd \xc3\xa9\"}\n"),
		text);
	assert_non_null(strstr(text, "\"message\":\"again\",\"suppressed\":1}\n"));
	assert_non_null(strstr(text, "\"level\":\"error\",\"cause\":\"end\",\"message\":"
				     "\"no \\\"luck\\\"\"}\n"));
	assert_non_null(strstr(text, "\"cause\":\"counts\",\"captured\":7,"));
	free(text);
}

/* An error every 10 ms for ten minutes, of every cause that is limited. */
static void flood(void **state)
{
	static const enum note_cause causes[] = {NOTE_DISK, NOTE_LOSS, NOTE_STATS};
	struct log *log = begin(LOG_TEXT);
	uint64_t said = 0, left_out = 0, lines = 0, sum = 0, n;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		for (size_t k = 0; k < sizeof(causes) / sizeof(causes[0]); k++)
			log_say(log, causes[k], k == 1 ? "eth0" : NULL, "no luck");
		boot_ns += 10 * NS_PER_MS;
		said += sizeof(causes) / sizeof(causes[0]);
	}
	boot_ns += 700 * NS_PER_SECOND;
	for (size_t k = 0; k < sizeof(causes) / sizeof(causes[0]); k++)
		log_say(log, causes[k], k == 1 ? "eth0" : NULL, "the last");
	said += sizeof(causes) / sizeof(causes[0]);
	log_close(log);
	fclose(out);
	for (char *line = text; line && *line; line = strchr(line, '\n') + 1) {
		lines++;
		if (sscanf(line, "wiretape: %*[a-z ](and %" SCNu64, &n) == 1)
			sum += n;
	}
	left_out = said - lines;
	assert_in_range(lines, 6, 60);
	assert_int_equal(sum, left_out);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text),
		cmocka_unit_test(as_json),
		cmocka_unit_test(flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
