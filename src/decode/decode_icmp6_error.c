/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of ICMPv6 (RFC 4443), and the datagram in them.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES      8u
#define INNER_NEXT        (HEADER_BYTES + 6u)
#define INNER_SOURCE      (HEADER_BYTES + 8u)
#define INNER_DESTINATION (HEADER_BYTES + 24u)
#define INNER_PAYLOAD     (HEADER_BYTES + 40u)
#define OFFSET_MASK       0xfff8u

enum unreachable { NO_ROUTE, PROHIBITED, BEYOND_SCOPE, NO_ADDRESS, NO_PORT };

static const struct text_name unreachable_names[] = {
	{NO_ROUTE, "unreachable route"}, {PROHIBITED, " unreachable prohibited"},
	{BEYOND_SCOPE, "beyond scope"},  {NO_ADDRESS, "unreachable address"},
	{NO_PORT, "unreachable port"},   {0, NULL},
};

bool decode_icmp6_address(struct decode *decode, const char *word, const struct cursor *icmp,
			  uint32_t at)
{
	uint8_t address[16];

	if (!cursor_copy_at(icmp, at, address, sizeof(address)))
		return false;
	text_string(decode->out, word);
	text_ipv6(decode->out, address);
	return true;
}

/* Where the header behind the extension headers of an inner datagram is; 0
 * where there is none. */
static uint32_t find_transport(const struct cursor *icmp, uint8_t *next)
{
	uint32_t at = INNER_PAYLOAD;

	*next = cursor_u8_at(icmp, INNER_NEXT);
	if (!cursor_has(icmp, INNER_NEXT + 1))
		return 0;
	for (;;) {
		uint8_t length = cursor_u8_at(icmp, at + 1), following = cursor_u8_at(icmp, at);

		switch (*next) {
		case IPPROTO_UDP:
		case IPPROTO_TCP:
			return cursor_has(icmp, at + 4) ? at : 0;
		case IPPROTO_HOPOPTS:
		case IPPROTO_DSTOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_AH:
			if (!cursor_has(icmp, at + 2))
				return 0;
			at += *next == IPPROTO_AH ? (length + 2u) * 4u : (length + 1u) * 8u;
			break;
		case IPPROTO_FRAGMENT:
			if (!cursor_has(icmp, at + 4) || cursor_be16_at(icmp, at + 2) & OFFSET_MASK)
				return 0;
			at += 8;
			break;
		default:
			return 0;
		}
		*next = following;
	}
}

static enum icmp6_body decode_no_port(struct decode *decode, const struct cursor *icmp)
{
	uint8_t protocol;
	uint32_t at = find_transport(icmp, &protocol);

	if (!at)
		return ICMP6_CUT;
	decode_icmp6_address(decode, ", ", icmp, INNER_DESTINATION);
	text_string(decode->out, protocol == IPPROTO_TCP ? " tcp port " : " udp port ");
	text_decimal(decode->out, cursor_be16_at(icmp, at + 2));
	return ICMP6_WHOLE;
}

enum icmp6_body decode_icmp6_unreachable(struct decode *decode, const struct cursor *icmp,
					 uint8_t code)
{
	text_string(decode->out, ", ");
	text_name(decode->out, unreachable_names, "unknown unreach code (%u)", code);
	switch (code) {
	case NO_ROUTE:
	case PROHIBITED:
	case NO_ADDRESS:
		return decode_icmp6_address(decode, " ", icmp, INNER_DESTINATION) ? ICMP6_WHOLE
										  : ICMP6_BEYOND;
	case BEYOND_SCOPE:
		if (!decode_icmp6_address(decode, " ", icmp, INNER_DESTINATION))
			return ICMP6_BEYOND;
		decode_icmp6_address(decode, ", source address ", icmp, INNER_SOURCE);
		return ICMP6_WHOLE;
	case NO_PORT:
		return decode_no_port(decode, icmp);
	default:
		if (decode->options->verbose > 1)
			return ICMP6_WHOLE;
		decode_hex(decode, icmp, "\n\t", icmp->length);
		return ICMP6_ENDED;
	}
}

enum icmp6_body decode_icmp6_exceeded(struct decode *decode, const struct cursor *icmp,
				      uint8_t code)
{
	if (code == 0 && !decode_icmp6_address(decode, " for ", icmp, INNER_DESTINATION))
		return ICMP6_BEYOND;
	if (code == 1)
		text_string(decode->out, " (reassembly)");
	if (code > 1) {
		text_word_decimal(decode->out, ", unknown code (", code);
		text_char(decode->out, ')');
	}
	return ICMP6_WHOLE;
}

enum icmp6_body decode_icmp6_parameter(struct decode *decode, const struct cursor *icmp,
				       uint8_t code)
{
	static const char *const words[] = {
		", erroneous - octet ",
		", next header - octet ",
		", option - octet ",
		", incomplete header chain - octet ",
	};

	if (!cursor_has(icmp, INNER_DESTINATION + 16))
		return ICMP6_CUT;
	if (code < sizeof(words) / sizeof(words[0]))
		text_word_decimal(decode->out, words[code], cursor_be32_at(icmp, 4));
	else
		text_word_decimal(decode->out, ", code-#", code);
	return ICMP6_WHOLE;
}
