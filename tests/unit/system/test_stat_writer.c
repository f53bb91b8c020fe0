/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file system that hangs, and one that fails: who counts never waits, the newest
 * counts are those that get there, and an end comes.
 */
#include "system/stat_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "scratch.h"

static pthread_mutex_t hung = PTHREAD_MUTEX_INITIALIZER; /* while it is held */
static _Atomic unsigned calls, failures;

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

/* Made before anything is written. */
int __wrap_flock(int fd, int operation)
{
	atomic_fetch_add(&calls, 1);
	pthread_mutex_lock(&hung);
	pthread_mutex_unlock(&hung);
	return __real_flock(fd, operation);
}

static void note_failure(void *context, const struct error *err)
{
	assert_ptr_equal(context, &failures);
	assert_true(err->code != 0);
	atomic_fetch_add(&failures, 1);
}

static struct stat_writer *start(void)
{
	static const struct privilege_target nobody = {.keeps_root = true};
	struct stat_writer_config config = {.failed = note_failure, .context = &failures};
	struct stat_writer *writer;
	struct error err;

	atomic_store(&calls, 0);
	atomic_store(&failures, 0);
	if (statfile_open("stats", &nobody, &config.file, &err) < 0 ||
	    stat_writer_open(&config, &writer, &err) < 0)
		fail_msg("%s", err.text);
	return writer;
}

static bool put(struct stat_writer *writer, unsigned number)
{
	char *text = NULL;
	int bytes = asprintf(&text, "number %u", number);

	assert_true(bytes > 0);
	return stat_writer_put(writer, text, (size_t)bytes);
}

static bool holds(const char *text)
{
	char found[64] = "";
	FILE *file = fopen("stats", "r");

	if (!file)
		return false;
	(void)!fgets(found, sizeof(found), file);
	fclose(file);
	return strcmp(found, text) == 0;
}

static void test_writes(void **state)
{
	struct stat_writer *writer = start();

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		put(writer, i);
	assert_true(stat_writer_close(writer));
	scratch_expect("stats", "number 99");
	assert_int_equal(failures, 0);
	assert_true(stat_writer_close(NULL));
}

/* While it hangs nobody waits, and of all that is given then only the last is written. */
static void test_hangs(void **state)
{
	const uint64_t begin = clock_monotonic();
	struct stat_writer *writer = start();

	(void)state;
	pthread_mutex_lock(&hung);
	put(writer, 0);
	while (calls == 0)
		usleep(1000);
	for (unsigned i = 1; i < 100; i++)
		put(writer, i);
	assert_true(clock_monotonic() - begin < 5 * NS_PER_SECOND);
	/* It is told after some seconds. */
	usleep(2500000);
	assert_false(put(writer, 100));
	pthread_mutex_unlock(&hung);
	assert_true(stat_writer_close(writer));
	scratch_expect("stats", "number 100");
	assert_int_equal(calls, 2);
}

/* A writer that hangs is left to itself, which is no leak. */
static struct stat_writer *volatile left_behind;

static void test_hangs_at_the_end(void **state)
{
	const uint64_t begin = clock_monotonic();
	struct stat_writer *writer = start();

	(void)state;
	pthread_mutex_lock(&hung);
	put(writer, 0);
	left_behind = writer;
	assert_false(stat_writer_close(writer));
	assert_true(clock_monotonic() - begin < 10 * NS_PER_SECOND);
	pthread_mutex_unlock(&hung);
	/* It still gets there, with nobody to tell of it. */
	for (unsigned i = 0; i < 3000 && !holds("number 0"); i++)
		usleep(10000);
	scratch_expect("stats", "number 0");
	assert_int_equal(failures, 0);
}

static void test_fails(void **state)
{
	struct stat_writer *writer = start();

	(void)state;
	unlink("stats");
	assert_int_equal(mkdir("stats", 0700), 0);
	put(writer, 0);
	assert_true(stat_writer_close(writer));
	assert_int_equal(failures, 1);
	assert_int_equal(rmdir("stats"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_hangs_at_the_end),
		cmocka_unit_test(test_fails),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
