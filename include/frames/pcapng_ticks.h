/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an interface of a pcapng file counts time: by powers of ten or of two, and from
 * any year on (if_tsresol, if_tsoffset). Pure.
 */
#ifndef WIRETAPE_PCAPNG_TICKS_H
#define WIRETAPE_PCAPNG_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* ns = (time * multiply / divide) + offset_s, in seconds. */
struct pcapng_ticks {
	bool plain;    /* nanoseconds already */
	uint8_t shift; /* instead of divide, where that is 0 */
	uint64_t multiply, divide;
	int64_t offset_s;
};

struct pcapng_ticks pcapng_ticks_make(uint8_t resolution, int64_t offset_s);

/* Any time, as nanoseconds since 1970, or before. What 64 bits cannot hold is the first
 * or the last there is, and *clipped is set. */
int64_t pcapng_ticks_convert(const struct pcapng_ticks *ticks, uint64_t time, bool *clipped);

static inline int64_t pcapng_ticks_ns(const struct pcapng_ticks *ticks, uint64_t time,
				      bool *clipped)
{
	if (ticks->plain && time <= INT64_MAX)
		return (int64_t)time;
	return pcapng_ticks_convert(ticks, time, clipped);
}

/* The other way round, to what the interface can tell apart; 0 or the last there is for
 * what it cannot tell. */
uint64_t pcapng_ticks_of(const struct pcapng_ticks *ticks, int64_t ns);

#endif
