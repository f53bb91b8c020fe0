/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large a segment gets and how far ahead of the writer there is room, from
 * what is to be kept and the ring's blocks.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "lesser.h"
#include "tape_keeper.h"

/* How far ahead of the writer there is room: where it is slow, and at most. */
#define AHEAD_USUAL (UINT64_C(256) << 20)
#define AHEAD_MOST  (UINT64_C(4) << 30)

/* Segments that are armed at once, at most, and the part of a budget that is for them. */
#define ARMED_MOST  8u
#define ARMED_SHARE 16u

/* Blocks of the ring that must fit into a grant. */
#define GRANT_BLOCKS 4u
#define GRANT_EXTRA  65536u

/* A segment grows to this where nothing else was said. */
#define SEGMENT_DEFAULT (UINT64_C(1) << 30)

static uint64_t least_ahead(size_t block_bytes)
{
	return (uint64_t)GRANT_BLOCKS * block_bytes + GRANT_EXTRA;
}

/* What the budget has to hold besides the current segment and room in the next. */
#define BUDGET_EXTRA (4 * TAPE_SEGMENT_EXTRA + 65536u)

/* As it is to be typed: with no more digits than matter, and enough. */
static void write_least(char text[static FORMAT_SIZE_ROOM], uint64_t bytes)
{
	const uint64_t kib = (bytes + 1023) / 1024, mib = (kib + 1023) / 1024;

	if (kib < 10 * 1024)
		snprintf(text, FORMAT_SIZE_ROOM, "%" PRIu64 "K", kib);
	else
		snprintf(text, FORMAT_SIZE_ROOM, "%" PRIu64 "M", mib);
}

static int refuse_budget(const struct rotation *r, uint64_t least, struct error *err)
{
	char given[FORMAT_SIZE_ROOM], segment[FORMAT_SIZE_ROOM], enough[FORMAT_SIZE_ROOM];

	write_least(enough, least);
	format_size(given, r->budget_bytes);
	if (r->segment_bytes)
		return error_usage(err,
				   "budget: %s is too small: with segments of up to %s it must be "
				   "at least %s",
				   given, format_size(segment, r->segment_bytes), enough);
	return error_usage(err, "budget: %s is too small: it must be at least %s", given, enough);
}

int sink_tape_plan(struct rotation *r, size_t block_bytes, struct error *err)
{
	uint64_t ahead = least_ahead(block_bytes), least;
	const uint64_t budget = r->budget_bytes - r->keep_bytes;

	if (!r->budget_bytes) {
		if (!r->segment_bytes && !r->segment_packets && !r->duration_ns && !r->interval_ns)
			r->segment_bytes = SEGMENT_DEFAULT;
		return 0;
	}
	if (r->segment_bytes)
		least = r->segment_bytes + lesser(r->segment_bytes, ahead) + BUDGET_EXTRA;
	else /* a quarter for a segment, and as much or less for the next one */
		least = lesser(2 * BUDGET_EXTRA, (ahead + BUDGET_EXTRA) / 3 * 4 + 4);
	if (least > budget)
		return refuse_budget(r, least + r->keep_bytes, err);
	if (!r->segment_bytes)
		r->segment_bytes = lesser(budget / 4, SEGMENT_DEFAULT);
	return 0;
}

/* What one that is armed takes on the disk, at least. */
static uint64_t armed_bytes(const struct keeper *k)
{
	return TAPE_SEGMENT_EXTRA + 4096u + least_ahead(k->config.sink->block_bytes);
}

/* As much as the budget leaves without giving up much of what it keeps. */
void keeper_plan_ahead(struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;
	const uint64_t least = least_ahead(k->config.sink->block_bytes);
	const uint64_t armed = armed_bytes(k);
	uint64_t left = UINT64_MAX, budget = UINT64_MAX;

	k->armed_most = ARMED_MOST;
	if (r->budget_bytes) {
		budget = r->budget_bytes - r->keep_bytes;
		k->armed_most = (uint32_t)lesser(budget / ARMED_SHARE / armed, ARMED_MOST);
		k->armed_most += k->armed_most == 0;
		left = budget - r->segment_bytes - BUDGET_EXTRA;
		left -= lesser(left, (k->armed_most - 1) * armed);
	}
	k->ahead_least = least;
	k->ahead = lesser(lesser(AHEAD_USUAL, budget / 8), left);
	k->ahead = k->ahead > least ? k->ahead : least;
	k->ahead_most = lesser(lesser(AHEAD_MOST, budget / 4), left);
	k->ahead_most = k->ahead_most > k->ahead ? k->ahead_most : k->ahead;
}

uint64_t keeper_turn_ns(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;

	return lesser(r->duration_ns ? r->duration_ns : UINT64_MAX,
		      r->interval_ns ? r->interval_ns : UINT64_MAX);
}

/* How many end while a disk may stand still, of those that end after so much of what comes
 * so many a second. */
static uint64_t segments_ahead(uint64_t rate, uint64_t most)
{
	return most ? (rate * KEEPER_AHEAD_SECONDS + most - 1) / most : 0;
}

uint32_t keeper_segments_wanted(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;
	const uint64_t by[] = {
		segments_ahead(k->rate.per_second, r->segment_bytes),
		segments_ahead(k->packet_rate.per_second, r->segment_packets),
		segments_ahead(NS_PER_SECOND, lesser(keeper_turn_ns(k), INT64_MAX)),
	};
	/* Nothing that is kept is to go for it. */
	const uint64_t fit = tape_free_bytes(k->tape) / 4 / armed_bytes(k);
	uint64_t wanted = 1;

	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++)
		wanted = by[i] > wanted ? by[i] : wanted;
	wanted = lesser(wanted, fit > 0 ? fit : 1);
	return (uint32_t)lesser(wanted, k->armed_most);
}
