/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 (RFC 791). Its options are in decode_ipv4_options.c.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"
#include "frames/checksum.h"

#define HEADER_BYTES 20u
#define OFFSET_MASK  0x1fffu
#define MORE         0x2000u
#define DO_NOT       0x4000u
#define RESERVED     0x8000u

static const struct text_name fragment_bits[] = {
	{MORE, "+"},
	{DO_NOT, "DF"},
	{RESERVED, "rsvd"},
	{0, NULL},
};

struct ipv4 {
	uint32_t header_bytes;
	uint16_t total, offset; /* offset with the flags above it */
	uint8_t protocol;
};

static void print_service(struct decode *decode, uint8_t tos)
{
	static const char *const ecn[] = {"", ",ECT(1)", ",ECT(0)", ",CE"};

	text_string(decode->out, "(tos ");
	text_hex_prefixed(decode->out, tos, 1);
	text_string(decode->out, ecn[tos & 3]);
}

static void print_checksum(struct decode *decode, const struct cursor *cursor, uint32_t bytes)
{
	const uint8_t *header = cursor_bytes_at(cursor, 0, bytes);
	uint16_t remainder, found = cursor_be16_at(cursor, 10);

	if (!header)
		return;
	remainder = checksum_finish(checksum_add(0, header, bytes));
	if (!remainder)
		return;
	text_string(decode->out, ", bad cksum ");
	text_hex(decode->out, found, 1);
	text_string(decode->out, " (->");
	text_hex(decode->out, checksum_expected(found, remainder), 1);
	text_string(decode->out, ")!");
}

enum outcome { WHOLE, OPTIONS_CUT, CUT };

/* What -v adds, up to the line's end. */
static enum outcome print_verbose(struct decode *decode, const struct cursor *cursor,
				  const struct ipv4 *ip)
{
	enum outcome outcome = WHOLE;
	uint8_t ttl = cursor_u8_at(cursor, 8);

	print_service(decode, cursor_u8_at(cursor, 1));
	if (ttl)
		text_word_decimal(decode->out, ", ttl ", ttl);
	text_word_decimal(decode->out, ", id ", cursor_be16_at(cursor, 4));
	text_word_decimal(decode->out, ", offset ", (ip->offset & OFFSET_MASK) * 8u);
	text_string(decode->out, ", flags [");
	text_bits(decode->out, fragment_bits, ip->offset & ~OFFSET_MASK, ", ", "none");
	text_string(decode->out, "], proto ");
	text_name(decode->out, decode_ip_protocol_names, "unknown", ip->protocol);
	text_word_decimal(decode->out, " (", ip->protocol);
	text_word_decimal(decode->out, "), length ", ip->total);
	if (ip->header_bytes > HEADER_BYTES) {
		struct cursor options = *cursor;

		text_string(decode->out, ", options (");
		cursor_skip(&options, HEADER_BYTES);
		options.length = ip->header_bytes - HEADER_BYTES;
		switch (decode_ipv4_options(decode, &options)) {
		case IPV4_OPTIONS_WHOLE:
			break;
		case IPV4_OPTIONS_CUT:
			text_string(decode->out, " [truncated-option]");
			outcome = OPTIONS_CUT;
			break;
		case IPV4_OPTIONS_BEYOND:
			return CUT;
		}
		text_char(decode->out, ')');
	}
	print_checksum(decode, cursor, ip->header_bytes);
	text_string(decode->out, ")\n    ");
	return outcome;
}

/* The payload of a first fragment, or of one that is none. */
static bool decode_payload(struct decode *decode, struct cursor *cursor, const struct ipv4 *ip)
{
	if (!decode_ip_has_ports(decode, ip->protocol))
		decode_ip_addresses(decode, ": ");
	if (!cursor_has(cursor, ip->header_bytes)) {
		text_word_decimal(decode->out, " [remaining caplen(", cursor_left(cursor));
		text_word_decimal(decode->out, ") < header length(", ip->header_bytes);
		text_string(decode->out, ")]");
		return false;
	}
	cursor_skip(cursor, ip->header_bytes);
	return decode_ip_protocol(decode, cursor, ip->protocol);
}

static bool decode_datagram(struct decode *decode, struct cursor *cursor, const struct ipv4 *ip)
{
	decode->ip = (struct decode_ip){
		.header = *cursor,
		.version = 4,
		.protocol = ip->protocol,
		.ttl = cursor_u8_at(cursor, 8),
		.fragmented = ip->offset & MORE,
	};
	if (decode->options->verbose) {
		switch (print_verbose(decode, cursor, ip)) {
		case WHOLE:
			break;
		case OPTIONS_CUT:
			decode_ip_addresses(decode, ": ");
			return decode_truncated(decode);
		case CUT:
			return false;
		}
	}
	if ((ip->offset & OFFSET_MASK) == 0)
		return decode_payload(decode, cursor, ip);
	decode_ip_addresses(decode, ":");
	text_word_decimal(decode->out, " ip-proto-", ip->protocol);
	return true;
}

/* False where the header is such that nothing more can be said. */
static bool check_header(struct decode *decode, const struct cursor *cursor, struct ipv4 *ip)
{
	if (cursor->length < HEADER_BYTES) {
		text_word_decimal(decode->out, "truncated-ip ", cursor->length);
		return false;
	}
	ip->header_bytes = (cursor_u8_at(cursor, 0) & 15u) * 4u;
	if (ip->header_bytes < HEADER_BYTES) {
		text_word_decimal(decode->out, "bad-hlen ", ip->header_bytes);
		return false;
	}
	ip->total = cursor_be16_at(cursor, 2);
	if (cursor->length < ip->total) {
		text_word_decimal(decode->out, "truncated-ip - ", ip->total - cursor->length);
		text_string(decode->out, " bytes missing! ");
	}
	if (ip->total < ip->header_bytes) {
		text_word_decimal(decode->out, "bad-len ", ip->total);
		return false;
	}
	return true;
}

bool decode_ipv4(struct decode *decode, struct cursor *cursor)
{
	uint8_t version = cursor_u8_at(cursor, 0) >> 4;
	const struct decode_ip outer = decode->ip;
	struct ipv4 ip;
	bool whole;

	decode->protocol = "ip";
	if (!cursor_has(cursor, 1))
		return false;
	if (version == 6) {
		text_string(decode->out, "IP6, wrong link-layer encapsulation");
		return decode_invalid(decode);
	}
	if (version != 4) {
		text_word_decimal(decode->out, "IP", version);
		return decode_invalid(decode);
	}
	if (!decode->options->link_header)
		text_string(decode->out, "IP ");
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	if (!check_header(decode, cursor, &ip))
		return true;
	ip.offset = cursor_be16_at(cursor, 6);
	ip.protocol = cursor_u8_at(cursor, 9);
	cursor_narrow(cursor, ip.total);
	whole = decode_datagram(decode, cursor, &ip);
	if (whole)
		decode->ip = outer;
	return whole;
}
