/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles on ring memory, and the walks over the frames in it. Whatever the
 * memory says is held against its real end before it is used; what is
 * returned can be read, and its headroom written, without further checks.
 *
 * Blocks and slots start at multiples of 16, so headers are read in place,
 * each field once.
 */
#include "frames/block.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_packet.h>

#define NS_PER_S 1000000000u

/* Where struct sockaddr_ll lies behind the start of a header. */
#define LINK_V1 TPACKET_ALIGN((uint32_t)sizeof(struct tpacket_hdr))
#define LINK_V2 TPACKET_ALIGN((uint32_t)sizeof(struct tpacket2_hdr))
#define LINK_V3 TPACKET_ALIGN((uint32_t)sizeof(struct tpacket3_hdr))

#define ALIGN_V3 8u /* of the headers in a block */

void block_get(struct block *block)
{
	assert(block->refs > 0);
	block->refs++;
}

void block_put(struct block *block)
{
	assert(block->refs > 0);
	if (--block->refs == 0)
		block->release(block);
}

/* A header, and what was read out of it about the place of the data. */
struct place {
	uint8_t *header;
	uint32_t link; /* offsets from the header: of the address, */
	uint32_t mac;  /* of the data, */
	uint32_t end;  /* and where this frame's memory ends */
};

/*
 * Sets the pointers of a frame whose lengths are set. The kernel's lengths
 * are those of a socket buffer, an int: a larger one is nonsense, and without
 * it what is later put in front of a frame cannot make len wrap.
 */
static inline int frame_place(struct frame *frame, struct place at)
{
	uint32_t taken = at.link + (uint32_t)sizeof(struct sockaddr_ll);

	if (at.mac < taken || at.mac > at.end || frame->caplen > at.end - at.mac ||
	    frame->caplen > frame->len || frame->len > INT32_MAX)
		return -EBADMSG;
	frame->data = at.header + at.mac;
	frame->headroom = at.mac - taken;
	frame->link = at.header + at.link;
	frame->offload = NULL;
	frame->packet_type = at.header[at.link + offsetof(struct sockaddr_ll, sll_pkttype)];
	return 0;
}

/* Kernels before 3.14 give no TPID: they strip nothing but 802.1Q tags. */
static inline void frame_set_vlan(struct frame *frame, uint32_t tci, uint16_t tpid)
{
	frame->vlan_tci = 0;
	frame->vlan_tpid = 0;
	if (frame->status & TP_STATUS_VLAN_VALID) {
		frame->vlan_tci = (uint16_t)tci;
		frame->vlan_tpid = frame->status & TP_STATUS_VLAN_TPID_VALID ? tpid : 0x8100;
	}
}

uint32_t block_walk_used(const uint8_t *base, size_t bytes)
{
	const struct tpacket_block_desc *block = (const void *)base;
	uint32_t used = block->hdr.bh1.blk_len;

	return used <= bytes ? used : 0;
}

int block_walk_start(struct block_walk *walk, uint8_t *base, size_t bytes)
{
	const struct tpacket_block_desc *block = (const void *)base;
	uint32_t first;

	if (bytes < sizeof(*block) || bytes > UINT32_MAX)
		return -EBADMSG;
	first = block->hdr.bh1.offset_to_first_pkt;
	if (first < sizeof(*block) || first > bytes)
		return -EBADMSG;
	walk->base = base;
	walk->bytes = (uint32_t)bytes;
	walk->next = first;
	walk->left = block->hdr.bh1.num_pkts;
	return 0;
}

int block_walk_next(struct block_walk *walk, struct frame *frame)
{
	uint32_t room = walk->bytes - walk->next;
	const struct tpacket3_hdr *header;
	uint32_t end;

	if (walk->left == 0)
		return 0;
	if (room < sizeof(*header) || walk->next % ALIGN_V3)
		return -EBADMSG;
	header = (const void *)(walk->base + walk->next);

	/*
	 * The offset is 0 on the last frame, which may fill the block. On any
	 * other frame 0 makes the next call find no room for a header.
	 */
	end = header->tp_next_offset;
	if (end == 0)
		end = room;
	if (end > room)
		return -EBADMSG;
	frame->caplen = header->tp_snaplen;
	frame->len = header->tp_len;
	frame->time_ns = (uint64_t)header->tp_sec * NS_PER_S + header->tp_nsec;
	frame->status = header->tp_status;
	frame_set_vlan(frame, header->hv1.tp_vlan_tci, header->hv1.tp_vlan_tpid);
	if (frame_place(frame, (struct place){.header = walk->base + walk->next,
					      .link = LINK_V3,
					      .mac = header->tp_mac,
					      .end = end}) < 0)
		return -EBADMSG;
	walk->next += end;
	walk->left--;
	return 1;
}

/*
 * A frame of which nothing is captured may be said to start behind its slot:
 * the kernel does not cut the offset when the slot is that small.
 */
static int slot_place(struct frame *frame, struct place at, size_t slot_bytes)
{
	if (slot_bytes > UINT32_MAX)
		return -EBADMSG;
	at.end = (uint32_t)slot_bytes;
	if (frame->caplen == 0 && at.mac > at.end)
		at.mac = at.end;
	return frame_place(frame, at);
}

int slot_read_v1(uint8_t *slot, size_t slot_bytes, struct frame *frame)
{
	const struct tpacket_hdr *header = (const void *)slot;

	if (slot_bytes < sizeof(*header))
		return -EBADMSG;
	frame->caplen = header->tp_snaplen;
	frame->len = header->tp_len;
	frame->time_ns = (uint64_t)header->tp_sec * NS_PER_S + (uint64_t)header->tp_usec * 1000u;
	frame->status = (uint32_t)header->tp_status;
	frame->vlan_tci = 0;
	frame->vlan_tpid = 0; /* this layout has no place for a tag */
	return slot_place(frame,
			  (struct place){.header = slot, .link = LINK_V1, .mac = header->tp_mac},
			  slot_bytes);
}

int slot_read_v2(uint8_t *slot, size_t slot_bytes, struct frame *frame)
{
	const struct tpacket2_hdr *header = (const void *)slot;

	if (slot_bytes < sizeof(*header))
		return -EBADMSG;
	frame->caplen = header->tp_snaplen;
	frame->len = header->tp_len;
	frame->time_ns = (uint64_t)header->tp_sec * NS_PER_S + header->tp_nsec;
	frame->status = header->tp_status;
	frame_set_vlan(frame, header->tp_vlan_tci, header->tp_vlan_tpid);
	return slot_place(frame,
			  (struct place){.header = slot, .link = LINK_V2, .mac = header->tp_mac},
			  slot_bytes);
}
