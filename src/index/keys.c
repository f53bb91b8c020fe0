/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets of fixed size. Nothing is cleared between runs: a round's number in each slot says
 * whether it is of this one. Bits are cleared by the list of what was set.
 */
#include "keys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A run of a MiB has room for 9 000 of the shortest frames. */
static const uint32_t most_of[] = {
	[INDEX_IPV4] = 16384,     [INDEX_IPV6] = 8192, [INDEX_MAC] = 4096,     [INDEX_PORT] = 16384,
	[INDEX_ETHERTYPE] = 1024, [INDEX_VLAN] = 4096, [INDEX_PROTOCOL] = 256,
};

int keys_open(struct keys *keys)
{
	*keys = (struct keys){.round = 1};
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
		struct keys_set *set = &keys->sets[kind];

		set->bytes = index_key_bytes(kind);
		set->most = most_of[kind];
		set->keys = malloc((size_t)set->most * set->bytes);
		if (set->bytes > 2) {
			set->slot_mask = 2 * set->most - 1;
			set->slots = calloc(set->slot_mask + 1, sizeof(*set->slots));
		} else {
			set->bits = calloc((1u << 8 * set->bytes) / 64, sizeof(*set->bits));
		}
		if (!set->keys || !(set->slots || set->bits))
			return -ENOMEM;
	}
	return 0;
}

void keys_close(struct keys *keys)
{
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
		free(keys->sets[kind].keys);
		free(keys->sets[kind].slots);
		free(keys->sets[kind].bits);
	}
}

/* The number of a short key. */
static uint32_t short_key(const uint8_t *key, uint32_t bytes)
{
	return bytes == 1 ? key[0] : (uint32_t)(key[0] << 8 | key[1]);
}

static void clear_bits(struct keys_set *set)
{
	for (uint32_t i = 0; i < set->count; i++)
		set->bits[short_key(set->keys + (size_t)i * set->bytes, set->bytes) / 64] = 0;
}

void keys_clear(struct keys *keys)
{
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
		struct keys_set *set = &keys->sets[kind];

		if (set->bits)
			clear_bits(set);
		set->count = 0;
	}
	keys->unknown = 0;
	if (++keys->round != 0)
		return;
	keys->round = 1;
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		if (keys->sets[kind].slots)
			memset(keys->sets[kind].slots, 0,
			       (keys->sets[kind].slot_mask + 1) * sizeof(uint64_t));
}

/* Whether there is room for one more; else the run may hold any. */
static bool append(struct keys *keys, unsigned kind, const uint8_t *key, uint32_t bytes)
{
	struct keys_set *set = &keys->sets[kind];

	if (set->count == set->most) {
		keys->unknown |= 1u << kind;
		return false;
	}
	memcpy(set->keys + (size_t)set->count++ * bytes, key, bytes);
	return true;
}

static void add_short(struct keys *keys, unsigned kind, const uint8_t *key, uint32_t bytes)
{
	struct keys_set *set = &keys->sets[kind];
	const uint32_t number = short_key(key, bytes);
	const uint64_t bit = UINT64_C(1) << number % 64;

	if (!(set->bits[number / 64] & bit) && append(keys, kind, key, bytes))
		set->bits[number / 64] |= bit;
}

static uint32_t slot_of(uint64_t word, const struct keys_set *set)
{
	return (uint32_t)(word * UINT64_C(0x9e3779b97f4a7c15) >> 40) & set->slot_mask;
}

static void add_ipv4(struct keys *keys, const uint8_t *key)
{
	struct keys_set *set = &keys->sets[INDEX_IPV4];
	uint32_t address, slot;
	uint64_t wanted;

	memcpy(&address, key, sizeof(address));
	wanted = (uint64_t)keys->round << 32 | address;
	for (slot = slot_of(address, set); set->slots[slot] >> 32 == keys->round;
	     slot = (slot + 1) & set->slot_mask)
		if (set->slots[slot] == wanted)
			return;
	if (append(keys, INDEX_IPV4, key, sizeof(address)))
		set->slots[slot] = wanted;
}

/* bytes is known where this is inlined. */
static inline __attribute__((always_inline)) void add_long(struct keys *keys, unsigned kind,
							   const uint8_t *key, uint32_t bytes)
{
	struct keys_set *set = &keys->sets[kind];
	uint64_t word = 0;
	uint32_t low, slot;

	memcpy(&low, key + bytes - sizeof(low), sizeof(low));
	memcpy(&word, key, bytes < sizeof(word) ? bytes : sizeof(word));
	word = (word ^ (uint64_t)low << 17) * UINT64_C(0x9e3779b97f4a7c15);
	for (slot = slot_of(word ^ word >> 32, set); set->slots[slot] >> 32 == keys->round;
	     slot = (slot + 1) & set->slot_mask)
		if (memcmp(set->keys + (size_t)(uint32_t)set->slots[slot] * bytes, key, bytes) == 0)
			return;
	if (append(keys, kind, key, bytes))
		set->slots[slot] = (uint64_t)keys->round << 32 | (set->count - 1);
}

void keys_add(struct keys *keys, enum index_kind kind, const uint8_t *key)
{
	switch (kind) {
	case INDEX_IPV4:
		add_ipv4(keys, key);
		break;
	case INDEX_IPV6:
		add_long(keys, INDEX_IPV6, key, 16);
		break;
	case INDEX_MAC:
		add_long(keys, INDEX_MAC, key, 6);
		break;
	case INDEX_PROTOCOL:
		add_short(keys, kind, key, 1);
		break;
	case INDEX_PORT:
	case INDEX_ETHERTYPE:
	case INDEX_VLAN:
		add_short(keys, kind, key, 2);
		break;
	case INDEX_KIND_COUNT:
		break;
	}
}
