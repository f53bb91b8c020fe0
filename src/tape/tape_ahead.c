/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper ahead of the writer: makes the segments that come next, as many as are
 * written to before a disk that stands still goes on, and says when one is to end.
 */
#include "tape_keeper.h"

#include <errno.h>
#include <stdlib.h>

#include "disk/outfile.h"
#include "system/limits.h"

/* Segments that are open, but for the current one. With more than that to be finished there
 * is no use in beginning another one. */
#define BEHIND_MOST 48u

/* Makes one more segment, its file with its headers. 0, or as tape_create with err. */
static int make_one(struct keeper *k, struct error *err)
{
	const struct sink_tape_config *c = k->config.sink;
	struct segment *segment =
		calloc(1, sizeof(*segment) + 2 * c->interfaces * sizeof(*segment->from));
	int rc;

	if (!segment)
		return error_system(err, ENOMEM, "%s: begin a segment", c->directory);
	segment->from = (struct stats_snapshot *)(segment + 1);
	segment->to = segment->from + c->interfaces;
	segment_begin_times(segment);
	rc = tape_create(k->tape, &segment->file, err);
	if (rc != 0) {
		free(segment);
		return rc;
	}
	rc = outfile_wrap(segment->file.fd, c->directory, &segment->outfile, err);
	if (rc == 0)
		rc = c->open_sink(c->context,
				  &(struct tape_file){segment->outfile, segment->file.sequence},
				  &segment->sink, err);
	if (rc < 0) {
		keeper_free_segment(k, segment);
		return rc;
	}
	*k->made_end = segment;
	k->made_end = &segment->later;
	return 0;
}

/* The newest of all there are, and one more at a time goes. */
static void drop_newest(struct keeper *k, uint32_t count)
{
	struct segment *newest;

	for (; count > 0; count--) {
		for (newest = k->made; newest->later; newest = newest->later)
			;
		keeper_free_segment(k, newest);
	}
}

/* Makes so many segments, or as many as can be had, and puts them on the desk: one sync
 * does for all. 0, or as tape_create with err where there is none. */
static int arm(struct keeper *k, uint32_t count, struct error *err)
{
	struct segment **first = k->made_end, *segment;
	struct tape_desk *d = k->config.desk;
	uint32_t made = 0;
	int rc = 0;

	while (made < count && (rc = make_one(k, err)) == 0)
		made++;
	if (made == 0)
		return rc;
	rc = tape_sync(k->tape);
	if (rc < 0) {
		drop_newest(k, made);
		return error_system(err, -rc, "%s: create a segment", k->config.sink->directory);
	}
	k->armed += made;
	pthread_mutex_lock(&d->lock);
	for (segment = *first; segment; segment = segment->later) {
		*d->armed_end = segment;
		d->armed_end = &segment->next;
	}
	pthread_mutex_unlock(&d->lock);
	return 0;
}

/* Whether too many files are open only until segments are finished, or one less ahead will
 * do. */
static bool files_come_back(const struct keeper *k, int rc)
{
	return (rc == -EMFILE || rc == -ENFILE) &&
	       (keeper_first_armed(k) || atomic_load(&k->config.desk->behind) > 0);
}

/* The same, with what is worth it done about a failure. Whether there are more. */
static bool arm_or_retry(struct keeper *k, uint32_t count)
{
	struct error err;
	int rc;

	do
		rc = arm(k, count, &err);
	while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	if (rc != 0 && !keeper_room_comes_back(k, rc) && !files_come_back(k, rc))
		keeper_give_in(k, err.code, err.text);
	return rc == 0;
}

/* How many more there are files for: one takes it twice, and some are to be left, for the
 * manifest and an index, for statistics, and for hooks. */
static uint32_t count_by_files(const struct sink_tape_config *c)
{
	const unsigned left = limits_files_left();
	const unsigned others = 8 + (c->hook ? 2 + 2 * c->hook_jobs : 0);

	return left > others ? (left - others) / 2 : 0;
}

/* How many more are to be armed. */
static uint32_t count_wanted(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;
	struct tape_desk *d = k->config.desk;
	const uint32_t behind = atomic_load(&d->behind);
	uint32_t wanted = keeper_segments_wanted(k), armed = 0, most;

	pthread_mutex_lock(&d->lock);
	for (const struct segment *s = d->armed; s; s = s->next)
		armed++;
	pthread_mutex_unlock(&d->lock);
	if (behind + wanted > BEHIND_MOST)
		wanted = behind < BEHIND_MOST ? BEHIND_MOST - behind : 0;
	if (armed >= wanted)
		return 0;
	wanted -= armed;
	if (r->max_files && r->max_files - k->armed < wanted)
		wanted = (uint32_t)(r->max_files - k->armed);
	/* The next one is made in any case. */
	most = count_by_files(k->config.sink);
	most = most == 0 && armed == 0 ? 1 : most;
	return wanted < most ? wanted : most;
}

/* Whether the times, or SIGHUP, want a new segment. */
static bool turn_due(struct keeper *k, const struct segment *current)
{
	const struct sink_tape_config *c = k->config.sink;

	if (atomic_exchange(&k->config.desk->turn_asked, false))
		k->deferred_turn = true;
	return k->deferred_turn || rotation_due(c->rotation, &current->begin, clock_boot(c->clock),
						clock_wall(c->clock));
}

/* Has the ring thread end the current segment, when the next one is ready or there is to
 * be none. */
static void tell_turn(struct keeper *k, const struct segment *current)
{
	struct tape_desk *d = k->config.desk;
	const struct segment *armed = keeper_first_armed(k);

	if (armed ? !desk_has_room(k->config.sink, armed) : !keeper_is_last(k))
		return;
	k->deferred_turn = false;
	if (atomic_exchange(&d->turn_sequence, current->file.sequence) != current->file.sequence)
		keeper_tell_ring(k);
}

void keeper_drop_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *armed, *next, *youngest = NULL;

	pthread_mutex_lock(&d->lock);
	armed = d->armed;
	d->armed = NULL;
	d->armed_end = &d->armed;
	pthread_mutex_unlock(&d->lock);
	/* A turn that was told and could not be taken has to be told again. */
	atomic_store(&d->turn_sequence, 0);
	/* The youngest first, so that their numbers are free again. */
	for (; armed; armed = next) {
		next = armed->next;
		armed->next = youngest;
		youngest = armed;
	}
	for (; youngest; youngest = next) {
		next = youngest->next;
		keeper_free_segment(k, youngest);
		k->armed--;
	}
}

/* The directory could not be taken in, or was deleted, with all that was in it: goes on
 * in a new one of that name, when there is one. */
static void take_in(struct keeper *k)
{
	struct error err;
	int rc;

	keeper_drop_ahead(k);
	if (tape_is_deleted(k->tape))
		k->deleted = true;
	do
		rc = tape_is_deleted(k->tape) ? tape_reopen(k->tape, &err)
					      : tape_adopt(k->tape, &err);
	while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	if (rc != 0) {
		keeper_give_in(k, error_is_full(-err.code) ? err.code : ENOENT, err.text);
		return;
	}
	if (!k->deleted)
		return;
	keeper_say(k, NOTE_DISK, "the directory was deleted and is there again");
	k->deleted = false;
	k->deferred_turn = true;
}

bool keeper_work_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *current;
	bool turn, more = false;
	uint32_t wanted;

	if (k->retry_ns == 0 && tape_gone(k->tape))
		take_in(k);
	current = atomic_load_explicit(&d->current, memory_order_acquire);
	if (current) {
		keeper_count(k, current);
		keeper_tell_order(k, current);
	}
	turn = current && turn_due(k, current);
	if (k->retry_ns == 0)
		keeper_grant_ahead(k);
	if (k->retry_ns == 0 && !keeper_is_last(k) && !tape_gone(k->tape) &&
	    (wanted = count_wanted(k)) > 0)
		more = arm_or_retry(k, wanted);
	if (turn && k->retry_ns == 0)
		tell_turn(k, current);
	current = atomic_load_explicit(&d->current, memory_order_acquire);
	if (current) {
		keeper_flush_current(k, current);
		keeper_set_calls(k, current);
	}
	keeper_set_pace(k);
	return more;
}

/* Whether it is a disk without room, which is waited for. */
static bool is_waited_for(const struct keeper *k, int rc)
{
	return k->config.sink->on_full != ON_FULL_STOP && (rc > 0 || error_is_full(rc));
}

int keeper_first(struct keeper *k, struct error *err)
{
	int rc;

	do
		rc = tape_adopt(k->tape, err);
	while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	while (rc == 0) {
		rc = arm(k, 1, err);
		if (rc >= 0 || (rc = keeper_make_room(k, rc)) != 0)
			break;
	}
	if (rc != 0) {
		if (!is_waited_for(k, rc))
			return -err->code;
		keeper_give_in(k, err->code, err->text);
		return 0;
	}
	/* What it says was said already. */
	rc = keeper_grant_ahead(k);
	if (rc == 0 || is_waited_for(k, rc))
		return 0;
	return error_system(err, rc < 0 ? -rc : ENOSPC, "%s: begin a segment",
			    k->config.sink->directory);
}
