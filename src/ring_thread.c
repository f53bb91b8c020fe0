/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data path: ring, walk, sinks. Shared with the control thread are two
 * request words with an eventfd to wake this thread, and the counters.
 */
#include "ring_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000ull

/* How long draining waits for a frame that is counted but not handed over,
 * beyond the block timeout. */
#define DRAIN_GRACE_NS NS_PER_SECOND

enum stop { STOP_NONE, STOP_DRAIN, STOP_NOW };

struct ring_thread {
	struct ring_thread_config config;
	struct ring_thread_result result;
	pthread_t thread;
	int wake;
	int epoll;
	uint64_t captured;
	int socket_error;
	_Atomic int stop; /* enum stop */
	_Atomic bool flush;
};

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static int end_with(struct ring_thread *t, enum ring_thread_end end, const struct sink *sink)
{
	t->result.end = end;
	t->result.sink = sink;
	return -1;
}

/* Hands a frame to every sink. 0, or -1 with the result set. */
static int give_frame(struct ring_thread *t, struct frame *frame)
{
	uint32_t i;
	int rc;

	for (i = 0; i < t->config.sink_count; i++) {
		struct sink *sink = t->config.sinks[i];

		rc = sink->ops->frame(sink, frame);
		if (rc != 0)
			return end_with(t, rc == SINK_FULL ? RING_THREAD_LIMIT : RING_THREAD_SINK,
					sink);
	}
	return 0;
}

/* Ends a block for every sink, or flushes them where there is no block. */
static int push_sinks(struct ring_thread *t, struct block *block)
{
	uint32_t i;
	int rc;

	for (i = 0; i < t->config.sink_count; i++) {
		struct sink *sink = t->config.sinks[i];

		rc = block ? sink->ops->block_end(sink, block) : sink->ops->flush(sink);
		if (rc < 0)
			return end_with(t, RING_THREAD_SINK, sink);
	}
	return 0;
}

/* Moves one block's frames and lets it go. 0, or -1 with the result set. */
static int move_block(struct ring_thread *t, struct block *block)
{
	const struct ring_thread_config *c = &t->config;
	uint64_t room = c->max_packets ? c->max_packets - t->captured : UINT64_MAX;
	uint64_t taken = 0, bytes = 0;
	struct frame frame;
	int rc = 0;

	while (taken < room && rx_ring_frame(c->ring, block, &frame)) {
		rc = give_frame(t, &frame);
		if (rc < 0)
			break;
		taken++;
		bytes += frame.len;
	}
	t->captured += taken;
	stats_add(&c->stats->captured, taken);
	stats_add(&c->stats->captured_bytes, bytes);
	if (rc == 0 && taken == room)
		rc = end_with(t, RING_THREAD_LIMIT, NULL);
	/* A sink that has failed gets no more calls. */
	if (t->result.end != RING_THREAD_SINK && push_sinks(t, block) < 0)
		rc = -1;
	block_put(block);
	return rc;
}

/* Waits for the ring, for control, or for timeout_ms (-1: without end). */
static void wait_ring(struct ring_thread *t, int timeout_ms)
{
	struct epoll_event events[2];
	uint64_t ignored;
	int i, count;

	count = epoll_wait(t->epoll, events, 2, timeout_ms);
	for (i = 0; i < count; i++) {
		if (events[i].data.fd == t->wake)
			(void)!read(t->wake, &ignored, sizeof(ignored));
		else if (events[i].events & (EPOLLERR | EPOLLHUP))
			t->socket_error = rx_ring_error(t->config.ring);
	}
}

/* Whether the kernel has accepted frames that it has not handed over: those
 * of the block it is filling. */
static bool frames_pending(struct ring_thread *t)
{
	const struct stats *stats = t->config.stats;

	rx_ring_count(t->config.ring);
	return atomic_load_explicit(&stats->received, memory_order_relaxed) >
	       atomic_load_explicit(&stats->dropped, memory_order_relaxed) +
		       atomic_load_explicit(&stats->malformed, memory_order_relaxed) + t->captured;
}

/* The inflow is closed; what the kernel took before goes to the sinks. */
static void drain(struct ring_thread *t)
{
	uint64_t deadline =
		monotonic_ns() + DRAIN_GRACE_NS + t->config.block_timeout_ms * 1000000ull;
	struct block *block;

	while (atomic_load(&t->stop) != STOP_NOW) {
		while (rx_ring_next(t->config.ring, &block)) {
			if (move_block(t, block) < 0 || atomic_load(&t->stop) == STOP_NOW)
				return;
		}
		if (!frames_pending(t) || monotonic_ns() > deadline)
			return;
		wait_ring(t, 10);
	}
}

/* Returns with the result set, the inflow still open. */
static void run(struct ring_thread *t)
{
	struct block *block;

	while (atomic_load_explicit(&t->stop, memory_order_relaxed) == STOP_NONE) {
		if (atomic_exchange(&t->flush, false) && push_sinks(t, NULL) < 0)
			return;
		if (rx_ring_next(t->config.ring, &block)) {
			if (move_block(t, block) < 0)
				return;
			continue;
		}
		if (t->socket_error != 0) {
			t->result.code = t->socket_error;
			end_with(t, RING_THREAD_SOCKET, NULL);
			return;
		}
		rx_ring_count(t->config.ring);
		wait_ring(t, -1);
	}
	end_with(t, RING_THREAD_STOPPED, NULL);
}

static void *ring_thread(void *context)
{
	struct ring_thread *t = context;
	uint64_t one = 1;

	run(t);
	rx_ring_stop(t->config.ring);
	if (t->result.end == RING_THREAD_STOPPED || t->result.end == RING_THREAD_SOCKET)
		drain(t);
	rx_ring_count(t->config.ring);
	(void)!write(t->config.done_fd, &one, sizeof(one));
	return NULL;
}

static void free_thread(struct ring_thread *t)
{
	if (t->wake >= 0)
		close(t->wake);
	if (t->epoll >= 0)
		close(t->epoll);
	free(t);
}

static int watch(struct ring_thread *t, int fd)
{
	/* Edge-triggered: one event per block the kernel closes. The level stays
	 * high for as long as the newest block is held. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};

	return epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event);
}

int ring_thread_start(const struct ring_thread_config *config, struct ring_thread **thread,
		      struct error *err)
{
	struct ring_thread *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return error_system(err, ENOMEM, "start the ring thread");
	t->config = *config;
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->wake < 0 || t->epoll < 0 || watch(t, t->wake) < 0 ||
	    watch(t, rx_ring_fd(config->ring)) < 0)
		rc = errno;
	else
		rc = pthread_create(&t->thread, NULL, ring_thread, t);
	if (rc != 0) {
		free_thread(t);
		return error_system(err, rc, "start the ring thread");
	}
	*thread = t;
	return 0;
}

static void poke(struct ring_thread *t)
{
	uint64_t one = 1;

	(void)!write(t->wake, &one, sizeof(one));
}

void ring_thread_stop(struct ring_thread *t)
{
	int none = STOP_NONE;

	if (!atomic_compare_exchange_strong(&t->stop, &none, STOP_DRAIN))
		atomic_store(&t->stop, STOP_NOW);
	poke(t);
}

void ring_thread_flush(struct ring_thread *t)
{
	atomic_store(&t->flush, true);
	poke(t);
}

void ring_thread_join(struct ring_thread *t, struct ring_thread_result *result)
{
	pthread_join(t->thread, NULL);
	*result = t->result;
	free_thread(t);
}
