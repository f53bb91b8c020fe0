/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RPL, the routing protocol of low-power networks (RFC 6550), which is ICMPv6.
 */
#include <stddef.h>

#include "decode_parts.h"

#define DIO_BYTES    24u
#define DAO_BYTES    4u
#define ID_BYTES     16u
#define SECURED      0x80u
#define OPTION_BYTES 2u
#define PAD1         0u

enum code { SOLICITATION, INFORMATION, DESTINATION, DESTINATION_ACK };

static const struct text_name code_names[] = {
	{SOLICITATION, "DODAG Information Solicitation"},
	{INFORMATION, "DODAG Information Object"},
	{DESTINATION, "Destination Advertisement Object"},
	{DESTINATION_ACK, "Destination Advertisement Object Ack"},
	{0, NULL},
};

static const struct text_name modes[] = {
	{0, "nonstoring"},        {1, "storing"}, {2, "nonstoring-multicast"},
	{3, "storing-multicast"}, {0, NULL},
};

static const struct text_name option_names[] = {
	{1, "padN"},       {2, "metrics"},       {3, "routinginfo"},
	{4, "config"},     {5, "rpltarget"},     {6, "transitinfo"},
	{8, "destprefix"}, {9, "rpltargetdesc"}, {0, NULL},
};

/* False: beyond what was captured. */
static bool print_options(struct decode *decode, struct cursor options)
{
	while (options.length) {
		uint8_t type = cursor_u8_at(&options, 0);
		uint32_t bytes = cursor_u8_at(&options, 1) + OPTION_BYTES;
		struct cursor content = options;

		if (!cursor_has(&options, 1))
			return false;
		if (type == PAD1) {
			text_string(decode->out, " opt:pad1");
			cursor_skip(&options, 1);
			continue;
		}
		if (options.length < OPTION_BYTES)
			return decode_truncated(decode);
		if (!cursor_has(&options, OPTION_BYTES))
			return false;
		text_string(decode->out, " opt:");
		text_name(decode->out, option_names, "subopt:%u", type);
		text_word_decimal(decode->out, " len:", bytes);
		text_char(decode->out, ' ');
		if (!cursor_has(&options, bytes) || options.length < bytes)
			return decode_truncated(decode);
		cursor_skip(&content, OPTION_BYTES);
		if (decode->options->verbose > 2)
			decode_hex(decode, &content, " ", bytes - OPTION_BYTES);
		cursor_skip(&options, bytes);
	}
	return true;
}

static void print_id(struct decode *decode, const struct cursor *rpl, uint32_t at)
{
	uint8_t id[ID_BYTES];

	cursor_copy_at(rpl, at, id, sizeof(id));
	text_string(decode->out, " [dagid:");
	text_ipv6(decode->out, id);
}

static bool print_information(struct decode *decode, struct cursor rpl)
{
	uint8_t mode = cursor_u8_at(&rpl, 4);

	if (rpl.length < DIO_BYTES)
		return decode_too_short(decode, rpl.length, DIO_BYTES);
	if (!cursor_has(&rpl, DIO_BYTES))
		return false;
	print_id(decode, &rpl, 8);
	text_format(decode->out, ",seq:%u,instance:%u,rank:%u,", cursor_u8_at(&rpl, 5),
		    cursor_u8_at(&rpl, 0), cursor_be16_at(&rpl, 2));
	text_string(decode->out, mode & 0x80 ? "grounded,mop:" : "mop:");
	text_name(decode->out, modes, "mop%u", mode >> 3 & 7);
	text_word_decimal(decode->out, ",prf:", mode & 7u);
	text_char(decode->out, ']');
	cursor_skip(&rpl, DIO_BYTES);
	return decode->options->verbose < 2 || print_options(decode, rpl);
}

/* A destination advertisement and its acknowledgement. */
static bool print_destination(struct decode *decode, struct cursor rpl, bool ack)
{
	uint8_t flags = cursor_u8_at(&rpl, 1);
	bool has_id = flags & (ack ? 0x80 : 0x40);
	uint32_t bytes = DAO_BYTES + (has_id ? ID_BYTES : 0);

	/* As tcpdump has it, one has room for an identifier it does not have. */
	if (!cursor_has(&rpl, ack ? bytes : DAO_BYTES + ID_BYTES))
		return decode_truncated(decode);
	if (has_id)
		print_id(decode, &rpl, DAO_BYTES);
	else
		text_string(decode->out, " [dagid:<elided>");
	text_format(decode->out, ",seq:%u,instance:%u", cursor_u8_at(&rpl, ack ? 2 : 3),
		    cursor_u8_at(&rpl, 0));
	if (ack)
		text_word_decimal(decode->out, ",status:", cursor_u8_at(&rpl, 3));
	else
		text_format(decode->out, "%s%s,%02x", flags & 0x80 ? ",acK" : "",
			    has_id ? ",Dagid" : "", flags);
	text_char(decode->out, ']');
	cursor_skip(&rpl, bytes);
	return decode->options->verbose < 2 || print_options(decode, rpl);
}

enum icmp6_body decode_icmp6_rpl(struct decode *decode, const struct cursor *icmp, uint8_t code)
{
	struct cursor rpl = *icmp;
	bool whole = true;

	if (code & SECURED) {
		text_string(decode->out, ", (SEC) [worktodo]");
		return ICMP6_WHOLE;
	}
	text_string(decode->out, ", (CLR)");
	text_name(decode->out, code_names, "RPL message, unknown code %u", code);
	if (!decode->options->verbose)
		return ICMP6_WHOLE;
	if (!cursor_skip(&rpl, 4))
		return code == SOLICITATION || code > DESTINATION_ACK ? ICMP6_WHOLE : ICMP6_BEYOND;
	if (code == INFORMATION)
		whole = print_information(decode, rpl);
	else if (code == DESTINATION || code == DESTINATION_ACK)
		whole = print_destination(decode, rpl, code == DESTINATION_ACK);
	return whole ? ICMP6_WHOLE : ICMP6_BEYOND;
}
