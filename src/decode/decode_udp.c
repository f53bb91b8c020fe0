/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP (RFC 768).
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decoders.h"
#include "frames/checksum.h"

#define HEADER_BYTES 8u

/* segment is at the header. */
static void print_checksum(struct decode *decode, const struct cursor *segment, uint32_t bytes)
{
	uint16_t found = cursor_be16_at(segment, 6), remainder;
	const uint8_t *data = cursor_bytes_at(segment, 0, bytes);

	if (decode->ip.version == 4) {
		if (decode->options->verbose < 2)
			return;
		if (found == 0) {
			text_string(decode->out, "[no cksum] ");
			return;
		}
	}
	if (!data)
		return;
	remainder = checksum_finish(
		checksum_add(decode_ip_pseudo_sum(decode, IPPROTO_UDP, bytes), data, bytes));
	if (!remainder) {
		text_string(decode->out, "[udp sum ok] ");
		return;
	}
	text_string(decode->out, "[bad udp cksum ");
	text_hex_prefixed(decode->out, found, 4);
	text_string(decode->out, " -> ");
	text_hex_prefixed(decode->out, checksum_expected(found, remainder), 4);
	text_string(decode->out, "!] ");
}

static void print_length(struct decode *decode, uint32_t claimed, uint32_t length)
{
	if (claimed > length && !decode->ip.fragmented) {
		text_word_decimal(decode->out, "UDP, bad length ", claimed);
		text_word_decimal(decode->out, " > ", length);
	} else {
		text_word_decimal(decode->out, "UDP, length ", claimed);
	}
}

static bool decode_payload(struct decode *decode, struct cursor *cursor, uint32_t claimed,
			   uint32_t length)
{
	struct cursor segment = *cursor;
	decode_fn *next = NULL;

	if (decode->options->verbose && !decode->ip.fragmented)
		print_checksum(decode, &segment, length + HEADER_BYTES);
	if (!decode->options->quick)
		next = decode_find_udp(decode);
	if (!next) {
		print_length(decode, claimed, length);
		return true;
	}
	cursor_skip(cursor, HEADER_BYTES);
	cursor->length = length;
	return decode_nested(decode, cursor, next);
}

bool decode_udp(struct decode *decode, struct cursor *cursor)
{
	uint32_t length = cursor->length, claimed;

	decode->protocol = "udp";
	if (!cursor_has(cursor, 4)) {
		if (decode->ip.protocol == IPPROTO_UDP)
			decode_ip_addresses(decode, ": ");
		return decode_truncated(decode);
	}
	decode->source_port = cursor_be16_at(cursor, 0);
	decode->destination_port = cursor_be16_at(cursor, 2);
	decode_ip_ports(decode, IPPROTO_UDP);
	if (length < HEADER_BYTES) {
		text_word_decimal(decode->out, "truncated-udp ", length);
		return true;
	}
	if (!cursor_has(cursor, 6))
		return decode_truncated(decode);
	claimed = cursor_be16_at(cursor, 4);
	if (claimed == 0 && length > 65535)
		claimed = length;
	if (claimed < HEADER_BYTES) {
		text_word_decimal(decode->out, "truncated-udplength ", claimed);
		return true;
	}
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	claimed -= HEADER_BYTES;
	length -= HEADER_BYTES;
	return decode_payload(decode, cursor, claimed, claimed < length ? claimed : length);
}
