/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words that others have chosen: names of interfaces and files, expressions, what stands in
 * a capture file. Some bytes act on a terminal, or on the order in which what is around
 * them is shown; some are no UTF-8.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_SAFE_TEXT_H
#define WIRETAPE_SAFE_TEXT_H

#include <stddef.h>

/*
 * Length in bytes, 1 to 4, of the character that text begins with, or 0 where that may not
 * be shown, or at the end of the text: controls (below 0x20, 0x7f, C1), line and paragraph
 * separators, marks, embeddings, overrides and isolates of direction (U+061C, U+200E,
 * U+202E and kin), and what is not well-formed UTF-8.
 */
size_t text_char_length(const char *text);

/* The same, but all that is well-formed has a length; 0 at the end. */
size_t text_utf8_length(const char *text);

/* Replaces each byte of what may not be shown by '?', in place. */
void text_clean(char *text);

/*
 * The same for words that are compared: each byte of what may not be shown becomes U+FFFD
 * and two hexadecimal digits, so that words that differ go on differing, but for those that
 * have such a place already, which stays. Cut to room bytes, with the end; returns the
 * length it would have, at most 5 times as much.
 */
size_t text_mark(char *to, size_t room, const char *from);

/* The same for what has to be UTF-8, and is not shown: all that is that is kept. */
size_t text_as_utf8(char *to, size_t room, const char *from);

#endif
