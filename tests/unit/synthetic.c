/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's side of a ring, as far as its layout goes. Written from the
 * kernel's rules and not from our own readers, so that the two check each
 * other.
 */
#include "synthetic.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/if_packet.h>
#include <string.h>

#define NS_PER_S 1000000000u

/* Offset of the data: the network header is aligned, the link's is before it. */
static uint32_t mac_offset(const struct synthetic_frame *frame, uint32_t header_bytes,
			   uint32_t reserve)
{
	uint32_t link = frame->mac_bytes < 16 ? 16 : frame->mac_bytes;

	return (header_bytes + link + 15) / 16 * 16 + reserve - frame->mac_bytes;
}

static uint32_t frame_len(const struct synthetic_frame *frame)
{
	return frame->len ? frame->len : frame->caplen;
}

static uint32_t frame_status(const struct synthetic_frame *frame)
{
	uint32_t status = TP_STATUS_USER | frame->status;

	if (frame->vlan_tpid)
		status |= TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID;
	return status;
}

static void put_address(uint8_t *at, const struct synthetic_frame *frame)
{
	struct sockaddr_ll link;

	memcpy(&link, at, sizeof(link));
	link.sll_family = AF_PACKET;
	link.sll_protocol = htons(frame->protocol);
	link.sll_ifindex = frame->ifindex;
	link.sll_hatype = frame->arphrd;
	link.sll_pkttype = frame->packet_type;
	link.sll_halen = frame->address_size;
	assert(frame->address_size <= sizeof(link.sll_addr));
	memcpy(link.sll_addr, frame->address, frame->address_size);
	memcpy(at, &link, sizeof(link));
}

uint32_t synthetic_block_v3(uint8_t *block, size_t bytes, const struct synthetic_layout *layout,
			    const struct synthetic_frame *frames, uint32_t count, uint32_t *offsets)
{
	const uint32_t first = 48 + (layout->priv_bytes + 7) / 8 * 8;
	const uint32_t most = (uint32_t)bytes - first;
	struct tpacket_block_desc desc = {.version = TPACKET_V3, .offset_to_priv = 48};
	uint32_t at = first, last = 0, i;

	for (i = 0; i < count; i++) {
		const struct synthetic_frame *frame = &frames[i];
		uint32_t mac = mac_offset(frame, TPACKET3_HDRLEN, layout->reserve);
		uint32_t caplen = frame->caplen, next;
		struct tpacket3_hdr header;

		if (mac > most) /* no room for a byte of it */
			mac = most;
		if (caplen > most - mac)
			caplen = most - mac;
		next = (mac + caplen + 7) / 8 * 8;

		/* A frame opens a block however long it is, but ends short of its end. */
		if (at != first && at + next >= bytes)
			break;
		memcpy(&header, block + at, sizeof(header));
		header.tp_next_offset = next;
		header.tp_sec = (uint32_t)(frame->time_ns / NS_PER_S);
		header.tp_nsec = (uint32_t)(frame->time_ns % NS_PER_S);
		header.tp_snaplen = caplen;
		header.tp_len = frame_len(frame);
		header.tp_status = frame_status(frame);
		header.tp_mac = (uint16_t)mac;
		header.tp_net = (uint16_t)(mac + frame->mac_bytes);
		header.hv1.tp_vlan_tci = frame->vlan_tpid ? frame->vlan_tci : 0;
		header.hv1.tp_vlan_tpid = frame->vlan_tpid;
		memcpy(block + at, &header, sizeof(header));
		put_address(block + at + 48, frame);
		if (caplen != 0)
			memcpy(block + at + mac, frame->data, caplen);
		if (offsets)
			offsets[i] = at;
		last = at;
		at += next;
	}
	if (last != 0)
		memset(block + last, 0, sizeof(uint32_t)); /* tp_next_offset */
	desc.hdr.bh1.block_status = TP_STATUS_USER;
	desc.hdr.bh1.num_pkts = i;
	desc.hdr.bh1.offset_to_first_pkt = first;
	desc.hdr.bh1.blk_len = at;
	desc.hdr.bh1.seq_num = 1;
	memcpy(block, &desc, sizeof(desc));
	return i;
}

/* The frame in a slot cut to what is left behind mac. */
static uint32_t slot_caplen(const struct synthetic_frame *frame, uint32_t mac, size_t bytes)
{
	if (mac + frame->caplen <= bytes)
		return frame->caplen;
	return mac < bytes ? (uint32_t)bytes - mac : 0;
}

void synthetic_slot_v1(uint8_t *slot, size_t bytes, const struct synthetic_layout *layout,
		       const struct synthetic_frame *frame)
{
	uint32_t mac = mac_offset(frame, TPACKET_HDRLEN, layout->reserve);
	struct tpacket_hdr header;

	memcpy(&header, slot, sizeof(header));
	header.tp_status = TP_STATUS_USER | frame->status;
	header.tp_len = frame_len(frame);
	header.tp_snaplen = slot_caplen(frame, mac, bytes);
	header.tp_mac = (uint16_t)mac;
	header.tp_net = (uint16_t)(mac + frame->mac_bytes);
	header.tp_sec = (uint32_t)(frame->time_ns / NS_PER_S);
	header.tp_usec = (uint32_t)(frame->time_ns % NS_PER_S / 1000u);
	memcpy(slot, &header, sizeof(header));
	put_address(slot + 32, frame);
	if (header.tp_snaplen != 0)
		memcpy(slot + mac, frame->data, header.tp_snaplen);
}

void synthetic_slot_v2(uint8_t *slot, size_t bytes, const struct synthetic_layout *layout,
		       const struct synthetic_frame *frame)
{
	uint32_t mac = mac_offset(frame, TPACKET2_HDRLEN, layout->reserve);
	struct tpacket2_hdr header;

	memset(&header, 0, sizeof(header)); /* clears its padding, as the kernel does */
	header.tp_status = frame_status(frame);
	header.tp_len = frame_len(frame);
	header.tp_snaplen = slot_caplen(frame, mac, bytes);
	header.tp_mac = (uint16_t)mac;
	header.tp_net = (uint16_t)(mac + frame->mac_bytes);
	header.tp_sec = (uint32_t)(frame->time_ns / NS_PER_S);
	header.tp_nsec = (uint32_t)(frame->time_ns % NS_PER_S);
	header.tp_vlan_tci = frame->vlan_tpid ? frame->vlan_tci : 0;
	header.tp_vlan_tpid = frame->vlan_tpid;
	memcpy(slot, &header, sizeof(header));
	put_address(slot + 32, frame);
	if (header.tp_snaplen != 0)
		memcpy(slot + mac, frame->data, header.tp_snaplen);
}
