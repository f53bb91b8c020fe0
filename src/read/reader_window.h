/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of memory that bytes of a file were read into, and the files, so that what does
 * not have room any more can be read again. Both are counted. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_WINDOW_H
#define WIRETAPE_READER_WINDOW_H

#include <stddef.h>
#include <stdint.h>

/* Windows have this room, but for longer records: large enough that the calls do not
 * count, small enough to stay in the cache. */
#define READER_WINDOW_BYTES (256u * 1024)

/* A regular file, open as long as it is wanted. */
struct reader_handle {
	uint32_t refs;
	int fd;
};

/* Where in it bytes are. */
struct reader_place {
	struct reader_handle *handle; /* with a reference; null: nowhere */
	uint64_t offset;
	size_t bytes;
};

/* The input that reads into it has one reference, and who wants the bytes to stay after it
 * has gone on another. */
struct reader_window {
	uint32_t refs;
	size_t room;
	struct reader_place place;  /* what it has, once its input has gone on */
	struct reader_pool *pool;   /* where it goes when nobody wants it any more; or null */
	struct reader_window *next; /* in there */
	uint8_t bytes[];
};

/* Windows that wait to be used again. Zeros: none. */
struct reader_pool {
	struct reader_window *free;
};

/* Takes the descriptor, which the last put closes. Null without memory. */
struct reader_handle *reader_handle_new(int fd);
struct reader_handle *reader_handle_get(struct reader_handle *handle);
void reader_handle_put(struct reader_handle *handle); /* takes a null pointer */

/* With one reference; pool may be null. Null without memory. */
struct reader_window *reader_window_new(struct reader_pool *pool, size_t room);
void reader_window_get(struct reader_window *window);
void reader_window_put(struct reader_window *window); /* takes a null pointer */

/* Reads what is at a place: 0, -EIO where the file has become shorter, or -errno. */
int reader_place_read(const struct reader_place *place, uint8_t *bytes);

void reader_pool_clear(struct reader_pool *pool);

#endif
