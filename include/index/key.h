/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What packets are found by: keys of some kinds, each of the bytes that stand in the
 * packet (big endian). Which bytes those are follows what the primitives of
 * pcap-filter(7) look at, so that no packet they match is without its key.
 */
#ifndef WIRETAPE_INDEX_KEY_H
#define WIRETAPE_INDEX_KEY_H

#include <stdint.h>

/*
 * X(name, bytes). IPv4 addresses are those of ARP as well; a protocol is IPv4's and the
 * first one of IPv6 (and the one behind a fragment header); ports are of TCP, UDP and
 * SCTP; ethertypes are those of tags, too.
 */
#define INDEX_KINDS(X)        \
	X(INDEX_IPV4, 4)      \
	X(INDEX_IPV6, 16)     \
	X(INDEX_MAC, 6)       \
	X(INDEX_PORT, 2)      \
	X(INDEX_ETHERTYPE, 2) \
	X(INDEX_VLAN, 2)      \
	X(INDEX_PROTOCOL, 1)

enum index_kind {
#define X(name, bytes) name,
	INDEX_KINDS(X)
#undef X
		INDEX_KIND_COUNT
};

#define INDEX_KEY_MOST 16u
#define INDEX_ALL      ((1u << INDEX_KIND_COUNT) - 1) /* a bit for each kind */

/* Bytes of a key of that kind. */
static inline uint32_t index_key_bytes(unsigned kind)
{
	static const uint8_t bytes[] = {
#define X(name, bytes) bytes,
		INDEX_KINDS(X)
#undef X
	};

	return bytes[kind];
}

#endif
