/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames/transport.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stddef.h>

#include "frames/load.h"
#include "frames/vlan.h"

#define TAGS_MOST 8u

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u

/* More of them follow, or this is a later one. */
#define IPV4_FRAGMENT 0x3fffu

#define OPTION_PAD1         0u
#define OPTION_HOME_ADDRESS 0xc9u /* RFC 6275 6.3 */

bool transport_skip(struct transport_rest *rest, uint32_t bytes)
{
	if (rest->bytes < bytes)
		return false;
	rest->at += bytes;
	rest->bytes -= bytes;
	return true;
}

/* --- to IP ----------------------------------------------------------------------------- */

/* To what PPP carries. */
static uint16_t skip_pppoe(struct transport_rest *rest)
{
	uint16_t protocol;

	if (rest->bytes < 8)
		return 0;
	protocol = load_be16(rest->at + 6);
	transport_skip(rest, 8);
	return protocol == 0x21 ? ETH_P_IP : protocol == 0x57 ? ETH_P_IPV6 : 0;
}

/* To what is behind the last label, which only its first bits tell. */
static uint16_t skip_mpls(struct transport_rest *rest)
{
	bool last = false;

	for (uint32_t i = 0; i < TAGS_MOST && !last; i++) {
		last = rest->bytes >= 4 && rest->at[2] & 1;
		if (!transport_skip(rest, 4))
			return 0;
	}
	if (!last || rest->bytes == 0)
		return 0;
	return rest->at[0] >> 4 == 4 ? ETH_P_IP : rest->at[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

uint16_t transport_skip_ethernet(struct transport_rest *rest)
{
	uint16_t type;

	if (rest->bytes < ETH_HLEN)
		return 0;
	type = load_be16(rest->at + 12);
	transport_skip(rest, ETH_HLEN);
	for (uint32_t i = 0; i < TAGS_MOST; i++) {
		if (type != ETH_P_8021Q && type != ETH_P_8021AD && type != ETH_P_QINQ1)
			break;
		if (rest->bytes < VLAN_TAG_BYTES)
			return 0;
		type = load_be16(rest->at + 2);
		transport_skip(rest, VLAN_TAG_BYTES);
	}
	if (type == ETH_P_PPP_SES)
		return skip_pppoe(rest);
	return type == ETH_P_MPLS_UC || type == ETH_P_MPLS_MC ? skip_mpls(rest) : type;
}

/* --- to what it carries ------------------------------------------------------------------ */

static bool find_in_ipv4(struct transport_rest rest, struct transport *found)
{
	const uint8_t *header = rest.at;
	uint32_t total, length;

	if (rest.bytes < IPV4_HEADER)
		return false;
	length = (header[0] & 15u) * 4;
	total = load_be16(header + 2);
	if (length < IPV4_HEADER || total < length || total > rest.bytes ||
	    (load_be16(header + 6) & IPV4_FRAGMENT) != 0)
		return false;
	rest.bytes = total;
	transport_skip(&rest, length);
	found->ip_header_bytes = length;
	found->carried = rest;
	found->protocol = header[9];
	found->destination = header + 16;
	return true;
}

uint8_t *transport_final(uint8_t *header, uint32_t bytes)
{
	const uint8_t type = header[2], left = header[3];
	const uint32_t count = (bytes - 8) / 16;

	if ((type != 0 && type != 2 && type != 4) || count == 0 || left == 0)
		return NULL;
	return header + 8 + (type == 4 ? 0 : (size_t)16 * (count - 1));
}

/* Of a header with destination options, which is there. */
static bool has_home_address(const uint8_t *header, uint32_t bytes)
{
	uint32_t at = 2;

	while (at + 2 <= bytes) {
		if (header[at] == OPTION_HOME_ADDRESS)
			return true;
		at += header[at] == OPTION_PAD1 ? 1u : 2u + header[at + 1];
	}
	return false;
}

static bool find_in_ipv6(struct transport_rest rest, struct transport *found)
{
	uint8_t *header = rest.at;
	uint8_t next;
	uint32_t payload;

	if (rest.bytes < IPV6_HEADER)
		return false;
	payload = load_be16(header + 4);
	next = header[6];
	if (payload > rest.bytes - IPV6_HEADER)
		return false;
	transport_skip(&rest, IPV6_HEADER);
	rest.bytes = payload;
	found->ip_header_bytes = IPV6_HEADER;
	found->destination = header + 24;
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		uint8_t *extension = rest.at;
		uint32_t bytes;
		const uint8_t *last;

		if (rest.bytes < 8)
			return false;
		bytes = (extension[1] + 1u) * 8;
		if (!transport_skip(&rest, bytes))
			return false;
		last = next == IPPROTO_ROUTING ? transport_final(extension, bytes) : NULL;
		if (last)
			found->destination = last;
		if (next == IPPROTO_DSTOPTS)
			found->has_home_address |= has_home_address(extension, bytes);
		next = extension[0];
	}
	found->carried = rest;
	found->protocol = next;
	return next != IPPROTO_FRAGMENT;
}

bool transport_find(uint8_t *frame, uint32_t bytes, uint32_t link_bytes, struct transport *found)
{
	struct transport_rest rest = {frame, bytes};

	if (link_bytes > 0) {
		const uint16_t type = transport_skip_ethernet(&rest);

		if (type != ETH_P_IP && type != ETH_P_IPV6)
			return false;
	}
	if (rest.bytes == 0)
		return false;
	*found = (struct transport){.ip = rest.at};
	switch (rest.at[0] >> 4) {
	case 4:
		return find_in_ipv4(rest, found);
	case 6:
		return find_in_ipv6(rest, found);
	default:
		return false;
	}
}
