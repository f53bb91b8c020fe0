/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads headers from the outside in, and sets them right in each segment from the inside
 * out: the checksum of an outer UDP header is of all that is inside.
 */
#include "segments.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include "frames/checksum.h"
#include "frames/load.h"

#define IPV4_HEADER   20u
#define IPV6_HEADER   40u
#define UDP_HEADER    8u
#define TCP_HEADER    20u
#define VXLAN_HEADER  8u
#define GENEVE_HEADER 8u
#define GRE_HEADER    4u

#define PORT_VXLAN       4789u
#define PORT_VXLAN_LINUX 8472u
#define PORT_GENEVE      6081u

#define GRE_KEY   0x2000u
#define GRE_KNOWN GRE_KEY /* what else is there belongs to one packet */

#define IPV4_FRAGMENT 0x3fffu /* more of them follow, or this is a later one */

#define TCP_FIN 0x01u
#define TCP_PSH 0x08u
#define TCP_CWR 0x80u

#define TYPE_TEB 0x6558u /* transparent Ethernet bridging */

/* Where reading has come to. */
struct cursor {
	const uint8_t *frame;
	uint32_t bytes;
	uint32_t at;
	uint32_t wanted; /* of the transport header; 0: the first TCP header */
};

/* What comes next. */
enum next { NEXT_ETHERNET, NEXT_TYPE, NEXT_PROTOCOL, NEXT_DONE, NEXT_BAD };

struct step {
	enum next next;
	uint16_t value; /* an ethertype, or a protocol */
};

static const struct step bad = {NEXT_BAD, 0};

static void put_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at + 2, value & 0xffffu);
}

/* --- reading ---------------------------------------------------------------------- */

static bool has(const struct cursor *c, uint32_t bytes)
{
	return c->bytes - c->at >= bytes;
}

static bool push_layer(struct segments *s, enum segments_kind kind, uint32_t at)
{
	if (s->layer_count == SEGMENTS_LAYERS_MOST)
		return false;
	s->layers[s->layer_count++] = (struct segments_layer){kind, at};
	return true;
}

static struct step step_ethernet(struct cursor *c)
{
	uint16_t type;

	if (!has(c, ETH_HLEN))
		return bad;
	type = load_be16(c->frame + c->at + 12);
	c->at += ETH_HLEN;
	while ((type == ETH_P_8021Q || type == ETH_P_8021AD) && has(c, 4)) {
		type = load_be16(c->frame + c->at + 2);
		c->at += 4;
	}
	return (struct step){NEXT_TYPE, type};
}

static struct step step_ipv4(struct segments *s, struct cursor *c)
{
	const uint8_t *header = c->frame + c->at;
	uint32_t length;

	if (!has(c, IPV4_HEADER))
		return bad;
	length = (header[0] & 15u) * 4;
	if (header[0] >> 4 != 4 || length < IPV4_HEADER || !has(c, length) ||
	    (load_be16(header + 6) & IPV4_FRAGMENT) != 0 || !push_layer(s, SEGMENTS_IPV4, c->at))
		return bad;
	c->at += length;
	return (struct step){NEXT_PROTOCOL, header[9]};
}

static struct step step_ipv6(struct segments *s, struct cursor *c)
{
	const uint8_t *header = c->frame + c->at;
	uint8_t next;

	/* Without a length it is a jumbogram, which no segment is. */
	if (!has(c, IPV6_HEADER) || header[0] >> 4 != 6 || load_be16(header + 4) == 0 ||
	    !push_layer(s, SEGMENTS_IPV6, c->at))
		return bad;
	next = header[6];
	c->at += IPV6_HEADER;
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		uint32_t length;

		if (!has(c, 8))
			return bad;
		length = (c->frame[c->at + 1] + 1u) * 8;
		if (!has(c, length))
			return bad;
		next = c->frame[c->at];
		c->at += length;
	}
	return (struct step){NEXT_PROTOCOL, next};
}

static struct step step_tcp(struct segments *s, struct cursor *c)
{
	uint32_t length;

	if (!has(c, TCP_HEADER) || (c->wanted != 0 && c->at != c->wanted))
		return bad;
	length = (c->frame[c->at + 12] >> 4) * 4u;
	if (length < TCP_HEADER || !has(c, length) || !push_layer(s, SEGMENTS_TCP, c->at))
		return bad;
	s->headers = c->at + length;
	return (struct step){NEXT_DONE, 0};
}

/* A tunnel's header behind UDP's. */
static struct step step_tunnel(struct cursor *c, uint16_t port)
{
	const uint8_t *header = c->frame + c->at;
	uint32_t length;

	if (port == PORT_VXLAN || port == PORT_VXLAN_LINUX) {
		if (!has(c, VXLAN_HEADER))
			return bad;
		c->at += VXLAN_HEADER;
		return (struct step){NEXT_ETHERNET, 0};
	}
	if (port != PORT_GENEVE || !has(c, GENEVE_HEADER))
		return bad;
	length = GENEVE_HEADER + (header[0] & 0x3fu) * 4;
	if (!has(c, length))
		return bad;
	c->at += length;
	return (struct step){NEXT_TYPE, load_be16(header + 2)};
}

static struct step step_udp(struct segments *s, struct cursor *c)
{
	const uint8_t *header = c->frame + c->at;

	if (!has(c, UDP_HEADER) || !push_layer(s, SEGMENTS_UDP, c->at))
		return bad;
	c->at += UDP_HEADER;
	if (c->wanted != 0 && c->at == c->wanted + UDP_HEADER) {
		s->headers = c->at;
		return (struct step){NEXT_DONE, 0};
	}
	return step_tunnel(c, load_be16(header + 2));
}

static struct step step_gre(struct cursor *c)
{
	const uint8_t *header = c->frame + c->at;
	uint32_t length = GRE_HEADER;

	if (!has(c, GRE_HEADER) || (load_be16(header) & ~GRE_KNOWN) != 0)
		return bad;
	if (load_be16(header) & GRE_KEY)
		length += 4;
	if (!has(c, length))
		return bad;
	c->at += length;
	return (struct step){NEXT_TYPE, load_be16(header + 2)};
}

static struct step step_type(struct segments *s, struct cursor *c, uint16_t type)
{
	switch (type) {
	case ETH_P_IP:
		return step_ipv4(s, c);
	case ETH_P_IPV6:
		return step_ipv6(s, c);
	case TYPE_TEB:
		return step_ethernet(c);
	default:
		return bad;
	}
}

static struct step step_protocol(struct segments *s, struct cursor *c, uint16_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return step_tcp(s, c);
	case IPPROTO_UDP:
		return step_udp(s, c);
	case IPPROTO_GRE:
		return step_gre(c);
	case IPPROTO_IPIP:
		return step_ipv4(s, c);
	case IPPROTO_IPV6:
		return step_ipv6(s, c);
	default:
		return bad;
	}
}

static bool is_ip(const struct segments_layer *layer)
{
	return layer->kind == SEGMENTS_IPV4 || layer->kind == SEGMENTS_IPV6;
}

bool segments_read(struct segments *s, const uint8_t *frame, uint32_t bytes, uint32_t link_bytes,
		   uint32_t transport)
{
	struct cursor c = {frame, bytes, 0, transport};
	struct step step = {NEXT_ETHERNET, 0};
	uint32_t ips = 0;

	*s = (struct segments){0};
	if (bytes <= link_bytes)
		return false;
	if (link_bytes != ETH_HLEN) {
		c.at = link_bytes;
		step = (struct step){NEXT_TYPE, frame[c.at] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6};
	}
	/* Each step goes on in the frame, or ends. */
	while (step.next != NEXT_DONE && step.next != NEXT_BAD) {
		if (step.next == NEXT_ETHERNET)
			step = step_ethernet(&c);
		else if (step.next == NEXT_TYPE)
			step = step_type(s, &c, step.value);
		else
			step = step_protocol(s, &c, step.value);
	}
	for (uint32_t i = 0; i < s->layer_count; i++)
		ips += is_ip(&s->layers[i]);
	s->tunnel = ips > 1;
	return step.next == NEXT_DONE && ips > 0;
}

/* --- cutting ---------------------------------------------------------------------- */

struct piece {
	uint8_t *at;
	uint32_t bytes;
	uint32_t number;
	uint32_t offset; /* of its payload in the whole */
	bool last;
};

/* Of the addresses, the protocol and the length, as the IP header around a transport
 * header has them. */
static uint64_t pseudo_sum(const uint8_t *ip, bool v4, uint8_t protocol, uint32_t length)
{
	const uint8_t rest[] = {0, protocol, (uint8_t)(length >> 8), (uint8_t)length};
	uint64_t sum = checksum_add(0, rest, sizeof(rest));

	return v4 ? checksum_add(sum, ip + 12, 8) : checksum_add(sum, ip + 8, 32);
}

static void sum_transport(const struct piece *p, const struct segments_layer *layer,
			  const struct segments_layer *ip)
{
	const bool udp = layer->kind == SEGMENTS_UDP;
	uint8_t *header = p->at + layer->at;
	uint8_t *field = header + (udp ? 6 : 16);
	const uint32_t length = p->bytes - layer->at;
	uint64_t sum = pseudo_sum(p->at + ip->at, ip->kind == SEGMENTS_IPV4,
				  udp ? IPPROTO_UDP : IPPROTO_TCP, length);
	uint16_t value;

	put_u16(field, 0);
	value = checksum_finish(checksum_add(sum, header, length));
	put_u16(field, value == 0 && udp ? 0xffffu : value);
}

static void set_ipv4(const struct piece *p, uint32_t at)
{
	uint8_t *header = p->at + at;

	put_u16(header + 2, p->bytes - at);
	put_u16(header + 4, load_be16(header + 4) + p->number);
	put_u16(header + 10, 0);
	put_u16(header + 10, checksum_finish(checksum_add(0, header, (header[0] & 15u) * 4)));
}

static void set_tcp(const struct piece *p, uint32_t at)
{
	uint8_t *header = p->at + at;

	put_u32(header + 4, load_be32(header + 4) + p->offset);
	if (!p->last)
		header[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (p->number > 0)
		header[13] &= (uint8_t)~TCP_CWR;
}

/* Lengths and numbers of one header; its checksum, where one inside is summed up. */
static void set_layer(const struct segments *s, const struct piece *p, uint32_t i)
{
	const struct segments_layer *layer = &s->layers[i];
	const bool last = i + 1 == s->layer_count;
	bool summed;

	switch (layer->kind) {
	case SEGMENTS_IPV4:
		set_ipv4(p, layer->at);
		return;
	case SEGMENTS_IPV6:
		put_u16(p->at + layer->at + 4, p->bytes - layer->at - IPV6_HEADER);
		return;
	case SEGMENTS_TCP:
		set_tcp(p, layer->at);
		sum_transport(p, layer, &s->layers[i - 1]);
		return;
	case SEGMENTS_UDP:
		/* A tunnel may do without. */
		summed = last || load_be16(p->at + layer->at + 6) != 0;
		put_u16(p->at + layer->at + 4, p->bytes - layer->at);
		if (summed)
			sum_transport(p, layer, &s->layers[i - 1]);
		return;
	}
}

uint32_t segments_cut(const struct segments *s, const uint8_t *frame, uint32_t bytes,
		      uint32_t number, uint8_t *at)
{
	const uint64_t offset = (uint64_t)number * s->bytes;
	const uint32_t payload = bytes - s->headers;
	struct piece p = {.at = at, .number = number, .offset = (uint32_t)offset};
	uint32_t part;

	/* A frame without payload is one segment. */
	if (offset >= payload && !(number == 0 && payload == 0))
		return 0;
	part = payload - p.offset < s->bytes ? payload - p.offset : s->bytes;
	p.last = p.offset + part == payload;
	p.bytes = s->headers + part;
	memcpy(at, frame, s->headers);
	memcpy(at + s->headers, frame + s->headers + p.offset, part);
	for (uint32_t i = s->layer_count; i-- > 0;)
		set_layer(s, &p, i);
	return p.bytes;
}
