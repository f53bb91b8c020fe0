/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the bytes of an index are: build.h tells of the format. Shared by who writes it and
 * who reads it.
 */
#ifndef WIRETAPE_INDEX_LAYOUT_H
#define WIRETAPE_INDEX_LAYOUT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "index/key.h"

#define LAYOUT_MAGIC   "wtindex"
#define LAYOUT_VERSION 1u

#define LAYOUT_PARTS      (1u + INDEX_KIND_COUNT) /* runs, and each kind */
#define LAYOUT_PART_AT    56u
#define LAYOUT_PART_BYTES 24u
#define LAYOUT_CRC_AT     (LAYOUT_PART_AT + LAYOUT_PARTS * LAYOUT_PART_BYTES)
#define LAYOUT_HEADER     (LAYOUT_CRC_AT + 4u)
#define LAYOUT_FILTER_AT  ((LAYOUT_HEADER + 63u) / 64u * 64u)

#define LAYOUT_BLOCK_BYTES 64u
#define LAYOUT_BLOCK_BITS  480u
#define LAYOUT_PROBES      6u
#define LAYOUT_BLOCK_KEYS  40u /* 12 bits each */

#define LAYOUT_RUN_BYTES 72u

#define LAYOUT_LIST   0u
#define LAYOUT_BITMAP 1u

static inline void put_le32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void put_le64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

static inline uint32_t get_le32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t get_le64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

/* The filter has addresses alone: other kinds have few keys, which most files hold. */
static inline int layout_in_filter(unsigned kind)
{
	return kind == INDEX_IPV4 || kind == INDEX_IPV6 || kind == INDEX_MAC;
}

/* A key's hash, which is part of the format: FNV-1a of 64 bits over the kind and the key,
 * mixed once more. Its upper half picks the block, the lower the bits. */
static inline uint64_t layout_hash(unsigned kind, const uint8_t *key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	hash = (hash ^ kind) * UINT64_C(0x100000001b3);
	for (uint32_t i = 0; i < index_key_bytes(kind); i++)
		hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	hash *= UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static inline uint32_t layout_block(uint64_t hash, uint32_t blocks)
{
	return (uint32_t)((hash >> 32) * blocks >> 32);
}

/* The bit of that probe in the block. */
static inline uint32_t layout_bit(uint64_t hash, uint32_t probe)
{
	return ((uint32_t)hash + probe * ((uint32_t)(hash >> 20) | 1)) % LAYOUT_BLOCK_BITS;
}

#endif
