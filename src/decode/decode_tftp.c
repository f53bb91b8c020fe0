/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TFTP (RFC 1350) and its options (RFC 2347).
 */
#include <stddef.h>

#include "decoders.h"

enum opcode {
	READ = 1,
	WRITE = 2,
	DATA = 3,
	ACKNOWLEDGE = 4,
	ERROR = 5,
	OPTIONS = 6,
};

static const struct text_name opcode_names[] = {
	{READ, "RRQ"},    {WRITE, "WRQ"},    {DATA, "DATA"}, {ACKNOWLEDGE, "ACK"},
	{ERROR, "ERROR"}, {OPTIONS, "OACK"}, {0, NULL},
};

static const struct text_name error_names[] = {
	{0, "EUNDEF"}, {1, "ENOTFOUND"}, {2, "EACCESS"}, {3, "ENOSPACE"}, {4, "EBADOP"},
	{5, "EBADID"}, {6, "EEXISTS"},   {7, "ENOUSER"}, {0, NULL},
};

/* Up to a zero byte, which is passed; false where there is none. */
static bool take_string(struct decode *decode, struct cursor *cursor)
{
	uint32_t bytes = 0;

	while (bytes < cursor->length && cursor_has(cursor, bytes + 1) &&
	       cursor_u8_at(cursor, bytes))
		bytes++;
	if (bytes)
		text_safe(decode->out, cursor_bytes_at(cursor, 0, bytes), bytes);
	cursor_skip(cursor, bytes);
	return cursor->length && cursor_skip(cursor, 1);
}

/* A string in quotation marks. */
static bool take_quoted(struct decode *decode, struct cursor *cursor)
{
	bool whole;

	if (!cursor->length)
		return false;
	text_string(decode->out, " \"");
	whole = take_string(decode, cursor);
	text_char(decode->out, '"');
	return whole;
}

static bool decode_options(struct decode *decode, struct cursor *cursor)
{
	while (cursor->length) {
		if (!cursor_has(cursor, 1))
			return false;
		if (cursor_u8_at(cursor, 0))
			text_char(decode->out, ' ');
		if (!take_string(decode, cursor))
			return decode_truncated(decode);
	}
	return true;
}

static bool decode_request(struct decode *decode, struct cursor *cursor)
{
	if (!take_quoted(decode, cursor) || !cursor->length)
		return decode_truncated(decode);
	text_char(decode->out, ' ');
	if (!take_string(decode, cursor))
		return decode_truncated(decode);
	return decode_options(decode, cursor);
}

static bool decode_number(struct decode *decode, struct cursor *cursor, uint16_t opcode)
{
	uint16_t number = cursor_be16_at(cursor, 0);

	if (cursor->length < 2)
		return decode_truncated(decode);
	if (!cursor_skip(cursor, 2))
		return false;
	if (opcode != ERROR) {
		text_word_decimal(decode->out, " block ", number);
		return true;
	}
	text_char(decode->out, ' ');
	text_name(decode->out, error_names, "tftp-err-#%u \"", number);
	return take_quoted(decode, cursor) || decode_truncated(decode);
}

bool decode_tftp(struct decode *decode, struct cursor *cursor)
{
	uint16_t opcode = cursor_be16_at(cursor, 0);

	decode->protocol = "tftp";
	text_word_decimal(decode->out, "TFTP, length ", cursor->length);
	if (cursor->length < 2)
		return decode_truncated(decode);
	if (!cursor_skip(cursor, 2))
		return false;
	text_string(decode->out, ", ");
	text_name(decode->out, opcode_names, "tftp-#%u", opcode);
	switch (opcode) {
	case READ:
	case WRITE:
		return decode_request(decode, cursor);
	case OPTIONS:
		return decode_options(decode, cursor);
	case DATA:
	case ACKNOWLEDGE:
	case ERROR:
		return decode_number(decode, cursor, opcode);
	default:
		return true;
	}
}
