/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interval cuts local time into numbered stretches: a segment is due when
 * the stretch now is not the one it was begun in. So a clock that jumps costs
 * one early segment and never stops the rotation. Where summer time ends local
 * time runs through a stretch again, and with an interval of an hour straight
 * from the end of a stretch into its beginning: so a segment is due also where
 * this stretch began after it.
 */
#include "tape/rotation.h"

#include <time.h>

#include "base/clock.h"

/* What local time is ahead of UTC by, in seconds. */
static int64_t local_offset(uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_SECOND);
	struct tm local;

	return localtime_r(&seconds, &local) ? local.tm_gmtoff : 0;
}

/* Local time as nanoseconds, on a count that begins long before 1970, so that
 * no time zone makes it negative. */
static uint64_t local_ns(uint64_t wall_ns)
{
	const int64_t days = 7 * 86400; /* whole weeks: intervals of a week stay aligned */

	return wall_ns + (uint64_t)(days + local_offset(wall_ns)) * NS_PER_SECOND;
}

static uint64_t stretch(const struct rotation *r, uint64_t wall_ns)
{
	return local_ns(wall_ns) / r->interval_ns;
}

/* Whether a stretch had just ended before wall_ns. */
static bool ends_before(const struct rotation *r, uint64_t wall_ns)
{
	return wall_ns > 0 && (local_ns(wall_ns - 1) + 1) % r->interval_ns == 0;
}

/* Whether the stretch of wall_ns began after begin. Where local time was put
 * back within the stretch its beginning is no time local time ever showed, or
 * one in the middle of it, and a day of 25 hours stays whole. */
static bool stretch_began_since(const struct rotation *r, const struct rotation_begin *begin,
				uint64_t wall_ns)
{
	uint64_t into = local_ns(wall_ns) % r->interval_ns;

	return wall_ns > begin->wall_ns && into < wall_ns - begin->wall_ns &&
	       local_offset(wall_ns - into) == local_offset(wall_ns) &&
	       ends_before(r, wall_ns - into);
}

bool rotation_due(const struct rotation *r, const struct rotation_begin *begin, uint64_t boot_ns,
		  uint64_t wall_ns)
{
	if (r->duration_ns && boot_ns - begin->boot_ns >= r->duration_ns)
		return true;
	return r->interval_ns && (stretch(r, wall_ns) != stretch(r, begin->wall_ns) ||
				  stretch_began_since(r, begin, wall_ns));
}

/* Until this stretch ends, or until local time is put forward or back before
 * that: then there is another end to wait for. */
static uint64_t stretch_wait(const struct rotation *r, uint64_t wall_ns)
{
	uint64_t left = r->interval_ns - local_ns(wall_ns) % r->interval_ns;
	int64_t offset = local_offset(wall_ns);
	uint64_t before = wall_ns / NS_PER_SECOND, after = (wall_ns + left) / NS_PER_SECOND;

	if (local_offset(wall_ns + left) == offset)
		return left;
	while (after - before > 1) {
		uint64_t middle = before + (after - before) / 2;

		if (local_offset(middle * NS_PER_SECOND) == offset)
			before = middle;
		else
			after = middle;
	}
	return after * NS_PER_SECOND - wall_ns;
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
		left = stretch_wait(r, wall_ns);
		wait = left < wait ? left : wait;
	}
	return wait;
}
