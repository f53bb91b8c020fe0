/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills in struct error. The texts quote what users and other machines have
 * typed (file names, interface names, expressions), so each of them is made
 * safe for a terminal here, once, instead of by everyone who prints.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

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
