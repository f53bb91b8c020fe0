/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-8 by its table of well-formed byte sequences (Unicode, table 3-7), and what of it is
 * not to be shown.
 */
#include "base/safe_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * The second byte's range is what keeps out overlong forms, surrogates and what
 * lies above U+10FFFF (RFC 3629, section 4).
 */
size_t text_utf8_length(const char *at)
{
	const uint8_t *text = (const uint8_t *)at;
	static const struct {
		uint8_t first, last, low, high, length;
	} forms[] = {
		{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (text[0] < forms[i].first || text[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 && (text[1] < forms[i].low || text[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if (text[k] < 0x80 || text[k] > 0xbf)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* Of up to three bytes; longer ones have nothing that acts. */
static bool acts(const uint8_t *text, size_t length)
{
	const unsigned code = length == 1   ? text[0]
			      : length == 2 ? (text[0] & 0x1fu) << 6 | (text[1] & 0x3fu)
					    : (text[0] & 0x0fu) << 12 | (text[1] & 0x3fu) << 6 |
						      (text[2] & 0x3fu);

	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x206f);
}

size_t text_char_length(const char *at)
{
	size_t length = text_utf8_length(at);

	return length > 0 && length < 4 && acts((const uint8_t *)at, length) ? 0 : length;
}

void text_clean(char *text)
{
	while (*text) {
		size_t length = text_char_length(text);

		if (length == 0)
			*text++ = '?';
		else
			text += length;
	}
}

struct copy {
	char *to;
	size_t room, used;
	bool full; /* what has no room is the end of it */
};

static void append(struct copy *copy, const char *text, size_t length)
{
	copy->full = copy->full || copy->used + length >= copy->room;
	if (!copy->full)
		memcpy(copy->to + copy->used, text, length);
	if (copy->full && copy->room > 0 && copy->used < copy->room)
		copy->to[copy->used] = '\0';
	copy->used += length;
}

static size_t copy_marked(char *to, size_t room, const char *from,
			  size_t (*length_of)(const char *text))
{
	struct copy copy = {.to = to, .room = room};
	char mark[8];

	for (size_t length; *from; from += length) {
		length = length_of(from);
		if (length > 0) {
			append(&copy, from, length);
			continue;
		}
		length = 1;
		snprintf(mark, sizeof(mark), "\xef\xbf\xbd%02X", (uint8_t)*from);
		append(&copy, mark, strlen(mark));
	}
	if (!copy.full && room > 0)
		to[copy.used] = '\0';
	return copy.used;
}

size_t text_mark(char *to, size_t room, const char *from)
{
	return copy_marked(to, room, from, text_char_length);
}

size_t text_as_utf8(char *to, size_t room, const char *from)
{
	return copy_marked(to, room, from, text_utf8_length);
}
