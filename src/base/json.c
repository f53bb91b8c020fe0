/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A string character by character: what is plain goes out as it is.
 */
#include "base/json.h"

#include <stdint.h>
#include <string.h>

#include "base/safe_text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* The number of a well-formed character. */
static uint32_t code_of(const uint8_t *at, size_t length)
{
	uint32_t code = length == 1 ? at[0] : at[0] & (0x7fu >> length);

	for (size_t i = 1; i < length; i++)
		code = code << 6 | (at[i] & 0x3fu);
	return code;
}

void json_write_string(FILE *out, const char *text)
{
	size_t length;

	fputc('"', out);
	for (; *text; text += length) {
		length = text_utf8_length(text);
		if (*text == '"' || *text == '\\') {
			fprintf(out, "\\%c", *text);
		} else if (length == 0 || strncmp(text, REPLACEMENT, strlen(REPLACEMENT)) == 0) {
			fprintf(out, REPLACEMENT "%02X", (uint8_t)*text);
			length = 1;
		} else if (text_char_length(text) == 0) {
			/* What may not be shown has four digits at most. */
			fprintf(out, "\\u%04x", code_of((const uint8_t *)text, length));
		} else {
			fwrite(text, 1, length, out);
		}
	}
	fputc('"', out);
}
