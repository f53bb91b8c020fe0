/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv6 (RFC 8200): the fixed header and the way along the extension headers,
 * which are in decode_ipv6_extensions.c.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"

#define HEADER_BYTES 40u
#define NO_HEADER    255 /* in front of the first extension header */
#define OLD_MOBILITY 62  /* the number it had in drafts */

struct ipv6 {
	struct cursor header;
	uint32_t length;  /* all there is, by the layer below */
	uint32_t payload; /* by the header, or its jumbogram option */
	bool jumbo, hop_by_hop, extended;
};

static void print_verbose(struct decode *decode, const struct cursor *cursor, uint32_t payload)
{
	uint32_t flow = cursor_be32_at(cursor, 0);
	uint8_t next = cursor_u8_at(cursor, 6);

	text_char(decode->out, '(');
	if (flow & 0x0ff00000) {
		text_string(decode->out, "class ");
		text_hex_prefixed(decode->out, flow >> 20 & 0xff, 2);
		text_string(decode->out, ", ");
	}
	if (flow & 0x000fffff) {
		text_string(decode->out, "flowlabel ");
		text_hex_prefixed(decode->out, flow & 0xfffff, 5);
		text_string(decode->out, ", ");
	}
	text_word_decimal(decode->out, "hlim ", cursor_u8_at(cursor, 7));
	text_string(decode->out, ", next-header ");
	text_name(decode->out, decode_ip_protocol_names, "unknown", next);
	text_word_decimal(decode->out, " (", next);
	text_word_decimal(decode->out, ") payload length: ", payload);
	text_string(decode->out, ") ");
}

static void print_missing(struct decode *decode, uint32_t bytes)
{
	text_word_decimal(decode->out, "truncated-ip6 - ", bytes);
	text_string(decode->out, " bytes missing!");
}

/* What is behind the last extension header. */
static bool decode_payload(struct decode *decode, struct cursor *cursor, struct ipv6 *ip,
			   uint8_t next)
{
	uint32_t passed = (uint32_t)(cursor->at - ip->header.at), whole = HEADER_BYTES;

	if (ip->jumbo || ip->payload == 0) {
		if (ip->jumbo)
			whole = ip->payload + HEADER_BYTES;
		else if (ip->extended)
			return decode_truncated(decode);
		if (whole < passed)
			return decode_truncated(decode);
		if (ip->jumbo && ip->length < whole)
			print_missing(decode, whole - ip->length);
		cursor_narrow(&ip->header, whole);
		*cursor = ip->header;
		cursor_skip(cursor, passed);
	}
	return decode_ip_protocol(decode, cursor, next);
}

static enum ipv6_extension decode_hop_by_hop(struct decode *decode, struct cursor *cursor,
					     struct ipv6 *ip, int previous)
{
	enum ipv6_extension found;

	if (ip->hop_by_hop) {
		text_string(decode->out, "[The Hop-by-Hop Options header was already found]");
		decode_invalid(decode);
		return IPV6_EXTENSION_END;
	}
	if (previous != NO_HEADER) {
		text_string(decode->out,
			    "[The Hop-by-Hop Options header don't follow the IPv6 header]");
		decode_invalid(decode);
		return IPV6_EXTENSION_END;
	}
	ip->hop_by_hop = true;
	found = decode_ipv6_options(decode, cursor, true, &ip->payload, &ip->jumbo);
	if (found != IPV6_EXTENSION_BEYOND && ip->payload == 0 && !ip->jumbo) {
		text_string(decode->out, "[No valid Jumbo Payload Hop-by-Hop option found]");
		decode_invalid(decode);
		return IPV6_EXTENSION_END;
	}
	return found;
}

static bool is_extension(uint8_t next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_FRAGMENT ||
	       next == IPPROTO_ROUTING || next == IPPROTO_MH || next == OLD_MOBILITY;
}

static bool decode_headers(struct decode *decode, struct cursor *cursor, struct ipv6 *ip)
{
	uint8_t next = decode->ip.protocol;
	int previous = NO_HEADER;

	while (is_extension(next)) {
		enum ipv6_extension found;
		uint8_t following = cursor_u8_at(cursor, 0);

		if (next == IPPROTO_HOPOPTS)
			found = decode_hop_by_hop(decode, cursor, ip, previous);
		else if (next == IPPROTO_DSTOPTS)
			found = decode_ipv6_options(decode, cursor, false, NULL, NULL);
		else if (next == IPPROTO_FRAGMENT)
			found = decode_ipv6_fragment(decode, cursor);
		else if (next == IPPROTO_ROUTING)
			found = decode_ipv6_routing(decode, cursor);
		else
			found = decode_ipv6_mobility(decode, cursor);
		if (found != IPV6_EXTENSION_NEXT)
			return found == IPV6_EXTENSION_END;
		decode->protocol = "ip6";
		ip->extended = true;
		previous = next;
		next = following;
	}
	return decode_payload(decode, cursor, ip, next);
}

static bool decode_datagram(struct decode *decode, struct cursor *cursor, struct ipv6 *ip)
{
	uint8_t next = cursor_u8_at(cursor, 6);

	decode->ip = (struct decode_ip){
		.header = *cursor,
		.version = 6,
		.protocol = next,
		.ttl = cursor_u8_at(cursor, 7),
	};
	ip->header = *cursor;
	if (!decode_ip_has_ports(decode, next))
		decode_ip_addresses(decode, ": ");
	cursor_skip(cursor, HEADER_BYTES);
	return decode_headers(decode, cursor, ip);
}

bool decode_ipv6(struct decode *decode, struct cursor *cursor)
{
	const struct decode_ip outer = decode->ip;
	struct ipv6 ip = {.length = cursor->length};
	uint32_t bytes;
	bool whole;

	decode->protocol = "ip6";
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	if (cursor->length < HEADER_BYTES) {
		text_word_decimal(decode->out, "truncated-ip6 ", cursor->length);
		return true;
	}
	if (!decode->options->link_header)
		text_string(decode->out, "IP6 ");
	if (cursor_u8_at(cursor, 0) >> 4 != 6) {
		text_word_decimal(decode->out, "version error: ", cursor_u8_at(cursor, 0) >> 4);
		text_string(decode->out, " != 6");
		return true;
	}
	ip.payload = cursor_be16_at(cursor, 4);
	/* A jumbogram's length is in an option. */
	bytes = HEADER_BYTES + (ip.payload ? ip.payload : cursor->length);
	if (ip.payload && cursor->length < bytes)
		print_missing(decode, bytes - cursor->length);
	if (decode->options->verbose)
		print_verbose(decode, cursor, ip.payload);
	cursor_narrow(cursor, bytes);
	whole = decode_datagram(decode, cursor, &ip);
	if (whole)
		decode->ip = outer;
	return whole;
}
