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

/* How long a sink that says SINK_WAIT, and takes nothing, may hold up the end of
 * a capture. */
#define HOLD_NS (10 * NS_PER_SECOND)

/* How often a sink is asked again although nothing has happened. */
#define WAIT_MS 100

/* How long what the sinks have gathered may wait once the ring is empty. */
#define GATHER_NS NS_PER_SECOND

/* Frames that are read before they are handed on. */
#define BATCH 32u

enum stop { STOP_NONE, STOP_DRAIN, STOP_NOW };

struct ring_thread {
	struct ring_thread_config config;
	struct ring_thread_result result;
	pthread_t thread;
	int wake;
	int epoll;
	uint64_t captured;
	uint64_t flush_due_ns; /* 0: nothing is gathered */
	uint64_t give_up_ns;   /* on a sink that holds up the end; 0: not yet ending */
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

static bool is_event_fd(const struct ring_thread *t, int fd)
{
	for (uint32_t i = 0; i < t->config.sink_count; i++)
		if (t->config.sinks[i]->event_fd == fd)
			return true;
	return false;
}

static int fail_if(struct ring_thread *t, int rc, const struct sink *sink)
{
	return rc < 0 ? end_with(t, RING_THREAD_SINK, sink) : 0;
}

/* Lets every sink take in the writes that have ended. */
static int reap_sinks(struct ring_thread *t)
{
	int rc = 0;

	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		if (sink->event_fd >= 0)
			rc = fail_if(t, sink->ops->reap(sink), sink);
	}
	return rc;
}

/* Waits for the ring, a sink's writes or other threads, control, or timeout_ms
 * (-1: without end). 0, or -1 with the result set. */
static int wait_ring(struct ring_thread *t, int timeout_ms)
{
	struct epoll_event events[4];
	uint64_t ignored;
	bool reap = false;
	int i, count;

	count = epoll_wait(t->epoll, events, 4, timeout_ms);
	for (i = 0; i < count; i++) {
		if (events[i].data.fd == rx_ring_fd(t->config.ring)) {
			if (events[i].events & (EPOLLERR | EPOLLHUP))
				t->socket_error = rx_ring_error(t->config.ring);
		} else if (is_event_fd(t, events[i].data.fd)) {
			reap = true;
		} else {
			(void)!read(events[i].data.fd, &ignored, sizeof(ignored));
		}
	}
	return reap ? reap_sinks(t) : 0;
}

/* A sink wants to wait. 0: ask it again; or -1 with the result set. */
static int wait_sink(struct ring_thread *t)
{
	int stop = atomic_load(&t->stop);
	uint64_t now;

	if (stop != STOP_NONE) {
		now = monotonic_ns();
		if (t->give_up_ns == 0)
			t->give_up_ns = now + HOLD_NS;
		if (stop == STOP_NOW || now >= t->give_up_ns)
			return end_with(t, RING_THREAD_STOPPED, NULL);
	}
	return wait_ring(t, WAIT_MS);
}

/* Hands frames to every sink. 0, or -1 with the result set; *taken is how many
 * each of them took. */
static int give_frames(struct ring_thread *t, struct frame *frames, uint32_t count, uint32_t *taken)
{
	uint32_t i, part;
	int rc;

	*taken = count;
	for (i = 0; i < t->config.sink_count; i++) {
		struct sink *sink = t->config.sinks[i];

		*taken = 0;
		while ((rc = sink->ops->frames(sink, frames + *taken, count - *taken, &part)) ==
		       SINK_WAIT) {
			*taken += part;
			/* As long as it goes on, it is waited for. */
			t->give_up_ns = part > 0 ? 0 : t->give_up_ns;
			if (wait_sink(t) < 0)
				return -1;
		}
		*taken += part;
		t->give_up_ns = 0;
		if (rc != 0)
			return end_with(t, rc == SINK_FULL ? RING_THREAD_LIMIT : RING_THREAD_SINK,
					sink);
	}
	return 0;
}

static int begin_block(struct ring_thread *t, struct block *block)
{
	struct stats_snapshot now;
	int rc = 0;

	stats_read(t->config.stats, &now);
	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		while ((rc = sink->ops->block_begin(sink, block, &now)) == SINK_WAIT)
			if (wait_sink(t) < 0)
				return -1;
		rc = fail_if(t, rc, sink);
	}
	return rc;
}

/* Between blocks. */
static int turn_sinks(struct ring_thread *t)
{
	int rc = 0;

	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		rc = sink->ops->turn ? sink->ops->turn(sink) : 0;
		if (rc == SINK_FULL)
			return end_with(t, RING_THREAD_LIMIT, sink);
		rc = fail_if(t, rc, sink);
	}
	return rc;
}

static int end_block(struct ring_thread *t, struct block *block)
{
	const uint64_t one = 1;
	int rc = 0;

	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		rc = fail_if(t, sink->ops->block_end(sink, block), sink);
		if (sink->wants_prepare) {
			sink->wants_prepare = false;
			(void)!write(t->config.work_fd, &one, sizeof(one));
		}
	}
	return rc;
}

static int flush_sinks(struct ring_thread *t)
{
	int rc = 0;

	t->flush_due_ns = 0;
	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		rc = fail_if(t, sink->ops->flush(sink), sink);
	}
	return rc;
}

/* Up to room frames of a block; 0 at its end. */
static uint32_t read_frames(struct ring_thread *t, struct block *block, struct frame *frames,
			    uint64_t room)
{
	uint32_t most = room < BATCH ? (uint32_t)room : BATCH, count;

	for (count = 0; count < most; count++) {
		if (!rx_ring_frame(t->config.ring, block, &frames[count]))
			break;
		frames[count].id = t->captured + count + 1;
	}
	return count;
}

static void count_frames(struct ring_thread *t, const struct frame *frames, uint32_t count)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += frames[i].len;
	t->captured += count;
	stats_add(&t->config.stats->captured, count);
	stats_add(&t->config.stats->captured_bytes, bytes);
}

/* Moves one block's frames and lets it go. 0, or -1 with the result set. */
static int move_block(struct ring_thread *t, struct block *block)
{
	const uint64_t most = t->config.max_packets ? t->config.max_packets : UINT64_MAX;
	struct frame frames[BATCH];
	uint32_t count, taken;
	int rc = begin_block(t, block);

	while (rc == 0 && (count = read_frames(t, block, frames, most - t->captured)) > 0) {
		rc = give_frames(t, frames, count, &taken);
		count_frames(t, frames, taken);
	}
	if (rc == 0 && t->captured == most)
		rc = end_with(t, RING_THREAD_LIMIT, NULL);
	/* A sink that has failed gets no more calls. */
	if (t->result.end != RING_THREAD_SINK && end_block(t, block) < 0)
		rc = -1;
	block_put(block);
	return rc;
}

/* What the sinks have gathered goes out a while after the ring ran empty. */
static int flush_when_due(struct ring_thread *t)
{
	bool dirty = false;
	uint64_t now;

	for (uint32_t i = 0; i < t->config.sink_count; i++)
		dirty |= t->config.sinks[i]->dirty;
	if (!dirty) {
		t->flush_due_ns = 0;
		return 0;
	}
	now = monotonic_ns();
	if (t->flush_due_ns == 0)
		t->flush_due_ns = now + GATHER_NS;
	return now >= t->flush_due_ns ? flush_sinks(t) : 0;
}

/* Milliseconds until that, or -1. */
static int wait_ms(const struct ring_thread *t)
{
	uint64_t now;

	if (t->flush_due_ns == 0)
		return -1;
	now = monotonic_ns();
	return now >= t->flush_due_ns ? 0 : (int)((t->flush_due_ns - now) / 1000000 + 1);
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
		if (wait_ring(t, 10) < 0)
			return;
	}
}

/* Returns with the result set, the inflow still open. */
static void run(struct ring_thread *t)
{
	struct block *block;

	while (atomic_load_explicit(&t->stop, memory_order_relaxed) == STOP_NONE) {
		if (atomic_exchange(&t->flush, false) && flush_sinks(t) < 0)
			return;
		if (turn_sinks(t) < 0)
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
		if (flush_when_due(t) < 0 || wait_ring(t, wait_ms(t)) < 0)
			return;
	}
	end_with(t, RING_THREAD_STOPPED, NULL);
}

static void *ring_thread(void *context)
{
	struct ring_thread *t = context;
	uint64_t one = 1;

	run(t);
	/* With the inflow open there would be no end to draining. */
	if (rx_ring_stop(t->config.ring) == 0 &&
	    (t->result.end == RING_THREAD_STOPPED || t->result.end == RING_THREAD_SOCKET))
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
	int rc = 0;

	if (!t)
		return error_system(err, ENOMEM, "start the ring thread");
	t->config = *config;
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->wake < 0 || t->epoll < 0 || watch(t, t->wake) < 0 ||
	    watch(t, rx_ring_fd(config->ring)) < 0)
		rc = errno;
	for (uint32_t i = 0; i < config->sink_count && rc == 0; i++)
		if ((config->sinks[i]->event_fd >= 0 && watch(t, config->sinks[i]->event_fd) < 0) ||
		    (config->sinks[i]->wake_fd >= 0 && watch(t, config->sinks[i]->wake_fd) < 0))
			rc = errno;
	if (rc == 0)
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

	if (!atomic_compare_exchange_strong(&t->stop, &none, STOP_DRAIN)) {
		atomic_store(&t->stop, STOP_NOW);
		for (uint32_t i = 0; i < t->config.sink_count; i++)
			t->config.sinks[i]->ops->abandon(t->config.sinks[i]);
	}
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
