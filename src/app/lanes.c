/* SPDX-License-Identifier: BSD-2-Clause */
#include "lanes.h"

#include <string.h>

/* What alters blocks comes last. */
static uint32_t list_sinks(const struct lanes_config *c, bool forwarded, uint32_t direction,
			   struct sink **sinks)
{
	uint32_t count = 0;

	if (forwarded)
		sinks[count++] = forward_sink(c->forward, direction);
	if (c->text && forwarded == !c->recorded->count)
		sinks[count++] = c->text;
	for (uint32_t i = 0; i < c->stream_count && !forwarded; i++)
		sinks[count++] = c->streams[i];
	if (c->file && !forwarded)
		sinks[count++] = c->file;
	return count;
}

static void add_lane(struct lanes *l, const struct lanes_config *c, const struct inflow *in)
{
	const bool forwarded = in == c->forwarded;
	struct session_lane *lane = &l->each[l->count];

	*lane = (struct session_lane){
		.sources = in->ends,
		.stats = in->stats,
		.sinks = l->sinks[l->count],
		.sink_count = list_sinks(c, forwarded, 0, l->sinks[l->count]),
		.max_packets = c->max_packets,
	};
	if (forwarded)
		lane->exits = forward_exits(c->forward, &lane->exit_count);
	l->final[l->count++] = in->final;
}

/* A lane of one source, and its way out. */
static void add_direction(struct lanes *l, const struct lanes_config *c, uint32_t direction)
{
	const struct inflow *in = c->forwarded;
	struct session_lane *lane = &l->each[l->count];
	struct stats *stats = &in->stats.each[direction];
	uint32_t exits;

	*lane = (struct session_lane){
		.sources = &in->ends[direction],
		.stats = {.each = stats, .count = 1, .shared = stats},
		.exits = forward_exits(c->forward, &exits) + direction,
		.exit_count = 1,
		.sinks = l->sinks[l->count],
		.sink_count = list_sinks(c, true, direction, l->sinks[l->count]),
	};
	l->final[l->count] = in->final;
	l->final[l->count++].each = &in->final.each[direction];
}

void lanes_make(struct lanes *l, const struct lanes_config *c)
{
	memset(l, 0, sizeof(*l));
	if (c->recorded->count > 0)
		add_lane(l, c, c->recorded);
	l->split = SESSION_LANES_MAX;
	if (c->forwarded->count == 0)
		return;
	if (!c->forward || !forward_is_split(c->forward)) {
		add_lane(l, c, c->forwarded);
		return;
	}
	l->split = l->count;
	for (uint32_t i = 0; i < c->forwarded->count; i++)
		add_direction(l, c, i);
}

void lanes_merge(struct lanes *l, const struct session_counts *counts,
		 struct session_counts told[static LANES_TOLD])
{
	struct session_counts *both;

	for (uint32_t i = 0; i < l->count && i < LANES_TOLD; i++)
		told[i] = counts[i];
	if (l->split == SESSION_LANES_MAX)
		return;
	both = &told[l->split];
	for (uint32_t i = 0; i < 2; i++)
		l->directions[i] = counts[l->split + i].each[0];
	both->each = l->directions;
	both->closed = NULL;
	stats_sum(&both->total, &counts[l->split + 1].total);
}

uint32_t lanes_told(const struct lanes *l, uint32_t lane, struct attach_event *event)
{
	const uint32_t direction = lane - l->split;

	if (lane < l->split)
		return lane;
	/* A way out stands behind both sources. */
	event->interface = event->interface == 0 ? direction : 2 + direction;
	return l->split;
}
