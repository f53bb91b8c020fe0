/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A service manager that listens: what it is told, and that nothing waits for
 * one that does not.
 */
#include "notify.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t bytes = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, name, strlen(name));
	if (*name == '@')
		address.sun_path[0] = '\0';
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, (socklen_t)bytes), 0);
	return fd;
}

static void expect_heard(int fd, const char *wanted)
{
	char text[1024];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	if (!wanted) {
		assert_int_equal(n, -1);
		return;
	}
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static void tell_all(const char *name)
{
	struct notify *n;
	int fd = listen_at(name);

	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_open(&n, NULL), 0);
	assert_non_null(n);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_true(notify_watchdog_ns(n) == UINT64_C(15000000000));
	expect_heard(fd, NULL);
	notify_ready(n);
	expect_heard(fd, "READY=1");
	notify_status(n, "%d packets\nREADY=0\x1b[2J", 5);
	expect_heard(fd, "STATUS=5 packets?READY=0?[2J");
	notify_watchdog(n);
	expect_heard(fd, "WATCHDOG=1");
	notify_stopping(n);
	expect_heard(fd, "STOPPING=1");
	/* One that does not read holds nobody up, nor does one that has gone. */
	for (int i = 0; i < 10000; i++)
		notify_watchdog(n);
	close(fd);
	notify_watchdog(n);
	notify_close(n);
}

static void path_and_abstract(void **state)
{
	char abstract[64];

	(void)state;
	tell_all(path);
	unlink(path);
	snprintf(abstract, sizeof(abstract), "@wiretape-test-%d", getpid());
	tell_all(abstract);
}

static void nobody_asks(void **state)
{
	struct notify *n = (struct notify *)&n;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_open(&n, NULL), 0);
	assert_null(n);
	notify_ready(n);
	notify_status(n, "x");
	notify_watchdog(n);
	notify_stopping(n);
	assert_true(notify_watchdog_ns(n) == 0);
	notify_close(n);
}

static void refused(void **state)
{
	static const struct {
		const char *path;
		int code;
	} cases[] = {{"relative", EINVAL}, {"@", EINVAL}, {"/no/such/socket", ENOENT}};
	struct notify *n;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("NOTIFY_SOCKET", cases[i].path, 1);
		assert_int_equal(notify_open(&n, &err), -cases[i].code);
		assert_null(n);
		assert_null(getenv("NOTIFY_SOCKET"));
		assert_non_null(strstr(err.text, cases[i].path));
	}
}

static void watchdog_of_another(void **state)
{
	struct notify *n;
	int fd = listen_at(path);

	(void)state;
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_open(&n, NULL), 0);
	assert_true(notify_watchdog_ns(n) == 0);
	notify_close(n);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_and_abstract),
		cmocka_unit_test(nobody_asks),
		cmocka_unit_test(refused),
		cmocka_unit_test(watchdog_of_another),
	};

	snprintf(path, sizeof(path), "/tmp/wiretape-notify-%d", getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
