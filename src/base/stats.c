/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of a capture: one writer each, any number of readers. Nothing
 * orders one counter against another; a snapshot taken while packets flow may
 * be a packet apart between two of them.
 */
#include "base/stats.h"

#include <time.h>

/* With one writer a load and a store do: no locked instruction a packet. */
void stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

void stats_copy(const struct stats *stats, struct stats_snapshot *snapshot)
{
#define X(name, meaning) snapshot->name = atomic_load_explicit(&stats->name, memory_order_relaxed);
	STATS_COUNTERS(X)
#undef X
}

void stats_read(const struct stats *stats, struct stats_snapshot *snapshot)
{
	struct timespec now;
	uint64_t known, lost;

	stats_copy(stats, snapshot);
	/* The kernel is asked now and then, frames are counted as they are taken. */
	known = snapshot->captured + snapshot->dropped + snapshot->malformed;
	snapshot->received = snapshot->received < known ? known : snapshot->received;
	/* These are counted before the frames are. */
	lost = stats_lost_writing(snapshot) + stats_lost_sending(snapshot);
	snapshot->captured -= lost < snapshot->captured ? lost : snapshot->captured;
	clock_gettime(CLOCK_REALTIME, &now);
	snapshot->time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void stats_read_all(const struct stats_set *set, struct stats_snapshot *each,
		    struct stats_snapshot *total)
{
	const uint64_t start_ns = total->start_ns;
	struct stats_snapshot shared = {0};
	uint64_t lost;

	*total = (struct stats_snapshot){0};
	for (uint32_t i = 0; i < set->count; i++) {
		stats_read(&set->each[i], &each[i]);
		stats_sum(total, &each[i]);
	}
	if (set->shared < set->each || set->shared >= set->each + set->count) {
		stats_read(set->shared, &shared);
		stats_sum(total, &shared);
		lost = stats_lost_writing(&shared);
		total->captured -= lost < total->captured ? lost : total->captured;
	}
	total->start_ns = start_ns;
	total->time_ns = each[set->count - 1].time_ns;
}

void stats_sum(struct stats_snapshot *sum, const struct stats_snapshot *part)
{
#define X(name, meaning) sum->name += part->name;
	STATS_COUNTERS(X)
#undef X
}

void stats_subtract(struct stats_snapshot *from, const struct stats_snapshot *earlier)
{
#define X(name, meaning) from->name -= earlier->name;
	STATS_COUNTERS(X)
#undef X
}
