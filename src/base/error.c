/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills in struct error. The texts quote what users and other machines have
 * typed (file names, interface names, expressions), so each of them is made
 * safe for a terminal here, once, instead of by everyone who prints.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* However long the tail, this much of the head is kept. */
#define HEAD_KEPT 64u

/*
 * Makes the text "head: tail", or head alone without a tail. Where both do
 * not fit the head is shortened: the cause stands at the end, and a long file
 * name must not push it out.
 */
__attribute__((format(printf, 2, 0))) static void text_join(struct error *err, const char *format,
							    va_list args, const char *tail)
{
	char head[sizeof(err->text)];
	size_t tail_length = tail ? strlen(tail) : 0;
	size_t room = sizeof(head), at;

	if (tail)
		room = tail_length + 2 + HEAD_KEPT < room ? room - tail_length - 2 : HEAD_KEPT;
	if ((size_t)vsnprintf(head, sizeof(head), format, args) >= room)
		memcpy(head + room - sizeof("..."), "...", sizeof("..."));
	at = strlen(head);
	if (tail) {
		/* The tail may be err->text itself: it moves before the head lands. */
		if (tail_length > sizeof(err->text) - 1 - (at + 2))
			tail_length = sizeof(err->text) - 1 - (at + 2);
		memmove(err->text + at + 2, tail, tail_length);
		err->text[at + 2 + tail_length] = '\0';
		memcpy(err->text + at, ": ", 2);
		memcpy(err->text, head, at);
	} else {
		memcpy(err->text, head, at + 1);
	}
	text_clean(err->text);
}

/* The text, with the words behind it where there are any. Returns -code. */
__attribute__((format(printf, 4, 0))) static int set(struct error *err, int code,
						     enum error_kind kind, const char *format,
						     va_list args, const char *words)
{
	if (err) {
		err->code = code;
		err->kind = kind;
		text_join(err, format, args, words);
	}
	return -code;
}

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = set(err, code, ERROR_FAILED, format, args, NULL);
	va_end(args);
	return rc;
}

int error_system(struct error *err, int code, const char *format, ...)
{
	char words[128];
	va_list args;
	int rc;

	va_start(args, format);
	rc = set(err, code, ERROR_FAILED, format, args, strerror_r(code, words, sizeof(words)));
	va_end(args);
	return rc;
}

int error_usage(struct error *err, const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = set(err, EINVAL, ERROR_USAGE, format, args, NULL);
	va_end(args);
	return rc;
}

int error_context(struct error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return -EINVAL; /* the code is not known here; negative is what counts */
	va_start(args, format);
	text_join(err, format, args, err->text);
	va_end(args);
	return -err->code;
}

bool error_is_full(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT;
}

/*
 * The second byte's range is what keeps out overlong forms, surrogates, what
 * lies above U+10FFFF and the C1 controls (RFC 3629, section 4).
 */
size_t text_char_length(const char *at)
{
	const uint8_t *text = (const uint8_t *)at;
	static const struct {
		uint8_t first, last, low, high, length;
	} forms[] = {
		{0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2},
		{0xc3, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
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
