/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that wait for others, with the window that they point into, and the memory for
 * them. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_CHUNK_H
#define WIRETAPE_READER_CHUNK_H

#include "frames/frame.h"
#include "reader_input.h"

/* The frames of a window, in the order of the file. */
struct reader_chunk {
	struct reader_window *window; /* null: it is put aside, */
	struct reader_place place;    /* its bytes are there, */
	uintptr_t base;               /* and this is where they were */
	size_t window_bytes;          /* of memory */
	struct frame *frames;
	uint32_t *next; /* of each frame: the next one of its run */
	uint32_t count, room;
	uint32_t left;  /* are not given yet */
	uint64_t order; /* of the first one */
	size_t bytes;   /* of memory, as it is counted, but for the window */
	struct reader_chunk *also;
};

/* What all streams of a reader share. Zeros at first. */
struct reader_chunk_memory {
	size_t bytes; /* that is in use */
	struct reader_chunk *spare;
	struct reader_pool pool;
};

/* A chunk without frames, which keeps the window. Null without memory. */
struct reader_chunk *reader_chunk_new(struct reader_chunk_memory *memory,
				      struct reader_window *window, uint64_t order);

/* Sees to it that there is room for count more frames, and for least at all. 0 or
 * -ENOMEM. */
int reader_chunk_reserve(struct reader_chunk_memory *memory, struct reader_chunk *chunk,
			 uint32_t count, uint32_t least);

/* Puts the bytes aside, if they can be read again and nobody else keeps the window; and
 * gets them back: 0 or -errno. */
void reader_chunk_unload(struct reader_chunk_memory *memory, struct reader_chunk *chunk);
int reader_chunk_load(struct reader_chunk_memory *memory, struct reader_chunk *chunk);

/* Lets go of the window; what is of memory waits to be used again. */
void reader_chunk_put(struct reader_chunk_memory *memory, struct reader_chunk *chunk);

/* When no chunk is in use. */
void reader_chunk_memory_clear(struct reader_chunk_memory *memory);

#endif
