/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long something took, over and over: counts by powers of two, in fixed memory.
 *
 * Threads: one adds, any may read at the same time.
 */
#ifndef WIRETAPE_LATENCY_H
#define WIRETAPE_LATENCY_H

#include <stdint.h>

/* Up to 2^i microseconds are in bucket i; the last one, of a minute, has the rest, too. */
#define LATENCY_BUCKETS 27u

struct latency {
	_Atomic uint64_t buckets[LATENCY_BUCKETS];
	_Atomic uint64_t sum_ns;
	_Atomic uint64_t most_ns;
};

/* A picture of it. */
struct latency_snapshot {
	uint64_t buckets[LATENCY_BUCKETS];
	uint64_t count;
	uint64_t sum_ns;
	uint64_t most_ns;
};

void latency_add(struct latency *latency, uint64_t ns);
void latency_read(const struct latency *latency, struct latency_snapshot *snapshot);

/* What a bucket goes up to, in nanoseconds; its own times are all above half of that. */
uint64_t latency_bound_ns(unsigned bucket);

/* An upper bound, never more than the most, of what permille of 1000 took at most; 0
 * where nothing was added. */
uint64_t latency_value_ns(const struct latency_snapshot *snapshot, unsigned permille);

#endif
