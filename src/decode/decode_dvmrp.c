/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DVMRP, which routers tell each other in IGMP (RFC 1075,
 * draft-ietf-idmr-dvmrp-v3).
 */
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES  8u
#define ADDRESS_BYTES 4u

enum type {
	PROBE = 1,
	REPORT = 2,
	NEIGHBORS = 4,
	NEIGHBORS2 = 6,
	PRUNE = 7,
	GRAFT = 8,
	GRAFT_ACK = 9,
};

static const struct text_name type_names[] = {
	{PROBE, "Probe"},          {REPORT, "Report"},
	{3, "Ask-neighbors(old)"}, {NEIGHBORS, "Neighbors(old)"},
	{5, "Ask-neighbors2"},     {NEIGHBORS2, "Neighbors2"},
	{PRUNE, "Prune"},          {GRAFT, "Graft"},
	{GRAFT_ACK, "Graft-ACK"},  {0, NULL},
};

static const struct text_name neighbor_bits[] = {
	{0x01, "/tunnel"},   {0x02, "/srcrt"}, {0x40, "/querier"},
	{0x20, "/disabled"}, {0x10, "/down"},  {0, NULL},
};

/* Each is false where bytes were not captured; the cursor is behind the header,
 * and stays within the length. */
static bool take_address(struct decode *decode, struct cursor *at, const char *word)
{
	const uint8_t *address = cursor_take_bytes(at, ADDRESS_BYTES);

	if (!address)
		return false;
	text_string(decode->out, word);
	text_ipv4(decode->out, address);
	return true;
}

static bool print_probe(struct decode *decode, struct cursor at)
{
	unsigned verbose = decode->options->verbose;

	if (!verbose)
		return true;
	if (at.length < 4) {
		text_format(decode->out, " [full length %u < 4]", at.length);
		return decode_invalid(decode);
	}
	text_string(decode->out, verbose > 1 ? "\n\t" : " ");
	if (!cursor_has(&at, 4))
		return false;
	text_word_decimal(decode->out, "genid ", cursor_be32_at(&at, 0));
	cursor_skip(&at, 4);
	while (verbose > 1 && at.length) {
		if (at.length < ADDRESS_BYTES) {
			text_format(decode->out, "[remaining length %u < 4]", at.length);
			return decode_invalid(decode);
		}
		if (!take_address(decode, &at, "\n\tneighbor "))
			return false;
	}
	return true;
}

/* Networks behind a mask: only as many bytes of them as the mask has. The last
 * has a bit in its metric. */
static bool take_networks(struct decode *decode, struct cursor *at, uint32_t width, bool *broken)
{
	bool last = false;

	while (!last) {
		uint8_t network[ADDRESS_BYTES] = {0}, metric = cursor_u8_at(at, width);

		*broken = at->length < width + 1;
		if (*broken) {
			text_string(decode->out, "\n\t  [Truncated Report]");
			return decode_invalid(decode);
		}
		if (!cursor_has(at, width + 1))
			return false;
		cursor_copy_at(at, 0, network, width);
		text_string(decode->out, "\n\t  ");
		text_ipv4(decode->out, network);
		text_word_decimal(decode->out, " metric ", metric & 0x7f);
		last = metric & 0x80;
		cursor_skip(at, width + 1);
	}
	return true;
}

static bool print_report(struct decode *decode, struct cursor at)
{
	bool broken = false;

	while (decode->options->verbose > 1 && at.length && !broken) {
		uint8_t mask[ADDRESS_BYTES] = {0xff};
		uint32_t width;

		if (at.length < 3)
			return decode_too_short(decode, at.length, 3);
		if (!cursor_copy_at(&at, 0, mask + 1, 3))
			return false;
		width = mask[3] ? 4 : mask[2] ? 3 : mask[1] ? 2 : 1;
		text_string(decode->out, "\n\tMask ");
		text_ipv4(decode->out, mask);
		cursor_skip(&at, 3);
		if (!take_networks(decode, &at, width, &broken))
			return false;
	}
	return true;
}

static bool print_neighbors(struct decode *decode, struct cursor at)
{
	while (at.length) {
		const uint8_t *own = cursor_bytes_at(&at, 0, ADDRESS_BYTES);
		uint8_t metric = cursor_u8_at(&at, 4), threshold = cursor_u8_at(&at, 5);
		uint8_t count = cursor_u8_at(&at, 6);

		if (at.length < 7)
			return decode_too_short(decode, at.length, 7);
		if (!cursor_skip(&at, 7))
			return false;
		for (; count; count--) {
			if (at.length < ADDRESS_BYTES)
				return decode_too_short(decode, at.length, ADDRESS_BYTES);
			text_string(decode->out, " [");
			text_ipv4(decode->out, own);
			text_string(decode->out, " ->");
			if (!take_address(decode, &at, " "))
				return false;
			text_format(decode->out, ", (%u/%u)]", metric, threshold);
		}
	}
	return true;
}

/* Those reached by one of the router's own interfaces. */
static bool take_interface(struct decode *decode, struct cursor *at, bool *broken)
{
	const uint8_t *own = cursor_bytes_at(at, 0, ADDRESS_BYTES);
	uint8_t metric = cursor_u8_at(at, 4), threshold = cursor_u8_at(at, 5);
	uint8_t flags = cursor_u8_at(at, 6), count = cursor_u8_at(at, 7);

	if (!cursor_skip(at, 8))
		return false;
	for (; count && at->length; count--) {
		*broken = at->length < ADDRESS_BYTES;
		if (*broken)
			return decode_too_short(decode, at->length, ADDRESS_BYTES);
		text_string(decode->out, " [");
		text_ipv4(decode->out, own);
		text_string(decode->out, " -> ");
		if (!take_address(decode, at, ""))
			return false;
		text_format(decode->out, " (%u/%u", metric, threshold);
		text_bits(decode->out, neighbor_bits, flags, "", "");
		text_string(decode->out, ")]");
	}
	*broken = count;
	if (count) {
		text_string(decode->out, " [invalid ncount]");
		decode_invalid(decode);
	}
	return true;
}

static bool print_neighbors2(struct decode *decode, const struct cursor *dvmrp, struct cursor at)
{
	bool broken = false;

	/* Where other messages of IGMP have a group stands a version. */
	text_format(decode->out, " (v %u.%u):", cursor_u8_at(dvmrp, 7), cursor_u8_at(dvmrp, 6));
	while (at.length && !broken) {
		if (at.length < 8)
			return decode_too_short(decode, at.length, 8);
		if (!take_interface(decode, &at, &broken))
			return false;
	}
	return true;
}

static bool print_pruned(struct decode *decode, struct cursor at, uint8_t type)
{
	if (!cursor_has(&at, 2 * ADDRESS_BYTES) || !take_address(decode, &at, " src ") ||
	    !take_address(decode, &at, " grp "))
		return false;
	if (type != PRUNE)
		return true;
	text_string(decode->out, " timer ");
	if (!cursor_has(&at, 4))
		return false;
	decode_interval(decode, cursor_be32_at(&at, 0));
	return true;
}

bool decode_dvmrp(struct decode *decode, const struct cursor *igmp)
{
	uint8_t type = cursor_u8_at(igmp, 1);
	struct cursor at = *igmp;

	decode->protocol = "dvmrp";
	if (!cursor_has(igmp, 2))
		return false;
	text_char(decode->out, ' ');
	text_name(decode->out, type_names, "[type %u]", type);
	/* The end of what was captured, where not even the header was. */
	if (!cursor_skip(&at, HEADER_BYTES))
		cursor_skip(&at, cursor_left(&at));
	at.length = igmp->length - HEADER_BYTES;
	switch (type) {
	case PROBE:
		return print_probe(decode, at);
	case REPORT:
		return print_report(decode, at);
	case NEIGHBORS:
		return print_neighbors(decode, at);
	case NEIGHBORS2:
		return cursor_has(igmp, HEADER_BYTES) && print_neighbors2(decode, igmp, at);
	case PRUNE:
	case GRAFT:
	case GRAFT_ACK:
		return print_pruned(decode, at, type);
	default:
		return true;
	}
}
