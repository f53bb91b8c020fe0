/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time in front of a line. The offset of the time zone is asked for once a
 * minute of packet time. One thread at a time.
 */
#ifndef WIRETAPE_PRINT_TIME_H
#define WIRETAPE_PRINT_TIME_H

#include "decode/decode.h"

/* All zeros to begin with. */
struct print_time {
	bool has_zone;
	int64_t zone_minute;   /* since 1970 */
	int64_t zone_offset_s; /* what is added to UTC in it */
	bool has_reference;
	int64_t reference; /* unit of print: what differences are to */
};

/* Prints the time of a packet as the options say, with a space behind it, or
 * nothing. */
void print_time(struct print_time *state, struct text *text, const struct decode_options *options,
		int64_t time_ns);

#endif
