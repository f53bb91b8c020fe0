/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header that takes packets along a path of services: NSH (RFC 8300).
 */
#include <stddef.h>

#include "decoders.h"

#define LEAST_BYTES 8u
#define WORD_BYTES  4u
#define LEAST_WORDS 2u
#define FLAG_OAM    2u

enum metadata { FIXED = 1, VARIABLE = 2 };
enum next { NEXT_IPV4 = 1, NEXT_IPV6 = 2, NEXT_ETHERNET = 3 };

#define FIXED_WORDS 6u

static const struct text_name metadata_names[] = {
	{0, "reserved"}, {FIXED, "1"}, {VARIABLE, "2"}, {15, "experimental"}, {0, NULL},
};

static const struct text_name next_names[] = {
	{NEXT_IPV4, "IPv4"}, {NEXT_IPV6, "IPv6"},   {NEXT_ETHERNET, "Ethernet"}, {4, "NSH"},
	{5, "MPLS"},         {254, "Experiment 1"}, {255, "Experiment 2"},       {0, NULL},
};

struct nsh {
	uint32_t first;  /* the first word */
	uint32_t length; /* of all, by the layer below */
	uint32_t words;  /* of header, context included */
	uint8_t metadata, next;
};

static void print_fields(struct decode *decode, const struct nsh *nsh)
{
	unsigned verbose = decode->options->verbose;

	text_string(decode->out, nsh->first >> 28 & FLAG_OAM ? "flags [O], " : "flags [none], ");
	if (verbose > 2) {
		text_format(decode->out, "TTL %u, length %u, md type ", nsh->first >> 22 & 63,
			    nsh->words);
		text_name(decode->out, metadata_names, "unknown (0x%02x)", nsh->metadata);
		text_string(decode->out, ", ");
	}
	if (verbose > 1) {
		text_string(decode->out, "next-protocol ");
		text_name(decode->out, next_names, "unknown (0x%02x)", nsh->next);
		text_string(decode->out, ", ");
	}
}

/* Each of these moves behind what it prints, and is false where that was not
 * captured. */
static bool take_words(struct decode *decode, struct cursor *at, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++) {
		if (!cursor_has(at, WORD_BYTES))
			return false;
		text_format(decode->out, "\n        Context[%02u]: 0x%08x", i,
			    cursor_be32_at(at, 0));
		cursor_skip(at, WORD_BYTES);
	}
	return true;
}

static bool take_value(struct decode *decode, struct cursor *at, uint32_t bytes)
{
	if (!bytes)
		return true;
	text_string(decode->out, "\n            Value: ");
	for (uint32_t i = 0; i < bytes; i++) {
		if (!cursor_has(at, 1))
			return false;
		text_string(decode->out, i ? ":" : "0x");
		text_hex(decode->out, cursor_u8_at(at, 0), 2);
		cursor_skip(at, 1);
	}
	return cursor_skip(at, -bytes & (WORD_BYTES - 1));
}

/* Values with a type each, in so many words; too_big: one goes on behind them. */
static bool take_values(struct decode *decode, struct cursor *at, uint32_t words, bool *too_big)
{
	while (words) {
		uint32_t bytes = cursor_u8_at(at, 3) & 0x7f, padded = (bytes + 3) / WORD_BYTES;

		if (!cursor_has(at, WORD_BYTES))
			return false;
		text_format(decode->out, "\n        TLV Class %u, Type %u, Len %u",
			    cursor_be16_at(at, 0), cursor_u8_at(at, 2), bytes);
		cursor_skip(at, WORD_BYTES);
		*too_big = padded > words - 1;
		if (*too_big)
			return true;
		if (!take_value(decode, at, bytes))
			return false;
		words -= 1 + padded;
	}
	return true;
}

/* With -vvv. Sets wrong to what is, where nothing can follow. */
static bool take_context(struct decode *decode, struct cursor *at, const struct nsh *nsh,
			 const char **wrong)
{
	uint32_t words = nsh->words - LEAST_WORDS;
	bool too_big = false;

	if (decode->options->verbose < 3 || (nsh->metadata != FIXED && nsh->metadata != VARIABLE))
		return cursor_skip(at, words * WORD_BYTES);
	if (nsh->metadata == VARIABLE) {
		if (!take_values(decode, at, words, &too_big))
			return false;
		*wrong = too_big ? " (length too big)" : NULL;
		return true;
	}
	*wrong = nsh->words != FIXED_WORDS ? " (invalid length for the MD type)" : NULL;
	return *wrong || take_words(decode, at, words);
}

static bool decode_payload(struct decode *decode, struct cursor *at, const struct nsh *nsh)
{
	text_string(decode->out, decode->options->verbose ? "\n    " : ": ");
	at->length = nsh->length - nsh->words * WORD_BYTES;
	switch (nsh->next) {
	case NEXT_IPV4:
		return decode_nested(decode, at, decode_ipv4);
	case NEXT_IPV6:
		return decode_nested(decode, at, decode_ipv6);
	case NEXT_ETHERNET:
		return decode_nested(decode, at, decode_ethernet_inside);
	default:
		text_string(decode->out, "ERROR: unknown-next-protocol");
		return true;
	}
}

static bool decode_path(struct decode *decode, struct cursor *at, const struct nsh *nsh)
{
	const char *wrong = NULL;

	if (!cursor_has(at, 3))
		return false;
	text_format(decode->out, "service-path-id 0x%06x, ", cursor_be24_at(at, 0));
	if (!cursor_has(at, 4))
		return false;
	text_format(decode->out, "service-index 0x%x", cursor_u8_at(at, 3));
	cursor_skip(at, 4);
	if (nsh->words < LEAST_WORDS)
		wrong = " (less than two headers)";
	else if (!take_context(decode, at, nsh, &wrong))
		return false;
	if (!wrong)
		return decode_payload(decode, at, nsh);
	text_string(decode->out, wrong);
	return decode_invalid(decode);
}

bool decode_nsh(struct decode *decode, struct cursor *cursor)
{
	struct nsh nsh = {.first = cursor_be32_at(cursor, 0), .length = cursor->length};

	decode->protocol = "nsh";
	if (cursor->length < LEAST_BYTES) {
		text_format(decode->out, " (packet length %u < %u)", cursor->length, LEAST_BYTES);
		return decode_invalid(decode);
	}
	if (!cursor_skip(cursor, 4))
		return false;
	nsh.words = nsh.first >> 16 & 63;
	nsh.metadata = nsh.first >> 8 & 15;
	nsh.next = nsh.first & 255;
	text_string(decode->out, "NSH, ");
	if (decode->options->verbose > 1)
		text_word_decimal(decode->out, "ver ", nsh.first >> 30);
	text_string(decode->out, decode->options->verbose > 1 ? ", " : "");
	if (nsh.first >> 30)
		return true;
	print_fields(decode, &nsh);
	if (nsh.length < nsh.words * WORD_BYTES) {
		text_format(decode->out, " (too many headers for packet length %u)", nsh.length);
		return decode_invalid(decode);
	}
	return decode_path(decode, cursor, &nsh);
}
