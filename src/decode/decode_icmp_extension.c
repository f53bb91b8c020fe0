/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may stand behind the datagram in an ICMP error (RFC 4884, RFC 4950).
 */
#include <stddef.h>

#include "decode_parts.h"
#include "frames/checksum.h"

#define EXTENSION_AT      136u /* 8 of ICMP, 128 of the datagram */
#define EXTENSION_VERSION 2u
#define HEADER_BYTES      4u
#define OBJECT_BYTES      4u
#define CLASS_MPLS        1u

static const struct text_name class_names[] = {
	{1, "MPLS Stack Entry"},
	{2, "Interface Identification"},
	{0, NULL},
};

static uint16_t remainder_of(const uint8_t *data, uint32_t bytes)
{
	return checksum_finish(checksum_add(0, data, bytes));
}

static bool print_label(struct decode *decode, const struct cursor *object)
{
	uint32_t label = cursor_be32_at(object, 0);

	if (!cursor_has(object, 4))
		return false;
	text_word_decimal(decode->out, "\n\t    label ", label >> 12);
	text_word_decimal(decode->out, ", tc ", label >> 9 & 7);
	text_string(decode->out, label & 0x100 ? ", [S]" : "");
	text_word_decimal(decode->out, ", ttl ", label & 0xff);
	return true;
}

/* False: beyond what was captured. */
static bool decode_objects(struct decode *decode, struct cursor objects)
{
	while (objects.length > OBJECT_BYTES) {
		uint32_t length = cursor_be16_at(&objects, 0);
		uint8_t class = cursor_u8_at(&objects, 2), type = cursor_u8_at(&objects, 3);

		if (!cursor_skip(&objects, OBJECT_BYTES))
			return decode_truncated(decode);
		text_string(decode->out, "\n\t  ");
		text_name(decode->out, class_names, "unknown", class);
		text_word_decimal(decode->out, " Object (", class);
		text_word_decimal(decode->out, "), Class-Type: ", type);
		text_word_decimal(decode->out, ", length ", length);
		if (class == 0 || length < OBJECT_BYTES)
			return true;
		length -= OBJECT_BYTES;
		if (class != CLASS_MPLS || type != 1)
			decode_hex(decode, &objects, "\n\t    ", length);
		else if (!print_label(decode, &objects))
			return false;
		if (objects.length < length)
			return true;
		if (!cursor_skip(&objects, length))
			return objects.length - length <= OBJECT_BYTES || decode_truncated(decode);
	}
	return true;
}

bool decode_icmp_extension(struct decode *decode, const struct cursor *icmp)
{
	uint32_t bytes = icmp->length - EXTENSION_AT;
	struct cursor extension = *icmp;
	const uint8_t *all;

	if (icmp->length <= EXTENSION_AT)
		return true;
	if (!cursor_has(icmp, EXTENSION_AT + HEADER_BYTES + 1))
		return decode_truncated(decode);
	all = cursor_bytes_at(icmp, EXTENSION_AT, bytes);
	cursor_skip(&extension, EXTENSION_AT);
	/* Not all that send one say so in the length field. */
	if (cursor_u8_at(icmp, 5) == 0 && all && remainder_of(all, bytes))
		return true;
	text_word_decimal(decode->out, "\n\tICMP Multi-Part extension v",
			  cursor_u8_at(&extension, 0) >> 4);
	if (cursor_u8_at(&extension, 0) >> 4 != EXTENSION_VERSION) {
		text_string(decode->out, " packet not supported");
		return true;
	}
	if (all) {
		text_string(decode->out, ", checksum ");
		text_hex_prefixed(decode->out, cursor_be16_at(&extension, 2), 4);
		text_string(decode->out, remainder_of(all, bytes) ? " (incorrect" : " (correct");
		text_word_decimal(decode->out, "), length ", bytes);
	}
	cursor_skip(&extension, HEADER_BYTES);
	return decode_objects(decode, extension);
}
