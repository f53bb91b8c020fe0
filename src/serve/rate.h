/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * So many bytes a second, and at most a tenth of a second's at once. Pure. Threads: one at a
 * time.
 */
#ifndef WIRETAPE_RATE_H
#define WIRETAPE_RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate {
	uint64_t bytes_per_second; /* 0: no limit */
	uint64_t ready_ns;         /* when what was taken is paid for */
};

/* How many of so many bytes may go at now_ns; 0: none, before ready_ns. */
size_t rate_allows(const struct rate *rate, size_t bytes, uint64_t now_ns);

/* So many have gone. */
void rate_take(struct rate *rate, size_t bytes, uint64_t now_ns);

#endif
