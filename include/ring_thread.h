/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that moves frames from a ring to the sinks. It waits for the
 * kernel and for nobody else: no file is opened or synced, nothing is
 * allocated or printed on it. When told to stop it closes the inflow first
 * and drains the ring, so that every frame the kernel accepted is accounted
 * for.
 *
 * Threads: all functions are the control thread's. The ring, the sinks and
 * the counters of the ring belong to the ring thread from start to join.
 */
#ifndef WIRETAPE_RING_THREAD_H
#define WIRETAPE_RING_THREAD_H

#include <stdint.h>

#include "error.h"
#include "rx_ring.h"
#include "sink.h"
#include "stats.h"

struct ring_thread;

struct ring_thread_config {
	struct rx_ring *ring;
	struct stats *stats;
	struct sink **sinks;
	uint32_t sink_count;
	uint64_t max_packets; /* 0: no limit */
	uint32_t block_timeout_ms;
	int done_fd; /* an eventfd, written when the thread has ended */
	int work_fd; /* an eventfd, written when sinks want to prepare */
};

enum ring_thread_end {
	RING_THREAD_STOPPED, /* asked to */
	RING_THREAD_LIMIT,   /* max_packets, or a sink was full */
	RING_THREAD_SOCKET,  /* code is the socket's error (positive errno) */
	RING_THREAD_SINK,    /* sink is the one that failed */
};

struct ring_thread_result {
	enum ring_thread_end end;
	int code;
	const struct sink *sink;
};

int ring_thread_start(const struct ring_thread_config *config, struct ring_thread **thread,
		      struct error *err);

/* Asks it to stop: first to drain and end, a second time to end at once. */
void ring_thread_stop(struct ring_thread *thread);

/* Asks it to have the sinks push out what they have gathered. */
void ring_thread_flush(struct ring_thread *thread);

/* Waits for its end, and frees it. */
void ring_thread_join(struct ring_thread *thread, struct ring_thread_result *result);

#endif
