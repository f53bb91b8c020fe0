/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list, short as a rule: a recorder writes statistics before each run of packets, but
 * the latest say what the earlier ones did.
 */
#include "reader_beside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng_copy.h"
#include "reader_format.h"

#define SHB_HEAD    24u
#define ISB_HEAD    20u
#define OPT_COMMENT 1u

/* Among more no earlier statistics are looked for. */
#define LOOKED_AT_MOST 1024u

struct reader_block {
	struct reader_block *next;
	uint64_t section;
	uint32_t interface; /* of statistics without a comment; else NONE */
	struct pcapng_block block;
	uint8_t bytes[];
};

#define NONE UINT32_MAX

int reader_beside_section(struct reader_file *file, const uint8_t *block, uint32_t bytes)
{
	struct reader_beside *beside = &file->table->beside;
	const struct pcapng_options options = {
		.at = block + SHB_HEAD,
		.end = block + bytes - 4,
		.swapped = file->swapped,
		.list = PCAPNG_OF_SECTION,
	};
	uint8_t *copy;
	size_t copied;

	if (!beside->wanted)
		return 1;
	copy = malloc(bytes);
	if (!copy)
		return -ENOMEM;
	copied = pcapng_copy_options(copy, options, 0, &beside->left);
	if (!beside->has_section) {
		beside->has_section = true;
		beside->section = copy;
		beside->section_bytes = copied;
		return 1;
	}
	if (copied != beside->section_bytes || memcmp(copy, beside->section, copied) != 0)
		beside->left |= PCAPNG_LEFT_SECTION;
	free(copy);
	return 1;
}

static bool has_comment(const struct reader_file *file, const uint8_t *block, uint32_t bytes)
{
	struct pcapng_options options = {
		.at = block + ISB_HEAD,
		.end = block + bytes - 4,
		.swapped = file->swapped,
		.list = PCAPNG_OF_STATISTICS,
	};
	struct pcapng_option option;

	while (bytes >= ISB_HEAD + 4 && pcapng_next_option(&options, &option))
		if (option.code == OPT_COMMENT)
			return true;
	return false;
}

/* Puts a block to the end of those that wait, in place of what it says anew. */
static void append(struct reader_beside *beside, struct reader_block *new)
{
	struct reader_block **at = &beside->blocks;
	const bool looks = new->interface != NONE && beside->count < LOOKED_AT_MOST;

	while (*at) {
		struct reader_block *old = *at;

		if (looks && old->interface == new->interface && old->section == new->section) {
			*at = old->next;
			free(old);
			beside->count--;
		} else {
			at = &old->next;
		}
	}
	*at = new;
	beside->count++;
}

int reader_beside_block(struct reader_file *file, const uint8_t *block, uint32_t bytes)
{
	struct reader_beside *beside = &file->table->beside;
	const uint32_t type = load32(block, file->swapped);
	struct pcapng_foreign from = {.block = block, .bytes = bytes, .swapped = file->swapped};
	struct reader_block *new;
	uint32_t interface = 0;

	if (!beside->wanted) {
		beside->left |= PCAPNG_LEFT_BLOCKS;
		return 1;
	}
	if (type == PCAPNG_BLOCK_ISB && bytes >= ISB_HEAD + 4) {
		interface = load32(block + 8, file->swapped);
		if (interface >= file->interface_count) {
			beside->left |= PCAPNG_LEFT_UNKNOWN;
			return 1;
		}
		from.interface = file->interfaces[interface].number;
	}
	new = malloc(sizeof(*new) + bytes);
	if (!new)
		return -ENOMEM;
	*new = (struct reader_block){.section = file->section, .interface = NONE};
	if (type == PCAPNG_BLOCK_ISB && !has_comment(file, block, bytes))
		new->interface = from.interface;
	new->block = (struct pcapng_block){
		.bytes = new->bytes,
		.count = (uint32_t)pcapng_copy_block(new->bytes, &from, &beside->left),
		.lasting = pcapng_block_lasts(type),
	};
	if (new->block.count > 0)
		append(beside, new);
	else
		free(new);
	return 1;
}

const struct pcapng_block *reader_beside_next(struct reader_beside *beside)
{
	struct reader_block *next = beside->blocks;

	free(beside->given);
	beside->given = next;
	if (!next)
		return NULL;
	beside->blocks = next->next;
	beside->count--;
	return &next->block;
}

void reader_beside_forget(struct reader_beside *beside, uint64_t section)
{
	struct reader_block **at = &beside->blocks;

	while (*at) {
		struct reader_block *block = *at;

		if (block->section != section) {
			at = &block->next;
			continue;
		}
		*at = block->next;
		free(block);
		beside->count--;
	}
}

void reader_beside_clear(struct reader_beside *beside)
{
	while (reader_beside_next(beside))
		;
	free(beside->section);
	beside->section = NULL;
}
