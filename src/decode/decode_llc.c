/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IEEE 802.2 LLC, and SNAP on top of it.
 */
#include <stddef.h>

#include "decoders.h"

#define SAP_SNAP     0xaau
#define SAP_IP       0x06u
#define SAP_STP      0x42u
#define SAP_IPX      0xe0u
#define SAP_GLOBAL   0xffu
#define GROUP        1u /* lowest bit of a SAP: group, or response */
#define UI           0x03u
#define XID          0xafu
#define XID_FORMAT   0x81u
#define U_POLL       0x10u
#define IS_POLL      0x100u
#define SNAP_BYTES   5u
#define OUI_ETHERNET 0x000000u
#define OUI_CISCO_90 0x0000f8u
#define OUI_CISCO    0x00000cu
#define OUI_BRIDGED  0x0080c2u
#define OUI_APPLE    0x080007u

static const struct text_name saps[] = {
	{0x00, "Null"},  {0xff, "Global"},  {0x02, "802.1B I"},  {0x03, "802.1B G"},
	{0x06, "IP"},    {0x04, "SNA"},     {0x0e, "ProWay NM"}, {0x42, "STP"},
	{0x4e, "RS511"}, {0x7e, "ISO8208"}, {0x8e, "ProWay"},    {0xaa, "SNAP"},
	{0xe0, "IPX"},   {0xf0, "NetBeui"}, {0xfe, "OSI"},       {0, NULL},
};

static const struct text_name commands[] = {
	{0x03, "ui"}, {0xe3, "test"},  {0xaf, "xid"},  {0x63, "ua"}, {0x43, "disc"},
	{0x0f, "dm"}, {0x6f, "sabme"}, {0x87, "frmr"}, {0, NULL},
};

static const struct text_name supervisory[] = {
	{0, "Receiver Ready"},
	{1, "Receiver not Ready"},
	{2, "Reject"},
	{0, NULL},
};

const struct text_name decode_oui_names[] = {
	{OUI_ETHERNET, "Ethernet"},
	{0x00005e, "IANA"},
	{OUI_CISCO, "Cisco"},
	{0x000081, "Nortel Networks SONMP"},
	{OUI_CISCO_90, "Cisco bridged"},
	{OUI_BRIDGED, "Ethernet bridged"},
	{0x00a03e, "ATM Forum"},
	{OUI_APPLE, "Appletalk"},
	{0x009069, "Juniper"},
	{0x080009, "Hewlett-Packard"},
	{0x00120f, "IEEE 802.3 Private"},
	{0x0012bb, "ANSI/TIA"},
	{0x001b21, "DCBX"},
	{0x002320, "Nicira Networks"},
	{0x5c16c7, "Big Switch Networks"},
	{0, NULL},
};

static const struct text_name cisco_pids[] = {
	{0x2000, "CDP"},  {0x2003, "VTP"},         {0x2004, "DTP"}, {0x0111, "UDLD"},
	{0x010b, "PVST"}, {0x010c, "VLAN Bridge"}, {0, NULL},
};

static const struct text_name bridged_pids[] = {
	{1, "Ethernet + FCS"},
	{7, "Ethernet w/o FCS"},
	{2, "802.4 + FCS"},
	{8, "802.4 w/o FCS"},
	{3, "Token Ring + FCS"},
	{9, "Token Ring w/o FCS"},
	{4, "FDDI + FCS"},
	{10, "FDDI w/o FCS"},
	{5, "802.6 + FCS"},
	{11, "802.6 w/o FCS"},
	{14, "BPDU"},
	{0, NULL},
};

struct llc {
	uint8_t dsap, ssap; /* as they are, with their lowest bits */
	uint16_t control;
	uint32_t bytes; /* 3 or 4 */
	bool unnumbered;
};

static const struct text_name *pids_of(uint32_t oui)
{
	static const struct text_name none[] = {{0, NULL}};

	switch (oui) {
	case OUI_ETHERNET:
	case OUI_CISCO_90:
	case OUI_APPLE:
		return decode_ethertype_names;
	case OUI_CISCO:
		return cisco_pids;
	case OUI_BRIDGED:
		return bridged_pids;
	default:
		return none;
	}
}

/* Behind the LLC header with -e, or by itself for what is not known. */
static void print_snap(struct decode *decode, uint32_t oui, uint16_t pid, uint32_t length)
{
	bool header = decode->options->link_header;

	text_string(decode->out, header ? "" : "SNAP, ");
	if (header || oui != OUI_ETHERNET) {
		text_string(decode->out, "oui ");
		text_name(decode->out, decode_oui_names, "Unknown", oui);
		text_string(decode->out, " (");
		text_hex_prefixed(decode->out, oui, 6);
		text_string(decode->out, "), ");
	}
	text_string(decode->out, oui == OUI_ETHERNET ? "ethertype " : "pid ");
	text_name(decode->out, pids_of(oui), "Unknown", pid);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, pid, 4);
	text_word_decimal(decode->out, "), length ", length);
	text_string(decode->out, ": ");
}

static void print_hosts(struct decode *decode)
{
	if (!decode->link_source || !decode->link_destination)
		return;
	text_mac(decode->out, decode->link_source, 6);
	text_string(decode->out, " > ");
	text_mac(decode->out, decode->link_destination, 6);
	text_char(decode->out, ' ');
}

/* known: what follows was decoded, or is not to be shown. */
static bool decode_snap(struct decode *decode, struct cursor *cursor, bool *known)
{
	decode_fn *next;
	uint32_t oui;
	uint16_t pid;

	decode->protocol = "snap";
	if (!cursor_has(cursor, SNAP_BYTES))
		return decode_truncated(decode);
	cursor_take_be24(cursor, &oui);
	cursor_take_be16(cursor, &pid);
	if (decode->options->link_header)
		print_snap(decode, oui, pid, cursor->length);
	if (oui == OUI_ETHERNET || oui == OUI_CISCO_90)
		next = decode_find_ethertype(decode, pid);
	else
		next = decode_find_snap(decode, oui, pid);
	*known = next;
	if (!next && !decode->options->link_header) {
		print_hosts(decode);
		print_snap(decode, oui, pid, cursor->length);
	}
	return !next || decode_nested(decode, cursor, next);
}

static void print_sap(struct decode *decode, uint8_t sap)
{
	text_name(decode->out, saps, "Unknown", sap);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, sap, 2);
	text_string(decode->out, ") ");
}

static void print_header(struct decode *decode, const struct llc *llc)
{
	text_string(decode->out, "LLC, dsap ");
	print_sap(decode, llc->dsap & ~GROUP);
	text_string(decode->out, llc->dsap & GROUP ? "Group, ssap " : "Individual, ssap ");
	print_sap(decode, llc->ssap & ~GROUP);
	text_string(decode->out, llc->ssap & GROUP ? "Response, ctrl " : "Command, ctrl ");
	text_hex_prefixed(decode->out, llc->control, llc->unnumbered ? 2 : 4);
	text_string(decode->out, ": ");
}

/* Without -e, what tells such frames apart. */
static void print_addresses(struct decode *decode, const struct llc *llc)
{
	uint8_t ssap = llc->ssap & ~GROUP, dsap = llc->dsap & ~GROUP;

	if (decode->link_source)
		text_mac(decode->out, decode->link_source, 6);
	if (decode->link_source && ssap != dsap)
		text_char(decode->out, ' ');
	if (ssap != dsap)
		text_name(decode->out, saps, "Unknown SSAP 0x%02x", ssap);
	if (decode->link_source || ssap != dsap)
		text_string(decode->out, " > ");
	if (decode->link_destination) {
		text_mac(decode->out, decode->link_destination, 6);
		text_char(decode->out, ' ');
	}
	text_name(decode->out, saps, "Unknown DSAP 0x%02x", dsap);
	text_char(decode->out, ' ');
}

static const char *flag_of(const struct llc *llc)
{
	bool poll = llc->control & (llc->unnumbered ? U_POLL : IS_POLL);

	if (llc->ssap & GROUP)
		return poll ? "Final" : "Response";
	return poll ? "Poll" : "Command";
}

static bool print_unnumbered(struct decode *decode, struct cursor *cursor, const struct llc *llc,
			     bool *known)
{
	text_string(decode->out, "Unnumbered, ");
	text_name(decode->out, commands, "%02x", llc->control & ~U_POLL);
	text_string(decode->out, ", Flags [");
	text_string(decode->out, flag_of(llc));
	text_word_decimal(decode->out, "], length ", cursor->length + llc->bytes);
	*known = (llc->control & ~U_POLL) == XID &&
		 (cursor->length == 0 || cursor_u8_at(cursor, 0) == XID_FORMAT ||
		  !cursor_has(cursor, 1));
	if (!*known || cursor->length == 0)
		return true;
	if (!cursor_has(cursor, 3) || cursor->length < 3) {
		decode_truncated(decode);
		if (cursor_has(cursor, 1))
			decode_dump(decode, cursor);
		return true;
	}
	text_format(decode->out, ": %02x %02x", cursor_u8_at(cursor, 1), cursor_u8_at(cursor, 2));
	return true;
}

static bool print_numbered(struct decode *decode, struct cursor *cursor, const struct llc *llc,
			   bool *known)
{
	bool is_supervisory = llc->control & 1;

	if (is_supervisory) {
		text_string(decode->out, "Supervisory, ");
		text_name(decode->out, supervisory, "?", llc->control >> 2 & 3);
	} else {
		text_word_decimal(decode->out, "Information, send seq ", llc->control >> 1 & 0x7f);
	}
	text_word_decimal(decode->out, ", rcv seq ", llc->control >> 9 & 0x7f);
	text_string(decode->out, ", Flags [");
	text_string(decode->out, flag_of(llc));
	text_word_decimal(decode->out, "], length ", cursor->length + llc->bytes);
	*known = is_supervisory;
	return true;
}

static bool read_header(const struct cursor *cursor, struct llc *llc)
{
	if (!cursor_has(cursor, 3))
		return false;
	llc->dsap = cursor_u8_at(cursor, 0);
	llc->ssap = cursor_u8_at(cursor, 1);
	llc->control = cursor_u8_at(cursor, 2);
	llc->unnumbered = (llc->control & 3) == 3;
	llc->bytes = 3;
	if (llc->unnumbered)
		return true;
	llc->bytes = 4;
	llc->control = cursor_le16_at(cursor, 2);
	return cursor_has(cursor, 4);
}

static bool decode_payload(struct decode *decode, struct cursor *cursor, const struct llc *llc,
			   bool *known)
{
	uint8_t ssap = llc->ssap & ~GROUP, dsap = llc->dsap & ~GROUP;

	*known = true;
	if (ssap == SAP_SNAP && dsap == SAP_SNAP && llc->control == UI)
		return decode_snap(decode, cursor, known);
	if (ssap == SAP_IP && dsap == SAP_IP && llc->control == UI)
		return decode_nested(decode, cursor, decode_ipv4);
	if (ssap == SAP_STP && dsap == SAP_STP && llc->control == UI)
		return decode_nested(decode, cursor, decode_stp);
	if (ssap == SAP_IPX && dsap == SAP_IPX && llc->control == UI) {
		text_string(decode->out, decode->options->link_header ? "IPX 802.2: " : "");
		return decode_nested(decode, cursor, decode_ipx);
	}
	if (!decode->options->link_header)
		print_addresses(decode, llc);
	if (llc->unnumbered)
		return print_unnumbered(decode, cursor, llc, known);
	return print_numbered(decode, cursor, llc, known);
}

bool decode_llc(struct decode *decode, struct cursor *cursor, struct decode_llc *result)
{
	const struct cursor start = *cursor;
	bool whole;
	struct llc llc;

	decode->protocol = "llc";
	if (!read_header(cursor, &llc)) {
		decode_truncated(decode);
		decode_dump(decode, cursor);
		*result = (struct decode_llc){cursor_left(cursor), true};
		return true;
	}
	/* IPX as it was before there was LLC: its header begins with two bytes that say
	 * that there is no checksum. */
	if (llc.dsap == SAP_GLOBAL && llc.ssap == SAP_GLOBAL) {
		text_string(decode->out, decode->options->link_header ? "IPX 802.3: " : "");
		*result = (struct decode_llc){0, true};
		return decode_nested(decode, cursor, decode_ipx);
	}
	if (decode->options->link_header)
		print_header(decode, &llc);
	cursor_skip(cursor, llc.bytes);
	*result = (struct decode_llc){llc.bytes, true};
	if ((llc.ssap & ~GROUP) == SAP_SNAP && (llc.dsap & ~GROUP) == SAP_SNAP && llc.control == UI)
		result->bytes += SNAP_BYTES;
	whole = decode_payload(decode, cursor, &llc, &result->known);
	/* What is not known is shown with its header. */
	if (whole && !result->known)
		decode_unknown(decode, &start);
	return whole;
}
