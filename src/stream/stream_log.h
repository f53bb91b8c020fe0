/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that wait for clients, as the bytes that are sent: a ring of memory which
 * one thread appends records to and another one reads, wherever in it each client is. It is
 * mapped twice, one copy behind the other, so that no record is ever in two pieces.
 *
 * Positions count bytes since the start and never wrap. All between tail and head may be
 * read; head is always the end of a record.
 *
 * Threads: the writer's functions are the ring thread's, the reader's the stream thread's.
 */
#ifndef WIRETAPE_STREAM_LOG_H
#define WIRETAPE_STREAM_LOG_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Records up to a position. */
struct stream_mark {
	uint64_t head;
	uint64_t packets; /* before it */
	uint64_t lost;    /* that there was no room for */
};

struct stream_log {
	uint8_t *base;
	uint64_t bytes;
	uint64_t end; /* the writer's: behind what it has appended */
	_Atomic uint64_t tail;
	_Atomic uint32_t version; /* odd: mark is being written */
	_Atomic uint64_t head, packets, lost;
};

/* At least so many bytes. 0 or -errno. */
int stream_log_open(struct stream_log *log, uint64_t bytes);
void stream_log_close(struct stream_log *log);

static inline uint8_t *stream_log_at(const struct stream_log *log, uint64_t position)
{
	return log->base + position % log->bytes;
}

/* Writer: where so many bytes may be appended; null: there is no room yet. */
static inline uint8_t *stream_log_room(const struct stream_log *log, uint64_t bytes)
{
	/* Acquire: pairs with stream_log_free, before which the memory was read. */
	const uint64_t tail = atomic_load_explicit(&log->tail, memory_order_acquire);

	return log->end + bytes - tail <= log->bytes ? stream_log_at(log, log->end) : NULL;
}

/* Writer: all that is appended may be read. Nobody else publishes at the same time. */
void stream_log_publish(struct stream_log *log, uint64_t packets, uint64_t lost);

/* Reader: what there is. */
struct stream_mark stream_log_mark(const struct stream_log *log);

/* Reader: what is before a position is not looked at any more. */
void stream_log_free(struct stream_log *log, uint64_t tail);

#endif
