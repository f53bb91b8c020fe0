/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An array that grows; those given back are used first.
 */
#include "reader_runs.h"

#include <stdlib.h>

uint32_t reader_runs_take(struct reader_runs *runs)
{
	const uint32_t room = runs->room ? 2 * runs->room : 16;
	struct reader_run *more;
	uint32_t found;

	if (runs->free > 0) {
		found = runs->free - 1;
		runs->free = runs->list[found].then;
		return found;
	}
	if (runs->count == runs->room) {
		more = reallocarray(runs->list, room, sizeof(*more));
		if (!more)
			return READER_RUN_NONE;
		runs->list = more;
		runs->room = room;
	}
	return runs->count++;
}

void reader_runs_give_back(struct reader_runs *runs, uint32_t number)
{
	runs->list[number].then = runs->free;
	runs->free = number + 1;
}

void reader_runs_clear(struct reader_runs *runs)
{
	free(runs->list);
	*runs = (struct reader_runs){0};
}
