/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Geneve (RFC 8926).
 */
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES  8u
#define OPTION_BYTES  4u
#define TYPE_CRITICAL 0x80u
#define TYPE_BRIDGED  0x6558u

static const struct text_name flag_names[] = {
	{0x80, "O"},  {0x40, "C"},  {0x20, "R1"}, {0x10, "R2"}, {0x08, "R3"},
	{0x04, "R4"}, {0x02, "R5"}, {0x01, "R6"}, {0, NULL},
};

static const char *class_name(uint16_t class)
{
	static const struct {
		uint16_t first, last;
		const char *name;
	} names[] = {
		{0x0000, 0x00ff, "Standard"},
		{0x0100, 0x0100, "Linux"},
		{0x0101, 0x0101, "Open vSwitch"},
		{0x0102, 0x0102, "Open Virtual Networking (OVN)"},
		{0x0103, 0x0103, "In-band Network Telemetry (INT)"},
		{0x0104, 0x0104, "VMware"},
		{0xfff0, 0xffff, "Experimental"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (class >= names[i].first && class <= names[i].last)
			return names[i].name;
	}
	return "Unknown";
}

static void print_option(struct decode *decode, const struct cursor *options)
{
	uint16_t class = cursor_be16_at(options, 0);
	uint8_t type = cursor_u8_at(options, 2);

	text_string(decode->out, "class ");
	text_string(decode->out, class_name(class));
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, class, 1);
	text_string(decode->out, ") type ");
	text_hex_prefixed(decode->out, type, 1);
	text_string(decode->out, type & TYPE_CRITICAL ? "(C)" : "");
}

/* All of them were captured. */
static void print_options(struct decode *decode, struct cursor options)
{
	const char *between = "";

	for (; options.length; between = ", ") {
		uint32_t bytes = OPTION_BYTES + (cursor_u8_at(&options, 3) & 31u) * 4u;

		text_string(decode->out, between);
		print_option(decode, &options);
		text_word_decimal(decode->out, " len ", bytes);
		if (bytes > options.length) {
			text_string(decode->out, " [bad length]");
			return;
		}
		if (decode->options->verbose > 1 && bytes > OPTION_BYTES) {
			text_string(decode->out, " data");
			for (uint32_t at = OPTION_BYTES; at < bytes; at += 4) {
				text_char(decode->out, ' ');
				text_hex(decode->out, cursor_be32_at(&options, at), 8);
			}
		}
		cursor_skip(&options, bytes);
	}
}

static bool decode_payload(struct decode *decode, struct cursor *cursor, uint16_t type)
{
	decode_fn *next = decode_find_ethertype(decode, type);

	text_string(decode->out, decode->options->verbose ? "\n\t" : ": ");
	if (next)
		return decode_nested(decode, cursor, next);
	if (type == TYPE_BRIDGED)
		return decode_nested(decode, cursor, decode_ethernet_inside);
	text_string(decode->out, "geneve-proto-");
	text_hex_prefixed(decode->out, type, 1);
	return true;
}

static void print_header(struct decode *decode, const struct cursor *cursor)
{
	uint16_t type = cursor_be16_at(cursor, 2);
	uint8_t reserved = cursor_u8_at(cursor, 7);

	text_string(decode->out, ", Flags [");
	text_bits(decode->out, flag_names, cursor_u8_at(cursor, 1), "", "none");
	text_string(decode->out, "], vni ");
	text_hex_prefixed(decode->out, cursor_be24_at(cursor, 4), 1);
	if (reserved) {
		text_string(decode->out, ", rsvd ");
		text_hex_prefixed(decode->out, reserved, 1);
	}
	if (decode->options->link_header) {
		text_string(decode->out, ", proto ");
		text_name(decode->out, decode_ethertype_names, "unknown", type);
		text_string(decode->out, " (");
		text_hex_prefixed(decode->out, type, 4);
		text_char(decode->out, ')');
	}
}

bool decode_geneve(struct decode *decode, struct cursor *cursor)
{
	uint8_t first = cursor_u8_at(cursor, 0);
	uint32_t option_bytes = (first & 63u) * 4u;
	uint16_t type = cursor_be16_at(cursor, 2);

	decode->protocol = "geneve";
	text_string(decode->out, "Geneve");
	if (cursor->length < HEADER_BYTES) {
		text_word_decimal(decode->out, " [length ", cursor->length);
		text_word_decimal(decode->out, " < ", HEADER_BYTES);
		text_char(decode->out, ']');
		return decode_invalid(decode);
	}
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	if (first >> 6) {
		text_word_decimal(decode->out, " ERROR: unknown-version ", first >> 6);
		return true;
	}
	print_header(decode, cursor);
	cursor_skip(cursor, HEADER_BYTES);
	if (cursor->length < option_bytes) {
		text_word_decimal(decode->out, " truncated-geneve - ",
				  option_bytes - cursor->length);
		text_string(decode->out, " bytes missing");
		return true;
	}
	if (!cursor_has(cursor, option_bytes))
		return decode_truncated(decode);
	if (option_bytes) {
		text_string(decode->out, ", options [");
		if (decode->options->verbose) {
			print_options(decode, cursor_part(cursor, option_bytes));
		} else {
			text_decimal(decode->out, option_bytes);
			text_string(decode->out, " bytes");
		}
		text_char(decode->out, ']');
		cursor_skip(cursor, option_bytes);
	}
	return decode_payload(decode, cursor, type);
}
