/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TPACKET_V3: blocks, of which several can be held while later ones are given out,
 * and go back in any order.
 */
#include <linux/if_packet.h>
#include <string.h>

#include "frames/weave.h"
#include "rx_parts.h"

/* The kernel counts the blocks it opens, from 1. */
static uint64_t block_sequence(const uint8_t *base)
{
	return ((const struct tpacket_block_desc *)(const void *)base)->hdr.bh1.seq_num;
}

/* The block after one, in the kernel's order. */
static uint32_t next_of(const struct rx_ring *ring, uint32_t block)
{
	return block + 1 == ring->geometry.block_nr ? 0 : block + 1;
}

/* The oldest block not given back; where there is none, the next one. */
static uint32_t tail_of(const struct rx_ring *ring)
{
	return (uint32_t)(ring->returned % ring->geometry.block_nr);
}

void rx_block_lost(struct rx_ring *ring, uint64_t drops)
{
	/* A full ring waits for the oldest block not given back, so what was
	 * dropped by now is missing right before that block's next filling. */
	ring->lost_before[tail_of(ring)] += drops;
	ring->untold += drops;
}

/* The ring has run empty, so the next block comes behind all that was dropped.
 * Some of that may have been counted a moment late, for a block that would come
 * a whole round from now. */
static void gather_losses(struct rx_ring *ring)
{
	if (ring->untold == ring->lost_before[ring->head])
		return;
	memset(ring->lost_before, 0, ring->geometry.block_nr * sizeof(*ring->lost_before));
	ring->lost_before[ring->head] = ring->untold;
}

void rx_block_release(struct block *block)
{
	struct rx_handle *handle = (struct rx_handle *)block;
	struct rx_ring *ring = handle->ring;

	rx_block_lost(ring, rx_count_drops(ring));
	rx_give_back(ring, handle->first);
	/* Writes of blocks may end in another order. By count, not by place: once around, all
	 * others given back, head and tail are the same place. */
	while (ring->returned < ring->given && ring->handles[tail_of(ring)].block.refs == 0)
		ring->returned++;
}

int rx_block_next(struct rx_ring *ring, struct block **block)
{
	const struct geometry *g = &ring->geometry;
	struct rx_handle *handle = &ring->handles[ring->head];

	/* A held block still shows the status it came with. */
	if (handle->block.refs != 0)
		return 0;
	if (!(rx_status(ring, ring->head) & TP_STATUS_USER)) {
		if (ring->returned == ring->given)
			gather_losses(ring);
		return 0;
	}
	handle->block.base = ring->socket.map + geometry_block_offset(g, ring->head);
	handle->block.bytes = g->block_size;
	handle->block.refs = 1;
	handle->block.used = g->priv_bytes == WEAVE_PRIV_BYTES
				     ? block_walk_used(handle->block.base, g->block_size)
				     : 0;
	ring->sequence = block_sequence(handle->block.base);
	if (block_walk_start(&ring->walk, handle->block.base, handle->block.bytes) < 0) {
		stats_add(&ring->config.stats->malformed, 1);
		ring->walk.left = 0;
	}
	handle->block.frames = ring->walk.left;
	ring->lost = ring->lost_before[ring->head];
	ring->lost_before[ring->head] = 0;
	ring->untold -= ring->lost;
	ring->head = next_of(ring, ring->head);
	rx_mark_fill(ring, 1);
	*block = &handle->block;
	return 1;
}

static void put_rest(struct block *block)
{
	(void)block;
}

int rx_block_rest(struct rx_ring *ring, struct block **block)
{
	const struct geometry *g = &ring->geometry;
	const uint8_t *open = ring->socket.map + geometry_block_offset(g, ring->head);
	struct block *rest = &ring->rest;

	/* Once. With all blocks held none is being filled. */
	if (rest->base || ring->handles[ring->head].block.refs != 0)
		return 0;
	/* Not opened yet: what is in it is from the last time around. */
	if (block_sequence(open) != ring->sequence + 1)
		return 0;
	/* No frame is written into it any more, rx_socket_stop has waited for that, but its
	 * headers are, when it is handed over: so it is not woven where it lies. */
	memcpy(ring->rest_memory, open, g->block_size);
	/* Its time may be over while we look. */
	if (rx_status(ring, ring->head) & TP_STATUS_USER)
		return rx_block_next(ring, block);
	*rest = (struct block){
		.base = ring->rest_memory,
		.bytes = g->block_size,
		.refs = 1,
		.interface = ring->config.interface,
		.release = put_rest,
	};
	if (block_walk_start(&ring->walk, rest->base, rest->bytes) < 0 || ring->walk.left == 0)
		return 0;
	rest->frames = ring->walk.left;
	/* All that was dropped was before it was opened. */
	ring->lost = ring->untold;
	ring->untold = 0;
	/* It is not to come again once its time is over. */
	ring->head = next_of(ring, ring->head);
	ring->sequence++;
	*block = rest;
	return 1;
}

int rx_block_frame(struct rx_ring *ring, struct frame *frame)
{
	int rc = block_walk_next(&ring->walk, frame);

	if (rc < 0) {
		stats_add(&ring->config.stats->malformed, ring->walk.left ? ring->walk.left : 1);
		ring->walk.left = 0;
	}
	return rc;
}
