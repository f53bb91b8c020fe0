/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame by its rules, from the outside in. Every length is held against what was captured.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "frames/load.h"
#include "frames/transport.h"
#include "rewrite_parts.h"

/* Of IPv4 in ARP (RFC 826), at the lengths it says. */
static void rewrite_arp(const struct rewrite *rewrite, struct transport_rest rest)
{
	uint8_t to[16];

	if (rest.bytes < 8 || load_be16(rest.at + 2) != ETH_P_IP || rest.at[5] != 4)
		return;
	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t at = 8 + rest.at[4] * (i + 1u) + 4 * i;

		if (at + 4 <= rest.bytes && rewrite_address(rewrite, rest.at + at, 4, to))
			memcpy(rest.at + at, to, 4);
	}
}

/* Where the transport header is whose sum is an adapter's to complete; null: nowhere. *any:
 * it is not known where, but the packet's own. */
static const uint8_t *find_partial(const struct frame *frame, bool *any)
{
	*any = false;
	if (frame->offload)
		return frame->offload->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM
			       ? frame->data + frame->offload->csum_start
			       : NULL;
	*any = (frame->status & TP_STATUS_CSUMNOTREADY) != 0;
	return NULL;
}

/* A group's MAC address is made of its IP address: of IPv4 (RFC 1112 6.4), or IPv6 (RFC 2464 7). */
static bool is_group(const uint8_t *mac, const uint8_t *ip, uint32_t bytes)
{
	if (bytes < 20)
		return false;
	if (ip[0] >> 4 == 4)
		return mac[0] == 1 && mac[1] == 0 && mac[2] == 0x5e && ip[16] >> 4 == 14 &&
		       mac[3] == (ip[17] & 0x7f) && memcmp(mac + 4, ip + 18, 2) == 0;
	return bytes >= 40 && mac[0] == 0x33 && mac[1] == 0x33 && ip[24] == 0xff &&
	       memcmp(mac + 2, ip + 36, 4) == 0;
}

static void follow_group(uint8_t *mac, const uint8_t *ip)
{
	if (ip[0] >> 4 == 4) {
		mac[3] = ip[17] & 0x7f;
		memcpy(mac + 4, ip + 18, 2);
	} else {
		memcpy(mac + 2, ip + 36, 4);
	}
}

static void rewrite_ip(const struct rewrite *rewrite, struct frame *frame,
		       struct transport_rest rest, uint32_t link_bytes)
{
	const bool group = link_bytes > 0 && is_group(frame->data, rest.at, rest.bytes);
	bool any;
	const uint8_t *partial = find_partial(frame, &any);

	rewrite_packet(rewrite, rest.at, rest.bytes, any ? rest.at : partial);
	if (group)
		follow_group(frame->data, rest.at);
}

bool rewrite_frame(const struct rewrite *rewrite, struct frame *frame, uint32_t link_bytes)
{
	const bool room = link_bytes == 0 || rewrite_link(rewrite, frame);
	struct transport_rest rest = {frame->data, frame->caplen};
	uint16_t type;

	if (!rewrite->above_link)
		return room;
	type = link_bytes == 0 ? ETH_P_IP : transport_skip_ethernet(&rest);
	if (type == ETH_P_ARP || type == ETH_P_RARP)
		rewrite_arp(rewrite, rest);
	else if (type == ETH_P_IP || type == ETH_P_IPV6)
		rewrite_ip(rewrite, frame, rest, link_bytes);
	return room;
}
