/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lane as it runs: its ring thread, its counts and what of it is attached to
 * interfaces. For session.c.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_LANE_H
#define WIRETAPE_LANE_H

#include <stdint.h>

#include "base/error.h"
#include "engine/attach.h"
#include "engine/session.h"
#include "ring_thread.h"

struct device_drops;

struct lane {
	const struct session_lane *config;
	struct ring_thread *thread; /* null: not started */
	/* An element for each source. */
	struct feed **feeds;
	struct device_drops *drops;
	uint32_t attached; /* its first number among all that is attached */
	uint64_t beats;    /* of its thread, at the last watchdog */
};

/* Allocates; counts gets room for each source. lane_close also after an error. 0 or
 * -ENOMEM. */
int lane_open(struct lane *lane, const struct session_lane *config, struct session_counts *counts);
void lane_close(struct lane *lane);

/* Enters what it has into a list with room for all its sources and exits, of which
 * *count are taken. */
void lane_attach(struct lane *lane, struct attach_interface *list, uint32_t *count);

/* From here on frames come in. */
int lane_bind(struct lane *lane, struct error *err);

/* Asks for the devices' own drops, on any one thread. */
void lane_count_drops(struct lane *lane);

/* The counters as of now, with the devices' drops as they were counted last. */
void lane_snapshot(struct lane *lane, uint64_t start_ns, struct session_counts *counts);

/* An interface of it went or came: a note in the file. */
void lane_note(struct lane *lane, const struct attach_event *event);

/* The sinks: whether one goes on in a new file now. */
bool lane_rotate(const struct lane *lane);

/* After its thread has ended with this result: counts what no sink got and has the
 * sinks finish. 0 or -errno. */
int lane_finish(struct lane *lane, const struct ring_thread_result *result, uint64_t start_ns,
		struct session_counts *final, struct error *err);

/* Why its thread has ended; 0 where that is as wanted. */
int lane_explain(const struct lane *lane, const struct ring_thread_result *result,
		 struct error *err);

#endif
