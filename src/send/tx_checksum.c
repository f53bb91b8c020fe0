/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the transport header of a frame and sums it up. Every
 * length is held against the frame's end.
 */
#include "tx_checksum.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "frames/checksum.h"
#include "frames/load.h"

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u

/* More of them follow, or this is a later one. */
#define IPV4_FRAGMENT 0x3fffu

/* Where TCP and UDP have their checksum. */
#define TCP_CHECKSUM 16u
#define UDP_CHECKSUM 6u

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

static bool skip_ethernet(struct rest *rest)
{
	uint16_t type;

	if (rest->bytes < ETH_HLEN)
		return false;
	type = load_be16(rest->at + 12);
	skip(rest, ETH_HLEN);
	while ((type == ETH_P_8021Q || type == ETH_P_8021AD) && rest->bytes >= 4) {
		type = load_be16(rest->at + 2);
		skip(rest, 4);
	}
	return type == ETH_P_IP || type == ETH_P_IPV6;
}

/* To what the packet has inside; its protocol, or -1. Padding behind it is cut. */
static int skip_ipv4(struct rest *rest)
{
	const uint8_t *header = rest->at;
	uint32_t total, length;

	if (rest->bytes < IPV4_HEADER)
		return -1;
	length = (header[0] & 15u) * 4;
	total = load_be16(header + 2);
	/* A fragment has not all that is summed up. */
	if (length < IPV4_HEADER || total < length || total > rest->bytes ||
	    (load_be16(header + 6) & IPV4_FRAGMENT) != 0)
		return -1;
	rest->bytes = total;
	return skip(rest, length) ? header[9] : -1;
}

static int skip_ipv6(struct rest *rest)
{
	uint32_t payload;
	uint8_t next;

	if (rest->bytes < IPV6_HEADER)
		return -1;
	payload = load_be16(rest->at + 4);
	next = rest->at[6];
	if (payload > rest->bytes - IPV6_HEADER)
		return -1;
	skip(rest, IPV6_HEADER);
	rest->bytes = payload;
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		uint8_t after;

		if (rest->bytes < 8)
			return -1;
		after = rest->at[0];
		if (!skip(rest, (rest->at[1] + 1u) * 8))
			return -1;
		next = after;
	}
	return next;
}

bool tx_checksum_complete(uint8_t *frame, uint32_t bytes, uint32_t header_bytes)
{
	struct rest rest = {frame, bytes};
	uint32_t offset;
	uint16_t sum;
	int protocol;

	if (header_bytes == ETH_HLEN && !skip_ethernet(&rest))
		return false;
	if (rest.bytes == 0)
		return false;
	switch (rest.at[0] >> 4) {
	case 4:
		protocol = skip_ipv4(&rest);
		break;
	case 6:
		protocol = skip_ipv6(&rest);
		break;
	default:
		return false;
	}
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return false;
	offset = protocol == IPPROTO_TCP ? TCP_CHECKSUM : UDP_CHECKSUM;
	if (rest.bytes < offset + sizeof(sum))
		return false;
	sum = checksum_finish(checksum_add(0, rest.at, rest.bytes));
	if (sum == 0 && protocol == IPPROTO_UDP)
		sum = 0xffff;
	rest.at[offset] = (uint8_t)(sum >> 8);
	rest.at[offset + 1] = (uint8_t)sum;
	return true;
}
