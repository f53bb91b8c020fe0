/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service manager is told, as it arrives at a socket of ours; that
 * nothing waits for a manager that does not read; and that nothing of it is
 * left in the environment.
 */
#include "system/notify.h"

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

#include "base/clock.h"
#include "scratch.h"

/* The manager's side. */
struct manager {
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* as in NOTIFY_SOCKET */
	int fd;
};

static void listen_at(struct manager *m)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(m->name);

	memcpy(address.sun_path, m->name, length);
	if (m->name[0] == '@')
		address.sun_path[0] = '\0';
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(m->fd >= 0);
	assert_return_code(bind(m->fd, (struct sockaddr *)&address,
				(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length +
					    (*m->name == '/'))),
			   errno);
	setenv("NOTIFY_SOCKET", m->name, 1);
}

static void manage(struct manager *m)
{
	assert_int_equal(scratch_make(SCRATCH_TMP), 0);
	snprintf(m->name, sizeof(m->name), "%s/socket", scratch_dir);
	listen_at(m);
}

static void manage_no_more(struct manager *m)
{
	if (m->fd >= 0)
		close(m->fd);
	if (m->name[0] == '/')
		scratch_remove();
}

/* The next message, whole; "" without one. */
static const char *heard(const struct manager *m)
{
	static char text[1024];
	ssize_t n = recv(m->fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void assert_no_variables(void)
{
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
}

static int clear_variables(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

static void assert_all_is_told(const struct manager *m)
{
	struct notify *n;

	assert_int_equal(notify_open(&n, NULL), 0);
	assert_non_null(n);
	assert_no_variables();
	notify_ready(n);
	notify_status(n, "%u packets", 17u);
	notify_ready(n);
	notify_watchdog(n);
	notify_stopping(n);
	assert_string_equal(heard(m), "READY=1");
	assert_string_equal(heard(m), "STATUS=17 packets");
	assert_string_equal(heard(m), "WATCHDOG=1");
	assert_string_equal(heard(m), "STOPPING=1");
	assert_string_equal(heard(m), "");
	notify_close(n);
}

static void told_at_a_path(void **state)
{
	struct manager m;

	(void)state;
	manage(&m);
	assert_all_is_told(&m);
	manage_no_more(&m);
}

static void told_at_an_abstract_address(void **state)
{
	struct manager m;

	(void)state;
	snprintf(m.name, sizeof(m.name), "@wiretape-notify-%d", (int)getpid());
	listen_at(&m);
	assert_all_is_told(&m);
	manage_no_more(&m);
}

/* The longest there can be: sun_path has no room for a byte more. */
static void told_at_the_longest_address(void **state)
{
	struct manager m;

	(void)state;
	memset(m.name, 'x', sizeof(m.name) - 1);
	m.name[0] = '@';
	m.name[sizeof(m.name) - 1] = '\0';
	listen_at(&m);
	assert_all_is_told(&m);
	manage_no_more(&m);
}

static void nobody_asks(void **state)
{
	struct notify *n = (struct notify *)&n;

	(void)state;
	for (int empty = 0; empty < 2; empty++) {
		if (empty)
			setenv("NOTIFY_SOCKET", "", 1);
		setenv("WATCHDOG_USEC", "1000000", 1);
		assert_int_equal(notify_open(&n, NULL), 0);
		assert_null(n);
		assert_no_variables();
	}
	notify_ready(n);
	notify_status(n, "nothing");
	notify_watchdog(n);
	notify_stopping(n);
	assert_int_equal(notify_watchdog_ns(n), 0);
	notify_close(n);
}

static void bad_addresses(void **state)
{
	char long_path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	const struct {
		const char *value;
		int rc;
		const char *text;
	} cases[] = {
		{"run/socket", -EINVAL, "neither an absolute path"},
		{"vsock:2:1234", -EINVAL, "neither an absolute path"},
		{"/", -EINVAL, "neither an absolute path"},
		{"@", -EINVAL, "neither an absolute path"},
		{long_path, -EINVAL, "longer than 107 bytes"},
		{"/nowhere/at/all", -ENOENT, "/nowhere/at/all"},
		{"@wiretape-nobody-listens-here", -ECONNREFUSED, "@wiretape-nobody"},
	};

	(void)state;
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notify *n = (struct notify *)&n;
		struct error err = {0};

		setenv("NOTIFY_SOCKET", cases[i].value, 1);
		setenv("WATCHDOG_USEC", "1000000", 1);
		assert_int_equal(notify_open(&n, &err), cases[i].rc);
		assert_int_equal(err.code, -cases[i].rc);
		assert_non_null(strstr(err.text, "NOTIFY_SOCKET"));
		assert_non_null(strstr(err.text, cases[i].text));
		assert_null(n);
		assert_no_variables();
	}
}

static void a_status_is_one_line(void **state)
{
	struct manager m;
	struct notify *n;
	char long_text[2000];

	(void)state;
	memset(long_text, 'y', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	manage(&m);
	assert_int_equal(notify_open(&n, NULL), 0);
	notify_status(n, "%s", "a\nREADY=1\n\033[2J\x7f\xff b\xc3\xa4");
	assert_string_equal(heard(&m), "STATUS=a?READY=1??[2J?? b\xc3\xa4");
	notify_status(n, "%s", long_text);
	assert_memory_equal(heard(&m), "STATUS=yyy", 10);
	notify_close(n);
	manage_no_more(&m);
}

static void the_watchdog(void **state)
{
	char own[16], other[16];
	const struct {
		const char *usec, *pid;
		int rc;
		uint64_t ns;
	} cases[] = {
		{NULL, NULL, 0, 0},
		{NULL, own, 0, 0},
		{"30000000", NULL, 0, 15 * NS_PER_SECOND},
		{"30000000", own, 0, 15 * NS_PER_SECOND},
		{"30000000", other, 0, 0},
		{"1", own, 0, 500},
		{"18446744073709551", own, 0, UINT64_C(18446744073709551) * 500},
		{"18446744073709552", own, -EINVAL, 0},
		{"0", own, -EINVAL, 0},
		{"", own, -EINVAL, 0},
		{"30s", own, -EINVAL, 0},
		{"-1", own, -EINVAL, 0},
		{"30000000", "", -EINVAL, 0},
		{"30000000", "me", -EINVAL, 0},
		{"30000000", "4294967297", -EINVAL, 0},
	};

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	snprintf(other, sizeof(other), "%d", (int)getppid());
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = {0};
		struct manager m;
		struct notify *n;

		manage(&m);
		if (cases[i].usec)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		assert_int_equal(notify_open(&n, &err), cases[i].rc);
		assert_true(cases[i].rc == 0 || strncmp(err.text, "WATCHDOG_", 9) == 0);
		assert_no_variables();
		assert_int_equal(notify_watchdog_ns(n), cases[i].ns);
		/* Whatever it says, we are listened to. */
		notify_ready(n);
		assert_string_equal(heard(&m), "READY=1");
		notify_close(n);
		manage_no_more(&m);
	}
}

/* Fills the manager's queue; how many messages that took. */
static unsigned fill(struct notify *n, const struct manager *m)
{
	unsigned count = 0;

	for (int i = 0; i < 5000; i++)
		notify_watchdog(n);
	while (*heard(m))
		count++;
	for (int i = 0; i < 5000; i++)
		notify_watchdog(n);
	return count;
}

static void a_manager_that_does_not_read(void **state)
{
	struct manager m;
	struct notify *n;
	unsigned count;

	(void)state;
	manage(&m);
	assert_int_equal(notify_open(&n, NULL), 0);
	alarm(5); /* a send that waits ends the test */
	count = fill(n, &m);
	assert_in_range(count, 1, 4999);
	/* Only this one is made up for. */
	notify_ready(n);
	notify_stopping(n);
	for (unsigned i = 0; i < count; i++)
		assert_string_equal(heard(&m), "WATCHDOG=1");
	assert_string_equal(heard(&m), "");
	notify_status(n, "late");
	notify_status(n, "later");
	assert_string_equal(heard(&m), "READY=1\nSTATUS=late");
	assert_string_equal(heard(&m), "STATUS=later");
	alarm(0);
	notify_close(n);
	manage_no_more(&m);
}

/* No signal, no error: it goes on without. */
static void a_manager_that_goes_away(void **state)
{
	struct manager m;
	struct notify *n;

	(void)state;
	manage(&m);
	assert_int_equal(notify_open(&n, NULL), 0);
	manage_no_more(&m);
	notify_ready(n);
	notify_status(n, "alone");
	notify_watchdog(n);
	notify_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(told_at_a_path, clear_variables),
		cmocka_unit_test_setup(told_at_an_abstract_address, clear_variables),
		cmocka_unit_test_setup(told_at_the_longest_address, clear_variables),
		cmocka_unit_test_setup(nobody_asks, clear_variables),
		cmocka_unit_test_setup(bad_addresses, clear_variables),
		cmocka_unit_test_setup(a_status_is_one_line, clear_variables),
		cmocka_unit_test_setup(the_watchdog, clear_variables),
		cmocka_unit_test_setup(a_manager_that_does_not_read, clear_variables),
		cmocka_unit_test_setup(a_manager_that_goes_away, clear_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
