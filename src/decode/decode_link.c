/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types with next to no header: IP by itself, and BSD's loopback.
 */
#include <stddef.h>

#include "decoders.h"

#define NULL_BYTES  4u
#define FAMILY_IPV4 2u
#define MOST_FAMILY 0xffffu /* more is one in the other byte order */

static const struct text_name families[] = {
	{2, "IPv4"}, {24, "IPv6"}, {28, "IPv6"}, {30, "IPv6"}, {7, "ISO"}, {0, NULL},
};

static decode_fn *decoder_of(uint8_t version)
{
	return version == 4 ? decode_ipv4 : version == 6 ? decode_ipv6 : NULL;
}

bool decode_raw_ip(struct decode *decode, struct cursor *cursor)
{
	uint8_t version = cursor_u8_at(cursor, 0) >> 4;
	decode_fn *next = decoder_of(version);

	decode->protocol = "raw";
	if (decode->options->link_header)
		text_string(decode->out, "ip: ");
	if (!cursor_has(cursor, 1))
		return false;
	if (next)
		return decode_nested(decode, cursor, next);
	text_word_decimal(decode->out, "unknown ip ", version);
	return true;
}

static void print_family(struct decode *decode, uint32_t family, uint32_t length)
{
	if (decode->options->quick) {
		text_name(decode->out, families, "Unknown AF %u", family);
	} else {
		text_string(decode->out, "AF ");
		text_name(decode->out, families, "Unknown", family);
		text_word_decimal(decode->out, " (", family);
		text_char(decode->out, ')');
	}
	text_word_decimal(decode->out, ", length ", length);
	text_string(decode->out, ": ");
}

bool decode_null(struct decode *decode, struct cursor *cursor)
{
	uint32_t length = cursor->length, family;
	decode_fn *next;

	decode->protocol = "null";
	if (!cursor_has(cursor, NULL_BYTES))
		return false;
	decode->link_bytes += NULL_BYTES;
	family = cursor_le32_at(cursor, 0);
	cursor_skip(cursor, NULL_BYTES);
	if (family > MOST_FAMILY)
		family = __builtin_bswap32(family);
	if (decode->options->link_header)
		print_family(decode, family, length);
	next = family == FAMILY_IPV4                          ? decode_ipv4
	       : family == 24 || family == 28 || family == 30 ? decode_ipv6
							      : NULL;
	if (next)
		return decode_nested(decode, cursor, next);
	if (!decode->options->link_header)
		print_family(decode, family, length);
	decode_unknown(decode, cursor);
	return true;
}
