/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers as people type them, and back. Each parser reads the whole text:
 * white space, signs, junk behind the number and overflow are errors, whose
 * text says what is wrong with the value and leaves naming the option to the
 * caller. Errors are ERROR_USAGE. Pure; safe from any thread.
 */
#ifndef WIRETAPE_PARSE_H
#define WIRETAPE_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A plain decimal number from min to max, both included. */
int parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *value, struct error *err);

/* Bytes: a number, then nothing, K, M, G or T (powers of 1024; either case,
 * "KiB" and "KB" are taken too). At least 1. */
int parse_size(const char *text, uint64_t *bytes, struct error *err);

/* Nanoseconds: a number (a decimal fraction is taken), then nothing or s
 * (seconds), ms, us, m (minutes), h or d. More than 0. */
int parse_duration(const char *text, uint64_t *ns, struct error *err);

/* The end of a word that is counted. */
#define PLURAL(count) ((count) == 1 ? "" : "s")

/* Writes bytes the way people read them ("64 MiB", "1.5 GiB", "512 B") into
 * text, and returns text. 16 bytes of room are always enough. */
#define FORMAT_SIZE_ROOM 16
char *format_size(char text[static FORMAT_SIZE_ROOM], uint64_t bytes);

/* Writes a time in ns since 1970 as RFC 3339 has it, in UTC, to the nanosecond, and
 * returns text. */
#define FORMAT_TIME_ROOM 80
char *format_time(char text[static FORMAT_TIME_ROOM], uint64_t ns);

/* Writes a count with its digits in groups of three ("1 234 567"), and returns
 * text. */
#define FORMAT_COUNT_ROOM 32
char *format_count(char text[static FORMAT_COUNT_ROOM], uint64_t count);

/*
 * The nearest of count words to a mistyped one (edit distance, at most a
 * third of the word's length and at least 1), or a null pointer where none is
 * near.
 */
const char *parse_nearest(const char *word, const char *const *words, size_t count);

#endif
