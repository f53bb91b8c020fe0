/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of a DHCP message's options, and those that are plain values.
 */
#include <stddef.h>

#include "decode_dhcp.h"

static const struct text_name message_names[] = {
	{1, "Discover"},
	{2, "Offer"},
	{3, "Request"},
	{4, "Decline"},
	{5, "ACK"},
	{6, "NACK"},
	{7, "Release"},
	{8, "Inform"},
	{10, "LeaseQuery"},
	{11, "LeaseUnassigned"},
	{12, "LeaseUnknown"},
	{13, "LeaseActive"},
	{0, NULL},
};

static void print_one(struct text *out, const struct cursor *data, enum dhcp_form form)
{
	uint8_t byte = cursor_u8_at(data, 0), address[4];

	cursor_copy_at(data, 0, address, data->length < 4 ? 0 : 4);
	switch (form) {
	case DHCP_FORM_PAIR:
		text_char(out, '(');
		text_ipv4(out, address);
		text_char(out, ':');
		cursor_copy_at(data, 4, address, 4);
		text_ipv4(out, address);
		text_char(out, ')');
		break;
	case DHCP_FORM_ADDRESS:
		text_ipv4(out, address);
		break;
	case DHCP_FORM_SIGNED:
		text_signed(out, (int32_t)cursor_be32_at(data, 0));
		break;
	case DHCP_FORM_LONG:
		text_decimal(out, cursor_be32_at(data, 0));
		break;
	case DHCP_FORM_SHORT:
		text_decimal(out, cursor_be16_at(data, 0));
		break;
	case DHCP_FORM_BOOL:
		if (byte > 1)
			text_decimal(out, byte);
		text_string(out, byte > 1 ? "?" : byte ? "Y" : "N");
		break;
	default:
		text_decimal(out, byte);
	}
}

/* As many as there are; what is left over stays. */
static void print_list(struct text *out, struct cursor *data, enum dhcp_form form)
{
	static const uint8_t sizes[] =
		{[DHCP_FORM_ADDRESS] = 4, [DHCP_FORM_PAIR] = 8,  [DHCP_FORM_SIGNED] = 4,
		 [DHCP_FORM_LONG] = 4,    [DHCP_FORM_SHORT] = 2, [DHCP_FORM_BYTE] = 1,
		 [DHCP_FORM_BOOL] = 1};

	for (bool first = true; data->length >= sizes[form]; first = false) {
		if (!first)
			text_char(out, form == DHCP_FORM_BYTE ? '.' : ',');
		print_one(out, data, form);
		cursor_skip(data, sizes[form]);
	}
}

static void print_data(struct decode *decode, struct cursor *data, uint8_t option)
{
	enum dhcp_form form = dhcp_option_form(option);

	if (option == DHCP_MESSAGE && data->length == 1) {
		text_name(decode->out, message_names, "Unknown (%u)", cursor_u8_at(data, 0));
		return;
	}
	if (form == DHCP_FORM_SIZE)
		form = data->length & 1   ? DHCP_FORM_BYTE
		       : data->length & 2 ? DHCP_FORM_SHORT
					  : DHCP_FORM_LONG;
	if (form == DHCP_FORM_OWN)
		dhcp_print_structured(decode, data, option);
	else if (form == DHCP_FORM_STRING)
		dhcp_print_string(decode->out, data);
	else
		print_list(decode->out, data, form);
	if (data->length)
		text_word_decimal(decode->out, "\n\t  trailing data length ", data->length);
}

static void print_pads(struct decode *decode, struct cursor *cursor)
{
	uint32_t count = 1;

	while (cursor_has(cursor, 1) && cursor_u8_at(cursor, 0) == DHCP_PAD) {
		cursor_skip(cursor, 1);
		count++;
	}
	if (count > 1)
		text_word_decimal(decode->out, ", occurs ", count);
}

bool decode_dhcp_options(struct decode *decode, struct cursor *cursor)
{
	uint8_t option, bytes = 0;

	text_string(decode->out, "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie ");
	text_hex_prefixed(decode->out, cursor_be32_at(cursor, 0), 8);
	cursor_skip(cursor, 4);
	while (cursor_take_u8(cursor, &option)) {
		struct cursor data;

		if (decode->options->verbose < 3 && option == DHCP_PAD)
			continue;
		if (decode->options->verbose < 3 && option == DHCP_END)
			return true;
		bytes = 0;
		if (option != DHCP_PAD && option != DHCP_END && !cursor_take_u8(cursor, &bytes))
			return false;
		text_string(decode->out, "\n\t    ");
		text_string(decode->out, dhcp_option_name(option));
		text_word_decimal(decode->out, " (", option);
		text_word_decimal(decode->out, "), length ", bytes);
		text_string(decode->out, bytes ? ": " : "");
		if (option == DHCP_PAD)
			print_pads(decode, cursor);
		if (!cursor_has(cursor, bytes))
			return decode_truncated(decode);
		data = cursor_part(cursor, bytes);
		if (option != DHCP_PAD && option != DHCP_END)
			print_data(decode, &data, option);
		cursor_skip(cursor, bytes);
	}
	return true;
}
