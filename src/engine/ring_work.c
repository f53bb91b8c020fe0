/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data path: every frame of a block to every sink, in order. A sink that
 * wants to wait is waited for, and the frames stay in the ring.
 */
#include "ring_work.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

/* How long a sink that says SINK_WAIT, and takes nothing, may hold up the end of
 * a capture. */
#define HOLD_NS (10 * NS_PER_SECOND)

/* How often a sink is asked again although nothing has happened. */
#define WAIT_MS 100

/* Frames that are read before they are handed on. */
#define BATCH 64u

int ring_end(struct ring_thread *t, enum ring_thread_end end, const struct sink *sink)
{
	t->result.end = end;
	t->result.sink = sink;
	return -1;
}

static int fail_if(struct ring_thread *t, int rc, const struct sink *sink)
{
	if (rc >= 0)
		return 0;
	return ring_end(t, sink->closed ? RING_THREAD_CLOSED : RING_THREAD_SINK, sink);
}

bool ring_sink_ended(const struct ring_thread *t)
{
	return t->result.end == RING_THREAD_SINK || t->result.end == RING_THREAD_CLOSED;
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

/* Of a pipe or socket only its end is told. */
static void hear_peer(struct ring_thread *t, int fd)
{
	for (uint32_t i = 0; i < t->config.sink_count; i++) {
		struct sink *sink = t->config.sinks[i];

		if (sink->peer_fd != fd)
			continue;
		sink->closed = true;
		t->deserted = sink;
	}
}

int ring_wait(struct ring_thread *t, int timeout_ms)
{
	struct epoll_event events[4];
	uint64_t ignored;
	bool reap = false;
	int i, count;

	stats_add(&t->beats, 1);
	count = epoll_wait(t->epoll, events, 4, timeout_ms);
	t->turn_ns = clock_monotonic();
	for (i = 0; i < count; i++) {
		uint32_t tag = (uint32_t)(events[i].data.u64 >> 32);
		int fd = (int)(uint32_t)events[i].data.u64;

		if (tag == EVENT_WAKE)
			(void)!read(fd, &ignored, sizeof(ignored));
		else if (tag == EVENT_WRITES)
			reap = true;
		else if (tag == EVENT_PEER)
			hear_peer(t, fd);
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
		now = clock_monotonic();
		if (t->give_up_ns == 0)
			t->give_up_ns = now + HOLD_NS;
		if (stop == STOP_NOW || sink->keeps || now >= t->give_up_ns)
			return ring_end(t, RING_THREAD_STOPPED, NULL);
	}
	return ring_wait(t, WAIT_MS);
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
		if (rc == SINK_FULL)
			return ring_end(t, RING_THREAD_LIMIT, sink);
		if (fail_if(t, rc, sink) < 0)
			return -1;
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

int ring_turn(struct ring_thread *t)
{
	int rc = 0;

	for (uint32_t i = 0; i < t->config.sink_count && rc == 0; i++) {
		struct sink *sink = t->config.sinks[i];

		rc = sink->ops->turn ? sink->ops->turn(sink) : 0;
		if (rc == SINK_FULL)
			return ring_end(t, RING_THREAD_LIMIT, sink);
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

int ring_flush(struct ring_thread *t)
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

int ring_give_notes(struct ring_thread *t)
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

/* How many frames are wanted still. Those that were taken and are lost do not count. */
static uint64_t count_wanted(const struct ring_thread *t)
{
	uint64_t kept = t->captured, lost = 0;

	if (t->config.max_packets == 0)
		return UINT64_MAX;
	for (uint32_t i = 0; i < t->config.feed_count; i++) {
		struct stats_snapshot now;

		stats_copy(t->config.feeds[i]->stats, &now);
		lost += stats_lost_writing(&now) + stats_lost_sending(&now);
	}
	kept -= lost < kept ? lost : kept;
	return kept < t->config.max_packets ? t->config.max_packets - kept : 0;
}

int ring_move_block(struct ring_thread *t, struct block *block)
{
	struct frame frames[BATCH];
	uint32_t count, taken;
	int rc = begin_block(t, block);

	while (rc == 0 && (count = read_frames(t, block, frames, count_wanted(t))) > 0) {
		rc = give_frames(t, frames, count, &taken);
		count_frames(t, frames, taken);
	}
	if (rc == 0 && count_wanted(t) == 0)
		rc = ring_end(t, RING_THREAD_LIMIT, NULL);
	if (!ring_sink_ended(t) && end_block(t, block) < 0)
		rc = -1;
	block_put(block);
	return rc;
}
