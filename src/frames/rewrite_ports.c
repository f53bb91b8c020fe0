/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ports. Those of SCTP are under a CRC over all of the packet.
 */
#include <netinet/in.h>
#include <string.h>

#include "base/crc32c.h"
#include "frames/load.h"
#include "rewrite_parts.h"

#define SCTP_HEADER 12u
#define SCTP_SUM    8u

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_SCTP;
}

static bool find_port(const struct rewrite *rewrite, const uint8_t *at, uint8_t to[static 2])
{
	const uint16_t port = load_be16(at);

	for (uint32_t i = 0; i < rewrite->port_count; i++) {
		if (rewrite->ports[i].from != port)
			continue;
		to[0] = (uint8_t)(rewrite->ports[i].to >> 8);
		to[1] = (uint8_t)rewrite->ports[i].to;
		return true;
	}
	return false;
}

/* As RFC 9260 has it, with 0 in its own place. */
static uint32_t sctp_sum(uint8_t *at, const uint8_t *end)
{
	uint8_t kept[4];
	uint32_t sum;

	memcpy(kept, at + SCTP_SUM, sizeof(kept));
	memset(at + SCTP_SUM, 0, sizeof(kept));
	sum = crc32c(at, (size_t)(end - at));
	memcpy(at + SCTP_SUM, kept, sizeof(kept));
	return sum;
}

static uint32_t load_le32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void store_le32(uint8_t *at, uint32_t value)
{
	for (uint32_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

void rewrite_ports(const struct rewrite *rewrite, struct rewrite_layer *layer,
		   const struct rewrite_carried *carried)
{
	uint8_t *at = carried->at, to[2][2];
	bool found[2], summed;

	if (!has_ports(carried->protocol) || carried->end - at < 4)
		return;
	for (uint32_t i = 0; i < 2; i++)
		found[i] = find_port(rewrite, at + (size_t)2 * i, to[i]);
	if (!found[0] && !found[1])
		return;
	summed = carried->protocol == IPPROTO_SCTP && carried->whole &&
		 carried->end - at >= (ptrdiff_t)SCTP_HEADER &&
		 load_le32(at + SCTP_SUM) == sctp_sum(at, carried->end);
	for (uint32_t i = 0; i < 2; i++)
		if (found[i])
			rewrite_put(layer, REWRITE_PAYLOAD, at + (size_t)2 * i, to[i], 2);
	if (summed) {
		uint8_t sum[4];

		store_le32(sum, sctp_sum(at, carried->end));
		rewrite_put(layer, REWRITE_PAYLOAD, at + SCTP_SUM, sum, sizeof(sum));
	}
}
