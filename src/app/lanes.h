/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring threads of a capture: one for what is recorded or printed, and one for each
 * direction that is forwarded, so that a way out that is full holds up no other. To those
 * who report there are two lanes at most: what is recorded, and what is forwarded.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_LANES_H
#define WIRETAPE_LANES_H

#include "engine/session.h"
#include "forward.h"
#include "inflow.h"

#define LANES_TOLD       2u
#define LANES_SINKS_MOST (3u + OPTIONS_STREAMS_MAX)

struct lanes_config {
	const struct inflow *recorded, *forwarded; /* count 0: none */
	const struct forward *forward;             /* null: none */
	struct sink *text, *file;                  /* of what is recorded; or null */
	struct sink *const *streams;               /* likewise */
	uint32_t stream_count;
	uint64_t max_packets;
};

struct lanes {
	struct session_lane each[SESSION_LANES_MAX];
	struct sink *sinks[SESSION_LANES_MAX][LANES_SINKS_MOST];
	struct session_counts final[SESSION_LANES_MAX];
	uint32_t count;
	uint32_t split; /* from this one on each is a direction; count: none is */
	struct stats_snapshot directions[2];
};

/* What is counted goes to the inflows' final. */
void lanes_make(struct lanes *lanes, const struct lanes_config *config);

/* The counts of the session's lanes, as those of the lanes that are told of; each in
 * directions above. */
void lanes_merge(struct lanes *lanes, const struct session_counts *counts,
		 struct session_counts told[static LANES_TOLD]);

/* The lane that is told of, and the number in it, for an event of the session's lane. */
uint32_t lanes_told(const struct lanes *lanes, uint32_t lane, struct attach_event *event);

#endif
