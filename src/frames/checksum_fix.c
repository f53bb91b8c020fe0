/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames/checksum_fix.h"

#include <netinet/in.h>

#include "frames/checksum.h"
#include "frames/load.h"
#include "frames/transport.h"

#define IPV4_CHECKSUM 10u
#define UDP_HEADER    8u

/* Where the field is, and what else than the bytes it is over. */
static bool fix_field(uint8_t *at, uint32_t bytes, uint32_t offset, uint64_t pseudo, bool udp)
{
	uint8_t *field = at + offset;
	const uint16_t remainder = checksum_finish(checksum_add(pseudo, at, bytes));
	uint16_t right;

	/* All ones and 0 are the same to the sum, and 0 is no checksum in UDP. */
	if (remainder == 0 && !(udp && load_be16(field) == 0))
		return false;
	field[0] = field[1] = 0;
	right = checksum_finish(checksum_add(pseudo, at, bytes));
	if (udp && right == 0)
		right = 0xffff;
	field[0] = (uint8_t)(right >> 8);
	field[1] = (uint8_t)right;
	return true;
}

/* RFC 9293 3.1, RFC 8200 8.1. */
static uint64_t pseudo_of(const struct transport *t, uint32_t bytes)
{
	const bool four = t->ip[0] >> 4 == 4;
	const uint64_t sum =
		checksum_add((uint64_t)t->protocol + bytes, t->ip + (four ? 12 : 8), four ? 4 : 16);

	return checksum_add(sum, t->destination, four ? 4 : 16);
}

/* By the length it says itself: what is behind that is none of it. */
static bool fix_udp(const struct transport *t, bool four)
{
	uint32_t bytes;

	if (t->carried.bytes < UDP_HEADER)
		return false;
	bytes = load_be16(t->carried.at + 4);
	if (bytes < UDP_HEADER || bytes > t->carried.bytes ||
	    (four && load_be16(t->carried.at + 6) == 0))
		return false;
	return fix_field(t->carried.at, bytes, 6, pseudo_of(t, bytes), true);
}

static bool fix_carried(const struct transport *t, bool four)
{
	const uint32_t bytes = t->carried.bytes;

	if (t->has_home_address)
		return false;
	switch (t->protocol) {
	case IPPROTO_TCP:
		return bytes >= 20 &&
		       fix_field(t->carried.at, bytes, 16, pseudo_of(t, bytes), false);
	case IPPROTO_UDP:
		return fix_udp(t, four);
	case IPPROTO_ICMP:
		return four && bytes >= 4 && fix_field(t->carried.at, bytes, 2, 0, false);
	case IPPROTO_ICMPV6:
		return !four && bytes >= 4 &&
		       fix_field(t->carried.at, bytes, 2, pseudo_of(t, bytes), false);
	default:
		return false;
	}
}

bool checksum_fix(uint8_t *frame, uint32_t bytes, uint32_t link_bytes)
{
	struct transport found;
	bool four, changed;

	if (!transport_find(frame, bytes, link_bytes, &found))
		return false;
	four = found.ip[0] >> 4 == 4;
	changed = four && fix_field(found.ip, found.ip_header_bytes, IPV4_CHECKSUM, 0, false);
	return fix_carried(&found, four) || changed;
}
