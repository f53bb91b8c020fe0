/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names in DNS messages (RFC 1035, 4.1.4), and the bit labels of RFC 2673.
 */
#include <stddef.h>

#include "decode_dns.h"

#define KIND_MASK     0xc0u
#define KIND_POINTER  0xc0u
#define KIND_EXTENDED 0x40u
#define KIND_RESERVED 0x80u
#define BIT_LABEL     0x41u
#define MOST_CHARS    255u
/* Labels and pointers: more is no name, and takes long to follow. */
#define MOST_LABELS 512u
#define NO_LABEL    UINT32_MAX

struct name {
	uint32_t at, next;    /* behind the label's first byte; behind the name */
	uint32_t base, limit; /* pointers count from base, and go below limit */
	uint32_t bytes;       /* of the label */
	uint32_t chars, labels;
	uint8_t first; /* byte of the label */
	bool compressed;
};

static uint32_t bit_count(const struct dns *dns, uint32_t at)
{
	uint32_t bits = cursor_u8_at(&dns->message, at);

	return bits ? bits : 256;
}

uint32_t dns_skip_name(const struct dns *dns, uint32_t at)
{
	for (;;) {
		uint8_t first = cursor_u8_at(&dns->message, at);

		if (!dns_has(dns, at, 1))
			return 0;
		at++;
		if (!first)
			return at;
		switch (first & KIND_MASK) {
		case KIND_POINTER:
			return at + 1;
		case KIND_EXTENDED:
			if (first != BIT_LABEL || !dns_has(dns, at, 1))
				return 0;
			at += 1 + (bit_count(dns, at) + 7) / 8;
			break;
		case KIND_RESERVED:
			return 0;
		default:
			at += first;
		}
	}
}

/* What is behind the first byte of a label. */
static uint32_t label_bytes(const struct dns *dns, uint32_t at)
{
	uint8_t first = cursor_u8_at(&dns->message, at);

	if (!dns_has(dns, at, 1))
		return NO_LABEL;
	switch (first & KIND_MASK) {
	case KIND_EXTENDED:
		if (first != BIT_LABEL) {
			text_word_decimal(dns->decode->out, "<ELT ", first & ~KIND_MASK);
			text_char(dns->decode->out, '>');
			return NO_LABEL;
		}
		if (!dns_has(dns, at + 1, 1))
			return NO_LABEL;
		return (bit_count(dns, at + 1) + 7) / 8 + 1;
	case KIND_RESERVED:
		text_string(dns->decode->out, "<BAD LABEL TYPE>");
		return NO_LABEL;
	default:
		return first;
	}
}

/* Takes the first byte of a label. */
static bool begin_label(const struct dns *dns, struct name *name, uint32_t at)
{
	name->bytes = label_bytes(dns, at);
	if (name->bytes == NO_LABEL)
		return false;
	name->first = cursor_u8_at(&dns->message, at);
	name->at = at + 1;
	return true;
}

bool dns_print_bytes(const struct dns *dns, uint32_t at, uint32_t count)
{
	uint32_t end = dns_end(dns), left = at < end ? end - at : 0;

	if (left > count)
		left = count;
	if (left)
		text_safe(dns->decode->out, cursor_bytes_at(&dns->message, at, left), left);
	return left == count;
}

static bool print_bits(struct dns *dns, uint32_t at)
{
	struct text *out = dns->decode->out;
	uint32_t count = bit_count(dns, at), bits = count;

	if (!dns_has(dns, at, 1))
		return false;
	text_string(out, "\\[x");
	for (at++; bits; at++) {
		uint8_t byte = cursor_u8_at(&dns->message, at);

		if (!dns_has(dns, at, 1)) {
			dns->beyond = true;
			return false;
		}
		if (bits > 7)
			text_hex(out, byte, 2);
		else if (bits > 4)
			text_hex(out, byte & 0xff << (8 - bits), 2);
		else
			text_hex(out, byte >> 4 & 0x0f & 0x0f << (4 - bits), 1);
		bits -= bits < 8 ? bits : 8;
	}
	text_word_decimal(out, "/", count);
	text_char(out, ']');
	return true;
}

static bool follow_pointer(struct dns *dns, struct name *name)
{
	uint32_t offset = (name->first << 8 | cursor_u8_at(&dns->message, name->at)) & 0x3fffu;

	if (!name->compressed)
		name->next = name->at + 1;
	name->compressed = true;
	name->labels++;
	if (!dns_has(dns, name->at, 1))
		return false;
	if (offset >= name->limit) {
		text_string(dns->decode->out, "<BAD PTR>");
		return false;
	}
	name->limit = offset;
	return begin_label(dns, name, name->base + offset);
}

static bool pass_label(struct dns *dns, struct name *name)
{
	if ((name->first & KIND_MASK) == KIND_EXTENDED) {
		if (name->chars < MOST_CHARS && !print_bits(dns, name->at))
			return false;
		name->chars += name->bytes;
	} else {
		uint32_t room = name->chars < MOST_CHARS ? MOST_CHARS - name->chars : 0;

		if (!dns_print_bytes(dns, name->at, name->bytes < room ? name->bytes : room))
			return false;
		name->chars += name->bytes;
	}
	if (name->chars <= MOST_CHARS)
		text_char(dns->decode->out, '.');
	name->chars++;
	name->labels++;
	if (!begin_label(dns, name, name->at + name->bytes))
		return false;
	if (!name->compressed)
		name->next += name->bytes + 1;
	return true;
}

uint32_t dns_print_name_from(struct dns *dns, uint32_t at, uint32_t base)
{
	struct name name = {.base = base, .limit = at - base};

	if (!begin_label(dns, &name, at))
		return 0;
	if ((name.first & KIND_MASK) != KIND_POINTER)
		name.next = name.at + name.bytes;
	if (!name.first) {
		text_char(dns->decode->out, '.');
		return name.next;
	}
	while (name.first && name.at < dns_end(dns)) {
		bool pointer = (name.first & KIND_MASK) == KIND_POINTER;

		if (!(pointer ? follow_pointer(dns, &name) : pass_label(dns, &name)))
			return 0;
		if (name.compressed && name.labels > MOST_LABELS)
			break;
	}
	if (name.chars > MOST_CHARS)
		text_string(dns->decode->out, "<DOMAIN NAME TOO LONG>");
	return name.next;
}

uint32_t dns_print_name(struct dns *dns, uint32_t at)
{
	return dns_print_name_from(dns, at, 0);
}
