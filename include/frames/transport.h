/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where in a frame IP is, and what that carries. Every length is held against the
 * frame's end. Pure.
 */
#ifndef WIRETAPE_TRANSPORT_H
#define WIRETAPE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

/* The part of a frame that is left to look at. */
struct transport_rest {
	uint8_t *at;
	uint32_t bytes;
};

/* Steps over so many bytes: false where there are fewer, and nothing is done. */
bool transport_skip(struct transport_rest *rest, uint32_t bytes);

/* From an Ethernet header, with tags, PPPoE (RFC 2516) and MPLS (RFC 3032), to the network
 * layer: its ethertype, or 0. */
uint16_t transport_skip_ethernet(struct transport_rest *rest);

struct transport {
	uint8_t *ip;                   /* the header of IPv4 or IPv6; */
	uint32_t ip_header_bytes;      /* without extension headers */
	struct transport_rest carried; /* by the packet's own length: padding is none of it */
	uint8_t protocol;              /* of that: IPPROTO_* */
	const uint8_t *destination;    /* address that checksums are over: see below */
	bool has_home_address;         /* so does that (RFC 6275), and it is not ip's */
};

/* With an Ethernet header, or with link_bytes of 0 without any. False where the frame has no
 * IP, less of it than the packet says, or a part of one only (a fragment). */
bool transport_find(uint8_t *frame, uint32_t bytes, uint32_t link_bytes, struct transport *found);

/* Of an IPv6 routing header of so many bytes, at least 8, which are there: the address that
 * is gone to last, where checksums have that in place of the IPv6 header's (RFC 8200 8.1, RFC
 * 8754); else null. */
uint8_t *transport_final(uint8_t *header, uint32_t bytes);

#endif
