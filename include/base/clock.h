/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two clocks a long recording goes by, behind functions, so that a test
 * can step them, and one for waits. Nanoseconds. Any thread.
 *
 * boot_ns never goes back and counts a suspended machine's time too
 * (CLOCK_BOOTTIME): durations and ages are measured with it. wall_ns is the
 * time of day since 1970, UTC (CLOCK_REALTIME), which can be set at any time:
 * names and what is aligned to hours and days go by it.
 */
#ifndef WIRETAPE_CLOCK_H
#define WIRETAPE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS     UINT64_C(1000000)
#define NS_PER_SECOND UINT64_C(1000000000)
#define NS_PER_HOUR   (3600 * NS_PER_SECOND)

struct clock {
	uint64_t (*boot_ns)(const struct clock *clock);
	uint64_t (*wall_ns)(const struct clock *clock);
};

/* The system's. */
extern const struct clock clock_system;

static inline uint64_t clock_boot(const struct clock *clock)
{
	return clock->boot_ns(clock);
}

static inline uint64_t clock_wall(const struct clock *clock)
{
	return clock->wall_ns(clock);
}

/* CLOCK_MONOTONIC, which waits of a moment go by. */
uint64_t clock_monotonic(void);

#endif
