/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds LINKTYPE_LINUX_SLL2 headers out of the address the kernel keeps in
 * front of each frame, in the free bytes between that address and the data.
 */
#include "frames/sll2.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "frames/checksum.h"
#include "frames/load.h"
#include "frames/vlan.h"

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

/* --- tags that the kernel has left, and does not tell of ------------------------------ */

/*
 * Since Linux 6.11 a cooked socket is told the protocol behind all tags of a frame, also
 * where only the outer one was taken off: then the data begins with the inner tag, and its
 * TPID is told nowhere. Before that it was the protocol told. So a tag is taken to be there
 * if the data, read as one, leads to that protocol, unless it is a packet of it as it is.
 */

static bool is_tpid(uint16_t protocol)
{
	return protocol == ETH_P_8021Q || protocol == ETH_P_8021AD || protocol == ETH_P_QINQ1 ||
	       protocol == ETH_P_QINQ2 || protocol == ETH_P_QINQ3;
}

/* Bytes of tags at the data that lead to the protocol; 0: none do. */
static uint32_t tags_before(const struct frame *frame, uint16_t protocol)
{
	for (uint32_t at = 0; at + VLAN_TAG_BYTES <= frame->caplen;) {
		const uint16_t next = load_be16(frame->data + at + 2);

		at += VLAN_TAG_BYTES;
		if (next == protocol)
			return at;
		if (!is_tpid(next))
			return 0;
	}
	return 0;
}

/* Whether what begins behind so many bytes of the data can be a packet of the protocol, as
 * far as that is known and was captured. */
static bool is_packet(const struct frame *frame, uint32_t skip, uint16_t protocol)
{
	const uint8_t *at = frame->data + skip;
	const uint32_t caplen = frame->caplen - skip, len = frame->len - skip;
	uint32_t header;

	if (protocol == ETH_P_IP && caplen >= 1) {
		header = (at[0] & 0xfu) * 4;
		return at[0] >> 4 == 4 && header >= 20 &&
		       (caplen < header || (load_be16(at + 2) <= len &&
					    checksum_finish(checksum_add(0, at, header)) == 0));
	}
	if (protocol == ETH_P_IPV6 && caplen >= 1)
		return at[0] >> 4 == 6 && (caplen < 6 || load_be16(at + 4) + 40u <= len);
	return true;
}

/* Whether a frame that a tag was taken off has another one, although it was told to be of
 * that protocol. */
static bool hides_tag(const struct frame *frame, uint16_t protocol)
{
	const uint32_t tags = is_tpid(protocol) ? 0 : tags_before(frame, protocol);
	const bool known = protocol == ETH_P_IP || protocol == ETH_P_IPV6;

	return tags > 0 && is_packet(frame, tags, protocol) &&
	       !(known && is_packet(frame, 0, protocol));
}

/* --- headers --------------------------------------------------------------------------- */

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
	/* Which TPID it was nobody knows any more. */
	if (frame->vlan_tpid && hides_tag(frame, ntohs(link.sll_protocol)))
		header.inner_protocol = htons(ETH_P_8021Q);
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
