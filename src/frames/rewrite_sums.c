/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums that follow a change: RFC 1624, equation 3. A packet quoted in an ICMP error has
 * sums of its own, which the error's sum is over as well: a change goes from the inside out,
 * together with what it has changed on its way.
 */
#include <string.h>

#include "frames/checksum.h"
#include "frames/load.h"
#include "rewrite_parts.h"

static uint32_t fold(uint32_t sum)
{
	return ~checksum_finish(sum) & 0xffffu;
}

static void store(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Returns how the field itself has changed, as a part of other sums. */
static uint32_t follow(uint8_t *field, uint32_t change, bool partial, bool udp)
{
	const uint32_t old = load_be16(field);
	uint32_t now;

	if (udp && !partial && old == 0)
		return 0;
	now = partial ? fold(old + change) : checksum_finish((~old & 0xffff) + change);
	if (udp && now == 0)
		now = 0xffff;
	store(field, now);
	return (~old & 0xffff) + now;
}

static bool sums_up(const struct rewrite_layer *layer, enum rewrite_part part)
{
	if (!layer->sum || part == REWRITE_HEADER)
		return false;
	return part == REWRITE_PAYLOAD ? !layer->partial : layer->pseudo;
}

void rewrite_put(struct rewrite_layer *layer, enum rewrite_part part, uint8_t *at,
		 const uint8_t *bytes, uint32_t count)
{
	uint32_t change = 0;

	for (uint32_t i = 0; i + 2 <= count; i += 2)
		change += (~(uint32_t)load_be16(at + i) & 0xffff) + load_be16(bytes + i);
	memcpy(at, bytes, count);
	change = fold(change);
	for (; layer; layer = layer->outer, part = REWRITE_PAYLOAD) {
		uint32_t more = 0;

		if (layer->header_sum && (part == REWRITE_ADDRESS || part == REWRITE_HEADER))
			more += follow(layer->header_sum, change, false, false);
		if (sums_up(layer, part))
			more += follow(layer->sum, change, layer->partial, layer->udp);
		change = fold(change + more);
	}
}
