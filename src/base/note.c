/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/note.h"

#include "base/clock.h"

#define PAUSE_FIRST_NS (10 * NS_PER_SECOND)
#define PAUSE_MOST_NS  (600 * NS_PER_SECOND)

const char *note_cause_name(enum note_cause cause)
{
	static const char *const names[NOTE_CAUSES] = {
		[NOTE_DETAIL] = "detail", [NOTE_ADOPT] = "start", [NOTE_FULL] = "full",
		[NOTE_DISK] = "disk",     [NOTE_PRUNE] = "prune", [NOTE_FORCED] = "prune",
		[NOTE_HOOK] = "hook",     [NOTE_LINK] = "link",   [NOTE_LOSS] = "loss",
		[NOTE_STATS] = "stats",   [NOTE_CHECK] = "check", [NOTE_BACK] = "link",
		[NOTE_NAME] = "link",     [NOTE_END] = "end",     [NOTE_CLIENT] = "client",
		[NOTE_PACK] = "pack",
	};

	return names[cause];
}

const char *note_level(enum note_cause cause)
{
	return cause == NOTE_DETAIL || cause == NOTE_ADOPT || cause == NOTE_BACK ||
			       cause == NOTE_PRUNE || cause == NOTE_END || cause == NOTE_CLIENT
		       ? "info"
		       : "warning";
}

bool note_pass(struct note_limit *limit, enum note_cause cause, uint64_t now_ns, uint64_t *left_out)
{
	uint64_t *last = &limit->causes[cause].last_ns;
	uint64_t *pause = &limit->causes[cause].pause_ns;

	*left_out = 0;
	if (cause == NOTE_DETAIL || cause == NOTE_ADOPT || cause == NOTE_CHECK || cause == NOTE_END)
		return true;
	if (*pause > 0 && now_ns - *last < *pause) {
		limit->causes[cause].left_out++;
		return false;
	}
	if (cause == NOTE_PRUNE)
		*pause = PAUSE_MOST_NS;
	else if (*pause == 0 || now_ns - *last >= 2 * *pause)
		*pause = PAUSE_FIRST_NS;
	else
		*pause = *pause < PAUSE_MOST_NS / 2 ? 2 * *pause : PAUSE_MOST_NS;
	*last = now_ns;
	*left_out = limit->causes[cause].left_out;
	limit->causes[cause].left_out = 0;
	return true;
}
