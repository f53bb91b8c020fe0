/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that moves frames from feeds (rings, files) to the sinks: one block
 * of each that has some in turn, since a file has one writer. It waits for the
 * kernel and for nobody else: no file is opened or synced, nothing is allocated or
 * printed on it. When told to stop it closes the inflow first and drains the
 * rings, so that every frame the kernel accepted is accounted for.
 *
 * Threads: all functions are the control thread's. The feeds, the sinks and
 * the counters of the feeds belong to the ring thread from start to join.
 */
#ifndef WIRETAPE_RING_THREAD_H
#define WIRETAPE_RING_THREAD_H

#include <stdint.h>

#include "base/error.h"
#include "base/latency.h"
#include "base/stats.h"
#include "frames/feed.h"
#include "frames/sink.h"

/* Longest text of a note, its end included. */
#define RING_THREAD_NOTE_ROOM 256u
#define RING_THREAD_BEAT_MS   1000u

struct ring_thread;

struct ring_thread_config {
	struct feed **feeds; /* rings by the number their frames have */
	uint32_t feed_count;
	struct sink **sinks;
	uint32_t sink_count;
	uint64_t max_packets; /* that are not known to be lost; 0: no limit */
	int done_fd;          /* an eventfd, written when the thread has ended */
	int work_fd;          /* an eventfd, written when sinks want to prepare */
	int loss_fd;          /* an eventfd, written when frames were lost; not again before
				 ring_thread_heard */
	int link_fd; /* an eventfd, written when a socket reports that its interface is down or
			gone; -1: that ends it */
};

enum ring_thread_end {
	RING_THREAD_STOPPED, /* asked to */
	RING_THREAD_LIMIT,   /* max_packets, or a sink was full */
	RING_THREAD_END,     /* of all there is in the feeds */
	RING_THREAD_SOCKET,  /* code is the error (positive errno) of that feed's socket */
	RING_THREAD_FEED,    /* that feed has failed: see its error */
	RING_THREAD_SINK,    /* sink is the one that failed */
	RING_THREAD_CLOSED,  /* sink is the one whose reader has gone */
};

struct ring_thread_result {
	enum ring_thread_end end;
	int code;
	uint32_t feed;
	const struct sink *sink;
	struct latency_snapshot turns; /* as ring_thread_turns */
};

int ring_thread_start(const struct ring_thread_config *config, struct ring_thread **thread,
		      struct error *err);

/* Asks it to stop: first to drain and end, a second time to end at once. */
void ring_thread_stop(struct ring_thread *thread);

/* Asks it to have the sinks push out what they have gathered. */
void ring_thread_flush(struct ring_thread *thread);

/* Has it write a note about a feed into the files that have a place for one
 * (sink.h). Where too many wait already this one is left out. */
void ring_thread_note(struct ring_thread *thread, uint32_t feed, const char *text);

/* The loss it wrote loss_fd for is taken notice of. */
void ring_thread_heard(struct ring_thread *thread);

/* Rounds of its loop: it moves on, though maybe only to look, within
 * RING_THREAD_BEAT_MS of ring_thread_poke. Any thread. */
uint64_t ring_thread_beats(const struct ring_thread *thread);
void ring_thread_poke(struct ring_thread *thread);

/* How long it took from one look at the feeds to the next, sleep left out. Any thread. */
void ring_thread_turns(const struct ring_thread *thread, struct latency_snapshot *turns);

/* Waits for its end, and frees it. */
void ring_thread_join(struct ring_thread *thread, struct ring_thread_result *result);

#endif
