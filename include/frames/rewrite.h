/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that frames are rewritten by, and rewriting: MAC addresses, VLAN tags, IP addresses,
 * ports, TTL and DSCP. Checksums stay as right, or as wrong, as they were: they are updated
 * by what has changed (RFC 1624), those of fragments and of packets quoted in ICMP errors
 * too; SCTP's CRC, which cannot be, is made anew where it was right. What is in tunnels, and
 * what protocols above ports say of addresses, stays.
 *
 * Threads: rules are made by one, and read by any number.
 */
#ifndef WIRETAPE_REWRITE_H
#define WIRETAPE_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "frames/frame.h"

struct rewrite;

/* No rules. 0 or -errno; rewrite_close takes a null pointer. */
int rewrite_open(struct rewrite **rewrite, struct error *err);
void rewrite_close(struct rewrite *rewrite);

/*
 * Adds a rule, as it is typed:
 *   src-mac:MAC          each one; or OLD=NEW: that one
 *   dst-mac:MAC
 *   vlan:push,ID         a tag in front of others; vlan:pop takes the first one off;
 *                        vlan:ID=ID or vlan:any=ID changes the first one
 *   ip:NET/BITS=NET/BITS both addresses, of IPv4 or IPv6: the bits of the second one take the
 *                        place of theirs; without /BITS one host
 *   port:PORT=PORT       both ports of TCP, UDP, UDP-Lite, DCCP, SCTP
 *   ttl:N, ttl:+N, ttl:-N   and hop limit: 1 to 255, where it ends
 *   dscp:N
 * Of several that fit an address, or a port, the first does it. VLAN rules are followed in
 * order. A usage error names what is wrong with the text, and 0 is done.
 */
int rewrite_add(struct rewrite *rewrite, const char *rule, struct error *err);

/* Whether frames of a link type (DLT_*) can be rewritten: Ethernet, and IP alone where no rule is
 * of MAC addresses or tags. A usage error, with from, whose frames they are, in its text. No
 * rules, a null pointer: the same for checksum_fix. */
int rewrite_check(const struct rewrite *rewrite, int dlt, const char *from, struct error *err);

/* Of such a type: what rewrite_frame is to be told. */
uint32_t rewrite_link_bytes(int dlt);

/* Bytes that a frame can grow by, at its front. */
uint32_t rewrite_growth(const struct rewrite *rewrite);

/*
 * Rewrites a frame where it lies: with an Ethernet header, or with link_bytes of 0 without
 * any. It has headroom for rewrite_growth, in front of frame.offload where that is set, or its
 * tags stay: false. What is not captured of it, or makes no sense, stays as it is.
 */
bool rewrite_frame(const struct rewrite *rewrite, struct frame *frame, uint32_t link_bytes);

#endif
