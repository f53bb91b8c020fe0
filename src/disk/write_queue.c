/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line before the way to the disk, and what becomes of a write that has ended. A
 * short write is completed here and now, since the kernel has just shown that it can,
 * through the page cache, since it may have ended at an odd place; any other failure is
 * kept with its file, the first in file order.
 */
#include "disk/write_queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "spill_ready.h"
#include "write_backend.h"

/* How long disks stand still: single writes took up to 145 ms while large files were
 * deleted beside them, and a file system that is frozen for a snapshot takes seconds. */
#define STALL_NS (4 * NS_PER_SECOND)

/* The rate is looked at anew this often. */
#define RATE_WINDOW_NS (10 * NS_PER_MS)

/* More buffers than are ever in use: those of files that are open hold no place in line. */
#define ENTRIES_EXTRA 64u

struct entry {
	struct write_order order; /* first: the backend's handle */
	struct write_file *file;
	struct write_run run;
	uint64_t begun_ns;
	struct entry *next; /* in line, or among the free */
};

struct write_queue {
	struct write_queue_config config;
	enum write_queue_way way;
	struct spill *spill;
	struct spill_ready *ready; /* or null */
	struct write_backend *backend;
	struct entry *entries, *free;
	struct entry *line, **line_end; /* not yet with the kernel */
	uint32_t with_kernel;
	uint32_t depth;
	uint32_t held; /* blocks, of those that may be */
	uint32_t hold_most;
	uint64_t window_ns;    /* when the window at hand began */
	uint64_t window_bytes; /* that came in it */
	bool holds;            /* the ring lasts */
	struct latency latency;
};

/* So many bytes of it are in the file. */
static void note_failure(const struct entry *e, size_t done, int rc)
{
	struct write_file *file = e->file;

	if (file->failed && file->failed_offset <= e->run.offset)
		return;
	file->failed = rc;
	file->failed_offset = e->run.offset + done;
	file->failed_mark = e->run.mark;
}

/* The rest of a write that came back early, after so many bytes. 0 or -errno. */
static int finish_write(const struct entry *e, size_t *bytes)
{
	size_t done = *bytes;
	const struct write_run *run = &e->run;
	ssize_t n;

	while (done < run->bytes) {
		n = pwrite(e->file->rest_fd, run->data + done, run->bytes - done,
			   (off_t)(run->offset + done));
		if (n > 0)
			*bytes = done += (size_t)n;
		else if (n == 0)
			return -EIO;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* This write is no longer on its way. */
static void let_go(struct write_queue *q, struct entry *e)
{
	struct block *block = e->run.block;

	e->file->on_way--;
	e->file = NULL;
	e->next = q->free;
	q->free = e;
	if (block) {
		q->held--;
		block_put(block);
	}
	spill_give(q->spill, e->run.buffer);
}

/* A write has ended, maybe before it was begun. */
static void end_write(struct write_queue *q, struct entry *e, int rc)
{
	size_t done = 0;

	/* EINVAL, EOPNOTSUPP: no direct writes here, or none so near to a size limit. */
	if (rc == -EINVAL || rc == -EOPNOTSUPP)
		e->file->refused = true;
	/* ECANCELED: not tried, the thread that asked for it has ended. */
	if (rc == -EINTR || rc == -EAGAIN || rc == -EINVAL || rc == -EOPNOTSUPP || rc == -ECANCELED)
		rc = 0;
	if (rc >= 0) {
		done = (size_t)rc;
		rc = finish_write(e, &done);
	}
	if (rc < 0)
		note_failure(e, done, rc);
	let_go(q, e);
}

static void order_ended(void *context, struct write_order *order)
{
	struct write_queue *q = context;
	struct entry *e = (struct entry *)order;

	q->with_kernel--;
	e->file->begun--;
	latency_add(&q->latency, clock_monotonic() - e->begun_ns);
	end_write(q, e, order->result);
}

static void hand_on(struct write_queue *q, struct entry *e)
{
	int rc;

	e->order = (struct write_order){.fd = e->file->fd,
					.data = e->run.data,
					.bytes = e->run.bytes,
					.offset = e->run.offset};
	e->begun_ns = clock_monotonic();
	rc = q->backend->ops->submit(q->backend, &e->order);
	if (rc == 0) {
		q->with_kernel++;
		e->file->begun++;
		return;
	}
	note_failure(e, 0, rc);
	let_go(q, e);
}

/* The next in line go to the kernel, as many as it is to have. Those of a file that has
 * failed would only be cut off again. */
static void advance(struct write_queue *q)
{
	struct entry *e;

	while ((e = q->line) && q->with_kernel < q->depth &&
	       !(e->file->in_order && e->file->begun > 0)) {
		q->line = e->next;
		if (!q->line)
			q->line_end = &q->line;
		if (e->file->failed && e->file->failed_offset <= e->run.offset)
			let_go(q, e);
		else
			hand_on(q, e);
	}
}

void write_queue_reap(struct write_queue *q)
{
	if (q->with_kernel > 0)
		q->backend->ops->reap(q->backend, 0);
	advance(q);
}

bool write_queue_wait(struct write_queue *q)
{
	advance(q);
	if (q->with_kernel == 0)
		return false;
	q->backend->ops->reap(q->backend, 1);
	advance(q);
	return true;
}

void write_queue_drain(struct write_queue *q, struct write_file *file)
{
	while (file->on_way > 0)
		write_queue_wait(q);
}

/* At the rate of the last window the ring lasts so long that a stall is no harm. To hold
 * again it has to last a little longer: at the edge it stays as it is. */
static void look_at_rate(struct write_queue *q, uint64_t now)
{
	const uint64_t ns = now - q->window_ns;
	const uint64_t stall_ns = q->holds ? STALL_NS : STALL_NS + STALL_NS / 4;

	/* bytes / ns of the window, times the stall, against the ring. */
	q->holds = (unsigned __int128)q->window_bytes * stall_ns <=
		   (unsigned __int128)q->config.hold_bytes * ns;
	q->window_ns = now;
	q->window_bytes = 0;
}

bool write_queue_would_copy(struct write_queue *q, size_t bytes)
{
	const uint64_t now = clock_monotonic();

	/* A burst is seen at once, not at the end of its window. */
	q->window_bytes += bytes;
	if (now - q->window_ns >= RATE_WINDOW_NS ||
	    (q->holds && q->window_bytes > q->config.hold_bytes / 4))
		look_at_rate(q, now);
	if (!q->holds)
		return true;
	write_queue_reap(q);
	return q->line != NULL || q->with_kernel == q->depth || q->held == q->hold_most;
}

int write_queue_add(struct write_queue *q, struct write_file *file, const struct write_run *run)
{
	struct entry *e;

	write_queue_reap(q);
	if (file->failed)
		return file->failed;
	/* There are as many as blocks and buffers. */
	e = q->free;
	assert(e);
	q->free = e->next;
	*e = (struct entry){.file = file, .run = *run};
	if (run->block) {
		block_get(run->block);
		q->held++;
	}
	file->on_way++;
	*q->line_end = e;
	q->line_end = &e->next;
	advance(q);
	return 0;
}

int write_queue_fd(const struct write_queue *q)
{
	return q->backend->fd;
}

struct spill *write_queue_spill(const struct write_queue *q)
{
	return q->spill;
}

int write_queue_keep_ready(struct write_queue *q)
{
	return q->ready ? 0 : spill_ready_open(q->spill, &q->ready);
}

enum write_queue_way write_queue_way(const struct write_queue *q)
{
	return q->way;
}

const struct latency *write_queue_latency(const struct write_queue *q)
{
	return &q->latency;
}

static int open_backend(struct write_queue *q)
{
	const struct write_queue_config *c = &q->config;
	const struct write_memory memory[] = {
		{spill_base(q->spill), SPILL_BASE_BUFFERS * (size_t)SPILL_BUFFER_BYTES,
		 SPILL_BUFFER_BYTES},
		{c->ring, c->ring_bytes, c->block_bytes},
	};
	const struct write_backend_config config = {
		.memory = memory,
		.memory_count = c->ring ? 2 : 1,
		.depth = q->depth,
		.ended = order_ended,
		.context = q,
	};
	int rc = -ENOSYS;

	q->way = WRITE_URING;
	if (c->way != WRITE_THREADS)
		rc = write_uring_open(&config, &q->backend);
	if (rc < 0 && c->way != WRITE_URING) {
		q->way = WRITE_THREADS;
		rc = write_threads_open(&config, &q->backend);
	}
	return rc;
}

static int make_entries(struct write_queue *q)
{
	const size_t count = (q->config.ring ? q->config.ring_bytes / q->config.block_bytes : 0) +
			     spill_bound(q->spill) / SPILL_BUFFER_BYTES + SPILL_BASE_BUFFERS +
			     ENTRIES_EXTRA;

	q->entries = calloc(count, sizeof(*q->entries));
	if (!q->entries)
		return -ENOMEM;
	for (size_t i = count; i-- > 0;) {
		q->entries[i].next = q->free;
		q->free = &q->entries[i];
	}
	return 0;
}

int write_queue_open(const struct write_queue_config *config, struct write_queue **result)
{
	struct write_queue *q = calloc(1, sizeof(*q));
	int rc;

	if (!q)
		return -ENOMEM;
	q->config = *config;
	q->depth = WRITE_QUEUE_DEPTH;
	q->line_end = &q->line;
	q->holds = config->hold_bytes > 0;
	/* The kernel has the other half to go on in. */
	q->hold_most = config->ring ? (uint32_t)(config->ring_bytes / config->block_bytes / 2) : 0;
	q->window_ns = clock_monotonic();
	rc = spill_open(config->spill_bytes, &q->spill);
	if (rc == 0)
		rc = make_entries(q);
	if (rc == 0)
		rc = open_backend(q);
	if (rc < 0) {
		write_queue_close(q);
		return rc;
	}
	*result = q;
	return 0;
}

void write_queue_close(struct write_queue *q)
{
	if (!q)
		return;
	assert(q->with_kernel == 0 && !q->line);
	if (q->backend)
		q->backend->ops->close(q->backend);
	spill_ready_close(q->ready);
	spill_close(q->spill);
	free(q->entries);
	free(q);
}
