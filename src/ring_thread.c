/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data path: feeds, walk, sinks. Shared with the control thread are two
 * request words with an eventfd to wake this thread, and the counters.
 */
#include "ring_thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
#define BATCH 64u

/* Notes that wait to be written. */
#define NOTES_MOST 16u

/* What an event of epoll is about: this, or a feed's number from the last on. */
enum event_tag { EVENT_WAKE, EVENT_WRITES, EVENT_FEED };

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
	uint64_t captured;     /* of all feeds */
	uint32_t next;         /* the feed whose turn it is */
	struct feed *feed;     /* that gave the block being moved */
	uint64_t flush_due_ns; /* 0: nothing is gathered */
	uint64_t give_up_ns;   /* on a sink that holds up the end; 0: not yet ending */
	int socket_error;
	_Atomic int stop; /* enum stop */
	_Atomic bool flush;
	_Atomic uint64_t beats;
	uint64_t lost;          /* frames, of all feeds, as told */
	_Atomic bool loss_told; /* and not yet heard */
	pthread_mutex_t lock;   /* of the notes: held for a copy */
	struct ring_note notes[NOTES_MOST];
	_Atomic uint32_t note_count;
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

/* A socket has something other than frames to say. */
static void hear_socket(struct ring_thread *t, uint32_t number)
{
	struct feed *feed = t->config.feeds[number];
	const uint64_t one = 1;
	int code = feed->ops->trouble(feed);

	if (code == 0)
		return;
	if (t->config.link_fd >= 0 && (code == ENETDOWN || code == ENODEV || code == ENXIO)) {
		(void)!write(t->config.link_fd, &one, sizeof(one));
	} else {
		t->socket_error = code;
		t->result.feed = number;
	}
}

/* Waits for the rings, a sink's writes or other threads, control, or timeout_ms
 * (-1: without end). 0, or -1 with the result set. */
static int wait_ring(struct ring_thread *t, int timeout_ms)
{
	struct epoll_event events[4];
	uint64_t ignored;
	bool reap = false;
	int i, count;

	stats_add(&t->beats, 1);
	count = epoll_wait(t->epoll, events, 4, timeout_ms);
	for (i = 0; i < count; i++) {
		uint32_t tag = (uint32_t)(events[i].data.u64 >> 32);
		int fd = (int)(uint32_t)events[i].data.u64;

		if (tag == EVENT_WAKE)
			(void)!read(fd, &ignored, sizeof(ignored));
		else if (tag == EVENT_WRITES)
			reap = true;
		else if (events[i].events & (EPOLLERR | EPOLLHUP))
			hear_socket(t, tag - EVENT_FEED);
	}
	return reap ? reap_sinks(t) : 0;
}

/* A sink wants to wait. 0: ask it again; or -1 with the result set. */
static int wait_sink(struct ring_thread *t, const struct sink *sink)
{
	int stop = atomic_load(&t->stop);
	uint64_t now;

	if (stop != STOP_NONE) {
		now = monotonic_ns();
		if (t->give_up_ns == 0)
			t->give_up_ns = now + HOLD_NS;
		if (stop == STOP_NOW || sink->keeps || now >= t->give_up_ns)
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
			if (wait_sink(t, sink) < 0)
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

	stats_read(t->feed->stats, &now);
	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		while ((rc = sink->ops->block_begin(sink, block, &now)) == SINK_WAIT)
			if (wait_sink(t, sink) < 0)
				return -1;
		rc = fail_if(t, rc, sink);
	}
	return rc;
}

/* Has control look at the counts where they show a new loss. */
static void tell_loss(struct ring_thread *t)
{
	const uint64_t one = 1;
	uint64_t lost = 0;

	for (uint32_t i = 0; i < t->config.feed_count; i++) {
		struct stats_snapshot now;

		stats_copy(t->config.feeds[i]->stats, &now);
		lost += now.dropped + stats_lost_writing(&now) + stats_lost_sending(&now);
	}
	if (lost == t->lost || atomic_exchange(&t->loss_told, true))
		return;
	t->lost = lost;
	(void)!write(t->config.loss_fd, &one, sizeof(one));
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
	tell_loss(t);
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

/* Gives the sinks the first of the notes that wait. SINK_WAIT: one of them is
 * not ready; it gets it later, the others get it twice at worst. */
static int give_note(struct ring_thread *t)
{
	struct stats_snapshot now;
	struct ring_note note;
	int rc = 0;

	pthread_mutex_lock(&t->lock);
	note = t->notes[0];
	pthread_mutex_unlock(&t->lock);
	stats_read(t->config.feeds[note.feed]->stats, &now);
	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		if (sink->ops->note)
			rc = sink->ops->note(sink, note.feed, &now, note.text);
		if (rc < 0)
			return fail_if(t, rc, sink);
	}
	if (rc != 0)
		return rc;
	pthread_mutex_lock(&t->lock);
	t->note_count--;
	memmove(t->notes, t->notes + 1, t->note_count * sizeof(note));
	pthread_mutex_unlock(&t->lock);
	return 0;
}

static int give_notes(struct ring_thread *t)
{
	int rc = 0;

	while (rc == 0 && atomic_load_explicit(&t->note_count, memory_order_relaxed) > 0)
		rc = give_note(t);
	return rc < 0 ? rc : 0;
}

/* Up to room frames of a block; 0 at its end. */
static uint32_t read_frames(struct ring_thread *t, struct block *block, struct frame *frames,
			    uint64_t room)
{
	const uint32_t most = room < BATCH ? (uint32_t)room : BATCH;
	uint32_t count = t->feed->ops->frames(t->feed, block, frames, most);

	for (uint32_t i = 0; i < count; i++)
		frames[i].id = t->captured + i + 1;
	return count;
}

static void count_frames(struct ring_thread *t, const struct frame *frames, uint32_t count)
{
	struct stats *stats = t->feed->stats;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += frames[i].len;
	t->captured += count;
	stats_add(&stats->captured, count);
	stats_add(&stats->captured_bytes, bytes);
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
	now = monotonic_ns();
	return now >= due ? 0 : (int)((due - now) / 1000000 + 1);
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
			return end_with(t, RING_THREAD_FEED, NULL);
		}
		ended += rc == FEED_END;
	}
	return ended == count ? end_with(t, RING_THREAD_END, NULL) : 0;
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

/* The inflow is closed; what the kernel took before goes to the sinks. */
static void drain(struct ring_thread *t)
{
	uint64_t deadline =
		monotonic_ns() + DRAIN_GRACE_NS + t->config.block_timeout_ms * 1000000ull;
	struct block *block;
	int rc;

	while (atomic_load(&t->stop) != STOP_NOW) {
		while ((rc = next_block(t, &block)) > 0) {
			if (move_block(t, block) < 0 || atomic_load(&t->stop) == STOP_NOW)
				return;
		}
		if (rc < 0 || !frames_pending(t) || monotonic_ns() > deadline)
			return;
		if (wait_ring(t, 10) < 0)
			return;
	}
}

/* Returns with the result set, the inflow still open. */
static void run(struct ring_thread *t)
{
	struct block *block;
	int rc;

	while (atomic_load_explicit(&t->stop, memory_order_relaxed) == STOP_NONE) {
		stats_add(&t->beats, 1);
		if (atomic_exchange(&t->flush, false) && flush_sinks(t) < 0)
			return;
		if (turn_sinks(t) < 0 || give_notes(t) < 0)
			return;
		rc = next_block(t, &block);
		if (rc < 0)
			return;
		if (rc > 0) {
			if (move_block(t, block) < 0)
				return;
			continue;
		}
		if (t->socket_error != 0) {
			t->result.code = t->socket_error;
			end_with(t, RING_THREAD_SOCKET, NULL);
			return;
		}
		count_feeds(t);
		if (flush_when_due(t) < 0 || wait_ring(t, wait_ms(t)) < 0)
			return;
	}
	end_with(t, RING_THREAD_STOPPED, NULL);
}

static void *ring_thread(void *context)
{
	struct ring_thread *t = context;
	uint64_t one = 1;

	bool stopped = true;

	run(t);
	for (uint32_t i = 0; i < t->config.feed_count; i++)
		stopped &= t->config.feeds[i]->ops->stop(t->config.feeds[i]) == 0;
	/* With the inflow open there would be no end to draining. */
	if (stopped &&
	    (t->result.end == RING_THREAD_STOPPED || t->result.end == RING_THREAD_SOCKET))
		drain(t);
	count_feeds(t);
	if (t->result.end != RING_THREAD_SINK)
		give_notes(t);
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
	 * high for as long as the newest block is held. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET,
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

	if (!atomic_compare_exchange_strong(&t->stop, &none, STOP_DRAIN)) {
		atomic_store(&t->stop, STOP_NOW);
		for (uint32_t i = 0; i < t->config.sink_count; i++)
			if (t->config.sinks[i]->ops->abandon)
				t->config.sinks[i]->ops->abandon(t->config.sinks[i]);
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

void ring_thread_join(struct ring_thread *t, struct ring_thread_result *result)
{
	pthread_join(t->thread, NULL);
	*result = t->result;
	free_thread(t);
}
