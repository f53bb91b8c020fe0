/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of frames that rise, by their numbers. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_RUNS_H
#define WIRETAPE_READER_RUNS_H

#include <stdint.h>

#define READER_RUN_NONE UINT32_MAX

struct reader_chunk;

struct reader_run {
	struct reader_chunk *chunk;
	uint32_t at, last; /* the first that was not given, and the last, of its frames */
	uint32_t interface;
	uint32_t then; /* the one of the interface that follows it, in a later chunk; or none. Of
			  one that is not used: the next in the list of those */
};

/* Zeros: none. */
struct reader_runs {
	struct reader_run *list;
	uint32_t count, room, free; /* the last is the first of a list, plus one */
};

/* The number of one that is not used; none without memory. Those there are may move. */
uint32_t reader_runs_take(struct reader_runs *runs);
void reader_runs_give_back(struct reader_runs *runs, uint32_t number);

void reader_runs_clear(struct reader_runs *runs);

#endif
