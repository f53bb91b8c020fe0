/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VRRP, versions 2 and 3 (RFC 3768, RFC 5798).
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decoders.h"
#include "frames/checksum.h"

#define PROTOCOL      112u
#define ADVERTISEMENT 1u
#define SIMPLE        1u
#define LIMIT         255u
#define AUTH_BYTES    8u
#define HEADER_BYTES  8u

static const struct text_name type_names[] = {{ADVERTISEMENT, "Advertisement"}, {0, NULL}};

static const struct text_name auth_names[] = {
	{0, "none"},
	{SIMPLE, "simple"},
	{2, "ah"},
	{0, NULL},
};

/* False where the checksum itself was not captured. */
static bool print_checksum(struct decode *decode, const struct cursor *vrrp, uint8_t version)
{
	const uint8_t *all = cursor_bytes_at(vrrp, 0, vrrp->length);
	uint64_t sum = 0;

	if (!all)
		return true;
	if (version == 3)
		sum = decode_ip_pseudo_sum(decode, PROTOCOL, vrrp->length);
	if (!checksum_finish(checksum_add(sum, all, vrrp->length)))
		return true;
	if (!cursor_has(vrrp, HEADER_BYTES))
		return false;
	text_string(decode->out, ", (bad vrrp cksum ");
	text_hex(decode->out, cursor_be16_at(vrrp, 6), 1);
	text_char(decode->out, ')');
	return true;
}

/* Addresses, and the password of version 2. */
static bool print_addresses(struct decode *decode, const struct cursor *vrrp, uint8_t version)
{
	uint32_t count = cursor_u8_at(vrrp, 3), bytes = decode->ip.version == 6 ? 16 : 4;
	uint32_t at = HEADER_BYTES;
	uint8_t address[16];

	text_string(decode->out, ", addrs");
	if (count > 1) {
		text_word_decimal(decode->out, "(", count);
		text_char(decode->out, ')');
	}
	text_char(decode->out, ':');
	for (uint32_t i = 0; i < count; i++, at += bytes) {
		if (!cursor_copy_at(vrrp, at, address, bytes))
			return false;
		text_char(decode->out, i ? ',' : ' ');
		if (bytes == 4)
			text_ipv4(decode->out, address);
		else
			text_ipv6(decode->out, address);
	}
	if (version != 2 || cursor_u8_at(vrrp, 4) != SIMPLE)
		return true;
	text_string(decode->out, " auth \"");
	for (uint32_t end = at + AUTH_BYTES; at < end; at++) {
		if (!cursor_has(vrrp, at + 1))
			return false;
		if (!cursor_u8_at(vrrp, at))
			break;
		text_safe_char(decode->out, cursor_u8_at(vrrp, at));
	}
	text_char(decode->out, '"');
	return true;
}

bool decode_vrrp(struct decode *decode, struct cursor *cursor)
{
	uint8_t version = cursor_u8_at(cursor, 0) >> 4, type = cursor_u8_at(cursor, 0) & 15;

	decode->protocol = "vrrp";
	text_string(decode->out, "VRRP");
	if (!cursor_has(cursor, 1))
		return false;
	text_word_decimal(decode->out, "v", version);
	text_string(decode->out, ", ");
	text_name(decode->out, type_names, "unknown type (%u)", type);
	if (decode->ip.ttl != LIMIT) {
		text_word_decimal(decode->out, ", (ttl ", decode->ip.ttl);
		text_char(decode->out, ')');
	}
	if (version < 2 || version > 3 || type != ADVERTISEMENT)
		return true;
	if (!cursor_has(cursor, 3))
		return false;
	text_word_decimal(decode->out, ", vrid ", cursor_u8_at(cursor, 1));
	text_word_decimal(decode->out, ", prio ", cursor_u8_at(cursor, 2));
	if (version == 2) {
		if (!cursor_has(cursor, 5))
			return false;
		text_string(decode->out, ", authtype ");
		text_name(decode->out, auth_names, "#%u", cursor_u8_at(cursor, 4));
	}
	if (!cursor_has(cursor, 6))
		return false;
	text_word_decimal(decode->out, ", intvl ",
			  version == 2 ? cursor_u8_at(cursor, 5)
				       : cursor_be16_at(cursor, 4) & 0xfffu);
	text_string(decode->out, version == 2 ? "s" : "cs");
	text_word_decimal(decode->out, ", length ", cursor->length);
	if (!decode->options->verbose)
		return true;
	return print_checksum(decode, cursor, version) && print_addresses(decode, cursor, version);
}
