/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an Interface Description Block of pcapng says: who the interface is, and
 * how it counts time. Part of the reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_PCAPNG_H
#define WIRETAPE_READER_PCAPNG_H

#include "reader_format.h"

/* Takes in one whole block, of the section at hand. 1, or -errno with err set (0:
 * it makes no sense, in a live file). */
int reader_read_idb(struct reader_file *file, const uint8_t *block, uint32_t bytes,
		    struct error *err);

/* For if_tsresol and if_tsoffset. */
struct reader_ticks reader_ticks_make(uint8_t resolution, int64_t offset_s);

/* Any time, as nanoseconds since 1970; what lies before is 0, and what 64 bits
 * cannot hold is the last there is. */
uint64_t reader_ticks_convert(const struct reader_ticks *ticks, uint64_t time);

static inline uint64_t reader_ticks_ns(const struct reader_ticks *ticks, uint64_t time)
{
	return ticks->plain ? time : reader_ticks_convert(ticks, time);
}

#endif
