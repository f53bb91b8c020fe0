/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing waits, and nobody's flags are changed, on descriptors that are as they are
 * inherited: without O_NONBLOCK.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "system/nowait.h"

/* What would wait ends the test. */
#define ALARM_S 20u

static void expect_flags(const int fds[2])
{
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(fds[i], F_GETFL) & O_NONBLOCK, 0);
}

static void make_pair(int fds[2], bool sockets)
{
	assert_int_equal(sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
}

static void read_pair(bool sockets)
{
	char text[16];
	int fds[2];

	make_pair(fds, sockets);
	assert_int_equal(nowait_read(fds[0], text, sizeof(text)), -EAGAIN);
	assert_int_equal(write(fds[1], "12345", 5), 5);
	assert_int_equal(nowait_read(fds[0], text, 3), 3);
	assert_int_equal(nowait_read(fds[0], text, sizeof(text)), 2);
	assert_memory_equal(text, "45", 2);
	assert_int_equal(nowait_read(fds[0], text, sizeof(text)), -EAGAIN);
	expect_flags(fds);
	close(fds[1]);
	assert_int_equal(nowait_read(fds[0], text, sizeof(text)), 0);
	close(fds[0]);
}

static void test_read(void **state)
{
	(void)state;
	read_pair(false);
	read_pair(true);
}

/* Before its writer comes there is nothing, which is not its end. */
static void test_named_pipe(void **state)
{
	char text[4];
	int in, out;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	in = open("fifo", O_RDONLY | O_NONBLOCK);
	assert_true(in >= 0);
	assert_int_equal(nowait_read(in, text, sizeof(text)), -EAGAIN);
	out = open("fifo", O_WRONLY);
	assert_int_equal(nowait_read(in, text, sizeof(text)), -EAGAIN);
	assert_int_equal(write(out, "x", 1), 1);
	close(out);
	assert_int_equal(nowait_read(in, text, sizeof(text)), 1);
	assert_int_equal(nowait_read(in, text, sizeof(text)), 0);
	close(in);
}

static void write_pair(bool sockets)
{
	static char piece[100000], back[100000];
	size_t in = 0, out = 0;
	ssize_t n;
	int fds[2];

	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (char)(i * 7);
	make_pair(fds, sockets);
	/* Until nothing fits, then again and again until all is through. */
	while (out < sizeof(piece)) {
		while (in < sizeof(piece) &&
		       (n = nowait_write(fds[1], piece + in, sizeof(piece) - in)) != -EAGAIN) {
			assert_true(n > 0);
			in += (size_t)n;
		}
		n = nowait_read(fds[0], back + out, 5000);
		assert_true(n > 0);
		out += (size_t)n;
	}
	assert_memory_equal(piece, back, sizeof(piece));
	expect_flags(fds);
	/* Full, and stays so. */
	while ((n = nowait_write(fds[1], piece, sizeof(piece))) > 0)
		continue;
	assert_int_equal(n, -EAGAIN);
	close(fds[0]);
	assert_int_equal(nowait_write(fds[1], piece, 1), -EPIPE);
	close(fds[1]);
}

static void test_write(void **state)
{
	(void)state;
	write_pair(false);
	write_pair(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_named_pipe),
		cmocka_unit_test(test_write),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(ALARM_S);
	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
