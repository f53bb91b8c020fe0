/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DCBX as it was before IEEE 802.1 took it up: TLVs within a TLV of LLDP.
 */
#include <stddef.h>

#include "decode_parts.h"

#define HEADER_BYTES      2u
#define APPLICATION_BYTES 6u
#define OLD               1u /* a version whose TLVs are others */

enum type { CONTROL = 1, GROUPS = 2, FLOW_CONTROL = 3, APPLICATION = 4 };

static const struct text_name version_names[] = {
	{OLD, "DCB Capability Exchange Protocol Rev 1"},
	{2, "DCB Capability Exchange Protocol Rev 1.01"},
	{0, NULL},
};

/* What a type is called, and needs. */
static const struct {
	const char *name;
	uint8_t least;
} types[] = {
	[CONTROL] = {"Control - Protocol Control", 10},
	[GROUPS] = {"Feature - Priority Group", 17},
	[FLOW_CONTROL] = {"Feature - Priority Flow Control", 6},
	[APPLICATION] = {"Feature - Application", 4},
};

static void print_feature(struct decode *decode, const struct cursor *tlv)
{
	uint8_t info = cursor_u8_at(tlv, 2);

	text_format(decode->out,
		    "\n\t      Info block(0x%02X): Enable bit: %u, Willing bit: %u, Error Bit: %u",
		    info, info >> 7, info >> 6 & 1, info >> 5 & 1);
	text_word_decimal(decode->out, "\n\t      SubType: ", cursor_u8_at(tlv, 3));
}

static void print_groups(struct decode *decode, const struct cursor *tlv)
{
	text_string(decode->out, "\n\t      Priority Allocation");
	for (unsigned i = 0; i < 8; i++)
		text_format(decode->out, "\n\t          PgId_%u: %u", i,
			    cursor_be32_at(tlv, 4) >> (28 - 4 * i) & 15);
	text_string(decode->out, "\n\t      Priority Group Allocation");
	for (unsigned i = 0; i < 8; i++)
		text_format(decode->out, "\n\t          Pg percentage[%u]: %u", i,
			    cursor_u8_at(tlv, 8 + i));
	text_word_decimal(decode->out, "\n\t      NumTCsSupported: ", cursor_u8_at(tlv, 16));
}

static void print_flow_control(struct decode *decode, const struct cursor *tlv)
{
	uint8_t bits = cursor_u8_at(tlv, 4);

	text_format(decode->out, "\n\t      PFC Config (0x%02X)", bits);
	for (unsigned i = 0; i < 8; i++)
		text_format(decode->out, "\n\t          Priority Bit %u: %s", i,
			    bits >> i & 1 ? "Enabled" : "Disabled");
	text_word_decimal(decode->out, "\n\t      NumTCPFCSupported: ", cursor_u8_at(tlv, 5));
}

static void print_applications(struct decode *decode, struct cursor tlv)
{
	cursor_skip(&tlv, 4);
	while (tlv.length >= APPLICATION_BYTES) {
		uint32_t who = cursor_be24_at(&tlv, 2);

		text_format(decode->out,
			    "\n\t      Application Value"
			    "\n\t          Application Protocol ID: 0x%04x",
			    cursor_be16_at(&tlv, 0));
		text_format(decode->out,
			    "\n\t          SF (0x%x) Application Protocol ID is %s"
			    "\n\t          OUI: 0x%06x",
			    who >> 22, who >> 22 ? "Socket Number" : "L2 EtherType",
			    who & 0x3fffff);
		text_format(decode->out, "\n\t          User Priority Map: 0x%02x",
			    cursor_u8_at(&tlv, 5));
		cursor_skip(&tlv, APPLICATION_BYTES);
	}
}

static void print_tlv(struct decode *decode, const struct cursor *tlv, uint8_t type)
{
	text_format(decode->out, "\n\t    %s (type 0x%x, length %u)", types[type].name, type,
		    tlv->length);
	text_word_decimal(decode->out, "\n\t      Oper_Version: ", cursor_u8_at(tlv, 0));
	text_word_decimal(decode->out, "\n\t      Max_Version: ", cursor_u8_at(tlv, 1));
	if (type == CONTROL) {
		text_word_decimal(decode->out,
				  "\n\t      Sequence Number: ", cursor_be32_at(tlv, 2));
		text_word_decimal(decode->out,
				  "\n\t      Acknowledgement Number: ", cursor_be32_at(tlv, 6));
		return;
	}
	print_feature(decode, tlv);
	if (type == GROUPS)
		print_groups(decode, tlv);
	else if (type == FLOW_CONTROL)
		print_flow_control(decode, tlv);
	else
		print_applications(decode, *tlv);
}

bool decode_lldp_dcbx(struct decode *decode, const struct cursor *tlv)
{
	uint8_t version = cursor_u8_at(tlv, 3);
	bool unknown = false;
	struct cursor rest = *tlv;

	if (!cursor_skip(&rest, 4))
		return false;
	decode_lldp_kind(decode, version_names, version);
	if (version == OLD)
		return true;
	while (rest.length >= HEADER_BYTES) {
		uint16_t head = cursor_be16_at(&rest, 0), bytes = head & 0x1ff;
		uint8_t type = (uint8_t)(head >> 9);
		struct cursor one;

		cursor_skip(&rest, HEADER_BYTES);
		unknown = false;
		if (!type || !bytes || rest.length < bytes)
			break;
		one = cursor_part(&rest, bytes);
		unknown = type > APPLICATION;
		if (!unknown && bytes < types[type].least)
			break;
		if (!unknown)
			print_tlv(decode, &one, type);
		if (decode->options->verbose > 1 || unknown)
			decode_hex(decode, &one, "\n\t    ", bytes);
		cursor_skip(&rest, bytes);
	}
	return unknown;
}
