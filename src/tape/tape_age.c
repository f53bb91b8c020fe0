/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ages of segments from before this boot. The clock that does not go back has
 * begun anew since, so the time of day has to do. It may be wrong now, or have
 * been then; what would be deleted too early because of that is kept: a
 * segment is never older than the one before it, and where all of them at once
 * seem to be too old, the time of day is not believed. They are older than any
 * of this boot, whose age is certain.
 */
#include <string.h>

#include "tape_state.h"

/* Within one boot the clock that does not go back says what lies between two
 * segments, so the youngest, for which the time of day is most likely right,
 * puts the others right. */
static void mend_times(struct tape *tape)
{
	const struct tape_entry *youngest = NULL;
	struct tape_entry *e;

	for (size_t i = tape->index.count; i-- > 0;) {
		e = tape_index_at(&tape->index, i);
		if (*e->boot_id == '-')
			continue;
		if (!youngest || strcmp(e->boot_id, youngest->boot_id) != 0)
			youngest = e;
		else if (youngest->boot_ns >= e->boot_ns &&
			 youngest->wall_ns >= (uint64_t)(youngest->boot_ns - e->boot_ns))
			e->wall_ns = youngest->wall_ns - (uint64_t)(youngest->boot_ns - e->boot_ns);
	}
}

/* Whether its boot_ns is on the clock there is now. */
static bool same_boot(const struct tape *tape, const struct tape_entry *e)
{
	return *e->boot_id != '-' && strcmp(e->boot_id, tape->boot_id) == 0;
}

/* All segments, which by the time of day are too old at once, are closed now. */
static void disbelieve(struct tape *tape)
{
	tape_note(tape, NOTE_ADOPT,
		  "%s: by the time of day all segments are too old to be kept; their age "
		  "counts from now on",
		  tape->path);
	for (size_t i = 0; i < tape->index.count; i++) {
		struct tape_entry *e = tape_index_at(&tape->index, i);

		/* Of this boot: what is closed in it later puts the time right. */
		e->boot_ns = (int64_t)clock_boot(tape->config.clock);
		memcpy(e->boot_id, tape->boot_id, sizeof(e->boot_id));
	}
}

void tape_set_ages(struct tape *tape)
{
	const uint64_t wall = clock_wall(tape->config.clock);
	const uint64_t age_ns = tape->config.rotation->age_ns;
	const int64_t boot = (int64_t)clock_boot(tape->config.clock);
	struct tape_entry *e = tape_index_at(&tape->index, tape->index.count - 1);
	int64_t earlier = INT64_MIN, latest = boot;

	mend_times(tape);
	if (e && !same_boot(tape, e) && age_ns && wall > e->wall_ns &&
	    wall - e->wall_ns >= age_ns) {
		disbelieve(tape);
		return;
	}
	for (size_t i = tape->index.count; i-- > 0;) {
		e = tape_index_at(&tape->index, i);
		if (same_boot(tape, e) && e->boot_ns < latest)
			latest = e->boot_ns;
	}
	for (size_t i = 0; i < tape->index.count; i++) {
		e = tape_index_at(&tape->index, i);
		if (!same_boot(tape, e)) {
			e->boot_ns = boot;
			if (wall > e->wall_ns)
				e->boot_ns -= (int64_t)(wall - e->wall_ns);
			if (e->boot_ns > latest)
				e->boot_ns = latest;
		}
		if (e->boot_ns < earlier)
			e->boot_ns = earlier;
		earlier = e->boot_ns;
	}
}
