/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper ahead of the writer: sees that there is room on the disk for what the ring
 * thread will write, in the segment it writes to and in those that follow.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lesser.h"
#include "tape_keeper.h"

/* The longest rest between two slices of a file that is being deleted. */
#define NAP_MOST_NS (250 * NS_PER_MS)

bool keeper_room_comes_back(const struct keeper *k, int rc)
{
	return rc == TAPE_LATER || (rc == TAPE_SHORT && atomic_load(&k->config.desk->behind) > 0 &&
				    !(k->done && k->done->unnamed));
}

int keeper_set_aside(struct keeper *k, struct segment *segment, uint64_t bytes)
{
	const uint64_t granted = atomic_load(&segment->granted);
	int rc;

	if (bytes <= granted)
		return 0;
	do {
		rc = tape_grant(k->tape, &segment->file, bytes - granted, false);
		if (rc == 0) {
			rc = segment->sink->ops->reserve(segment->sink, bytes);
			/* The file may not get so large: it ends before. */
			if (rc == -EFBIG)
				rc = 0;
			if (rc < 0)
				tape_ungrant(k->tape, &segment->file, bytes - granted);
		}
	} while (rc < 0 && (rc = keeper_make_room(k, rc)) == 0);
	if (rc == 0) {
		atomic_store_explicit(&segment->granted, bytes, memory_order_release);
		k->grants++;
	}
	return rc;
}

/* The same, but as much as there is now where the rest comes later. */
static int set_aside_some(struct keeper *k, struct segment *segment, uint64_t bytes)
{
	const uint64_t granted = atomic_load(&segment->granted);
	int rc = keeper_set_aside(k, segment, bytes), part;

	if (rc != TAPE_LATER)
		return rc;
	while (bytes > granted + k->ahead_least) {
		bytes -= (bytes - granted) / 2;
		part = keeper_set_aside(k, segment, bytes);
		if (part != TAPE_LATER)
			return part == 0 ? rc : part;
	}
	return rc;
}

/* How far ahead of the writer there is to be room: for as long as a disk may stand still. On
 * a disk that is nearly full it is less, or the last of it would not be used. */
static uint64_t ahead_now(const struct keeper *k)
{
	uint64_t ahead = k->rate.per_second * KEEPER_AHEAD_SECONDS;
	uint64_t part = tape_free_bytes(k->tape) / 4;

	ahead = ahead > k->ahead ? lesser(ahead, k->ahead_most) : k->ahead;
	if (part >= ahead)
		return ahead;
	return part > k->ahead_least ? part : k->ahead_least;
}

static uint64_t segment_most(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;

	return r->segment_bytes ? r->segment_bytes : UINT64_MAX;
}

/* What a segment was granted and has not been written to. */
static uint64_t own_left(const struct segment *s)
{
	const uint64_t written = atomic_load(&s->sink->bytes), granted = atomic_load(&s->granted);

	return granted > written ? granted - written : 0;
}

/* The same of all, but for those that have ended. */
static uint64_t room_left(const struct keeper *k)
{
	uint64_t left = 0;

	for (const struct segment *s = k->made; s; s = s->later)
		if (!atomic_load(&s->ended))
			left += own_left(s);
	return left;
}

static uint64_t bytes_in(uint64_t per_second, uint64_t ns)
{
	return (uint64_t)((double)per_second * (double)ns / NS_PER_SECOND);
}

/* Nanoseconds until so many packets have come; UINT64_MAX: long. */
static uint64_t packets_ns(const struct keeper *k, uint64_t packets)
{
	const double ns = (double)packets * NS_PER_SECOND / (double)k->packet_rate.per_second;

	return ns < (double)(KEEPER_AHEAD_SECONDS * NS_PER_SECOND) ? (uint64_t)ns : UINT64_MAX;
}

/* How much is likely to come into a segment before a time or a number of packets ends it:
 * half as much again as at the rate at hand. */
static uint64_t likely_more(const struct keeper *k, const struct segment *s, bool current)
{
	const struct sink_tape_config *c = k->config.sink;
	const struct rotation *r = c->rotation;
	const uint64_t packets = lesser(atomic_load(&s->packets), r->segment_packets);
	uint64_t ns = keeper_turn_ns(k);

	if (current)
		ns = rotation_wait(r, &s->begin, clock_boot(c->clock), clock_wall(c->clock));
	if (r->segment_packets && k->packet_rate.per_second)
		ns = lesser(ns, packets_ns(k, r->segment_packets - packets));
	return ns < KEEPER_AHEAD_SECONDS * NS_PER_SECOND ? bytes_in(k->rate.per_second, ns + ns / 2)
							 : UINT64_MAX;
}

/* Room in the current segment, and in those that follow as far as they are likely to be
 * reached; at least a little in each. 0 or as keeper_set_aside. */
static int grant_all(struct keeper *k, uint64_t ahead)
{
	const struct segment *current =
		atomic_load_explicit(&k->config.desk->current, memory_order_acquire);
	const uint64_t most = segment_most(k), usual = lesser(ahead, k->ahead);
	uint64_t least = usual;
	int rc = 0;

	for (struct segment *s = k->made; s && rc == 0; s = s->later) {
		const uint64_t written = atomic_load(&s->sink->bytes);
		const uint64_t likely = likely_more(k, s, s == current);
		uint64_t more;

		if (atomic_load(&s->ended))
			continue;
		more = lesser(likely, ahead);
		more = more > least ? more : least;
		more = lesser(more, most > written ? most - written : 0);
		rc = set_aside_some(k, s, written + more);
		ahead -= lesser(ahead, lesser(likely, more));
		/* The rate may be a higher one by the time the next one is reached. */
		least = s == current && likely < UINT64_MAX ? usual : k->ahead_least;
	}
	return rc;
}

/* Whether there is room for what the ring thread waits for. */
static bool can_go_on(const struct keeper *k, enum desk_wait what)
{
	const struct tape_desk *d = k->config.desk;
	const struct segment *s =
		what == WAIT_NEXT ? keeper_first_armed(k) : atomic_load(&d->current);

	return s && desk_has_room(k->config.sink, s);
}

/* Whether the current segment, which can grow, has less than half of that left. */
static bool is_short(const struct keeper *k, const struct segment *current, uint64_t bytes)
{
	return current && atomic_load(&current->granted) < segment_most(k) &&
	       own_left(current) < bytes / 2;
}

static bool all_have_room(const struct keeper *k)
{
	for (const struct segment *s = k->made; s; s = s->later)
		if (!atomic_load(&s->ended) && !desk_has_room(k->config.sink, s))
			return false;
	return true;
}

/* Whether what was granted will do for a while. */
static bool has_enough(const struct keeper *k, uint64_t ahead)
{
	const struct tape_desk *d = k->config.desk;

	return !atomic_load(&d->waiting) && !atomic_load(&d->dropping) && all_have_room(k) &&
	       room_left(k) >= ahead / 2 &&
	       !is_short(k, atomic_load(&d->current), lesser(ahead, k->ahead));
}

int keeper_grant_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	const uint64_t ahead = ahead_now(k);
	const uint64_t grants = k->grants;
	char text[256];
	int rc, what;

	if (has_enough(k, ahead))
		return 0;
	rc = grant_all(k, ahead);
	if (rc == 0) {
		keeper_recover(k);
	} else if (!keeper_room_comes_back(k, rc)) {
		snprintf(text, sizeof(text), "%s: reserve disk space: %s",
			 k->config.sink->directory,
			 rc == TAPE_SHORT ? "the budget is used up" : strerror(-rc));
		keeper_give_in(k, rc == TAPE_SHORT ? ENOSPC : -rc, text);
	}
	what = atomic_load(&d->waiting);
	if (what == WAIT_NOT ? k->grants == grants : !can_go_on(k, what))
		return rc;
	atomic_store(&d->waiting, WAIT_NOT);
	keeper_tell_ring(k);
	return rc;
}

/* Deleting keeps ahead of writing, without haste unless room is wanted now. */
void keeper_set_pace(struct keeper *k)
{
	const uint64_t rate = k->rate.per_second;
	uint64_t nap_ns = NAP_MOST_NS;

	if (atomic_load(&k->config.desk->waiting) || room_left(k) < ahead_now(k) / 4)
		nap_ns = 0;
	else if (rate > 0)
		nap_ns = lesser(nap_ns, TAPE_SLICE_BYTES * NS_PER_SECOND / (2 * rate));
	tape_pace(k->tape, nap_ns);
}

/* At half of what is left, of all or of its own where it can get more, or where that was all
 * there was, at half of that; or when a part can be flushed. */
void keeper_set_calls(struct keeper *k, struct segment *current)
{
	const uint64_t ahead = ahead_now(k), left = room_left(k), own = own_left(current);
	const uint64_t written = atomic_load(&current->sink->bytes);
	const uint64_t flush_at = keeper_flush_at(k, current);
	const uint64_t packets = k->config.sink->rotation->segment_packets;
	const uint64_t usual = lesser(ahead, k->ahead);
	const struct segment *armed = keeper_first_armed(k);
	const bool ready = armed && desk_has_room(k->config.sink, armed);
	uint64_t more = left > ahead / 2 ? left - ahead / 2 : left / 2;

	if (atomic_load(&current->granted) < segment_most(k))
		more = lesser(more, own > usual / 2 ? own - usual / 2 : own / 2);
	more = lesser(more, flush_at - lesser(flush_at, written));
	atomic_store(&current->call_packets,
		     packets && !ready ? packets - packets / 4 - 1 : UINT64_MAX);
	atomic_store(&current->call_bytes, written + more);
}
