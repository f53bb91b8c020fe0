/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of neighbour discovery (RFC 4861, RFC 4191, RFC 8106, RFC 6275).
 */
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES  2u
#define UNIT          8u /* of the length field */
#define LABEL_KIND    0xc0u
#define LABEL_POINTER 0xc0u
#define MOST_NAME     255u
#define FOREVER       0xffffffffu

enum option {
	SOURCE_LINK = 1,
	TARGET_LINK = 2,
	PREFIX = 3,
	REDIRECTED = 4,
	MTU = 5,
	INTERVAL = 7,
	HOME_AGENT = 8,
	ROUTE = 24,
	SERVERS = 25,
	SEARCH = 31,
};

static const struct text_name option_names[] = {
	{SOURCE_LINK, "source link-address"},
	{TARGET_LINK, "destination link-address"},
	{PREFIX, "prefix info"},
	{REDIRECTED, "redirected header"},
	{MTU, "mtu"},
	{SERVERS, "rdnss"},
	{SEARCH, "dnssl"},
	{INTERVAL, "advertisement interval"},
	{HOME_AGENT, "homeagent information"},
	{ROUTE, "route info"},
	{0, NULL},
};

static const struct text_name prefix_flags[] = {
	{0x80, "onlink"},
	{0x40, "auto"},
	{0x20, "router"},
	{0, NULL},
};

const char *decode_icmp6_preference(uint8_t flags)
{
	static const char *const names[] = {"medium", "high", "rsv", "low"};

	return names[flags >> 3 & 3];
}

static void print_lifetime(struct decode *decode, const char *word, uint32_t seconds)
{
	text_string(decode->out, word);
	if (seconds == FOREVER) {
		text_string(decode->out, "infinity");
		return;
	}
	text_decimal(decode->out, seconds);
	text_char(decode->out, 's');
}

static enum icmp6_body print_prefix(struct decode *decode, const struct cursor *option,
				    uint8_t units)
{
	uint8_t address[16];

	if (!cursor_copy_at(option, 16, address, sizeof(address)))
		return ICMP6_BEYOND;
	text_ipv6(decode->out, address);
	text_word_decimal(decode->out, "/", cursor_u8_at(option, 2));
	text_string(decode->out, units == 4 ? "" : "badlen");
	text_string(decode->out, ", Flags [");
	text_bits(decode->out, prefix_flags, cursor_u8_at(option, 3), ", ", "none");
	text_char(decode->out, ']');
	print_lifetime(decode, ", valid time ", cursor_be32_at(option, 4));
	print_lifetime(decode, ", pref. time ", cursor_be32_at(option, 8));
	return ICMP6_WHOLE;
}

static enum icmp6_body print_servers(struct decode *decode, const struct cursor *option,
				     uint8_t units)
{
	uint8_t address[16];

	text_word_decimal(decode->out, " lifetime ", cursor_be32_at(option, 4));
	text_string(decode->out, "s,");
	for (uint32_t i = 0; i < (units - 1u) / 2; i++) {
		cursor_copy_at(option, 8 + i * 16, address, sizeof(address));
		text_string(decode->out, " addr: ");
		text_ipv6(decode->out, address);
	}
	return ICMP6_WHOLE;
}

/* Of the kinds of labels that never came to be used. */
static void print_bad_label(struct decode *decode, uint8_t label)
{
	if (label & 0x80)
		text_string(decode->out, "<BAD LABEL TYPE>");
	else
		text_format(decode->out, "<ELT %u>", label & 0x3f);
}

/*
 * A domain name at *at in all the options, which pointers count from; moves on
 * behind it. False for one that is broken off.
 */
static bool print_name(struct decode *decode, const struct cursor *all, uint32_t *at)
{
	uint32_t from = *at, limit = *at, printed = 0;
	uint8_t length = cursor_u8_at(all, from++);
	bool jumped = false;

	while (length) {
		if ((length & LABEL_KIND) == LABEL_POINTER) {
			uint32_t target = cursor_be16_at(all, from - 1) & 0x3fffu;

			if (!jumped)
				*at = from + 1;
			jumped = true;
			if (!cursor_has(all, from + 1))
				return false;
			if (target >= limit) {
				text_string(decode->out, "<BAD PTR>");
				return false;
			}
			limit = target;
			from = target;
		} else {
			uint32_t part = length;

			if (length & LABEL_KIND) {
				print_bad_label(decode, length);
				return false;
			}
			if (printed + length > MOST_NAME)
				part = printed < MOST_NAME ? MOST_NAME - printed : 0;
			for (uint32_t i = 0; i < part; i++) {
				if (!cursor_has(all, from + i + 1))
					return false;
				text_safe_char(decode->out, cursor_u8_at(all, from + i));
			}
			printed += length;
			text_string(decode->out, printed <= MOST_NAME ? "." : "");
			printed++;
			from += length;
		}
		if (!cursor_has(all, from + 1))
			return false;
		length = cursor_u8_at(all, from++);
	}
	if (printed > MOST_NAME)
		text_string(decode->out, "<DOMAIN NAME TOO LONG>");
	if (!jumped)
		*at = from;
	return true;
}

static enum icmp6_body print_search(struct decode *decode, const struct cursor *all, uint32_t at,
				    uint8_t units)
{
	uint32_t end = at + units * UNIT;

	text_word_decimal(decode->out, " lifetime ", cursor_be32_at(all, at + 4));
	text_string(decode->out, "s, domain(s):");
	at += UNIT;
	while (at < end && cursor_u8_at(all, at)) {
		text_char(decode->out, ' ');
		if (!print_name(decode, all, &at))
			return ICMP6_CUT;
	}
	return at < end && !cursor_has(all, at + 1) ? ICMP6_BEYOND : ICMP6_WHOLE;
}

static enum icmp6_body print_route(struct decode *decode, const struct cursor *option,
				   uint8_t units)
{
	uint8_t address[16] = {0};

	if (units > 3)
		return ICMP6_CUT;
	cursor_copy_at(option, 8, address, (units - 1u) * UNIT);
	text_char(decode->out, ' ');
	text_ipv6(decode->out, address);
	text_word_decimal(decode->out, "/", cursor_u8_at(option, 2));
	text_string(decode->out, ", pref=");
	text_string(decode->out, decode_icmp6_preference(cursor_u8_at(option, 3)));
	print_lifetime(decode, ", lifetime=", cursor_be32_at(option, 4));
	return ICMP6_WHOLE;
}

/* One, which was captured whole, at a place among all. ICMP6_ENDED: no more of
 * them. */
static enum icmp6_body print_option(struct decode *decode, const struct cursor *all, uint32_t at,
				    uint8_t type, uint8_t units)
{
	struct cursor option = *all;

	cursor_skip(&option, at);
	switch (type) {
	case SOURCE_LINK:
	case TARGET_LINK:
		text_mac(decode->out, cursor_bytes_at(&option, 2, units * UNIT - 2),
			 units * UNIT - 2);
		return ICMP6_WHOLE;
	case PREFIX:
		return print_prefix(decode, &option, units);
	case REDIRECTED:
		/* As tcpdump has it: from the first option on. */
		decode_hex(decode, all, "\n\t    ", units * UNIT);
		return ICMP6_WHOLE;
	case MTU:
		text_word_decimal(decode->out, " ", cursor_be32_at(&option, 4));
		text_string(decode->out, units == 1 ? "" : "bad option length");
		return ICMP6_WHOLE;
	case SERVERS:
		return print_servers(decode, &option, units);
	case SEARCH:
		return print_search(decode, all, at, units);
	case INTERVAL:
		text_word_decimal(decode->out, " ", cursor_be32_at(&option, 4));
		text_string(decode->out, "ms");
		return ICMP6_WHOLE;
	case HOME_AGENT:
		text_word_decimal(decode->out, " preference ", cursor_be16_at(&option, 4));
		text_word_decimal(decode->out, ", lifetime ", cursor_be16_at(&option, 6));
		return ICMP6_WHOLE;
	case ROUTE:
		return print_route(decode, &option, units);
	default:
		if (decode->options->verbose > 1)
			return ICMP6_WHOLE;
		cursor_skip(&option, HEADER_BYTES);
		decode_hex(decode, &option, "\n\t  ", units * UNIT - HEADER_BYTES);
		return ICMP6_ENDED;
	}
}

enum icmp6_body decode_icmp6_options(struct decode *decode, const struct cursor *icmp,
				     uint32_t offset)
{
	int64_t remaining = (int64_t)icmp->length - offset;
	struct cursor all = *icmp;
	uint32_t at = 0;

	if (!cursor_skip(&all, offset))
		return ICMP6_WHOLE;
	while (at < cursor_left(&all)) {
		uint8_t type = cursor_u8_at(&all, at), units = cursor_u8_at(&all, at + 1);
		struct cursor content = all;
		enum icmp6_body body;

		if (!cursor_has(&all, at + 2))
			return ICMP6_CUT;
		if (remaining <= 0)
			break;
		if (units == 0 || !cursor_has(&all, at + units * UNIT))
			return ICMP6_CUT;
		text_string(decode->out, "\n\t  ");
		text_name(decode->out, option_names, "unknown", type);
		text_format(decode->out, " option (%u), length %u (%u): ", type, units * UNIT,
			    units);
		body = print_option(decode, &all, at, type, units);
		if (body == ICMP6_ENDED)
			return ICMP6_WHOLE;
		if (body != ICMP6_WHOLE)
			return body;
		cursor_skip(&content, at + HEADER_BYTES);
		if (decode->options->verbose > 1)
			decode_hex(decode, &content, "\n\t    ", units * UNIT - HEADER_BYTES);
		at += units * UNIT;
		remaining -= units * UNIT;
	}
	return ICMP6_WHOLE;
}
