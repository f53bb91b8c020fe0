/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a capture: ring threads move frames from sources to sinks, the calling
 * thread (control) handles signals, timers, interfaces that come and go, and
 * reports. Each ring thread is a lane with sources and sinks of its own, so
 * that what must not wait for a disk has one without.
 *
 * Ends at SIGINT, SIGTERM, SIGQUIT or SIGXCPU (or SIGHUP, where it is not ignored and the sinks
 * have no further file to go on in), at a limit, when a sink fails, or, where
 * that is asked for, when an interface goes. It then stops the inflow and
 * drains the rings, so that what the kernel had accepted is in the sinks, and
 * finishes them. A second SIGINT, SIGTERM or SIGQUIT cuts the draining short.
 */
#ifndef WIRETAPE_SESSION_H
#define WIRETAPE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/latency.h"
#include "base/stats.h"
#include "engine/attach.h"
#include "frames/feed.h"
#include "frames/sink.h"
#include "ring/rx_ring.h"

enum session_event {
	SESSION_STATUS,   /* once a second, where status_line is set */
	SESSION_ASKED,    /* USR1 */
	SESSION_STATS,    /* every stats_interval_ns */
	SESSION_LOSS,     /* packets were lost; at most once a second */
	SESSION_WATCHDOG, /* every watchdog_ns, as long as the ring thread moves */
};

struct session_source {
	const char *name;  /* as it was asked for */
	const char *known; /* what it is called; of files null */
	unsigned arphrd;   /* ARPHRD_*, of its link type */
	struct feed *feed;
	struct rx_ring *ring; /* that the feed is; null: files */
};

/* One more interface to watch: the way out. */
struct session_exit {
	const char *name, *known; /* as of a source */
	unsigned arphrd;
	const struct attach_ops *ops;
	void *socket;
};

/* One end of what goes on: a ring thread's. */
struct session_lane {
	const struct session_source *sources;
	struct stats_set stats; /* of as many */
	const struct session_exit *exits;
	uint32_t exit_count;
	struct sink **sinks;
	uint32_t sink_count;
	uint64_t max_packets; /* that get to the sinks, and are not lost there; 0: no limit */
};

#define SESSION_LANES_MAX 3

/* The counts of a lane: of all its sources, and of each; and how long the ring thread took
 * from one look at the rings to the next, without the time it slept. */
struct session_counts {
	struct stats_snapshot total;
	struct stats_snapshot *each;
	bool typed;                /* at the end: at a terminal, which has shown the key */
	bool asked;                /* at the end: it was asked for, by a signal or a duration */
	const struct sink *closed; /* at the end: whose reader went away before; or null */
	struct latency_snapshot turns;
};

struct session;

struct session_config {
	const struct session_lane *lanes; /* when one ends the others do */
	uint32_t lane_count;
	uint64_t max_duration_ns;   /* 0: no limit */
	uint64_t stats_interval_ns; /* 0: never */
	uint64_t watchdog_ns;       /* 0: never */
	bool status_line;
	bool rotates;      /* SIGHUP goes on in a new file, even where it was ignored */
	bool exit_on_loss; /* of an interface, which is waited for otherwise */
	/* All of these on the control thread. Once all is bound, before the first
	 * frame is handled: the place to give the file its name. 0, or -errno to
	 * end at once. */
	int (*started)(void *context, struct error *err);
	/* counts: an element for each lane. */
	void (*report)(void *context, enum session_event event,
		       const struct session_counts *counts);
	/* An interface of the lane went, or came back: event's number counts its
	 * sources, then its exits. */
	void (*link)(void *context, uint32_t lane, const struct attach_event *event);
	/* All is finished, and counted: what is left may wait for the kernel to let go of
	 * interfaces. Null: nobody wants to know. */
	void (*ended)(void *context, const struct session_counts *final);
	/* While ask_fd is readable: what the functions with a session below are for. Null:
	 * there is none. */
	void (*asked)(void *context, struct session *session);
	int ask_fd;
	void *context;
};

/* What signals ask for, from within asked. Whether there are files to go on in; */
bool session_rotate(struct session *session);
void session_flush(struct session *session);
void session_stop(struct session *session);
/* and the counts as they are now, of each lane; valid until the next call. */
const struct session_counts *session_look(struct session *session);

/* From now on the signals above wait for session_run: call it once there is
 * something an early end would leave behind. rotates: see below. */
void session_block_signals(bool rotates);

/* Whether one of those that end a capture has come since session_run returned, or during
 * its finishing. Any thread. */
bool session_signal_waits(void);

/*
 * Runs it to its end. final, an element for each lane, whose each has room for all its
 * sources, gets the closing counts. Returns 0 when it ended as wanted (a signal, a limit, a
 * reader who has enough), else
 * -errno with err set: an interface went, a sink failed. The sinks are
 * finished, not closed, once the capture has started; final is filled then
 * too.
 */
int session_run(const struct session_config *config, struct session_counts *final,
		struct error *err);

#endif
