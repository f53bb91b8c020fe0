/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GRE (RFC 2784, RFC 2890), with the routing of RFC 1701, and version 1 as
 * PPTP has it (RFC 2637).
 */
#include <stddef.h>

#include "decoders.h"

#define VERSION_MASK 7u
#define CHECKSUM     0x8000u
#define ROUTING      0x4000u
#define KEY          0x2000u
#define SEQUENCE     0x1000u
#define ACK          0x0080u
#define ROUTE_IP     0x0800u
#define ROUTE_ASN    0xfffeu
#define TYPE_BRIDGED 0x6558u
#define TYPE_PPP     0x880bu

static const struct text_name flag_names[] = {
	{CHECKSUM, "checksum present"},
	{ROUTING, "routing present"},
	{KEY, "key present"},
	{SEQUENCE, "sequence# present"},
	{0x0800, "source routing present"},
	{ACK, "ack present"},
	{0, NULL},
};

/* Each of these takes what it is called, and is false where it is not there by
 * the lengths or was not captured: decode_gre prints the end then. */
static bool take_be16(struct cursor *gre, uint16_t *value)
{
	return gre->length >= 2 && cursor_take_be16(gre, value);
}

static bool take_be32(struct cursor *gre, uint32_t *value)
{
	return gre->length >= 4 && cursor_take_be32(gre, value);
}

static bool take_word(struct decode *decode, struct cursor *gre, const char *word)
{
	uint32_t value;

	if (!take_be32(gre, &value))
		return false;
	text_word_decimal(decode->out, word, value);
	return true;
}

static bool take_checksum(struct decode *decode, struct cursor *gre)
{
	uint16_t value;

	if (!take_be16(gre, &value))
		return false;
	if (decode->options->verbose) {
		text_string(decode->out, ", sum ");
		text_hex_prefixed(decode->out, value, 1);
	}
	if (!take_be16(gre, &value))
		return false;
	text_string(decode->out, ", off ");
	text_hex_prefixed(decode->out, value, 1);
	return true;
}

static bool take_key(struct decode *decode, struct cursor *gre)
{
	uint32_t value;

	if (!take_be32(gre, &value))
		return false;
	text_string(decode->out, ", key=");
	text_hex_prefixed(decode->out, value, 1);
	return true;
}

/* The hops of a source route: addresses, or numbers of autonomous systems. */
static bool print_hops(struct decode *decode, struct cursor hops, uint8_t offset, uint8_t length,
		       uint32_t unit)
{
	if (offset % unit) {
		text_word_decimal(decode->out, ", badoffset=", offset);
		return true;
	}
	if (length % unit) {
		text_word_decimal(decode->out, ", badlength=", length);
		return true;
	}
	if (offset >= length) {
		text_format(decode->out, ", badoff/len=%u/%u", offset, length);
		return true;
	}
	for (uint32_t at = 0; at < length; at += unit) {
		if (hops.length < unit || !cursor_has(&hops, unit))
			return false;
		text_string(decode->out, at == offset ? " *" : " ");
		if (unit == 4)
			text_ipv4(decode->out, cursor_bytes_at(&hops, 0, 4));
		else
			text_hex(decode->out, cursor_be16_at(&hops, 0), 1);
		cursor_skip(&hops, unit);
	}
	return true;
}

static bool take_routes(struct decode *decode, struct cursor *gre)
{
	for (;;) {
		uint8_t offset = cursor_u8_at(gre, 2), length = cursor_u8_at(gre, 3);
		uint16_t family = cursor_be16_at(gre, 0);
		bool whole = true;

		if (gre->length < 4 || !cursor_skip(gre, 4))
			return false;
		if (family == 0 && length == 0)
			return true;
		if (family == ROUTE_IP || family == ROUTE_ASN) {
			bool ip = family == ROUTE_IP;

			text_string(decode->out, ip ? ", (rtaf=ip" : ", (rtaf=asn");
			whole = print_hops(decode, *gre, offset, length, ip ? 4 : 2);
		} else {
			text_string(decode->out, ", (rtaf=");
			text_hex_prefixed(decode->out, family, 1);
		}
		text_char(decode->out, ')');
		if (!whole || gre->length < length || !cursor_skip(gre, length))
			return false;
	}
}

/* What both versions have between their fields and the payload. */
static void print_end(struct decode *decode, uint16_t type, uint32_t length, bool payload)
{
	if (decode->options->link_header) {
		text_string(decode->out, ", proto ");
		text_name(decode->out, decode_ethertype_names, "unknown", type);
		text_string(decode->out, " (");
		text_hex_prefixed(decode->out, type, 4);
		text_char(decode->out, ')');
	}
	text_word_decimal(decode->out, ", length ", length);
	if (payload)
		text_string(decode->out, decode->options->verbose ? "\n\t" : ": ");
}

static bool decode_payload(struct decode *decode, struct cursor *gre, uint16_t type)
{
	decode_fn *next = NULL;

	switch (type) {
	case 0x0800:
	case 0x86dd:
	case 0x8847:
		next = decode_find_ethertype(decode, type);
		break;
	case TYPE_BRIDGED:
		next = decode_ethernet_inside;
		break;
	default:
		text_string(decode->out, "gre-proto-");
		text_hex_prefixed(decode->out, type, 1);
		return true;
	}
	return decode_nested(decode, gre, next);
}

static bool take_header0(struct decode *decode, struct cursor *gre, uint16_t flags, uint16_t *type)
{
	return take_be16(gre, type) &&
	       (!(flags & (CHECKSUM | ROUTING)) || take_checksum(decode, gre)) &&
	       (!(flags & KEY) || take_key(decode, gre)) &&
	       (!(flags & SEQUENCE) || take_word(decode, gre, ", seq ")) &&
	       (!(flags & ROUTING) || take_routes(decode, gre));
}

/* The key of version 1 is the length of the payload and the call. */
static bool take_header1(struct decode *decode, struct cursor *gre, uint16_t flags, uint16_t *type)
{
	uint32_t key;

	if (!take_be16(gre, type))
		return false;
	if (flags & KEY) {
		if (!take_be32(gre, &key))
			return false;
		text_word_decimal(decode->out, ", call ", key & 0xffff);
	}
	return (!(flags & SEQUENCE) || take_word(decode, gre, ", seq ")) &&
	       (!(flags & ACK) || take_word(decode, gre, ", ack "));
}

static bool decode_version1(struct decode *decode, struct cursor *gre, uint16_t flags,
			    uint32_t length)
{
	uint16_t type;

	if (!take_header1(decode, gre, flags, &type))
		return decode_truncated(decode);
	if (!(flags & SEQUENCE))
		text_string(decode->out, ", no-payload");
	print_end(decode, type, length, flags & SEQUENCE);
	if (!(flags & SEQUENCE))
		return true;
	if (type == TYPE_PPP)
		return decode_nested(decode, gre, decode_ppp);
	text_string(decode->out, "gre-proto-");
	text_hex_prefixed(decode->out, type, 1);
	return true;
}

bool decode_gre(struct decode *decode, struct cursor *cursor)
{
	uint32_t length = cursor->length;
	uint16_t flags, type;

	decode->protocol = "gre";
	if (!take_be16(cursor, &flags))
		return decode_truncated(decode);
	text_word_decimal(decode->out, "GREv", flags & VERSION_MASK);
	if ((flags & VERSION_MASK) > 1) {
		text_string(decode->out, " ERROR: unknown-version");
		return true;
	}
	if (decode->options->verbose) {
		text_string(decode->out, ", Flags [");
		text_bits(decode->out, flag_names, flags, ", ", "none");
		text_char(decode->out, ']');
	}
	if (flags & VERSION_MASK)
		return decode_version1(decode, cursor, flags, length);
	if (!take_header0(decode, cursor, flags, &type))
		return decode_truncated(decode);
	print_end(decode, type, length, true);
	return decode_payload(decode, cursor, type);
}
