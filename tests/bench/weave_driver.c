/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Weaves blocks built in memory, over and over: something for an instruction
 * counter to look at. The same number of frames a block whatever their size,
 * so that the counts for two sizes differ only where packet bytes are touched.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames/block.h"
#include "frames/weave.h"
#include "ring/rx_ring.h"
#include "synthetic.h"

#define BLOCK_BYTES (1u << 20)
#define FRAMES      600u
#define PAGE_BYTES  4096u
#define BATCH       32u /* as the ring thread hands frames on */
#define FRAME_MAX   1500u

static const struct synthetic_layout layout_v3 = {.reserve = 2, .priv_bytes = WEAVE_PRIV_BYTES};

static size_t weave_block(uint8_t *block)
{
	const struct stats_snapshot stats = {.received = FRAMES, .time_ns = 1};
	struct block_walk walk;
	struct frame batch[BATCH];
	uint64_t id = 0;
	uint32_t count;
	struct weave weave;

	if (block_walk_start(&walk, block, BLOCK_BYTES) < 0)
		return 0;
	weave_begin(&weave, block, BLOCK_BYTES);
	do {
		for (count = 0; count < BATCH; count++) {
			batch[count] = (struct frame){.id = id + count + 1};
			if (block_walk_next(&walk, &batch[count]) <= 0)
				break;
		}
		if (weave_frames(&weave, batch, count, &stats) != count)
			return 0;
		id += count;
	} while (count == BATCH);
	return weave_end(&weave, PAGE_BYTES, block + BLOCK_BYTES);
}

int main(int argc, char **argv)
{
	static const uint8_t data[FRAME_MAX];
	static struct synthetic_frame frames[FRAMES];
	uint32_t size = argc == 3 ? (uint32_t)atoi(argv[1]) : 0;
	uint32_t blocks = argc == 3 ? (uint32_t)atoi(argv[2]) : 0, i;
	uint8_t *block = aligned_alloc(PAGE_BYTES, BLOCK_BYTES);

	if (!block || size < 14 || size > FRAME_MAX || blocks == 0) {
		fprintf(stderr, "usage: weave_driver SIZE BLOCKS\nSIZE is 14 to %u.\n", FRAME_MAX);
		free(block);
		return 2;
	}
	for (i = 0; i < FRAMES; i++)
		frames[i] = (struct synthetic_frame){.data = data,
						     .caplen = size,
						     .mac_bytes = 14,
						     .time_ns = 1700000000000000000u + i,
						     .address_size = 6};
	/* Weaving destroys a block: each is built anew. */
	for (i = 0; i < blocks; i++) {
		memset(block, 0xa5, BLOCK_BYTES);
		if (synthetic_block_v3(block, BLOCK_BYTES, &layout_v3, frames, FRAMES, NULL) !=
			    FRAMES ||
		    weave_block(block) == 0) {
			fputs("weave_driver: a frame did not fit\n", stderr);
			free(block);
			return 1;
		}
	}
	printf("%" PRIu64 "\n", (uint64_t)blocks * FRAMES);
	free(block);
	return 0;
}
