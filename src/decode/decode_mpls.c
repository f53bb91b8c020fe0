/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MPLS label stacks (RFC 3032). What they carry is told by the last label, or
 * guessed from the first byte behind it.
 */
#include <stddef.h>

#include "decoders.h"

#define ENTRY_BYTES 4u
#define LAST        0x100u
#define RESERVED    16u /* labels below have a meaning of their own */

enum label { NULL_IPV4 = 0, ALERT = 1, NULL_IPV6 = 2, IMPLICIT_NULL = 3 };

static const struct text_name label_names[] = {
	{NULL_IPV4, "IPv4 explicit NULL"},
	{ALERT, "router alert"},
	{NULL_IPV6, "IPv6 explicit NULL"},
	{IMPLICIT_NULL, "implicit NULL"},
	{0, NULL},
};

static void print_entry(struct decode *decode, uint32_t entry, bool first)
{
	uint32_t label = entry >> 12;

	text_string(decode->out, !first && decode->options->verbose ? "\n\t" : " ");
	text_word_decimal(decode->out, "(label ", label);
	if (decode->options->verbose && label < RESERVED) {
		text_string(decode->out, " (");
		text_name(decode->out, label_names, "rsvd", label);
		text_char(decode->out, ')');
	}
	text_word_decimal(decode->out, ", tc ", entry >> 9 & 7);
	text_string(decode->out, entry & LAST ? ", [S]" : "");
	text_word_decimal(decode->out, ", ttl ", entry & 0xff);
	text_char(decode->out, ')');
}

static decode_fn *find_payload(uint32_t label, uint8_t first)
{
	if (label == NULL_IPV4 || label == IMPLICIT_NULL)
		return decode_ipv4;
	if (label == NULL_IPV6)
		return decode_ipv6;
	if (first >= 0x45 && first <= 0x4f)
		return decode_ipv4;
	return first >> 4 == 6 ? decode_ipv6 : NULL;
}

bool decode_mpls(struct decode *decode, struct cursor *cursor)
{
	uint32_t entry = 0, label;
	decode_fn *next;

	decode->protocol = "mpls";
	text_string(decode->out, "MPLS");
	for (bool first = true; first || !(entry & LAST); first = false) {
		if (cursor->length < ENTRY_BYTES) {
			decode_invalid(decode);
			return cursor_has(cursor, cursor->length);
		}
		if (!cursor_take_be32(cursor, &entry))
			return false;
		print_entry(decode, entry, first);
	}
	label = entry >> 12;
	if (label != NULL_IPV4 && label != NULL_IPV6 && label != IMPLICIT_NULL) {
		if (cursor->length == 0)
			return true;
		if (!cursor_has(cursor, 1))
			return false;
	}
	next = find_payload(label, cursor_u8_at(cursor, 0));
	if (!next)
		return decode_unknown_part(decode, cursor);
	text_string(decode->out, decode->options->verbose ? "\n\t" : " ");
	return decode_nested(decode, cursor, next);
}
