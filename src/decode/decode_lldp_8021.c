/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What IEEE 802.1 has in LLDP: VLANs, data center bridging (802.1Qaz, Qbb and
 * Qau), and edge virtual bridging (802.1Qbg).
 */
#include <stddef.h>

#include "decode_parts.h"

enum kind {
	PORT_VLAN = 1,
	PROTOCOL_VLAN = 2,
	VLAN_NAME = 3,
	PROTOCOL = 4,
	AGGREGATION = 7,
	CONGESTION = 8,
	ETS = 9,
	ETS_RECOMMENDED = 10,
	FLOW_CONTROL = 11,
	APPLICATIONS = 12,
	EVB = 13,
	CDCP = 14,
};

static const struct text_name kind_names[] = {
	{PORT_VLAN, "Port VLAN Id"},
	{PROTOCOL_VLAN, "Port and Protocol VLAN ID"},
	{VLAN_NAME, "VLAN name"},
	{PROTOCOL, "Protocol Identity"},
	{AGGREGATION, "Link aggregation"},
	{CONGESTION, "Congestion Notification"},
	{ETS, "ETS Configuration"},
	{ETS_RECOMMENDED, "ETS Recommendation"},
	{FLOW_CONTROL, "Priority Flow Control Configuration"},
	{APPLICATIONS, "Application Priority"},
	{EVB, "EVB"},
	{CDCP, "CDCP"},
	{0, NULL},
};

/* A TLV shorter than this is told by its name alone. */
static const uint8_t least_bytes[] = {
	[PORT_VLAN] = 6,    [PROTOCOL_VLAN] = 7, [VLAN_NAME] = 6, [PROTOCOL] = 5,
	[AGGREGATION] = 9,  [CONGESTION] = 6,    [ETS] = 25,      [ETS_RECOMMENDED] = 25,
	[FLOW_CONTROL] = 6, [APPLICATIONS] = 5,  [EVB] = 9,       [CDCP] = 8,
};

static const struct text_name protocol_vlan_bits[] = {{2, "supported"}, {4, "enabled"}, {0, NULL}};

static const struct text_name evb_modes[] = {
	{0, "Not Supported"},
	{1, "EVB Bridge"},
	{2, "EVB Station"},
	{3, "Reserved for future Standardization"},
	{0, NULL},
};

static void print_vlan_name(struct decode *decode, const struct cursor *tlv)
{
	uint32_t bytes = cursor_u8_at(tlv, 6);

	text_word_decimal(decode->out, "\n\t    vlan id (VID): ", cursor_be16_at(tlv, 4));
	if (tlv->length < 7 || tlv->length < 7 + bytes)
		return;
	text_string(decode->out, "\n\t    vlan name: ");
	decode_characters(decode, tlv, 7, bytes);
}

static void print_vlans(struct decode *decode, const struct cursor *tlv, uint8_t kind)
{
	uint8_t first = cursor_u8_at(tlv, 4);

	switch (kind) {
	case PORT_VLAN:
		text_word_decimal(decode->out,
				  "\n\t    port vlan id (PVID): ", cursor_be16_at(tlv, 4));
		break;
	case PROTOCOL_VLAN:
		text_word_decimal(decode->out, "\n\t    port and protocol vlan id (PPVID): ",
				  cursor_be16_at(tlv, 5));
		text_string(decode->out, ", flags [");
		text_bits(decode->out, protocol_vlan_bits, first, ", ", "none");
		text_format(decode->out, "] (0x%02x)", first);
		break;
	case VLAN_NAME:
		print_vlan_name(decode, tlv);
		break;
	default:
		if (tlv->length < 5u + first)
			break;
		text_string(decode->out, "\n\t    protocol identity: ");
		decode_characters(decode, tlv, 5, first);
	}
}

/* A bit for each priority, the first from the right. */
static void print_priority_bits(struct decode *decode, const char *words, uint8_t bits)
{
	text_string(decode->out, words);
	text_string(decode->out, "\n\t     Priority : 0  1  2  3  4  5  6  7\n\t     Value    : ");
	for (unsigned i = 0; i < 8; i++)
		text_string(decode->out, bits >> i & 1 ? "1  " : "0  ");
}

/* A row of eight numbers, in nibbles or in bytes. */
static void print_row(struct decode *decode, const char *words, const struct cursor *tlv,
		      uint32_t at, bool nibbles)
{
	text_string(decode->out, words);
	for (uint32_t i = 0; i < 8; i++) {
		uint8_t value = cursor_u8_at(tlv, nibbles ? at + i / 2 : at + i);

		if (nibbles)
			value = i % 2 ? value & 15 : value >> 4;
		text_format(decode->out, i < 7 ? "%-3u " : "%-3u", value);
	}
}

/* Which traffic class has which priorities and how much of the link. */
static void print_classes(struct decode *decode, const struct cursor *tlv)
{
	print_row(decode,
		  "\n\t    Priority Assignment Table"
		  "\n\t     Priority : 0   1   2   3   4   5   6   7"
		  "\n\t     Value    : ",
		  tlv, 5, true);
	print_row(decode,
		  "\n\t    TC Bandwidth Table"
		  "\n\t     TC%   : 0   1   2   3   4   5   6   7"
		  "\n\t     Value : ",
		  tlv, 9, false);
	print_row(decode,
		  "\n\t    TSA Assignment Table"
		  "\n\t     Traffic Class: 0   1   2   3   4   5   6   7"
		  "\n\t     Value        : ",
		  tlv, 17, false);
}

static void print_applications(struct decode *decode, const struct cursor *tlv)
{
	text_word_decimal(decode->out, "\n\t    RES: ", cursor_u8_at(tlv, 4));
	if (tlv->length <= 5 || (tlv->length - 5) % 3)
		return;
	text_string(decode->out, "\n\t    Application Priority Table");
	for (uint32_t at = 5; at < tlv->length; at += 3) {
		uint8_t bits = cursor_u8_at(tlv, at);

		text_format(decode->out,
			    "\n\t      Priority: %u, RES: %u, Sel: %u, Protocol ID: %u", bits >> 5,
			    bits >> 3 & 3, bits & 7, cursor_be16_at(tlv, at + 1));
	}
}

static void print_bridging(struct decode *decode, const struct cursor *tlv, uint8_t kind)
{
	uint8_t first = cursor_u8_at(tlv, 4), second = cursor_u8_at(tlv, 5);

	switch (kind) {
	case CONGESTION:
		print_priority_bits(decode, "\n\t    Pre-Priority CNPV Indicator", first);
		print_priority_bits(decode, "\n\t    Pre-Priority Ready Indicator", second);
		break;
	case ETS:
		text_format(decode->out, "\n\t    Willing:%u, CBS:%u, RES:%u, Max TCs:%u",
			    first >> 7, first >> 6 & 1, first >> 3 & 7, first & 7);
		print_classes(decode, tlv);
		break;
	case ETS_RECOMMENDED:
		text_word_decimal(decode->out, "\n\t    RES: ", first);
		print_classes(decode, tlv);
		break;
	case FLOW_CONTROL:
		text_format(decode->out, "\n\t    Willing: %u, MBC: %u, RES: %u, PFC cap:%u ",
			    first >> 7, first >> 6 & 1, first >> 4 & 3, first & 15);
		print_priority_bits(decode, "\n\t    PFC Enable", second);
		break;
	default:
		print_applications(decode, tlv);
	}
}

static void print_virtual(struct decode *decode, const struct cursor *tlv)
{
	uint8_t bridge = cursor_u8_at(tlv, 4), station = cursor_u8_at(tlv, 5);
	uint8_t retries = cursor_u8_at(tlv, 6), mode = cursor_u8_at(tlv, 7);
	uint8_t last = cursor_u8_at(tlv, 8);

	text_string(decode->out, "\n\t    EVB Bridge Status");
	text_format(decode->out, "\n\t      RES: %u, BGID: %u, RRCAP: %u, RRCTR: %u", bridge >> 3,
		    bridge >> 2 & 1, bridge >> 1 & 1, bridge & 1);
	text_string(decode->out, "\n\t    EVB Station Status");
	text_format(decode->out, "\n\t      RES: %u, SGID: %u, RRREQ: %u,RRSTAT: %u", station >> 4,
		    station >> 3 & 1, station >> 2 & 1, station & 3);
	text_format(decode->out, "\n\t    R: %u, RTE: %u, EVB Mode: ", retries >> 5, retries & 31);
	text_name(decode->out, evb_modes, "unknown", mode >> 6);
	text_format(decode->out, " [%u]\n\t    ROL: %u, RWD: %u, ", mode >> 6, mode >> 5 & 1,
		    mode & 31);
	text_format(decode->out, "RES: %u, ROL: %u, RKA: %u", last >> 6, last >> 5 & 1, last & 31);
}

static void print_channels(struct decode *decode, const struct cursor *tlv)
{
	uint8_t first = cursor_u8_at(tlv, 4);

	text_format(decode->out, "\n\t    Role: %u, RES: %u, Scomp: %u ChnCap: %u", first >> 7,
		    first >> 4 & 7, first >> 3 & 1, cursor_be16_at(tlv, 6) & 0xfff);
	if ((tlv->length - 8) % 3)
		return;
	for (uint32_t at = 8; at < tlv->length; at += 3) {
		uint32_t pair = cursor_be24_at(tlv, at);

		text_format(decode->out, "\n\t    SCID: %u, SVID: %u", pair >> 12, pair & 0xfff);
	}
}

bool decode_lldp_8021(struct decode *decode, const struct cursor *tlv)
{
	uint8_t kind = cursor_u8_at(tlv, 3);

	if (tlv->length < 4)
		return false;
	decode_lldp_kind(decode, kind_names, kind);
	if (!text_name_find(kind_names, kind))
		return true;
	if (tlv->length < least_bytes[kind])
		return false;
	switch (kind) {
	case AGGREGATION:
		decode_lldp_aggregation(decode, tlv);
		break;
	case EVB:
		print_virtual(decode, tlv);
		break;
	case CDCP:
		print_channels(decode, tlv);
		break;
	default:
		if (kind <= PROTOCOL)
			print_vlans(decode, tlv, kind);
		else
			print_bridging(decode, tlv, kind);
	}
	return false;
}
