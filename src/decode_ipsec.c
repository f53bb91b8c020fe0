/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hides or vouches for the payload of IP: AH (RFC 4302), ESP (RFC 4303),
 * and IPComp (RFC 3173).
 */
#include <stddef.h>

#include "decoders.h"

#define AH_BYTES     12u
#define ESP_BYTES    8u
#define IPCOMP_BYTES 4u

bool decode_ah(struct decode *decode, struct cursor *cursor)
{
	uint8_t next = cursor_u8_at(cursor, 0);
	uint32_t sum_bytes = cursor_u8_at(cursor, 1) * 4u, length = cursor->length;

	decode->protocol = "ah";
	if (!cursor_has(cursor, AH_BYTES))
		return decode_truncated(decode);
	text_string(decode->out, "AH(spi=");
	text_hex_prefixed(decode->out, cursor_be32_at(cursor, 4), 8);
	if (decode->options->verbose)
		text_word_decimal(decode->out, ",sumlen=", sum_bytes);
	text_string(decode->out, ",seq=");
	text_hex_prefixed(decode->out, cursor_be32_at(cursor, 8), 1);
	/* The length is in words, and counts two of the header's three less. */
	sum_bytes += AH_BYTES - 4u;
	if (!cursor_skip(cursor, sum_bytes)) {
		text_string(decode->out, "[truncated]):");
		return true;
	}
	text_string(decode->out, "): ");
	cursor->length = length - sum_bytes;
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

bool decode_ipcomp(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "ipcomp";
	text_string(decode->out, "IPComp(");
	if (!cursor_has(cursor, IPCOMP_BYTES))
		return decode_truncated(decode);
	text_string(decode->out, "cpi=");
	text_hex_prefixed(decode->out, cursor_be16_at(cursor, 2), 4);
	text_char(decode->out, ')');
	return true;
}
