/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame by its rules, from the outside in. Every length is held against what was captured.
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "frames/load.h"
#include "frames/vlan.h"
#include "rewrite_parts.h"

#define TAGS_MOST 8u

/* The part of a frame that is left to look at. */
struct rest {
	uint8_t *at;
	uint32_t bytes;
};

static bool skip(struct rest *rest, uint32_t bytes)
{
	if (rest->bytes < bytes)
		return false;
	rest->at += bytes;
	rest->bytes -= bytes;
	return true;
}

/* Of IPv4 in ARP (RFC 826), at the lengths it says. */
static void rewrite_arp(const struct rewrite *rewrite, struct rest rest)
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

/* To what PPP carries (RFC 2516). */
static uint16_t skip_pppoe(struct rest *rest)
{
	uint16_t protocol;

	if (rest->bytes < 8)
		return 0;
	protocol = load_be16(rest->at + 6);
	skip(rest, 8);
	return protocol == 0x21 ? ETH_P_IP : protocol == 0x57 ? ETH_P_IPV6 : 0;
}

/* To what is behind the last label (RFC 3032), which only its first bits tell. */
static uint16_t skip_mpls(struct rest *rest)
{
	bool last = false;

	for (uint32_t i = 0; i < TAGS_MOST && !last; i++) {
		last = rest->bytes >= 4 && rest->at[2] & 1;
		if (!skip(rest, 4))
			return 0;
	}
	if (!last || rest->bytes == 0)
		return 0;
	return rest->at[0] >> 4 == 4 ? ETH_P_IP : rest->at[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

/* To the network layer; its ethertype, or 0. */
static uint16_t skip_ethernet(struct rest *rest)
{
	uint16_t type;

	if (rest->bytes < ETH_HLEN)
		return 0;
	type = load_be16(rest->at + 12);
	skip(rest, ETH_HLEN);
	for (uint32_t i = 0; i < TAGS_MOST; i++) {
		if (type != ETH_P_8021Q && type != ETH_P_8021AD && type != ETH_P_QINQ1)
			break;
		if (rest->bytes < VLAN_TAG_BYTES)
			return 0;
		type = load_be16(rest->at + 2);
		skip(rest, VLAN_TAG_BYTES);
	}
	if (type == ETH_P_PPP_SES)
		return skip_pppoe(rest);
	return type == ETH_P_MPLS_UC || type == ETH_P_MPLS_MC ? skip_mpls(rest) : type;
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

static void rewrite_ip(const struct rewrite *rewrite, struct frame *frame, struct rest rest,
		       uint32_t link_bytes)
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
	struct rest rest = {frame->data, frame->caplen};
	uint16_t type;

	if (!rewrite->above_link)
		return room;
	type = link_bytes == 0 ? ETH_P_IP : skip_ethernet(&rest);
	if (type == ETH_P_ARP || type == ETH_P_RARP)
		rewrite_arp(rewrite, rest);
	else if (type == ETH_P_IP || type == ETH_P_IPV6)
		rewrite_ip(rewrite, frame, rest, link_bytes);
	return room;
}
