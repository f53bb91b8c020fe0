/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Ethernet header. Tags come and go at the front: the addresses move, and with
 * them what lies in front of them.
 */
#include <linux/if_ether.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "frames/load.h"
#include "frames/vlan.h"
#include "rewrite_parts.h"

#define ADDRESSES_BYTES 12u
#define OFFLOAD_BYTES   sizeof(struct virtio_net_hdr)

static void put_mac(const struct rewrite_mac *rules, uint32_t count, uint8_t *mac)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!rules[i].all && memcmp(rules[i].from, mac, ETH_ALEN) != 0)
			continue;
		memcpy(mac, rules[i].to, ETH_ALEN);
		return;
	}
}

/* Its place is by bytes further on; offsets in it count from the frame's begin. */
static void move_offload(struct frame *frame, int bytes)
{
	struct virtio_net_hdr *offload = (void *)((uint8_t *)frame->offload + bytes);

	memmove(offload, frame->offload, OFFLOAD_BYTES);
	if (offload->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		offload->csum_start = (uint16_t)(offload->csum_start - bytes);
	if (offload->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		offload->hdr_len = (uint16_t)(offload->hdr_len - bytes);
	frame->offload = offload;
}

static bool push(struct frame *frame, uint16_t id)
{
	if (frame->headroom < VLAN_TAG_BYTES)
		return false;
	if (frame->offload)
		move_offload(frame, -(int)VLAN_TAG_BYTES);
	frame->vlan_tpid = ETH_P_8021Q;
	frame->vlan_tci = id;
	return vlan_restore(frame, UINT32_MAX) == 0;
}

static bool has_tag(const struct frame *frame)
{
	uint16_t type;

	if (frame->caplen < ETH_HLEN + VLAN_TAG_BYTES)
		return false;
	type = load_be16(frame->data + ADDRESSES_BYTES);
	return type == ETH_P_8021Q || type == ETH_P_8021AD || type == ETH_P_QINQ1;
}

static void pop(struct frame *frame)
{
	memmove(frame->data + VLAN_TAG_BYTES, frame->data, ADDRESSES_BYTES);
	if (frame->offload)
		move_offload(frame, VLAN_TAG_BYTES);
	frame->data += VLAN_TAG_BYTES;
	frame->headroom += VLAN_TAG_BYTES;
	frame->caplen -= VLAN_TAG_BYTES;
	frame->len -= VLAN_TAG_BYTES;
}

/* Its priority stays. */
static void renumber(struct frame *frame, const struct rewrite_vlan *rule)
{
	uint8_t *tci = frame->data + ADDRESSES_BYTES + 2;
	const uint16_t id = load_be16(tci) & 0xfff;

	if (rule->from != REWRITE_VLAN_ANY && rule->from != id)
		return;
	tci[0] = (uint8_t)((tci[0] & 0xf0) | rule->to >> 8);
	tci[1] = (uint8_t)rule->to;
}

bool rewrite_link(const struct rewrite *rewrite, struct frame *frame)
{
	bool room = true;

	if (frame->caplen < ADDRESSES_BYTES)
		return true;
	put_mac(rewrite->destinations, rewrite->destination_count, frame->data);
	put_mac(rewrite->sources, rewrite->source_count, frame->data + ETH_ALEN);
	for (uint32_t i = 0; i < rewrite->vlan_count && room; i++) {
		const struct rewrite_vlan *rule = &rewrite->vlans[i];

		if (rule->kind == REWRITE_PUSH)
			room = push(frame, rule->to);
		else if (has_tag(frame) && rule->kind == REWRITE_POP)
			pop(frame);
		else if (has_tag(frame))
			renumber(frame, rule);
	}
	return room;
}
