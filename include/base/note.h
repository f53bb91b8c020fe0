/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for people from a part that runs for months: each has a cause, and a
 * cause that comes again and again is told less and less often, with the
 * number of lines left out, so that a broken disk does not fill another one
 * with its log. Nothing is printed here.
 *
 * Threads: a struct note_limit belongs to one thread at a time.
 */
#ifndef WIRETAPE_NOTE_H
#define WIRETAPE_NOTE_H

#include <stdbool.h>
#include <stdint.h>

enum note_cause {
	NOTE_DETAIL, /* of interest with -v only; not limited */
	NOTE_ADOPT,  /* what was found at the start; not limited */
	NOTE_FULL,   /* no room on the disk, or room again */
	NOTE_DISK,   /* making, writing, syncing, naming or deleting failed */
	NOTE_PRUNE,  /* segments are deleted to make room, as is wanted; once in 10 minutes */
	NOTE_FORCED, /* a segment was deleted under its hook */
	NOTE_HOOK,
	NOTE_PACK,   /* segments stay as they are: packing failed, or is behind */
	NOTE_LINK,   /* an interface went, */
	NOTE_BACK,   /* came back, */
	NOTE_NAME,   /* or has another name */
	NOTE_LOSS,   /* packets were dropped */
	NOTE_CLIENT, /* somebody who packets are sent to comes or goes */
	NOTE_STATS,  /* statistics cannot be written */
	NOTE_CHECK,  /* something of the machine is in the way; not limited */
	NOTE_END, /* why it ends, where that is no failure, and what has come of it; not limited */
	NOTE_CAUSES
};

struct note_limit {
	struct {
		uint64_t last_ns;
		uint64_t pause_ns; /* since then; 0: nothing was said yet */
		uint64_t left_out;
	} causes[NOTE_CAUSES];
};

/* For logs that programs read: "link", and "warning" or "info". */
const char *note_cause_name(enum note_cause cause);
const char *note_level(enum note_cause cause);

/* Whether a line of this cause may be said at now_ns (a clock that does not go
 * back); then *left_out is how many before it were not. The pause is 10 s at
 * first, doubles up to 10 minutes while lines keep coming, and is 10 s again
 * after as long a silence. */
bool note_pass(struct note_limit *limit, enum note_cause cause, uint64_t now_ns,
	       uint64_t *left_out);

#endif
