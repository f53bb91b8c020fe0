/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hides or vouches for the payload of IP: AH (RFC 4302), ESP (RFC 4303),
 * and IPComp (RFC 3173); ESP in UDP, where addresses are translated (RFC 3948).
 */
#include <stddef.h>

#include "decoders.h"

#define AH_BYTES     12u
#define ESP_BYTES    9u /* with one of what is hidden */
#define IPCOMP_BYTES 4u
#define MARKER_BYTES 4u /* in front of what is not ESP */
#define KEEP_ALIVE   0xffu

/* What is behind the fixed part of a header of so many bytes. False where it
 * was not captured. */
static bool print_value(struct decode *decode, struct cursor header, uint32_t bytes)
{
	uint32_t there;

	cursor_skip(&header, AH_BYTES);
	bytes = bytes > AH_BYTES ? bytes - AH_BYTES : 0;
	there = cursor_left(&header) < bytes ? cursor_left(&header) : bytes;
	text_string(decode->out, "icv=0x");
	text_hex_bytes(decode->out, cursor_take_bytes(&header, there), there);
	return there == bytes;
}

bool decode_ah(struct decode *decode, struct cursor *cursor)
{
	uint8_t next = cursor_u8_at(cursor, 0), words = cursor_u8_at(cursor, 1);
	uint32_t bytes = (words + 2u) * 4u; /* may be fewer than the fixed ones */
	uint16_t reserved = cursor_be16_at(cursor, 2);

	decode->protocol = "ah";
	if (!cursor_has(cursor, 1))
		return decode_truncated(decode);
	text_string(decode->out, "AH");
	if (!cursor_has(cursor, 2))
		return false;
	text_char(decode->out, '(');
	if (decode->options->verbose)
		text_format(decode->out, "length=%u(%u-bytes),", words, bytes);
	if (!cursor_has(cursor, 4))
		return false;
	if (reserved)
		text_format(decode->out, "reserved=0x%x[MustBeZero],", reserved);
	if (!cursor_has(cursor, 8))
		return false;
	text_format(decode->out, "spi=0x%08x,", cursor_be32_at(cursor, 4));
	if (!cursor_has(cursor, AH_BYTES))
		return false;
	text_format(decode->out, "seq=0x%x,", cursor_be32_at(cursor, 8));
	if (!print_value(decode, *cursor, bytes))
		return false;
	cursor_skip(cursor, bytes);
	text_string(decode->out, "): ");
	return decode_ip_protocol(decode, cursor, next);
}

bool decode_esp(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "esp";
	if (!cursor_has(cursor, ESP_BYTES))
		return decode_truncated(decode);
	text_string(decode->out, "ESP(spi=");
	text_hex_prefixed(decode->out, cursor_be32_at(cursor, 0), 8);
	text_string(decode->out, ",seq=");
	text_hex_prefixed(decode->out, cursor_be32_at(cursor, 4), 1);
	text_word_decimal(decode->out, "), length ", cursor->length);
	return true;
}

bool decode_udp_encapsulation(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "isakmp_rfc3948";
	if (cursor->length == 1) {
		if (!cursor_has(cursor, 1))
			return false;
		if (cursor_u8_at(cursor, 0) == KEEP_ALIVE) {
			text_string(decode->out, "isakmp-nat-keep-alive");
			return true;
		}
	}
	if (cursor->length < MARKER_BYTES)
		return decode_truncated(decode);
	if (!cursor_has(cursor, MARKER_BYTES))
		return false;
	/* Where ESP has the number of the association, which is never 0. */
	if (cursor_be32_at(cursor, 0) == 0) {
		text_string(decode->out, "NONESP-encap: ");
		cursor_skip(cursor, MARKER_BYTES);
		return decode_isakmp(decode, cursor);
	}
	text_string(decode->out, "UDP-encap: ");
	return decode_esp(decode, cursor);
}

bool decode_ipcomp(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "ipcomp";
	if (!cursor_has(cursor, IPCOMP_BYTES))
		return false;
	text_string(decode->out, "IPComp(cpi=");
	text_hex_prefixed(decode->out, cursor_be16_at(cursor, 2), 4);
	text_char(decode->out, ')');
	return true;
}
