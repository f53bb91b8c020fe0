/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring thread's side of the recorder. Changing to the next segment is
 * taking a pointer off the desk: nothing is opened, closed, synced, named or
 * deleted here.
 *
 * Counts in a segment's statistics are those since it was begun, so that those
 * of all segments add up to the whole.
 */
#include "tape_writer.h"

#include <errno.h>
#include <stdlib.h>

#include "frames/pcapng.h"
#include "index/gather.h"

/* The keeper takes so many in one go: the queue has room for many more. */
#define KEEPER_RUNS 32u

/* A segment less than this is not worth beginning for -a filesize:. */
#define SEGMENT_LEAST 1024u

/* Whether the recording has all the segments it may have, or so many bytes that
 * another one is not worth it. */
static bool has_all(const struct sink_tape *s)
{
	const struct rotation *r = s->config.rotation;
	uint64_t bytes = atomic_load(&s->desk.closed_bytes);

	if (r->max_files && s->begun >= r->max_files)
		return true;
	if (s->current)
		bytes += atomic_load(&s->current->sink->bytes) + s->closing_bytes;
	return r->max_bytes &&
	       bytes + s->opening_bytes + s->closing_bytes + SEGMENT_LEAST > r->max_bytes;
}

/* Whether it is the limit of all segments together that the current one is at. */
static bool is_at_last(const struct sink_tape *s)
{
	const struct segment *segment = s->current;
	const uint64_t most = s->config.rotation->segment_packets;

	return segment->last && (!most || atomic_load(&segment->packets) < most);
}

/* The counts as the current segment is to tell them. */
static void relate(const struct sink_tape *s, uint32_t interface, struct stats_snapshot *stats)
{
	stats->captured = s->given[interface];
	stats_subtract(stats, &s->current->from[interface]);
	stats->start_ns = s->current->from[interface].start_ns;
}

/* The recording ends here. */
static int stop(struct sink_tape *s)
{
	pthread_mutex_lock(&s->desk.lock);
	s->base.error = s->desk.stop_error;
	pthread_mutex_unlock(&s->desk.lock);
	return -s->base.error.code;
}

static int hold(struct sink_tape *s, enum desk_wait what)
{
	if (atomic_load(&s->desk.stop))
		return stop(s);
	if (atomic_exchange(&s->desk.waiting, what) != (int)what)
		desk_wake(s->desk.keeper_fd);
	return SINK_WAIT;
}

static void discard(struct sink_tape *s, const struct frame *frames, uint32_t count)
{
	uint64_t lost = count;

	for (uint32_t i = 0; i < count; i++)
		lost += frames[i].lost;
	stats_add(&s->config.stats[s->block->interface].disk_dropped, count);
	atomic_fetch_add(&s->desk.gap, lost);
}

/* What the keeper has to say. 0, SINK_FULL or -errno. */
int tape_writer_turn(struct sink *sink)
{
	struct sink_tape *s = (struct sink_tape *)sink;

	if (!atomic_load_explicit(&s->desk.news, memory_order_relaxed))
		return 0;
	atomic_store(&s->desk.news, false);
	if (atomic_load(&s->desk.stop))
		return stop(s);
	if (s->current && atomic_load(&s->desk.turn_sequence) != s->current->file.sequence)
		return 0;
	/* Asked by block_begin, it has to be said again between blocks. */
	if (has_all(s)) {
		atomic_store(&s->desk.news, true);
		return SINK_FULL;
	}
	tape_writer_change(s);
	return 0;
}

/* What the index is to know of the block, which is whole in the file. */
static void mark_run(struct sink_tape *s)
{
	const uint64_t position = s->current->sink->ops->position(s->current->sink);

	if (index_gather_mark(s->gather, position, false) && ++s->runs % KEEPER_RUNS == 0)
		desk_wake(s->desk.keeper_fd);
}

/* The current segment's part of the block has ended. 0 or -errno. */
static int leave_block(struct sink_tape *s)
{
	int rc = 0;

	if (s->in_block && s->current) {
		rc = s->current->sink->ops->block_end(s->current->sink, s->block);
		if (s->gather && rc == 0)
			mark_run(s);
	}
	s->in_block = false;
	return rc < 0 ? tape_writer_fail(s, rc) : 0;
}

/* The current segment is full. 0: another one, or none, takes its place. */
static int end_current(struct sink_tape *s)
{
	bool armed;
	int rc;

	if (has_all(s) || is_at_last(s))
		return SINK_FULL;
	pthread_mutex_lock(&s->desk.lock);
	armed = s->desk.armed && desk_has_room(&s->config, s->desk.armed);
	pthread_mutex_unlock(&s->desk.lock);
	if (!armed && !atomic_load(&s->desk.dropping))
		return hold(s, WAIT_NEXT);
	rc = leave_block(s);
	if (rc < 0)
		return rc;
	/* What is left of the block is copied: it does not begin at its begin. */
	s->block->used = 0;
	if (!armed)
		s->discarding = true;
	else
		tape_writer_change(s);
	return 0;
}

/* Gives the current segment what came up later. It is in no run of the index: packets behind a
 * run that is not read are of these interfaces. 0, SINK_FULL or -errno. */
static int give_added(struct sink_tape *s)
{
	struct segment *segment = s->current;
	const uint64_t before = segment->sink->ops->position(segment->sink);
	const int rc = tape_added_give(&s->added, segment->sink, &segment->added);
	const uint64_t after = segment->sink->ops->position(segment->sink);

	if (s->gather && after != before)
		index_gather_file(s->gather, segment->file.sequence, after, before);
	return rc;
}

/* Gives the current segment's sink the block. 0, SINK_FULL or -errno. */
static int begin_block(struct sink_tape *s)
{
	struct stats_snapshot now = s->now;
	int rc = give_added(s);

	if (rc != 0)
		return rc;
	relate(s, s->block->interface, &now);
	rc = s->current->sink->ops->block_begin(s->current->sink, s->block, &now);
	s->in_block = rc == 0;
	return rc;
}

/* Gives the block, or what is left of it, to the current segment's sink. 0, or
 * SINK_FULL, SINK_WAIT or -errno. */
static int enter_block(struct sink_tape *s)
{
	int rc;

	for (;;) {
		if (!s->current && has_all(s))
			return SINK_FULL;
		if ((!s->current && !tape_writer_change(s)) ||
		    !desk_has_room(&s->config, s->current)) {
			s->discarding = atomic_load(&s->desk.dropping);
			return s->discarding ? 0 : hold(s, s->current ? WAIT_ROOM : WAIT_NEXT);
		}
		rc = begin_block(s);
		if (rc == 0)
			return 0;
		if (rc == SINK_FULL && atomic_load(&s->current->packets) == 0)
			return error_set(&s->base.error, EFBIG,
					 "%s: a segment has no room to describe its interfaces",
					 s->config.directory);
		rc = rc == SINK_FULL ? end_current(s) : tape_writer_fail(s, rc);
		if (rc != 0 || s->discarding)
			return rc;
	}
}

int tape_writer_block_begin(struct sink *sink, struct block *block,
			    const struct stats_snapshot *stats)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	int rc;

	s->block = block;
	s->now = *stats;
	s->in_block = s->discarding = false;
	rc = tape_writer_turn(sink);
	if (rc >= 0)
		rc = enter_block(s);
	/* The frames will show it. */
	return rc == SINK_FULL ? 0 : rc;
}

/* Before that is not known. */
static uint64_t since_1970(const struct frame *frame)
{
	return frame->time_ns > 0 ? (uint64_t)frame->time_ns : 0;
}

/* Frames for the current segment. *part becomes how many it took. */
static int give(struct sink_tape *s, struct frame *frames, uint32_t count, uint32_t *part)
{
	struct segment *segment = s->current;
	int rc;

	if (atomic_load_explicit(&s->desk.gap, memory_order_relaxed))
		frames->lost += atomic_exchange(&s->desk.gap, 0);
	rc = segment->sink->ops->frames(segment->sink, frames, count, part);
	if (*part > 0) {
		if (s->gather)
			index_gather_frames(s->gather, frames, *part);
		if (segment->first_ns == 0)
			segment->first_ns = since_1970(&frames[0]);
		segment->last_ns = since_1970(&frames[*part - 1]);
		segment_note_times(segment, frames, *part);
		stats_add(&segment->packets, *part);
		s->given[s->block->interface] += *part;
	}
	return rc;
}

/* A segment takes no more. An empty one is as large as they get. 0 with *part one
 * more where a frame fits into none, or as end_current. */
static int heed_limit(struct sink_tape *s, const struct frame *next, uint32_t *part)
{
	if (atomic_load_explicit(&s->current->packets, memory_order_relaxed) > 0 ||
	    s->current->last)
		return end_current(s);
	stats_add(&s->config.stats[s->block->interface].oversize, 1);
	atomic_fetch_add(&s->desk.gap, 1 + next->lost);
	++*part;
	return 0;
}

int tape_writer_frames(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	uint32_t part;
	int rc = 0;

	*taken = 0;
	while (*taken < count && rc == 0) {
		if (!s->in_block && !s->discarding) {
			s->block->used = 0;
			rc = enter_block(s);
			if (rc != 0)
				break;
		}
		part = count - *taken;
		if (s->discarding) {
			discard(s, frames + *taken, part);
		} else {
			rc = give(s, frames + *taken, part, &part);
			if (rc == SINK_FULL)
				rc = heed_limit(s, frames + *taken + part, &part);
			else if (rc < 0)
				rc = tape_writer_fail(s, rc);
		}
		*taken += part;
	}
	return rc;
}

/* What the session sees of the segments' sinks. */
void tape_writer_mirror(struct sink_tape *s)
{
	struct segment *segment = s->current;
	uint64_t bytes = atomic_load_explicit(&s->desk.closed_bytes, memory_order_relaxed);

	if (segment) {
		uint64_t here = atomic_load_explicit(&segment->sink->bytes, memory_order_relaxed);

		bytes += here;
		/* Between blocks: of all packets in these it was noted. */
		if (!s->in_block)
			atomic_store_explicit(&segment->ordered_bytes, here, memory_order_release);
		s->base.dirty = segment->sink->dirty;
		s->base.out = segment->sink->out;
		atomic_store_explicit(&s->base.io_mode, segment->sink->io_mode,
				      memory_order_relaxed);
		if (here > atomic_load_explicit(&segment->call_bytes, memory_order_relaxed) ||
		    segment->packets >
			    atomic_load_explicit(&segment->call_packets, memory_order_relaxed)) {
			atomic_store(&segment->call_bytes, UINT64_MAX);
			atomic_store(&segment->call_packets, UINT64_MAX);
			desk_wake(s->desk.keeper_fd);
		}
	}
	atomic_store_explicit(&s->base.bytes, bytes, memory_order_relaxed);
}

int tape_writer_block_end(struct sink *sink, struct block *block)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	int rc = leave_block(s);

	(void)block;
	/* It may be gone by the time of the next turn. */
	s->block = NULL;
	if (s->retired)
		tape_writer_pass(s);
	tape_writer_mirror(s);
	return rc;
}

int tape_writer_note(struct sink *sink, uint32_t interface, const struct stats_snapshot *stats,
		     const char *text)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	struct stats_snapshot now = *stats;
	int rc;

	if (atomic_load_explicit(&s->desk.dropping, memory_order_relaxed) ||
	    (!s->current && !tape_writer_change(s)) || !desk_has_room(&s->config, s->current))
		return SINK_WAIT;
	if (!s->current->sink->ops->note)
		return 0;
	relate(s, interface, &now);
	rc = s->current->sink->ops->note(s->current->sink, interface, &now, text);
	if (rc < 0)
		rc = tape_writer_fail(s, rc);
	tape_writer_mirror(s);
	return rc;
}

static int judge_added(struct sink *sink, int rc)
{
	const struct sink_tape *s = (struct sink_tape *)sink;

	return rc < 0 ? error_system(&sink->error, -rc, "%s", s->config.directory) : 0;
}

int tape_writer_add_interface(struct sink *sink, const struct pcapng_interface *interface)
{
	struct sink_tape *s = (struct sink_tape *)sink;

	if (s->gather)
		index_gather_interface(s->gather, interface->linktype);
	return judge_added(sink, tape_added_interface(&s->added, interface));
}

int tape_writer_add_block(struct sink *sink, const struct pcapng_block *block)
{
	struct sink_tape *s = (struct sink_tape *)sink;

	return judge_added(sink, tape_added_block(&s->added, block));
}

void tape_writer_give_added(struct sink_tape *s)
{
	/* Where it has packets: without any it is not kept. */
	if (s->current && atomic_load(&s->current->packets) > 0)
		(void)give_added(s);
}

int tape_writer_flush(struct sink *sink)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	int rc = s->current ? s->current->sink->ops->flush(s->current->sink) : 0;

	if (rc < 0)
		rc = tape_writer_fail(s, rc);
	tape_writer_mirror(s);
	return rc;
}
