/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large a segment gets and how far ahead of the writer there is room, from
 * what is to be kept and the ring's blocks.
 */
#include <inttypes.h>

#include "base/parse.h"
#include "tape_keeper.h"

/* How far ahead of the writer there is room, at most. */
#define AHEAD_MOST (UINT64_C(256) << 20)

/* Blocks of the ring that must fit into a grant. */
#define GRANT_BLOCKS 4u
#define GRANT_EXTRA  65536u

/* A segment grows to this where nothing else was said. */
#define SEGMENT_DEFAULT (UINT64_C(1) << 30)

static uint64_t lesser(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t least_ahead(size_t block_bytes)
{
	return (uint64_t)GRANT_BLOCKS * block_bytes + GRANT_EXTRA;
}

/* What the budget has to hold besides the current segment and room in the next. */
#define BUDGET_EXTRA (4 * TAPE_SEGMENT_EXTRA + 65536u)

static int refuse_budget(const struct rotation *r, uint64_t least, struct error *err)
{
	char given[FORMAT_SIZE_ROOM], segment[FORMAT_SIZE_ROOM];
	/* What is told is to work when it is given. */
	uint64_t kib = (least + 1023) / 1024;

	format_size(given, r->budget_bytes);
	if (r->segment_bytes)
		return error_usage(err,
				   "budget: %s is too small: with segments of up to %s it must be "
				   "at least %" PRIu64 "K",
				   given, format_size(segment, r->segment_bytes), kib);
	return error_usage(err, "budget: %s is too small: it must be at least %" PRIu64 "K", given,
			   kib);
}

int sink_tape_plan(struct rotation *r, size_t block_bytes, struct error *err)
{
	uint64_t ahead = least_ahead(block_bytes), least;

	if (!r->budget_bytes) {
		if (!r->segment_bytes && !r->segment_packets && !r->duration_ns && !r->interval_ns)
			r->segment_bytes = SEGMENT_DEFAULT;
		return 0;
	}
	if (r->segment_bytes)
		least = r->segment_bytes + lesser(r->segment_bytes, ahead) + BUDGET_EXTRA;
	else /* a quarter for a segment, and as much or less for the next one */
		least = lesser(2 * BUDGET_EXTRA, (ahead + BUDGET_EXTRA) / 3 * 4 + 4);
	if (least > r->budget_bytes)
		return refuse_budget(r, least, err);
	if (!r->segment_bytes)
		r->segment_bytes = lesser(r->budget_bytes / 4, SEGMENT_DEFAULT);
	return 0;
}

/* As much as the budget leaves without giving up much of what it keeps. */
void keeper_plan_ahead(struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;
	uint64_t least = least_ahead(k->config.sink->block_bytes), most = AHEAD_MOST;

	if (r->budget_bytes) {
		most = lesser(most, r->budget_bytes / 8);
		most = lesser(most, r->budget_bytes - r->segment_bytes - BUDGET_EXTRA);
	}
	k->ahead = most > least ? most : least;
	k->ahead_least = least;
}
