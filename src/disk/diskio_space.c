/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disk space ahead of the writer: reserved by another thread, so that the writer finds its
 * blocks there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "diskio_parts.h"

/* Reserved in one go: little to begin with, since what a kill leaves behind is this much
 * too large; twice as much each time the last was used up within a second. */
#define STEP_LEAST_BYTES DISKIO_STEP_LEAST_BYTES
#define STEP_MOST_BYTES  (256ull * 1024 * 1024)

void diskio_limit(struct diskio *io, uint64_t bytes)
{
	atomic_store_explicit(&io->most, bytes ? bytes : UINT64_MAX, memory_order_relaxed);
}

bool diskio_wants_space(struct diskio *io)
{
	uint64_t reserved = atomic_load_explicit(&io->reserved, memory_order_relaxed);

	if (!io->seekable || io->own_reserve || io->asked == reserved ||
	    io->base + atomic_load_explicit(&io->step_bytes, memory_order_relaxed) / 2 <=
		    reserved ||
	    reserved >= atomic_load_explicit(&io->most, memory_order_relaxed))
		return false;
	io->asked = reserved;
	return true;
}

/* Up to end, from what is reserved so far. 0 or -errno. */
static int reserve(struct diskio *io, uint64_t end, int flags)
{
	uint64_t reserved = atomic_load_explicit(&io->reserved, memory_order_relaxed);
	int rc;

	if (!io->seekable || end <= reserved)
		return 0;
	/* Not from where the writer is: before it are writes on their way, for
	 * which on an almost full disk nothing would be left. */
	do
		rc = fallocate(io->fd, flags, (off_t)reserved, (off_t)(end - reserved)) < 0 ? -errno
											    : 0;
	while (rc == -EINTR);
	if (rc == -EOPNOTSUPP)
		end = UINT64_MAX; /* never again */
	else if (rc < 0)
		return rc;
	atomic_store_explicit(&io->reserved, end, memory_order_relaxed);
	return 0;
}

int diskio_reserve(struct diskio *io, uint64_t end)
{
	return reserve(io, end, io->queue && !io->on_queue.in_order ? 0 : FALLOC_FL_KEEP_SIZE);
}

/* How much to reserve now. */
static uint64_t next_step(struct diskio *io)
{
	const uint64_t now = clock_monotonic();
	uint64_t step = atomic_load_explicit(&io->step_bytes, memory_order_relaxed);

	if (io->step_ns && now - io->step_ns < NS_PER_SECOND && step < STEP_MOST_BYTES)
		step *= 2;
	else if (io->step_ns && now - io->step_ns > 8 * NS_PER_SECOND && step > STEP_LEAST_BYTES)
		step /= 2;
	io->step_ns = now;
	atomic_store_explicit(&io->step_bytes, step, memory_order_relaxed);
	return step;
}

void diskio_prepare(struct diskio *io)
{
	uint64_t reserved = atomic_load_explicit(&io->reserved, memory_order_relaxed);
	uint64_t position = atomic_load_explicit(&io->position, memory_order_relaxed);
	uint64_t most = atomic_load_explicit(&io->most, memory_order_relaxed);
	uint64_t end;

	if (io->own_reserve)
		return;
	end = (position > reserved ? position : reserved) + next_step(io);
	/* Where this fails, writing shows it soon enough. */
	if (reserve(io, end < most ? end : most, FALLOC_FL_KEEP_SIZE) < 0)
		atomic_store_explicit(&io->reserved, UINT64_MAX, memory_order_relaxed);
}
