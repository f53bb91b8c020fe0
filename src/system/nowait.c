/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll() first. Another who shares the descriptor may be faster after that: where
 * the kernel knows RWF_NOWAIT for it (pipes since Linux 6.4 or so) nothing waits
 * even then. Elsewhere a read that poll() has promised, and a write of PIPE_BUF
 * bytes, do not wait unless somebody comes in between.
 */
#include "system/nowait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

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

ssize_t nowait_write(int fd, const void *from, size_t bytes)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)from, .iov_len = bytes};
	ssize_t n = look(fd, POLLOUT);

	if (n < 0)
		return n;
	n = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
	if (n < 0 && (errno == EOPNOTSUPP || errno == ESPIPE || errno == ENOSYS))
		n = write(fd, from, bytes < PIPE_BUF ? bytes : PIPE_BUF);
	return n < 0 ? -errno : n;
}
