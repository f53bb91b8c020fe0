/* SPDX-License-Identifier: BSD-2-Clause */
#include "note.h"

#include "clock.h"

#define PAUSE_FIRST_NS (10 * NS_PER_SECOND)
#define PAUSE_MOST_NS  (600 * NS_PER_SECOND)

bool note_pass(struct note_limit *limit, enum note_cause cause, uint64_t now_ns, uint64_t *left_out)
{
	uint64_t *last = &limit->causes[cause].last_ns;
	uint64_t *pause = &limit->causes[cause].pause_ns;

	*left_out = 0;
	if (cause == NOTE_DETAIL || cause == NOTE_ADOPT)
		return true;
	if (*pause > 0 && now_ns - *last < *pause) {
		limit->causes[cause].left_out++;
		return false;
	}
	if (*pause == 0 || now_ns - *last >= 2 * *pause)
		*pause = PAUSE_FIRST_NS;
	else
		*pause = *pause < PAUSE_MOST_NS / 2 ? 2 * *pause : PAUSE_MOST_NS;
	*last = now_ns;
	*left_out = limit->causes[cause].left_out;
	limit->causes[cause].left_out = 0;
	return true;
}
