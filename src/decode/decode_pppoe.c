/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PPP over Ethernet: finding each other and the session (RFC 2516).
 */
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES 6u
#define PADI         0x09u
#define MOST_PADI    1478u
#define MOST_TEXT    79u /* of a tag, what is shown */

static const struct text_name code_names[] = {
	{PADI, "PADI"}, {0x07, "PADO"}, {0x19, "PADR"}, {0x65, "PADS"},
	{0xa7, "PADT"}, {0, ""},        {0, NULL},
};

static const struct text_name tag_names[] = {
	{0, "EOL"},
	{0x0101, "Service-Name"},
	{0x0102, "AC-Name"},
	{0x0103, "Host-Uniq"},
	{0x0104, "AC-Cookie"},
	{0x0105, "Vendor-Specific"},
	{0x0110, "Relay-Session-ID"},
	{0x0120, "PPP-Max-Payload"},
	{0x0201, "Service-Name-Error"},
	{0x0202, "AC-System-Error"},
	{0x0203, "Generic-Error"},
	{0, NULL},
};

static bool is_text(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

/* As text where most of it is, else in hex. */
static void print_value(struct decode *decode, const uint8_t *value, uint32_t bytes)
{
	uint32_t shown = bytes < MOST_TEXT ? bytes : MOST_TEXT, texts = 0;

	for (uint32_t i = 0; i < shown; i++)
		texts += is_text(value[i]);
	if (texts <= shown - texts) {
		text_string(decode->out, " 0x");
		for (uint32_t i = 0; i < bytes; i++)
			text_format(decode->out, "%02X", value[i]);
		return;
	}
	text_string(decode->out, " \"");
	for (uint32_t i = 0; i < shown; i++)
		text_safe_char(decode->out, is_text(value[i]) ? value[i] : '.');
	text_char(decode->out, '"');
}

static bool decode_tags(struct decode *decode, struct cursor tags)
{
	uint16_t tag = 1, bytes;

	while (tag && tags.length) {
		if (!cursor_has(&tags, 4))
			return false;
		cursor_take_be16(&tags, &tag);
		cursor_take_be16(&tags, &bytes);
		if (!cursor_has(&tags, bytes))
			return false;
		text_string(decode->out, " [");
		text_name(decode->out, tag_names, "TAG-0x%x", tag);
		if (bytes)
			print_value(decode, cursor_take_bytes(&tags, bytes), bytes);
		text_char(decode->out, ']');
	}
	return true;
}

bool decode_pppoe(struct decode *decode, struct cursor *cursor)
{
	uint8_t version = cursor_u8_at(cursor, 0), code = cursor_u8_at(cursor, 1);
	uint16_t session = cursor_be16_at(cursor, 2);
	uint32_t length = cursor_be16_at(cursor, 4);

	decode->protocol = "pppoe";
	if (cursor->length < HEADER_BYTES) {
		text_word_decimal(decode->out, "truncated-pppoe ", cursor->length);
		return true;
	}
	if (!cursor_skip(cursor, HEADER_BYTES))
		return false;
	if (version >> 4 != 1)
		text_format(decode->out, " [ver %u]", version >> 4);
	if ((version & 15) != 1)
		text_format(decode->out, " [type %u]", version & 15);
	text_string(decode->out, "PPPoE ");
	text_name(decode->out, code_names, "PAD-%x", code);
	if (code == PADI && length > MOST_PADI)
		text_format(decode->out, " [len %u!]", length);
	if (length > cursor->length) {
		text_format(decode->out, " [len %u > %u!]", length, cursor->length);
		length = cursor->length;
	}
	if (session)
		text_format(decode->out, " [ses 0x%x]", session);
	cursor->length = length;
	if (code)
		return decode_tags(decode, *cursor);
	text_char(decode->out, ' ');
	return decode_nested(decode, cursor, decode_ppp);
}
