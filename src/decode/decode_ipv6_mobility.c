/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mobility header of IPv6 (RFC 6275).
 */
#include <stddef.h>

#include "decode_parts.h"

#define FIXED_BYTES 8u
#define TYPES       8u

enum type {
	REFRESH_REQUEST = 0,
	HOME_INIT = 1,
	CARE_OF_INIT = 2,
	HOME_TEST = 3,
	CARE_OF_TEST = 4,
	UPDATE = 5,
	ACKNOWLEDGEMENT = 6,
	ERROR = 7,
};

/* What a type is called, and has behind the fixed part and in front of options. */
static const struct {
	const char *name;
	uint32_t bytes;
} types[TYPES] = {
	{"BRR", 0},  {"HoTI", 8}, {"CoTI", 8}, {"HoT", 16},
	{"CoT", 16}, {"BU", 4},   {"BA", 4},   {"BE", 16},
};

static const struct text_name update_bits[] = {
	{0x80, "A"}, {0x40, "H"}, {0x20, "L"}, {0x10, "K"}, {0, NULL},
};

enum option { PAD1 = 0, PADN = 1, REFRESH = 2, CARE_OF = 3, NONCES = 4, AUTHORIZATION = 5 };

/* How much there must be from an option on, to the end of all; its own length is
 * not asked. */
static const struct {
	const char *cut;
	uint32_t least;
} options[] = {
	[PADN] = {"(padn: trunc)", 2},           [REFRESH] = {"(refresh: trunc)", 4},
	[CARE_OF] = {"(altcoa: trunc)", 18},     [NONCES] = {"(ni: trunc)", 6},
	[AUTHORIZATION] = {"(auth: trunc)", 12},
};

/* CUT is told where it is found, BEYOND by the printer. */
enum step { NEXT, CUT, BEYOND };

static enum step step_of(bool captured)
{
	return captured ? NEXT : BEYOND;
}

/* Those that are bool are false where bytes were not captured. */
static bool print_value(struct decode *decode, const struct cursor *at, uint8_t option)
{
	uint8_t address[16];

	switch (option) {
	case PADN:
		text_string(decode->out, "(padn)");
		return true;
	case REFRESH:
		if (!cursor_has(at, 4))
			return false;
		text_word_decimal(decode->out, "(refresh: ", cursor_be16_at(at, 2) * 4u);
		break;
	case CARE_OF:
		if (!cursor_copy_at(at, 2, address, sizeof(address)))
			return false;
		text_string(decode->out, "(alt-CoA: ");
		text_ipv6(decode->out, address);
		break;
	case NONCES:
		if (!cursor_has(at, 6))
			return false;
		text_format(decode->out, "(ni: ho=0x%04x co=0x%04x", cursor_be16_at(at, 2),
			    cursor_be16_at(at, 4));
		break;
	default:
		text_string(decode->out, "(auth");
	}
	text_char(decode->out, ')');
	return true;
}

/* Prints one option and moves behind it. */
static enum step decode_option(struct decode *decode, struct cursor *at)
{
	uint8_t option = cursor_u8_at(at, 0);
	uint32_t bytes = option == PAD1 ? 1 : cursor_u8_at(at, 1) + 2u;

	if (!cursor_has(at, 1))
		return BEYOND;
	if (option != PAD1 && at->length < 2)
		return CUT;
	if (option != PAD1 && !cursor_has(at, 2))
		return BEYOND;
	/* tcpdump wants a byte behind each option to be there, too. */
	if (bytes > at->length || !cursor_has(at, bytes + 1))
		return CUT;
	if (option == PAD1) {
		text_string(decode->out, "(pad1)");
	} else if (option > AUTHORIZATION) {
		text_format(decode->out, "(type-0x%02x: len=%u)", option, bytes - 2);
	} else if (at->length < options[option].least) {
		text_string(decode->out, options[option].cut);
		return CUT;
	} else if (!print_value(decode, at, option)) {
		return BEYOND;
	}
	cursor_skip(at, bytes);
	return NEXT;
}

static bool print_cookie(struct decode *decode, const struct cursor *header, uint32_t at,
			 const char *words)
{
	uint8_t type = cursor_u8_at(header, 2);

	if (!decode->options->verbose)
		return true;
	if (!cursor_has(header, at + 8))
		return false;
	text_string(decode->out, type == HOME_INIT || type == HOME_TEST ? " Home " : " Care-of ");
	text_format(decode->out, "%s=%08x:%08x", words, cursor_be32_at(header, at),
		    cursor_be32_at(header, at + 4));
	return true;
}

static bool print_test(struct decode *decode, const struct cursor *header)
{
	if (!cursor_has(header, FIXED_BYTES))
		return false;
	text_string(decode->out, " nonce id=");
	text_hex_prefixed(decode->out, cursor_be16_at(header, 6), 1);
	return print_cookie(decode, header, FIXED_BYTES, "Init Cookie") &&
	       print_cookie(decode, header, FIXED_BYTES + 8, "Keygen Token");
}

static bool take_field(struct decode *decode, const struct cursor *header, const char *word,
		       uint32_t at)
{
	if (!cursor_has(header, at + 2))
		return false;
	text_word_decimal(decode->out, word, cursor_be16_at(header, at));
	return true;
}

static enum step print_update(struct decode *decode, const struct cursor *header)
{
	uint8_t bits = cursor_u8_at(header, FIXED_BYTES) & 0xf0;

	if (!take_field(decode, header, " seq#=", 6))
		return BEYOND;
	if (!cursor_has(header, FIXED_BYTES + 2))
		return CUT;
	text_string(decode->out, bits ? " " : "");
	text_bits(decode->out, update_bits, bits, "", "");
	if (!cursor_has(header, FIXED_BYTES + 4))
		return BEYOND;
	text_word_decimal(decode->out, " lifetime=", cursor_be16_at(header, FIXED_BYTES + 2) * 4u);
	return NEXT;
}

/* Of what is told, the status: the first byte of the last two of the fixed part. */
static bool print_status(struct decode *decode, const struct cursor *header)
{
	if (!cursor_has(header, 7))
		return false;
	text_word_decimal(decode->out, " status=", cursor_u8_at(header, 6));
	return true;
}

static bool print_acknowledgement(struct decode *decode, const struct cursor *header)
{
	if (!print_status(decode, header) || !cursor_has(header, FIXED_BYTES))
		return false;
	text_string(decode->out, cursor_u8_at(header, 7) & 0x80 ? " K" : "");
	if (!take_field(decode, header, " seq#=", FIXED_BYTES) ||
	    !cursor_has(header, FIXED_BYTES + 4))
		return false;
	text_word_decimal(decode->out, " lifetime=", cursor_be16_at(header, FIXED_BYTES + 2) * 4u);
	return true;
}

static bool print_error(struct decode *decode, const struct cursor *header)
{
	uint8_t address[16];

	if (!print_status(decode, header) ||
	    !cursor_copy_at(header, FIXED_BYTES, address, sizeof(address)))
		return false;
	text_string(decode->out, " homeaddr ");
	text_ipv6(decode->out, address);
	return true;
}

static enum step print_type(struct decode *decode, const struct cursor *header, uint8_t type)
{
	switch (type) {
	case HOME_INIT:
	case CARE_OF_INIT:
		return step_of(print_cookie(decode, header, FIXED_BYTES, "Init Cookie"));
	case HOME_TEST:
	case CARE_OF_TEST:
		return step_of(print_test(decode, header));
	case UPDATE:
		return print_update(decode, header);
	case ACKNOWLEDGEMENT:
		return step_of(print_acknowledgement(decode, header));
	case ERROR:
		return step_of(print_error(decode, header));
	default:
		return NEXT;
	}
}

static enum step decode_options(struct decode *decode, const struct cursor *header, uint32_t from,
				uint32_t end)
{
	struct cursor at = *header;
	enum step step = NEXT;

	if (!decode->options->verbose || from == end)
		return NEXT;
	if (!cursor_skip(&at, from))
		return BEYOND;
	at.length = end - from;
	while (at.length && step == NEXT)
		step = decode_option(decode, &at);
	return step;
}

static enum step decode_header(struct decode *decode, const struct cursor *header)
{
	uint32_t bytes = (cursor_u8_at(header, 1) + 1u) * 8u, fixed = FIXED_BYTES;
	uint8_t type = cursor_u8_at(header, 2);
	enum step step;

	if (!cursor_has(header, 3))
		return cursor_has(header, 2) ? BEYOND : CUT;
	if (type < TYPES)
		fixed += types[type].bytes;
	if (type < TYPES && bytes < fixed) {
		text_format(decode->out, "(header length %u is too small for type %u)", bytes,
			    type);
		return CUT;
	}
	text_string(decode->out, "mobility: ");
	if (type >= TYPES) {
		text_format(decode->out, "type-#%u len=%u", type, cursor_u8_at(header, 1));
		return NEXT;
	}
	text_string(decode->out, types[type].name);
	step = print_type(decode, header, type);
	return step == NEXT ? decode_options(decode, header, fixed, bytes) : step;
}

enum ipv6_extension decode_ipv6_mobility(struct decode *decode, const struct cursor *header)
{
	enum step step;

	decode->protocol = "mobility";
	step = decode_header(decode, header);
	if (step == CUT)
		decode_truncated(decode);
	return step == BEYOND ? IPV6_EXTENSION_BEYOND : IPV6_EXTENSION_END;
}
