/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text on its way to a descriptor, or into memory: formatting without printf,
 * since a packet's line has twenty numbers in it and there are millions of
 * lines.
 *
 * Nothing fails at the call. A write that does not succeed is remembered
 * (error, the first -errno, -EPIPE included), from then on text is thrown
 * away, and text_flush tells. A text in memory that is full keeps what it has
 * and remembers -ENOSPC.
 *
 * text_string, text_bytes and text_char are for the program's own words: what
 * comes out of a packet goes through text_safe, text_safe_char, or a function
 * that makes digits, and the words of others through text_words.
 *
 * The memory is the caller's. One thread at a time.
 */
#ifndef WIRETAPE_TEXT_H
#define WIRETAPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *start, *at, *end; /* end: of the memory, or of what is allowed */
	char *memory_end;
	int fd;     /* -1: memory only */
	bool waits; /* for somebody who reads it */
	const _Atomic int *patience;
	int error;        /* 0 or -errno */
	uint64_t flushes; /* how often start..at went out */
	uint64_t allowed; /* behind end, where a limit is set */
	bool limited, over;
};

/* At least this much memory for a text with a descriptor. */
#define TEXT_LEAST_BYTES 256u

void text_open(struct text *text, int fd, char *memory, size_t bytes);

/* How long a reader is waited for: enum nowait_patience (nowait.h), which has to outlive
 * the text, and may change; for ever without this. Then -ETIMEDOUT or -ECANCELED. */
void text_set_patience(struct text *text, const _Atomic int *patience);

/* From here on at most so many bytes: more are thrown away, and are no error. */
void text_limit(struct text *text, uint64_t most);

/* As many as there are from here on; whether some were thrown away. */
bool text_unlimit(struct text *text);

/* Writes out what there is (nothing to do in memory). 0 or the first -errno. */
int text_flush(struct text *text);

static inline size_t text_pending(const struct text *text)
{
	return (size_t)(text->at - text->start);
}

/* Flushes when fewer than bytes (at most TEXT_LEAST_BYTES) are free. Null
 * where there is no room after that; else the caller writes up to so many
 * bytes there, and moves at. */
char *text_room_slow(struct text *text, size_t bytes);

static inline char *text_room(struct text *text, size_t bytes)
{
	if (__builtin_expect((size_t)(text->end - text->at) >= bytes, 1))
		return text->at;
	return text_room_slow(text, bytes);
}

void text_bytes_slow(struct text *text, const char *bytes, size_t count);

static inline void text_bytes(struct text *text, const char *bytes, size_t count)
{
	if ((size_t)(text->end - text->at) < count) {
		text_bytes_slow(text, bytes, count);
		return;
	}
	memcpy(text->at, bytes, count);
	text->at += count;
}

static inline void text_string(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

static inline void text_char(struct text *text, char c)
{
	char *to = text_room(text, 1);

	if (to) {
		*to = c;
		text->at = to + 1;
	}
}

void text_decimal(struct text *text, uint64_t value);
void text_signed(struct text *text, int64_t value);

/* At least so many digits (up to 20): zeros in front. */
void text_decimal_fixed(struct text *text, uint64_t value, unsigned digits);

/* At least so wide (up to 20): spaces in front. */
void text_decimal_wide(struct text *text, uint64_t value, unsigned width);

/* Lower case, at least so many digits (up to 16). */
void text_hex(struct text *text, uint64_t value, unsigned digits);

/* "0x" and text_hex. */
void text_hex_prefixed(struct text *text, uint64_t value, unsigned digits);

/* Two digits for each of the bytes, with nothing between them. */
void text_hex_bytes(struct text *text, const uint8_t *bytes, size_t count);

/* Words in front of a number: the most frequent thing in a line. */
static inline void text_word_decimal(struct text *text, const char *word, uint64_t value)
{
	text_string(text, word);
	text_decimal(text, value);
}

void text_ipv4(struct text *text, const uint8_t address[static 4]);

/* RFC 5952, with the last 4 bytes in dotted form in ::a.b.c.d and
 * ::ffff:a.b.c.d. */
void text_ipv6(struct text *text, const uint8_t address[static 16]);

/* Any number of bytes with colons between them: 6 make a MAC address. */
void text_mac(struct text *text, const uint8_t *address, size_t count);

/*
 * Bytes of a packet: control characters as ^X, those with the high bit as M-
 * and what the rest is. Not one byte below 0x20 or above 0x7e comes out.
 */
void text_safe(struct text *text, const uint8_t *bytes, size_t count);
void text_safe_char(struct text *text, uint8_t byte);

/* Words that somebody chose, such as the name of an interface: UTF-8 that may be shown
 * (safe_text.h) as it is, other bytes as text_safe has them. Returns how many bytes that
 * takes. */
size_t text_words(struct text *text, const char *words);

/*
 * As printf, for what is printed rarely. At most TEXT_FORMAT_MOST bytes at a
 * time; control characters (but tab and newline) and bytes above 0x7e come out
 * as '?'.
 */
#define TEXT_FORMAT_MOST 240u
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names of values, to the first without a name. */
struct text_name {
	uint32_t value;
	const char *name;
};

/* The name of a value, or a null pointer. */
const char *text_name_find(const struct text_name *names, uint32_t value);

/* The name of a value, else the format (static text with one %u or %x). */
void text_name(struct text *text, const struct text_name *names, const char *format,
	       uint32_t value);

/* The names of the values all of whose bits are set (0 never is), with
 * something between them; none where there are none. */
void text_bits(struct text *text, const struct text_name *names, uint32_t bits, const char *between,
	       const char *none);

#endif
