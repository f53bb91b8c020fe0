/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules as they are kept, and the steps of rewriting a frame. Part of rewrite.
 */
#ifndef WIRETAPE_REWRITE_PARTS_H
#define WIRETAPE_REWRITE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/rewrite.h"

#define REWRITE_VLAN_ANY UINT16_MAX

struct rewrite_mac {
	bool all; /* whatever it was */
	uint8_t from[6], to[6];
};

enum rewrite_vlan_kind { REWRITE_PUSH, REWRITE_POP, REWRITE_RENUMBER };

struct rewrite_vlan {
	enum rewrite_vlan_kind kind;
	uint16_t from; /* an ID, or REWRITE_VLAN_ANY */
	uint16_t to;
};

/* Addresses that begin as from begin as to then; the bits behind stay. */
struct rewrite_net {
	uint32_t bytes; /* of an address: 4 or 16 */
	uint8_t from[16], from_mask[16];
	uint8_t to[16], to_mask[16];
};

struct rewrite_port {
	uint16_t from, to;
};

enum rewrite_ttl_kind { REWRITE_TTL_STAYS, REWRITE_TTL_SET, REWRITE_TTL_ADD };

struct rewrite {
	struct rewrite_mac *sources, *destinations;
	struct rewrite_vlan *vlans;
	struct rewrite_net *nets;
	struct rewrite_port *ports;
	uint32_t source_count, destination_count, vlan_count, net_count, port_count;
	uint32_t pushes;
	enum rewrite_ttl_kind ttl_kind;
	int ttl;
	int dscp;        /* -1: stays */
	bool above_link; /* there is a rule for what IP carries, or IP */
};

/* What sums a part of a packet up. */
struct rewrite_layer {
	struct rewrite_layer *outer; /* that quotes this one; or null */
	uint8_t *header_sum;         /* IPv4's; each may be null */
	uint8_t *sum;                /* of what IP carries */
	bool udp;                    /* 0 in it is none */
	bool pseudo;                 /* addresses are summed up there */
	bool partial; /* what it carries is not in it yet (CHECKSUM_PARTIAL), and it is not
			 complemented */
};

/* What a change is of. */
enum rewrite_part {
	REWRITE_ADDRESS,       /* of the IP header, and summed up behind it */
	REWRITE_HEADER,        /* of the IP header alone */
	REWRITE_OTHER_ADDRESS, /* the same for what is summed up behind it alone */
	REWRITE_PAYLOAD,
};

/* Puts bytes, of an even number, to an even place of a packet, and has all checksums over
 * them follow. */
void rewrite_put(struct rewrite_layer *layer, enum rewrite_part part, uint8_t *at,
		 const uint8_t *bytes, uint32_t count);

/* An address by the rules: whether it has another one. */
bool rewrite_address(const struct rewrite *rewrite, const uint8_t *address, uint32_t bytes,
		     uint8_t to[static 16]);

/* An IPv4 or IPv6 packet from at on, of which bytes are there. partial: as CHECKSUM_PARTIAL
 * has it, a place that is summed up so, or null. */
void rewrite_packet(const struct rewrite *rewrite, uint8_t *at, uint32_t bytes,
		    const uint8_t *partial);

/* TCP's or UDP's, ... and SCTP's header at the begin of what an IP packet carries; whole: all
 * of that is there. */
struct rewrite_carried {
	uint8_t *at, *end;
	uint8_t protocol;
	bool whole;
};
void rewrite_ports(const struct rewrite *rewrite, struct rewrite_layer *layer,
		   const struct rewrite_carried *carried);

/* MAC addresses and tags. False: no room for a tag. */
bool rewrite_link(const struct rewrite *rewrite, struct frame *frame);

#endif
