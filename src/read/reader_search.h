/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the place in a long capture file where a time begins, by halves, from
 * records found in the middle of it. Nothing in such a file says where records
 * are, so a place is taken for the start of one when from there record follows
 * on record as far as a window reaches. What a packet carries can look like
 * that only as far as the packet goes, so the window is wider than packets
 * are, and reading begins that much before the place that was found: a packet
 * that was taken in shows by then.
 *
 * Part of reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_SEARCH_H
#define WIRETAPE_READER_SEARCH_H

#include "reader_format.h"

/* How far in front of what is sought reading begins. */
#define READER_LEAD_BYTES (128u * 1024)

/* Of a file: from its first record on. */
struct reader_stretch {
	uint64_t start, end;
	uint64_t start_ns, end_ns; /* about; 0: not known */
};

/*
 * A record before which no packet of the file, a regular one, is of time_ns or later, if
 * times rise; if they fall, no more than so much later (time_order.h). Its offset, some
 * READER_LEAD_BYTES too early, or the stretch's start.
 */
uint64_t reader_search_time(const struct reader_file *file, const struct reader_stretch *stretch,
			    uint64_t time_ns);

#endif
