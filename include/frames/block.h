/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks and the frames in them.
 *
 * struct block is an owned, counted handle on a stretch of ring memory: who
 * gets one from its source has one reference; the last put gives the memory
 * back. Handles are counted without atomics: all references to the blocks of
 * one ring are taken and put by that ring's thread.
 *
 * The walks read kernel-written memory through bounds checks: every offset
 * and length is held against the end of the block before it is used, and a
 * block that contradicts itself ends the walk with -EBADMSG. They read each
 * header once, before the frame is returned, so that the caller may overwrite
 * anything up to and including the header of the frame it was just given.
 *
 * Layouts: linux/if_packet.h (tpacket_block_desc, tpacket3_hdr, tpacket2_hdr,
 * tpacket_hdr; sockaddr_ll behind the header at TPACKET_ALIGN).
 */
#ifndef WIRETAPE_BLOCK_H
#define WIRETAPE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/frame.h"

struct block {
	uint8_t *base; /* the kernel's memory */
	size_t bytes;
	uint32_t refs;
	uint32_t interface;              /* of its frames: struct frame's */
	uint32_t used;                   /* bytes filled, where its frames can be woven (the
					    first stands at WEAVE_RUN_OFFSET); else 0 */
	uint32_t frames;                 /* in it, at most */
	void (*release)(struct block *); /* called by the last put */
};

void block_get(struct block *block);
void block_put(struct block *block);

/* A walk over the frames of one TPACKET_V3 block. */
struct block_walk {
	uint8_t *base;
	uint32_t bytes;
	uint32_t next; /* offset of the next frame's header */
	uint32_t left; /* frames the block header promises beyond this point */
};

/* Starts at a block's header. Returns 0, or -EBADMSG for an impossible one. */
int block_walk_start(struct block_walk *walk, uint8_t *base, size_t bytes);

/* Bytes of a V3 block up to the end of its last frame; 0 where its header is
 * impossible. */
uint32_t block_walk_used(const uint8_t *base, size_t bytes);

/*
 * The next frame: fills data, caplen, len, time_ns, headroom, status, vlan_*,
 * packet_type and link; leaves interface, id and lost alone. Returns 1 with a
 * frame, 0 at the end, -EBADMSG where the block contradicts itself.
 */
int block_walk_next(struct block_walk *walk, struct frame *frame);

/* The frame in one V1 or V2 slot of slot_bytes, the same way: 0 or -EBADMSG. */
int slot_read_v1(uint8_t *slot, size_t slot_bytes, struct frame *frame);
int slot_read_v2(uint8_t *slot, size_t slot_bytes, struct frame *frame);

#endif
