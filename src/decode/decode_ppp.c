/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PPP as it lies in PPPoE and GRE (RFC 1661), and who logs in over it (RFC
 * 1334, RFC 1994). Control protocols are in decode_ppp_control.c.
 */
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"

#define ADDRESS_CONTROL 0xff03u
#define PPPD_IN         0x0003u
#define PPPD_OUT        0x0103u
#define HEADER_BYTES    4u /* of PAP and CHAP */

enum protocol {
	IPV4 = 0x0021,
	VJ_UNCOMPRESSED = 0x002f,
	MULTILINK = 0x003d,
	IPV6 = 0x0057,
	COMPRESSED = 0x00fd,
	MPLS = 0x0281,
	MPLS_MULTICAST = 0x0283,
	PAP = 0xc023,
	CHAP = 0xc223,
	BAP = 0xc02d,
};

const struct text_name decode_ppp_names[] = {
	{IPV4, "IP"},
	{0x0023, "OSI"},
	{0x0025, "NS"},
	{0x0027, "DECNET"},
	{0x0029, "APPLE"},
	{0x002b, "IPX"},
	{0x002d, "VJC IP"},
	{VJ_UNCOMPRESSED, "VJNC IP"},
	{0x0031, "BRPDU"},
	{0x0033, "STII"},
	{0x0035, "VINES"},
	{MPLS, "MPLS"},
	{MPLS_MULTICAST, "MPLS"},
	{COMPRESSED, "Compressed"},
	{MULTILINK, "MLPPP"},
	{IPV6, "IP6"},
	{0x0201, "HELLO"},
	{0x0231, "LUXCOM"},
	{0x0233, "SNS"},
	{PPP_IPCP, "IPCP"},
	{PPP_OSICP, "OSICP"},
	{0x8025, "NSCP"},
	{0x8027, "DECNETCP"},
	{0x8029, "APPLECP"},
	{0x802b, "IPXCP"},
	{0x8033, "STIICP"},
	{0x8035, "VINESCP"},
	{PPP_IP6CP, "IP6CP"},
	{PPP_MPLSCP, "MPLSCP"},
	{PPP_LCP, "LCP"},
	{PAP, "PAP"},
	{0xc025, "LQM"},
	{CHAP, "CHAP"},
	{0xc227, "EAP"},
	{0xc027, "SPAP"},
	{0xc123, "Old-SPAP"},
	{PPP_BACP, "BACP"},
	{BAP, "BAP"},
	{0xc03d, "MLPPP-CP"},
	{PPP_CCP, "CCP"},
	{0, NULL},
};

static const struct text_name chap_codes[] = {
	{1, "Challenge"}, {2, "Response"}, {3, "Success"}, {4, "Fail"}, {0, NULL},
};

static const struct text_name pap_codes[] = {
	{1, "Auth-Req"},
	{2, "Auth-ACK"},
	{3, "Auth-NACK"},
	{0, NULL},
};

static const struct text_name multilink_flags[] = {{0x80, "begin"}, {0x40, "end"}, {0, NULL}};

static bool decode_multilink(struct decode *decode, const struct cursor *ppp)
{
	text_string(decode->out, decode->options->link_header ? "" : "MLPPP, ");
	if (ppp->length < 2 || !cursor_has(ppp, 2)) {
		text_string(decode->out, "[|mlppp]");
		return true;
	}
	text_string(decode->out, "seq ");
	text_hex_prefixed(decode->out, cursor_be16_at(ppp, 0) & 0xfff, 3);
	text_string(decode->out, ", Flags [");
	text_bits(decode->out, multilink_flags, cursor_u8_at(ppp, 0) & 0xc0, ", ", "none");
	text_word_decimal(decode->out, "], length ", ppp->length);
	return true;
}

/* "NAME, CODE (0x01), id 2", and moves on behind it. Sets done where that was
 * all. */
static bool take_header(struct decode *decode, struct cursor *ppp, const char *names[2],
			const struct text_name *codes, bool *done)
{
	uint8_t code = cursor_u8_at(ppp, 0);

	*done = false;
	if (ppp->length < HEADER_BYTES) {
		if (ppp->length && !cursor_has(ppp, 1))
			return false;
		*done = true;
		text_string(decode->out, "[|");
		text_string(decode->out, names[1]);
		if (ppp->length) {
			text_string(decode->out, " 0x");
			text_hex(decode->out, code, 2);
		}
		text_char(decode->out, ']');
		return true;
	}
	if (!cursor_has(ppp, 1))
		return false;
	text_string(decode->out, names[0]);
	text_string(decode->out, ", ");
	text_name(decode->out, codes, "unknown", code);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, code, 2);
	text_char(decode->out, ')');
	if (!cursor_has(ppp, 2))
		return false;
	text_word_decimal(decode->out, ", id ", cursor_u8_at(ppp, 1));
	return cursor_skip(ppp, HEADER_BYTES);
}

/* As much as was captured of a number of characters; false where that is not
 * all. */
static bool take_safe(struct decode *decode, struct cursor *ppp, const char *word, uint32_t count)
{
	uint32_t there = cursor_left(ppp) < count ? cursor_left(ppp) : count;

	text_string(decode->out, word);
	text_safe(decode->out, cursor_take_bytes(ppp, there), there);
	return there == count;
}

static bool decode_chap(struct decode *decode, struct cursor *ppp)
{
	static const char *names[2] = {"CHAP", "chap"};
	uint8_t code = cursor_u8_at(ppp, 0), bytes;
	uint32_t length = cursor_be16_at(ppp, 2), there;
	bool done;

	if (!take_header(decode, ppp, names, chap_codes, &done) || done)
		return done;
	if (code == 3 || code == 4)
		return take_safe(decode, ppp, ", Msg ", length - HEADER_BYTES);
	if ((code != 1 && code != 2) || ppp->length < 1)
		return true;
	if (!cursor_take_u8(ppp, &bytes))
		return false;
	if (ppp->length < bytes)
		return true;
	text_string(decode->out, ", Value ");
	there = cursor_left(ppp) < bytes ? cursor_left(ppp) : bytes;
	text_hex_bytes(decode->out, cursor_take_bytes(ppp, there), there);
	return there == bytes &&
	       take_safe(decode, ppp, ", Name ", length - HEADER_BYTES - 1u - bytes);
}

/* A length and so many characters. Sets done where there are none. */
static bool take_counted(struct decode *decode, struct cursor *ppp, const char *word, bool *done)
{
	uint8_t bytes = cursor_u8_at(ppp, 0);

	*done = ppp->length < 1;
	if (*done)
		return true;
	if (!cursor_skip(ppp, 1))
		return false;
	*done = ppp->length < bytes;
	return *done || take_safe(decode, ppp, word, bytes);
}

static bool decode_pap(struct decode *decode, struct cursor *ppp)
{
	static const char *names[2] = {"PAP", "pap"};
	uint32_t length = cursor_be16_at(ppp, 2), all = ppp->length;
	uint8_t code = cursor_u8_at(ppp, 0);
	bool done;

	if (!take_header(decode, ppp, names, pap_codes, &done) || done)
		return done;
	if (length > all || length < HEADER_BYTES) {
		text_word_decimal(decode->out, ", length ", length);
		text_string(decode->out, length > all ? " > packet size" : " < PAP header length");
		return true;
	}
	ppp->length = length - HEADER_BYTES;
	if (code < 1 || code > 3)
		return true;
	if (length < (code == 1 ? 6 : 5)) {
		text_string(decode->out, "[|pap]");
		return true;
	}
	if (!take_counted(decode, ppp, code == 1 ? ", Peer " : ", Msg ", &done))
		return false;
	return done || code != 1 || take_counted(decode, ppp, ", Name ", &done);
}

/* ppp is behind the number of the protocol, numbered at it. */
static bool decode_protocol(struct decode *decode, const struct cursor *numbered,
			    struct cursor *ppp, uint16_t protocol)
{
	switch (protocol) {
	case PPP_LCP:
	case PPP_IPCP:
	case PPP_OSICP:
	case PPP_MPLSCP:
	case PPP_IP6CP:
	case PPP_CCP:
	case PPP_BACP:
		return decode_ppp_control(decode, numbered);
	case MULTILINK:
		return decode_multilink(decode, ppp);
	case CHAP:
		return decode_chap(decode, ppp);
	case PAP:
		return decode_pap(decode, ppp);
	case BAP:
		return true;
	case 0x0800:
	case VJ_UNCOMPRESSED:
	case IPV4:
		return decode_nested(decode, ppp, decode_ipv4);
	case 0x86dd:
	case IPV6:
		return decode_nested(decode, ppp, decode_ipv6);
	case MPLS:
	case MPLS_MULTICAST:
		return decode_nested(decode, ppp, decode_mpls);
	case COMPRESSED:
		text_string(decode->out, "compressed PPP data");
		return true;
	default:
		text_name(decode->out, decode_ppp_names, "unknown PPP protocol (0x%04x)", protocol);
		text_char(decode->out, ' ');
		decode_hex(decode, ppp, "\n\t", ppp->length);
		return true;
	}
}

bool decode_ppp(struct decode *decode, struct cursor *cursor)
{
	uint16_t protocol = cursor_be16_at(cursor, 0);
	uint32_t length = cursor->length;
	struct cursor numbered;
	uint8_t first;

	decode->protocol = "ppp";
	if (length < 2)
		return decode_truncated(decode);
	if (!cursor_has(cursor, 2))
		return false;
	if (protocol == ADDRESS_CONTROL || protocol == PPPD_IN || protocol == PPPD_OUT) {
		if (decode->options->link_header && protocol != ADDRESS_CONTROL)
			text_string(decode->out, protocol == PPPD_IN ? "In  " : "Out ");
		cursor_skip(cursor, 2);
	}
	if (cursor->length < 2)
		return decode_truncated(decode);
	if (!cursor_has(cursor, 1))
		return false;
	numbered = *cursor;
	/* An odd first byte is all of a compressed number. */
	first = cursor_u8_at(cursor, 0);
	if (first % 2) {
		protocol = first;
		cursor_skip(cursor, 1);
	} else if (!cursor_take_be16(cursor, &protocol)) {
		return false;
	}
	if (decode->options->link_header) {
		text_name(decode->out, decode_ppp_names, "unknown", protocol);
		text_string(decode->out, " (");
		text_hex_prefixed(decode->out, protocol, 4);
		text_word_decimal(decode->out, "), length ", length);
		if (!text_name_find(decode_ppp_names, protocol))
			return true;
		text_string(decode->out, ": ");
	}
	return decode_protocol(decode, &numbered, cursor, protocol);
}
