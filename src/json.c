/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A string byte by byte: what is plain goes out as it is.
 */
#include "json.h"

#include <stdint.h>
#include <string.h>

/* Bytes of the character at text, 0 where there is none (RFC 3629). */
static int utf8_length(const unsigned char *text)
{
	static const struct {
		uint8_t from, to, second_from, second_to;
		int length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	if (text[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].from || text[0] > forms[i].to)
			continue;
		if (text[1] < forms[i].second_from || text[1] > forms[i].second_to)
			return 0;
		for (int k = 2; k < forms[i].length; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

void json_write_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	int length;

	fputc('"', out);
	for (; *at; at += length) {
		length = utf8_length(at);
		if (*at == '"' || *at == '\\') {
			fprintf(out, "\\%c", *at);
		} else if (*at < 0x20 || *at == 0x7f) {
			fprintf(out, "\\u%04x", *at);
		} else if (length == 0) {
			fputs("\xef\xbf\xbd", out);
			length = 1;
		} else {
			fwrite(at, 1, (size_t)length, out);
		}
	}
	fputc('"', out);
}
