/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring's blocks (V3) and runs of frames (V1, V2), which are siblings: one of each
 * function (rx_blocks.c, rx_runs.c), and what both count (rx_count.c). Part of rx_ring.
 *
 * Threads: the ring thread's.
 */
#ifndef WIRETAPE_RX_PARTS_H
#define WIRETAPE_RX_PARTS_H

#include <linux/if_packet.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "frames/block.h"
#include "moderation.h"
#include "ring/rx_ring.h"

/* Longest run of V1 or V2 frames in one handle, and how many handles there
 * are: bounds how long a full ring waits for its first frame back. */
#define RUN_FRAMES  64u
#define RUN_HANDLES 256u

/* What is given out: a block of V3, a run of V1 or V2 frames. */
struct rx_handle {
	struct block block; /* first: the two are converted into each other */
	struct rx_ring *ring;
	uint32_t first; /* V3: block number; V1, V2: number of the first frame */
	uint32_t count; /* V1, V2: frames in the run */
};

struct rx_uncut;

struct rx_ring {
	struct feed feed; /* first: the two are converted into each other */
	struct rx_ring_config config;
	struct geometry geometry;
	struct rx_socket socket;
	atomic_bool stopped; /* the inflow was ended, which the control thread must not undo */
	struct rx_handle *handles;
	uint32_t handle_count;
	uint64_t *lost_before; /* V3, a block each: drops right before its next filling */
	uint64_t untold;       /* V3: their sum */
	uint64_t sequence;     /* V3: the kernel's number of the block given out last; 0 */
	struct block rest;     /* V3: a copy of the block that is not full, at the end */
	uint8_t *rest_memory;  /* for that */
	uint32_t head;         /* V3: next block; V1, V2: next frame */
	uint64_t runs;         /* V1, V2: handles given out so far */
	/* Blocks (V1, V2: frames) since the start: seen to be handed over, given
	 * out, and given back; and the most there ever were between the first and
	 * the last of these, in per mille. */
	uint64_t seen, given, returned;
	_Atomic uint32_t most;
	struct moderation moderation; /* V1, V2 */
	struct rx_uncut *uncut;       /* V1, V2, where that is asked for; or null */
	/* The walk over the block given out last. */
	struct block_walk walk;
	uint32_t at, left;
	uint64_t lost;
	uint64_t left_out; /* frames that were filtered here, and count as received still */
};

/*
 * The status word of a slot or a block. Its load acquires what the kernel
 * wrote before its own barrier in __packet_set_status() or
 * prb_flush_block(); its store releases all our reads and writes of the
 * memory before the kernel, which reads the word before it writes there again.
 */
static inline uint32_t rx_status(const struct rx_ring *ring, uint32_t index)
{
	const struct geometry *g = &ring->geometry;
	const uint8_t *at;

	switch (g->version) {
	case RING_V1:
		at = ring->socket.map + geometry_frame_offset(g, index);
		return (uint32_t)
			__atomic_load_n(&((const struct tpacket_hdr *)(const void *)at)->tp_status,
					__ATOMIC_ACQUIRE);
	case RING_V2:
		at = ring->socket.map + geometry_frame_offset(g, index);
		return __atomic_load_n(&((const struct tpacket2_hdr *)(const void *)at)->tp_status,
				       __ATOMIC_ACQUIRE);
	case RING_V3:
		break;
	}
	at = ring->socket.map + geometry_block_offset(g, index);
	return __atomic_load_n(&((const struct tpacket_block_desc *)(const void *)at)
					->hdr.bh1.block_status,
			       __ATOMIC_ACQUIRE);
}

static inline void rx_give_back(struct rx_ring *ring, uint32_t index)
{
	const struct geometry *g = &ring->geometry;
	uint8_t *at;

	switch (g->version) {
	case RING_V1:
		at = ring->socket.map + geometry_frame_offset(g, index);
		__atomic_store_n(&((struct tpacket_hdr *)(void *)at)->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		return;
	case RING_V2:
		at = ring->socket.map + geometry_frame_offset(g, index);
		__atomic_store_n(&((struct tpacket2_hdr *)(void *)at)->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
		return;
	case RING_V3:
		break;
	}
	at = ring->socket.map + geometry_block_offset(g, index);
	__atomic_store_n(&((struct tpacket_block_desc *)(void *)at)->hdr.bh1.block_status,
			 TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/* So many more are given out. Looks at each unit once a round: how far the kernel
 * is ahead, at its most. */
void rx_mark_fill(struct rx_ring *ring, uint32_t count);

/* Reads and restarts the kernel's counters; returns the new drops. */
uint64_t rx_count_drops(struct rx_ring *ring);

/* The oldest one not given out: 1, or 0 where there is none. */
int rx_block_next(struct rx_ring *ring, struct block **block);
int rx_run_next(struct rx_ring *ring, struct block **block);

/* Its next frame as the kernel left it: 1; 0 at its end; -EBADMSG. */
int rx_block_frame(struct rx_ring *ring, struct frame *frame);
int rx_run_frame(struct rx_ring *ring, struct frame *frame);

/* With the inflow ended, where there is none: a copy of the frames that lie in the block
 * being filled, of which the kernel holds the memory until its time is over. 1 or 0. */
int rx_block_rest(struct rx_ring *ring, struct block **block);

/* It is put for the last time. */
void rx_block_release(struct block *block);
void rx_run_release(struct block *block);

/* Drops the kernel has counted by now, of V3. */
void rx_block_lost(struct rx_ring *ring, uint64_t drops);

#endif
