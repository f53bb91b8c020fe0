/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, and bytes of packets, and words of others, made harmless.
 */
#include "decode/text.h"

#include "base/safe_text.h"

static const char hex_digits[] = "0123456789abcdef";

static char *put_octet(char *to, unsigned octet)
{
	if (octet >= 100) {
		*to++ = (char)('0' + octet / 100);
		octet %= 100;
		*to++ = (char)('0' + octet / 10);
	} else if (octet >= 10) {
		*to++ = (char)('0' + octet / 10);
	}
	*to++ = (char)('0' + octet % 10);
	return to;
}

static char *put_ipv4(char *to, const uint8_t address[4])
{
	to = put_octet(to, address[0]);
	for (int i = 1; i < 4; i++) {
		*to++ = '.';
		to = put_octet(to, address[i]);
	}
	return to;
}

void text_ipv4(struct text *text, const uint8_t address[static 4])
{
	char dotted[15] = "", *end = put_ipv4(dotted, address);

	text_bytes(text, dotted, (size_t)(end - dotted));
}

static char *put_word(char *to, unsigned word)
{
	int shift = 12;

	while (shift && !(word >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = hex_digits[word >> shift & 15];
	return to;
}

/* The first of the longest runs of zero words, of at least two. */
static int longest_zeros(const unsigned words[8], int *length)
{
	int first = -1;

	*length = 1;
	for (int i = 0; i < 8; i++) {
		int run = 0;

		while (i + run < 8 && words[i + run] == 0)
			run++;
		if (run > *length) {
			first = i;
			*length = run;
		}
		i += run;
	}
	return first;
}

void text_ipv6(struct text *text, const uint8_t address[static 16])
{
	char line[48], *to = line;
	unsigned words[8];
	int first, length;

	for (int i = 0; i < 8; i++)
		words[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
	first = longest_zeros(words, &length);
	for (int i = 0; i < 8; i++) {
		if (i == first) {
			*to++ = ':';
			i += length - 1;
			if (i == 7)
				*to++ = ':';
			continue;
		}
		if (i)
			*to++ = ':';
		if (i == 6 && first == 0 && (length == 6 || (length == 5 && words[5] == 0xffff))) {
			to = put_ipv4(to, address + 12);
			break;
		}
		to = put_word(to, words[i]);
	}
	text_bytes(text, line, (size_t)(to - line));
}

void text_mac(struct text *text, const uint8_t *address, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char octet[3] = {':', hex_digits[address[i] >> 4], hex_digits[address[i] & 15]};

		text_bytes(text, octet + !i, 3 - (size_t)!i);
	}
}

void text_safe_char(struct text *text, uint8_t byte)
{
	if (byte & 0x80) {
		text_bytes(text, "M-", 2);
		byte &= 0x7f;
	}
	if (byte < 0x20 || byte == 0x7f) {
		text_char(text, '^');
		byte ^= 0x40;
	}
	text_char(text, (char)byte);
}

void text_safe(struct text *text, const uint8_t *bytes, size_t count)
{
	for (; count; count--, bytes++)
		text_safe_char(text, *bytes);
}

size_t text_words(struct text *text, const char *words)
{
	size_t used = 0, length;

	for (; *words; words += length ? length : 1) {
		const uint8_t byte = (uint8_t)*words;

		length = text_char_length(words);
		if (length > 0) {
			text_bytes(text, words, length);
			used += length;
			continue;
		}
		text_safe_char(text, byte);
		used += 1 + (byte & 0x80 ? 2 : 0) + ((byte & 0x7f) < 0x20 || (byte & 0x7f) == 0x7f);
	}
	return used;
}
