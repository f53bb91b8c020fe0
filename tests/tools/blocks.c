/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written from the pcapng draft alone and sharing no code with the program,
 * so that a mistake in its encoder does not hide itself.
 */
#include "blocks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHB       0x0A0D0D0Au
#define IDB       1u
#define ISB       5u
#define EPB       6u
#define MAGIC     0x1A2B3C4Du
#define BLOCK_MAX (16u << 20)

static uint16_t get16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

void losses_add(struct losses *losses, uint64_t packet, uint64_t lost)
{
	if (losses->count < LOSSES_MAX)
		losses->first[losses->count] = (struct loss){packet, lost};
	losses->count++;
	losses->lost += lost;
}

static void take_option(struct blocks *blocks, uint32_t type, uint16_t code, const uint8_t *value,
			size_t bytes)
{
	uint64_t number;

	if (bytes != sizeof(number))
		return;
	memcpy(&number, value, sizeof(number));
	if (type == EPB && code == 4)
		losses_add(&blocks->losses, blocks->packets, number);
	else if (type == ISB && code == 4)
		blocks->isb[0] = number;
	else if (type == ISB && code == 7)
		blocks->isb[1] = number;
	else if (type == ISB && code == 8)
		blocks->isb[2] = number;
}

static const char *take_options(struct blocks *blocks, uint32_t type, const uint8_t *at,
				size_t bytes)
{
	while (bytes > 0) {
		size_t length;

		if (bytes < 4)
			return "an option header runs past its block";
		length = get16(at + 2);
		if (get16(at) == 0)
			return length == 0 && bytes == 4 ? NULL
							 : "an end of options not at the end";
		if ((length + 3) / 4 * 4 > bytes - 4)
			return "an option runs past its block";
		take_option(blocks, type, get16(at), at + 4, length);
		length = (length + 3) / 4 * 4;
		at += 4 + length;
		bytes -= 4 + length;
	}
	return NULL;
}

/* Counts of a file only grow; a block need not have all of them. */
static const char *take_statistics(struct blocks *blocks, const uint8_t *options, size_t bytes)
{
	const uint64_t before = blocks->statistics++ > 0 ? blocks->isb[0] : UINT64_MAX;
	const char *fault;

	memset(blocks->isb, 0xff, sizeof(blocks->isb));
	fault = take_options(blocks, ISB, options, bytes);
	if (fault == NULL && before != UINT64_MAX && blocks->isb[0] < before)
		return "the count of packets received goes back";
	return fault;
}

/* body: what stands between the two lengths. */
static const char *take_block(struct blocks *blocks, uint32_t type, const uint8_t *body,
			      size_t bytes)
{
	size_t fixed;

	blocks->closed = type == ISB;
	switch (type) {
	case SHB:
		if (bytes < 16 || get32(body) != MAGIC)
			return "not this machine's byte order";
		fixed = 16;
		break;
	case IDB:
		fixed = 8;
		break;
	case ISB:
		fixed = 12;
		break;
	case EPB:
		if (bytes < 20 || get32(body + 12) > bytes - 20)
			return "a packet runs past its block";
		fixed = 20 + ((size_t)get32(body + 12) + 3) / 4 * 4;
		blocks->packets++;
		break;
	default:
		return NULL;
	}
	if (bytes < fixed)
		return "a block is too short for its type";
	if (type == ISB)
		return take_statistics(blocks, body + fixed, bytes - fixed);
	return take_options(blocks, type, body + fixed, bytes - fixed);
}

static const char *read_blocks(FILE *file, uint8_t *body, struct blocks *blocks)
{
	const char *fault = NULL;
	uint8_t head[8];
	size_t n;

	while (fault == NULL && (n = fread(head, 1, sizeof(head), file)) > 0) {
		uint32_t type = get32(head), length = get32(head + 4);

		if (!blocks->pcapng && type != SHB)
			return NULL;
		blocks->pcapng = true;
		if (n < sizeof(head))
			return "cut off in a block header";
		if (length < 12 || length % 4 != 0 || length > BLOCK_MAX)
			return "a block length that cannot be";
		if (fread(body, 1, length - 8, file) != length - 8)
			return "cut off in a block";
		if (get32(body + length - 12) != length)
			return "the two lengths of a block differ";
		fault = take_block(blocks, type, body, length - 12);
	}
	return fault;
}

const char *blocks_read(const char *path, struct blocks *blocks)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *body = malloc(BLOCK_MAX);
	const char *fault;

	memset(blocks, 0, sizeof(*blocks));
	fault = file != NULL && body != NULL ? read_blocks(file, body, blocks) : strerror(errno);
	free(body);
	if (file != NULL)
		fclose(file);
	return fault;
}
