/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slots of PACKET_TX_RING: how many, how large, and their mapping.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tx_ring.h"

/* Frames on their way at most: some milliseconds of them. */
#define SLOTS_MOST 4096u
#define RING_BYTES (16u << 20)

void tx_ring_plan(struct tx_ring *r, uint32_t frame_bytes)
{
	const uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);
	uint32_t block_nr;

	r->frame_size = TPACKET_ALIGN(FRAME_OFFSET + frame_bytes);
	r->block_size = page;
	while (r->block_size < r->frame_size || r->block_size < 16 * page)
		r->block_size *= 2;
	r->frames_per_block = r->block_size / r->frame_size;
	block_nr = SLOTS_MOST / r->frames_per_block;
	if (block_nr > RING_BYTES / r->block_size)
		block_nr = RING_BYTES / r->block_size;
	r->count = block_nr * r->frames_per_block;
	r->map_bytes = (size_t)block_nr * r->block_size;
}

int tx_ring_map(struct tx_ring *r, struct error *err)
{
	const char *name = r->tx.config.name;
	const struct tpacket_req request = {
		.tp_block_size = r->block_size,
		.tp_block_nr = (unsigned)(r->map_bytes / r->block_size),
		.tp_frame_size = r->frame_size,
		.tp_frame_nr = r->count,
	};
	const int one = 1, version = TPACKET_V2, memory = (int)r->map_bytes;

	if (setsockopt(r->tx.fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0 ||
	    setsockopt(r->tx.fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(r->tx.fd, SOL_PACKET, PACKET_TX_RING, &request, sizeof(request)) < 0)
		return error_system(err, errno, "%s: set up a ring of %u frames to send", name,
				    r->count);
	/* Without the right to more the usual has to do: fewer are on their way. */
	if (setsockopt(r->tx.fd, SOL_SOCKET, SO_SNDBUFFORCE, &memory, sizeof(memory)) < 0)
		(void)!setsockopt(r->tx.fd, SOL_SOCKET, SO_SNDBUF, &memory, sizeof(memory));
	r->map = mmap(NULL, r->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->tx.fd, 0);
	if (r->map == MAP_FAILED) {
		r->map = NULL;
		return error_system(err, errno, "%s: map the ring to send", name);
	}
	madvise(r->map, r->map_bytes, MADV_DONTFORK);
	return 0;
}
