/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EAP over LANs (IEEE 802.1X, RFC 3748).
 */
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES 4u

enum frame_type { FRAME_PACKET = 0 };
enum code { REQUEST = 1, RESPONSE = 2 };
enum type {
	IDENTITY = 1,
	NOTIFICATION = 2,
	NAK = 3,
	TLS = 13,
	SIM = 18,
	TTLS = 21,
	AKA = 23,
	FAST = 43,
};

static const struct text_name frame_names[] = {
	{FRAME_PACKET, "EAP packet"},  {1, "EAPOL start"}, {2, "EAPOL logoff"}, {3, "EAPOL key"},
	{4, "Encapsulated ASF alert"}, {0, NULL},
};

static const struct text_name code_names[] = {
	{REQUEST, "Request"}, {RESPONSE, "Response"}, {3, "Success"}, {4, "Failure"}, {0, NULL},
};

static const struct text_name type_names[] = {
	{0, "No proposed"},
	{IDENTITY, "Identity"},
	{NOTIFICATION, "Notification"},
	{NAK, "Nak"},
	{4, "MD5-challenge"},
	{5, "OTP"},
	{6, "GTC"},
	{TLS, "TLS"},
	{SIM, "SIM"},
	{TTLS, "TTLS"},
	{AKA, "AKA"},
	{FAST, "FAST"},
	{254, "Expanded types"},
	{255, "Experimental"},
	{0, NULL},
};

static const struct text_name tls_flags[] = {
	{0x80, "L bit"},
	{0x40, "More fragments bit"},
	{0x20, "Start bit"},
	{0, NULL},
};

static const struct text_name subtype_names[] = {
	{1, "Challenge"},     {2, "Auth reject"}, {4, "Sync failure"},  {5, "Identity"},
	{10, "Start"},        {11, "Challenge"},  {12, "Notification"}, {13, "Reauth"},
	{14, "Client error"}, {0, NULL},
};

/* There is more of it than the type. */
static void print_message(struct decode *decode, const char *word, const struct cursor *eap)
{
	text_string(decode->out, word);
	decode_characters(decode, eap, 5, eap->length - 5);
}

static void print_types(struct decode *decode, const struct cursor *eap)
{
	for (uint32_t at = 5; at < eap->length; at++) {
		text_string(decode->out, at > 5 ? ", " : " ");
		text_name(decode->out, type_names, "unknown", cursor_u8_at(eap, at));
		text_word_decimal(decode->out, " (", cursor_u8_at(eap, at));
		text_char(decode->out, ')');
	}
}

static void print_tls(struct decode *decode, const struct cursor *eap, const char *name)
{
	uint8_t flags = cursor_u8_at(eap, 5), type = cursor_u8_at(eap, 4);

	if (type != TLS) {
		text_string(decode->out, type == TTLS ? " TTLSv" : " FASTv");
		text_decimal(decode->out, flags & 7);
	}
	text_string(decode->out, " flags [");
	text_bits(decode->out, tls_flags, flags, ", ", "none");
	text_string(decode->out, "] ");
	text_hex_prefixed(decode->out, flags, 2);
	if (!(flags & 0x80))
		return;
	if (eap->length < 10)
		text_format(decode->out, " (too short for EAP %s request/response with length)",
			    name);
	else
		text_word_decimal(decode->out, ", len ", cursor_be32_at(eap, 6));
}

/* All of it was captured. */
static void print_type(struct decode *decode, const struct cursor *eap, uint8_t type)
{
	static const struct text_name families[] = {
		{NOTIFICATION, "Notification"},
		{NAK, "Legacy NAK"},
		{TLS, "TLS/TTLS"},
		{TTLS, "TLS/TTLS"},
		{FAST, "FAST"},
		{SIM, "SIM/AKA"},
		{AKA, "SIM/AKA"},
		{0, NULL},
	};
	const char *family = text_name_find(families, type);

	if (family && eap->length < 6) {
		text_format(decode->out, " (too short for EAP %s request/response)", family);
		return;
	}
	switch (type) {
	case IDENTITY:
		if (eap->length > 5)
			print_message(decode, ", Identity: ", eap);
		break;
	case NOTIFICATION:
		print_message(decode, ", Notification: ", eap);
		break;
	case NAK:
		print_types(decode, eap);
		break;
	case TLS:
	case TTLS:
	case FAST:
		print_tls(decode, eap, family);
		break;
	case SIM:
	case AKA:
		text_string(decode->out, " subtype [");
		text_name(decode->out, subtype_names, "unknown", cursor_u8_at(eap, 5));
		text_string(decode->out, "] ");
		text_hex_prefixed(decode->out, cursor_u8_at(eap, 5), 2);
		break;
	default:
		break;
	}
}

static bool decode_eap(struct decode *decode, struct cursor *eap, uint32_t length)
{
	uint8_t code = cursor_u8_at(eap, 0), type = cursor_u8_at(eap, 4);
	uint32_t claimed = cursor_be16_at(eap, 2);

	if (!cursor_has(eap, 4))
		return false;
	if (claimed != length) {
		text_string(decode->out, "EAP fragment?");
		return true;
	}
	text_name(decode->out, code_names, "unknown", code);
	text_word_decimal(decode->out, " (", code);
	text_word_decimal(decode->out, "), id ", cursor_u8_at(eap, 1));
	text_word_decimal(decode->out, ", len ", claimed);
	if (claimed < 4) {
		text_string(decode->out, " (too short for EAP header)");
		return true;
	}
	if (!cursor_has(eap, claimed))
		return decode_truncated(decode);
	eap->length = claimed;
	if (code != REQUEST && code != RESPONSE)
		return true;
	if (claimed < 5) {
		text_string(decode->out, " (too short for EAP request/response)");
		return true;
	}
	text_string(decode->out, "\n\t\t Type ");
	text_name(decode->out, type_names, "unknown", type);
	text_word_decimal(decode->out, " (", type);
	text_char(decode->out, ')');
	print_type(decode, eap, type);
	return true;
}

bool decode_eapol(struct decode *decode, struct cursor *cursor)
{
	uint8_t type = cursor_u8_at(cursor, 1);
	uint16_t length = cursor_be16_at(cursor, 2);

	decode->protocol = "eap";
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	text_name(decode->out, frame_names, "unknown", type);
	text_word_decimal(decode->out, " (", type);
	text_word_decimal(decode->out, ") v", cursor_u8_at(cursor, 0));
	text_word_decimal(decode->out, ", len ", length);
	if (!decode->options->verbose || type != FRAME_PACKET)
		return true;
	if (length == 0)
		return decode_truncated(decode);
	text_string(decode->out, ", ");
	cursor_skip(cursor, HEADER_BYTES);
	return decode_eap(decode, cursor, length);
}
