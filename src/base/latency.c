/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relaxed atomics: each number is right by itself, and a reader may find one that is a
 * moment ahead of another.
 */
#include "base/latency.h"

#include <stdatomic.h>

#define NS_PER_US 1000u

static unsigned bucket_of(uint64_t ns)
{
	const uint64_t us = (ns + NS_PER_US - 1) / NS_PER_US;
	unsigned bucket = us > 1 ? 64u - (unsigned)__builtin_clzll(us - 1) : 0;

	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static void add(_Atomic uint64_t *to, uint64_t more)
{
	/* One writer: no need for a locked instruction. */
	atomic_store_explicit(to, atomic_load_explicit(to, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

void latency_add(struct latency *l, uint64_t ns)
{
	add(&l->buckets[bucket_of(ns)], 1);
	add(&l->sum_ns, ns);
	if (ns > atomic_load_explicit(&l->most_ns, memory_order_relaxed))
		atomic_store_explicit(&l->most_ns, ns, memory_order_relaxed);
}

void latency_read(const struct latency *l, struct latency_snapshot *s)
{
	*s = (struct latency_snapshot){0};
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		s->buckets[i] = atomic_load_explicit(&l->buckets[i], memory_order_relaxed);
		s->count += s->buckets[i];
	}
	s->sum_ns = atomic_load_explicit(&l->sum_ns, memory_order_relaxed);
	s->most_ns = atomic_load_explicit(&l->most_ns, memory_order_relaxed);
}

uint64_t latency_bound_ns(unsigned bucket)
{
	return (uint64_t)NS_PER_US << bucket;
}

uint64_t latency_value_ns(const struct latency_snapshot *s, unsigned permille)
{
	uint64_t left = (s->count * permille + 999) / 1000;
	unsigned bucket = 0;

	if (s->count == 0)
		return 0;
	left = left ? left : 1;
	while (bucket + 1 < LATENCY_BUCKETS && left > s->buckets[bucket])
		left -= s->buckets[bucket++];
	return latency_bound_ns(bucket) < s->most_ns ? latency_bound_ns(bucket) : s->most_ns;
}
