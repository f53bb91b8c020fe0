/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll() first. Another who shares the descriptor may be faster after that: where
 * the kernel knows RWF_NOWAIT for it (pipes since Linux 6.4 or so) nothing waits
 * even then. Elsewhere a read that poll() has promised, and a write of PIPE_BUF
 * bytes, do not wait unless somebody comes in between.
 */
#include "system/nowait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* How often one who waits looks whether he still should. */
#define POLL_MS 100

/* 0, -EAGAIN or -errno. */
static int look(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};
	int count = poll(&ready, 1, 0);

	if (count < 0)
		return -errno;
	return count > 0 ? 0 : -EAGAIN;
}

ssize_t nowait_read(int fd, void *to, size_t bytes)
{
	struct iovec part = {.iov_base = to, .iov_len = bytes};
	ssize_t n = look(fd, POLLIN);

	if (n < 0)
		return n;
	n = preadv2(fd, &part, 1, -1, RWF_NOWAIT);
	if (n < 0 && (errno == EOPNOTSUPP || errno == ESPIPE || errno == ENOSYS))
		n = read(fd, to, bytes);
	return n < 0 ? -errno : n;
}

/* What the kernel promises not to wait for. */
static size_t promised(int fd, size_t bytes)
{
	const int flags = fcntl(fd, F_GETFL);

	if (bytes <= PIPE_BUF || (flags >= 0 && (flags & O_NONBLOCK)))
		return bytes;
	return PIPE_BUF;
}

ssize_t nowait_write(int fd, const void *from, size_t bytes)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)from, .iov_len = bytes};
	ssize_t n = look(fd, POLLOUT);

	if (n < 0)
		return n;
	n = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
	if (n < 0 && (errno == EOPNOTSUPP || errno == ESPIPE || errno == ENOSYS))
		n = write(fd, from, promised(fd, bytes));
	return n < 0 ? -errno : n;
}

int nowait_until_writable(int fd, const _Atomic int *patience)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};
	unsigned waited_ms = 0;

	for (;;) {
		const int now = atomic_load(patience);

		if (now == NOWAIT_NOT)
			return -ECANCELED;
		if (poll(&writable, 1, POLL_MS) > 0)
			return 0;
		waited_ms = now == NOWAIT_FOR_EVER ? 0 : waited_ms + POLL_MS;
		if (waited_ms >= NOWAIT_WHILE_MS)
			return -ETIMEDOUT;
	}
}

bool nowait_may_wait(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode);
}

bool nowait_has_peer(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

bool nowait_is_deserted(int fd)
{
	struct pollfd other = {.fd = fd, .events = POLLOUT};

	return poll(&other, 1, 0) > 0 && (other.revents & (POLLERR | POLLHUP));
}
