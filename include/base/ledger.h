/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger of a recording: what was lost, where, why and from when to when,
 * so that a hole in the data can be told from silence on the wire. The newest
 * LEDGER_ENTRIES are kept in memory that is taken once, and totals for every
 * interface and cause.
 *
 * Counters become entries: what they grew by since the last look was lost
 * between the two looks. Growth at most 10 s after the last growth of the same
 * interface and cause extends its newest entry; later growth begins another.
 * The times an interface was down or gone are entries too, without a count.
 *
 * Interfaces are numbered from 0 on, as the caller likes; a number out of range
 * is a bug. Nothing here allocates after ledger_open, makes a system call or
 * looks at a clock.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_LEDGER_H
#define WIRETAPE_LEDGER_H

#include <stdint.h>

#include "base/stats.h"

#define LEDGER_ENTRIES 64u

/* X(enumerator, name in files for programs, counter in struct stats_snapshot) */
#define LEDGER_COUNTED(X)                                 \
	X(LEDGER_RING, "ring", dropped)                   \
	X(LEDGER_DEVICE, "device", device_dropped)        \
	X(LEDGER_DISK, "disk", disk_dropped)              \
	X(LEDGER_WRITE, "write", unwritten)               \
	X(LEDGER_OVERSIZE, "oversize", oversize)          \
	X(LEDGER_TX_OVERSIZE, "tx_oversize", tx_oversize) \
	X(LEDGER_TX_SHORT, "tx_short", tx_short)          \
	X(LEDGER_TX_CUT, "tx_cut", tx_cut)                \
	X(LEDGER_TX_FULL, "tx_full", tx_full)             \
	X(LEDGER_TX_DOWN, "tx_down", tx_down)             \
	X(LEDGER_TX_REFUSED, "tx_refused", tx_refused)    \
	X(LEDGER_TX_UNFINISHED, "tx_unfinished", tx_unfinished)

enum ledger_cause {
#define X(cause, name, counter) cause,
	LEDGER_COUNTED(X)
#undef X
	/* From here on: not counted, as nobody saw the packets. */
	LEDGER_DOWN,
	LEDGER_GONE, /* deleted */
	LEDGER_CAUSES
};

#define LEDGER_COUNTED_CAUSES ((unsigned)LEDGER_DOWN)

struct ledger_entry {
	uint64_t number; /* from 1 on, without holes: what is missing was forgotten */
	uint32_t interface;
	enum ledger_cause cause;
	uint64_t from_ns; /* since 1970, the time of day; never after to_ns */
	uint64_t to_ns;   /* 0: a gap that still lasts */
	uint64_t count;   /* packets; 0 for a gap: unknown */
};

struct ledger;

/* Told of every entry that began (then count is packets) or grew by packets,
 * for a line in a log. The entry is valid during the call. */
struct ledger_sink {
	void (*grown)(void *context, const struct ledger_entry *entry, uint64_t packets);
	void *context;
};

/* A ledger of a number of interfaces, without entries. 0 or -ENOMEM. */
int ledger_open(uint32_t interfaces, struct ledger **ledger);

/* Takes a null pointer. */
void ledger_close(struct ledger *ledger);

/*
 * Enters what the counters grew by since the last call for this interface
 * (before the first: since they were 0, at now->start_ns where that is set).
 * Times are those of the snapshots; boot_ns (clock.h) decides what belongs
 * together, so that setting the time of day does not. A counter below what it
 * was is passed over until it is above that again. sink may be null.
 */
void ledger_update(struct ledger *ledger, uint32_t interface, const struct stats_snapshot *now,
		   uint64_t boot_ns, const struct ledger_sink *sink);

/*
 * An interface went down (LEDGER_DOWN) or was deleted (LEDGER_GONE). Returns
 * the entry, or null where such a gap lasts already. A gap of the other cause
 * ends here. The entry is valid until the next call for this interface.
 */
const struct ledger_entry *ledger_gap_begin(struct ledger *ledger, uint32_t interface,
					    enum ledger_cause cause, uint64_t wall_ns);

/* It is back. Returns the entry, which is whole now, or null where there was no
 * gap. Valid until the next call for this interface. */
const struct ledger_entry *ledger_gap_end(struct ledger *ledger, uint32_t interface,
					  uint64_t wall_ns);

/* The entries kept, the oldest at 0: valid until the next call that changes
 * anything. */
uint32_t ledger_count(const struct ledger *ledger);
const struct ledger_entry *ledger_at(const struct ledger *ledger, uint32_t index);

/* All packets lost to a counted cause, and for a gap's cause all gaps, the one
 * that lasts included. */
uint64_t ledger_total(const struct ledger *ledger, uint32_t interface, enum ledger_cause cause);

/* The time an interface was not there: all its gaps, the one that lasts up to
 * wall_ns. A time of day that was set back meanwhile counts as none. */
uint64_t ledger_gap_ns(const struct ledger *ledger, uint32_t interface, uint64_t wall_ns);

/* "ring", "device", "disk", "write", "oversize", "down", "gone". */
const char *ledger_cause_name(enum ledger_cause cause);

/* The counter of a counted cause. */
uint64_t ledger_cause_packets(const struct stats_snapshot *stats, enum ledger_cause cause);

/*
 * An entry for people, one line without its end, safe for a terminal; returns
 * text. now_ns is the time of day: what is all of that day is written without
 * dates. UTC, as in
 *
 *   eth0: 1 234 packets dropped, ring full, from 15:00:00.1 to 15:00:02.0 UTC
 *   eth0: interface down from 2026-11-23 23:59:58.0 to 2026-11-24 00:00:10.3 UTC (12.3 s)
 *   eth0: interface deleted since 15:00:00.1 UTC
 */
#define LEDGER_TEXT_ROOM 320
char *ledger_format(char text[static LEDGER_TEXT_ROOM], const struct ledger_entry *entry,
		    const char *interface_name, uint64_t now_ns);

#endif
