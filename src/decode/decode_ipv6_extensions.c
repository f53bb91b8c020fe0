/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extension headers of IPv6 (RFC 8200, RFC 2675, RFC 8754).
 */
#include <stddef.h>

#include "decode_parts.h"

#define PAD1           0u
#define PADN           1u
#define ROUTER_ALERT   5u
#define JUMBO          0xc2u
#define HOME_ADDRESS   0xc9u
#define LEAST_JUMBO    65536u
#define OFFSET_MASK    0xfff8u
#define FRAGMENT_BYTES 8u
#define HEADER_BYTES   40u

/* Options of an option, as a home address has them. */
static bool print_inner_options(struct decode *decode, struct cursor option)
{
	while (option.length) {
		uint8_t type = cursor_u8_at(&option, 0);
		uint32_t length = type == PAD1 ? 1 : cursor_u8_at(&option, 1) + 2u;

		if (length > option.length || option.length < 2 - (type == PAD1))
			return false;
		if (type == PAD1)
			text_string(decode->out, ", pad1");
		else if (type == PADN)
			text_string(decode->out, ", padn");
		else
			text_format(decode->out, ", sopt_type 0x%02x: len=%u", type, length - 2);
		cursor_skip(&option, length);
	}
	return true;
}

static void print_jumbo(struct decode *decode, uint32_t length, const char *what)
{
	if (!decode->options->verbose)
		return;
	text_word_decimal(decode->out, "(jumbo: ", length);
	text_string(decode->out, what);
	text_string(decode->out, ") ");
}

static bool invalid_length(struct decode *decode, const char *name, uint32_t bytes)
{
	text_char(decode->out, '(');
	text_string(decode->out, name);
	text_word_decimal(decode->out, ": invalid len ", bytes);
	text_char(decode->out, ')');
	return false;
}

static bool too_short(struct decode *decode, const char *name)
{
	text_char(decode->out, '(');
	text_string(decode->out, name);
	text_string(decode->out, ": trunc)");
	return false;
}

struct jumbo {
	bool seen;
	uint32_t *payload; /* null: not among hop-by-hop options */
	bool *found;
};

static bool decode_jumbo(struct decode *decode, const struct cursor *option, struct jumbo *jumbo)
{
	uint32_t length = cursor_be32_at(option, 2);

	if (option->length < 6)
		return too_short(decode, "jumbo");
	if (cursor_u8_at(option, 1) != 4)
		return invalid_length(decode, "jumbo", cursor_u8_at(option, 1));
	if (jumbo->seen) {
		print_jumbo(decode, length, " - already seen");
		return true;
	}
	jumbo->seen = true;
	if (!jumbo->payload) {
		print_jumbo(decode, length, " - not a hop-by-hop option");
	} else if (*jumbo->payload) {
		print_jumbo(decode, length, " - payload len != 0");
	} else if (length < LEAST_JUMBO) {
		print_jumbo(decode, length, " - < 65536");
	} else {
		*jumbo->payload = length;
		*jumbo->found = true;
		print_jumbo(decode, length, "");
	}
	return true;
}

static bool decode_home_address(struct decode *decode, const struct cursor *option,
				uint32_t option_bytes)
{
	struct cursor rest = *option;
	uint8_t address[16];

	if (option->length < 18)
		return too_short(decode, "homeaddr");
	if (cursor_u8_at(option, 1) < 16)
		return invalid_length(decode, "homeaddr", cursor_u8_at(option, 1));
	if (!decode->options->verbose)
		return true;
	cursor_copy_at(option, 2, address, sizeof(address));
	text_string(decode->out, "(homeaddr: ");
	text_ipv6(decode->out, address);
	cursor_skip(&rest, 18);
	rest.length = option_bytes - 18;
	if (!print_inner_options(decode, rest))
		return false;
	text_char(decode->out, ')');
	return true;
}

static bool decode_option(struct decode *decode, const struct cursor *option, uint32_t bytes,
			  struct jumbo *jumbo)
{
	bool verbose = decode->options->verbose;
	uint8_t type = cursor_u8_at(option, 0), length = cursor_u8_at(option, 1);

	switch (type) {
	case PAD1:
		text_string(decode->out, verbose ? "(pad1)" : "");
		return true;
	case PADN:
		text_string(decode->out, verbose ? "(padn)" : "");
		return true;
	case ROUTER_ALERT:
		if (option->length < 4)
			return too_short(decode, "rtalert");
		if (length != 2)
			return invalid_length(decode, "rtalert", length);
		if (verbose)
			text_format(decode->out, "(rtalert: 0x%04x) ", cursor_be16_at(option, 2));
		return true;
	case JUMBO:
		return decode_jumbo(decode, option, jumbo);
	case HOME_ADDRESS:
		return decode_home_address(decode, option, bytes);
	default:
		if (verbose)
			text_format(decode->out, "(opt_type 0x%02x: len=%u)", type, length);
		return true;
	}
}

/* All there are in so many bytes, which were captured. */
static bool decode_options_in(struct decode *decode, struct cursor options, struct jumbo *jumbo)
{
	while (options.length) {
		uint8_t type = cursor_u8_at(&options, 0);
		uint32_t bytes = 1;

		if (type != PAD1) {
			if (options.length < 2)
				return false;
			bytes = cursor_u8_at(&options, 1) + 2u;
		}
		if (bytes > options.length || !decode_option(decode, &options, bytes, jumbo))
			return false;
		cursor_skip(&options, bytes);
	}
	text_string(decode->out, decode->options->verbose ? " " : "");
	return true;
}

enum ipv6_extension decode_ipv6_options(struct decode *decode, struct cursor *cursor,
					bool hop_by_hop, uint32_t *payload, bool *found)
{
	uint32_t bytes = (cursor_u8_at(cursor, 1) + 1u) * 8u;
	struct jumbo jumbo = {.payload = payload, .found = found};
	struct cursor options;

	decode->protocol = hop_by_hop ? "hbhopt" : "dstopt";
	if (!cursor_has(cursor, 2))
		return IPV6_EXTENSION_BEYOND;
	if (!cursor_has(cursor, bytes)) {
		decode_truncated(decode);
		return IPV6_EXTENSION_END;
	}
	text_string(decode->out, hop_by_hop ? "HBH " : "DSTOPT ");
	options = cursor_part(cursor, bytes);
	cursor_skip(&options, 2);
	if ((hop_by_hop || decode->options->verbose) &&
	    !decode_options_in(decode, options, &jumbo)) {
		decode_truncated(decode);
		return IPV6_EXTENSION_END;
	}
	cursor_skip(cursor, bytes);
	return IPV6_EXTENSION_NEXT;
}

enum ipv6_extension decode_ipv6_fragment(struct decode *decode, struct cursor *cursor)
{
	const struct cursor *header = &decode->ip.header;
	uint64_t behind = HEADER_BYTES + cursor_be16_at(header, 4);
	uint16_t offset = cursor_be16_at(cursor, 2) & OFFSET_MASK;

	decode->protocol = "frag6";
	if (!cursor_has(cursor, decode->options->verbose ? FRAGMENT_BYTES : 4))
		return IPV6_EXTENSION_BEYOND;
	behind -= (uint64_t)(cursor->at - header->at) + FRAGMENT_BYTES;
	text_string(decode->out, "frag (");
	if (decode->options->verbose) {
		text_hex_prefixed(decode->out, cursor_be32_at(cursor, 4), 8);
		text_char(decode->out, ':');
	}
	text_decimal(decode->out, offset);
	text_char(decode->out, '|');
	/* In an impossible one it wraps, and so it does in tcpdump. */
	text_decimal(decode->out, behind);
	text_char(decode->out, ')');
	if (offset)
		return IPV6_EXTENSION_END;
	text_char(decode->out, ' ');
	decode->ip.fragmented = true;
	if (!cursor_skip(cursor, FRAGMENT_BYTES) || !cursor_has(cursor, 1))
		return IPV6_EXTENSION_END;
	return IPV6_EXTENSION_NEXT;
}

/* The eight bytes up to the addresses, each as far as it was captured. */
static bool print_routing(struct decode *decode, struct cursor *cursor, uint8_t type)
{
	bool verbose = decode->options->verbose;
	uint8_t flags = cursor_u8_at(cursor, 5);
	uint32_t reserved = cursor_be32_at(cursor, 4);

	if (type != 4) {
		if (!cursor_has(cursor, 8))
			return false;
		if (reserved || verbose)
			text_format(decode->out, ", rsv=0x%0x", reserved);
		return true;
	}
	if (!cursor_has(cursor, 5))
		return false;
	text_word_decimal(decode->out, ", last-entry=", cursor_u8_at(cursor, 4));
	if (!cursor_has(cursor, 6))
		return false;
	if (flags || verbose)
		text_format(decode->out, ", flags=0x%0x", flags);
	if (!cursor_has(cursor, 8))
		return false;
	text_format(decode->out, ", tag=%x", cursor_be16_at(cursor, 6));
	return true;
}

static enum ipv6_extension print_segments(struct decode *decode, struct cursor *cursor,
					  uint32_t length)
{
	uint8_t address[16];

	if (length % 2) {
		text_word_decimal(decode->out, " (invalid length ", length);
		text_char(decode->out, ')');
		decode_invalid(decode);
		return IPV6_EXTENSION_END;
	}
	for (uint32_t i = 0; i < length / 2; i++) {
		if (!cursor_copy_at(cursor, 8 + i * 16, address, sizeof(address)))
			return IPV6_EXTENSION_BEYOND;
		text_word_decimal(decode->out, ", [", i);
		text_char(decode->out, ']');
		text_ipv6(decode->out, address);
	}
	text_string(decode->out, ") ");
	return cursor_skip(cursor, (length + 1) * 8) ? IPV6_EXTENSION_NEXT : IPV6_EXTENSION_BEYOND;
}

/* What all types have: each field as far as it was captured. */
static bool print_fixed(struct decode *decode, struct cursor *cursor)
{
	static const char *const words[] = {" (len=", ", type=", ", segleft="};

	text_string(decode->out, "RT6");
	for (uint32_t i = 0; i < 3; i++) {
		if (!cursor_has(cursor, i + 2))
			return false;
		text_word_decimal(decode->out, words[i], cursor_u8_at(cursor, i + 1));
		if (i == 1 && cursor_u8_at(cursor, 2) == 0)
			text_string(decode->out, " [Deprecated]");
	}
	return true;
}

enum ipv6_extension decode_ipv6_routing(struct decode *decode, struct cursor *cursor)
{
	uint8_t type = cursor_u8_at(cursor, 2);

	if (!cursor_has(cursor, 1)) {
		decode_truncated(decode);
		return IPV6_EXTENSION_END;
	}
	decode->protocol = "rt6";
	if (!print_fixed(decode, cursor))
		return IPV6_EXTENSION_BEYOND;
	if (type != 0 && type != 2 && type != 4) {
		text_string(decode->out, " (unknown type)");
		decode_invalid(decode);
		return IPV6_EXTENSION_END;
	}
	if (!print_routing(decode, cursor, type))
		return IPV6_EXTENSION_BEYOND;
	return print_segments(decode, cursor, cursor_u8_at(cursor, 1));
}
