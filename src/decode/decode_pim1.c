/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first version of PIM, whose messages were types of IGMP.
 */
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES  8u
#define ADDRESS_BYTES 4u
#define WHOLE_MASK    0xffffffffu
#define USUAL_HOLD    180u
#define SHORT_BYTES   30u /* of a message about one group and one source */
#define ENTRY_BYTES   6u

enum type {
	QUERY = 0,
	REGISTER = 1,
	REGISTER_STOP = 2,
	JOIN_PRUNE = 3,
	RP_REACHABLE = 4,
	ASSERT = 5,
	GRAFT = 6,
	GRAFT_ACK = 7,
};

static const struct text_name type_names[] = {
	{QUERY, "Query"},
	{REGISTER, "Register"},
	{REGISTER_STOP, "Register-Stop"},
	{JOIN_PRUNE, "Join/Prune"},
	{RP_REACHABLE, "RP-reachable"},
	{ASSERT, "Assert"},
	{GRAFT, "Graft"},
	{GRAFT_ACK, "Graft-ACK"},
	{0, NULL},
};

static const struct text_name modes[] = {
	{0, " Dense-mode"},
	{1, " Sparse-mode"},
	{2, " Sparse-Dense-mode"},
	{0, NULL},
};

/* CUT: as the lengths have it; BEYOND: bytes that were not captured. */
enum end { WHOLE, CUT, BEYOND };

static enum end end_of(bool captured)
{
	return captured ? WHOLE : BEYOND;
}

/* Each that is bool is false where bytes were not captured. */
static bool print_address(struct decode *decode, const char *word, const struct cursor *pim,
			  uint32_t at)
{
	const uint8_t *address = cursor_bytes_at(pim, at, ADDRESS_BYTES);

	if (!address)
		return false;
	text_string(decode->out, word);
	text_ipv4(decode->out, address);
	return true;
}

/* Of a group: nothing where it is the whole address. */
static bool print_mask(struct decode *decode, const struct cursor *pim, uint32_t at)
{
	if (!cursor_has(pim, at + ADDRESS_BYTES))
		return false;
	return cursor_be32_at(pim, at) == WHOLE_MASK || print_address(decode, "/", pim, at);
}

static bool print_seconds(struct decode *decode, const char *word, const struct cursor *pim,
			  uint32_t at)
{
	text_string(decode->out, word);
	if (!cursor_has(pim, at + 2))
		return false;
	decode_interval(decode, cursor_be16_at(pim, at));
	return true;
}

static bool print_query(struct decode *decode, const struct cursor *pim)
{
	uint8_t mode = cursor_u8_at(pim, 8) >> 4;

	if (cursor_has(pim, 9))
		text_name(decode->out, modes, " mode-%u", mode);
	if (!decode->options->verbose)
		return true;
	if (!print_seconds(decode, " (Hold-time ", pim, 10))
		return false;
	text_char(decode->out, ')');
	return true;
}

static bool print_pair(struct decode *decode, const struct cursor *pim, uint32_t first,
		       uint32_t second)
{
	return cursor_has(pim, first + ADDRESS_BYTES) && cursor_has(pim, second + ADDRESS_BYTES) &&
	       print_address(decode, " for ", pim, first) &&
	       print_address(decode, " > ", pim, second);
}

static bool print_reachable(struct decode *decode, const struct cursor *pim)
{
	if (!decode->options->verbose)
		return true;
	return print_address(decode, " group ", pim, 8) && print_mask(decode, pim, 12) &&
	       print_address(decode, " RP ", pim, 16) && print_seconds(decode, " hold ", pim, 22);
}

static bool print_assert(struct decode *decode, const struct cursor *pim)
{
	uint32_t preference = cursor_be32_at(pim, 20);

	if (!print_pair(decode, pim, 16, 8) || !print_mask(decode, pim, 12) || !cursor_has(pim, 28))
		return false;
	text_string(decode->out, preference >> 31 ? " RP-tree" : " SPT");
	text_word_decimal(decode->out, " pref ", preference & 0x7fffffff);
	text_word_decimal(decode->out, " metric ", cursor_be32_at(pim, 24));
	return true;
}

/* Most are about one group and one source, and go on a line. */
static bool is_short(const struct cursor *body)
{
	return cursor_has(body, SHORT_BYTES) && cursor_u8_at(body, 11) == 1 &&
	       cursor_be16_at(body, 20) + cursor_be16_at(body, 22) == 1;
}

static void print_short(struct decode *decode, const struct cursor *body)
{
	uint8_t flags = cursor_u8_at(body, 25);

	print_address(decode, " RPF ", body, 0);
	text_char(decode->out, ' ');
	if (cursor_be16_at(body, 6) != USUAL_HOLD)
		print_seconds(decode, "Hold ", body, 6);
	text_string(decode->out, cursor_be16_at(body, 20) ? "Join" : "Prune");
	print_address(decode, " (", body, 26);
	text_word_decimal(decode->out, "/", flags & 0x3f);
	print_address(decode, ", ", body, 12);
	print_mask(decode, body, 16);
	text_string(decode->out, cursor_u8_at(body, 24) & 1 ? ") Sparse" : ") Dense");
	text_string(decode->out, flags & 0x80 ? " WC" : "");
	text_string(decode->out, flags & 0x40 ? " RP" : " SPT");
}

static enum end take_sources(struct decode *decode, struct cursor *at, uint32_t joined,
			     uint32_t pruned)
{
	for (uint32_t i = 0; i < joined + pruned; i++) {
		uint8_t flags = cursor_u8_at(at, 1);

		if (at->length < ENTRY_BYTES)
			return CUT;
		if (!cursor_has(at, ENTRY_BYTES))
			return BEYOND;
		text_string(decode->out, i < joined ? "\n\tJoin  " : "\n\tPrune ");
		text_string(decode->out, cursor_u8_at(at, 0) & 1 ? "Sparse " : "Dense ");
		text_string(decode->out, flags & 0x80 ? "WC " : "");
		print_address(decode, flags & 0x40 ? "RP " : "SPT ", at, 2);
		text_word_decimal(decode->out, "/", flags & 0x3f);
		cursor_skip(at, ENTRY_BYTES);
	}
	return WHOLE;
}

static enum end take_group(struct decode *decode, struct cursor *at)
{
	uint16_t joined = cursor_be16_at(at, 8), pruned = cursor_be16_at(at, 10);

	if (at->length < 4)
		return CUT;
	if (!print_address(decode, "\n\tGroup: ", at, 0))
		return BEYOND;
	if (at->length < 8)
		return CUT;
	if (!print_mask(decode, at, 4))
		return BEYOND;
	if (at->length < 12)
		return CUT;
	if (!cursor_skip(at, 12))
		return BEYOND;
	text_word_decimal(decode->out, " joined: ", joined);
	text_word_decimal(decode->out, " pruned: ", pruned);
	return take_sources(decode, at, joined, pruned);
}

/* What has joined and left a tree: behind the header. */
static enum end print_trees(struct decode *decode, struct cursor body)
{
	bool lines = decode->options->verbose > 1;
	uint8_t groups = cursor_u8_at(&body, 11);
	enum end end = WHOLE;

	if (is_short(&body)) {
		print_short(decode, &body);
		return WHOLE;
	}
	if (body.length < 4)
		return CUT;
	text_string(decode->out, lines ? "\n" : "");
	if (!print_address(decode, " Upstream Nbr: ", &body, 0))
		return BEYOND;
	if (body.length < 8)
		return CUT;
	text_string(decode->out, lines ? "\n" : "");
	if (!print_seconds(decode, " Hold time: ", &body, 6))
		return BEYOND;
	if (!lines)
		return WHOLE;
	if (body.length < 12)
		return CUT;
	if (!cursor_skip(&body, 12))
		return BEYOND;
	for (; groups && end == WHOLE; groups--)
		end = take_group(decode, &body);
	return end;
}

static enum end print_join_prune(struct decode *decode, const struct cursor *pim)
{
	struct cursor body = *pim;
	enum end end;

	if (!decode->options->verbose)
		return WHOLE;
	if (pim->length < HEADER_BYTES)
		return CUT;
	if (!cursor_skip(&body, HEADER_BYTES))
		cursor_skip(&body, cursor_left(&body));
	body.length = pim->length - HEADER_BYTES;
	end = print_trees(decode, body);
	/* Cut there, the message is told to the end all the same. */
	if (end == CUT)
		decode_truncated(decode);
	return end == BEYOND ? BEYOND : WHOLE;
}

static enum end print_type(struct decode *decode, const struct cursor *pim, uint8_t type)
{
	switch (type) {
	case QUERY:
		return end_of(print_query(decode, pim));
	case REGISTER:
		if (!cursor_has(pim, HEADER_BYTES + 20))
			return CUT;
		return end_of(print_pair(decode, pim, 20, 24));
	case REGISTER_STOP:
		return end_of(print_pair(decode, pim, 8, 12));
	case RP_REACHABLE:
		return end_of(print_reachable(decode, pim));
	case ASSERT:
		return end_of(print_assert(decode, pim));
	case JOIN_PRUNE:
	case GRAFT:
	case GRAFT_ACK:
		return print_join_prune(decode, pim);
	default:
		return WHOLE;
	}
}

bool decode_pim1(struct decode *decode, const struct cursor *igmp)
{
	uint8_t type = cursor_u8_at(igmp, 1), version = cursor_u8_at(igmp, 4) >> 4;
	enum end end;

	decode->protocol = "pimv1";
	if (!cursor_has(igmp, 2))
		return false;
	text_char(decode->out, ' ');
	text_name(decode->out, type_names, "[type %u]", type);
	end = print_type(decode, igmp, type);
	if (end != WHOLE)
		return end == CUT && decode_truncated(decode);
	if (!cursor_has(igmp, 5))
		return false;
	if (version != 1)
		text_format(decode->out, " [v%u]", version);
	return true;
}
