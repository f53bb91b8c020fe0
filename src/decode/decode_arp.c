/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP and RARP (RFC 826, RFC 903, RFC 2390).
 */
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES 8u
#define TYPE_IPV4    0x0800u
#define TYPE_TRAILER 0x1000u

#define FRAME_RELAY 15u

enum operation {
	REQUEST = 1,
	REPLY = 2,
	REVERSE_REQUEST = 3,
	REVERSE_REPLY = 4,
	INVERSE_REQUEST = 8,
	INVERSE_REPLY = 9,
	NACK = 10,
};

static const struct text_name operations[] = {
	{REQUEST, "Request"},
	{REPLY, "Reply"},
	{REVERSE_REQUEST, "Reverse Request"},
	{REVERSE_REPLY, "Reverse Reply"},
	{INVERSE_REQUEST, "Inverse Request"},
	{INVERSE_REPLY, "Inverse Reply"},
	{NACK, "NACK Reply"},
	{0, NULL},
};

static const struct text_name hardware_names[] = {
	{1, "Ethernet"},   {6, "TokenRing"}, {7, "ArcNet"},      {15, "FrameRelay"}, {23, "Strip"},
	{24, "IEEE 1394"}, {19, "ATM"},      {32, "InfiniBand"}, {0, NULL},
};

struct arp {
	uint16_t hardware, protocol, operation;
	uint8_t hardware_bytes, protocol_bytes;
	struct cursor addresses; /* sender's two, target's two */
};

static bool is_ip(const struct arp *arp)
{
	return arp->protocol == TYPE_IPV4 || arp->protocol == TYPE_TRAILER;
}

/* A Frame Relay address (Q.922): 10, 16 or 23 bits in two to four bytes, the
 * last of which has its lowest bit set. */
static void print_dlci(struct decode *decode, const uint8_t *address, uint32_t count)
{
	uint32_t dlci, used = 2;

	if (count < 2 || address[0] & 1) {
		text_string(decode->out, "<Invalid DLCI>");
		return;
	}
	dlci = (address[0] & 0xfcu) << 2 | address[1] >> 4;
	/* Of three bytes or four, the last has six bits, and the third of four seven. */
	if (!(address[1] & 1) && count > 3 && !(address[2] & 1))
		dlci = dlci << 7 | address[used++] >> 1;
	if (!(address[used - 1] & 1) && count > used)
		dlci = dlci << 6 | address[used++] >> 2;
	if (address[used - 1] & 1)
		text_word_decimal(decode->out, "DLCI ", dlci);
	else
		text_string(decode->out, "<Invalid DLCI>");
}

static void print_hardware(struct decode *decode, const struct arp *arp, bool target)
{
	uint32_t at = target ? arp->hardware_bytes + (uint32_t)arp->protocol_bytes : 0;
	const uint8_t *address = cursor_bytes_at(&arp->addresses, at, arp->hardware_bytes);

	if (!arp->hardware_bytes)
		text_string(decode->out, "<empty>");
	else if (address && arp->hardware == FRAME_RELAY)
		print_dlci(decode, address, arp->hardware_bytes);
	else if (address)
		text_mac(decode->out, address, arp->hardware_bytes);
}

static void print_protocol(struct decode *decode, const struct arp *arp, bool target)
{
	uint32_t at = arp->hardware_bytes;
	uint8_t address[4];

	if (target)
		at += arp->protocol_bytes + (uint32_t)arp->hardware_bytes;
	if (!is_ip(arp)) {
		text_string(decode->out, "<wrong proto type>");
	} else if (arp->protocol_bytes != sizeof(address)) {
		text_string(decode->out, "<wrong len>");
	} else {
		cursor_copy_at(&arp->addresses, at, address, sizeof(address));
		text_ipv4(decode->out, address);
	}
}

static bool target_is_set(const struct arp *arp)
{
	uint32_t at = arp->hardware_bytes + (uint32_t)arp->protocol_bytes;

	for (uint32_t i = 0; i < arp->hardware_bytes; i++) {
		if (cursor_u8_at(&arp->addresses, at + i))
			return true;
	}
	return false;
}

static void print_request(struct decode *decode, const struct arp *arp)
{
	text_string(decode->out, "who-has ");
	print_protocol(decode, arp, true);
	if (target_is_set(arp)) {
		text_string(decode->out, " (");
		print_hardware(decode, arp, true);
		text_char(decode->out, ')');
	}
	text_string(decode->out, " tell ");
	print_protocol(decode, arp, false);
}

/* False for an operation that is not known. */
static bool print_operation(struct decode *decode, const struct arp *arp)
{
	switch (arp->operation) {
	case REQUEST:
		print_request(decode, arp);
		return true;
	case REPLY:
		print_protocol(decode, arp, false);
		text_string(decode->out, " is-at ");
		print_hardware(decode, arp, false);
		return true;
	case REVERSE_REQUEST:
	case INVERSE_REQUEST:
		text_string(decode->out, "who-is ");
		print_hardware(decode, arp, true);
		text_string(decode->out, " tell ");
		print_hardware(decode, arp, false);
		return true;
	case REVERSE_REPLY:
		print_hardware(decode, arp, true);
		text_string(decode->out, " at ");
		print_protocol(decode, arp, true);
		return true;
	case INVERSE_REPLY:
		print_hardware(decode, arp, false);
		text_string(decode->out, " at ");
		print_protocol(decode, arp, false);
		return true;
	default:
		return false;
	}
}

static void print_kinds(struct decode *decode, const struct arp *arp)
{
	text_name(decode->out, hardware_names, "Unknown Hardware (%u)", arp->hardware);
	text_word_decimal(decode->out, " (len ", arp->hardware_bytes);
	text_string(decode->out, "), ");
	text_name(decode->out, decode_ethertype_names, "Unknown Protocol (0x%04x)", arp->protocol);
	text_word_decimal(decode->out, " (len ", arp->protocol_bytes);
	text_char(decode->out, ')');
}

bool decode_arp(struct decode *decode, struct cursor *cursor)
{
	struct cursor start = *cursor;
	uint32_t length = cursor->length;
	struct arp arp;
	bool kinds;

	decode->protocol = "arp";
	if (!cursor_has(cursor, HEADER_BYTES))
		return false;
	arp.hardware = cursor_be16_at(cursor, 0);
	arp.protocol = cursor_be16_at(cursor, 2);
	arp.hardware_bytes = cursor_u8_at(cursor, 4);
	arp.protocol_bytes = cursor_u8_at(cursor, 5);
	arp.operation = cursor_be16_at(cursor, 6);
	cursor_skip(cursor, HEADER_BYTES);
	arp.addresses = *cursor;
	if (!cursor_has(cursor, (arp.hardware_bytes + (uint32_t)arp.protocol_bytes) * 2))
		return false;
	if (!decode->options->link_header)
		text_string(decode->out, "ARP, ");
	kinds = !is_ip(&arp) || arp.protocol_bytes != 4 || arp.hardware_bytes == 0;
	if (kinds || decode->options->verbose)
		print_kinds(decode, &arp);
	if (!kinds || decode->options->verbose) {
		text_string(decode->out, decode->options->verbose ? ", " : "");
		text_name(decode->out, operations, "Unknown (%u)", arp.operation);
		text_char(decode->out, ' ');
		if (!print_operation(decode, &arp)) {
			decode_dump(decode, &start);
			return true;
		}
	}
	text_word_decimal(decode->out, ", length ", length);
	return true;
}
