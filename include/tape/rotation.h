/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a recording goes on in a new segment, and which limits what is kept
 * has to stay within. Pure arithmetic over clocks the caller reads. Any thread.
 */
#ifndef WIRETAPE_ROTATION_H
#define WIRETAPE_ROTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* A segment has to hold its headers, with room for packets left. */
#define ROTATION_SEGMENT_LEAST 4096u

/* 0 stands for "not given" throughout. */
struct rotation {
	/* A new segment: */
	uint64_t segment_bytes;   /* no segment grows beyond */
	uint64_t segment_packets; /* exactly so many in each */
	uint64_t duration_ns;     /* after it was begun */
	uint64_t interval_ns;     /* at multiples of it, in local time */
	/* What is kept: */
	uint64_t files;         /* segments, the one being recorded included */
	uint64_t budget_bytes;  /* of disk, everything in the directory that is ours */
	uint64_t keep_bytes;    /* of the budget, for what is pinned */
	uint64_t age_ns;        /* since a segment was closed */
	uint64_t reserve_bytes; /* free on the file system */
	/* The recording ends: */
	uint64_t max_files; /* after so many segments */
	uint64_t max_bytes; /* before they hold more together */
};

/* What to do when the file system has no room left. */
enum on_full {
	ON_FULL_PRUNE, /* delete the oldest segments; drop packets when none is left */
	ON_FULL_STOP,  /* end the recording */
	ON_FULL_DROP,  /* drop packets until there is room */
};

/* When a segment was begun. */
struct rotation_begin {
	uint64_t boot_ns, wall_ns;
};

/* Whether the times of the rotation want a new segment now. A wall clock that
 * was set, either way, begins a new one at most once. */
bool rotation_due(const struct rotation *rotation, const struct rotation_begin *begin,
		  uint64_t boot_ns, uint64_t wall_ns);

/* Nanoseconds until rotation_due can become true as long as nobody sets the
 * wall clock; UINT64_MAX: never. Where summer time begins or ends before, until
 * then: to be asked again, as after every wait. */
uint64_t rotation_wait(const struct rotation *rotation, const struct rotation_begin *begin,
		       uint64_t boot_ns, uint64_t wall_ns);

#endif
