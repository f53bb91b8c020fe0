/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control protocols of PPP (RFC 1661, RFC 1570). What they configure is in
 * decode_ppp_options.c.
 */
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES 4u

enum code {
	VENDOR = 0,
	REQUEST = 1,
	REJECT = 4,
	TERMINATE = 5,
	CODE_REJECT = 7,
	PROTOCOL_REJECT = 8,
	ECHO = 9,
	DISCARD = 11,
	IDENT = 12,
	REMAINING = 13,
};

static const struct text_name code_names[] = {
	{VENDOR, "Vendor-Extension"},
	{REQUEST, "Conf-Request"},
	{2, "Conf-Ack"},
	{3, "Conf-Nack"},
	{REJECT, "Conf-Reject"},
	{TERMINATE, "Term-Request"},
	{6, "Term-Ack"},
	{CODE_REJECT, "Code-Reject"},
	{PROTOCOL_REJECT, "Prot-Reject"},
	{ECHO, "Echo-Request"},
	{10, "Echo-Reply"},
	{DISCARD, "Disc-Req"},
	{IDENT, "Ident"},
	{REMAINING, "Time-Rem"},
	{14, "Reset-Req"},
	{15, "Reset-Ack"},
	{0, NULL},
};

static bool print_cut(struct decode *decode, uint16_t protocol)
{
	text_string(decode->out, "[|");
	text_name(decode->out, decode_ppp_names, "", protocol);
	text_char(decode->out, ']');
	return true;
}

static bool print_magic(struct decode *decode, const struct cursor *data)
{
	if (!cursor_has(data, 4))
		return false;
	text_string(decode->out, "\n\t  Magic-Num ");
	text_hex_prefixed(decode->out, cursor_be32_at(data, 0), 8);
	return true;
}

static bool print_vendor(struct decode *decode, const struct cursor *data)
{
	uint32_t oui = cursor_be24_at(data, 4);

	if (!print_magic(decode, data) || !cursor_has(data, 7))
		return false;
	text_string(decode->out, " Vendor: ");
	text_name(decode->out, decode_oui_names, "Unknown", oui);
	text_word_decimal(decode->out, " (", oui);
	text_char(decode->out, ')');
	return true;
}

static bool print_rejected(struct decode *decode, struct cursor data, uint32_t length)
{
	uint16_t protocol;

	if (!cursor_take_be16(&data, &protocol))
		return false;
	text_string(decode->out, "\n\t  Rejected ");
	text_name(decode->out, decode_ppp_names, "unknown", protocol);
	text_string(decode->out, " Protocol (");
	text_hex_prefixed(decode->out, protocol, 4);
	text_char(decode->out, ')');
	if (length > HEADER_BYTES + 2) {
		text_string(decode->out, "\n\t  Rejected Packet");
		decode_hex(decode, &data, "\n\t    ", length - 2);
	}
	return true;
}

/* Data behind a magic number. */
static bool print_echo(struct decode *decode, struct cursor data, uint32_t length,
		       uint16_t protocol)
{
	uint32_t bytes = length - HEADER_BYTES - 4;

	if (!print_magic(decode, &data))
		return false;
	cursor_skip(&data, 4);
	if (bytes == 0)
		return true;
	text_string(decode->out, "\n\t  -----trailing data-----");
	if (!cursor_has(&data, bytes))
		return print_cut(decode, protocol);
	decode_hex(decode, &data, "\n\t  ", bytes);
	return true;
}

static bool print_ident(struct decode *decode, struct cursor data, uint32_t length,
			uint16_t protocol)
{
	uint32_t bytes = length - 4, there;

	if (!print_magic(decode, &data))
		return false;
	cursor_skip(&data, 4);
	if (length <= HEADER_BYTES + 4)
		return true;
	text_string(decode->out, "\n\t  Message\n\t    ");
	there = cursor_left(&data) < bytes ? cursor_left(&data) : bytes;
	text_safe(decode->out, cursor_take_bytes(&data, there), there);
	return there == bytes || print_cut(decode, protocol);
}

/* control is at the number of the protocol, data behind the header; length is
 * that of the header and data. */
static bool print_data(struct decode *decode, const struct cursor *control,
		       const struct cursor *data, uint32_t length)
{
	uint16_t protocol = cursor_be16_at(control, 0);
	uint8_t code = cursor_u8_at(control, 2);
	uint32_t bytes = length - HEADER_BYTES;

	switch (code) {
	case VENDOR:
		return bytes < 7 || print_vendor(decode, data);
	case REQUEST:
	case 2:
	case 3:
	case REJECT:
		return decode_ppp_options(decode, data, protocol, length);
	case TERMINATE:
	case 6:
	case CODE_REJECT:
		return true;
	case PROTOCOL_REJECT:
		return bytes < 2 || print_rejected(decode, *data, length);
	case ECHO:
	case 10:
	case DISCARD:
		return bytes < 4 || print_echo(decode, *data, length, protocol);
	case IDENT:
		return bytes < 4 || print_ident(decode, *data, length, protocol);
	case REMAINING:
		if (bytes < 8)
			return true;
		if (!print_magic(decode, data) || !cursor_has(data, 8))
			return false;
		text_word_decimal(decode->out, ", Seconds-Remaining ", cursor_be32_at(data, 4));
		text_char(decode->out, 's');
		return true;
	default:
		if (decode->options->verbose <= 1)
			decode_hex(decode, control, "\n\t  ", length + 2);
		return true;
	}
}

bool decode_ppp_control(struct decode *decode, const struct cursor *control)
{
	uint16_t protocol = cursor_be16_at(control, 0);
	uint8_t code = cursor_u8_at(control, 2);
	uint32_t length = cursor_be16_at(control, 4);
	struct cursor data = *control;

	text_name(decode->out, decode_ppp_names, "", protocol);
	text_string(decode->out, ", ");
	if (control->length < 2 + HEADER_BYTES || !cursor_has(control, 4))
		return print_cut(decode, protocol);
	text_name(decode->out, code_names, "Unknown Opcode", code);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, code, 2);
	text_word_decimal(decode->out, "), id ", cursor_u8_at(control, 3));
	text_word_decimal(decode->out, ", length ", control->length);
	if (!decode->options->verbose)
		return true;
	if (!cursor_skip(&data, 2 + HEADER_BYTES))
		return false;
	text_word_decimal(decode->out, "\n\tencoded length ", length);
	if (length < HEADER_BYTES) {
		text_string(decode->out, " (< 4))");
		return true;
	}
	if (length > control->length - 2) {
		text_word_decimal(decode->out, " (> packet length ", control->length - 2);
		text_string(decode->out, "))");
		return true;
	}
	text_word_decimal(decode->out, " (=Option(s) length ", length - HEADER_BYTES);
	text_char(decode->out, ')');
	if (length == HEADER_BYTES)
		return true;
	if (decode->options->verbose > 1)
		decode_hex(decode, control, "\n\t", 6);
	return print_data(decode, control, &data, length);
}
