/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io_uring through liburing: fixed writes out of the registered ring. A short
 * write is completed here and now, since the kernel has just shown that it
 * can, through the page cache, since it may have ended at an odd place; any
 * other failure is kept with its file, the first in file order.
 */
#include "disk/diskio_uring.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel's limit for one registered buffer. */
#define BUFFER_MOST (1024ull * 1024 * 1024)

struct write {
	struct uring_file *file; /* null: this entry is free */
	struct uring_run run;
};

struct uring {
	struct uring_config config;
	struct io_uring ring;
	size_t buffer_bytes; /* of each registered buffer but the last */
	uint32_t depth;
	uint32_t on_way; /* to all files */
	struct write writes[URING_DEPTH];
};

static void note_failure(const struct write *w, int rc)
{
	struct uring_file *file = w->file;

	if (file->failed && file->failed_offset <= w->run.offset)
		return;
	file->failed = rc;
	file->failed_offset = w->run.offset;
	file->failed_mark = w->run.mark;
}

/* The rest of a write that came back early. 0 or -errno. */
static int finish_write(const struct write *w, size_t done)
{
	const struct uring_run *run = &w->run;
	ssize_t n;

	while (done < run->bytes) {
		n = pwrite(w->file->rest_fd, run->data + done, run->bytes - done,
			   (off_t)(run->offset + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			return -EIO;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* This write is no longer on its way. */
static void let_go(struct uring *u, struct write *w)
{
	w->file->on_way--;
	u->on_way--;
	w->file = NULL;
	block_put(w->run.block);
}

static void end_write(struct uring *u, struct write *w, int rc)
{
	/* EINVAL: no direct writes here, or none so near to a size limit;
	 * ECANCELED: not tried, the thread that asked for it has ended. */
	if (rc == -EINTR || rc == -EAGAIN || rc == -EINVAL || rc == -ECANCELED)
		rc = 0;
	if (rc >= 0)
		rc = finish_write(w, (size_t)rc);
	if (rc < 0)
		note_failure(w, rc);
	let_go(u, w);
}

static void complete(struct uring *u, struct io_uring_cqe *cqe)
{
	struct write *w = io_uring_cqe_get_data(cqe);

	if (w)
		end_write(u, w, cqe->res);
	io_uring_cqe_seen(&u->ring, cqe);
}

void uring_reap(struct uring *u)
{
	struct io_uring_cqe *cqe;

	while (io_uring_peek_cqe(&u->ring, &cqe) == 0)
		complete(u, cqe);
}

/* Waits until at most so many are on their way by this count. */
static void wait_until(struct uring *u, const uint32_t *on_way, uint32_t most)
{
	struct io_uring_cqe *cqe;

	while (*on_way > most)
		if (io_uring_wait_cqe(&u->ring, &cqe) == 0)
			complete(u, cqe);
}

void uring_drain(struct uring *u, struct uring_file *file)
{
	wait_until(u, &file->on_way, 0);
}

/* Hands a write to the kernel. 0 or -errno. */
static int submit(struct uring *u, struct write *w)
{
	const struct uring_run *run = &w->run;
	size_t buffer = (size_t)(run->data - u->config.memory) / u->buffer_bytes;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	unsigned queued;
	int rc;

	/* There are as many as writes, unless some were not taken in before. */
	if (!sqe && io_uring_submit(&u->ring) > 0)
		sqe = io_uring_get_sqe(&u->ring);
	if (!sqe)
		return -EBUSY;
	io_uring_prep_write_fixed(sqe, w->file->fd, run->data, (unsigned)run->bytes, run->offset,
				  (int)buffer);
	io_uring_sqe_set_data(sqe, w);
	do {
		queued = io_uring_sq_ready(&u->ring);
		rc = io_uring_submit(&u->ring);
	} while (rc == -EINTR || rc == -EAGAIN || rc == -EBUSY ||
		 (rc >= 0 && (unsigned)rc < queued));
	if (rc >= 0)
		return 0;
	/* It goes along with the next, of another file maybe: as nothing. */
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data(sqe, NULL);
	return rc;
}

int uring_write(struct uring *u, struct uring_file *file, const struct uring_run *run)
{
	struct write *w;
	int rc;

	wait_until(u, &u->on_way, u->depth - 1);
	uring_reap(u);
	if (file->failed)
		return file->failed;
	for (w = u->writes; w->file; w++)
		;
	*w = (struct write){file, *run};
	block_get(run->block);
	file->on_way++;
	u->on_way++;
	rc = submit(u, w);
	if (rc < 0) {
		note_failure(w, rc);
		let_go(u, w);
	}
	return rc;
}

int uring_fd(const struct uring *u)
{
	return u->ring.ring_fd;
}

/* The whole ring, in buffers that no block crosses. */
static int register_memory(struct uring *u)
{
	const struct uring_config *c = &u->config;
	size_t count, i, rest;
	struct iovec *buffers;
	int rc;

	u->buffer_bytes = BUFFER_MOST - BUFFER_MOST % c->block_bytes;
	count = (c->bytes + u->buffer_bytes - 1) / u->buffer_bytes;
	buffers = calloc(count, sizeof(*buffers));
	if (!buffers)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		rest = c->bytes - i * u->buffer_bytes;
		buffers[i].iov_base = c->memory + i * u->buffer_bytes;
		buffers[i].iov_len = rest < u->buffer_bytes ? rest : u->buffer_bytes;
	}
	rc = io_uring_register_buffers(&u->ring, buffers, (unsigned)count);
	free(buffers);
	return rc;
}

int uring_open(const struct uring_config *config, struct uring **result)
{
	size_t blocks = config->bytes / config->block_bytes;
	struct uring *u;
	int rc;

	/* The kernel fills one while one is woven and one written. */
	if (blocks < 3 || config->block_bytes > BUFFER_MOST)
		return -EINVAL;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->config = *config;
	u->depth = blocks / 2 < URING_DEPTH ? (uint32_t)(blocks / 2) : URING_DEPTH;
	rc = io_uring_queue_init(URING_DEPTH, &u->ring, 0);
	if (rc < 0) {
		free(u);
		return rc;
	}
	rc = register_memory(u);
	if (rc < 0) {
		io_uring_queue_exit(&u->ring);
		free(u);
		return rc;
	}
	*result = u;
	return 0;
}

void uring_close(struct uring *u)
{
	if (!u)
		return;
	assert(u->on_way == 0);
	io_uring_queue_exit(&u->ring);
	free(u);
}
