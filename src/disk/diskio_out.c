/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out that is waited for: a file's, or a pipe's, whose reader may not come.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <unistd.h>

#include "diskio_parts.h"

/* How often a writer that waits looks whether it still should, and how long
 * it waits for the reader of a pipe at the end. */
#define POLL_MS   100
#define FINISH_MS 5000u

/* Waits until a pipe takes something. 0 or -errno. */
static int await_reader(struct diskio *io)
{
	struct pollfd writable = {.fd = io->fd, .events = POLLOUT};
	unsigned waited_ms = 0;

	for (;;) {
		if (atomic_load(&io->abandoned))
			return -ECANCELED;
		if (poll(&writable, 1, POLL_MS) != 0)
			return 0;
		waited_ms += POLL_MS;
		if (io->finishing && waited_ms >= FINISH_MS)
			return -ETIMEDOUT;
	}
}

/* As much as a pipe takes without waiting. One that is not ours alone must not
 * be made non-blocking; there RWF_NOWAIT serves, which pipes know since Linux
 * 6.4 or so, and before that PIPE_BUF bytes, which is what POLLOUT promises. */
static ssize_t write_pipe(const struct diskio *io, const uint8_t *data, size_t bytes)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = bytes};
	ssize_t n;

	if (io->nonblocking)
		return write(io->fd, data, bytes);
	n = pwritev2(io->fd, &part, 1, -1, RWF_NOWAIT);
	if (n < 0 && errno == EOPNOTSUPP)
		n = write(io->fd, data, bytes < PIPE_BUF ? bytes : PIPE_BUF);
	return n;
}

size_t diskio_write_all(struct diskio *io, int fd, const uint8_t *data, size_t bytes,
			uint64_t offset, int *rc)
{
	size_t done = 0;
	ssize_t n;

	*rc = 0;
	while (done < bytes) {
		if (io->pipe) {
			*rc = await_reader(io);
			if (*rc < 0)
				break;
			n = write_pipe(io, data + done, bytes - done);
		} else if (io->seekable) {
			n = pwrite(fd, data + done, bytes - done, (off_t)(offset + done));
		} else {
			n = write(fd, data + done, bytes - done);
		}
		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0) {
			*rc = -EIO;
			break;
		} else if (errno != EINTR && !(errno == EAGAIN && io->pipe)) {
			*rc = -errno;
			break;
		}
	}
	return done;
}
