/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system's clocks. Times before 1970, which a broken clock can show, count
 * as 1970.
 */
#include "base/clock.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	if (now.tv_sec < 0)
		return 0;
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static uint64_t system_boot(const struct clock *clock)
{
	(void)clock;
	return read_clock(CLOCK_BOOTTIME);
}

static uint64_t system_wall(const struct clock *clock)
{
	(void)clock;
	return read_clock(CLOCK_REALTIME);
}

const struct clock clock_system = {.boot_ns = system_boot, .wall_ns = system_wall};
