/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A string byte by byte: what is plain goes out as it is.
 */
#include "base/json.h"

#include "base/error.h"

void json_write_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length;

	fputc('"', out);
	for (; *at; at += length) {
		length = text_char_length((const char *)at);
		if (*at == '"' || *at == '\\') {
			fprintf(out, "\\%c", *at);
		} else if (*at < 0x20 || *at == 0x7f) {
			fprintf(out, "\\u%04x", *at);
			length = 1;
		} else if (length == 0) {
			fputs("\xef\xbf\xbd", out);
			length = 1;
		} else {
			fwrite(at, 1, length, out);
		}
	}
	fputc('"', out);
}
