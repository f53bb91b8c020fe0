/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a capture: a ring thread moves frames from the source to the sinks,
 * the calling thread (control) handles signals, timers and reports.
 *
 * Ends at SIGINT or SIGTERM (or SIGHUP, where it is not ignored and the sinks
 * have no further file to go on in), at a limit,
 * when the interface goes, or when a sink fails. It then stops the inflow and
 * drains the ring, so that what the kernel had accepted is in the sinks, and
 * finishes them. A second SIGINT or SIGTERM cuts the draining short.
 */
#ifndef WIRETAPE_SESSION_H
#define WIRETAPE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "rx_ring.h"
#include "sink.h"
#include "stats.h"

enum session_event {
	SESSION_STATUS, /* once a second, where status_line is set */
	SESSION_STATS,  /* USR1, and every stats_interval_ns */
};

struct session_config {
	struct rx_ring *ring;
	struct stats *stats;
	const char *interface; /* for messages */
	int interface_index;   /* for the device's drop counters */
	uint32_t block_timeout_ms;
	struct sink **sinks;
	uint32_t sink_count;
	uint64_t max_packets;       /* 0: no limit */
	uint64_t max_duration_ns;   /* 0: no limit */
	uint64_t stats_interval_ns; /* 0: never */
	bool status_line;
	bool rotates; /* SIGHUP goes on in a new file, even where it was ignored */
	/* Called on the control thread once frames come in: the place to give
	 * the file its name. 0, or -errno to end at once. */
	int (*started)(void *context, struct error *err);
	/* Called on the control thread; fill is the ring's, in per mille. */
	void (*report)(void *context, enum session_event event, const struct stats_snapshot *stats,
		       uint32_t fill);
	void *context;
};

/* From now on the signals above wait for session_run: call it once there is
 * something an early end would leave behind. rotates: see below. */
void session_block_signals(bool rotates);

/*
 * Runs it to its end. *final gets the closing counts. Returns 0 when it ended
 * as wanted (signal or limit), else -errno with err set: the interface went,
 * a sink failed. The sinks are finished, not closed, once the capture has
 * started; *final is filled then too.
 */
int session_run(const struct session_config *config, struct stats_snapshot *final,
		struct error *err);

#endif
