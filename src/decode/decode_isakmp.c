/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exchange of keys: ISAKMP with IKE (RFC 2408, RFC 2409), and IKEv2 (RFC 7296).
 * What a message is, and with -v which payloads it has: what is in them is not
 * looked at.
 */
#include <stddef.h>

#include "decode/ike_sides.h"
#include "decoders.h"

#define HEADER_BYTES  28u
#define COOKIE_BYTES  8u
#define PAYLOAD_BYTES 4u
#define CRITICAL      0x80u

enum flag { ENCRYPTED = 1, COMMIT = 2, INITIATOR = 8, HIGHER = 16, RESPONDER = 32 };

static const struct text_name exchange_names[] = {
	{0, "none"},        {1, "base"},        {2, "ident"},         {3, "auth"},
	{4, "agg"},         {5, "inf"},         {32, "oakley-quick"}, {33, "oakley-newgroup"},
	{34, "ikev2_init"}, {35, "ikev2_auth"}, {36, "child_sa"},     {37, "inf2"},
	{0, NULL},
};

/* Up to 13 those of version 1, from 33 on those of version 2; between them none
 * is known. */
#define FIRST_VERSION2 33u
#define LAST_VERSION1  13u
#define SEALED         46u
static const struct text_name payload_names[] = {
	{0, "none"},    {1, "sa"},       {2, "p"},        {3, "t"},       {4, "ke"},
	{5, "id"},      {6, "cert"},     {7, "cr"},       {8, "hash"},    {9, "sig"},
	{10, "nonce"},  {11, "n"},       {12, "d"},       {13, "vid"},    {33, "v2sa"},
	{34, "v2ke"},   {35, "v2IDi"},   {36, "v2IDr"},   {37, "v2cert"}, {38, "v2cr"},
	{39, "v2auth"}, {40, "v2nonce"}, {41, "v2n"},     {42, "v2d"},    {43, "v2vid"},
	{44, "v2TSi"},  {45, "v2TSr"},   {SEALED, "v2e"}, {47, "v2cp"},   {48, "v2eap"},
	{0, NULL},
};

static const struct text_name flag_names1[] = {{ENCRYPTED, "E"}, {COMMIT, "C"}, {0, NULL}};
static const struct text_name flag_names2[] = {
	{INITIATOR, "I"},
	{HIGHER, "V"},
	{RESPONDER, "R"},
	{0, NULL},
};

static void print_payload_name(struct decode *decode, uint8_t payload)
{
	bool between = payload > LAST_VERSION1 && payload < FIRST_VERSION2;

	text_name(decode->out, payload_names, between ? "pay%u" : "#%u", payload);
}

static void print_cut(struct decode *decode, uint8_t payload)
{
	text_string(decode->out, " [|");
	print_payload_name(decode, payload);
	text_char(decode->out, ']');
}

/* One that was captured whole, with something in it. */
static void print_payload(struct decode *decode, const struct cursor *at, uint8_t payload,
			  bool second)
{
	uint32_t bytes = cursor_be16_at(at, 2) - PAYLOAD_BYTES;

	print_payload_name(decode, payload);
	if (!text_name_find(payload_names, payload) || (payload == SEALED && !second))
		return;
	if (payload >= FIRST_VERSION2 && cursor_u8_at(at, 1) & CRITICAL)
		text_string(decode->out, "[C]");
	text_word_decimal(decode->out, ": len=", bytes);
	if (decode->options->verbose < 3)
		return;
	text_char(decode->out, ' ');
	text_hex_bytes(decode->out, cursor_bytes_at(at, PAYLOAD_BYTES, bytes), bytes);
}

/* One payload after the other, each telling which the next one is. */
static void print_payloads(struct decode *decode, struct cursor at, uint8_t payload, bool second)
{
	while (payload) {
		uint8_t next = cursor_u8_at(&at, 0);
		uint16_t bytes = cursor_be16_at(&at, 2);

		if (!cursor_has(&at, PAYLOAD_BYTES) || !cursor_has(&at, bytes)) {
			print_cut(decode, payload);
			return;
		}
		text_string(decode->out, "\n    (");
		if (bytes > PAYLOAD_BYTES)
			print_payload(decode, &at, payload, second);
		text_char(decode->out, ')');
		/* Behind one without anything in it, which none may be, it might go on for
		 * ever; what follows one that is sealed is in it. */
		if (bytes <= PAYLOAD_BYTES || (payload == SEALED && second))
			return;
		cursor_skip(&at, bytes);
		payload = next;
	}
}

static void print_rest(struct decode *decode, const struct cursor *message, bool second)
{
	uint8_t payload = cursor_u8_at(message, 16);
	uint32_t length = cursor_be32_at(message, 24);
	struct cursor rest = *message;

	text_char(decode->out, ':');
	cursor_skip(&rest, HEADER_BYTES);
	if (cursor_u8_at(message, 19) & ENCRYPTED) {
		text_string(decode->out, " [encrypted ");
		print_payload_name(decode, payload);
		text_char(decode->out, ']');
	} else {
		print_payloads(decode, rest, payload, second);
	}
	if (length != message->length) {
		text_word_decimal(decode->out, " (len mismatch: isakmp ", length);
		text_word_decimal(decode->out, "/ip ", message->length);
		text_char(decode->out, ')');
	}
}

static char find_side(struct decode *decode, const struct cursor *message)
{
	uint32_t bytes = decode->ip.version == 4 ? 4 : 16, at = bytes == 4 ? 12 : 8;
	const struct ike_message about = {
		.initiator = cursor_bytes_at(message, 0, COOKIE_BYTES),
		.responder = cursor_bytes_at(message, COOKIE_BYTES, COOKIE_BYTES),
		.source = cursor_bytes_at(&decode->ip.header, at, bytes),
		.destination = cursor_bytes_at(&decode->ip.header, at + bytes, bytes),
		.address_bytes = (uint8_t)bytes,
	};

	return decode->ike && about.source && about.destination
		       ? ike_sides_relate(decode->ike, &about)
		       : '?';
}

static void print_flags(struct decode *decode, const struct text_name *names, uint8_t flags)
{
	if (!flags)
		return;
	text_char(decode->out, '[');
	text_bits(decode->out, names, flags, "", "");
	text_char(decode->out, ']');
}

static void print_message(struct decode *decode, const struct cursor *message, bool second)
{
	bool begins = cursor_be32_at(message, 20) == 0;
	uint8_t flags = cursor_u8_at(message, 19);

	if (second) {
		text_string(decode->out, begins ? " parent_sa " : " child_sa  ");
	} else {
		text_string(decode->out, begins ? " phase 1 " : " phase 2/others ");
		text_char(decode->out, find_side(decode, message));
		text_char(decode->out, ' ');
	}
	text_name(decode->out, exchange_names, "#%u", cursor_u8_at(message, 18));
	print_flags(decode, second ? flag_names2 : flag_names1, flags);
	if (decode->options->verbose)
		print_rest(decode, message, second);
}

bool decode_isakmp(struct decode *decode, struct cursor *cursor)
{
	uint8_t version = cursor_u8_at(cursor, 17);

	decode->protocol = "isakmp";
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	text_string(decode->out, "isakmp");
	if (decode->options->verbose)
		text_format(decode->out, " %u.%u msgid %08x", version >> 4, version & 15,
			    cursor_be32_at(cursor, 20));
	if (decode->options->verbose > 1) {
		text_string(decode->out, " cookie ");
		text_hex_bytes(decode->out, cursor_bytes_at(cursor, 0, COOKIE_BYTES), COOKIE_BYTES);
		text_string(decode->out, "->");
		text_hex_bytes(decode->out, cursor_bytes_at(cursor, COOKIE_BYTES, COOKIE_BYTES),
			       COOKIE_BYTES);
	}
	text_char(decode->out, ':');
	if (version >> 4 == 1 || version >> 4 == 2)
		print_message(decode, cursor, version >> 4 == 2);
	return true;
}
