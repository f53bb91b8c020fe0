/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a capture tells of itself while it runs: lines in the log, the status
 * line of a terminal, statistics files, the service manager, and the ledger of
 * losses behind them.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_MONITOR_H
#define WIRETAPE_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/stats.h"
#include "cli/log.h"
#include "cli/options.h"
#include "engine/session.h"
#include "output.h"
#include "ring/source.h"
#include "streams.h"
#include "system/notify.h"
#include "system/privilege.h"

struct monitor;

struct monitor_config {
	const struct options *options;
	struct log *log;
	struct notify *notify; /* null: no service manager */
	const struct source *sources;
	struct stats_set stats;      /* of as many */
	const struct output *output; /* null: no file */
	struct streams *streams;
	const struct netdev *out; /* where frames are forwarded to; or null */
	/* What is forwarded: the same as sources where there is no file; else the second
	 * lane's. */
	const struct source *forwarded;
	struct stats_set forwarded_stats;
	const struct privilege_target *target; /* who writes the files */
	bool asked;                            /* monitor_tell may be called */
};                                             /* what it points to must outlive the monitor */

/* Checks the statistics files and holds their directories. Makes nothing yet. */
int monitor_open(const struct monitor_config *config, struct monitor **monitor, struct error *err);

/* How often session_config's stats and watchdog events are wanted; 0: never. */
uint64_t monitor_interval_ns(const struct monitor *monitor);
uint64_t monitor_watchdog_ns(const struct monitor *monitor);

/* Whether there is a status line to be kept. */
bool monitor_shows_status(const struct monitor *monitor);

/* --check: prints what there is to say of this machine. Warnings are a failure. */
int monitor_check(struct monitor *monitor, struct error *err);

/* The same at a start, in the log, where it is one of months: with the rings
 * open, while there is a right to look. */
void monitor_advise(struct monitor *monitor);

/* Frames come in, and all rights are gone. 0 or -errno. */
int monitor_started(struct monitor *monitor, struct error *err);
void monitor_report(struct monitor *monitor, enum session_event event,
		    const struct session_counts *counts);
void monitor_link(struct monitor *monitor, uint32_t lane, const struct attach_event *event);

/* Writes how it goes, for people or as JSON. Whether it goes well. */
bool monitor_tell(struct monitor *monitor, const struct session_counts *counts, bool json,
		  FILE *out);

/* The closing counts. */
void monitor_ended(struct monitor *monitor, const struct session_counts *final);

/* Takes a null pointer. */
void monitor_close(struct monitor *monitor);

#endif
