/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet's keys: the bytes that libpcap's filters look at, where they look, whether they
 * make sense or not. A filter fails where it looks beyond what was captured; so no key is
 * missed there.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdbool.h>

#include "frames/load.h"
#include "keys.h"

#define LINKTYPE_RAW 101 /* in files; else they are as DLT_* */

#define TAG_BYTES        4u
#define TYPE_VLAN_OLD    0x9100u
#define TYPE_LEAST       0x600u /* below it is a length */
#define SLL_TYPE_AT      14u
#define SLL_BYTES        16u
#define SLL2_TYPE_AT     0u
#define SLL2_BYTES       20u
#define IPV4_PROTOCOL    9u
#define IPV4_SOURCE      12u
#define IPV4_DESTINATION 16u
#define IPV4_OFFSET      0x1fffu
#define IPV6_NEXT        6u
#define IPV6_SOURCE      8u
#define IPV6_DESTINATION 24u
#define IPV6_BYTES       40u
#define ARP_SENDER       14u
#define ARP_TARGET       24u

/* What there is of a frame from some byte on. */
struct part {
	const uint8_t *at;
	uint32_t bytes;
};

static bool has(const struct part *p, uint32_t offset, uint32_t bytes)
{
	return offset <= p->bytes && p->bytes - offset >= bytes;
}

static void add(struct keys *keys, enum index_kind kind, const struct part *p, uint32_t offset)
{
	if (has(p, offset, index_key_bytes(kind)))
		keys_add(keys, kind, p->at + offset);
}

static void skip(struct part *p, uint32_t bytes)
{
	bytes = bytes < p->bytes ? bytes : p->bytes;
	p->at += bytes;
	p->bytes -= bytes;
}

static void add_ports(struct keys *keys, const struct part *p, uint32_t offset)
{
	add(keys, INDEX_PORT, p, offset);
	add(keys, INDEX_PORT, p, offset + 2);
}

static void add_ipv4(struct keys *keys, const struct part *p)
{
	add(keys, INDEX_IPV4, p, IPV4_SOURCE);
	add(keys, INDEX_IPV4, p, IPV4_DESTINATION);
	add(keys, INDEX_PROTOCOL, p, IPV4_PROTOCOL);
	/* A later fragment has no ports, for a filter either. */
	if (has(p, IPV4_PROTOCOL, 1) && keys_has_ports(p->at[IPV4_PROTOCOL]) &&
	    (load_be16(p->at + 6) & IPV4_OFFSET) == 0)
		add_ports(keys, p, (p->at[0] & 15u) * 4);
}

static void add_ipv6(struct keys *keys, const struct part *p)
{
	add(keys, INDEX_IPV6, p, IPV6_SOURCE);
	add(keys, INDEX_IPV6, p, IPV6_DESTINATION);
	add(keys, INDEX_PROTOCOL, p, IPV6_NEXT);
	if (!has(p, IPV6_NEXT, 1))
		return;
	if (p->at[IPV6_NEXT] == IPPROTO_FRAGMENT)
		add(keys, INDEX_PROTOCOL, p, IPV6_BYTES);
	if (keys_has_ports(p->at[IPV6_NEXT]))
		add_ports(keys, p, IPV6_BYTES);
}

static bool is_tag(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD || type == TYPE_VLAN_OLD;
}

static void add_vlan(struct keys *keys, const struct part *tag)
{
	const uint8_t id[] = {tag->at[0] & 15u, tag->at[1]};

	keys_add(keys, INDEX_VLAN, id);
}

/* From a type on, behind which p is. */
static void add_typed(struct keys *keys, const uint8_t *type, struct part p)
{
	while (is_tag(load_be16(type)) && has(&p, 0, TAG_BYTES)) {
		keys_add(keys, INDEX_ETHERTYPE, type);
		add_vlan(keys, &p);
		type = p.at + 2;
		skip(&p, TAG_BYTES);
	}
	if (is_tag(load_be16(type)) && has(&p, 0, 2))
		add_vlan(keys, &p);
	if (load_be16(type) >= TYPE_LEAST)
		keys_add(keys, INDEX_ETHERTYPE, type);
	switch (load_be16(type)) {
	case ETH_P_IP:
		add_ipv4(keys, &p);
		break;
	case ETH_P_IPV6:
		add_ipv6(keys, &p);
		break;
	case ETH_P_ARP:
	case ETH_P_RARP:
		add(keys, INDEX_IPV4, &p, ARP_SENDER);
		add(keys, INDEX_IPV4, &p, ARP_TARGET);
		break;
	default:
		break;
	}
}

static void add_from_type(struct keys *keys, const struct part *p, uint32_t type_at,
			  uint32_t header_bytes)
{
	struct part rest = *p;

	if (!has(p, type_at, 2))
		return;
	skip(&rest, header_bytes);
	add_typed(keys, p->at + type_at, rest);
}

/* Without a header in front: its version says which it is. */
static void add_raw(struct keys *keys, const struct part *p)
{
	static const uint8_t ipv4[] = {ETH_P_IP >> 8, ETH_P_IP & 0xff},
			     ipv6[] = {ETH_P_IPV6 >> 8, ETH_P_IPV6 & 0xff};

	if (p->bytes == 0)
		return;
	if (p->at[0] >> 4 == 4)
		add_typed(keys, ipv4, *p);
	else if (p->at[0] >> 4 == 6)
		add_typed(keys, ipv6, *p);
}

void keys_of_frame(struct keys *keys, const struct frame *frame, int dlt)
{
	const struct part p = {frame->data, frame->caplen};

	switch (dlt) {
	case DLT_EN10MB:
		add(keys, INDEX_MAC, &p, 0);
		add(keys, INDEX_MAC, &p, ETH_ALEN);
		add_from_type(keys, &p, 2 * ETH_ALEN, ETH_HLEN);
		break;
	case DLT_LINUX_SLL:
		add_from_type(keys, &p, SLL_TYPE_AT, SLL_BYTES);
		break;
	case DLT_LINUX_SLL2:
		add_from_type(keys, &p, SLL2_TYPE_AT, SLL2_BYTES);
		break;
	case DLT_RAW:
	case LINKTYPE_RAW:
		add_raw(keys, &p);
		break;
	default:
		keys->unknown = INDEX_ALL;
		break;
	}
}
