/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits are a process's: each case has one of its own. */
#include "system/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"

static void limit(int what, rlim_t now, rlim_t most)
{
	const struct rlimit wanted = {.rlim_cur = now, .rlim_max = most};

	setrlimit((__rlimit_resource_t)what, &wanted);
}

/* The lowest number that is free. */
static rlim_t in_use(void)
{
	int fd = open("/", O_PATH);

	close(fd);
	return (rlim_t)fd;
}

static int files_are_few(void)
{
	const rlim_t used = in_use();
	struct error err = {0};

	limit(RLIMIT_NOFILE, used + 5, used + 5);
	if (limits_want_files(5, &err) != 0 || limits_want_files(9, &err) != -EINVAL)
		return 1;
	if (!strstr(err.text, "ulimit -n") || !strstr(err.text, "4 too few"))
		return 2;
	/* They were tried, and are free again. */
	return in_use() == used && err.kind == ERROR_USAGE ? 0 : 3;
}

static int files_can_be_more(void)
{
	const rlim_t used = in_use();
	struct rlimit now;
	struct error err = {0};

	limit(RLIMIT_NOFILE, used + 5, used + 20);
	if (limits_want_files(15, &err) != 0 || limits_want_files(30, &err) == 0)
		return 1;
	getrlimit(RLIMIT_NOFILE, &now);
	return now.rlim_cur == used + 20 ? 0 : 2;
}

static int files_are_many(void)
{
	struct rlimit before, now;
	struct error err = {0};

	getrlimit(RLIMIT_NOFILE, &before);
	limit(RLIMIT_NOFILE, before.rlim_max < 4096 ? before.rlim_max : 4096, before.rlim_max);
	getrlimit(RLIMIT_NOFILE, &before);
	if (limits_want_files(5, &err) != 0)
		return 1;
	getrlimit(RLIMIT_NOFILE, &now);
	return now.rlim_cur == before.rlim_cur ? 0 : 2;
}

static int some_are_left(void)
{
	const rlim_t used = in_use();
	int fds[8];
	unsigned left;

	limit(RLIMIT_NOFILE, used + 20, used + 20);
	left = limits_files_left();
	if (left < 20 - 8 || left > 20 || in_use() != used)
		return 1;
	for (unsigned i = 0; i < 8; i++)
		fds[i] = open("/", O_PATH);
	if (limits_files_left() != left - 8)
		return 2;
	/* Wherever it is. */
	close(fds[3]);
	if (limits_files_left() != left - 7)
		return 3;
	while (open("/", O_PATH) >= 0)
		;
	return limits_files_left() == 0 ? 0 : 4;
}

static int file_size(void)
{
	limit(RLIMIT_FSIZE, 123456, RLIM_INFINITY);
	if (limits_file_bytes() != 123456)
		return 1;
	limit(RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY);
	return limits_file_bytes() == UINT64_MAX ? 0 : 2;
}

static void each_limit(void **state)
{
	int (*const cases[])(void) = {files_are_few, files_can_be_more, files_are_many,
				      some_are_left, file_size};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (child_run(cases[i]) != 0)
			fail_msg("case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_limit)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
