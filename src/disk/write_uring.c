/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io_uring through liburing. Memory that can be registered is, so that the kernel need not
 * pin its pages for each write; where it cannot (RLIMIT_MEMLOCK), and for the rest of the
 * spill, writes are plain ones.
 */
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "system/uring.h"
#include "write_backend.h"

/* The kernel's limit for one registered buffer. */
#define BUFFER_MOST (1024ull * 1024 * 1024)

/* Stretches of memory that can be registered. */
#define MEMORIES_MOST 2u

struct uring {
	struct write_backend base;
	struct write_backend_config config;
	struct io_uring ring;
	struct registered {
		const uint8_t *at;
		size_t bytes;
		size_t buffer_bytes; /* of each of its buffers but the last */
		unsigned first;      /* its number */
	} registered[MEMORIES_MOST];
	unsigned registered_count;
};

static void complete(struct uring *u, struct io_uring_cqe *cqe)
{
	struct write_order *order = io_uring_cqe_get_data(cqe);
	const int result = cqe->res;

	io_uring_cqe_seen(&u->ring, cqe);
	if (!order)
		return;
	order->result = result;
	u->config.ended(u->config.context, order);
}

static void uring_reap(struct write_backend *backend, int wait)
{
	struct uring *u = (struct uring *)backend;
	struct io_uring_cqe *cqe;

	if (wait)
		while (io_uring_wait_cqe(&u->ring, &cqe) < 0)
			;
	while (io_uring_peek_cqe(&u->ring, &cqe) == 0)
		complete(u, cqe);
}

/* The registered buffer that has all of this, or -1. */
static int buffer_of(const struct uring *u, const struct write_order *order)
{
	for (unsigned i = 0; i < u->registered_count; i++) {
		const struct registered *r = &u->registered[i];

		if (order->data >= r->at && order->data < r->at + r->bytes)
			return (int)(r->first + (size_t)(order->data - r->at) / r->buffer_bytes);
	}
	return -1;
}

static int uring_submit(struct write_backend *backend, struct write_order *order)
{
	struct uring *u = (struct uring *)backend;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	const int buffer = buffer_of(u, order);

	/* There are as many as writes, unless some were not taken in before. */
	if (!sqe && io_uring_submit(&u->ring) > 0)
		sqe = io_uring_get_sqe(&u->ring);
	if (!sqe)
		return -EBUSY;
	if (buffer < 0)
		io_uring_prep_write(sqe, order->fd, order->data, (unsigned)order->bytes,
				    order->offset);
	else
		io_uring_prep_write_fixed(sqe, order->fd, order->data, (unsigned)order->bytes,
					  order->offset, buffer);
	io_uring_sqe_set_data(sqe, order);
	return uring_hand_over(&u->ring, sqe);
}

static void uring_close(struct write_backend *backend)
{
	struct uring *u = (struct uring *)backend;

	io_uring_queue_exit(&u->ring);
	free(u);
}

static size_t buffers_for(const struct write_memory *m)
{
	const size_t bytes = BUFFER_MOST - BUFFER_MOST % m->unit_bytes;

	return (m->bytes + bytes - 1) / bytes;
}

/* All of the memory, in buffers that no unit crosses. */
static int register_memory(struct uring *u)
{
	const struct write_backend_config *c = &u->config;
	struct iovec *buffers;
	size_t count = 0, n = 0;
	int rc;

	for (size_t i = 0; i < c->memory_count; i++) {
		if (c->memory[i].unit_bytes > BUFFER_MOST)
			return -EINVAL;
		count += buffers_for(&c->memory[i]);
	}
	buffers = calloc(count, sizeof(*buffers));
	if (!buffers)
		return -ENOMEM;
	for (size_t i = 0; i < c->memory_count; i++) {
		const struct write_memory *m = &c->memory[i];
		struct registered *r = &u->registered[i];

		*r = (struct registered){m->at, m->bytes, BUFFER_MOST - BUFFER_MOST % m->unit_bytes,
					 (unsigned)n};
		for (size_t at = 0; at < m->bytes; at += r->buffer_bytes, n++) {
			buffers[n].iov_base = m->at + at;
			buffers[n].iov_len =
				m->bytes - at < r->buffer_bytes ? m->bytes - at : r->buffer_bytes;
		}
	}
	rc = io_uring_register_buffers(&u->ring, buffers, (unsigned)count);
	free(buffers);
	if (rc == 0)
		u->registered_count = (unsigned)c->memory_count;
	return rc;
}

static const struct write_backend_ops ops = {
	.submit = uring_submit,
	.reap = uring_reap,
	.close = uring_close,
};

int write_uring_open(const struct write_backend_config *config, struct write_backend **backend)
{
	struct uring *u = calloc(1, sizeof(*u));
	int rc;

	if (!u)
		return -ENOMEM;
	u->base.ops = &ops;
	u->config = *config;
	/* Completions are taken in on the way into the kernel for something else. */
	rc = io_uring_queue_init(config->depth, &u->ring,
				 IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG);
	if (rc == -EINVAL)
		rc = io_uring_queue_init(config->depth, &u->ring, 0);
	if (rc < 0) {
		free(u);
		return rc;
	}
	u->base.fd = u->ring.ring_fd;
	/* Without, a write costs more; that is all. */
	register_memory(u);
	u->config.memory = NULL;
	*backend = &u->base;
	return 0;
}
