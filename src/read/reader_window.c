/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of the usual room are used again; a handle is closed by whoever lets go of it
 * last.
 */
#include "reader_window.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct reader_handle *reader_handle_new(int fd)
{
	struct reader_handle *handle = malloc(sizeof(*handle));

	if (handle)
		*handle = (struct reader_handle){.refs = 1, .fd = fd};
	return handle;
}

struct reader_handle *reader_handle_get(struct reader_handle *handle)
{
	if (handle)
		handle->refs++;
	return handle;
}

void reader_handle_put(struct reader_handle *handle)
{
	if (!handle || --handle->refs > 0)
		return;
	close(handle->fd);
	free(handle);
}

int reader_handle_set_direct(struct reader_handle *handle, bool direct)
{
	int flags = handle->flags;

	if (handle->direct == direct)
		return 0;
	if (direct) {
		flags = fcntl(handle->fd, F_GETFL);
		if (flags < 0)
			return -errno;
		handle->flags = flags;
		/* Of a file that means nothing, but io_uring may take it for a wish. */
		flags = (flags | O_DIRECT) & ~O_NONBLOCK;
	}
	if (fcntl(handle->fd, F_SETFL, flags) < 0)
		return -errno;
	handle->direct = direct;
	return 0;
}

struct reader_window *reader_window_new(struct reader_pool *pool, size_t room)
{
	struct reader_window *window = pool ? pool->free : NULL;

	if (window && room <= window->room) {
		pool->free = window->next;
		window->refs = 1;
		return window;
	}
	window = malloc(sizeof(*window) + room);
	if (window)
		*window = (struct reader_window){.refs = 1, .room = room, .pool = pool};
	return window;
}

#define DIRECT_BYTES (READER_FRONT_BYTES + READER_BLOCK_BYTES)
#define DIRECT_ROOM  (DIRECT_BYTES - sizeof(struct reader_window))

/* Windows are cut from huge pages, where there are such: a read into one is a single piece for
 * the disk, which with small pages scattered over memory got through half as much (2.0 s for 2.8
 * GB, not 1.0), for four times the CPU. */
#define HUGE_BYTES (2u * 1024 * 1024)

struct reader_huge {
	struct reader_huge *next;
};

_Static_assert(HUGE_BYTES % DIRECT_BYTES >= sizeof(struct reader_huge), "no room for the rest");

/* 0 or -ENOMEM. */
static int add_windows(struct reader_pool *pool)
{
	uint8_t *memory = aligned_alloc(HUGE_BYTES, HUGE_BYTES);
	struct reader_huge *huge;

	if (!memory)
		return -ENOMEM;
	(void)madvise(memory, HUGE_BYTES, MADV_HUGEPAGE);
	huge = (struct reader_huge *)(memory + HUGE_BYTES - sizeof(*huge));
	huge->next = pool->huge;
	pool->huge = huge;
	for (size_t at = 0; at + DIRECT_BYTES <= HUGE_BYTES; at += DIRECT_BYTES) {
		struct reader_window *window = (struct reader_window *)(memory + at);

		*window = (struct reader_window){.room = DIRECT_ROOM,
						 .pool = pool,
						 .next = pool->free};
		pool->free = window;
	}
	return 0;
}

struct reader_window *reader_window_new_direct(struct reader_pool *pool)
{
	struct reader_window *window;

	pool->direct = true;
	if (!pool->free && add_windows(pool) < 0)
		return NULL;
	window = pool->free;
	pool->free = window->next;
	window->refs = 1;
	return window;
}

void reader_window_get(struct reader_window *window)
{
	window->refs++;
}

void reader_window_put(struct reader_window *window)
{
	struct reader_pool *pool;

	if (!window || --window->refs > 0)
		return;
	reader_handle_put(window->place.handle);
	window->place.handle = NULL;
	pool = window->pool;
	if (!pool || window->room != (pool->direct ? DIRECT_ROOM : READER_WINDOW_BYTES)) {
		free(window);
		return;
	}
	window->next = pool->free;
	pool->free = window;
}

static int read_place(const struct reader_place *place, uint8_t *bytes)
{
	for (size_t have = 0; have < place->bytes;) {
		ssize_t n = pread(place->handle->fd, bytes + have, place->bytes - have,
				  (off_t)(place->offset + have));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -EIO;
		have += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A read that io_uring has not begun yet goes through the cache then, and is right as well. */
int reader_place_read(const struct reader_place *place, uint8_t *bytes)
{
	const bool direct = place->handle->direct;
	int rc = reader_handle_set_direct(place->handle, false);

	if (rc == 0)
		rc = read_place(place, bytes);
	if (rc == 0 && direct)
		rc = reader_handle_set_direct(place->handle, true);
	return rc;
}

void reader_pool_clear(struct reader_pool *pool)
{
	struct reader_window *window;

	while (!pool->direct && (window = pool->free)) {
		pool->free = window->next;
		free(window);
	}
	pool->free = NULL;
	while (pool->huge) {
		struct reader_huge *huge = pool->huge;

		pool->huge = huge->next;
		free((uint8_t *)(huge + 1) - HUGE_BYTES);
	}
}
