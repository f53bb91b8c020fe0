/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines into a pipe that is read, slowly, later or never: whoever says them never waits,
 * and what arrives and what is told as left out are together what was said, in order.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cli/log.h"

#define READ_MOST (8u << 20)

static struct scene {
	int ends[2];
	FILE *out;
	struct log *log;
	char *text; /* all that was read */
	size_t bytes;
} scene;

static void open_scene(void)
{
	scene = (struct scene){.text = calloc(1, READ_MOST)};
	assert_non_null(scene.text);
	assert_int_equal(pipe(scene.ends), 0);
	scene.out = fdopen(scene.ends[1], "w");
	assert_non_null(scene.out);
	setvbuf(scene.out, NULL, _IONBF, 0);
	scene.log = log_open(scene.out, LOG_JSON, &clock_system);
	assert_non_null(scene.log);
}

static void close_scene(void)
{
	log_close(scene.log);
	fclose(scene.out);
	if (scene.ends[0] >= 0)
		close(scene.ends[0]);
	free(scene.text);
}

/* What is there by now; at its end false. */
static bool read_some(void)
{
	ssize_t n = read(scene.ends[0], scene.text + scene.bytes, READ_MOST - 1 - scene.bytes);

	scene.bytes += n > 0 ? (size_t)n : 0;
	return n > 0;
}

/* Until nothing has come for a while. */
static void read_all(void)
{
	assert_int_equal(fcntl(scene.ends[0], F_SETFL, O_NONBLOCK), 0);
	for (unsigned quiet = 0; quiet < 10; quiet++) {
		while (read_some())
			quiet = 0;
		usleep(30000);
	}
	assert_int_equal(fcntl(scene.ends[0], F_SETFL, 0), 0);
}

static void say(unsigned number)
{
	/* As long as most are; of a cause that is not limited. */
	log_say(scene.log, NOTE_CHECK, NULL, "number %u, and so many letters that it is a line: %s",
		number, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
}

static double seconds_since(uint64_t begin_ns)
{
	return (double)(clock_monotonic() - begin_ns) / 1e9;
}

/* Each line is the next number, or tells how many are missing. Returns the last one. */
static unsigned expect_numbers(unsigned *told)
{
	unsigned next = 0;
	char *line = scene.text, *end;

	*told = 0;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		const char *at;
		unsigned left_out;

		*end = '\0';
		at = strstr(line, "\"message\":\"number ");
		if (at) {
			assert_int_equal(atoi(at + strlen("\"message\":\"number ")), next);
			next++;
			continue;
		}
		at = strstr(line, "\"cause\":\"log\"");
		assert_non_null(at);
		assert_int_equal(sscanf(strstr(at, "\"suppressed\":"), "\"suppressed\":%u",
					&left_out),
				 1);
		*told += left_out;
		next += left_out;
	}
	assert_string_equal(line, "");
	return next;
}

/* Nobody reads, which nobody waits for; then somebody does. */
static void test_unread(void **state)
{
	const uint64_t begin = clock_monotonic();
	unsigned told;

	(void)state;
	open_scene();
	assert_int_equal(log_start(scene.log, NULL), 0);
	assert_int_equal(log_start(scene.log, NULL), 0);
	for (unsigned i = 0; i < 20000; i++)
		say(i);
	assert_true(seconds_since(begin) < 5);
	/* All that was taken comes, and how many were not. */
	while (!strstr(scene.text, "\"cause\":\"log\"")) {
		assert_true(read_some());
		scene.text[scene.bytes] = '\0';
	}
	read_all();
	/* From then on all do. */
	for (unsigned i = 20000; i < 20100; i++)
		say(i);
	log_close(scene.log);
	scene.log = NULL;
	fclose(scene.out);
	while (read_some())
		continue;
	scene.out = fopen("/dev/null", "w");
	assert_int_equal(expect_numbers(&told), 20100);
	assert_in_range(told, 10000, 19900);
	close_scene();
}

static void *say_many(void *context)
{
	for (unsigned i = 0; i < 3000; i++)
		say(i);
	(void)context;
	return NULL;
}

/* A reader who is slower than what is said, but reads. */
static void test_slow(void **state)
{
	pthread_t thread;
	unsigned told;

	(void)state;
	open_scene();
	assert_int_equal(log_start(scene.log, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, say_many, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		usleep(5000);
		assert_true(read_some());
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	read_all();
	assert_int_equal(expect_numbers(&told), 3000);
	close_scene();
}

/* The end waits for nobody who does not read, */
static void test_end(void **state)
{
	uint64_t begin;

	(void)state;
	open_scene();
	assert_int_equal(log_start(scene.log, NULL), 0);
	for (unsigned i = 0; i < 5000; i++)
		say(i);
	begin = clock_monotonic();
	log_close(scene.log);
	scene.log = NULL;
	assert_true(seconds_since(begin) < 8);
	close_scene();
}

/* nor does a start, with no thread yet, more than once; and what was not said then is
 * told when there is a reader. */
static void test_start(void **state)
{
	const uint64_t begin = clock_monotonic();

	(void)state;
	open_scene();
	for (unsigned i = 0; i < 5000; i++)
		say(i);
	assert_true(seconds_since(begin) < 10);
	read_all();
	assert_int_equal(log_start(scene.log, NULL), 0);
	say(5000);
	read_all();
	assert_non_null(strstr(scene.text, "lines left out here"));
	assert_non_null(strstr(scene.text, "number 5000,"));
	close_scene();
}

/* A status line is of no interest later. */
static void test_status(void **state)
{
	unsigned count = 0;

	(void)state;
	open_scene();
	assert_int_equal(log_start(scene.log, NULL), 0);
	for (unsigned i = 0; i < 3000; i++)
		say(i);
	for (unsigned i = 0; i < 1000; i++)
		log_status(scene.log, "a status");
	read_all();
	assert_non_null(strstr(scene.text, "\"cause\":\"log\""));
	for (const char *at = scene.text; (at = strstr(at, "a status")); at++)
		count++;
	assert_in_range(count, 0, 1);
	close_scene();
}

/* Before something else is printed, what was said is there; but nobody waits long. */
static void test_settle(void **state)
{
	uint64_t begin;

	(void)state;
	open_scene();
	log_settle(scene.log);
	assert_int_equal(log_start(scene.log, NULL), 0);
	assert_int_equal(fcntl(scene.ends[0], F_SETFL, O_NONBLOCK), 0);
	for (unsigned i = 0; i < 100; i++) {
		say(i);
		log_settle(scene.log);
		assert_true(read_some());
	}
	for (unsigned i = 100; i < 5000; i++)
		say(i);
	begin = clock_monotonic();
	for (unsigned i = 0; i < 1000; i++)
		log_settle(scene.log);
	assert_true(seconds_since(begin) < 2);
	/* Once it is read again, it is waited for again. */
	read_all();
	scene.bytes = 0;
	assert_int_equal(fcntl(scene.ends[0], F_SETFL, O_NONBLOCK), 0);
	say(5000);
	log_settle(scene.log);
	assert_true(read_some());
	close_scene();
}

/* Whoever read has gone: lines go nowhere, and that is all. */
static void test_gone(void **state)
{
	(void)state;
	open_scene();
	assert_int_equal(log_start(scene.log, NULL), 0);
	close(scene.ends[0]);
	scene.ends[0] = -1;
	for (unsigned i = 0; i < 1000; i++)
		say(i);
	close_scene();
}

/* Nobody else's flags: with one that is non-blocking all the same nothing is lost. */
static void test_flags(void **state)
{
	unsigned told;

	(void)state;
	open_scene();
	assert_int_equal(fcntl(scene.ends[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(log_start(scene.log, NULL), 0);
	/* More than a pipe holds, less than waits for it. */
	for (unsigned i = 0; i < 500; i++)
		say(i);
	read_all();
	assert_int_equal(expect_numbers(&told), 500);
	assert_int_equal(told, 0);
	close_scene();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unread), cmocka_unit_test(test_slow),
		cmocka_unit_test(test_end),    cmocka_unit_test(test_start),
		cmocka_unit_test(test_status), cmocka_unit_test(test_gone),
		cmocka_unit_test(test_flags),  cmocka_unit_test(test_settle),
	};

	signal(SIGPIPE, SIG_IGN);
	/* What would wait for ever ends the test. */
	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
