/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors as values: codes and kinds, contexts, texts longer than their room,
 * and text_clean on everything that could act on a terminal.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void test_kinds(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error_set(&err, EIO, "%s %d", "block", 7), -EIO);
	assert_int_equal(err.code, EIO);
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_string_equal(err.text, "block 7");

	assert_int_equal(error_usage(&err, "-c %s", "0"), -EINVAL);
	assert_int_equal(err.code, EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, "-c 0");

	assert_int_equal(error_system(&err, ENOENT, "open %s", "x"), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_string_equal(err.text, "open x: No such file or directory");
}

static void test_context(void **state)
{
	struct error err = {0};

	(void)state;
	error_system(&err, ENOMEM, "set RX ring");
	assert_int_equal(error_context(&err, "%s", "eth0"), -ENOMEM);
	assert_string_equal(err.text, "eth0: set RX ring: Cannot allocate memory");
	assert_int_equal(err.kind, ERROR_FAILED);

	error_usage(&err, "not a number");
	assert_int_equal(error_context(&err, "-c"), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
}

static void test_null_error(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, EIO, "x"), -EIO);
	assert_int_equal(error_system(NULL, ENOENT, "x"), -ENOENT);
	assert_int_equal(error_usage(NULL, "x"), -EINVAL);
	assert_true(error_context(NULL, "x") < 0);
}

/* The cause, at the end, outlives a head that is too long. */
static void test_long(void **state)
{
	struct error err = {0};
	char path[4097];
	size_t length;

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';

	error_system(&err, ENAMETOOLONG, "open %s", path);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_non_null(strstr(err.text, "ppp...: File name too long"));
	assert_int_equal(strncmp(err.text, "open ppp", 8), 0);

	error_context(&err, "%s", path);
	length = strlen(err.text);
	assert_int_equal(length, sizeof(err.text) - 1);
	assert_non_null(strstr(err.text, "...: open ppp"));

	error_set(&err, EIO, "%s", path);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 5, "p...");
}

/* Every length of head and tail around the limit stays inside the text. */
static void test_every_length(void **state)
{
	char filler[600];

	(void)state;
	memset(filler, 'x', sizeof(filler));
	for (int tail = 0; tail < (int)sizeof(filler); tail += 7) {
		for (int head = 0; head < (int)sizeof(filler); head++) {
			struct error err = {0};

			error_set(&err, EIO, "%.*s", tail, filler);
			error_context(&err, "%.*s", head, filler);
			assert_true(memchr(err.text, '\0', sizeof(err.text)) != NULL);
			if (head + tail + 2 < (int)sizeof(err.text))
				assert_int_equal(strlen(err.text), head + tail + 2);
			else if (tail > 0)
				assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
		}
	}
}

static void test_texts_are_clean(void **state)
{
	struct error err = {0};

	(void)state;
	error_set(&err, EIO, "open %s", "a\nwiretape: b\033[31m");
	assert_string_equal(err.text, "open a?wiretape: b?[31m");
	error_context(&err, "%s", "\r");
	assert_string_equal(err.text, "?: open a?wiretape: b?[31m");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),        cmocka_unit_test(test_context),
		cmocka_unit_test(test_null_error),   cmocka_unit_test(test_long),
		cmocka_unit_test(test_every_length), cmocka_unit_test(test_texts_are_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
