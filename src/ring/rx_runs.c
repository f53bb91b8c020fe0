/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TPACKET_V1 and V2: frames that are handed over one by one, given out as runs of
 * those that follow each other within a block.
 */
#include <linux/if_packet.h>
#include <time.h>

#include "base/clock.h"
#include "rx_parts.h"
#include "rx_uncut.h"

/* How many frames from the head on are handed over, up to most. */
static uint32_t count_run(const struct rx_ring *ring, uint32_t most)
{
	uint32_t count = 0;

	while (count < most && (rx_status(ring, ring->head + count) & TP_STATUS_USER))
		count++;
	return count;
}

int rx_run_next(struct rx_ring *ring, struct block **block)
{
	const struct timespec nap = {.tv_nsec = MODERATION_NAP_NS};
	const struct geometry *g = &ring->geometry;
	struct rx_handle *handle = &ring->handles[ring->runs % ring->handle_count];
	uint32_t in_block = g->frames_per_block - ring->head % g->frames_per_block;
	uint32_t most = in_block < RUN_FRAMES ? in_block : RUN_FRAMES;
	uint32_t count;

	if (handle->block.refs != 0 || (ring->uncut && rx_uncut_held(ring->uncut)))
		return 0;
	count = count_run(ring, most);
	if (count == 0 && moderation_dry(&ring->moderation, clock_monotonic())) {
		nanosleep(&nap, NULL);
		count = count_run(ring, most);
	}
	if (count == 0)
		return 0;
	ring->moderation.frames += count;
	handle->first = ring->head;
	handle->count = count;
	handle->block.base = ring->socket.map + geometry_frame_offset(g, ring->head);
	handle->block.bytes = (size_t)count * g->frame_size;
	handle->block.frames = count;
	handle->block.refs = 1;
	ring->at = ring->head;
	ring->left = count;
	ring->head = ring->head + count == g->frame_nr ? 0 : ring->head + count;
	ring->runs++;
	rx_mark_fill(ring, count);
	if (ring->uncut)
		rx_uncut_run(ring->uncut, &handle->block);
	*block = &handle->block;
	return 1;
}

int rx_run_frame(struct rx_ring *ring, struct frame *frame)
{
	const struct geometry *g = &ring->geometry;
	uint8_t *slot;
	int rc;

	if (ring->left == 0)
		return 0;
	slot = ring->socket.map + geometry_frame_offset(g, ring->at);
	ring->at++;
	ring->left--;
	if (g->version == RING_V1)
		rc = slot_read_v1(slot, g->frame_size, frame);
	else
		rc = slot_read_v2(slot, g->frame_size, frame);
	if (ring->uncut && rc == 0)
		rx_uncut_frame(ring->uncut, ring->socket.fd, frame);
	if (rc < 0) {
		stats_add(&ring->config.stats->malformed, 1);
		return rc;
	}
	/* The first frame to get in after a loss carries this flag until the
	 * counters are read. */
	if (frame->status & TP_STATUS_LOSING)
		ring->lost += rx_count_drops(ring);
	return 1;
}

void rx_run_release(struct block *block)
{
	struct rx_handle *handle = (struct rx_handle *)block;
	uint32_t i;

	for (i = 0; i < handle->count; i++)
		rx_give_back(handle->ring, handle->first + i);
	handle->ring->returned += handle->count;
}
