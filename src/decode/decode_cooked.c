/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The headers Linux makes up where an interface has none of its own, or where
 * many are captured at once: LINUX_SLL and LINUX_SLL2.
 */
#include <stddef.h>

#include "decoders.h"

#define SLL_BYTES       16u
#define SLL2_BYTES      20u
#define TAG_BYTES       4u
#define MOST_LENGTH     1500u
#define PROTO_802_3     1u
#define PROTO_802_2     4u
#define TYPE_8021Q      0x8100u
#define MAC_BYTES       6u
#define DIRECTION_WIDTH 3u
#define NAME_WIDTH      5u

/* The fields the two have in common. */
struct cooked {
	uint16_t protocol;
	uint8_t direction;
	uint16_t address_bytes;
	const uint8_t *address;
	uint32_t interface;
	bool second; /* SLL2 */
};

static const struct text_name directions[] = {
	{0, "In"}, {1, "B"}, {2, "M"}, {3, "P"}, {4, "Out"}, {0, NULL},
};

/* Left or right in a column of three. */
static void print_direction(struct text *out, uint32_t direction, bool right)
{
	const char *name = text_name_find(directions, direction);
	size_t length;

	name = name ? name : "?";
	length = strlen(name);
	for (size_t i = length; right && i < DIRECTION_WIDTH; i++)
		text_char(out, ' ');
	text_string(out, name);
	for (size_t i = length; !right && i < DIRECTION_WIDTH; i++)
		text_char(out, ' ');
	text_char(out, ' ');
}

void decode_print_interface(struct text *out, const char *name, uint32_t direction)
{
	for (size_t i = text_words(out, name ? name : "?"); i < NAME_WIDTH; i++)
		text_char(out, ' ');
	text_char(out, ' ');
	print_direction(out, direction, false);
}

static void print_type(struct decode *decode, uint16_t type)
{
	if (type == PROTO_802_3) {
		text_string(decode->out, "802.3");
	} else if (type == PROTO_802_2) {
		text_string(decode->out, "802.2");
	} else {
		text_string(decode->out, "ethertype ");
		if (type <= MOST_LENGTH)
			text_string(decode->out, "Unknown");
		else
			text_name(decode->out, decode_ethertype_names, "Unknown", type);
		text_string(decode->out, " (");
		text_hex_prefixed(decode->out, type, 4);
		text_char(decode->out, ')');
	}
}

static void print_header(struct decode *decode, const struct cooked *cooked, uint32_t length)
{
	if (cooked->second) {
		text_word_decimal(decode->out, "ifindex ", cooked->interface);
		text_char(decode->out, ' ');
	} else {
		print_direction(decode->out, cooked->direction, true);
	}
	if (cooked->address_bytes == MAC_BYTES) {
		text_mac(decode->out, cooked->address, MAC_BYTES);
		text_char(decode->out, ' ');
	}
	if (decode->options->quick)
		return;
	print_type(decode, cooked->protocol);
	text_word_decimal(decode->out, ", length ", length);
	text_string(decode->out, ": ");
}

/* Tags that the kernel or wiretape left between the header and the packet. */
static bool pass_tags(struct decode *decode, struct cursor *cursor, uint16_t *type,
		      uint32_t *header_bytes)
{
	for (; *type == TYPE_8021Q; *header_bytes += TAG_BYTES) {
		uint16_t tci = cursor_be16_at(cursor, 0);

		if (!cursor_has(cursor, TAG_BYTES)) {
			decode->protocol = "vlan";
			decode_truncated(decode);
			*header_bytes += cursor_left(cursor);
			return false;
		}
		if (decode->options->link_header) {
			text_word_decimal(decode->out, "vlan ", tci & 0xfff);
			text_word_decimal(decode->out, ", p ", tci >> 13);
			text_string(decode->out, tci & 0x1000 ? ", DEI, " : ", ");
		}
		*type = cursor_be16_at(cursor, 2);
		if (*type <= MOST_LENGTH)
			*type = PROTO_802_2;
		if (!decode->options->quick) {
			text_string(decode->out, "ethertype ");
			text_name(decode->out, decode_ethertype_names, "Unknown", *type);
			text_string(decode->out, ", ");
		}
		cursor_skip(cursor, TAG_BYTES);
	}
	return true;
}

static bool decode_payload(struct decode *decode, struct cursor *cursor,
			   const struct cooked *cooked, uint16_t type, uint32_t *header_bytes)
{
	decode_fn *next;
	struct decode_llc llc;
	bool whole;

	if (type == PROTO_802_2) {
		whole = decode_llc(decode, cursor, &llc);
		*header_bytes += llc.known ? llc.bytes : 0;
		return whole;
	}
	if (type == PROTO_802_3)
		return decode_nested(decode, cursor, decode_ipx);
	next = type > MOST_LENGTH ? decode_find_ethertype(decode, type) : NULL;
	if (next)
		return decode_nested(decode, cursor, next);
	if (type > MOST_LENGTH && !decode->options->link_header)
		print_header(decode, cooked,
			     cursor->length + (cooked->second ? SLL2_BYTES : SLL_BYTES));
	decode_unknown(decode, cursor);
	return true;
}

static bool decode_cooked(struct decode *decode, struct cursor *cursor, const struct cooked *cooked)
{
	uint32_t header_bytes = cooked->second ? SLL2_BYTES : SLL_BYTES;
	uint16_t type = cooked->protocol;
	bool whole;

	if (decode->options->link_header)
		print_header(decode, cooked, cursor->length + header_bytes);
	whole = !pass_tags(decode, cursor, &type, &header_bytes) ||
		decode_payload(decode, cursor, cooked, type, &header_bytes);
	if (whole)
		decode->link_bytes += header_bytes;
	return whole;
}

bool decode_sll(struct decode *decode, struct cursor *cursor)
{
	struct cooked cooked;

	decode->protocol = "sll";
	if (!cursor_has(cursor, SLL_BYTES))
		return false;
	cooked = (struct cooked){
		.protocol = cursor_be16_at(cursor, 14),
		.direction = cursor_be16_at(cursor, 0) > 0xff ? 0xff : cursor_u8_at(cursor, 1),
		.address_bytes = cursor_be16_at(cursor, 4),
		.address = cursor_bytes_at(cursor, 6, MAC_BYTES),
	};
	cursor_skip(cursor, SLL_BYTES);
	return decode_cooked(decode, cursor, &cooked);
}

bool decode_sll2(struct decode *decode, struct cursor *cursor)
{
	const char *name = NULL;
	struct cooked cooked;

	decode->protocol = "sll2";
	if (!cursor_has(cursor, SLL2_BYTES))
		return false;
	cooked = (struct cooked){
		.protocol = cursor_be16_at(cursor, 0),
		.interface = cursor_be32_at(cursor, 4),
		.direction = cursor_u8_at(cursor, 10),
		.address_bytes = cursor_u8_at(cursor, 11),
		.address = cursor_bytes_at(cursor, 12, MAC_BYTES),
		.second = true,
	};
	cursor_skip(cursor, SLL2_BYTES);
	if (decode->interface_name)
		name = decode->interface_name(decode->interface_context, cooked.interface);
	decode_print_interface(decode->out, name, cooked.direction);
	return decode_cooked(decode, cursor, &cooked);
}
