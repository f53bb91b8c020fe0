/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage and the ways from it to the file. Space ahead of the writer is diskio_space.c's.
 */
#include "diskio_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/copy.h"
#include "system/nowait.h"

/* Buffered: how much is written back in one go, and how far behind the
 * writer pages are dropped, so that they are clean by then. */
#define WINDOW_BYTES      (8u * 1024u * 1024u)
#define DROP_BEHIND_BYTES (4ull * WINDOW_BYTES)

enum diskio_mode diskio_mode(const struct diskio *io)
{
	return (enum diskio_mode)atomic_load_explicit(&io->mode, memory_order_relaxed);
}

const char *diskio_mode_name(enum diskio_mode mode)
{
	static const char *const names[] = {
		[DISKIO_AUTO] = "auto (direct, without waiting)",
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
	if (io->mark.bytes <= base)
		io->base_mark = io->mark;
	atomic_store_explicit(&io->position, base, memory_order_relaxed);
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

static void go_buffered(struct diskio *io)
{
	atomic_store_explicit(&io->mode, DISKIO_BUFFERED, memory_order_relaxed);
	io->windowed = io->base; /* before it nothing is in the page cache */
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
	size_t done = diskio_write_all(io, fd, data, bytes, io->base, &rc);

	if ((rc == -EINVAL || rc == -EOPNOTSUPP) && is_direct(io)) {
		go_buffered(io);
		done += diskio_write_all(io, io->fd, data + done, bytes - done, io->base + done,
					 &rc);
	}
	set_base(io, io->base + done);
	return rc;
}

/* The stage's whole units, here and now. */
static int write_here(struct diskio *io, size_t units)
{
	int rc = write_at_base(io, io->stage, units);

	if (rc == 0)
		memmove(io->stage, io->stage + units, io->fill - units);
	return rc;
}

/* Whether what is given now goes into the queue. Where direct writes have turned out to
 * be refused, the page cache takes all that follows. */
static bool is_queued(struct diskio *io)
{
	if (!io->live || !io->queue || !is_direct(io))
		return false;
	if (!io->on_queue.refused)
		return true;
	go_buffered(io);
	return false;
}

/* One more buffer. Waits for the disk where all of them are on their way there. */
static uint8_t *take_buffer(struct diskio *io)
{
	uint8_t *buffer;

	while (!(buffer = spill_take(write_queue_spill(io->queue))))
		if (!write_queue_wait(io->queue))
			break;
	return buffer;
}

/* Hands the stage's whole units on. What is left stands at the stage's front then; mostly
 * it is another one. */
static int queue_stage(struct diskio *io, size_t units)
{
	uint8_t *buffer = take_buffer(io), *next = buffer;
	struct write_run run = {
		.data = io->stage,
		.bytes = units,
		.offset = io->base,
		.mark = io->base_mark,
		.buffer = io->stage,
	};
	int rc;

	if (!buffer)
		return write_here(io, units);
	if (io->own_stage) {
		memcpy(buffer, io->stage, units);
		run.data = run.buffer = buffer;
		next = io->stage;
	}
	rc = write_queue_add(io->queue, &io->on_queue, &run);
	if (rc < 0) {
		spill_give(write_queue_spill(io->queue), buffer);
		return rc;
	}
	memmove(next, io->stage + units, io->fill - units);
	io->stage = next;
	set_base(io, io->base + units);
	return 0;
}

/* Writes the stage's whole units and moves what is left to its front. */
static int write_stage(struct diskio *io)
{
	const bool queued = is_queued(io);
	size_t units = is_direct(io) ? io->fill - io->fill % DISKIO_UNIT : io->fill;
	uint64_t reached = io->base + io->pushed;
	int rc = 0;

	/* What was to be pushed is among them. */
	if (units > 0)
		io->push_later = false;
	if (units > 0)
		rc = queued ? queue_stage(io, units) : write_here(io, units);
	if (rc < 0) {
		if (io->base < reached)
			set_base(io, reached);
		io->fill = io->pushed = 0;
		return rc;
	}
	io->fill -= units;
	io->pushed = io->pushed > units ? io->pushed - units : 0;
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

/* Copies bytes in, any number of them, by one way to copy. */
static int put_by(struct diskio *io, const void *data, size_t bytes,
		  void (*copy)(void *to, const void *from, size_t bytes))
{
	const uint8_t *at = data;
	size_t part;
	int rc = 0;

	for (; bytes > 0 && rc == 0; at += part, bytes -= part) {
		part = bytes < diskio_room(io) ? bytes : diskio_room(io);
		copy(diskio_at(io), at, part);
		rc = diskio_add(io, part);
	}
	return rc;
}

static void copy_plainly(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
}

int diskio_put(struct diskio *io, const void *data, size_t bytes)
{
	return put_by(io, data, bytes, copy_plainly);
}

int diskio_push(struct diskio *io)
{
	const bool live = io->live, later = live && io->on_queue.on_way > 0;
	size_t done;
	int rc;

	/* Nobody knows how long a disk takes that has not taken what was before. */
	io->live = later;
	rc = write_stage(io);
	io->live = live;
	io->push_later = later && rc == 0 && io->fill > io->pushed;
	if (rc < 0 || later || io->fill == io->pushed)
		return rc;
	done = diskio_write_all(io, io->fd, io->stage + io->pushed, io->fill - io->pushed,
				io->base + io->pushed, &rc);
	io->pushed += done;
	return rc;
}

int diskio_write_run(struct diskio *io, const uint8_t *run, size_t bytes, struct block *block,
		     uint64_t frames)
{
	const struct write_run by_queue = {
		.data = run,
		.bytes = bytes,
		.offset = diskio_size(io),
		.mark = {diskio_size(io), frames},
		.block = block,
	};
	int rc;

	if (io->on_queue.failed)
		return io->on_queue.failed;
	diskio_mark(io, diskio_size(io), frames);
	if (is_queued(io) && write_queue_would_copy(io->queue, bytes))
		return put_by(io, run, bytes, copy_past_caches);
	/* Whole units, but maybe not yet written. */
	rc = io->fill > 0 ? write_stage(io) : 0;
	if (rc < 0)
		return rc;
	if (is_queued(io)) {
		rc = write_queue_add(io->queue, &io->on_queue, &by_queue);
		if (rc == 0)
			set_base(io, io->base + bytes);
		return rc;
	}
	rc = write_at_base(io, run, bytes);
	drop_behind(io);
	return rc;
}

void diskio_mark(struct diskio *io, uint64_t bytes, uint64_t frames)
{
	io->mark = (struct write_mark){bytes, frames};
	if (bytes <= io->base)
		io->base_mark = io->mark;
}

int diskio_fd(const struct diskio *io)
{
	return io->queue ? write_queue_fd(io->queue) : -1;
}

int diskio_reap(struct diskio *io)
{
	if (io->queue)
		write_queue_reap(io->queue);
	if (io->push_later && io->on_queue.on_way == 0 && !io->on_queue.failed)
		return diskio_push(io);
	return io->on_queue.failed;
}

bool diskio_idle(const struct diskio *io)
{
	return io->on_queue.on_way == 0;
}

uint64_t diskio_written(const struct diskio *io)
{
	return io->base + io->pushed;
}

bool diskio_failure(struct diskio *io, uint64_t *written, struct write_mark *mark)
{
	write_queue_drain(io->queue, &io->on_queue);
	*written = io->on_queue.failed ? io->on_queue.failed_offset : diskio_written(io);
	*mark = io->on_queue.failed_mark;
	return io->on_queue.failed != 0;
}

int diskio_pipe(const struct diskio *io)
{
	return io->pipe ? io->fd : -1;
}

void diskio_hurry(struct diskio *io)
{
	int patience = NOWAIT_FOR_EVER;

	atomic_compare_exchange_strong(&io->patience, &patience, NOWAIT_A_WHILE);
}

void diskio_abandon(struct diskio *io)
{
	atomic_store(&io->patience, NOWAIT_NOT);
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
	io->live = true;
	diskio_prepare(io);
	return drop_pages(io);
}

void diskio_leave_queue(struct diskio *io)
{
	io->live = false;
	write_queue_drain(io->queue, &io->on_queue);
}

int diskio_finish(struct diskio *io)
{
	int rc, sync_rc;

	diskio_hurry(io);
	diskio_leave_queue(io);
	rc = io->on_queue.failed;
	if (rc == 0)
		rc = diskio_push(io);
	if (!io->seekable)
		return rc;
	if (rc == 0)
		rc = outfile_cut(io->file, diskio_size(io));
	sync_rc = drop_pages(io);
	return rc < 0 ? rc : sync_rc;
}
