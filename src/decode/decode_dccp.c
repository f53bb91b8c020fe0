/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DCCP (RFC 4340). Its options are in decode_dccp_options.c.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"
#include "frames/checksum.h"

#define SHORT_BYTES 12u /* with 24 bits of a sequence number, */
#define LONG_BYTES  16u /* and with all 48 */

enum type { REQUEST = 0, RESPONSE = 1, DATA = 2, RESET = 7, TYPES = 10 };

/* What a type is called, and has behind what all have. */
static const struct {
	const char *name;
	uint8_t bytes;
	bool printed; /* more of it than a sequence number */
} types[TYPES] = {
	{"DCCP-Request", 4, true},  {"DCCP-Response", 12, true}, {"DCCP-Data", 0, false},
	{"DCCP-Ack", 8, false},     {"DCCP-DataAck", 8, false},  {"DCCP-CloseReq", 8, false},
	{"DCCP-Close", 8, false},   {"DCCP-Reset", 12, true},    {"DCCP-Sync", 8, false},
	{"DCCP-SyncAck", 8, false},
};

static const struct text_name reset_names[] = {
	{0, "unspecified"},
	{1, "closed"},
	{2, "aborted"},
	{3, "no_connection"},
	{4, "packet_error"},
	{5, "option_error"},
	{6, "mandatory_error"},
	{7, "connection_refused"},
	{8, "bad_service_code"},
	{9, "too_busy"},
	{10, "bad_init_cookie"},
	{11, "aggression_penalty"},
	{0, NULL},
};

struct dccp {
	uint32_t header_bytes;  /* with the options, as the header says */
	uint32_t generic_bytes; /* what all types have */
	uint8_t type, value, coverage;
	bool long_numbers;
};

static bool print_missing(struct decode *decode, const char *what, uint32_t bytes)
{
	text_string(decode->out, "truncated-");
	text_string(decode->out, what);
	text_word_decimal(decode->out, " - ", bytes);
	text_string(decode->out, " bytes missing!");
	return true;
}

/* Of the header, and of as much of the data as the sender chose. */
static void print_checksum(struct decode *decode, const struct cursor *segment,
			   const struct dccp *dccp)
{
	uint32_t length = segment->length, covered = length;
	const uint8_t *all = cursor_bytes_at(segment, 0, length);
	uint16_t found = cursor_be16_at(segment, 6), remainder;

	if (!all)
		return;
	if (dccp->coverage)
		covered = dccp->header_bytes + (dccp->coverage - 1u) * 4u;
	text_string(decode->out, ", cksum ");
	text_hex_prefixed(decode->out, found, 4);
	remainder = checksum_finish(checksum_add(decode_ip_pseudo_sum(decode, IPPROTO_DCCP, length),
						 all, covered < length ? covered : length));
	if (!remainder) {
		text_string(decode->out, " (correct)");
		return;
	}
	text_string(decode->out, " (incorrect -> ");
	text_hex_prefixed(decode->out, checksum_expected(found, remainder), 4);
	text_char(decode->out, ')');
}

static void print_verbose(struct decode *decode, const struct cursor *segment,
			  const struct dccp *dccp)
{
	text_format(decode->out, " (CCVal %u, CsCov %u", dccp->value, dccp->coverage);
	print_checksum(decode, segment, dccp);
	text_char(decode->out, ')');
}

static void print_type(struct decode *decode, const struct cursor *segment, const struct dccp *dccp)
{
	uint32_t at = dccp->generic_bytes;

	if (dccp->type < TYPES)
		text_string(decode->out, types[dccp->type].name);
	else
		text_word_decimal(decode->out, "unknown-type-", dccp->type);
	text_char(decode->out, ' ');
	if (dccp->type == REQUEST || dccp->type == RESPONSE) {
		at += types[dccp->type].bytes - 4u;
		text_word_decimal(decode->out, "(service=", cursor_be32_at(segment, at));
		text_string(decode->out, ") ");
	} else if (dccp->type == RESET) {
		text_string(decode->out, "(code=");
		text_name(decode->out, reset_names, "invalid", cursor_u8_at(segment, at + 8));
		text_string(decode->out, ") ");
	}
}

/* One of 24 bits ends where one of 48 does in a header of that kind. */
static uint64_t number_at(const struct cursor *segment, const struct dccp *dccp, uint32_t at)
{
	if (!dccp->long_numbers)
		return cursor_be24_at(segment, at + 1);
	return (uint64_t)cursor_be16_at(segment, at + 2) << 32 | cursor_be32_at(segment, at + 4);
}

static bool print_acknowledged(struct decode *decode, const struct cursor *segment,
			       const struct dccp *dccp)
{
	uint32_t at = dccp->generic_bytes;

	if (dccp->type == REQUEST || dccp->type == DATA)
		return true;
	if (!cursor_has(segment, at + (dccp->long_numbers ? 8 : 4)))
		return false;
	text_word_decimal(decode->out, "(ack=", number_at(segment, dccp, at));
	text_string(decode->out, ") ");
	return true;
}

/* Behind ports and addresses. */
static bool decode_packet_of(struct decode *decode, const struct cursor *segment,
			     const struct dccp *dccp)
{
	uint32_t fixed = dccp->generic_bytes;

	if (decode->options->verbose)
		print_verbose(decode, segment, dccp);
	text_char(decode->out, ' ');
	if (dccp->type < TYPES) {
		fixed += types[dccp->type].bytes;
		if (segment->length < fixed)
			return print_missing(decode, types[dccp->type].name,
					     fixed - segment->length);
		if (types[dccp->type].printed && !cursor_has(segment, fixed))
			return decode_truncated(decode);
	}
	print_type(decode, segment, dccp);
	if (!print_acknowledged(decode, segment, dccp))
		return false;
	if (decode->options->verbose < 2)
		return true;
	text_word_decimal(decode->out, "seq ", number_at(segment, dccp, 8));
	if (dccp->header_bytes <= fixed)
		return true;
	return decode_dccp_options(decode, segment, fixed, dccp->header_bytes);
}

static bool print_quick(struct decode *decode, uint32_t header_bytes, uint32_t length)
{
	text_word_decimal(decode->out, " ", (uint32_t)(length - header_bytes));
	if (header_bytes > length) {
		text_word_decimal(decode->out, " [bad hdr length ", header_bytes);
		text_word_decimal(decode->out, " - too long, > ", length);
		text_char(decode->out, ']');
	}
	return true;
}

bool decode_dccp(struct decode *decode, struct cursor *cursor)
{
	uint8_t kind = cursor_u8_at(cursor, 8), choices = cursor_u8_at(cursor, 5);
	struct dccp dccp = {
		.header_bytes = cursor_u8_at(cursor, 4) * 4u,
		.generic_bytes = kind & 1 ? LONG_BYTES : SHORT_BYTES,
		.type = kind >> 1 & 15,
		.value = choices >> 4,
		.coverage = choices & 15,
		.long_numbers = kind & 1,
	};

	decode->protocol = "dccp";
	if (!cursor_has(cursor, SHORT_BYTES))
		return decode_truncated(decode);
	if (cursor->length < SHORT_BYTES)
		return print_missing(decode, "dccp", SHORT_BYTES - cursor->length);
	if (cursor->length < dccp.generic_bytes)
		return print_missing(decode, "dccp", dccp.generic_bytes - cursor->length);
	if (!cursor_has(cursor, dccp.generic_bytes))
		return decode_truncated(decode);
	decode->source_port = cursor_be16_at(cursor, 0);
	decode->destination_port = cursor_be16_at(cursor, 2);
	decode_ip_ports(decode, decode->ip.protocol);
	text_string(decode->out, "DCCP");
	if (decode->options->quick)
		return print_quick(decode, dccp.header_bytes, cursor->length);
	return decode_packet_of(decode, cursor, &dccp);
}
