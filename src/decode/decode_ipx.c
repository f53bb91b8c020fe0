/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPX, with what services and routes tell of themselves (SAP and RIP).
 */
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES 30u
#define NAME_BYTES   48u
#define MOST_SAP     8u
#define MOST_RIP     50u
#define ROUTE_BYTES  8u

enum socket {
	NCP = 0x0451,
	SAP = 0x0452,
	RIP = 0x0453,
	NETBIOS = 0x0455,
	DIAGNOSTICS = 0x0456,
	NWLINK = 0x0553,
};

static const struct text_name socket_names[] = {
	{NCP, "ipx-ncp"},
	{NETBIOS, "ipx-netbios"},
	{DIAGNOSTICS, "ipx-diags"},
	{NWLINK, "ipx-nwlink-dgm"},
	{0, NULL},
};

/* Network and node. */
static void print_address(struct decode *decode, const struct cursor *at, uint32_t offset)
{
	text_hex(decode->out, cursor_be32_at(at, offset), 8);
	text_char(decode->out, '.');
	text_mac(decode->out, cursor_bytes_at(at, offset + 4, 6), 6);
}

/* With a socket: so many bytes behind the packet's first. */
static bool print_end(struct decode *decode, const struct cursor *ipx, uint32_t offset,
		      const char *behind)
{
	if (!cursor_has(ipx, offset + 12))
		return false;
	print_address(decode, ipx, offset);
	text_char(decode->out, '.');
	text_hex(decode->out, cursor_be16_at(ipx, offset + 10), 4);
	text_string(decode->out, behind);
	return true;
}

/* Whether so many bytes were captured; whole: whether the length has them. */
static bool has(const struct cursor *ipx, uint32_t bytes, bool *whole)
{
	*whole = ipx->length >= bytes;
	return cursor_has(ipx, bytes);
}

/* Up to a zero. */
static bool print_name(struct decode *decode, const struct cursor *ipx)
{
	uint32_t there = cursor_left(ipx);

	decode_characters(decode, ipx, 0, there < NAME_BYTES ? there : NAME_BYTES);
	return there >= NAME_BYTES || memchr(ipx->at, 0, there);
}

static bool take_server(struct decode *decode, struct cursor *ipx, bool *whole)
{
	if (!has(ipx, 2, whole))
		return false;
	if (!*whole)
		return true;
	text_char(decode->out, ' ');
	text_hex(decode->out, cursor_be16_at(ipx, 0), 4);
	text_string(decode->out, " '");
	cursor_skip(ipx, 2);
	*whole = ipx->length >= NAME_BYTES;
	if (*whole && !print_name(decode, ipx))
		return false;
	text_char(decode->out, '\'');
	if (!*whole)
		return true;
	if (!cursor_skip(ipx, NAME_BYTES) || !has(ipx, 10, whole))
		return false;
	if (!*whole)
		return true;
	text_string(decode->out, " addr ");
	print_address(decode, ipx, 0);
	cursor_skip(ipx, 10);
	/* Its socket, and how far away it is. */
	return has(ipx, 4, whole) && (!*whole || cursor_skip(ipx, 4));
}

static bool decode_sap(struct decode *decode, struct cursor *ipx, uint16_t command)
{
	bool nearest = command > 2, whole = true;

	if (command < 1 || command > 4) {
		text_string(decode->out, "ipx-sap-?");
		text_hex(decode->out, command, 1);
		return true;
	}
	text_string(decode->out, nearest ? "ipx-sap-nearest-" : "ipx-sap-");
	text_string(decode->out, command % 2 ? "req" : "resp");
	if (command % 2) {
		if (!cursor_has(ipx, 2))
			return false;
		text_char(decode->out, ' ');
		text_hex(decode->out, cursor_be16_at(ipx, 0), 4);
		return true;
	}
	for (uint32_t i = 0; i < MOST_SAP && ipx->length; i++) {
		if (!take_server(decode, ipx, &whole))
			return false;
		if (!whole)
			return decode_invalid(decode);
	}
	return true;
}

static bool decode_rip(struct decode *decode, struct cursor *ipx, uint16_t command)
{
	uint32_t most = command == 1 ? 1 : MOST_RIP;

	if (command != 1 && command != 2) {
		text_string(decode->out, "ipx-rip-?");
		text_hex(decode->out, command, 1);
		return true;
	}
	text_string(decode->out, command == 1 ? "ipx-rip-req" : "ipx-rip-resp");
	for (uint32_t i = 0; i < most && ipx->length; i++) {
		if (ipx->length < ROUTE_BYTES)
			return decode_invalid(decode);
		if (!cursor_has(ipx, ROUTE_BYTES))
			return false;
		text_format(decode->out, " %08x/%u.%u", cursor_be32_at(ipx, 0),
			    cursor_be16_at(ipx, 4), cursor_be16_at(ipx, 6));
		cursor_skip(ipx, ROUTE_BYTES);
	}
	return true;
}

static bool decode_payload(struct decode *decode, struct cursor *ipx, uint16_t socket)
{
	uint16_t command = cursor_be16_at(ipx, 0);

	if (socket != SAP && socket != RIP) {
		text_name(decode->out, socket_names, "ipx-#%x", socket);
		text_word_decimal(decode->out, " ", ipx->length);
		return true;
	}
	if (!cursor_has(ipx, 2))
		return false;
	if (ipx->length < 2)
		return decode_too_short(decode, ipx->length, 2);
	cursor_skip(ipx, 2);
	return socket == SAP ? decode_sap(decode, ipx, command) : decode_rip(decode, ipx, command);
}

bool decode_ipx(struct decode *decode, struct cursor *cursor)
{
	uint16_t length = cursor_be16_at(cursor, 2), socket = cursor_be16_at(cursor, 16);

	decode->protocol = "ipx";
	text_string(decode->out, decode->options->link_header ? "" : "IPX ");
	/* The source stands behind the destination. */
	if (!print_end(decode, cursor, 18, " > "))
		return false;
	print_end(decode, cursor, 6, ": ");
	if (length < HEADER_BYTES) {
		text_format(decode->out, "[length %u < %u]", length, HEADER_BYTES);
		return decode_invalid(decode);
	}
	cursor_skip(cursor, HEADER_BYTES);
	cursor->length = length - HEADER_BYTES;
	return decode_payload(decode, cursor, socket);
}

bool decode_ipx_ethernet(struct decode *decode, struct cursor *cursor)
{
	text_string(decode->out, "(NOV-ETHII) ");
	return decode_ipx(decode, cursor);
}
