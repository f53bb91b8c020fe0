/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds LINKTYPE_LINUX_SLL2 headers out of the address the kernel keeps in
 * front of each frame, in the free bytes between that address and the data.
 */
#include "frames/sll2.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <string.h>

/* All fields in network byte order. */
struct sll2_header {
	uint16_t protocol;
	uint16_t reserved;
	uint32_t ifindex;
	uint16_t hatype;
	uint8_t pkttype;
	uint8_t halen;
	uint8_t addr[8];
	/* Written only for a tagged frame: the start of its payload. */
	uint16_t tci;
	uint16_t inner_protocol;
};

static_assert(offsetof(struct sll2_header, tci) == SLL2_HEADER_BYTES, "no padding inside");

int sll2_prepend(struct frame *frame, uint32_t snaplen)
{
	uint32_t bytes = frame->vlan_tpid ? sizeof(struct sll2_header) : SLL2_HEADER_BYTES;
	uint64_t caplen = (uint64_t)frame->caplen + bytes;
	struct sockaddr_ll link;

	if (frame->headroom < bytes)
		return -ENOSPC;
	memcpy(&link, frame->link, sizeof(link));

	struct sll2_header header = {
		.protocol = frame->vlan_tpid ? htons(frame->vlan_tpid) : link.sll_protocol,
		.ifindex = htonl((uint32_t)link.sll_ifindex),
		.hatype = htons(link.sll_hatype),
		.pkttype = link.sll_pkttype,
		.halen = link.sll_halen,
		.tci = htons(frame->vlan_tci),
		.inner_protocol = link.sll_protocol, /* in network order already */
	};
	/* Behind the address the kernel leaves what the ring held before. */
	memcpy(header.addr, link.sll_addr,
	       link.sll_halen < sizeof(header.addr) ? link.sll_halen : sizeof(header.addr));

	frame->data -= bytes;
	frame->headroom -= bytes;
	memcpy(frame->data, &header, bytes);
	frame->caplen = caplen < snaplen ? (uint32_t)caplen : snaplen;
	frame->len += bytes;
	frame->vlan_tpid = 0;
	return 0;
}
