/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunks that were given wait to be used again, since all are about as large.
 */
#include "reader_chunk.h"

#include <errno.h>
#include <stdlib.h>

static size_t bytes_of(uint32_t room)
{
	return room * (sizeof(struct frame) + sizeof(uint32_t));
}

struct reader_chunk *reader_chunk_new(struct reader_chunk_memory *memory,
				      struct reader_window *window, uint64_t order)
{
	struct reader_chunk *chunk = memory->spare;

	if (chunk)
		memory->spare = chunk->also;
	else
		chunk = calloc(1, sizeof(*chunk));
	if (!chunk)
		return NULL;
	reader_window_get(window);
	chunk->window = window;
	chunk->count = chunk->left = 0;
	chunk->order = order;
	chunk->window_bytes = window->room;
	chunk->bytes = sizeof(*chunk) + bytes_of(chunk->room);
	memory->bytes += chunk->bytes + chunk->window_bytes;
	return chunk;
}

int reader_chunk_reserve(struct reader_chunk_memory *memory, struct reader_chunk *chunk,
			 uint32_t count, uint32_t least)
{
	uint32_t room = chunk->room ? chunk->room : least;
	struct frame *frames;
	uint32_t *next;

	while (room - chunk->count < count)
		room *= 2;
	if (room == chunk->room)
		return 0;
	frames = reallocarray(chunk->frames, room, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	chunk->frames = frames;
	next = reallocarray(chunk->next, room, sizeof(*next));
	if (!next)
		return -ENOMEM;
	chunk->next = next;
	chunk->bytes += bytes_of(room - chunk->room);
	memory->bytes += bytes_of(room - chunk->room);
	chunk->room = room;
	return 0;
}

void reader_chunk_unload(struct reader_chunk_memory *memory, struct reader_chunk *chunk)
{
	struct reader_window *window = chunk->window;

	if (!window || window->refs > 1 || !window->place.handle)
		return;
	chunk->place = window->place;
	window->place.handle = NULL;
	chunk->base = (uintptr_t)window->bytes;
	memory->bytes -= chunk->window_bytes;
	reader_window_put(window);
	chunk->window = NULL;
}

/* Pointers into a window, where it is now. */
static void move_frames(struct reader_chunk *chunk)
{
	const uint8_t *bytes = chunk->window->bytes;

	for (uint32_t i = 0; i < chunk->count; i++) {
		struct frame *frame = &chunk->frames[i];

		frame->data = chunk->window->bytes + ((uintptr_t)frame->data - chunk->base);
		if (frame->block)
			frame->block = bytes + ((uintptr_t)frame->block - chunk->base);
	}
}

int reader_chunk_load(struct reader_chunk_memory *memory, struct reader_chunk *chunk)
{
	struct reader_window *window = reader_window_new(&memory->pool, chunk->window_bytes);
	int rc = window ? reader_place_read(&chunk->place, window->bytes + chunk->place.at)
			: -ENOMEM;

	if (rc < 0) {
		reader_window_put(window);
		return rc;
	}
	window->place = chunk->place;
	chunk->place.handle = NULL;
	chunk->window = window;
	memory->bytes += chunk->window_bytes;
	move_frames(chunk);
	return 0;
}

void reader_chunk_put(struct reader_chunk_memory *memory, struct reader_chunk *chunk)
{
	memory->bytes -= chunk->bytes;
	if (chunk->window)
		memory->bytes -= chunk->window_bytes;
	reader_window_put(chunk->window);
	chunk->window = NULL;
	reader_handle_put(chunk->place.handle);
	chunk->place.handle = NULL;
	chunk->also = memory->spare;
	memory->spare = chunk;
}

void reader_chunk_memory_clear(struct reader_chunk_memory *memory)
{
	while (memory->spare) {
		struct reader_chunk *chunk = memory->spare;

		memory->spare = chunk->also;
		free(chunk->frames);
		free(chunk->next);
		free(chunk);
	}
	reader_pool_clear(&memory->pool);
}
