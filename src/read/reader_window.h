/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of memory that bytes of a file were read into, and the files, so that what does
 * not have room any more can be read again. Both are counted. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_WINDOW_H
#define WIRETAPE_READER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Windows have this room, but for longer records: large enough that the calls do not
 * count, small enough to stay in the cache. */
#define READER_WINDOW_BYTES (256u * 1024)

/* Those that are read into directly have this: bytes of the file begin at a page, and in front
 * of it there is room for what was left of the window before. */
#define READER_BLOCK_BYTES (256u * 1024)
#define READER_FRONT_BYTES (16u * 1024)
#define READER_KEPT_MOST   (READER_FRONT_BYTES - sizeof(struct reader_window))

/* A regular file, open as long as it is wanted. */
struct reader_handle {
	uint32_t refs;
	int fd;
	bool direct; /* it has O_DIRECT now, */
	int flags;   /* and had these flags before */
};

/* Where in it bytes are. */
struct reader_place {
	struct reader_handle *handle; /* with a reference; null: nowhere */
	uint64_t offset;
	size_t bytes;
	size_t at; /* in the window */
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

/* Windows of one room that wait to be used again. Zeros: none, of READER_WINDOW_BYTES. */
struct reader_pool {
	struct reader_window *free;
	bool direct;              /* of those that are read into directly, */
	struct reader_huge *huge; /* and the memory that they are cut from */
};

/* Takes the descriptor, which the last put closes. Null without memory. */
struct reader_handle *reader_handle_new(int fd);
struct reader_handle *reader_handle_get(struct reader_handle *handle);
void reader_handle_put(struct reader_handle *handle); /* takes a null pointer */

/* Sets or takes back O_DIRECT: whoever has the description sees it, so it is to be ours alone. 0 or
 * -errno: the file system refuses. */
int reader_handle_set_direct(struct reader_handle *handle, bool direct);

/* With one reference; pool may be null. Null without memory. */
struct reader_window *reader_window_new(struct reader_pool *pool, size_t room);
void reader_window_get(struct reader_window *window);
void reader_window_put(struct reader_window *window); /* takes a null pointer */

/* The same of those that are read into directly, from the pool of those. */
struct reader_window *reader_window_new_direct(struct reader_pool *pool);

/* Where in such a one the bytes of the file begin. */
static inline uint8_t *reader_window_data(struct reader_window *window)
{
	return (uint8_t *)window + READER_FRONT_BYTES;
}

/* Reads what is at a place, also while the file is read directly: 0, -EIO where the file has become
 * shorter, or -errno. */
int reader_place_read(const struct reader_place *place, uint8_t *bytes);

void reader_pool_clear(struct reader_pool *pool);

#endif
