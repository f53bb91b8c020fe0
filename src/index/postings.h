/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For one kind: which runs hold a key. Keys get numbers in the order of coming; runs come in
 * their order, so that a key's runs are sorted without sorting.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_POSTINGS_H
#define WIRETAPE_INDEX_POSTINGS_H

#include <stddef.h>
#include <stdint.h>

struct postings {
	uint32_t key_bytes;
	uint8_t *keys;
	uint32_t count, room; /* keys */
	uint32_t *slots;      /* number + 1; 0: free */
	uint32_t slot_mask;
	uint32_t *numbers, *runs; /* of each pair: the key's, and the run */
	size_t pairs, pair_room;
};

void postings_open(struct postings *postings, uint32_t key_bytes);
void postings_close(struct postings *postings);

/* 0, or -ENOMEM (also at a bound of its own): the key is not among that run's then. */
int postings_add(struct postings *postings, const uint8_t *key, uint32_t run);

/* The numbers of the keys, sorted by key; null: no memory. The caller frees it. */
uint32_t *postings_order(const struct postings *postings);

/* The runs of all keys, one key's after the other's in the order of numbers, those of key i from
 * first[i] to first[i + 1]. 0 or -ENOMEM; the caller frees both. */
int postings_group(const struct postings *postings, uint32_t **runs, size_t **first);

#endif
