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

/* Where things are in a plain frame, and in what is kept of it as a flow. */
#define PLAIN_TYPE       12u
#define FLOW_PROTOCOL    1u
#define FLOW_SOURCE      4u
#define FLOW_DESTINATION 8u
#define FLOW_PORTS       12u

/* Flows between asking for memory and using it. */
#define AHEAD 8u

/* The upper bytes of no two addresses. */
#define LINK_NONE UINT64_MAX

/* A run of a MiB has room for 9 000 of the shortest frames. */
static const uint32_t most_of[] = {
	[INDEX_IPV4] = 16384,     [INDEX_IPV6] = 8192, [INDEX_MAC] = 4096,     [INDEX_PORT] = 16384,
	[INDEX_ETHERTYPE] = 1024, [INDEX_VLAN] = 4096, [INDEX_PROTOCOL] = 256,
};

int keys_open(struct keys *keys)
{
	*keys = (struct keys){.round = 1, .link[1] = LINK_NONE};
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
	keys->flows = malloc((size_t)KEYS_FLOWS_MOST * KEYS_FLOW_BYTES);
	return keys->flows ? 0 : -ENOMEM;
}

void keys_close(struct keys *keys)
{
	free(keys->flows);
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
	keys->flow_count = 0;
	keys->unknown = 0;
	keys->link[1] = LINK_NONE;
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

/* Puts a key behind the others whether it is fresh or not: a branch on that would be foreseen
 * wrongly too often. Whether it is among them then. */
static inline __attribute__((always_inline)) bool
append_fresh(struct keys *keys, unsigned kind, const uint8_t *key, uint32_t bytes, bool fresh)
{
	struct keys_set *set = &keys->sets[kind];

	if (__builtin_expect(set->count == set->most, 0)) {
		keys->unknown |= (uint32_t)fresh << kind;
		return !fresh;
	}
	memcpy(set->keys + (size_t)set->count * bytes, key, bytes);
	set->count += fresh;
	return true;
}

static inline __attribute__((always_inline)) void add_short(struct keys *keys, unsigned kind,
							    const uint8_t *key, uint32_t bytes)
{
	struct keys_set *set = &keys->sets[kind];
	const uint32_t number = short_key(key, bytes);
	const uint64_t bit = UINT64_C(1) << number % 64;
	const uint64_t word = set->bits[number / 64];

	if (append_fresh(keys, kind, key, bytes, !(word & bit)))
		set->bits[number / 64] = word | bit;
}

static uint32_t slot_of(uint64_t word, const struct keys_set *set)
{
	return (uint32_t)(word * UINT64_C(0x9e3779b97f4a7c15) >> 40) & set->slot_mask;
}

static inline __attribute__((always_inline)) void add_ipv4(struct keys *keys, const uint8_t *key)
{
	struct keys_set *set = &keys->sets[INDEX_IPV4];
	uint32_t address, slot;
	uint64_t wanted, found;

	memcpy(&address, key, sizeof(address));
	wanted = (uint64_t)keys->round << 32 | address;
	slot = slot_of(address, set);
	while ((found = set->slots[slot]) != wanted && found >> 32 == keys->round)
		slot = (slot + 1) & set->slot_mask;
	if (append_fresh(keys, INDEX_IPV4, key, sizeof(address), found != wanted))
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

/* --- plain frames ------------------------------------------------------------------- */

/* Mostly the link's header is that of the frame before. */
void keys_add_link(struct keys *keys, const uint8_t *data)
{
	keys->link[0] = keys->link[1] = 0;
	memcpy(keys->link, data, PLAIN_TYPE);
	add_long(keys, INDEX_MAC, data, 6);
	add_long(keys, INDEX_MAC, data + 6, 6);
	add_short(keys, INDEX_ETHERTYPE, data + PLAIN_TYPE, 2);
}

static void ask_ahead(const struct keys_set *set, const uint8_t *key)
{
	uint32_t address;

	memcpy(&address, key, sizeof(address));
	__builtin_prefetch(&set->slots[slot_of(address, set)], 1);
}

void keys_add_flows(struct keys *keys, const uint8_t *flows, uint32_t count)
{
	const uint8_t *flow = flows;

	for (uint32_t i = 0; i < count; i++, flow += KEYS_FLOW_BYTES) {
		if (i + AHEAD < count) {
			const uint8_t *later = flow + AHEAD * KEYS_FLOW_BYTES;

			ask_ahead(&keys->sets[INDEX_IPV4], later + FLOW_SOURCE);
			ask_ahead(&keys->sets[INDEX_IPV4], later + FLOW_DESTINATION);
		}
		add_ipv4(keys, flow + FLOW_SOURCE);
		add_ipv4(keys, flow + FLOW_DESTINATION);
		add_short(keys, INDEX_PROTOCOL, flow + FLOW_PROTOCOL, 1);
		if (!keys_has_ports(flow[FLOW_PROTOCOL]))
			continue;
		add_short(keys, INDEX_PORT, flow + FLOW_PORTS, 2);
		add_short(keys, INDEX_PORT, flow + FLOW_PORTS + 2, 2);
	}
}

/* --- all of them -------------------------------------------------------------------- */

uint64_t keys_most_bytes(const struct keys *keys)
{
	uint64_t bytes = 0;

	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		bytes += (uint64_t)keys->sets[kind].most * keys->sets[kind].bytes;
	return bytes;
}

uint64_t keys_bytes(const struct keys *keys)
{
	uint64_t bytes = 0;

	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		if (!(keys->unknown & 1u << kind))
			bytes += (uint64_t)keys->sets[kind].count * keys->sets[kind].bytes;
	return bytes;
}

void keys_write(const struct keys *keys, uint8_t *at, uint32_t counts[INDEX_KIND_COUNT])
{
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
		const struct keys_set *set = &keys->sets[kind];

		counts[kind] = keys->unknown & 1u << kind ? 0 : set->count;
		memcpy(at, set->keys, (size_t)counts[kind] * set->bytes);
		at += (size_t)counts[kind] * set->bytes;
	}
}
