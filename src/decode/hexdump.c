/* SPDX-License-Identifier: BSD-2-Clause */
#include "decode/hexdump.h"

#include <stdbool.h>

#define LINE_BYTES 16u
#define HEX_COLUMN 40u /* eight groups of " xxxx" */
#define LINE_ROOM  80u

static const char hex_digits[] = "0123456789abcdef";

static char printable(uint8_t byte)
{
	return byte > 0x20 && byte < 0x7f ? (char)byte : '.';
}

static char *put_hex(char *to, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i % 2 == 0)
			*to++ = ' ';
		*to++ = hex_digits[bytes[i] >> 4];
		*to++ = hex_digits[bytes[i] & 15];
	}
	return to;
}

static void dump(struct text *text, const char *indent, const uint8_t *bytes, uint32_t count,
		 bool both)
{
	for (uint32_t offset = 0; offset < count; offset += LINE_BYTES) {
		uint32_t part = count - offset < LINE_BYTES ? count - offset : LINE_BYTES;
		char line[LINE_ROOM], *to, *column;

		text_string(text, indent);
		text_hex_prefixed(text, offset, 4);
		text_bytes(text, ": ", 2);
		to = put_hex(line, bytes + offset, part);
		if (both) {
			for (column = line + HEX_COLUMN + 2; to < column;)
				*to++ = ' ';
			for (uint32_t i = 0; i < part; i++)
				*to++ = printable(bytes[offset + i]);
		}
		text_bytes(text, line, (size_t)(to - line));
	}
}

void hexdump_hex(struct text *text, const uint8_t *bytes, uint32_t count)
{
	dump(text, "\n\t", bytes, count, false);
}

void hexdump_indented(struct text *text, const char *indent, const uint8_t *bytes, uint32_t count)
{
	dump(text, indent, bytes, count, false);
}

void hexdump_both(struct text *text, const uint8_t *bytes, uint32_t count)
{
	dump(text, "\n\t", bytes, count, true);
}

void hexdump_ascii(struct text *text, const uint8_t *bytes, uint32_t count)
{
	text_char(text, '\n');
	for (uint32_t i = 0; i < count; i++) {
		uint8_t byte = bytes[i];

		/* As tcpdump has it: nor one that is last but one. */
		if (byte == '\r' && (i + 2 >= count || bytes[i + 1] == '\n'))
			continue;
		if (byte == '\t' || byte == '\n' || byte == ' ')
			text_char(text, (char)byte);
		else
			text_char(text, printable(byte));
	}
}
