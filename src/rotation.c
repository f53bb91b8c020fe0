/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interval cuts local time into numbered stretches: a segment is due when
 * the stretch now is not the one it was begun in. So a clock that jumps, a
 * change of summer time included, costs one early segment and never stops the
 * rotation.
 */
#include "rotation.h"

#include <time.h>

#include "clock.h"

/* Local time as nanoseconds, on a count that begins long before 1970, so that
 * no time zone makes it negative. */
static uint64_t local_ns(uint64_t wall_ns)
{
	const int64_t days = 7 * 86400; /* whole weeks: intervals of a week stay aligned */
	time_t seconds = (time_t)(wall_ns / NS_PER_SECOND);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return wall_ns;
	return wall_ns + (uint64_t)(days + local.tm_gmtoff) * NS_PER_SECOND;
}

static uint64_t stretch(const struct rotation *r, uint64_t wall_ns)
{
	return local_ns(wall_ns) / r->interval_ns;
}

bool rotation_due(const struct rotation *r, const struct rotation_begin *begin, uint64_t boot_ns,
		  uint64_t wall_ns)
{
	if (r->duration_ns && boot_ns - begin->boot_ns >= r->duration_ns)
		return true;
	return r->interval_ns && stretch(r, wall_ns) != stretch(r, begin->wall_ns);
}

uint64_t rotation_wait(const struct rotation *r, const struct rotation_begin *begin,
		       uint64_t boot_ns, uint64_t wall_ns)
{
	uint64_t wait = UINT64_MAX, left;

	if (rotation_due(r, begin, boot_ns, wall_ns))
		return 0;
	if (r->duration_ns)
		wait = r->duration_ns - (boot_ns - begin->boot_ns);
	if (r->interval_ns) {
		left = r->interval_ns - local_ns(wall_ns) % r->interval_ns;
		wait = left < wait ? left : wait;
	}
	return wait;
}
