/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One ring for all scans of a reader. A block is asked for by a call of its own: it is large
 * enough for that. Those of a scan that is closed early come back to the ring's owner, whoever
 * reaps them.
 *
 * Reading and filtering are one thread's: the disk works meanwhile as it is. At 1.9 GB/s of
 * packets of 530 bytes that thread has something to do for a third of the time, so
 * there is nothing for a second one to gain.
 */
#include "reader_ahead.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>

#include "system/page_cache.h"
#include "system/uring.h"

/* Shorter stretches are read as they are. */
#define LEAST_BYTES (1024u * 1024)

/* More files at a time are read as they are, too. */
#define SCANS_MOST 32u

/* All scans together; one that has none may have one more. */
#define BLOCKS_MOST 96u

/* A scan begins with so many, and has twice as many each time one is taken: little is read in
 * vain of a file of which little is wanted. */
#define BLOCKS_FIRST 2u

/* O_DIRECT wants at most this of offsets; what wants more refuses. */
#define UNIT 4096u

/* How often it is looked whether the cache has what comes next. */
#define LOOK_BYTES (1024u * 1024)

struct asked {
	struct reader_window *window;
	uint64_t offset;
	size_t bytes;
	int result; /* once it is not flying */
	bool flying;
	struct reader_scan *scan; /* null: nobody wants it any more */
	struct asked *next;       /* of the scan, or of those that are free */
};

struct reader_ahead {
	bool always; /* whatever the cache has, and how short it may be */
	bool has_ring, refused;
	struct io_uring ring;
	struct reader_pool pool;
	unsigned scans, used, flying;
	struct asked *free;
	struct asked all[BLOCKS_MOST + SCANS_MOST];
};

struct reader_scan {
	struct reader_ahead *ahead;
	struct reader_handle *handle;
	uint64_t next, end; /* of what is asked for */
	uint64_t look;      /* where it is looked next what the cache has */
	unsigned count, most;
	bool never; /* something failed */
	struct asked *first, **last;
};

int reader_ahead_open(enum reader_io io, struct reader_ahead **result)
{
	struct reader_ahead *a;

	*result = NULL;
	if (io == READER_IO_CACHED)
		return 0;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->always = io == READER_IO_DIRECT;
	for (unsigned i = 0; i < BLOCKS_MOST + SCANS_MOST; i++) {
		a->all[i].next = a->free;
		a->free = &a->all[i];
	}
	*result = a;
	return 0;
}

/* A kernel or a container may refuse it. */
static bool has_ring(struct reader_ahead *a)
{
	if (!a->has_ring && !a->refused) {
		a->has_ring = io_uring_queue_init(BLOCKS_MOST + SCANS_MOST, &a->ring, 0) == 0;
		a->refused = !a->has_ring;
	}
	return a->has_ring;
}

/* --- blocks ------------------------------------------------------------------------ */

static void drop_block(struct reader_ahead *a, struct asked *block)
{
	reader_window_put(block->window);
	block->window = NULL;
	block->next = a->free;
	a->free = block;
	a->used--;
}

static void take_results(struct reader_ahead *a)
{
	struct io_uring_cqe *cqe;

	while (io_uring_peek_cqe(&a->ring, &cqe) == 0) {
		struct asked *block = io_uring_cqe_get_data(cqe);

		if (block) {
			block->result = cqe->res;
			block->flying = false;
			a->flying--;
		}
		io_uring_cqe_seen(&a->ring, cqe);
		if (block && !block->scan)
			drop_block(a, block);
	}
}

static void wait_result(struct reader_ahead *a)
{
	struct io_uring_cqe *cqe;

	/* A signal is for who asks between packets, as with pread(). */
	while (io_uring_wait_cqe(&a->ring, &cqe) == -EINTR)
		;
	take_results(a);
}

/* 0 or -errno. */
static int submit(struct reader_ahead *a, struct asked *block, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&a->ring);

	if (!sqe)
		return -EBUSY;
	io_uring_prep_read(sqe, fd, reader_window_data(block->window), (unsigned)block->bytes,
			   block->offset);
	io_uring_sqe_set_data(sqe, block);
	return uring_hand_over(&a->ring, sqe);
}

/* --- asking ------------------------------------------------------------------------ */

/* Whether the cache has what is next: the scan ends there. */
static bool comes_to_cached(struct reader_scan *scan)
{
	int64_t cached;

	if (scan->ahead->always || scan->next < scan->look)
		return false;
	cached = page_cache_bytes(scan->handle->fd, scan->next, LOOK_BYTES);
	scan->look = cached < 0 ? UINT64_MAX : scan->next + LOOK_BYTES;
	if (cached < (int64_t)LOOK_BYTES / 2)
		return false;
	scan->end = scan->next;
	return true;
}

/* Asks for one block more. False: for none. */
static bool ask_block(struct reader_scan *scan)
{
	struct reader_ahead *a = scan->ahead;
	struct asked *block = a->free;
	uint64_t left;

	if (reader_scan_is_asked(scan) || (a->used >= BLOCKS_MOST && scan->count > 0) || !block ||
	    comes_to_cached(scan))
		return false;
	left = (scan->end - scan->next + UNIT - 1) / UNIT * UNIT;
	*block = (struct asked){
		.window = reader_window_new_direct(&a->pool),
		.offset = scan->next,
		.bytes = left < READER_BLOCK_BYTES ? (size_t)left : READER_BLOCK_BYTES,
		.scan = scan,
		.next = block->next,
	};
	if (!block->window)
		return false;
	a->free = block->next;
	a->used++;
	block->next = NULL;
	block->flying = true;
	a->flying++;
	block->result = submit(a, block, scan->handle->fd);
	if (block->result < 0) {
		block->flying = false;
		a->flying--;
		scan->end = scan->next;
	}
	*scan->last = block;
	scan->last = &block->next;
	scan->count++;
	scan->next += block->bytes;
	return true;
}

bool reader_scan_is_asked(const struct reader_scan *scan)
{
	return scan->next >= scan->end;
}

unsigned reader_scan_ask(struct reader_scan *scan, unsigned most)
{
	while (scan->count < most && ask_block(scan))
		;
	return scan->count;
}

/* --- scans ------------------------------------------------------------------------- */

enum reader_scan_state reader_scan_open(struct reader_ahead *a, struct reader_handle *handle,
					uint64_t from, uint64_t end, struct reader_scan **result)
{
	const uint64_t bytes = end > from ? end - from : 0;
	struct reader_scan *scan;

	*result = NULL;
	if (a->scans == SCANS_MOST || bytes == 0)
		return READER_SCAN_LATER;
	if (!a->always &&
	    (bytes < LEAST_BYTES ||
	     page_cache_has(handle->fd, from,
			    bytes < READER_STRETCH_BYTES ? bytes : READER_STRETCH_BYTES)))
		return READER_SCAN_LATER;
	if (!has_ring(a) || reader_handle_set_direct(handle, true) < 0)
		return READER_SCAN_NEVER;
	scan = calloc(1, sizeof(*scan));
	if (!scan) {
		(void)reader_handle_set_direct(handle, false);
		return READER_SCAN_LATER;
	}
	*scan = (struct reader_scan){
		.ahead = a,
		.handle = reader_handle_get(handle),
		.next = from / UNIT * UNIT,
		.end = end,
		.look = from + READER_STRETCH_BYTES,
		.most = BLOCKS_FIRST,
		.last = &scan->first,
	};
	a->scans++;
	reader_scan_ask(scan, BLOCKS_FIRST);
	*result = scan;
	return READER_SCAN_OPEN;
}

/* The first block leaves the scan. */
static struct asked *take_first(struct reader_scan *scan)
{
	struct asked *block = scan->first;

	scan->first = block->next;
	if (!scan->first)
		scan->last = &scan->first;
	scan->count--;
	return block;
}

int reader_scan_next(struct reader_scan *scan, struct reader_block *result, bool *never)
{
	struct reader_ahead *a = scan->ahead;
	struct asked *block;

	*never = scan->never;
	if (scan->never || reader_scan_ask(scan, scan->most) == 0)
		return 0;
	take_results(a);
	while (scan->first->flying)
		wait_result(a);
	block = take_first(scan);
	*never = block->result <= 0 && block->result != -EAGAIN;
	if (block->result <= 0) {
		drop_block(a, block);
		return 0;
	}
	/* What is behind bytes that are missing is of no use. */
	if ((size_t)block->result < block->bytes)
		scan->never = true;
	*result = (struct reader_block){
		.window = block->window,
		.data = reader_window_data(block->window),
		.offset = block->offset,
		.bytes = (size_t)block->result,
	};
	reader_window_get(block->window);
	drop_block(a, block);
	/* The disk is not to wait until that block is parsed. */
	if (!scan->never)
		reader_scan_ask(scan, scan->most);
	if (scan->most < READER_AHEAD_BLOCKS)
		scan->most *= 2;
	return 1;
}

void reader_scan_close(struct reader_scan *scan)
{
	if (!scan)
		return;
	while (scan->first) {
		struct asked *block = take_first(scan);

		block->scan = NULL;
		if (!block->flying)
			drop_block(scan->ahead, block);
	}
	(void)reader_handle_set_direct(scan->handle, false);
	reader_handle_put(scan->handle);
	scan->ahead->scans--;
	free(scan);
}

void reader_ahead_close(struct reader_ahead *a)
{
	if (!a)
		return;
	while (a->flying > 0)
		wait_result(a);
	if (a->has_ring)
		io_uring_queue_exit(&a->ring);
	reader_pool_clear(&a->pool);
	free(a);
}
