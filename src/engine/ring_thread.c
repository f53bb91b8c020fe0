/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of the thread, its start and its end. Shared with the control thread are
 * two request words with an eventfd to wake this thread, the notes, and the
 * counters.
 */
#include "ring_thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "ring_work.h"

/* How long draining waits for a frame that is counted, but neither handed over nor to be
 * found in the block being filled. */
#define DRAIN_GRACE_NS NS_PER_SECOND

/* How long what the sinks have gathered may wait once the ring is empty. */
#define GATHER_NS NS_PER_SECOND

/* What the sinks have gathered goes out a while after the ring ran empty. */
static int flush_when_due(struct ring_thread *t)
{
	bool dirty = false;
	uint64_t now, out = 0;

	for (uint32_t i = 0; i < t->config.sink_count; i++) {
		dirty |= t->config.sinks[i]->dirty;
		out += t->config.sinks[i]->out;
	}
	/* What goes out by itself need not be flushed, and what is behind it waits from now on. */
	if (!dirty || out != t->flush_out)
		t->flush_due_ns = 0;
	t->flush_out = out;
	if (!dirty)
		return 0;
	now = clock_monotonic();
	if (t->flush_due_ns == 0)
		t->flush_due_ns = now + GATHER_NS;
	return now >= t->flush_due_ns ? ring_flush(t) : 0;
}

/* Milliseconds until that, or until a feed is to be asked again; -1: for ever. */
static int wait_ms(const struct ring_thread *t)
{
	uint64_t due = t->flush_due_ns ? t->flush_due_ns : UINT64_MAX;
	uint64_t now;

	for (uint32_t i = 0; i < t->config.feed_count; i++) {
		uint64_t again = t->config.feeds[i]->again_ns;

		due = again && again < due ? again : due;
	}
	if (due == UINT64_MAX)
		return -1;
	now = clock_monotonic();
	return now >= due ? 0 : (int)((due - now) / NS_PER_MS + 1);
}

/* The oldest block of the feed whose turn it is, or of the next that has one. 1, or
 * 0 where there is none; -1 with the result set. */
static int next_block(struct ring_thread *t, struct block **block)
{
	const uint32_t count = t->config.feed_count;
	uint32_t ended = 0;

	for (uint32_t i = 0; i < count; i++) {
		const uint32_t number = t->next;
		int rc;

		t->feed = t->config.feeds[number];
		t->next = number + 1 == count ? 0 : number + 1;
		rc = t->feed->ops->next(t->feed, block);
		if (rc == 1)
			return 1;
		if (rc < 0) {
			t->result.feed = number;
			return ring_end(t, RING_THREAD_FEED, NULL);
		}
		ended += rc == FEED_END;
	}
	return ended == count ? ring_end(t, RING_THREAD_END, NULL) : 0;
}

static void count_feeds(struct ring_thread *t)
{
	for (uint32_t i = 0; i < t->config.feed_count; i++)
		t->config.feeds[i]->ops->count(t->config.feeds[i]);
}

/* Whether the kernel has accepted frames that it has not handed over: those
 * of the blocks it is filling. */
static bool frames_pending(struct ring_thread *t)
{
	bool pending = false;

	count_feeds(t);
	for (uint32_t i = 0; i < t->config.feed_count; i++) {
		const struct stats *stats = t->config.feeds[i]->stats;

		pending |= atomic_load_explicit(&stats->received, memory_order_relaxed) >
			   atomic_load_explicit(&stats->dropped, memory_order_relaxed) +
				   atomic_load_explicit(&stats->malformed, memory_order_relaxed) +
				   atomic_load_explicit(&stats->captured, memory_order_relaxed);
	}
	return pending;
}

/* What the kernel keeps back. 1 or 0. */
static int next_rest(struct ring_thread *t, struct block **block)
{
	for (uint32_t i = 0; i < t->config.feed_count; i++) {
		t->feed = t->config.feeds[i];
		if (t->feed->ops->rest && t->feed->ops->rest(t->feed, block) > 0)
			return 1;
	}
	return 0;
}

/* The inflow is closed; what the kernel took before goes to the sinks. */
static void drain(struct ring_thread *t)
{
	const uint64_t deadline = clock_monotonic() + DRAIN_GRACE_NS;
	struct block *block;
	int rc;

	while (atomic_load(&t->stop) != STOP_NOW) {
		while ((rc = next_block(t, &block)) > 0) {
			if (ring_move_block(t, block) < 0 || atomic_load(&t->stop) == STOP_NOW)
				return;
		}
		if (rc < 0)
			return;
		if (next_rest(t, &block) > 0) {
			if (ring_move_block(t, block) < 0)
				return;
			continue;
		}
		if (!frames_pending(t) || clock_monotonic() > deadline)
			return;
		if (ring_wait(t, 10) < 0)
			return;
	}
}

/* A turn ends and the next one begins. */
static void count_turn(struct ring_thread *t)
{
	const uint64_t now = clock_monotonic();

	latency_add(&t->turns, now - t->turn_ns);
	t->turn_ns = now;
}

/* Returns with the result set, the inflow still open. */
static void run(struct ring_thread *t)
{
	struct block *block;
	int rc;

	while (atomic_load_explicit(&t->stop, memory_order_relaxed) == STOP_NONE) {
		stats_add(&t->beats, 1);
		if (atomic_exchange(&t->flush, false) && ring_flush(t) < 0)
			return;
		if (ring_turn(t) < 0 || ring_give_notes(t) < 0)
			return;
		rc = next_block(t, &block);
		if (rc < 0)
			return;
		if (rc > 0) {
			if (ring_move_block(t, block) < 0)
				return;
			count_turn(t);
			continue;
		}
		if (t->socket_error != 0) {
			t->result.code = t->socket_error;
			ring_end(t, RING_THREAD_SOCKET, NULL);
			return;
		}
		if (t->deserted) {
			ring_end(t, RING_THREAD_CLOSED, t->deserted);
			return;
		}
		count_feeds(t);
		if (flush_when_due(t) < 0 || ring_wait(t, wait_ms(t)) < 0)
			return;
	}
	ring_end(t, RING_THREAD_STOPPED, NULL);
}

static void *ring_thread(void *context)
{
	struct ring_thread *t = context;
	uint64_t one = 1;

	bool stopped = true;

	t->turn_ns = clock_monotonic();
	run(t);
	for (uint32_t i = 0; i < t->config.feed_count; i++)
		stopped &= t->config.feeds[i]->ops->stop(t->config.feeds[i]) == 0;
	/* With the inflow open there would be no end to draining. */
	if (stopped &&
	    (t->result.end == RING_THREAD_STOPPED || t->result.end == RING_THREAD_SOCKET))
		drain(t);
	count_feeds(t);
	if (!ring_sink_ended(t))
		ring_give_notes(t);
	for (uint32_t i = 0; i < t->config.sink_count; i++)
		if (t->config.sinks[i]->ops->linger)
			t->config.sinks[i]->ops->linger(t->config.sinks[i]);
	(void)!write(t->config.done_fd, &one, sizeof(one));
	return NULL;
}

static void free_thread(struct ring_thread *t)
{
	if (t->wake >= 0)
		close(t->wake);
	if (t->epoll >= 0)
		close(t->epoll);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static int watch(struct ring_thread *t, uint32_t tag, int fd)
{
	/* Edge-triggered: one event per block the kernel closes. The level stays
	 * high for as long as the newest block is held. Errors are told always. */
	struct epoll_event event = {.events = (tag == EVENT_PEER ? 0 : EPOLLIN) | EPOLLET,
				    .data.u64 = (uint64_t)tag << 32 | (uint32_t)fd};

	return epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* 0, or -1 with errno. */
static int watch_all(struct ring_thread *t)
{
	const struct ring_thread_config *c = &t->config;
	int rc = watch(t, EVENT_WAKE, t->wake);

	for (uint32_t i = 0; i < c->feed_count && rc == 0; i++)
		if (c->feeds[i]->fd >= 0)
			rc = watch(t, EVENT_FEED + i, c->feeds[i]->fd);
	for (uint32_t i = 0; i < c->sink_count && rc == 0; i++) {
		if (c->sinks[i]->event_fd >= 0)
			rc = watch(t, EVENT_WRITES, c->sinks[i]->event_fd);
		if (rc == 0 && c->sinks[i]->wake_fd >= 0)
			rc = watch(t, EVENT_WAKE, c->sinks[i]->wake_fd);
		if (rc == 0 && c->sinks[i]->peer_fd >= 0)
			rc = watch(t, EVENT_PEER, c->sinks[i]->peer_fd);
	}
	return rc;
}

int ring_thread_start(const struct ring_thread_config *config, struct ring_thread **thread,
		      struct error *err)
{
	struct ring_thread *t = calloc(1, sizeof(*t));
	int rc = 0;

	if (!t)
		return error_system(err, ENOMEM, "start the ring thread");
	t->config = *config;
	pthread_mutex_init(&t->lock, NULL);
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->wake < 0 || t->epoll < 0 || watch_all(t) < 0)
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

void ring_thread_poke(struct ring_thread *t)
{
	uint64_t one = 1;

	(void)!write(t->wake, &one, sizeof(one));
}

void ring_thread_stop(struct ring_thread *t)
{
	int none = STOP_NONE;
	const bool again = !atomic_compare_exchange_strong(&t->stop, &none, STOP_DRAIN);

	if (again)
		atomic_store(&t->stop, STOP_NOW);
	for (uint32_t i = 0; i < t->config.sink_count; i++) {
		struct sink *sink = t->config.sinks[i];

		if (again && sink->ops->abandon)
			sink->ops->abandon(sink);
		else if (!again && sink->ops->hurry)
			sink->ops->hurry(sink);
	}
	ring_thread_poke(t);
}

void ring_thread_flush(struct ring_thread *t)
{
	atomic_store(&t->flush, true);
	ring_thread_poke(t);
}

void ring_thread_note(struct ring_thread *t, uint32_t feed, const char *text)
{
	uint32_t count;

	pthread_mutex_lock(&t->lock);
	count = t->note_count;
	if (count < NOTES_MOST) {
		t->notes[count].feed = feed;
		snprintf(t->notes[count].text, sizeof(t->notes[count].text), "%s", text);
		t->note_count = count + 1;
	}
	pthread_mutex_unlock(&t->lock);
	ring_thread_poke(t);
}

void ring_thread_heard(struct ring_thread *t)
{
	atomic_store(&t->loss_told, false);
}

uint64_t ring_thread_beats(const struct ring_thread *t)
{
	return atomic_load_explicit(&t->beats, memory_order_relaxed);
}

void ring_thread_turns(const struct ring_thread *t, struct latency_snapshot *turns)
{
	latency_read(&t->turns, turns);
}

void ring_thread_join(struct ring_thread *t, struct ring_thread_result *result)
{
	pthread_join(t->thread, NULL);
	*result = t->result;
	latency_read(&t->turns, &result->turns);
	free_thread(t);
}
