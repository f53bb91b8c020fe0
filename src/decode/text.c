/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buffer and numbers. Addresses and bytes of packets are in
 * text_address.c.
 */
#include "decode/text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "system/nowait.h"

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
				  "25262728293031323334353637383940414243444546474849"
				  "50515253545556575859606162636465666768697071727374"
				  "75767778798081828384858687888990919293949596979899";
static const char hex_digits[] = "0123456789abcdef";

void text_open(struct text *text, int fd, char *memory, size_t bytes)
{
	assert(fd < 0 || bytes >= TEXT_LEAST_BYTES);
	*text = (struct text){
		.start = memory,
		.at = memory,
		.end = memory + bytes,
		.memory_end = memory + bytes,
		.fd = fd,
		.waits = fd >= 0 && nowait_may_wait(fd),
	};
}

void text_set_patience(struct text *text, const _Atomic int *patience)
{
	text->patience = patience;
}

/* Puts the end where the memory has one, or where so many bytes have: who writes
 * looks at nothing but that end. */
static void allow(struct text *text, uint64_t bytes)
{
	uint64_t room = (uint64_t)(text->memory_end - text->at);

	if (room > bytes)
		room = bytes;
	text->end = text->at + (size_t)room;
	text->allowed = bytes - room;
}

void text_limit(struct text *text, uint64_t most)
{
	text->limited = true;
	text->over = false;
	allow(text, most);
}

bool text_unlimit(struct text *text)
{
	bool over = text->over;

	text->limited = false;
	text->over = false;
	text->end = text->memory_end;
	text->allowed = 0;
	return over;
}

/* At least a byte, or -errno. */
static ssize_t write_some(const struct text *text, const char *from, size_t bytes)
{
	static const _Atomic int for_ever = NOWAIT_FOR_EVER;
	ssize_t n;

	if (text->waits) {
		n = nowait_until_writable(text->fd, text->patience ? text->patience : &for_ever);
		return n < 0 ? n : nowait_write(text->fd, from, bytes);
	}
	n = write(text->fd, from, bytes);
	return n < 0 ? -errno : n;
}

static void write_all(struct text *text)
{
	const char *from = text->start;

	while (from < text->at) {
		ssize_t written = write_some(text, from, (size_t)(text->at - from));

		if (written >= 0) {
			from += written;
		} else if (written != -EINTR && written != -EAGAIN) {
			text->error = (int)written;
			return;
		}
	}
}

int text_flush(struct text *text)
{
	uint64_t left = (uint64_t)(text->end - text->at) + text->allowed;

	if (text->fd < 0)
		return text->error;
	if (!text->error)
		write_all(text);
	text->at = text->start;
	text->flushes++;
	if (text->limited)
		allow(text, left);
	return text->error;
}

char *text_room_slow(struct text *text, size_t bytes)
{
	if (text->fd >= 0 && (!text->limited || text->allowed))
		text_flush(text);
	if ((size_t)(text->end - text->at) >= bytes)
		return text->at;
	if (text->limited && !text->allowed) {
		/* Nothing shorter may follow what had no room. */
		text->over = true;
		text->end = text->at;
		return NULL;
	}
	text->error = text->error ? text->error : -ENOSPC;
	return NULL;
}

void text_bytes_slow(struct text *text, const char *bytes, size_t count)
{
	while (count) {
		size_t room = (size_t)(text->end - text->at);

		if (room == 0) {
			if (!text_room_slow(text, 1))
				return;
			continue;
		}
		if (room > count)
			room = count;
		memcpy(text->at, bytes, room);
		text->at += room;
		bytes += room;
		count -= room;
	}
}

/* Writes the digits in front of end, and returns where they begin. */
static char *digits_before(char *end, uint64_t value)
{
	while (value >= 100) {
		end -= 2;
		memcpy(end, digit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, digit_pairs + value * 2, 2);
	} else {
		*--end = (char)('0' + value);
	}
	return end;
}

static void text_padded(struct text *text, uint64_t value, unsigned width, char pad)
{
	char digits[40], *end = digits + sizeof(digits), *at;

	assert(width <= 20);
	at = digits_before(end, value);
	while (end - at < (ptrdiff_t)width)
		*--at = pad;
	text_bytes(text, at, (size_t)(end - at));
}

void text_decimal(struct text *text, uint64_t value)
{
	text_padded(text, value, 1, '0');
}

void text_signed(struct text *text, int64_t value)
{
	if (value < 0)
		text_char(text, '-');
	text_decimal(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void text_decimal_fixed(struct text *text, uint64_t value, unsigned digits)
{
	text_padded(text, value, digits, '0');
}

void text_decimal_wide(struct text *text, uint64_t value, unsigned width)
{
	text_padded(text, value, width, ' ');
}

void text_hex(struct text *text, uint64_t value, unsigned digits)
{
	char hex[16], *end = hex + sizeof(hex), *at = end;

	assert(digits <= 16);
	do {
		*--at = hex_digits[value & 15];
		value >>= 4;
	} while (value);
	while (end - at < (ptrdiff_t)digits)
		*--at = '0';
	text_bytes(text, at, (size_t)(end - at));
}

void text_hex_prefixed(struct text *text, uint64_t value, unsigned digits)
{
	text_bytes(text, "0x", 2);
	text_hex(text, value, digits);
}

void text_hex_bytes(struct text *text, const uint8_t *bytes, size_t count)
{
	for (; count; count--, bytes++)
		text_hex(text, *bytes, 2);
}

void text_format(struct text *text, const char *format, ...)
{
	char line[TEXT_FORMAT_MOST + 1], *at;
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(line, sizeof(line), format, arguments) < 0)
		line[0] = '\0';
	va_end(arguments);
	for (at = line; *at; at++) {
		if ((*at < 0x20 && *at != '\t' && *at != '\n') || *at > 0x7e)
			*at = '?';
	}
	text_bytes(text, line, (size_t)(at - line));
}

const char *text_name_find(const struct text_name *names, uint32_t value)
{
	for (; names->name; names++) {
		if (names->value == value)
			return names->name;
	}
	return NULL;
}

void text_name(struct text *text, const struct text_name *names, const char *format, uint32_t value)
{
	const char *name = text_name_find(names, value);

	/* The format is the caller's own text, as the contract says. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (name)
		text_string(text, name);
	else
		text_format(text, format, value);
#pragma GCC diagnostic pop
}

void text_bits(struct text *text, const struct text_name *names, uint32_t bits, const char *between,
	       const char *none)
{
	const char *separator = "";

	for (; names->name; names++) {
		if (!names->value || (bits & names->value) != names->value)
			continue;
		text_string(text, separator);
		text_string(text, names->name);
		separator = between;
		none = "";
	}
	text_string(text, none);
}
