/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows of the usual room are used again; a handle is closed by whoever lets go of it
 * last.
 */
#include "reader_window.h"

#include <errno.h>
#include <stdlib.h>
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
	if (!pool || window->room != READER_WINDOW_BYTES) {
		free(window);
		return;
	}
	window->next = pool->free;
	pool->free = window;
}

int reader_place_read(const struct reader_place *place, uint8_t *bytes)
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

void reader_pool_clear(struct reader_pool *pool)
{
	struct reader_window *window;

	while ((window = pool->free)) {
		pool->free = window->next;
		free(window);
	}
}
