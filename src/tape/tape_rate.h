/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast something grows of late: at once where that goes up, by and by where it goes
 * down. Pure; one thread.
 */
#ifndef WIRETAPE_TAPE_RATE_H
#define WIRETAPE_TAPE_RATE_H

#include <stdint.h>

struct rate {
	uint64_t per_second;
	uint64_t at_ns, total; /* when it was looked at last, and what it was */
};

/* It is total now. Often enough is several times a second. */
void rate_note(struct rate *rate, uint64_t now_ns, uint64_t total);

#endif
