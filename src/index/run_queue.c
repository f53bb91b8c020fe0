/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One side only writes head, the other only tail; both count bytes since the start.
 */
#include "run_queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN       8u
#define LEAST_BYTES (64u << 10)

struct entry {
	uint64_t bytes;      /* with this, up to the next one */
	bool skipped;        /* there was no room up to the end: the next one is at the start */
	uint32_t flow_count; /* behind the run's keys */
	struct index_run run;
};

struct run_queue {
	uint8_t *memory;
	uint64_t size;
	_Alignas(64) _Atomic uint64_t head; /* behind the newest */
	_Alignas(64) _Atomic uint64_t tail; /* the oldest */
};

int run_queue_open(size_t bytes, struct run_queue **result)
{
	struct run_queue *q = aligned_alloc(64, sizeof(*q));

	if (!q)
		return -ENOMEM;
	*q = (struct run_queue){.size = LEAST_BYTES};
	while (q->size < bytes)
		q->size *= 2;
	q->memory = malloc(q->size);
	if (!q->memory) {
		free(q);
		return -ENOMEM;
	}
	*result = q;
	return 0;
}

void run_queue_close(struct run_queue *q)
{
	if (!q)
		return;
	free(q->memory);
	free(q);
}

static struct entry *entry_at(const struct run_queue *q, uint64_t at)
{
	return (void *)(q->memory + (at & (q->size - 1)));
}

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Room for so many bytes in one piece; null: there is none. head moves past what is
 * skipped for it. */
static struct entry *find_room(struct run_queue *q, uint64_t bytes, uint64_t *head)
{
	const uint64_t tail = atomic_load_explicit(&q->tail, memory_order_acquire);
	const uint64_t to_end = q->size - (*head & (q->size - 1));
	const uint64_t skip = bytes > to_end ? to_end : 0;

	if (*head + skip + bytes > tail + q->size)
		return NULL;
	if (skip >= sizeof(struct entry)) {
		entry_at(q, *head)->bytes = skip;
		entry_at(q, *head)->skipped = true;
	}
	*head += skip;
	return entry_at(q, *head);
}

static uint64_t bytes_of(const struct keys *keys)
{
	return round_up(sizeof(struct entry) + (uint64_t)keys->flow_count * KEYS_FLOW_BYTES +
			keys_bytes(keys));
}

bool run_queue_put(struct run_queue *q, const struct index_run *run, const struct keys *keys)
{
	uint64_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
	uint64_t bytes = bytes_of(keys);
	struct entry *entry = find_room(q, bytes, &head);
	const bool whole = entry != NULL;

	if (!whole) {
		bytes = round_up(sizeof(struct entry));
		entry = find_room(q, bytes, &head);
	}
	if (!entry)
		return false;
	entry->bytes = bytes;
	entry->skipped = false;
	entry->run = *run;
	entry->flow_count = whole ? keys->flow_count : 0;
	if (whole) {
		uint8_t *at = (uint8_t *)(entry + 1);

		keys_write(keys, at, entry->run.counts);
		memcpy(at + keys_bytes(keys), keys->flows,
		       (size_t)keys->flow_count * KEYS_FLOW_BYTES);
	} else {
		entry->run.unknown = INDEX_ALL;
		memset(entry->run.counts, 0, sizeof(entry->run.counts));
	}
	atomic_store_explicit(&q->head, head + bytes, memory_order_release);
	return true;
}

const struct index_run *run_queue_first(struct run_queue *q, const uint8_t **flows,
					uint32_t *flow_count)
{
	struct entry *entry;
	const uint64_t head = atomic_load_explicit(&q->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
	const uint64_t to_end = q->size - (tail & (q->size - 1));

	if (tail == head)
		return NULL;
	/* Where there is no room for what says so, it is so. */
	if (to_end < sizeof(struct entry) || entry_at(q, tail)->skipped) {
		tail += to_end;
		atomic_store_explicit(&q->tail, tail, memory_order_release);
	}
	entry = entry_at(q, tail);
	*flow_count = entry->flow_count;
	*flows = (const uint8_t *)(entry + 1);
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		*flows += (size_t)entry->run.counts[kind] * index_key_bytes(kind);
	return &entry->run;
}

void run_queue_drop(struct run_queue *q)
{
	const uint64_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);

	atomic_store_explicit(&q->tail, tail + entry_at(q, tail)->bytes, memory_order_release);
}
