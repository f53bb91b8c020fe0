/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statistics, names, secrets and custom blocks of other programs. Of a block that is not
 * known nobody can say what in it is a number, or of an interface: it is left out.
 */
#include <string.h>

#include "frames/load.h"
#include "frames/pcapng.h"
#include "frames/pcapng_copy.h"
#include "store.h"

#define BLOCK_NRB     4u
#define BLOCK_JOURNAL 9u /* of systemd: text */
#define BLOCK_DSB     10u
#define BLOCK_CUSTOM  0x00000badu
#define BLOCK_PRIVATE 0x40000badu

#define BLOCK_HEAD 8u
#define ISB_HEAD   20u
#define DSB_HEAD   16u
#define NRB_END    0u

bool pcapng_block_lasts(uint32_t type)
{
	return type == BLOCK_NRB || type == BLOCK_DSB;
}

/* The options of a block, from so many bytes in it on, and its end. Returns its bytes. */
static size_t end_block(uint8_t *to, const struct pcapng_foreign *from, size_t head,
			enum pcapng_list list, unsigned *left)
{
	const struct pcapng_options options = {
		.at = from->block + head,
		.end = from->block + from->bytes - 4,
		.swapped = from->swapped,
		.list = list,
	};
	size_t bytes = head, copied = pcapng_copy_options(to + head, options, 0, left);

	bytes += copied;
	/* A list may lack its end mark, and there is no room for one then. */
	if (copied > 0 && bytes + 8 <= from->bytes) {
		store32(to + bytes, PCAPNG_OPT_END);
		bytes += 4;
	}
	store32(to + bytes, (uint32_t)bytes + 4);
	bytes += 4;
	store32(to, load32(from->block, from->swapped));
	store32(to + 4, (uint32_t)bytes);
	return bytes;
}

static size_t copy_isb(uint8_t *to, const struct pcapng_foreign *from, unsigned *left)
{
	if (from->bytes < ISB_HEAD + 4)
		return 0;
	store32(to + 8, from->interface);
	store32(to + 12, load32(from->block + 12, from->swapped));
	store32(to + 16, load32(from->block + 16, from->swapped));
	return end_block(to, from, ISB_HEAD, PCAPNG_OF_STATISTICS, left);
}

/* Secrets are bytes, whoever's they are. */
static size_t copy_dsb(uint8_t *to, const struct pcapng_foreign *from, unsigned *left)
{
	uint32_t bytes, padded;

	if (from->bytes < DSB_HEAD + 4)
		return 0;
	bytes = load32(from->block + 12, from->swapped);
	if (bytes > from->bytes - DSB_HEAD - 4)
		return 0;
	padded = (bytes + 3) & ~3u;
	store32(to + 8, load32(from->block + 8, from->swapped));
	store32(to + 12, bytes);
	memcpy(to + DSB_HEAD, from->block + DSB_HEAD, padded);
	return end_block(to, from, DSB_HEAD + padded, PCAPNG_OF_OTHERS, left);
}

/* Records of a type, a length and a value, up to one of type 0, and then options. */
static size_t copy_nrb(uint8_t *to, const struct pcapng_foreign *from, unsigned *left)
{
	size_t at = BLOCK_HEAD;
	uint32_t type = 1, bytes;

	while (type != NRB_END) {
		if (at + 4 > from->bytes - 4)
			return 0;
		type = load16(from->block + at, from->swapped);
		bytes = load16(from->block + at + 2, from->swapped);
		if (((bytes + 3) & ~3u) > from->bytes - 4 - at - 4)
			return 0;
		store16(store16(to + at, (uint16_t)type), (uint16_t)bytes);
		memcpy(to + at + 4, from->block + at + 4, (bytes + 3) & ~3u);
		at += 4 + ((bytes + 3) & ~3u);
	}
	return end_block(to, from, at, PCAPNG_OF_NAMES, left);
}

/* As it is. */
static size_t copy_whole(uint8_t *to, const struct pcapng_foreign *from)
{
	memcpy(to, from->block, from->bytes);
	store32(to, load32(from->block, from->swapped));
	store32(to + 4, from->bytes);
	store32(to + from->bytes - 4, from->bytes);
	return from->bytes;
}

size_t pcapng_copy_block(uint8_t *to, const struct pcapng_foreign *from, unsigned *left)
{
	const uint32_t type = load32(from->block, from->swapped);
	size_t bytes = 0;

	if (type == BLOCK_PRIVATE) {
		*left |= PCAPNG_LEFT_PRIVATE;
		return 0;
	}
	if (type == PCAPNG_BLOCK_ISB)
		bytes = copy_isb(to, from, left);
	else if (type == BLOCK_DSB)
		bytes = copy_dsb(to, from, left);
	else if (type == BLOCK_NRB)
		bytes = copy_nrb(to, from, left);
	else if (type == BLOCK_JOURNAL || (type == BLOCK_CUSTOM && !from->swapped))
		bytes = copy_whole(to, from);
	if (bytes == 0)
		*left |= PCAPNG_LEFT_UNKNOWN;
	return bytes;
}
