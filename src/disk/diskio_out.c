/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way out that is waited for: a file's, or a pipe's, whose reader may not come.
 */
#include <errno.h>
#include <unistd.h>

#include "diskio_parts.h"
#include "system/nowait.h"

/* As much as a pipe takes: 0 or less only where that is the end. */
static ssize_t write_pipe(struct diskio *io, const uint8_t *data, size_t bytes)
{
	ssize_t n;

	do {
		n = nowait_until_writable(io->fd, &io->patience);
		if (n == 0)
			n = nowait_write(io->fd, data, bytes);
	} while (n == -EAGAIN || n == -EINTR);
	return n;
}

/* The same of anything else, at offset where it can be seeked. */
static ssize_t write_file(const struct diskio *io, int fd, const uint8_t *data, size_t bytes,
			  uint64_t offset)
{
	ssize_t n;

	do
		n = io->seekable ? pwrite(fd, data, bytes, (off_t)offset) : write(fd, data, bytes);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

size_t diskio_write_all(struct diskio *io, int fd, const uint8_t *data, size_t bytes,
			uint64_t offset, int *rc)
{
	size_t done = 0;
	ssize_t n;

	*rc = 0;
	while (done < bytes && *rc == 0) {
		n = io->pipe ? write_pipe(io, data + done, bytes - done)
			     : write_file(io, fd, data + done, bytes - done, offset + done);
		if (n > 0 && io->passed)
			passed_add(io->passed, data + done, (size_t)n);
		if (n > 0)
			done += (size_t)n;
		else
			*rc = n == 0 ? -EIO : (int)n;
	}
	return done;
}
