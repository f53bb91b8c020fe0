/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring's own, shared by how it is made (tx_ring_map.c) and how it is used (tx_ring.c).
 *
 * Threads: as tx.h has it.
 */
#ifndef WIRETAPE_TX_RING_H
#define WIRETAPE_TX_RING_H

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stddef.h>
#include <stdint.h>

#include "tx_way.h"

/* Behind the header, where the kernel looks for data, tpacket_snd(): a virtio_net_hdr
 * (PACKET_VNET_HDR), and the frame. */
#define DATA_OFFSET  (TPACKET2_HDRLEN - (uint32_t)sizeof(struct sockaddr_ll))
#define FRAME_OFFSET (DATA_OFFSET + (uint32_t)sizeof(struct virtio_net_hdr))

struct slot {
	struct stats *stats; /* whose frame it is */
	uint32_t bytes;
};

struct tx_ring {
	struct tx tx; /* first: the two are converted into each other */
	uint8_t *map;
	size_t map_bytes;
	uint32_t block_size, frame_size, frames_per_block, count;
	uint32_t done, head, fill; /* see above: numbers of slots, and of those there */
	uint32_t used;             /* are between done and fill, */
	uint32_t pending;          /* and between head and fill */
	struct slot *slots;
};

/* Works out slots for frames of so many bytes: as many as the bounds allow, in blocks of
 * whole pages. */
void tx_ring_plan(struct tx_ring *ring, uint32_t frame_bytes);

/* Has the kernel make it, and maps it. 0 or -errno. */
int tx_ring_map(struct tx_ring *ring, struct error *err);

#endif
