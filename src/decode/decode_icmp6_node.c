/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ICMPv6 asks of nodes (RFC 4620) and tells routers (RFC 2894).
 */
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES      16u
#define OLD_REQUEST_BYTES 12u
#define MATCH_BYTES       24u
#define USE_BYTES         32u
#define TRUNCATED         1u
#define FOREVER           0xffffffffu

enum subject { SUBJECT_IPV6, SUBJECT_NAME, SUBJECT_IPV4 };
enum question { NOOP, SUPPORTED, NAME, ADDRESSES };

static const struct text_name address_flags[] = {
	{0x40, "a"}, {0x20, "G"}, {0x10, "S"}, {0x08, "L"},
	{0x04, "C"}, {0x02, "A"}, {0x01, "T"}, {0, NULL},
};

static const struct text_name renumbering_flags[] = {
	{0x80, "T"}, {0x40, "R"}, {0x20, "A"}, {0x10, "S"}, {0x08, "P"}, {0, NULL},
};

static const struct text_name codes[] = {
	{0, "command"},
	{1, "result"},
	{255, "sequence number reset"},
	{0, NULL},
};

static const struct text_name operations[] = {
	{1, "add"},
	{2, "change"},
	{3, "setglobal"},
	{0, NULL},
};

/* Labels up to the end, without pointers. */
static void print_labels(struct decode *decode, struct cursor name)
{
	uint8_t length;

	text_string(decode->out, ", \"");
	while (cursor_take_u8(&name, &length)) {
		if (length == 0) {
			if (cursor_left(&name) == 0)
				text_char(decode->out, '.');
			else if (cursor_left(&name) != 1 || cursor_u8_at(&name, 0))
				text_string(decode->out, "\?\?\?");
			break;
		}
		if (!cursor_has(&name, length)) {
			text_string(decode->out, "\?\?\?");
			break;
		}
		text_safe(decode->out, cursor_take_bytes(&name, length), length);
		if (cursor_has(&name, 2) && cursor_u8_at(&name, 0))
			text_char(decode->out, '.');
	}
	text_char(decode->out, '"');
}

/* One with its length in front, as an early draft had it, or labels. */
static bool print_name(struct decode *decode, const struct cursor *icmp, uint32_t at)
{
	struct cursor name = *icmp;

	if (!cursor_skip(&name, at) || !cursor_has(&name, 1))
		return false;
	if (cursor_u8_at(&name, 0) != cursor_left(&name) - 1) {
		print_labels(decode, name);
		return true;
	}
	if (decode->options->verbose)
		text_string(decode->out, ", 03 draft");
	cursor_skip(&name, 1);
	text_string(decode->out, ", \"");
	text_safe(decode->out, name.at, cursor_left(&name));
	text_char(decode->out, '"');
	return true;
}

static void print_subject(struct decode *decode, const struct cursor *icmp, uint8_t code)
{
	uint32_t bytes = code == SUBJECT_IPV6 ? 16 : 4;
	uint8_t address[4];

	if (code == SUBJECT_NAME) {
		text_string(decode->out, ", subject=DNS name");
		print_name(decode, icmp, HEADER_BYTES);
	} else if (code > SUBJECT_IPV4) {
		text_string(decode->out, ", unknown subject");
	} else if (cursor_left(icmp) > HEADER_BYTES + bytes) {
		text_string(decode->out, decode->options->verbose ? ", invalid subject len" : "");
	} else if (cursor_left(icmp) == HEADER_BYTES + bytes && code == SUBJECT_IPV6) {
		decode_icmp6_address(decode, ", subject=", icmp, HEADER_BYTES);
	} else if (cursor_left(icmp) == HEADER_BYTES + bytes) {
		cursor_copy_at(icmp, HEADER_BYTES, address, sizeof(address));
		text_string(decode->out, ", subject=");
		text_ipv4(decode->out, address);
	}
}

static void print_supported(struct decode *decode, uint16_t flags)
{
	text_string(decode->out, "supported qtypes");
	if (flags)
		text_string(decode->out, flags & 1 ? " [C]" : " []");
}

static void print_flags(struct decode *decode, uint16_t flags)
{
	text_string(decode->out, " [");
	text_bits(decode->out, address_flags, flags, "", "");
	text_char(decode->out, ']');
}

enum icmp6_body decode_icmp6_node_query(struct decode *decode, const struct cursor *icmp)
{
	static const char *const questions[] = {"noop", NULL, "DNS name", "node addresses"};
	uint16_t question = cursor_be16_at(icmp, 4), flags = cursor_be16_at(icmp, 6);

	if (cursor_left(icmp) == OLD_REQUEST_BYTES) {
		text_string(decode->out, " who-are-you request");
		return ICMP6_WHOLE;
	}
	text_string(decode->out, " node information query");
	if (!cursor_has(icmp, HEADER_BYTES)) {
		decode_truncated(decode);
		return ICMP6_WHOLE;
	}
	text_string(decode->out, " (");
	if (question == SUPPORTED)
		print_supported(decode, flags);
	else
		text_string(decode->out, question <= ADDRESSES ? questions[question] : "unknown");
	if (question == ADDRESSES && flags)
		print_flags(decode, flags & ~TRUNCATED);
	if (question == NOOP || question == SUPPORTED) {
		if (cursor_left(icmp) != HEADER_BYTES && decode->options->verbose)
			text_string(decode->out, ", invalid len");
	} else if (cursor_left(icmp) == HEADER_BYTES) {
		text_string(decode->out, ", 03 draft");
	} else {
		print_subject(decode, icmp, cursor_u8_at(icmp, 1));
	}
	text_char(decode->out, ')');
	return ICMP6_WHOLE;
}

/* The answer itself; false where it lies beyond what was captured. */
static bool print_answer(struct decode *decode, const struct cursor *icmp)
{
	uint16_t question = cursor_be16_at(icmp, 4), flags = cursor_be16_at(icmp, 6);

	text_string(decode->out, decode->options->verbose ? "success, " : "");
	switch (question) {
	case NOOP:
		text_string(decode->out, "noop");
		if (cursor_left(icmp) != HEADER_BYTES && decode->options->verbose)
			text_string(decode->out, ", invalid length");
		return true;
	case SUPPORTED:
		print_supported(decode, flags);
		return true;
	case NAME:
		text_string(decode->out, "DNS name");
		if (!print_name(decode, icmp, HEADER_BYTES + 4))
			return false;
		if (flags & 1) {
			text_word_decimal(decode->out,
					  " [TTL=", cursor_be32_at(icmp, HEADER_BYTES));
			text_char(decode->out, ']');
		}
		return true;
	case ADDRESSES:
		text_string(decode->out, "node addresses");
		for (uint32_t at = HEADER_BYTES; cursor_has(icmp, at + 20); at += 20) {
			decode_icmp6_address(decode, " ", icmp, at + 4);
			text_word_decimal(decode->out, "(", cursor_be32_at(icmp, at));
			text_char(decode->out, ')');
		}
		if (flags)
			print_flags(decode, flags);
		return true;
	default:
		text_string(decode->out, "unknown");
		return true;
	}
}

enum icmp6_body decode_icmp6_node_reply(struct decode *decode, const struct cursor *icmp)
{
	uint8_t code = cursor_u8_at(icmp, 1);

	if (icmp->length > cursor_left(icmp) || !cursor_has(icmp, HEADER_BYTES)) {
		decode_truncated(decode);
		return ICMP6_WHOLE;
	}
	text_string(decode->out, " node information reply (");
	if (code == 0) {
		if (!print_answer(decode, icmp))
			return ICMP6_BEYOND;
	} else if (code <= 2) {
		text_string(decode->out, code == 1 ? "refused" : "unknown");
		if (cursor_left(icmp) != HEADER_BYTES && decode->options->verbose)
			text_string(decode->out, ", invalid length");
	}
	text_char(decode->out, ')');
	return ICMP6_WHOLE;
}

static void print_match(struct decode *decode, const struct cursor *match)
{
	bool verbose = decode->options->verbose;

	text_string(decode->out, decode->options->verbose > 1 ? "\n\tmatch(" : " match(");
	text_name(decode->out, operations, "#%u", cursor_u8_at(match, 0));
	if (verbose)
		text_format(decode->out, ",ord=%u,min=%u,max=%u", cursor_u8_at(match, 2),
			    cursor_u8_at(match, 4), cursor_u8_at(match, 5));
	decode_icmp6_address(decode, ",", match, 8);
	text_word_decimal(decode->out, "/", cursor_u8_at(match, 3));
	text_char(decode->out, ')');
}

static void print_time(struct decode *decode, const char *word, uint32_t seconds)
{
	text_string(decode->out, word);
	if (seconds == FOREVER)
		text_string(decode->out, "infty");
	else
		text_decimal(decode->out, seconds);
	text_char(decode->out, ',');
}

static void print_use(struct decode *decode, const struct cursor *use)
{
	uint8_t flags = cursor_u8_at(use, 12);

	text_string(decode->out, decode->options->verbose > 1 ? "\n\tuse(" : " use(");
	if (flags) {
		text_string(decode->out, flags & 0x80 ? "V" : "");
		text_string(decode->out, flags & 0x40 ? "P," : ",");
	}
	if (decode->options->verbose) {
		text_format(decode->out, "mask=0x%x,raflags=0x%x,", cursor_u8_at(use, 2),
			    cursor_u8_at(use, 3));
		print_time(decode, "vltime=", cursor_be32_at(use, 4));
		print_time(decode, "pltime=", cursor_be32_at(use, 8));
	}
	decode_icmp6_address(decode, "", use, 16);
	text_word_decimal(decode->out, "/", cursor_u8_at(use, 0));
	text_word_decimal(decode->out, "/", cursor_u8_at(use, 1));
	text_char(decode->out, ')');
}

static void print_command(struct decode *decode, struct cursor command)
{
	uint32_t words = cursor_u8_at(&command, 1) - 3u;

	if (!cursor_has(&command, MATCH_BYTES)) {
		decode_truncated(decode);
		return;
	}
	print_match(decode, &command);
	cursor_skip(&command, MATCH_BYTES);
	if (words % 4) {
		decode_truncated(decode);
		return;
	}
	for (uint32_t uses = words / 4; uses; uses--) {
		if (!cursor_has(&command, USE_BYTES)) {
			decode_truncated(decode);
			return;
		}
		print_use(decode, &command);
		cursor_skip(&command, USE_BYTES);
	}
}

enum icmp6_body decode_icmp6_renumbering(struct decode *decode, const struct cursor *icmp)
{
	uint8_t code = cursor_u8_at(icmp, 1), flags = cursor_u8_at(icmp, 9);
	uint32_t reserved = cursor_be32_at(icmp, 12);
	struct cursor command = *icmp;

	if (!cursor_skip(&command, HEADER_BYTES)) {
		decode_truncated(decode);
		return ICMP6_WHOLE;
	}
	text_string(decode->out, ", ");
	text_name(decode->out, codes, "code-#%u", code);
	text_word_decimal(decode->out, ", seq=", cursor_be32_at(icmp, 4));
	if (decode->options->verbose) {
		text_char(decode->out, '[');
		text_bits(decode->out, renumbering_flags, flags, "", "");
		text_string(decode->out, flags ? "," : "");
		text_format(decode->out, "seg=%u,maxdelay=%u", cursor_u8_at(icmp, 8),
			    cursor_be16_at(icmp, 10));
		if (reserved)
			text_format(decode->out, "rsvd=0x%x", reserved);
		text_char(decode->out, ']');
	}
	if (code == 0)
		print_command(decode, command);
	return ICMP6_WHOLE;
}
