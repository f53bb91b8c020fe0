/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The option of Multipath TCP (RFC 6824, RFC 8684).
 */
#include <stddef.h>

#include "decode_parts.h"

#define SYN  2u
#define ACK  16u
#define BOTH (SYN | ACK)

enum subtype { CAPABLE, JOIN, DSS, ADD_ADDRESS, REMOVE_ADDRESS, PRIORITY, FAIL, CLOSE, SUBTYPES };

enum dss_flag { DSS_ACK = 1, DSS_ACK8 = 2, DSS_MAP = 4, DSS_SEQ8 = 8, DSS_FIN = 16 };

static const char *const subtype_names[SUBTYPES] = {
	"capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close",
};

static const struct text_name address_versions[] = {
	{6, "v0-ip6"}, {4, "v0-ip4"}, {1, "v1-echo"}, {0, "v1"}, {0, NULL},
};

/* Each gets the option from its subtype on, captured whole, and the flags of the
 * segment; false where that is no option of the kind. Lengths are those of the
 * value, without kind and length. */
static bool print_capable(struct decode *decode, const struct cursor *option, uint8_t flags)
{
	uint32_t bytes = option->length;
	uint8_t version = cursor_u8_at(option, 0) & 15u;

	if (!((bytes == 2 || bytes == 10) && flags & SYN) &&
	    !((bytes == 18 || bytes == 20) && (flags & BOTH) == ACK))
		return false;
	if (version > 1) {
		text_format(decode->out, " Unknown Version (%u)", version);
		return true;
	}
	text_word_decimal(decode->out, " v", version);
	text_string(decode->out, cursor_u8_at(option, 1) & 0x80 ? " csum" : "");
	if (bytes == 2)
		return true;
	text_string(decode->out, " {");
	text_hex_prefixed(decode->out, cursor_be64_at(option, 2), 1);
	if (bytes >= 18) {
		text_char(decode->out, ',');
		text_hex_prefixed(decode->out, cursor_be64_at(option, 10), 1);
	}
	text_char(decode->out, '}');
	return true;
}

static void print_hex(struct decode *decode, const char *word, uint64_t value)
{
	text_string(decode->out, word);
	text_hex_prefixed(decode->out, value, 1);
}

static bool print_join(struct decode *decode, const struct cursor *option, uint8_t flags)
{
	uint32_t bytes = option->length;

	if (!(bytes == 10 && flags & SYN) && !(bytes == 14 && (flags & BOTH) == BOTH) &&
	    !(bytes == 22 && flags & ACK))
		return false;
	if (bytes == 22) {
		text_string(decode->out, " hmac 0x");
		text_hex_bytes(decode->out, cursor_bytes_at(option, 2, 20), 20);
		return true;
	}
	text_string(decode->out, cursor_u8_at(option, 0) & 1 ? " backup" : "");
	text_word_decimal(decode->out, " id ", cursor_u8_at(option, 1));
	if (bytes == 10)
		print_hex(decode, " token ", cursor_be32_at(option, 2));
	else
		print_hex(decode, " hmac ", cursor_be64_at(option, 2));
	print_hex(decode, " nonce ", cursor_be32_at(option, bytes - 4));
	return true;
}

/* A number of four bytes or of eight. */
static bool take_number(struct decode *decode, struct cursor *dss, const char *word, bool eight)
{
	text_string(decode->out, word);
	if (!cursor_has(dss, eight ? 8 : 4))
		return false;
	text_decimal(decode->out, eight ? cursor_be64_at(dss, 0) : cursor_be32_at(dss, 0));
	return cursor_skip(dss, eight ? 8 : 4);
}

/* Which part of the data the segment has. */
static bool take_map(struct decode *decode, struct cursor *dss, bool eight)
{
	if (!take_number(decode, dss, " seq ", eight) || !cursor_has(dss, 4))
		return false;
	text_word_decimal(decode->out, " subseq ", cursor_be32_at(dss, 0));
	cursor_skip(dss, 4);
	if (!cursor_has(dss, 2))
		return false;
	text_word_decimal(decode->out, " len ", cursor_be16_at(dss, 0));
	cursor_skip(dss, 2);
	if (cursor_has(dss, 2)) {
		print_hex(decode, " csum ", cursor_be16_at(dss, 0));
		cursor_skip(dss, 2);
	}
	return true;
}

static bool print_dss(struct decode *decode, const struct cursor *option, uint8_t flags)
{
	uint8_t has = cursor_u8_at(option, 1);
	struct cursor dss = *option;

	if (!cursor_skip(&dss, 2) || flags & SYN)
		return false;
	text_string(decode->out, has & DSS_FIN ? " fin" : "");
	if (has & DSS_ACK && !take_number(decode, &dss, " ack ", has & DSS_ACK8))
		return false;
	if (has & DSS_MAP && !take_map(decode, &dss, has & DSS_SEQ8))
		return false;
	return cursor_left(&dss) == 0;
}

/* Behind the address may be a port, and a code that vouches for both. */
static bool print_added(struct decode *decode, const struct cursor *option)
{
	uint32_t bytes = option->length, size = bytes < 18 ? 4 : 16, more = bytes - 2 - size;
	uint8_t address[16];

	if (bytes < 6 || (more != 0 && more != 2 && more != 8 && more != 10))
		return false;
	text_char(decode->out, ' ');
	text_name(decode->out, address_versions, "[bad version/echo]",
		  cursor_u8_at(option, 0) & 15u);
	text_word_decimal(decode->out, " id ", cursor_u8_at(option, 1));
	text_char(decode->out, ' ');
	cursor_copy_at(option, 2, address, size);
	if (size == 4)
		text_ipv4(decode->out, address);
	else
		text_ipv6(decode->out, address);
	if (more % 8)
		text_word_decimal(decode->out, ":", cursor_be16_at(option, 2 + size));
	if (more >= 8)
		print_hex(decode, " hmac ", cursor_be64_at(option, bytes - 8));
	return true;
}

static bool print_removed(struct decode *decode, const struct cursor *option)
{
	if (option->length < 2)
		return false;
	text_string(decode->out, " id");
	for (uint32_t at = 1; at < option->length; at++)
		text_word_decimal(decode->out, " ", cursor_u8_at(option, at));
	return true;
}

static bool print_priority(struct decode *decode, const struct cursor *option)
{
	if (option->length != 1 && option->length != 2)
		return false;
	text_string(decode->out, cursor_u8_at(option, 0) & 1 ? " backup" : " non-backup");
	if (option->length == 2)
		text_word_decimal(decode->out, " id ", cursor_u8_at(option, 1));
	return true;
}

bool decode_mptcp(struct decode *decode, const struct cursor *option, uint8_t flags)
{
	uint8_t subtype = cursor_u8_at(option, 0) >> 4;

	decode->protocol = "mptcp";
	if (option->length < 1)
		return false;
	text_word_decimal(decode->out, " ", option->length + 2);
	text_char(decode->out, ' ');
	text_string(decode->out, subtype < SUBTYPES ? subtype_names[subtype] : "unknown");
	switch (subtype) {
	case CAPABLE:
		return print_capable(decode, option, flags);
	case JOIN:
		return print_join(decode, option, flags);
	case DSS:
		return print_dss(decode, option, flags);
	case ADD_ADDRESS:
		return print_added(decode, option);
	case REMOVE_ADDRESS:
		return print_removed(decode, option);
	case PRIORITY:
		return print_priority(decode, option);
	case FAIL:
	case CLOSE:
		if (option->length != 10)
			return false;
		if (subtype == FAIL)
			text_word_decimal(decode->out, " seq ", cursor_be64_at(option, 2));
		else
			print_hex(decode, " key ", cursor_be64_at(option, 2));
		return true;
	default:
		return true;
	}
}
