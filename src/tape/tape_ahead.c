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

/* Makes one more segment, its file with its headers, and puts it on the desk. 0, or as
 * tape_create with err. */
static int arm(struct keeper *k, struct error *err)
{
	const struct sink_tape_config *c = k->config.sink;
	struct tape_desk *d = k->config.desk;
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
	k->armed++;
	pthread_mutex_lock(&d->lock);
	*d->armed_end = segment;
	d->armed_end = &segment->next;
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

/* The same, with what is worth it done about a failure. Whether there is one more. */
static bool arm_or_retry(struct keeper *k)
{
	struct error err;
	int rc;

	do
		rc = arm(k, &err);
	while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	if (rc != 0 && !keeper_room_comes_back(k, rc) && !files_come_back(k, rc))
		keeper_give_in(k, err.code, err.text);
	return rc == 0;
}

/* What one more takes, twice a file, and what is to be left: for the manifest and an index,
 * for statistics, and for hooks. */
static unsigned files_to_be_left(const struct sink_tape_config *c)
{
	return 2 + 8 + (c->hook ? 2 + 2 * c->hook_jobs : 0);
}

/* Whether one more is to be armed. */
static bool wants_more(const struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	uint32_t armed = 0;

	pthread_mutex_lock(&d->lock);
	for (const struct segment *s = d->armed; s; s = s->next)
		armed++;
	pthread_mutex_unlock(&d->lock);
	if (armed >= keeper_segments_wanted(k) || atomic_load(&d->behind) + armed >= BEHIND_MOST)
		return false;
	return armed == 0 || limits_files_left() >= files_to_be_left(k->config.sink);
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
	if (k->retry_ns == 0 && !keeper_is_last(k) && !tape_gone(k->tape) && wants_more(k))
		more = arm_or_retry(k);
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
		rc = arm(k, err);
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
