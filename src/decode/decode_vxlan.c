/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet in UDP: VXLAN (RFC 7348), its generic extension, and OTV, whose
 * port Linux took for VXLAN first.
 */
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES 8u
#define FLAG_ID      0x08u

enum next { NEXT_IPV4 = 1, NEXT_IPV6 = 2, NEXT_ETHERNET = 3, NEXT_SERVICE = 4 };

static const struct text_name gpe_flags[] = {
	{8, "I"}, {4, "P"}, {2, "B"}, {1, "O"}, {0, NULL},
};

static void print_flags(struct decode *decode, uint8_t flags, const char *without_id)
{
	text_string(decode->out, "flags [");
	text_string(decode->out, flags & FLAG_ID ? "I" : without_id);
	text_string(decode->out, "] (");
	text_hex_prefixed(decode->out, flags, 2);
	text_string(decode->out, "), ");
}

bool decode_vxlan(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "vxlan";
	text_string(decode->out, "VXLAN");
	if (cursor->length < HEADER_BYTES)
		return decode_invalid(decode);
	if (!cursor_has(cursor, 1))
		return false;
	text_string(decode->out, ", ");
	print_flags(decode, cursor_u8_at(cursor, 0), "invalid");
	if (!cursor_has(cursor, 7))
		return false;
	text_word_decimal(decode->out, "vni ", cursor_be24_at(cursor, 4));
	text_char(decode->out, '\n');
	return cursor_skip(cursor, HEADER_BYTES) &&
	       decode_nested(decode, cursor, decode_ethernet_inside);
}

static void too_short(struct decode *decode, const struct cursor *cursor, const char *words)
{
	text_word_decimal(decode->out, words, cursor->length);
	text_word_decimal(decode->out, " < ", HEADER_BYTES);
}

bool decode_otv(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "otv";
	text_string(decode->out, "OTV, ");
	if (cursor->length < HEADER_BYTES) {
		too_short(decode, cursor, "[length ");
		text_char(decode->out, ']');
		return decode_invalid(decode) && cursor_has(cursor, cursor->length);
	}
	if (!cursor_has(cursor, 1))
		return false;
	print_flags(decode, cursor_u8_at(cursor, 0), ".");
	if (!cursor_has(cursor, 4))
		return false;
	text_word_decimal(decode->out, "overlay ", cursor_be24_at(cursor, 1));
	text_string(decode->out, ", ");
	if (!cursor_has(cursor, 7))
		return false;
	text_word_decimal(decode->out, "instance ", cursor_be24_at(cursor, 4));
	text_char(decode->out, '\n');
	return cursor_skip(cursor, HEADER_BYTES) &&
	       decode_nested(decode, cursor, decode_ethernet_inside);
}

bool decode_vxlan_gpe(struct decode *decode, struct cursor *cursor)
{
	uint8_t next = cursor_u8_at(cursor, 3);
	uint32_t id = cursor_be24_at(cursor, 4);

	decode->protocol = "vxlan_gpe";
	text_string(decode->out, "VXLAN-GPE, ");
	if (cursor->length < HEADER_BYTES) {
		too_short(decode, cursor, " (len ");
		text_char(decode->out, ')');
		return decode_invalid(decode);
	}
	if (!cursor_has(cursor, 1))
		return false;
	text_string(decode->out, "flags [");
	text_bits(decode->out, gpe_flags, cursor_u8_at(cursor, 0), "", "none");
	text_string(decode->out, "], ");
	if (!cursor_skip(cursor, HEADER_BYTES))
		return false;
	text_word_decimal(decode->out, "vni ", id);
	text_string(decode->out, decode->options->verbose ? "\n    " : ": ");
	switch (next) {
	case NEXT_IPV4:
		return decode_nested(decode, cursor, decode_ipv4);
	case NEXT_IPV6:
		return decode_nested(decode, cursor, decode_ipv6);
	case NEXT_ETHERNET:
		return decode_nested(decode, cursor, decode_ethernet_inside);
	case NEXT_SERVICE:
		return decode_nested(decode, cursor, decode_nsh);
	default:
		text_string(decode->out, "ERROR: unknown-next-protocol");
		return decode_invalid(decode);
	}
}
