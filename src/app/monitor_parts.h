/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What monitor.c, which keeps the counts, and monitor_links.c, which tells of
 * interfaces, share. Part of monitor.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_MONITOR_PARTS_H
#define WIRETAPE_MONITOR_PARTS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ledger.h"
#include "base/status.h"
#include "monitor.h"
#include "system/statfile.h"

/* A row of the statistics: an interface that is recorded, or forwarded. */
struct monitor_row {
	const struct source *source;
	char name[2 * IF_NAMESIZE + 2]; /* "eth0", "eth0>eth1" */
	uint32_t lane, number;
};

struct monitor {
	struct monitor_config config;
	uint32_t count; /* rows */
	struct monitor_row *rows;
	bool forwards_only;
	struct ledger *ledger;
	struct statfile *json, *metrics;
	struct status_interface *interfaces;
	struct stats_snapshot last; /* at the last status line */
	bool shows_status;
	bool advised; /* where packets come from that are too long */
};

/* Where what comes in by an interface goes out. */
const char *monitor_way_out(const struct monitor *monitor, uint32_t number);

#endif
