/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LLDP (IEEE 802.1AB). What organizations added is in
 * decode_lldp_private.c.
 */
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"

#define HEADER_BYTES    2u
#define NUMBERING_BYTES 5u

enum type {
	CHASSIS = 1,
	PORT = 2,
	LIFETIME = 3,
	PORT_DESCRIPTION = 4,
	SYSTEM_NAME = 5,
	SYSTEM_DESCRIPTION = 6,
	CAPABILITIES = 7,
	MANAGEMENT = 8,
	PRIVATE = 127,
};

static const struct text_name type_names[] = {
	{0, "End"},
	{CHASSIS, "Chassis ID"},
	{PORT, "Port ID"},
	{LIFETIME, "Time to Live"},
	{PORT_DESCRIPTION, "Port Description"},
	{SYSTEM_NAME, "System Name"},
	{SYSTEM_DESCRIPTION, "System Description"},
	{CAPABILITIES, "System Capabilities"},
	{MANAGEMENT, "Management Address"},
	{PRIVATE, "Organization specific"},
	{0, NULL},
};

enum form { UNKNOWN, TEXT, MAC, NETWORK };

/* The kinds of identifiers, from 1 on. */
struct identifier {
	const char *name;
	enum form form;
};

static const struct identifier chassis[] = {
	{"Chassis component", TEXT},
	{"Interface alias", TEXT},
	{"Port component", TEXT},
	{"MAC address", MAC},
	{"Network address", NETWORK},
	{"Interface name", TEXT},
	{"Local", TEXT},
};

static const struct identifier ports[] = {
	{"Interface alias", TEXT}, {"Port component", TEXT},
	{"MAC address", MAC},      {"Network Address", NETWORK},
	{"Interface Name", TEXT},  {"Agent circuit ID", TEXT},
	{"Local", TEXT},
};

static const struct text_name capabilities[] = {
	{1, "Other"},      {2, "Repeater"}, {4, "Bridge"},         {8, "WLAN AP"}, {16, "Router"},
	{32, "Telephone"}, {64, "Docsis"},  {128, "Station Only"}, {0, NULL},
};

static const struct text_name families[] = {
	{0, "Reserved"},
	{1, "IPv4"},
	{2, "IPv6"},
	{3, "NSAP"},
	{4, "HDLC"},
	{5, "BBN 1822"},
	{6, "802"},
	{7, "E.163"},
	{8, "E.164"},
	{9, "F.69"},
	{10, "X.121"},
	{11, "Novell IPX"},
	{12, "Appletalk"},
	{13, "Decnet IV"},
	{14, "Banyan Vines"},
	{15, "E.164 with NSAP subaddress"},
	{25, "VPLS"},
	{196, "Layer-2 VPN"},
	{0, NULL},
};

/* Each of these gets a TLV that was captured whole, and is false where it
 * cannot be what it says. */
static bool print_network(struct decode *decode, const struct cursor *tlv, uint32_t at,
			  uint32_t bytes)
{
	static const uint8_t sizes[] = {[1] = 4, [2] = 16, [6] = 6};
	uint8_t family = cursor_u8_at(tlv, at), size = family <= 6 ? sizes[family] : 0;
	uint8_t address[16];

	if (bytes < 1u + size)
		return false;
	text_string(decode->out, "AFI ");
	text_name(decode->out, families, "Unknown", family);
	text_format(decode->out, size ? " (%u): " : " (%u), no AF printer !", family);
	cursor_copy_at(tlv, at + 1, address, size);
	if (size == 4)
		text_ipv4(decode->out, address);
	else if (size == 16)
		text_ipv6(decode->out, address);
	else
		text_mac(decode->out, address, size);
	return true;
}

static bool print_identifier(struct decode *decode, const struct cursor *tlv,
			     const struct identifier kinds[7], bool *unknown)
{
	uint8_t kind = cursor_u8_at(tlv, 0), mac[6];
	bool known = kind >= 1 && kind <= 7;
	enum form form = known ? kinds[kind - 1].form : UNKNOWN;

	if (tlv->length < 2)
		return false;
	text_string(decode->out, "\n\t  Subtype ");
	text_string(decode->out, known ? kinds[kind - 1].name : "Unknown");
	text_format(decode->out, " (%u): ", kind);
	*unknown = form == UNKNOWN;
	if (form == TEXT)
		decode_characters(decode, tlv, 1, tlv->length - 1);
	if (form == NETWORK)
		return print_network(decode, tlv, 1, tlv->length - 1);
	if (form == MAC) {
		if (tlv->length < 7)
			return false;
		cursor_copy_at(tlv, 1, mac, sizeof(mac));
		text_mac(decode->out, mac, sizeof(mac));
	}
	return true;
}

static bool print_capabilities(struct decode *decode, const struct cursor *tlv)
{
	static const char *const words[] = {"\n\t  System  Capabilities [",
					    "\n\t  Enabled Capabilities ["};

	if (tlv->length < 4)
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		uint16_t set = cursor_be16_at(tlv, i * 2);

		text_string(decode->out, words[i]);
		text_bits(decode->out, capabilities, set, ", ", "none");
		text_string(decode->out, "] (");
		text_hex_prefixed(decode->out, set, 4);
		text_char(decode->out, ')');
	}
	return true;
}

static bool print_management(struct decode *decode, const struct cursor *tlv)
{
	static const struct text_name numberings[] = {
		{2, "Interface Index"},
		{3, "System Port Number"},
		{0, NULL},
	};
	uint32_t bytes = cursor_u8_at(tlv, 0), at = 1 + bytes, left;
	uint8_t numbering = cursor_u8_at(tlv, at), family = cursor_u8_at(tlv, 1);

	if (tlv->length < at || bytes < 1 ||
	    bytes < (family == 1   ? 5u
		     : family == 2 ? 17u
		     : family == 6 ? 7u
				   : 1u))
		return false;
	text_word_decimal(decode->out, "\n\t  Management Address length ", bytes);
	text_string(decode->out, ", ");
	print_network(decode, tlv, 1, bytes);
	left = tlv->length - at;
	if (left < NUMBERING_BYTES)
		return false;
	text_string(decode->out, "\n\t  ");
	text_name(decode->out, numberings, "Unknown", numbering);
	text_format(decode->out, " Interface Numbering (%u): %u", numbering,
		    cursor_be32_at(tlv, at + 1));
	at += NUMBERING_BYTES;
	left -= NUMBERING_BYTES;
	bytes = cursor_u8_at(tlv, at);
	if (left && left < 1 + bytes)
		return false;
	if (left && bytes) {
		text_word_decimal(decode->out, "\n\t  OID length ", bytes);
		decode_characters(decode, tlv, at + 1, bytes);
	}
	return true;
}

/* With -v. unknown: nothing but its bytes can be shown. */
static bool print_tlv(struct decode *decode, const struct cursor *tlv, uint8_t type, bool *unknown)
{
	switch (type) {
	case CHASSIS:
	case PORT:
		return print_identifier(decode, tlv, type == CHASSIS ? chassis : ports, unknown);
	case LIFETIME:
		if (tlv->length < 2)
			return false;
		text_word_decimal(decode->out, ": TTL ", cursor_be16_at(tlv, 0));
		text_char(decode->out, 's');
		return true;
	case PORT_DESCRIPTION:
	case SYSTEM_NAME:
	case SYSTEM_DESCRIPTION:
		text_string(decode->out, type == SYSTEM_DESCRIPTION ? "\n\t  " : ": ");
		decode_characters(decode, tlv, 0, tlv->length);
		return true;
	case CAPABILITIES:
		return print_capabilities(decode, tlv);
	case MANAGEMENT:
		return print_management(decode, tlv);
	case PRIVATE:
		return decode_lldp_private(decode, tlv, unknown);
	default:
		*unknown = true;
		return true;
	}
}

bool decode_lldp(struct decode *decode, struct cursor *cursor)
{
	unsigned verbose = decode->options->verbose;

	decode->protocol = "lldp";
	text_word_decimal(decode->out, "LLDP, length ", cursor->length);
	while (cursor->length >= HEADER_BYTES) {
		uint16_t head = cursor_be16_at(cursor, 0), bytes = head & 0x1ff;
		uint8_t type = (uint8_t)(head >> 9);
		bool unknown = false;
		struct cursor tlv;

		if (!cursor_skip(cursor, HEADER_BYTES))
			return decode_truncated(decode);
		if (verbose) {
			text_string(decode->out, "\n\t");
			text_name(decode->out, type_names, "Unknown", type);
			text_format(decode->out, " TLV (%u), length %u", type, bytes);
		}
		if (type == 0 || bytes == 0)
			return true;
		if (!cursor_has(cursor, bytes) || cursor->length < bytes)
			return decode_truncated(decode);
		tlv = cursor_part(cursor, bytes);
		if ((verbose || type == SYSTEM_NAME) && !print_tlv(decode, &tlv, type, &unknown))
			return decode_truncated(decode);
		if (verbose > 1 || (verbose && unknown))
			decode_hex(decode, cursor, "\n\t  ", bytes);
		cursor_skip(cursor, bytes);
	}
	return true;
}
