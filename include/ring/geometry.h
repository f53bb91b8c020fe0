/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring arithmetic: turns a memory budget into a ring request the kernel
 * takes, and frame numbers into offsets. Pure, no system call.
 *
 * The rules are those of packet_set_ring() in net/packet/af_packet.c and of
 * linux/if_packet.h: blocks are whole pages; frames are a multiple of
 * TPACKET_ALIGNMENT (16) and at least the header (52 bytes for TPACKET_V1 and
 * V2, 68 for V3, link address included) plus the reserve; the frame count is
 * frames per block times blocks. A frame size need not divide the block
 * size: the tail of each block stays unused. Limits beyond the kernel's own
 * checks: TPACKET_V3 counts blocks in 16 bits and the private area in 16
 * bits, so more than 65536 blocks or 65535 bytes are refused here.
 */
#ifndef WIRETAPE_GEOMETRY_H
#define WIRETAPE_GEOMETRY_H

#include <stdint.h>

#include "base/error.h"

enum ring_version { RING_V1 = 1, RING_V2 = 2, RING_V3 = 3 };

struct geometry_request {
	enum ring_version version;
	uint64_t ring_bytes;  /* budget; the ring is the whole blocks in it */
	uint64_t block_bytes; /* 0: 1 MiB, made larger where one frame needs it */
	uint64_t frame_bytes; /* V1, V2 only; 0: room for frame_data bytes */
	uint32_t frame_data;  /* V1, V2: longest frame to take whole */
	uint32_t reserve;     /* PACKET_RESERVE: extra room before the data */
	uint32_t priv_bytes;  /* V3: private area behind the block header */
	uint32_t page_bytes;  /* sysconf(_SC_PAGESIZE) */
};

struct geometry {
	enum ring_version version;
	uint32_t block_size;
	uint32_t block_nr;
	uint32_t frame_size; /* V3: equal to block_size, as the kernel wants */
	uint32_t frame_nr;
	uint32_t frames_per_block;
	uint32_t priv_bytes;
	uint32_t reserve;
	uint64_t ring_bytes; /* block_size * block_nr */
};

/*
 * Plans a ring. On a rule broken returns -EINVAL, and err says which value
 * breaks which rule and what the nearest right values are, naming the options
 * (--ring-size, --block-size, --frame-size, --ring-version).
 */
int geometry_plan(const struct geometry_request *request, struct geometry *plan, struct error *err);

/*
 * Checks a finished plan against every rule above; geometry_plan ends with
 * it. Returns 0 or -EINVAL.
 */
int geometry_check(const struct geometry *plan, uint32_t page_bytes, struct error *err);

/* Byte offset of block number block, or of frame number index (V1, V2). */
uint64_t geometry_block_offset(const struct geometry *plan, uint32_t block);
uint64_t geometry_frame_offset(const struct geometry *plan, uint32_t index);

#endif
