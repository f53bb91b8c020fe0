/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bucket is a power of two and the six bits behind its leading one.
 */
#include "base/histogram.h"

#define STEP_BITS 6u

static uint32_t bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < 2 * HISTOGRAM_STEPS)
		return (uint32_t)value;
	shift = 63u - (unsigned)__builtin_clzll(value) - STEP_BITS;
	return (uint32_t)(shift * HISTOGRAM_STEPS + (value >> shift));
}

/* The largest value in a bucket. */
static uint64_t end_of(uint32_t bucket)
{
	unsigned shift;

	if (bucket < 2 * HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / HISTOGRAM_STEPS - 1;
	return ((uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift) +
	       ((UINT64_C(1) << shift) - 1);
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->count++;
	h->buckets[bucket_of(value)]++;
	if (value > h->most)
		h->most = value;
}

uint64_t histogram_value(const struct histogram *h, unsigned permille)
{
	/* The one of that number, from 1 on, when they stand in order. */
	uint64_t left = (uint64_t)(((unsigned __int128)h->count * permille + 999) / 1000);
	uint32_t bucket = 0;
	uint64_t end;

	if (h->count == 0)
		return 0;
	if (left == 0)
		left = 1;
	while (left > h->buckets[bucket])
		left -= h->buckets[bucket++];
	end = end_of(bucket);
	return end < h->most ? end : h->most;
}
