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
	case PPP_MULTILINK:
		return decode_multilink(decode, ppp);
	case PPP_CHAP:
		return decode_chap(decode, ppp);
	case PPP_PAP:
		return decode_pap(decode, ppp);
	case PPP_BAP:
		return true;
	case 0x0800:
	case PPP_VJ_UNCOMPRESSED:
	case PPP_IP:
		return decode_nested(decode, ppp, decode_ipv4);
	case 0x86dd:
	case PPP_IPV6:
		return decode_nested(decode, ppp, decode_ipv6);
	case PPP_IPX:
		return decode_nested(decode, ppp, decode_ipx);
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return decode_nested(decode, ppp, decode_mpls);
	case PPP_COMPRESSED:
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
