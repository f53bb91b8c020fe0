/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A monitor, for its own sources: monitor.c, which keeps the counts, monitor_check.c,
 * which looks at the machine, monitor_links.c, which tells of interfaces, and
 * monitor_status.c, which writes files.
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
#include "system/stat_writer.h"
#include "system/statfile.h"

/* A row of the statistics: an interface that is recorded, or forwarded. */
struct monitor_row {
	const struct source *source;
	char name[2 * IF_NAMESIZE + 2]; /* "eth0", "eth0>eth1" */
	uint32_t lane, number;
};

/* What was counted at some time, about every 10 s. */
#define MONITOR_SAMPLES 16u
struct monitor_sample {
	uint64_t boot_ns; /* 0: none */
	uint64_t packets, out_bytes, lost;
};

struct monitor {
	struct monitor_config config;
	uint32_t count; /* rows */
	struct monitor_row *rows;
	bool forwards_only;
	struct ledger *ledger;
	char *instance;                            /* in metrics */
	struct statfile *json_file, *metrics_file; /* until the writers have them */
	struct stat_writer *json, *metrics;
	struct status_interface *interfaces;
	struct stats_snapshot last; /* at the last status line */
	bool shows_status;
	bool said_refused; /* that direct writes are */
	bool advised;      /* where packets come from that are too long */
	struct monitor_sample samples[MONITOR_SAMPLES];
	unsigned sample; /* the newest */
};

/* Says it, once, where direct writes have turned out to be refused. */
void monitor_look_at_mode(struct monitor *monitor);

/* Where what comes in by an interface goes out. */
const char *monitor_way_out(const struct monitor *monitor, uint32_t number);

/* Bytes in the file, or sent. */
uint64_t monitor_bytes_out(const struct monitor *monitor, const struct session_counts *counts);

/* What stands between the ring and the disk, of the first lane. */
void monitor_writing(const struct monitor *monitor, const struct session_counts *counts,
		     struct status_writing *writing);

/* Notes the counts, for rates; how it goes, by those. tape: zeros where there is none. */
void monitor_note(struct monitor *monitor, const struct session_counts *counts);
void monitor_judge(const struct monitor *monitor, const struct session_counts *counts,
		   const struct sink_tape_summary *tape, struct status_health *health);

/* From here on there is a thread for each statistics file. 0 or -errno. */
int monitor_start_writers(struct monitor *monitor, struct error *err);

/* As monitor_tell, but for losses that are not entered yet. */
bool monitor_write_told(struct monitor *monitor, const struct session_counts *counts, bool json,
			FILE *out);

/* Writes the statistics files, where there are some, and tells the service manager. */
void monitor_write(struct monitor *monitor, const struct session_counts *counts, bool recording);

#endif
