/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BOOTP (RFC 951) and DHCP (RFC 2131). The options are in
 * decode_dhcp_options.c.
 */
#include <stddef.h>

#include "decode_dhcp.h"
#include "decoders.h"

#define OP_REQUEST     1u
#define OP_REPLY       2u
#define ETHERNET       1u
#define ETHERNET_BYTES 6u
#define FLAG_BROADCAST 0x8000u
#define MAGIC_OPTIONS  0x63825363u
#define MAGIC_CMU      0x434d5500u
#define CMU_MASK_VALID 1u

/* Where the fields are. */
enum field {
	OP = 0,
	HARDWARE_TYPE = 1,
	HARDWARE_BYTES = 2,
	HOPS = 3,
	TRANSACTION = 4,
	SECONDS = 8,
	FLAGS = 10,
	CLIENT = 12,
	YOURS = 16,
	SERVER = 20,
	GATEWAY = 24,
	HARDWARE = 28,
	SERVER_NAME = 44,
	FILE_NAME = 108,
	VENDOR = 236,
};

static bool print_hardware(struct decode *decode, const struct cursor *cursor)
{
	const uint8_t *address = cursor_bytes_at(cursor, HARDWARE, ETHERNET_BYTES);

	if (!address)
		return false;
	text_mac(decode->out, address, ETHERNET_BYTES);
	return true;
}

/* A number that is shown where it is not 0. */
static void print_number(struct decode *decode, const char *word, uint32_t value)
{
	if (value)
		text_word_decimal(decode->out, word, value);
}

static bool print_numbers(struct decode *decode, const struct cursor *cursor, bool ethernet)
{
	uint8_t type = cursor_u8_at(cursor, HARDWARE_TYPE);
	uint32_t transaction = cursor_be32_at(cursor, TRANSACTION);
	uint16_t flags = cursor_be16_at(cursor, FLAGS);

	if (type != ETHERNET)
		text_word_decimal(decode->out, ", htype ", type);
	if (!ethernet)
		text_word_decimal(decode->out, ", hlen ", cursor_u8_at(cursor, HARDWARE_BYTES));
	print_number(decode, ", hops ", cursor_u8_at(cursor, HOPS));
	if (transaction) {
		text_string(decode->out, ", xid ");
		text_hex_prefixed(decode->out, transaction, 1);
	}
	print_number(decode, ", secs ", cursor_be16_at(cursor, SECONDS));
	if (!cursor_has(cursor, CLIENT))
		return false;
	text_string(decode->out, flags & FLAG_BROADCAST ? ", Flags [Broadcast]" : ", Flags [none]");
	if (decode->options->verbose > 1) {
		text_string(decode->out, " (");
		text_hex_prefixed(decode->out, flags, 4);
		text_char(decode->out, ')');
	}
	return true;
}

static bool print_addresses(struct decode *decode, const struct cursor *cursor, bool ethernet)
{
	static const char *const words[] = {"Client-IP ", "Your-IP ", "Server-IP ", "Gateway-IP "};

	for (uint32_t i = 0; i < 4; i++) {
		uint8_t address[4];

		if (!cursor_copy_at(cursor, CLIENT + i * 4, address, 4))
			return false;
		if (!cursor_be32_at(cursor, CLIENT + i * 4))
			continue;
		text_string(decode->out, "\n\t  ");
		text_string(decode->out, words[i]);
		text_ipv4(decode->out, address);
	}
	if (!ethernet)
		return true;
	if (!cursor_has(cursor, HARDWARE + ETHERNET_BYTES))
		return false;
	text_string(decode->out, "\n\t  Client-Ethernet-Address ");
	return print_hardware(decode, cursor);
}

enum outcome { WHOLE, CUT, BEYOND };

/* A name in a field of its own, which is to end with a zero byte. */
static enum outcome print_name(struct decode *decode, const struct cursor *cursor, uint32_t at,
			       uint32_t bytes, const char *word)
{
	uint32_t end = at;

	if (!cursor_has(cursor, at + 1))
		return BEYOND;
	if (!cursor_u8_at(cursor, at))
		return WHOLE;
	text_string(decode->out, word);
	while (end < at + bytes && cursor_has(cursor, end + 1) && cursor_u8_at(cursor, end))
		end++;
	text_safe(decode->out, cursor_bytes_at(cursor, at, end - at), end - at);
	text_char(decode->out, '"');
	return end < at + bytes && cursor_has(cursor, end + 1) ? WHOLE : CUT;
}

/* What Carnegie Mellon's servers sent once. */
static bool print_cmu(struct decode *decode, const struct cursor *cursor)
{
	static const struct {
		uint32_t at;
		const char *word;
	} fields[] = {{VENDOR + 12, " DG:"},  {VENDOR + 8, NULL},      {VENDOR + 16, " NS1:"},
		      {VENDOR + 20, " NS2:"}, {VENDOR + 24, " IEN1:"}, {VENDOR + 28, " IEN2:"},
		      {VENDOR + 32, " TS1:"}, {VENDOR + 36, " TS2:"}};
	uint8_t flags = cursor_u8_at(cursor, VENDOR + 4), address[4];

	text_string(decode->out, " vend-cmu");
	if (!cursor_has(cursor, VENDOR + 8))
		return false;
	if (flags & ~CMU_MASK_VALID) {
		text_string(decode->out, " F:");
		text_hex_prefixed(decode->out, flags, 1);
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!cursor_copy_at(cursor, fields[i].at, address, 4))
			return false;
		if (!cursor_be32_at(cursor, fields[i].at))
			continue;
		if (fields[i].word)
			text_string(decode->out, fields[i].word);
		else
			text_string(decode->out, flags & CMU_MASK_VALID ? " SM:" : " SM*:");
		text_ipv4(decode->out, address);
	}
	return true;
}

static bool print_vendor(struct decode *decode, struct cursor *cursor)
{
	uint32_t magic = cursor_be32_at(cursor, VENDOR);

	if (!cursor_has(cursor, VENDOR + 4))
		return decode_truncated(decode);
	if (magic == MAGIC_OPTIONS) {
		cursor_skip(cursor, VENDOR);
		return decode_dhcp_options(decode, cursor);
	}
	if (magic == MAGIC_CMU)
		return print_cmu(decode, cursor) || decode_truncated(decode);
	if (magic) {
		text_string(decode->out, "\n\t  Vendor-#");
		text_hex_prefixed(decode->out, magic, 1);
	}
	return true;
}

static bool decode_verbose(struct decode *decode, struct cursor *cursor, bool ethernet)
{
	enum outcome outcome;

	if (!cursor_has(cursor, FLAGS))
		return decode_truncated(decode);
	if (!print_numbers(decode, cursor, ethernet) || !print_addresses(decode, cursor, ethernet))
		return false;
	outcome =
		print_name(decode, cursor, SERVER_NAME, FILE_NAME - SERVER_NAME, "\n\t  sname \"");
	if (outcome == WHOLE)
		outcome =
			print_name(decode, cursor, FILE_NAME, VENDOR - FILE_NAME, "\n\t  file \"");
	if (outcome == CUT)
		return decode_truncated(decode);
	return outcome == WHOLE && print_vendor(decode, cursor);
}

bool decode_dhcp(struct decode *decode, struct cursor *cursor)
{
	uint8_t op = cursor_u8_at(cursor, OP);
	bool ethernet = cursor_u8_at(cursor, HARDWARE_TYPE) == ETHERNET &&
			cursor_u8_at(cursor, HARDWARE_BYTES) == ETHERNET_BYTES;

	decode->protocol = "bootp";
	if (!cursor_has(cursor, 1))
		return false;
	text_string(decode->out, "BOOTP/DHCP, ");
	if (op == OP_REQUEST)
		text_string(decode->out, "Request");
	else if (op == OP_REPLY)
		text_string(decode->out, "Reply");
	else
		text_format(decode->out, "unknown (0x%02x)", op);
	if (!cursor_has(cursor, HOPS))
		return false;
	if (ethernet && op == OP_REQUEST) {
		if (!cursor_has(cursor, HARDWARE + ETHERNET_BYTES))
			return false;
		text_string(decode->out, " from ");
		print_hardware(decode, cursor);
	}
	text_word_decimal(decode->out, ", length ", cursor->length);
	return !decode->options->verbose || decode_verbose(decode, cursor, ethernet);
}
