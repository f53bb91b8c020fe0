/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large a segment gets and how far ahead of the writer there is room, from
 * what is to be kept and the ring's blocks.
 */
#include "parse.h"
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

int sink_tape_plan(struct rotation *r, size_t block_bytes, struct error *err)
{
	uint64_t least = least_ahead(block_bytes), next, needed;
	char given[FORMAT_SIZE_ROOM], enough[FORMAT_SIZE_ROOM];

	if (!r->segment_bytes && r->budget_bytes)
		r->segment_bytes = lesser(r->budget_bytes / 4, SEGMENT_DEFAULT);
	if (!r->segment_bytes && !r->segment_packets && !r->duration_ns && !r->interval_ns)
		r->segment_bytes = SEGMENT_DEFAULT;
	if (!r->budget_bytes)
		return 0;
	next = lesser(r->segment_bytes, least);
	needed = r->segment_bytes + next + BUDGET_EXTRA;
	if (needed <= r->budget_bytes)
		return 0;
	return error_usage(err,
			   "budget:%s is too small: a segment of up to %llu bytes and the begin of "
			   "the "
			   "next one take %s",
			   format_size(given, r->budget_bytes),
			   (unsigned long long)r->segment_bytes, format_size(enough, needed));
}

/* As much as the budget leaves without giving up much of what it keeps. */
uint64_t keeper_plan_ahead(const struct sink_tape_config *c)
{
	const struct rotation *r = c->rotation;
	uint64_t least = least_ahead(c->block_bytes), most = AHEAD_MOST;

	if (r->budget_bytes) {
		most = lesser(most, r->budget_bytes / 8);
		most = lesser(most, r->budget_bytes - r->segment_bytes - BUDGET_EXTRA);
	}
	return most > least ? most : least;
}
