/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of the segments of a recording. Pure but for the time zone that
 * templates are read in (localtime_r); any thread.
 *
 * Styles:
 *   directory  -w DIR/: IF_YYYYmmddTHHMMSSZ_NNNNNNNN.EXT, UTC, the sequence
 *              number in at least 8 digits: sorts by age, never repeats.
 *              Bytes of IF outside [A-Za-z0-9.-] become '-', and so does a
 *              dot it begins with.
 *   template   -w DIR/NAME with conversions of strftime(3): local time, as
 *              with tcpdump -G.
 *   counted    -w FILE -C: FILE, FILE1, FILE2 ...; with a ring of N files
 *              (-W N) FILE0 ... FILE(N-1), the numbers as wide as N-1, over
 *              and over, as with tcpdump; a ring of one is FILE alone.
 *   numbered   -w FILE.EXT -b: FILE_NNNNN_YYYYmmddHHMMSS.EXT, local time, as
 *              with dumpcap -b. The extension begins at the last dot of the
 *              base; without a dot, or with none but in front, there is none.
 */
#ifndef WIRETAPE_SEGMENT_NAME_H
#define WIRETAPE_SEGMENT_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum name_style { NAME_DIRECTORY, NAME_TEMPLATE, NAME_COUNTED, NAME_NUMBERED };

struct segment_naming {
	enum name_style style;
	const char *path;      /* -w as typed, for messages */
	const char *base;      /* what follows its last slash; unused for directory */
	const char *interface; /* directory only */
	const char *extension; /* "pcapng" or "pcap"; directory only */
	uint64_t ring;         /* counted: numbers are modulo this; 0: without end */
	bool count_at_end;     /* template only: a count goes behind the name, as with
				  tcpdump -C; else in front of the extension */
};

#define SEGMENT_NAME_ROOM (NAME_MAX + 1)

/* A name that passes the check is this much shorter than NAME_MAX. */
#define SEGMENT_NAME_COUNT_ROOM 16

/*
 * The name of segment sequence (from 1), begun at wall_ns. attempt is 0, and 1
 * more each time the name before was taken; then a count tells them apart.
 * For attempt 1, 2 ... it is
 *   "x_2.pcapng", "x_3.pcapng" ...  in front of the extension, if there is one;
 *   "x.pcap1", "x.pcap2" ...        for a template with count_at_end;
 *   "x.pcap1_2", "x.pcap1_3" ...    for a counted name, even in a ring: without
 *                                   the "_" it could be another segment's.
 * 0; -ENAMETOOLONG; or -EINVAL where a template gives nothing, a slash, a new
 * line or a dot in front at that time.
 */
int segment_name_make(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
		      unsigned attempt, char name[static SEGMENT_NAME_ROOM]);

/* Whether a name can be that of segment sequence, or of any where that is 0, begun at some
 * time. One with a count in it is known of style directory alone. */
bool segment_name_fits(const struct segment_naming *naming, const char *name, uint64_t sequence);

/*
 * Refuses as usage errors, in a text that begins with the path: a template that
 * gives one name twice, with two times it does so at and what to add to it
 * ("%Y", "%H%M%S" ...); one with a conversion strftime does not know, or whose
 * conversions give a slash or nothing; names that are too long; names of two
 * lines; names that begin with a dot (those are hidden).
 *
 * period_ns is the shortest time between two segments where only time begins a
 * new one; 0 where there is no such. A second is the finest a template need
 * tell apart, and ten years the longest: %y will do for %Y. Neither are the two
 * hours told apart that have one name when summer time ends. Templates are
 * tried at samples of times after wall_ns, so an odd one may pass; a name that
 * does come twice gets a count like any that is taken.
 */
int segment_name_check(const struct segment_naming *naming, uint64_t period_ns, uint64_t wall_ns,
		       struct error *err);

#endif
