/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts people see: closing report, status line, interface list. Writes
 * to the stream it is given and nowhere else. Control thread.
 */
#ifndef WIRETAPE_REPORT_H
#define WIRETAPE_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/stats.h"
#include "base/status.h"
#include "system/netdev.h"

/* tcpdump's three lines, then one for each further count that is not 0. With the name
 * of an interface all in one line. */
void report_final(FILE *out, const char *interface, const struct stats_snapshot *stats);

#define REPORT_STATUS_ROOM 256

/* How far things are. */
struct report_state {
	uint32_t fill_permille; /* of the fullest ring */
	uint64_t spill_bytes;   /* memory beside it, in use */
	uint64_t file_bytes;
};

/* One line without its end: packets, rate, bit rate, drops, ring fill and what is beside
 * it, size of the file. last holds the previous call's counts, for the rates. */
void report_status(char line[static REPORT_STATUS_ROOM], const struct stats_snapshot *stats,
		   const struct stats_snapshot *last, const struct report_state *state);

/* One line without its end: how long things took at most, and how full the ring was. */
void report_writing(char line[static REPORT_STATUS_ROOM], const struct status_writing *writing,
		    uint32_t most_permille);

/* The same for what is sent from files: packets, rates, and what progress says. */
void report_sending(char line[static REPORT_STATUS_ROOM], const struct stats_snapshot *stats,
		    const struct stats_snapshot *last, const char *progress);

/* Three digits, in the unit that suits: "96.4 k", ready for one of its own; "3.77 ms". */
#define REPORT_NUMBER_ROOM 40u
const char *report_number(char text[static REPORT_NUMBER_ROOM], double value);
const char *report_time(char text[static REPORT_NUMBER_ROOM], int64_t ns);

/* -D: a header and a line for each, columns aligned. */
void report_devices(FILE *out, const struct netdev *devices, size_t count);

#endif
