/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A heap of what is merged by time: of the paths of a reader, and of what each
 * interface of a file has. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_HEAP_H
#define WIRETAPE_READER_HEAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* What has its turn next of an item: the earliest first, on a tie the lower order. */
struct reader_rank {
	uint64_t time, order; /* the former as of reader_rank_time */
	uint32_t item;
};

/* A time, before 1970 as well, as a number that rises with it; 0 is before all. */
static inline uint64_t reader_rank_time(int64_t time_ns)
{
	return (uint64_t)time_ns ^ UINT64_C(1) << 63;
}

/* The first rank is the first to have its turn. Zeros: empty. */
struct reader_heap {
	struct reader_rank *ranks;
	uint32_t count, room;
};

static inline bool reader_rank_before(const struct reader_rank *a, const struct reader_rank *b)
{
	return a->time < b->time || (a->time == b->time && a->order < b->order);
}

/* The first rank is another one now. */
static inline void reader_heap_replace(struct reader_heap *heap, struct reader_rank rank)
{
	struct reader_rank *ranks = heap->ranks;
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < heap->count) {
		if (child + 1 < heap->count && reader_rank_before(&ranks[child + 1], &ranks[child]))
			child++;
		if (!reader_rank_before(&ranks[child], &rank))
			break;
		ranks[at] = ranks[child];
		at = child;
	}
	ranks[at] = rank;
}

static inline void reader_heap_pop(struct reader_heap *heap)
{
	heap->count--;
	if (heap->count > 0)
		reader_heap_replace(heap, heap->ranks[heap->count]);
}

/* 0 or -ENOMEM. */
static inline int reader_heap_push(struct reader_heap *heap, struct reader_rank rank)
{
	uint32_t at = heap->count, room = heap->room ? 2 * heap->room : 16;
	struct reader_rank *ranks = heap->ranks;

	if (heap->count == heap->room) {
		ranks = reallocarray(ranks, room, sizeof(*ranks));
		if (!ranks)
			return -ENOMEM;
		heap->ranks = ranks;
		heap->room = room;
	}
	heap->count++;
	for (; at > 0 && reader_rank_before(&rank, &ranks[(at - 1) / 2]); at = (at - 1) / 2)
		ranks[at] = ranks[(at - 1) / 2];
	ranks[at] = rank;
	return 0;
}

static inline void reader_heap_clear(struct reader_heap *heap)
{
	free(heap->ranks);
	*heap = (struct reader_heap){0};
}

#endif
