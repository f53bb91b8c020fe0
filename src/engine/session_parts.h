/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session, for its own sources: session.c, which starts and ends it, and below that
 * session_events.c and session_fds.c.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_SESSION_PARTS_H
#define WIRETAPE_SESSION_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/attach.h"
#include "engine/session.h"
#include "lane.h"
#include "link_thread.h"

enum session_fd {
	FD_SIGNALS,
	FD_DONE,
	FD_WORK, /* a sink has slow work: the preparer's */
	FD_LINK, /* the ring thread has seen an interface go: the link thread's */
	FD_LOSS, /* and this one losses */
	FD_DURATION,
	FD_STATS,
	FD_STATUS,
	FD_WATCHDOG,
	FD_SOON,  /* a second after a loss */
	FD_LINKS, /* the link thread has events */
	FD_ASK,   /* somebody asks; not ours */
	FD_COUNT
};

struct session {
	const struct session_config *config;
	struct lane lanes[SESSION_LANES_MAX];
	uint32_t running; /* lanes */
	bool typed;       /* a key has ended it */
	bool stopping;    /* the ring threads were told to stop */
	bool signalled;   /* by a signal */
	int fds[FD_COUNT];
	uint64_t start_ns;
	struct preparer *preparer;
	struct link_thread *links;
	struct attach_interface *attached; /* of all lanes */
	uint32_t attached_count;
	struct session_counts counts[SESSION_LANES_MAX];
};

/* Opens all descriptors. The signals must be blocked. session_close_fds also after an error. */
int session_open_fds(struct session *session, struct error *err);
void session_close_fds(struct session *session);

/* What is counted by now, of each lane, by devices as far as they say so soon. */
void session_snapshots(struct session *session, struct session_counts *counts);

/* Tells what has changed with interfaces. */
void session_tell_links(struct session *session);

/* Handles what happens until all ring threads have ended. */
void session_loop(struct session *session);

#endif
