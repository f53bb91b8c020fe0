/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a capture file, in order, through a window of memory: what a
 * parser takes from it stays where it is until the next reader_input_need.
 *
 * The window is a buffer and not a mapping: a file that somebody cuts short
 * while it is mapped, or a disk that fails, would end the program with SIGBUS;
 * and a copy into memory that stays in the cache costs less than page faults,
 * except for large packets whose data nobody looks at.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_INPUT_H
#define WIRETAPE_READER_INPUT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "reader_packed.h"
#include "reader_window.h"

/* No record of a file is longer; no window either, but for one read. */
#define READER_RECORD_MOST (16u * 1024 * 1024 + 64 * 1024)

struct reader_input {
	char *name;                   /* for messages */
	int fd;                       /* -1: memory */
	bool regular;                 /* can be read anywhere */
	bool pipe;                    /* may have to be waited for */
	bool ended;                   /* there is nothing behind the window */
	struct reader_handle *handle; /* of a regular file; fd is its */
	struct reader_packed *packed; /* what is read is what this unpacks, and no place in the
					 file; null: it is not packed */
	struct reader_window *window;
	struct reader_pool *pool; /* of windows to come; null: there is none */
	uint8_t *buffer;          /* in the window: unread ones are [at, end) */
	size_t room, at, end;
	uint64_t start;             /* in the file, of the first byte that counts */
	uint64_t offset;            /* in the file, of buffer[0] */
	uint64_t limit;             /* nothing is read from here on */
	uint64_t bytes;             /* the file's, as it was opened; 0 for a pipe */
	size_t chunk;               /* most bytes read at once */
	struct reader_ahead *ahead; /* which long stretches go by; null: none do */
	struct reader_scan *scan;   /* of the stretch at hand; or null */
	uint64_t look;              /* from there on it is looked whether there is to be one */
};

/* Takes a descriptor, which reader_input_close closes; after a failure it is
 * closed as well. A regular file is read from where it stands. */
int reader_input_open(struct reader_input *input, int fd, const char *name, struct error *err);

/* Has long stretches of a regular file read ahead, past the page cache, from now on; not those of
 * one whose description others share, or that is packed. Null: none any more. */
struct reader_ahead;
void reader_input_use(struct reader_input *input, struct reader_ahead *ahead);

/* Has it begin with that before anything is needed. */
void reader_input_begin(struct reader_input *input);

/* Memory, copied. */
int reader_input_open_memory(struct reader_input *input, const void *data, size_t bytes,
			     const char *name, struct error *err);

/*
 * Sees to it that need unread bytes (at most READER_RECORD_MOST) are in the
 * window. What was taken before is gone then, unless somebody else keeps the window, in
 * which case the input may go on in another one. Returns 1, 0 where the file ends
 * before, or -errno. It waits for nobody: -EAGAIN, that a pipe has not so much yet, and
 * -EINTR lose nothing.
 */
int reader_input_need(struct reader_input *input, size_t need, struct error *err);

/* The only place where a pipe is waited for by this room: until it can be read, a
 * signal comes, or that time (CLOCK_MONOTONIC; UINT64_MAX: never): -ETIMEDOUT then, else
 * 0. fd -1: only the time. */
int reader_input_await(int fd, uint64_t until_ns);

/* Goes to a place in a regular file, of which nobody keeps the window, and reads from there in
 * small pieces, and nothing ahead, in no way. */
void reader_input_seek(struct reader_input *input, uint64_t offset);

/* Reads a file in such pieces from here on; ahead: the kernel, too, beyond them. */
void reader_input_pieces(struct reader_input *input, size_t bytes, bool ahead);
#define READER_PIECE_BYTES (256u * 1024)

/* Nothing is read from here on, a place that was not taken yet, until another call of
 * this. */
void reader_input_limit(struct reader_input *input, uint64_t limit);

/* Goes on at a later place of a regular file, though somebody may keep the window. 0 or
 * -errno. */
int reader_input_skip(struct reader_input *input, uint64_t offset, struct error *err);

/* What was read so far is the beginning of a packed file: from now on the input gives what was
 * packed, from its first byte on, and is no regular file. 0 or -errno, as
 * reader_packed_open. */
int reader_input_unpack(struct reader_input *input, struct error *err);

/* Bytes of the file that were used. */
uint64_t reader_input_done(const struct reader_input *input);

void reader_input_close(struct reader_input *input);

/* Whether it is no failure, but a pipe that has to be waited for. */
static inline bool reader_must_wait(int rc)
{
	return rc == -EAGAIN || rc == -EINTR;
}

static inline const uint8_t *reader_input_at(const struct reader_input *input)
{
	return input->buffer + input->at;
}

static inline size_t reader_input_have(const struct reader_input *input)
{
	return input->end - input->at;
}

/* Where in the file the next unread byte is. */
static inline uint64_t reader_input_offset(const struct reader_input *input)
{
	return input->offset + input->at;
}

#endif
