/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of the segments of a recording. Pure but for the time zone that
 * templates are read in (localtime_r); any thread.
 *
 * Styles:
 *   directory  -w DIR/: IF_YYYYmmddTHHMMSSZ_NNNNNNNN.EXT, UTC, the sequence
 *              number in at least 8 digits: sorts by age, never repeats.
 *              Bytes of IF outside [A-Za-z0-9.-] become '-'.
 *   template   -w DIR/NAME with conversions of strftime(3): local time, as
 *              with tcpdump -G.
 *   counted    -w FILE -C: FILE, FILE1, FILE2 ...; with a ring of N files
 *              (-W N) FILE0 ... FILE(N-1), the numbers as wide as N-1, over
 *              and over, as with tcpdump.
 *   numbered   -w FILE.EXT -b: FILE_NNNNN_YYYYmmddHHMMSS.EXT, local time, as
 *              with dumpcap -b.
 */
#ifndef WIRETAPE_SEGMENT_NAME_H
#define WIRETAPE_SEGMENT_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum name_style { NAME_DIRECTORY, NAME_TEMPLATE, NAME_COUNTED, NAME_NUMBERED };

struct segment_naming {
	enum name_style style;
	const char *path;      /* -w as typed, for messages */
	const char *base;      /* what follows its last slash; unused for directory */
	const char *interface; /* directory only */
	const char *extension; /* "pcapng" or "pcap"; directory only */
	uint64_t ring;         /* counted: numbers are modulo this; 0: without end */
	bool count_at_end;     /* a further count goes behind the name, as tcpdump -C
				  does; else in front of the extension: "_2" */
};

#define SEGMENT_NAME_ROOM (NAME_MAX + 1)

/*
 * The name of segment sequence (from 1), begun at wall_ns. attempt is 0, and 1
 * more each time the name before was taken: then a count tells them apart
 * (template and the others alike: attempt 1 gives "x_2.pcapng", or "x.pcap1"
 * where count_at_end). 0, or -ENAMETOOLONG.
 */
int segment_name_make(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
		      unsigned attempt, char name[static SEGMENT_NAME_ROOM]);

/*
 * Refuses as usage errors: a template that gives one name twice, with an
 * example of the name, of when it comes again and what to add ("%Y", "%d",
 * "%S" ...); one whose conversions give a slash or nothing; names that are too
 * long; names that begin with a dot (those are hidden). period_ns is the shortest time between two
 * segments where only time begins a new one; 0 where there is no such (a
 * second is the finest a template need tell apart then).
 */
int segment_name_check(const struct segment_naming *naming, uint64_t period_ns, uint64_t wall_ns,
		       struct error *err);

#endif
