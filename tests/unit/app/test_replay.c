/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of a replay while it lasts, and whether it has failed.
 */
#include "app/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static struct {
	uint32_t progress;
	uint64_t next_ns;
	struct file_feed_times times;
} feed;

/* The linker leads our code's calls to these. */
uint32_t __wrap_file_feed_progress(const struct file_feed *f, uint64_t *next_ns);
uint32_t __wrap_file_feed_progress(const struct file_feed *f, uint64_t *next_ns)
{
	(void)f;
	*next_ns = feed.next_ns;
	return feed.progress;
}

void __wrap_file_feed_times(const struct file_feed *f, struct file_feed_times *times);
void __wrap_file_feed_times(const struct file_feed *f, struct file_feed_times *times)
{
	(void)f;
	*times = feed.times;
}

static char *text;
static size_t bytes;

static struct log *open_log(FILE **out)
{
	struct log *log;

	*out = open_memstream(&text, &bytes);
	log = log_open(*out, LOG_TEXT, &clock_system);
	assert_non_null(log);
	return log;
}

static void close_log(struct log *log, FILE *out)
{
	log_close(log);
	fclose(out);
}

static void expect_status(const char *words)
{
	const struct stats_snapshot now = {.sent = 1234,
					   .sent_bytes = 123400,
					   .time_ns = 30 * NS_PER_SECOND};
	struct stats_snapshot last = {.time_ns = 29 * NS_PER_SECOND};
	FILE *out;
	struct log *log = open_log(&out);

	replay_status(log, NULL, &now, &last);
	close_log(log, out);
	if (!strstr(text, words))
		fail_msg("%s", text);
	free(text);
}

static void test_progress(void **state)
{
	(void)state;
	feed.progress = 250000;
	expect_status("1 234 packets sent  1.23 kpkt/s  987 kbit/s  25%, 1:30 to go");
	/* What lies behind tells nothing of a pause. */
	feed.progress = 990000;
	feed.next_ns = clock_monotonic() + 95 * NS_PER_SECOND;
	expect_status("  99%, the next in 1:35\033");
	feed.next_ns = clock_monotonic() + NS_PER_SECOND / 2;
	expect_status("  99%, 0:00 to go\033");
	/* Of a pipe nobody knows how much there is. */
	feed.progress = 0;
	feed.next_ns = clock_monotonic() + 3600 * NS_PER_SECOND;
	expect_status(" kbit/s  the next in 60:00\033");
	feed.next_ns = 0;
	expect_status(" kbit/s\033");
}

static void expect_times(const struct pace_request *speed, const struct stats_snapshot *total,
			 const char *expected)
{
	FILE *out;
	struct log *log = open_log(&out);

	replay_say_times(log, NULL, speed, total);
	close_log(log, out);
	assert_string_equal(text, expected);
	free(text);
}

static void test_times(void **state)
{
	const struct stats_snapshot total = {.sent = 200, .sent_bytes = 95435};
	struct pace_request speed = {.kind = PACE_FACTOR, .factor = 1};
	static struct histogram late;

	(void)state;
	feed.times = (struct file_feed_times){.late_ns = &late, .lasted_ns = NS_PER_SECOND};
	expect_times(&speed, &total,
		     "wiretape: 95435 bytes in 1.000 s: 200 packets/s, 763 kbit/s; asked: as "
		     "recorded\n");
	speed.factor = 2;
	expect_times(&speed, &total,
		     "wiretape: 95435 bytes in 1.000 s: 200 packets/s, 763 kbit/s; asked: 2 times "
		     "as recorded\n");
	speed = (struct pace_request){.kind = PACE_BITS, .rate = 1500000000};
	histogram_add(&late, 109051900);
	feed.times.drift_ns = 2500;
	expect_times(&speed, &total,
		     "wiretape: 95435 bytes in 1.000 s: 200 packets/s, 763 kbit/s; asked: 1.50 "
		     "Gbit/s\n"
		     "wiretape: late by: median 109 ms, 99 % within 109 ms, worst 109 ms; at the "
		     "end 2.50 us\n");
}

static void test_judge(void **state)
{
	struct session_counts final = {.total = {.sent = 4}};
	struct error err;

	(void)state;
	assert_int_equal(replay_judge(&final, &err), 0);
	final.total.sent = 94;
	final.total.tx_cut = 100;
	final.total.tx_oversize = 47;
	final.total.tx_short = 1;
	assert_true(replay_judge(&final, &err) < 0);
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_string_equal(err.text, "148 of 242 packets were not sent");
	final.total = (struct stats_snapshot){.tx_unfinished = 1};
	assert_true(replay_judge(&final, &err) < 0);
	assert_string_equal(err.text, "1 of 1 packet was not sent");
	/* Whoever ends it wants no more of them. */
	final.asked = true;
	assert_int_equal(replay_judge(&final, &err), 0);
	final.total.tx_refused = 1;
	assert_true(replay_judge(&final, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
