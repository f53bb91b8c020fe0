/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage and the ways from it to the file. Writes on their way through io_uring
 * are in diskio_uring.c.
 */
#include "diskio_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Buffered: how much is written back in one go, and how far behind the
 * writer pages are dropped, so that they are clean by then. */
#define WINDOW_BYTES      (8u * 1024u * 1024u)
#define DROP_BEHIND_BYTES (4ull * WINDOW_BYTES)

/* How often a writer that waits looks whether it still should, and how long
 * it waits for the reader of a pipe at the end. */
#define POLL_MS   100
#define FINISH_MS 5000u

/* Space reserved ahead, and when to reserve again. */
#define RESERVE_BYTES (256ull * 1024 * 1024)

enum diskio_mode diskio_mode(const struct diskio *io)
{
	return (enum diskio_mode)atomic_load_explicit(&io->mode, memory_order_relaxed);
}

const char *diskio_mode_name(enum diskio_mode mode)
{
	static const char *const names[] = {
		[DISKIO_AUTO] = "auto (direct, io_uring when behind)",
		[DISKIO_DIRECT] = "direct",
		[DISKIO_URING] = "io_uring",
		[DISKIO_BUFFERED] = "buffered",
	};

	return names[mode];
}

static bool is_direct(const struct diskio *io)
{
	return diskio_mode(io) != DISKIO_BUFFERED;
}

size_t diskio_align(const struct diskio *io)
{
	return is_direct(io) ? DISKIO_UNIT : 4;
}

uint8_t *diskio_at(const struct diskio *io)
{
	return io->stage + io->fill;
}

size_t diskio_room(const struct diskio *io)
{
	return DISKIO_STAGE_BYTES - io->fill;
}

uint64_t diskio_size(const struct diskio *io)
{
	return io->base + io->fill;
}

size_t diskio_gap(const struct diskio *io)
{
	return is_direct(io) ? -io->fill % DISKIO_UNIT : 0;
}

static void set_base(struct diskio *io, uint64_t base)
{
	io->base = base;
	atomic_store_explicit(&io->position, base, memory_order_relaxed);
}

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

/* All of it, at offset where the file can be seeked. Returns how many bytes
 * were written, and the error that stopped it in *rc. */
static size_t write_all(struct diskio *io, int fd, const uint8_t *data, size_t bytes,
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

/* Writes back what is new by whole windows, and drops what is clean by now. */
static void drop_behind(struct diskio *io)
{
	if (!io->seekable || is_direct(io))
		return;
	while (io->base - io->windowed >= WINDOW_BYTES) {
		sync_file_range(io->fd, (off_t)io->windowed, WINDOW_BYTES, SYNC_FILE_RANGE_WRITE);
		io->windowed += WINDOW_BYTES;
		if (io->windowed > DROP_BEHIND_BYTES)
			posix_fadvise(io->fd,
				      (off_t)(io->windowed - DROP_BEHIND_BYTES - WINDOW_BYTES),
				      WINDOW_BYTES, POSIX_FADV_DONTNEED);
	}
}

/*
 * Bytes at io->base, which moves on by what was written. With O_DIRECT they
 * are whole units. Where such a write is refused, because this file takes none
 * or because a short one ended at an odd place, the page cache takes it, and
 * all that follow. 0 or -errno.
 */
static int write_at_base(struct diskio *io, const uint8_t *data, size_t bytes)
{
	int fd = is_direct(io) ? io->direct_fd : io->fd, rc;
	size_t done = write_all(io, fd, data, bytes, io->base, &rc);

	if (rc == -EINVAL && is_direct(io)) {
		atomic_store_explicit(&io->mode, DISKIO_BUFFERED, memory_order_relaxed);
		io->windowed = io->base; /* before it nothing is in the page cache */
		done += write_all(io, io->fd, data + done, bytes - done, io->base + done, &rc);
	}
	set_base(io, io->base + done);
	return rc;
}

/* Writes the stage's whole units and moves what is left to its front. */
static int write_stage(struct diskio *io)
{
	size_t units = is_direct(io) ? io->fill - io->fill % DISKIO_UNIT : io->fill;
	uint64_t reached = io->base + io->pushed;
	int rc = 0;

	if (units > 0)
		rc = write_at_base(io, io->stage, units);
	if (rc < 0) {
		if (io->base < reached)
			set_base(io, reached);
		io->fill = io->pushed = 0;
		return rc;
	}
	io->fill -= units;
	io->pushed = io->pushed > units ? io->pushed - units : 0;
	memmove(io->stage, io->stage + units, io->fill);
	drop_behind(io);
	return 0;
}

int diskio_make_room(struct diskio *io, size_t bytes)
{
	return diskio_room(io) < bytes ? write_stage(io) : 0;
}

int diskio_add(struct diskio *io, size_t bytes)
{
	io->fill += bytes;
	return io->fill == DISKIO_STAGE_BYTES ? write_stage(io) : 0;
}

int diskio_put(struct diskio *io, const void *data, size_t bytes)
{
	const uint8_t *at = data;
	size_t part;
	int rc = 0;

	for (; bytes > 0 && rc == 0; at += part, bytes -= part) {
		part = bytes < diskio_room(io) ? bytes : diskio_room(io);
		memcpy(diskio_at(io), at, part);
		rc = diskio_add(io, part);
	}
	return rc;
}

int diskio_push(struct diskio *io)
{
	size_t done;
	int rc = write_stage(io);

	if (rc < 0 || io->fill == io->pushed)
		return rc;
	done = write_all(io, io->fd, io->stage + io->pushed, io->fill - io->pushed,
			 io->base + io->pushed, &rc);
	io->pushed += done;
	return rc;
}

int diskio_write_run(struct diskio *io, const uint8_t *run, size_t bytes, struct block *block,
		     uint64_t mark, bool behind)
{
	const struct uring_run by_uring = {
		.data = run,
		.bytes = bytes,
		.offset = diskio_size(io),
		.mark = mark,
		.block = block,
	};
	int rc;

	/* Whole units, but maybe not yet written. */
	rc = io->fill > 0 ? write_stage(io) : 0;
	if (rc < 0)
		return rc;
	if (io->uring && is_direct(io) && (diskio_mode(io) == DISKIO_URING || behind)) {
		rc = uring_write(io->uring, &io->on_uring, &by_uring);
		if (rc == 0)
			set_base(io, io->base + bytes);
		return rc;
	}
	rc = write_at_base(io, run, bytes);
	drop_behind(io);
	return rc;
}

int diskio_fd(const struct diskio *io)
{
	return io->uring ? uring_fd(io->uring) : -1;
}

int diskio_reap(struct diskio *io)
{
	if (io->uring)
		uring_reap(io->uring);
	return io->on_uring.failed;
}

bool diskio_idle(const struct diskio *io)
{
	return io->on_uring.on_way == 0;
}

uint64_t diskio_written(const struct diskio *io)
{
	return io->base + io->pushed;
}

bool diskio_failure(struct diskio *io, uint64_t *written, uint64_t *mark)
{
	uring_drain(io->uring, &io->on_uring);
	*written = io->on_uring.failed ? io->on_uring.failed_offset : diskio_written(io);
	*mark = io->on_uring.failed_mark;
	return io->on_uring.failed != 0;
}

void diskio_abandon(struct diskio *io)
{
	atomic_store(&io->abandoned, true);
}

void diskio_limit(struct diskio *io, uint64_t bytes)
{
	atomic_store_explicit(&io->most, bytes ? bytes : UINT64_MAX, memory_order_relaxed);
}

bool diskio_wants_space(struct diskio *io)
{
	uint64_t reserved = atomic_load_explicit(&io->reserved, memory_order_relaxed);

	if (!io->seekable || io->own_reserve || io->asked == reserved ||
	    io->base + RESERVE_BYTES / 2 <= reserved ||
	    reserved >= atomic_load_explicit(&io->most, memory_order_relaxed))
		return false;
	io->asked = reserved;
	return true;
}

int diskio_reserve(struct diskio *io, uint64_t end)
{
	uint64_t reserved = atomic_load_explicit(&io->reserved, memory_order_relaxed);
	int rc;

	if (!io->seekable || end <= reserved)
		return 0;
	/* Not from where the writer is: before it are writes on their way, for
	 * which on an almost full disk nothing would be left. */
	do
		rc = fallocate(io->fd, FALLOC_FL_KEEP_SIZE, (off_t)reserved,
			       (off_t)(end - reserved)) < 0
			     ? -errno
			     : 0;
	while (rc == -EINTR);
	if (rc == -EOPNOTSUPP)
		end = UINT64_MAX; /* never again */
	else if (rc < 0)
		return rc;
	atomic_store_explicit(&io->reserved, end, memory_order_relaxed);
	return 0;
}

void diskio_prepare(struct diskio *io)
{
	uint64_t reserved = atomic_load_explicit(&io->reserved, memory_order_relaxed);
	uint64_t position = atomic_load_explicit(&io->position, memory_order_relaxed);
	uint64_t most = atomic_load_explicit(&io->most, memory_order_relaxed);
	uint64_t end = (position > reserved ? position : reserved) + RESERVE_BYTES;

	if (io->own_reserve)
		return;
	/* Where this fails, writing shows it soon enough. */
	if (diskio_reserve(io, end < most ? end : most) < 0)
		atomic_store_explicit(&io->reserved, UINT64_MAX, memory_order_relaxed);
}

/* Writes back what went through the page cache, a unit's rest at least, so
 * that it can be dropped. 0 or -errno. */
static int drop_pages(struct diskio *io)
{
	int rc = 0;

	if (sync_file_range(io->fd, 0, 0,
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				    SYNC_FILE_RANGE_WAIT_AFTER) < 0)
		rc = -errno;
	posix_fadvise(io->fd, 0, 0, POSIX_FADV_DONTNEED);
	return rc;
}

int diskio_settle(struct diskio *io)
{
	int rc = diskio_push(io);

	if (rc < 0 || !io->seekable)
		return rc;
	diskio_prepare(io);
	return drop_pages(io);
}

int diskio_finish(struct diskio *io)
{
	int rc, sync_rc;

	io->finishing = true;
	rc = diskio_push(io);
	uring_drain(io->uring, &io->on_uring);
	if (rc == 0)
		rc = io->on_uring.failed;
	if (!io->seekable)
		return rc;
	if (rc == 0)
		rc = outfile_cut(io->file, diskio_size(io));
	sync_rc = drop_pages(io);
	return rc < 0 ? rc : sync_rc;
}
