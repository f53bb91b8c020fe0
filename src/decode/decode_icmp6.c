/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861). Errors are in
 * decode_icmp6_error.c, options in decode_icmp6_options.c, multicast listeners
 * in decode_icmp6_mld.c, nodes and renumbering in decode_icmp6_node.c.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"
#include "frames/checksum.h"

#define HEADER_BYTES   8u
#define ADVERT_BYTES   16u
#define NEIGHBOR_BYTES 24u
#define REDIRECT_BYTES 40u

enum type {
	UNREACHABLE = 1,
	TOO_BIG = 2,
	EXCEEDED = 3,
	PARAMETER = 4,
	ECHO = 128,
	ECHO_REPLY = 129,
	QUERY = 130,
	REPORT = 131,
	DONE = 132,
	ROUTER_SOLICIT = 133,
	ROUTER_ADVERT = 134,
	NEIGHBOR_SOLICIT = 135,
	NEIGHBOR_ADVERT = 136,
	REDIRECT = 137,
	RENUMBERING = 138,
	NODE_QUERY = 139,
	NODE_REPLY = 140,
	INVERSE_SOLICIT = 141,
	INVERSE_ADVERT = 142,
	REPORT_V2 = 143,
	AGENT_REQUEST = 144,
	AGENT_REPLY = 145,
	PREFIX_SOLICIT = 146,
	PREFIX_ADVERT = 147,
	RPL = 155,
};

static const struct text_name type_names[] = {
	{UNREACHABLE, "destination unreachable"},
	{TOO_BIG, "packet too big"},
	{EXCEEDED, "time exceeded in-transit"},
	{PARAMETER, "parameter problem"},
	{ECHO, "echo request"},
	{ECHO_REPLY, "echo reply"},
	{QUERY, "multicast listener query"},
	{REPORT, "multicast listener report"},
	{DONE, "multicast listener done"},
	{ROUTER_SOLICIT, "router solicitation"},
	{ROUTER_ADVERT, "router advertisement"},
	{NEIGHBOR_SOLICIT, "neighbor solicitation"},
	{NEIGHBOR_ADVERT, "neighbor advertisement"},
	{REDIRECT, "redirect"},
	{RENUMBERING, "router renumbering"},
	{INVERSE_SOLICIT, "inverse neighbor solicitation"},
	{INVERSE_ADVERT, "inverse neighbor advertisement"},
	{REPORT_V2, "multicast listener report v2"},
	{AGENT_REQUEST, "ha discovery request"},
	{AGENT_REPLY, "ha discovery reply"},
	{PREFIX_SOLICIT, "mobile router solicitation"},
	{PREFIX_ADVERT, "mobile router advertisement"},
	{NODE_QUERY, "who-are-you request"},
	{NODE_REPLY, "who-are-you reply"},
	{201, "mtrace message"},
	{200, "mtrace response"},
	{RPL, "RPL"},
	{0, NULL},
};

static const struct text_name advert_flags[] = {
	{0x80, "managed"}, {0x40, "other stateful"}, {0x20, "home agent"}, {0x02, "ipv6 only"},
	{0, NULL},
};

static const struct text_name neighbor_flags[] = {
	{0x80000000, "router"},
	{0x40000000, "solicited"},
	{0x20000000, "override"},
	{0, NULL},
};

static enum icmp6_body decode_router(struct decode *decode, const struct cursor *icmp)
{
	uint8_t flags = cursor_u8_at(icmp, 5);

	if (!decode->options->verbose)
		return ICMP6_WHOLE;
	if (!cursor_has(icmp, ADVERT_BYTES))
		return ICMP6_BEYOND;
	text_word_decimal(decode->out, "\n\thop limit ", cursor_u8_at(icmp, 4));
	text_string(decode->out, ", Flags [");
	text_bits(decode->out, advert_flags, flags, ", ", "none");
	text_string(decode->out, "], pref ");
	text_string(decode->out, decode_icmp6_preference(flags));
	text_word_decimal(decode->out, ", router lifetime ", cursor_be16_at(icmp, 6));
	text_word_decimal(decode->out, "s, reachable time ", cursor_be32_at(icmp, 8));
	text_word_decimal(decode->out, "ms, retrans timer ", cursor_be32_at(icmp, 12));
	text_string(decode->out, "ms");
	return decode_icmp6_options(decode, icmp, ADVERT_BYTES);
}

static enum icmp6_body decode_neighbor(struct decode *decode, const struct cursor *icmp,
				       uint8_t type)
{
	bool advert = type == NEIGHBOR_ADVERT;

	if (!decode_icmp6_address(decode, advert ? ", tgt is " : ", who has ", icmp, HEADER_BYTES))
		return ICMP6_BEYOND;
	if (!decode->options->verbose)
		return ICMP6_WHOLE;
	if (advert) {
		text_string(decode->out, ", Flags [");
		text_bits(decode->out, neighbor_flags, cursor_be32_at(icmp, 4), ", ", "none");
		text_char(decode->out, ']');
	}
	return decode_icmp6_options(decode, icmp, NEIGHBOR_BYTES);
}

static enum icmp6_body decode_redirect(struct decode *decode, const struct cursor *icmp)
{
	if (!decode_icmp6_address(decode, ", ", icmp, 24))
		return ICMP6_BEYOND;
	decode_icmp6_address(decode, " to ", icmp, 8);
	if (!decode->options->verbose)
		return ICMP6_WHOLE;
	return decode_icmp6_options(decode, icmp, REDIRECT_BYTES);
}

static bool print_id(struct decode *decode, const struct cursor *icmp)
{
	if (!cursor_has(icmp, 6))
		return false;
	text_string(decode->out, ", id ");
	text_hex_prefixed(decode->out, cursor_be16_at(icmp, 4), 4);
	return true;
}

/* RFC 6275: home agents. */
static enum icmp6_body decode_mobile(struct decode *decode, const struct cursor *icmp, uint8_t type)
{
	bool reply = type == AGENT_REPLY || type == PREFIX_ADVERT;
	uint16_t flags = cursor_be16_at(icmp, 6);

	if (reply && !decode->options->verbose)
		return ICMP6_WHOLE;
	if (!print_id(decode, icmp))
		return ICMP6_BEYOND;
	if (type == AGENT_REPLY) {
		for (uint32_t at = HEADER_BYTES; at < icmp->length; at += 16) {
			if (!decode_icmp6_address(decode, ", ", icmp, at))
				return ICMP6_BEYOND;
		}
	}
	if (type != PREFIX_ADVERT)
		return ICMP6_WHOLE;
	if (!cursor_has(icmp, HEADER_BYTES))
		return ICMP6_BEYOND;
	text_string(decode->out, flags & 0xc000 ? " " : "");
	text_string(decode->out, flags & 0x8000 ? "M" : "");
	text_string(decode->out, flags & 0x4000 ? "O" : "");
	return decode_icmp6_options(decode, icmp, HEADER_BYTES);
}

static enum icmp6_body decode_echo(struct decode *decode, const struct cursor *icmp)
{
	if (!cursor_has(icmp, HEADER_BYTES))
		return ICMP6_BEYOND;
	text_word_decimal(decode->out, ", id ", cursor_be16_at(icmp, 4));
	text_word_decimal(decode->out, ", seq ", cursor_be16_at(icmp, 6));
	return ICMP6_WHOLE;
}

static enum icmp6_body decode_body(struct decode *decode, const struct cursor *icmp, uint8_t type,
				   uint8_t code)
{
	switch (type) {
	case UNREACHABLE:
		return decode_icmp6_unreachable(decode, icmp, code);
	case TOO_BIG:
		if (!cursor_has(icmp, 8))
			return ICMP6_BEYOND;
		text_word_decimal(decode->out, ", mtu ", cursor_be32_at(icmp, 4));
		return ICMP6_WHOLE;
	case EXCEEDED:
		return decode_icmp6_exceeded(decode, icmp, code);
	case PARAMETER:
		return decode_icmp6_parameter(decode, icmp, code);
	case ECHO:
	case ECHO_REPLY:
		return decode_echo(decode, icmp);
	case QUERY:
		return decode_icmp6_query(decode, icmp);
	case REPORT:
	case DONE:
		return decode_icmp6_listener(decode, icmp);
	case REPORT_V2:
		return decode_icmp6_report(decode, icmp);
	case ROUTER_SOLICIT:
		return decode->options->verbose ? decode_icmp6_options(decode, icmp, HEADER_BYTES)
						: ICMP6_WHOLE;
	case ROUTER_ADVERT:
		return decode_router(decode, icmp);
	case NEIGHBOR_SOLICIT:
	case NEIGHBOR_ADVERT:
		return decode_neighbor(decode, icmp, type);
	case REDIRECT:
		return decode_redirect(decode, icmp);
	case INVERSE_SOLICIT:
	case INVERSE_ADVERT:
		return ICMP6_WHOLE;
	case RENUMBERING:
		return decode_icmp6_renumbering(decode, icmp);
	case NODE_QUERY:
		return decode_icmp6_node_query(decode, icmp);
	case NODE_REPLY:
		return decode_icmp6_node_reply(decode, icmp);
	case RPL:
		return decode_icmp6_rpl(decode, icmp, code);
	case AGENT_REQUEST:
	case AGENT_REPLY:
	case PREFIX_SOLICIT:
	case PREFIX_ADVERT:
		return decode_mobile(decode, icmp, type);
	default:
		text_word_decimal(decode->out, ", length ", icmp->length);
		if (decode->options->verbose <= 1)
			decode_hex(decode, icmp, "\n\t", icmp->length);
		return ICMP6_ENDED;
	}
}

static void print_checksum(struct decode *decode, const struct cursor *icmp)
{
	const uint8_t *data = cursor_bytes_at(icmp, 0, icmp->length);
	uint16_t found = cursor_be16_at(icmp, 2), remainder;
	uint64_t sum;

	if (!data || icmp->length < 4)
		return;
	sum = decode_ip_pseudo_sum(decode, IPPROTO_ICMPV6, icmp->length);
	remainder = checksum_finish(checksum_add(sum, data, icmp->length));
	if (!remainder) {
		text_string(decode->out, "[icmp6 sum ok] ");
		return;
	}
	text_string(decode->out, "[bad icmp6 cksum ");
	text_hex_prefixed(decode->out, found, 4);
	text_string(decode->out, " -> ");
	text_hex_prefixed(decode->out, checksum_expected(found, remainder), 4);
	text_string(decode->out, "!] ");
}

/* What prints options over several lines has its length in front of them. */
static bool length_first(uint8_t type)
{
	return (type >= ROUTER_SOLICIT && type <= REDIRECT) || type == AGENT_REPLY ||
	       type == PREFIX_ADVERT;
}

bool decode_icmp6(struct decode *decode, struct cursor *cursor)
{
	uint8_t type = cursor_u8_at(cursor, 0);
	enum icmp6_body body;

	decode->protocol = "icmp6";
	if (cursor->length == 0) {
		text_string(decode->out, "ICMP6, length 0");
		return decode_invalid(decode);
	}
	if (decode->options->verbose && !decode->ip.fragmented)
		print_checksum(decode, cursor);
	if (!cursor_has(cursor, 1))
		return false;
	text_string(decode->out, "ICMP6, ");
	text_name(decode->out, type_names, "unknown icmp6 type (%u)", type);
	if (decode->options->verbose && length_first(type))
		text_word_decimal(decode->out, ", length ", cursor->length);
	if (!cursor_has(cursor, 2))
		return false;
	body = decode_body(decode, cursor, type, cursor_u8_at(cursor, 1));
	if (body == ICMP6_CUT)
		return decode_truncated(decode);
	if (body == ICMP6_WHOLE && !decode->options->verbose)
		text_word_decimal(decode->out, ", length ", cursor->length);
	return body != ICMP6_BEYOND;
}
