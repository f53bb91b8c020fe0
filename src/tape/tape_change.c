/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments come off the desk and go back to it: under one short lock, and nothing
 * else is waited for.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "index/gather.h"
#include "system/limits.h"
#include "tape_writer.h"

void desk_wake(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

/* What closes a file, and what makes it start at a whole unit. */
#define ROOM_EXTRA (4 * DISKIO_UNIT)

bool desk_has_room(const struct sink_tape_config *c, const struct segment *segment)
{
	const uint64_t most = c->rotation->segment_bytes;
	uint64_t granted = atomic_load_explicit(&segment->granted, memory_order_acquire);

	/* Up to its limit the file's own sink weighs each frame. */
	return (most && granted >= most) ||
	       atomic_load_explicit(&segment->sink->bytes, memory_order_relaxed) + c->block_bytes +
			       ROOM_EXTRA <=
		       granted;
}

static void wake_keeper(struct sink_tape *s)
{
	desk_wake(s->desk.keeper_fd);
}

void tape_writer_count(const struct sink_tape *s, struct stats_snapshot *now)
{
	for (uint32_t i = 0; i < s->config.interfaces; i++) {
		stats_read(&s->config.stats[i], &now[i]);
		now[i].captured = s->given[i];
	}
}

void tape_writer_put_done(struct sink_tape *s, struct segment *segment)
{
	segment->next = NULL;
	pthread_mutex_lock(&s->desk.lock);
	*s->desk.done_end = segment;
	s->desk.done_end = &segment->next;
	pthread_mutex_unlock(&s->desk.lock);
	wake_keeper(s);
}

void tape_writer_pass(struct sink_tape *s)
{
	struct segment *segment;

	while ((segment = s->retired) && segment->sink->ops->idle(segment->sink)) {
		s->retired = segment->next;
		tape_writer_put_done(s, segment);
	}
}

void tape_writer_retire(struct sink_tape *s, const struct stats_snapshot *now)
{
	struct segment *segment = s->current, **end = &s->retired;

	/* What comes before the next one's begin is in no file. */
	if (s->gather)
		index_gather_file(s->gather, 0, 0, segment->sink->ops->position(segment->sink));
	memmove(segment->to, now, s->config.interfaces * sizeof(*now));
	segment->next = NULL;
	atomic_fetch_add(&s->desk.closed_bytes,
			 atomic_load(&segment->sink->bytes) + s->closing_bytes);
	atomic_fetch_add(&s->desk.closed_packets, atomic_load(&segment->packets));
	while (*end)
		end = &(*end)->next;
	*end = segment;
	atomic_store_explicit(&segment->ended, true, memory_order_release);
	atomic_fetch_add(&s->desk.behind, 1);
	s->current = NULL;
	atomic_store_explicit(&s->desk.current, NULL, memory_order_release);
	tape_writer_pass(s);
}

/* The smaller of two limits, of which 0 is none. */
static uint64_t lesser_limit(uint64_t one, uint64_t other)
{
	return one && (!other || one < other) ? one : other;
}

bool tape_writer_change(struct sink_tape *s)
{
	const struct rotation *r = s->config.rotation;
	struct segment *next;
	uint64_t left = 0, most;

	pthread_mutex_lock(&s->desk.lock);
	next = s->desk.armed;
	if (next && !desk_has_room(&s->config, next))
		next = NULL;
	if (next) {
		s->desk.armed = next->next;
		if (!s->desk.armed)
			s->desk.armed_end = &s->desk.armed;
	}
	pthread_mutex_unlock(&s->desk.lock);
	if (!next)
		return false;
	tape_writer_count(s, next->from);
	if (s->current)
		tape_writer_retire(s, next->from);
	if (r->max_bytes) {
		left = atomic_load(&s->desk.closed_bytes);
		left = left < r->max_bytes ? r->max_bytes - left : 1;
		next->last = lesser_limit(left, r->segment_bytes) == left;
	}
	/* Somebody may have changed that meanwhile, prlimit(1). */
	most = lesser_limit(limits_file_bytes(), r->segment_bytes);
	next->sink->ops->limit(next->sink, lesser_limit(left, most), r->segment_packets);
	for (uint32_t i = 0; i < s->config.interfaces; i++)
		next->from[i].start_ns = next->from[i].time_ns;
	next->begin.boot_ns = clock_boot(s->config.clock);
	next->begin.wall_ns = clock_wall(s->config.clock);
	/* What a block that began before tells may not be less than that. */
	if (s->block)
		s->now = next->from[s->block->interface];
	s->opening_bytes = atomic_load(&next->sink->bytes);
	if (s->gather)
		index_gather_file(s->gather, next->file.sequence,
				  next->sink->ops->position(next->sink), 0);
	s->current = next;
	s->begun++;
	atomic_store(&s->desk.waiting, WAIT_NOT);
	atomic_store_explicit(&s->desk.current, next, memory_order_release);
	wake_keeper(s);
	return true;
}

int tape_writer_fail(struct sink_tape *s, int rc)
{
	s->in_block = false;
	s->current->failed = true;
	if (error_is_full(rc) && s->config.on_full == ON_FULL_STOP) {
		s->base.error = s->current->sink->error;
		return rc;
	}
	tape_writer_count(s, s->current->to);
	tape_writer_retire(s, s->current->to);
	return 0;
}

int tape_writer_reap(struct sink *sink)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	struct segment *segment;
	int rc = 0;

	/* One's reap takes in all that has ended, unless that one had to do without
	 * io_uring; its result is its own. That of a retired one is the keeper's to
	 * see. */
	for (segment = s->retired; segment; segment = segment->next)
		if (segment->sink->ops->reap)
			segment->sink->ops->reap(segment->sink);
	if (s->current && s->current->sink->ops->reap)
		rc = s->current->sink->ops->reap(s->current->sink);
	if (rc < 0)
		rc = tape_writer_fail(s, rc);
	tape_writer_pass(s);
	return rc;
}
