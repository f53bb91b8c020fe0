/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>

#include "decode_parts.h"

#define OPTION_END   0u
#define OPTION_NOP   1u
#define OPTION_RR    7u
#define OPTION_TS    68u
#define OPTION_LSRR  131u
#define OPTION_SSRR  137u
#define OPTION_ALERT 148u
#define TS_ONLY      0u
#define TS_ADDRESSES 1u
#define TS_PRESET    3u

static const struct text_name option_names[] = {
	{OPTION_END, "EOL"},      {OPTION_NOP, "NOP"},
	{OPTION_TS, "timestamp"}, {130, "security"},
	{OPTION_RR, "RR"},        {OPTION_SSRR, "SSRR"},
	{OPTION_LSRR, "LSRR"},    {OPTION_ALERT, "RA"},
	{82, "traceroute"},       {0, NULL},
};

static void print_bad(struct decode *decode, const char *what, uint32_t value)
{
	text_string(decode->out, what);
	text_decimal(decode->out, value);
	text_char(decode->out, ']');
}

static void print_route(struct decode *decode, const struct cursor *option, uint32_t length)
{
	uint32_t pointer = cursor_u8_at(option, 2) - 1u;
	uint8_t address[4];

	if (length < 3) {
		print_bad(decode, " [bad length ", length);
		return;
	}
	if ((length + 1) & 3)
		print_bad(decode, " [bad length ", length);
	if (pointer < 3 || ((pointer + 1) & 3) || pointer > length + 1)
		print_bad(decode, " [bad ptr ", cursor_u8_at(option, 2));
	for (uint32_t at = 3; at < length; at += 4) {
		if (!cursor_copy_at(option, at, address, sizeof(address)))
			return;
		text_char(decode->out, ' ');
		text_ipv4(decode->out, address);
		if (pointer > at)
			text_char(decode->out, ',');
	}
}

static void print_stamp(struct decode *decode, const struct cursor *option, uint32_t at,
			uint32_t step)
{
	uint8_t address[4];

	text_decimal(decode->out, cursor_be32_at(option, at + step - 4));
	text_char(decode->out, '@');
	if (step != 8)
		return;
	cursor_copy_at(option, at, address, sizeof(address));
	text_ipv4(decode->out, address);
}

/* False where the stamps go on behind what was captured. */
static bool print_stamps(struct decode *decode, const struct cursor *option, uint32_t length)
{
	uint32_t kind = cursor_u8_at(option, 3) & 15u, step = kind == TS_ONLY ? 4 : 8;
	uint32_t pointer = cursor_u8_at(option, 2) - 1u, at = 0;

	text_string(decode->out, " TS{");
	if ((length - 4) & (step - 1))
		print_bad(decode, "[bad length ", length);
	if (pointer < 4 || ((pointer - 4) & (step - 1)) || pointer > length + 1)
		print_bad(decode, "[bad ptr ", cursor_u8_at(option, 2));
	if (kind == TS_ONLY || kind == TS_ADDRESSES || kind == TS_PRESET) {
		text_string(decode->out, kind == TS_ONLY        ? "TSONLY"
					 : kind == TS_ADDRESSES ? "TS+ADDR"
								: "PRESPEC");
		for (at = 4; at < length; at += step) {
			if (!cursor_has(option, at + step))
				return false;
			text_string(decode->out, pointer == at ? " ^ " : " ");
			print_stamp(decode, option, at, step);
		}
	} else {
		print_bad(decode, "[bad ts type ", kind);
	}
	if (pointer == at)
		text_string(decode->out, " ^ ");
	if (cursor_u8_at(option, 3) >> 4) {
		text_word_decimal(decode->out, " [", cursor_u8_at(option, 3) >> 4);
		text_string(decode->out, " hops not recorded]} ");
	} else {
		text_char(decode->out, '}');
	}
	return true;
}

static bool print_option(struct decode *decode, const struct cursor *option, uint8_t type,
			 uint32_t length)
{
	uint16_t value = cursor_be16_at(option, 2);

	switch (type) {
	case OPTION_TS:
		if (length < 4)
			print_bad(decode, "[bad length ", length);
		else
			return print_stamps(decode, option, length);
		break;
	case OPTION_RR:
	case OPTION_SSRR:
	case OPTION_LSRR:
		print_route(decode, option, length);
		break;
	case OPTION_ALERT:
		if (length < 4)
			print_bad(decode, " [bad length ", length);
		else if (value)
			text_word_decimal(decode->out, " value ", value);
		break;
	default:
		break;
	}
	return true;
}

enum ipv4_options decode_ipv4_options(struct decode *decode, struct cursor *options)
{
	const char *separator = "";

	while (options->length) {
		uint32_t length = 1;
		uint8_t type;

		text_string(decode->out, separator);
		separator = ",";
		if (!cursor_has(options, 1))
			return IPV4_OPTIONS_BEYOND;
		type = cursor_u8_at(options, 0);
		text_name(decode->out, option_names, "unknown %u", type);
		if (type != OPTION_END && type != OPTION_NOP) {
			if (!cursor_has(options, 2))
				return IPV4_OPTIONS_BEYOND;
			length = cursor_u8_at(options, 1);
		}
		if (length < 1 + (type > OPTION_NOP) || length > options->length) {
			print_bad(decode, " [bad length ", length);
			return IPV4_OPTIONS_WHOLE;
		}
		if (!cursor_has(options, length))
			return IPV4_OPTIONS_CUT;
		if (type == OPTION_END)
			return IPV4_OPTIONS_WHOLE;
		if (!print_option(decode, options, type, length))
			return IPV4_OPTIONS_CUT;
		cursor_skip(options, length);
	}
	return IPV4_OPTIONS_WHOLE;
}
