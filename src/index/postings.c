/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open table of keys that grows, and the pairs in the order of coming. Grouping them by key
 * is counting.
 */
#include "postings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_LEAST 1024u
#define PAIRS_MOST  ((size_t)16 << 20)
#define KEYS_MOST   (4u << 20)

void postings_open(struct postings *p, uint32_t key_bytes)
{
	*p = (struct postings){.key_bytes = key_bytes};
}

void postings_close(struct postings *p)
{
	free(p->keys);
	free(p->slots);
	free(p->numbers);
	free(p->runs);
}

static uint32_t hash(const struct postings *p, const uint8_t *key)
{
	uint64_t sum = p->key_bytes;
	uint32_t word;

	for (uint32_t at = 0; at < p->key_bytes; at += sizeof(word)) {
		const uint32_t left = p->key_bytes - at;

		word = 0;
		memcpy(&word, key + at, left < sizeof(word) ? left : sizeof(word));
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
	}
	return (uint32_t)(sum >> 24);
}

/* The slot that has the key, or that it would go into. */
static uint32_t *find(const struct postings *p, const uint8_t *key)
{
	uint32_t slot = hash(p, key) & p->slot_mask;

	while (p->slots[slot] != 0 && memcmp(p->keys + (size_t)(p->slots[slot] - 1) * p->key_bytes,
					     key, p->key_bytes) != 0)
		slot = (slot + 1) & p->slot_mask;
	return &p->slots[slot];
}

/* Twice the slots, and room for half as many keys. */
static int grow_keys(struct postings *p)
{
	const uint32_t slots = p->slots ? 2 * (p->slot_mask + 1) : SLOTS_LEAST;
	uint8_t *keys = realloc(p->keys, (size_t)slots / 2 * p->key_bytes);
	uint32_t *table;

	if (!keys)
		return -ENOMEM;
	p->keys = keys;
	table = calloc(slots, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(p->slots);
	p->slots = table;
	p->slot_mask = slots - 1;
	p->room = slots / 2;
	for (uint32_t i = 0; i < p->count; i++)
		*find(p, p->keys + (size_t)i * p->key_bytes) = i + 1;
	return 0;
}

static int grow_pairs(struct postings *p)
{
	const size_t room = p->pair_room ? 2 * p->pair_room : SLOTS_LEAST;
	uint32_t *numbers = realloc(p->numbers, room * sizeof(*numbers));
	uint32_t *runs;

	if (!numbers)
		return -ENOMEM;
	p->numbers = numbers;
	runs = realloc(p->runs, room * sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	p->runs = runs;
	p->pair_room = room;
	return 0;
}

int postings_add(struct postings *p, const uint8_t *key, uint32_t run)
{
	uint32_t *slot;

	if (p->pairs == PAIRS_MOST || (p->pairs == p->pair_room && grow_pairs(p) < 0))
		return -ENOMEM;
	if (p->count == p->room && (p->count == KEYS_MOST || grow_keys(p) < 0))
		return -ENOMEM;
	slot = find(p, key);
	if (*slot == 0) {
		memcpy(p->keys + (size_t)p->count * p->key_bytes, key, p->key_bytes);
		*slot = ++p->count;
	}
	p->numbers[p->pairs] = *slot - 1;
	p->runs[p->pairs++] = run;
	return 0;
}

static int compare(const void *a, const void *b, void *context)
{
	const struct postings *p = context;
	const uint32_t *i = a, *k = b;

	return memcmp(p->keys + (size_t)*i * p->key_bytes, p->keys + (size_t)*k * p->key_bytes,
		      p->key_bytes);
}

uint32_t *postings_order(const struct postings *p)
{
	uint32_t *order = malloc((p->count ? p->count : 1) * sizeof(*order));

	if (!order)
		return NULL;
	for (uint32_t i = 0; i < p->count; i++)
		order[i] = i;
	qsort_r(order, p->count, sizeof(*order), compare, (void *)(uintptr_t)p);
	return order;
}

int postings_group(const struct postings *p, uint32_t **runs, size_t **first)
{
	size_t *begin = calloc((size_t)p->count + 2, sizeof(*begin));
	uint32_t *grouped = malloc((p->pairs ? p->pairs : 1) * sizeof(*grouped));

	if (!begin || !grouped) {
		free(begin);
		free(grouped);
		return -ENOMEM;
	}
	/* begin[i + 2] counts key i; then begin[i + 1] is where its next one goes. */
	for (size_t i = 0; i < p->pairs; i++)
		begin[p->numbers[i] + 2]++;
	for (uint32_t i = 2; i < p->count + 2; i++)
		begin[i] += begin[i - 1];
	for (size_t i = 0; i < p->pairs; i++)
		grouped[begin[p->numbers[i] + 1]++] = p->runs[i];
	*runs = grouped;
	*first = begin;
	return 0;
}
