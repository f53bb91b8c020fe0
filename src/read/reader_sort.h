/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames of a stream in the order of time. A file of several interfaces has them a
 * block of each interface at a time, so that those of one overtake those of another.
 * Each interface's own rise, but for a few; so a frame can be given once every
 * interface of the section has had one that is as late, or the stream ends. Until then
 * frames wait where they were read, in windows that are kept: nothing is copied.
 *
 * What waits is bounded by memory. When that gets short, the bytes of what is far ahead are
 * put aside, to be read again from a regular file, as long as all that are waited for have
 * had a frame within two seconds; the others are no longer waited for. Then frames may be
 * out of order by some hundred thousands of them. Those of a pipe wait for HOLD_NS at most
 * once it runs dry. Of frames with one time the first in the file comes first. A section of
 * one interface is given as it lies.
 *
 * Part of reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_SORT_H
#define WIRETAPE_READER_SORT_H

#include "reader_chunk.h"
#include "reader_heap.h"
#include "reader_runs.h"
#include "reader_stream.h"

/* Most memory of all streams of a reader together. */
#define READER_SORT_MOST (36u * 1024 * 1024)

struct sort_interface;

struct reader_sort {
	struct reader_stream *stream;
	struct reader_chunk_memory *memory;
	struct reader_heap heap;    /* items: runs */
	struct reader_chunk *chunk; /* of the window that is being read; null */
	struct reader_chunk *spent; /* given, but by the last call */
	struct reader_runs runs;
	struct sort_interface *interfaces; /* by their numbers */
	uint32_t interface_count;
	/* Times are as of reader_rank_time. */
	uint64_t order;  /* of the next frame that is read */
	uint64_t bound;  /* nothing earlier than that will be read, */
	uint64_t near;   /* and by those that are not silent nothing earlier than that */
	uint64_t top;    /* the latest time that was read */
	uint64_t forced; /* the latest that was given without knowing */
	uint64_t late;   /* frames that came too late for their place */
	/* Of a pipe that was found dry: what had been read then may go at that time
	 * (CLOCK_MONOTONIC). 0: it was not. */
	uint64_t dry_top, dry_due_ns;
	bool ended; /* what end and error say is to be returned once all is given */
	int end;
	struct error error;
};

/* Zeros, a stream and a memory, which outlive it, are one to begin with. */

/* As reader_stream_fill. */
int reader_sort_fill(struct reader_sort *sort, struct frame *frames, uint32_t most,
		     struct error *err);

/* Forgets what waits: the stream begins again. */
void reader_sort_reset(struct reader_sort *sort);

void reader_sort_clear(struct reader_sort *sort);

#endif
