/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet frames, with any number of VLAN tags.
 */
#include <stddef.h>

#include "decoders.h"

#define ADDRESS_BYTES 6u
#define HEADER_BYTES  14u
#define TAG_BYTES     4u
#define MOST_LENGTH   1500u /* what is above is a type */
#define TYPE_JUMBO    0x8870u

static bool is_tag(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

static void print_addresses(struct decode *decode)
{
	text_mac(decode->out, decode->link_source, ADDRESS_BYTES);
	text_string(decode->out, " > ");
	text_mac(decode->out, decode->link_destination, ADDRESS_BYTES);
	text_string(decode->out, ", ");
}

static void print_type(struct decode *decode, uint16_t type)
{
	if (decode->options->quick) {
		text_name(decode->out, decode_ethertype_names, "Unknown Ethertype (0x%04x)", type);
		return;
	}
	text_string(decode->out, "ethertype ");
	text_name(decode->out, decode_ethertype_names, "Unknown", type);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, type, 4);
	text_char(decode->out, ')');
}

/* What stands behind a type: the length of the frame once. */
static void print_length(struct decode *decode, uint32_t length, bool *printed)
{
	if (*printed) {
		text_string(decode->out, ", ");
		return;
	}
	text_word_decimal(decode->out, ", length ", length);
	text_string(decode->out, ": ");
	*printed = true;
}

static void print_tag(struct decode *decode, uint16_t tci)
{
	text_word_decimal(decode->out, "vlan ", tci & 0xfff);
	text_word_decimal(decode->out, ", p ", tci >> 13);
	text_string(decode->out, tci & 0x1000 ? ", DEI, " : ", ");
}

/* A frame with a length instead of a type. */
static bool decode_8023(struct decode *decode, struct cursor *cursor, uint16_t length, bool printed,
			struct decode_llc *llc)
{
	uint32_t shortest = length < cursor->length ? length : cursor->length;

	cursor_narrow(cursor, shortest);
	if (decode->options->link_header) {
		text_string(decode->out, "802.3");
		if (!printed)
			print_length(decode, shortest, &printed);
	}
	return decode_llc(decode, cursor, llc);
}

static bool decode_typed(struct decode *decode, struct cursor *cursor, uint16_t type,
			 uint32_t length, bool printed)
{
	decode_fn *next = decode_find_ethertype(decode, type);

	if (decode->options->link_header) {
		print_type(decode, type);
		print_length(decode, length, &printed);
	}
	if (next)
		return decode_nested(decode, cursor, next);
	if (!decode->options->link_header) {
		print_addresses(decode);
		print_type(decode, type);
		print_length(decode, length, &printed);
	}
	decode_unknown(decode, cursor);
	return true;
}

/* Passes the tags. Returns 1, 0 where the frame ends in one (header_bytes then
 * is all of it). */
static bool pass_tags(struct decode *decode, struct cursor *cursor, uint16_t *type, bool *printed,
		      uint32_t *header_bytes)
{
	uint32_t length = cursor->length + HEADER_BYTES;

	for (; is_tag(*type); *header_bytes += TAG_BYTES) {
		if (!cursor_has(cursor, TAG_BYTES)) {
			decode->protocol = "vlan";
			decode_truncated(decode);
			*header_bytes += cursor_left(cursor);
			return false;
		}
		if (decode->options->link_header) {
			print_type(decode, *type);
			print_length(decode, length, printed);
			print_tag(decode, cursor_be16_at(cursor, 0));
		}
		*type = cursor_be16_at(cursor, 2);
		cursor_skip(cursor, TAG_BYTES);
	}
	return true;
}

bool decode_ethernet(struct decode *decode, struct cursor *cursor)
{
	uint32_t length = cursor->length, header_bytes = HEADER_BYTES;
	struct decode_llc llc = {0, true};
	bool printed = false, whole;
	uint16_t type;

	decode->protocol = "ether";
	if (!cursor_has(cursor, HEADER_BYTES)) {
		decode->link_bytes += cursor_left(cursor);
		return decode_truncated(decode);
	}
	decode->link_destination = cursor_take_bytes(cursor, ADDRESS_BYTES);
	decode->link_source = cursor_take_bytes(cursor, ADDRESS_BYTES);
	cursor_take_be16(cursor, &type);
	if (decode->options->link_header)
		print_addresses(decode);
	if (!pass_tags(decode, cursor, &type, &printed, &header_bytes)) {
		decode->link_bytes += header_bytes;
		return true;
	}
	if (type <= MOST_LENGTH)
		whole = decode_8023(decode, cursor, type, printed, &llc);
	else if (type == TYPE_JUMBO)
		whole = decode_llc(decode, cursor, &llc);
	else
		whole = decode_typed(decode, cursor, type, length, printed);
	/* What broke off shows everything. */
	if (whole)
		decode->link_bytes += header_bytes + llc.bytes;
	return whole;
}

/* What it had of headers is no part of the frame's own. */
bool decode_ethernet_inside(struct decode *decode, struct cursor *cursor)
{
	uint32_t link_bytes = decode->link_bytes;
	bool whole;

	if (cursor->length < cursor_left(cursor)) {
		text_word_decimal(decode->out, "[length ", cursor->length);
		text_word_decimal(decode->out, " < caplen ", cursor_left(cursor));
		text_char(decode->out, ']');
		return decode_invalid(decode);
	}
	whole = decode_ethernet(decode, cursor);
	decode->link_bytes = link_bytes;
	return whole;
}

bool decode_ethernet_bridged(struct decode *decode, struct cursor *cursor)
{
	if (!cursor_skip(cursor, 2))
		return decode_truncated(decode);
	return decode_ethernet_inside(decode, cursor);
}
