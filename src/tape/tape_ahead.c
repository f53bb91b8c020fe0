/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper ahead of the writer: sees that there is room for what the ring
 * thread will write, makes the next segment, and has it ready in time.
 */
#include "tape_keeper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/outfile.h"

/* The longest rest between two slices of a file that is being deleted. */
#define NAP_MOST_NS (250 * NS_PER_MS)

static uint64_t lesser(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* --- room ------------------------------------------------------------------------ */

/* Whether the budget is short only until segments are finished that hold more
 * than they need. One that was to be published and could not is none of them. */
static bool room_comes_back(const struct keeper *k)
{
	return atomic_load(&k->config.desk->behind) > 0 && !(k->done && k->done->unnamed);
}

static uint64_t segment_most(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;

	return r->segment_bytes ? r->segment_bytes : UINT64_MAX;
}

/* How far ahead of the writer there is to be room. On a disk that is nearly
 * full it is less, or the last of it would not be used. */
static uint64_t ahead_now(const struct keeper *k)
{
	uint64_t part = tape_free_bytes(k->tape) / 4;

	if (part >= k->ahead)
		return k->ahead;
	return part > k->ahead_least ? part : k->ahead_least;
}

/* Sets space aside up to so many bytes of the segment. 0 or as tape_grant, or the -errno
 * of the file system. */
static int set_aside(struct keeper *k, struct segment *segment, uint64_t bytes)
{
	const uint64_t more = bytes - atomic_load(&segment->granted);
	int rc;

	do {
		rc = tape_grant(k->tape, &segment->file, more, false);
		if (rc == 0) {
			rc = segment->sink->ops->reserve(segment->sink, bytes);
			/* The file may not get so large: it ends before. */
			if (rc == -EFBIG)
				rc = 0;
			if (rc < 0)
				tape_ungrant(k->tape, &segment->file, more);
		}
	} while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	return rc;
}

/* Gives a segment room ahead of the writer. 0, TAPE_LATER, or TAPE_SHORT, also where
 * that is only until others have been finished, or -errno. */
static int grant(struct keeper *k, struct segment *segment)
{
	const uint64_t most = segment_most(k), written = atomic_load(&segment->sink->bytes);
	const uint64_t granted = atomic_load(&segment->granted);
	uint64_t bytes;
	int rc;

	segment->ahead = ahead_now(k);
	bytes = most - written < segment->ahead ? most : written + segment->ahead;
	if (bytes < granted)
		bytes = granted;
	rc = set_aside(k, segment, bytes);
	/* As much as there is until then. */
	while (rc == TAPE_LATER && bytes - granted > k->ahead_least) {
		bytes = granted + (bytes - granted) / 2;
		rc = set_aside(k, segment, bytes);
	}
	if (rc == TAPE_LATER || (rc == TAPE_SHORT && room_comes_back(k)))
		return rc;
	if (rc != 0) {
		char text[256];

		snprintf(text, sizeof(text), "%s: reserve disk space: %s",
			 k->config.sink->directory,
			 rc == TAPE_SHORT ? "the budget is used up" : strerror(-rc));
		keeper_give_in(k, rc == TAPE_SHORT ? ENOSPC : -rc, text);
		return rc;
	}
	atomic_store_explicit(&segment->granted, bytes, memory_order_release);
	keeper_recover(k);
	return 0;
}

/* Deleting keeps ahead of writing, without haste unless room is wanted now. */
static void set_pace(struct keeper *k)
{
	const struct tape_desk *d = k->config.desk;
	const struct segment *current = atomic_load_explicit(&d->current, memory_order_acquire);
	const uint64_t rate = k->rate.per_second;
	uint64_t left = 0, nap_ns = NAP_MOST_NS;

	if (current)
		left = atomic_load(&current->granted) - atomic_load(&current->sink->bytes);
	if (!current || atomic_load(&d->waiting) || left < k->ahead / 4)
		nap_ns = 0;
	else if (rate > 0)
		nap_ns = lesser(nap_ns, TAPE_SLICE_BYTES * NS_PER_SECOND / (2 * rate));
	tape_pace(k->tape, nap_ns);
}

/* When the next segment has to be ready: before this many bytes are in it. */
static uint64_t arm_at(const struct keeper *k)
{
	uint64_t most = segment_most(k);
	uint64_t before = most / 4 < k->ahead ? most / 4 : k->ahead;

	return most == UINT64_MAX ? most : most - before;
}

/* Room for the current segment, before it needs it. */
static void grant_current(struct keeper *k, struct segment *current)
{
	uint64_t bytes = atomic_load(&current->sink->bytes);
	uint64_t granted = atomic_load(&current->granted);

	if (granted < segment_most(k) && bytes + current->ahead / 2 >= granted &&
	    grant(k, current) == 0 && atomic_load(&k->config.desk->waiting)) {
		atomic_store(&k->config.desk->waiting, false);
		keeper_tell_ring(k);
	}
}

/* When the ring thread is to call: at half of what is left, or where the next
 * segment has to be ready. */
static void set_calls(struct keeper *k, struct segment *current)
{
	const uint64_t packets = k->config.sink->rotation->segment_packets;
	uint64_t granted = atomic_load(&current->granted), at = arm_at(k);
	bool armed;

	pthread_mutex_lock(&k->config.desk->lock);
	armed = k->config.desk->armed != NULL;
	pthread_mutex_unlock(&k->config.desk->lock);
	if (armed)
		at = UINT64_MAX;
	if (granted < segment_most(k) && granted - current->ahead / 2 < at)
		at = granted - current->ahead / 2;
	atomic_store(&current->call_packets,
		     packets && !armed ? packets - packets / 4 - 1 : UINT64_MAX);
	atomic_store(&current->call_bytes, at);
}

/* --- segments ---------------------------------------------------------------------- */

/* Makes the next segment: its file, with its headers. 0, or TAPE_SHORT or -errno with
 * err. */
static int prepare(struct keeper *k, struct error *err)
{
	const struct sink_tape_config *c = k->config.sink;
	struct segment *segment =
		calloc(1, sizeof(*segment) + 2 * c->interfaces * sizeof(*segment->from));
	int rc;

	if (!segment)
		return error_system(err, ENOMEM, "%s: begin a segment", c->directory);
	segment->from = (struct stats_snapshot *)(segment + 1);
	segment->to = segment->from + c->interfaces;
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
	k->prepared = segment;
	return 0;
}

/* As prepare, with what is worth it done about a failure. */
static void prepare_or_retry(struct keeper *k)
{
	struct error err;
	int rc;

	do
		rc = prepare(k, &err);
	while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	if (rc == TAPE_LATER || (rc == TAPE_SHORT && room_comes_back(k)))
		return;
	if (rc != 0)
		keeper_give_in(k, err.code, err.text);
}

/* Puts the prepared segment on the desk. As grant. */
static int arm(struct keeper *k)
{
	struct segment *segment = k->prepared;
	int rc = grant(k, segment);

	if (rc != 0)
		return rc;
	k->prepared = NULL;
	k->armed++;
	pthread_mutex_lock(&k->config.desk->lock);
	k->config.desk->armed = segment;
	pthread_mutex_unlock(&k->config.desk->lock);
	return 0;
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

/* Whether the segments begun are all that are wanted. */
static bool is_last(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;

	return r->max_files && k->armed >= r->max_files;
}

/* Whether the current segment is near its end. */
static bool near_end(const struct keeper *k, const struct segment *current)
{
	const uint64_t packets = k->config.sink->rotation->segment_packets;

	return (!current->last && atomic_load(&current->sink->bytes) > arm_at(k)) ||
	       (packets && atomic_load(&current->packets) > packets - packets / 4 - 1) ||
	       atomic_load(&k->config.desk->waiting);
}

/* Has the next segment ready when it is needed. */
static void arm_next(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *current = atomic_load_explicit(&d->current, memory_order_acquire);
	bool turn = current && turn_due(k, current), armed;

	pthread_mutex_lock(&d->lock);
	armed = d->armed != NULL;
	pthread_mutex_unlock(&d->lock);
	if (!armed && k->prepared && (!current || (!is_last(k) && (turn || near_end(k, current)))))
		armed = arm(k) == 0;
	if (!armed && !(turn && is_last(k)))
		return;
	if (turn) {
		k->deferred_turn = false;
		if (atomic_exchange(&d->turn_sequence, current->file.sequence) ==
		    current->file.sequence)
			return; /* it was told */
	}
	if (turn || !current || atomic_load(&d->waiting)) {
		atomic_store(&d->waiting, false);
		keeper_tell_ring(k);
	}
}

/* --- all of it ----------------------------------------------------------------------- */

/* Segments that were made ahead are not wanted any more. */
void keeper_drop_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *armed;

	pthread_mutex_lock(&d->lock);
	armed = d->armed;
	d->armed = NULL;
	pthread_mutex_unlock(&d->lock);
	/* A turn that was told and could not be taken has to be told again. */
	atomic_store(&d->turn_sequence, 0);
	/* The youngest first, so that their numbers are free again. */
	if (k->prepared)
		keeper_free_segment(k, k->prepared);
	k->prepared = NULL;
	if (armed)
		keeper_free_segment(k, armed);
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

/* All that is not behind the writer. */
void keeper_work_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *current;

	if (k->retry_ns == 0 && tape_gone(k->tape))
		take_in(k);
	current = atomic_load_explicit(&d->current, memory_order_acquire);
	if (current)
		keeper_count(k, current);
	if (k->retry_ns == 0 && current)
		grant_current(k, current);
	if (k->retry_ns == 0 && !k->prepared && !tape_gone(k->tape))
		prepare_or_retry(k);
	if (k->retry_ns == 0)
		arm_next(k);
	current = atomic_load_explicit(&d->current, memory_order_acquire);
	if (current)
		set_calls(k, current);
	set_pace(k);
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
		rc = prepare(k, err);
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
	rc = arm(k);
	if (rc == 0 || is_waited_for(k, rc))
		return 0;
	return error_system(err, rc < 0 ? -rc : ENOSPC, "%s: begin a segment",
			    k->config.sink->directory);
}
