/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the ring thread does with a block, and how it waits. Part of ring_thread.
 *
 * Functions that return 0 or -1 have set the result with -1: the thread ends.
 *
 * Threads: the ring thread's.
 */
#ifndef WIRETAPE_RING_WORK_H
#define WIRETAPE_RING_WORK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/latency.h"
#include "ring_thread.h"

/* Notes that wait to be written. */
#define NOTES_MOST 16u

/* What an event of epoll is about: this, or a feed's number from the last on. */
enum event_tag { EVENT_WAKE, EVENT_WRITES, EVENT_PEER, EVENT_FEED };

enum stop { STOP_NONE, STOP_DRAIN, STOP_NOW };

struct ring_note {
	uint32_t feed;
	char text[RING_THREAD_NOTE_ROOM];
};

struct ring_thread {
	struct ring_thread_config config;
	struct ring_thread_result result;
	pthread_t thread;
	int wake;
	int epoll;
	struct latency turns;  /* how long each took */
	uint64_t turn_ns;      /* when this one began */
	uint64_t captured;     /* of all feeds */
	uint32_t next;         /* the feed whose turn it is */
	struct feed *feed;     /* that gave the block being moved */
	uint64_t flush_due_ns; /* 0: nothing is gathered */
	uint64_t flush_out;    /* of all sinks, when that was looked at */
	uint64_t give_up_ns;   /* on a sink that holds up the end; 0: not yet ending */
	int socket_error;
	const struct sink *deserted; /* its reader has gone; or null */
	_Atomic int stop;            /* enum stop */
	_Atomic bool flush;
	_Atomic uint64_t beats;
	uint64_t lost;          /* frames, of all feeds, as told */
	_Atomic bool loss_told; /* and not yet heard */
	pthread_mutex_t lock;   /* of the notes: held for a copy */
	struct ring_note notes[NOTES_MOST];
	_Atomic uint32_t note_count;
};

/* Sets the result. Returns -1. */
int ring_end(struct ring_thread *t, enum ring_thread_end end, const struct sink *sink);

/* Waits for the rings, a sink's writes or other threads, control, or timeout_ms
 * (-1: without end). */
int ring_wait(struct ring_thread *t, int timeout_ms);

/* Hands a block's frames to all sinks and lets it go. */
int ring_move_block(struct ring_thread *t, struct block *block);

/* Whether a sink has failed, or lost its reader: it gets no more calls. */
bool ring_sink_ended(const struct ring_thread *t);

/* Between blocks: what the sinks have to do, and the notes that wait for them. */
int ring_turn(struct ring_thread *t);
int ring_give_notes(struct ring_thread *t);

/* Has the sinks push out what they have gathered. */
int ring_flush(struct ring_thread *t);

#endif
