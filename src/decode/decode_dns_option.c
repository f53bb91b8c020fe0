/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EDNS options (RFC 6891).
 */
#include <stddef.h>

#include "decode_dns.h"

enum option {
	NSID = 3,
	DAU = 5,
	DHU = 6,
	N3U = 7,
	SUBNET = 8,
	EXPIRE = 9,
	COOKIE = 10,
	KEEPALIVE = 11,
	PADDING = 12,
	CHAIN = 13,
	KEY_TAG = 14,
};

static const struct text_name option_names[] = {
	{1, "LLQ"},           {2, "UL"},
	{NSID, "NSID"},       {DAU, "DAU"},
	{DHU, "DHU"},         {N3U, "N3U"},
	{SUBNET, "ECS"},      {EXPIRE, "EXPIRE"},
	{COOKIE, "COOKIE"},   {KEEPALIVE, "KEEPALIVE"},
	{PADDING, "PADDING"}, {CHAIN, "CHAIN"},
	{KEY_TAG, "KEY-TAG"}, {16, "CLIENT-TAG"},
	{17, "SERVER-TAG"},   {0, NULL},
};

static const struct text_name key_algorithms[] = {
	{0, "DELETE"},
	{1, "RSAMD5"},
	{2, "DH"},
	{3, "DS"}, /* so in tcpdump; DSA is meant */
	{5, "RSASHA1"},
	{6, "DSA-NSEC3-SHA1"},
	{7, "RSASHA1-NSEC3-SHA1"},
	{8, "RSASHA256"},
	{10, "RSASHA512"},
	{12, "ECC-GOST"},
	{13, "ECDSAP256SHA256"},
	{14, "ECDSAP384SHA384"},
	{15, "ED25519"},
	{16, "ED448"},
	{252, "INDIRECT"},
	{253, "PRIVATEDNS"},
	{254, "PRIVATEOID"},
	{0, NULL},
};

static const struct text_name digest_algorithms[] = {
	{1, "SHA-1"}, {2, "SHA-256"}, {3, "GOST_R_34.11-94"}, {4, "SHA-384"}, {0, NULL},
};

static const struct text_name hash_algorithms[] = {{1, "SHA-1"}, {0, NULL}};

/* Part of an address (RFC 7871). */
static void print_subnet(struct dns *dns, const struct cursor *data)
{
	struct text *out = dns->decode->out;
	uint16_t family = cursor_be16_at(data, 0);
	uint8_t source = cursor_u8_at(data, 2), scope = cursor_u8_at(data, 3), address[16] = {0};
	uint32_t bits = family == 1 ? 32 : family == 2 ? 128 : 0, bytes = data->length - 4;

	if (data->length < 4 || !bits || bytes > bits / 8 || source > bits || scope > bits ||
	    (source + 7u) / 8 != bytes) {
		decode_invalid(dns->decode);
		return;
	}
	cursor_copy_at(data, 4, address, bytes);
	if (family == 1)
		text_ipv4(out, address);
	else
		text_ipv6(out, address);
	text_word_decimal(out, "/", source);
	text_word_decimal(out, "/", scope);
}

static void print_algorithms(struct dns *dns, const struct cursor *data,
			     const struct text_name *names)
{
	for (uint32_t i = 0; i < data->length; i++) {
		if (i)
			text_char(dns->decode->out, ' ');
		text_name(dns->decode->out, names, "Alg_%u", cursor_u8_at(data, i));
	}
}

static void print_key_tags(struct dns *dns, const struct cursor *data)
{
	for (uint32_t i = 0; i < data->length; i += 2) {
		if (i)
			text_char(dns->decode->out, ' ');
		text_decimal(dns->decode->out, cursor_be16_at(data, i));
	}
}

static void print_cookie(struct dns *dns, const struct cursor *data)
{
	struct text *out = dns->decode->out;

	text_hex_bytes(out, data->at, 8);
	if (data->length > 8) {
		text_char(out, ' ');
		text_hex_bytes(out, data->at + 8, data->length - 8);
	}
}

static bool length_fits(uint16_t option, uint32_t bytes)
{
	switch (option) {
	case COOKIE:
		return bytes == 8 || (bytes >= 16 && bytes <= 40);
	case KEEPALIVE:
		return bytes == 2;
	case EXPIRE:
		return bytes == 4;
	case KEY_TAG:
		return bytes % 2 == 0;
	default:
		return true;
	}
}

static void print_data(struct dns *dns, uint16_t option, const struct cursor *data, uint32_t at)
{
	struct text *out = dns->decode->out;

	switch (option) {
	case SUBNET:
		print_subnet(dns, data);
		break;
	case COOKIE:
		print_cookie(dns, data);
		break;
	case KEEPALIVE:
		text_decimal(out, cursor_be16_at(data, 0) / 10);
		text_word_decimal(out, ".", cursor_be16_at(data, 0) % 10);
		text_string(out, " sec");
		break;
	case EXPIRE:
		text_decimal(out, cursor_be32_at(data, 0));
		text_string(out, " sec");
		break;
	case PADDING:
		text_word_decimal(out, "(", data->length);
		text_char(out, ')');
		break;
	case KEY_TAG:
		print_key_tags(dns, data);
		break;
	case DAU:
		print_algorithms(dns, data, key_algorithms);
		break;
	case DHU:
		print_algorithms(dns, data, digest_algorithms);
		break;
	case N3U:
		print_algorithms(dns, data, hash_algorithms);
		break;
	case CHAIN:
		dns_print_name_from(dns, at, at + data->length);
		break;
	default:
		text_hex_bytes(out, data->at, data->length);
	}
}

uint32_t dns_print_option(struct dns *dns, uint32_t at)
{
	uint16_t option = cursor_be16_at(&dns->message, at);
	uint16_t bytes = cursor_be16_at(&dns->message, at + 2);
	struct cursor data = dns->message;

	if (!dns_has(dns, at, 2))
		return 0;
	text_name(dns->decode->out, option_names, "Opt%u", option);
	if (!dns_has(dns, at, 4))
		return 0;
	at += 4;
	if (!dns_has(dns, at, bytes))
		return 0;
	if (!bytes)
		return at;
	text_char(dns->decode->out, ' ');
	cursor_skip(&data, at);
	cursor_narrow(&data, bytes);
	if (length_fits(option, bytes))
		print_data(dns, option, &data, at);
	else
		decode_invalid(dns->decode);
	return dns->beyond ? 0 : at + bytes;
}

bool dns_print_options(struct dns *dns, uint32_t at, uint32_t end)
{
	const char *before = " [";

	while (at < end) {
		text_string(dns->decode->out, before);
		before = ",";
		at = dns_print_option(dns, at);
		if (!at)
			return false;
		if (at >= end)
			text_char(dns->decode->out, ']');
	}
	return true;
}
