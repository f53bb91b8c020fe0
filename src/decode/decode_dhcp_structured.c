/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCP options with a structure of their own.
 */
#include <stddef.h>

#include "decode/hexdump.h"
#include "decode_dhcp.h"

static const struct text_name overload_names[] = {
	{1, "file"},
	{2, "sname"},
	{3, "file+sname"},
	{0, NULL},
};

static const struct text_name node_names[] = {
	{1, "b-node"}, {2, "p-node"}, {4, "m-node"}, {8, "h-node"}, {0, NULL},
};

static const struct text_name hardware_names[] = {
	{1, "ether"},  {6, "ieee802"},   {7, "arcnet"}, {15, "frelay"},
	{23, "strip"}, {24, "ieee1394"}, {0, NULL},
};

static const struct text_name agent_names[] = {
	{1, "Circuit-ID"},
	{2, "Remote-ID"},
	{6, "Subscriber-ID"},
	{0, NULL},
};

static const struct text_name fqdn_flags[] = {{1, "S"}, {2, "O"}, {4, "E"}, {8, "N"}, {0, NULL}};

void dhcp_print_string(struct text *out, struct cursor *data)
{
	uint32_t bytes = data->length;

	text_char(out, '"');
	text_safe(out, cursor_bytes_at(data, 0, bytes), bytes);
	text_char(out, '"');
	cursor_skip(data, bytes);
}

/* "[ERROR: length < N bytes]", where there are fewer. */
static bool too_short(struct text *out, struct cursor *data, uint32_t least)
{
	if (data->length >= least)
		return false;
	text_word_decimal(out, "[ERROR: length < ", least);
	text_string(out, " bytes]");
	cursor_skip(data, data->length);
	return true;
}

static void print_requests(struct text *out, struct cursor *data)
{
	uint8_t option;

	for (unsigned i = 0; cursor_take_u8(data, &option); i++) {
		text_string(out, i % 4 ? ", " : "\n\t      ");
		text_string(out, dhcp_option_name(option));
		text_word_decimal(out, " (", option);
		text_char(out, ')');
	}
}

static void print_fqdn(struct text *out, struct cursor *data)
{
	uint8_t flags = cursor_u8_at(data, 0), first = cursor_u8_at(data, 1),
		second = cursor_u8_at(data, 2);

	if (too_short(out, data, 3))
		return;
	if (flags & 0xf0)
		text_format(out, "[ERROR: MBZ nibble 0x%x != 0] ", flags >> 4);
	if (flags & 0x0f) {
		text_char(out, '[');
		text_bits(out, fqdn_flags, flags, "", "");
		text_string(out, "] ");
	}
	if (first || second) {
		text_decimal(out, first);
		text_word_decimal(out, "/", second);
		text_char(out, ' ');
	}
	cursor_skip(data, 3);
	dhcp_print_string(out, data);
}

static void print_client_id(struct text *out, struct cursor *data)
{
	uint8_t type;

	if (too_short(out, data, 1))
		return;
	cursor_take_u8(data, &type);
	if (!type) {
		dhcp_print_string(out, data);
		return;
	}
	text_name(out, hardware_names, "hardware-type %u,", type);
	text_char(out, ' ');
	if (data->length)
		text_mac(out, cursor_bytes_at(data, 0, data->length), data->length);
	cursor_skip(data, data->length);
}

static void print_agent(struct decode *decode, struct cursor *data)
{
	while (data->length >= 2) {
		uint8_t kind = cursor_u8_at(data, 0), bytes = cursor_u8_at(data, 1);

		cursor_skip(data, 2);
		text_string(decode->out, "\n\t      ");
		text_name(decode->out, agent_names, "Unknown", kind);
		text_word_decimal(decode->out, " SubOption ", kind);
		text_word_decimal(decode->out, ", length ", bytes);
		text_string(decode->out, ": ");
		if (bytes > data->length) {
			text_string(decode->out, "length goes past end of option");
			bytes = (uint8_t)data->length;
		} else if (text_name_find(agent_names, kind)) {
			text_safe(decode->out, cursor_bytes_at(data, 0, bytes), bytes);
		} else {
			hexdump_indented(decode->out, "\n\t\t", cursor_bytes_at(data, 0, bytes),
					 bytes);
		}
		cursor_skip(data, bytes);
	}
}

static bool print_route(struct text *out, struct cursor *data)
{
	uint8_t width, router[4];
	uint32_t octets;

	cursor_take_u8(data, &width);
	octets = (width + 7u) / 8;
	if (width > 32) {
		text_word_decimal(out, "[ERROR: Mask width (", width);
		text_string(out, ") > 32]");
		return false;
	}
	if (data->length < octets + 4) {
		text_word_decimal(out, "[ERROR: Remaining length (", data->length);
		text_word_decimal(out, ") < ", octets + 4);
		text_string(out, " bytes]");
		return false;
	}
	text_string(out, width ? "(" : "(default");
	for (uint32_t i = 0; width && i < 4; i++)
		text_word_decimal(out, i ? "." : "", i < octets ? cursor_u8_at(data, i) : 0);
	if (width)
		text_word_decimal(out, "/", width);
	cursor_copy_at(data, octets, router, 4);
	text_char(out, ':');
	text_ipv4(out, router);
	text_char(out, ')');
	return cursor_skip(data, octets + 4);
}

static void print_routes(struct text *out, struct cursor *data)
{
	const char *between = "";

	if (too_short(out, data, 5))
		return;
	while (data->length) {
		text_string(out, between);
		between = ",";
		if (!print_route(out, data))
			cursor_skip(data, data->length);
	}
}

static void print_user_class(struct text *out, struct cursor *data)
{
	uint8_t bytes;

	if (too_short(out, data, 2))
		return;
	for (unsigned i = 1; cursor_take_u8(data, &bytes); i++) {
		struct cursor part = cursor_part(data, bytes);

		text_word_decimal(out, "\n\t      instance#", i);
		text_string(out, ": ");
		if (!bytes || bytes > data->length) {
			text_string(out, bytes ? "[ERROR: invalid option]"
					       : "[ERROR: suboption length must be non-zero]");
			cursor_skip(data, data->length);
			return;
		}
		dhcp_print_string(out, &part);
		text_word_decimal(out, ", length ", bytes);
		cursor_skip(data, bytes);
	}
}

void dhcp_print_structured(struct decode *decode, struct cursor *data, uint8_t option)
{
	uint8_t value;

	switch (option) {
	case DHCP_NETBIOS_NODE:
	case DHCP_OVERLOAD:
		if (too_short(decode->out, data, 1))
			return;
		cursor_take_u8(data, &value);
		text_name(decode->out, option == DHCP_OVERLOAD ? overload_names : node_names, "#%d",
			  value);
		break;
	case DHCP_REQUESTS:
		print_requests(decode->out, data);
		break;
	case DHCP_FQDN:
		print_fqdn(decode->out, data);
		break;
	case DHCP_CLIENT_ID:
		print_client_id(decode->out, data);
		break;
	case DHCP_AGENT:
		print_agent(decode, data);
		break;
	case DHCP_USER_CLASS:
		print_user_class(decode->out, data);
		break;
	default:
		print_routes(decode->out, data);
	}
}
