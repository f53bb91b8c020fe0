/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4, IPv6 and what they carry. ICMP's errors quote a packet, which is rewritten as the one
 * that it is of; so are the addresses that neighbour discovery and redirects are about.
 */
#include <netinet/in.h>
#include <string.h>

#include "frames/load.h"
#include "frames/transport.h"
#include "rewrite_parts.h"

#define IPV4_HEADER 20u
#define IPV6_HEADER 40u

#define IPV4_LATER_FRAGMENT 0x1fffu
#define IPV4_FRAGMENT       0x3fffu

/* Quotes within quotes. */
#define DEPTH_MOST 2u

#define PROTOCOL_NONE 255u

/* One walk over a packet: itself, or one that is quoted in it. */
struct walk {
	const struct rewrite *rewrite;
	struct rewrite_layer layer;
	uint8_t *begin;
	uint8_t *at, *end; /* what is left */
	const uint8_t *partial;
	uint32_t depth;
	uint8_t protocol; /* of what is at at; PROTOCOL_NONE: nothing whose begin is there */
	bool whole;       /* all of that is there, and no fragment */
};

static void walk_packet(struct walk *walk);

static bool has(const struct walk *walk, const uint8_t *at, uint32_t bytes)
{
	return at <= walk->end && (uint32_t)(walk->end - at) >= bytes;
}

static void put_address(struct walk *walk, enum rewrite_part part, uint8_t *at, uint32_t bytes)
{
	uint8_t to[16];

	if (has(walk, at, bytes) && rewrite_address(walk->rewrite, at, bytes, to))
		rewrite_put(&walk->layer, part, at, to, bytes);
}

/* --- headers ------------------------------------------------------------------------ */

static uint8_t ttl_of(const struct rewrite *rewrite, uint8_t ttl)
{
	int now = rewrite->ttl_kind == REWRITE_TTL_SET ? rewrite->ttl : ttl + rewrite->ttl;

	if (rewrite->ttl_kind == REWRITE_TTL_STAYS)
		return ttl;
	return (uint8_t)(now < 1 ? 1 : now > 255 ? 255 : now);
}

/* In a word of two bytes, each of which a sum is over. */
static void put_byte(struct walk *walk, uint8_t *word, uint32_t which, uint8_t value)
{
	uint8_t both[2] = {word[0], word[1]};

	both[which] = value;
	rewrite_put(&walk->layer, REWRITE_HEADER, word, both, 2);
}

static void put_ipv4_fields(struct walk *walk)
{
	const struct rewrite *r = walk->rewrite;
	uint8_t *header = walk->begin;

	if (r->dscp >= 0)
		put_byte(walk, header, 1, (uint8_t)((unsigned)r->dscp << 2 | (header[1] & 3u)));
	put_byte(walk, header + 8, 0, ttl_of(r, header[8]));
}

static void put_ipv6_fields(struct walk *walk)
{
	const struct rewrite *r = walk->rewrite;
	uint8_t *header = walk->begin;

	if (r->dscp >= 0) {
		header[0] = (uint8_t)(0x60 | r->dscp >> 2);
		header[1] = (uint8_t)((header[1] & 0x3f) | (r->dscp & 3) << 6);
	}
	header[7] = ttl_of(r, header[7]);
}

/* Where the sum of what is carried is, from its begin; 0: it has none of this kind. */
static uint32_t sum_offset(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	default:
		return 0;
	}
}

/* What is carried begins at walk->at. */
static void find_sum(struct walk *walk)
{
	struct rewrite_layer *layer = &walk->layer;
	const uint32_t offset = sum_offset(walk->protocol);
	const bool left = walk->protocol == IPPROTO_TCP || walk->protocol == IPPROTO_UDP;

	if (offset == 0 || !has(walk, walk->at, offset + 2))
		return;
	layer->sum = walk->at + offset;
	layer->udp = walk->protocol == IPPROTO_UDP;
	layer->pseudo = walk->protocol != IPPROTO_ICMP;
	layer->partial = left && walk->partial &&
			 (walk->partial == walk->at || walk->partial == walk->begin);
}

static bool read_ipv4(struct walk *walk)
{
	uint8_t *header = walk->at;
	uint32_t length, total;
	uint16_t fragment;

	if (!has(walk, header, IPV4_HEADER))
		return false;
	length = (header[0] & 15u) * 4;
	total = load_be16(header + 2);
	if (length < IPV4_HEADER || !has(walk, header, length))
		return false;
	fragment = load_be16(header + 6);
	walk->whole = total >= length && has(walk, header, total) && !(fragment & IPV4_FRAGMENT);
	/* Padding is no part of it. Of one too long for the field that is 0. */
	if (total >= length && has(walk, header, total))
		walk->end = header + total;
	walk->layer.header_sum = header + 10;
	walk->at = header + length;
	walk->protocol = fragment & IPV4_LATER_FRAGMENT ? PROTOCOL_NONE : header[9];
	return true;
}

/* Steps over extension headers. *route: a routing header; *last: see transport_final. */
static bool read_ipv6(struct walk *walk, uint8_t **route, uint8_t **last)
{
	uint8_t *header = walk->at;
	uint32_t payload, bytes;
	bool fragment = false, later = false;

	if (!has(walk, header, IPV6_HEADER))
		return false;
	payload = load_be16(header + 4);
	walk->whole = payload > 0 && has(walk, header, IPV6_HEADER + payload);
	if (walk->whole)
		walk->end = header + IPV6_HEADER + payload;
	walk->protocol = header[6];
	walk->at = header + IPV6_HEADER;
	for (;;) {
		const uint8_t kind = walk->protocol;

		if (kind != IPPROTO_HOPOPTS && kind != IPPROTO_ROUTING && kind != IPPROTO_DSTOPTS &&
		    kind != IPPROTO_FRAGMENT)
			break;
		if (later || !has(walk, walk->at, 8)) {
			walk->protocol = PROTOCOL_NONE;
			break;
		}
		bytes = kind == IPPROTO_FRAGMENT ? 8 : (walk->at[1] + 1u) * 8;
		if (!has(walk, walk->at, bytes)) {
			walk->protocol = PROTOCOL_NONE;
			break;
		}
		if (kind == IPPROTO_FRAGMENT) {
			const uint16_t offset = load_be16(walk->at + 2);

			fragment |= (offset & 0xfff9u) != 0;
			later |= (offset & 0xfff8u) != 0;
		} else if (kind == IPPROTO_ROUTING) {
			uint8_t *final = transport_final(walk->at, bytes);

			*route = walk->at;
			*last = final ? final : *last;
		}
		walk->protocol = walk->at[0];
		walk->at += bytes;
	}
	walk->whole &= !fragment;
	if (later)
		walk->protocol = PROTOCOL_NONE;
	return true;
}

/* The final one is summed up behind the header; the others are not. */
static void put_route_addresses(struct walk *walk, uint8_t *route, const uint8_t *last)
{
	const uint32_t count = ((route[1] + 1u) * 8 - 8) / 16;

	if (route[2] != 0 && route[2] != 2 && route[2] != 4)
		return;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *at = route + 8 + (size_t)16 * i;

		put_address(walk, at == last ? REWRITE_OTHER_ADDRESS : REWRITE_HEADER, at, 16);
	}
}

/* --- what is carried ------------------------------------------------------------------ */

static void walk_quoted(struct walk *walk, uint8_t *at)
{
	struct walk quoted = {
		.rewrite = walk->rewrite,
		.layer = {.outer = &walk->layer},
		.begin = at,
		.at = at,
		.end = walk->end,
		.depth = walk->depth + 1,
	};

	if (walk->depth < DEPTH_MOST && has(walk, at, 1))
		walk_packet(&quoted);
}

static void walk_icmp(struct walk *walk)
{
	uint8_t *at = walk->at;

	if (!has(walk, at, 8))
		return;
	switch (at[0]) {
	case 5: /* redirect */
		put_address(walk, REWRITE_PAYLOAD, at + 4, 4);
		walk_quoted(walk, at + 8);
		break;
	case 3: /* unreachable, source quench, time exceeded, parameter problem */
	case 4:
	case 11:
	case 12:
		walk_quoted(walk, at + 8);
		break;
	default:
		break;
	}
}

/* Of neighbour discovery (RFC 4861): prefixes, and the packet that is redirected. */
static void walk_options(struct walk *walk, uint8_t *at)
{
	while (has(walk, at, 8)) {
		const uint32_t bytes = at[1] * 8u;

		if (bytes == 0 || !has(walk, at, bytes))
			return;
		if (at[0] == 3 && bytes >= 32)
			put_address(walk, REWRITE_PAYLOAD, at + 16, 16);
		else if (at[0] == 4)
			walk_quoted(walk, at + 8);
		at += bytes;
	}
}

/* A solicitation goes to a group that is named after the last bits of its target (RFC 4291 2.7.1):
 * it follows that, or nobody would hear it. */
static void put_solicited(struct walk *walk, uint8_t *target)
{
	static const uint8_t group[13] = {0xff, 2, [11] = 1, [12] = 0xff};
	uint8_t *to = walk->begin + 24, followed[16];
	const bool follows = memcmp(to, group, sizeof(group)) == 0 &&
			     memcmp(to + sizeof(group), target + sizeof(group), 3) == 0;

	put_address(walk, REWRITE_PAYLOAD, target, 16);
	if (!follows)
		return;
	memcpy(followed, group, sizeof(group));
	memcpy(followed + sizeof(group), target + sizeof(group), 3);
	rewrite_put(&walk->layer, REWRITE_ADDRESS, to, followed, sizeof(followed));
}

static void walk_icmp6(struct walk *walk)
{
	uint8_t *at = walk->at;

	if (!has(walk, at, 8))
		return;
	switch (at[0]) {
	case 1: /* errors */
	case 2:
	case 3:
	case 4:
		walk_quoted(walk, at + 8);
		break;
	case 134: /* router advertisement */
		walk_options(walk, at + 16);
		break;
	case 135: /* neighbour solicitation */
		if (has(walk, at, 24))
			put_solicited(walk, at + 8);
		break;
	case 136: /* and advertisement */
		put_address(walk, REWRITE_PAYLOAD, at + 8, 16);
		break;
	case 137: /* redirect */
		put_address(walk, REWRITE_PAYLOAD, at + 8, 16);
		put_address(walk, REWRITE_PAYLOAD, at + 24, 16);
		walk_options(walk, at + 40);
		break;
	default:
		break;
	}
}

static void walk_carried(struct walk *walk)
{
	const struct rewrite_carried carried = {walk->at, walk->end, walk->protocol, walk->whole};

	if (walk->protocol == IPPROTO_ICMP)
		walk_icmp(walk);
	else if (walk->protocol == IPPROTO_ICMPV6)
		walk_icmp6(walk);
	else if (walk->rewrite->port_count > 0)
		rewrite_ports(walk->rewrite, &walk->layer, &carried);
}

static void walk_ipv4(struct walk *walk)
{
	uint8_t *header = walk->at;

	if (!read_ipv4(walk))
		return;
	find_sum(walk);
	put_address(walk, REWRITE_ADDRESS, header + 12, 4);
	put_address(walk, REWRITE_ADDRESS, header + 16, 4);
	if (walk->depth == 0)
		put_ipv4_fields(walk);
	walk_carried(walk);
}

static void walk_ipv6(struct walk *walk)
{
	uint8_t *header = walk->at, *route = NULL, *last = NULL;

	if (!read_ipv6(walk, &route, &last))
		return;
	find_sum(walk);
	put_address(walk, REWRITE_ADDRESS, header + 8, 16);
	put_address(walk, last ? REWRITE_HEADER : REWRITE_ADDRESS, header + 24, 16);
	if (route)
		put_route_addresses(walk, route, last);
	if (walk->depth == 0)
		put_ipv6_fields(walk);
	walk_carried(walk);
}

static void walk_packet(struct walk *walk)
{
	switch (walk->at[0] >> 4) {
	case 4:
		walk_ipv4(walk);
		break;
	case 6:
		walk_ipv6(walk);
		break;
	default:
		break;
	}
}

void rewrite_packet(const struct rewrite *rewrite, uint8_t *at, uint32_t bytes,
		    const uint8_t *partial)
{
	struct walk walk = {
		.rewrite = rewrite,
		.begin = at,
		.at = at,
		.end = at + bytes,
		.partial = partial,
	};

	if (bytes > 0)
		walk_packet(&walk);
}
