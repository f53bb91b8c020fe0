/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a TCP header.
 */
#include <stddef.h>

#include "decode_parts.h"

#define FIXED_BYTES    20u
#define EXPERIMENT_TFO 0xf989u
#define MD5_BYTES      16u

enum kind {
	END = 0,
	NOP = 1,
	MSS = 2,
	WSCALE = 3,
	SACK_OK = 4,
	SACK = 5,
	ECHO = 6,
	ECHO_REPLY = 7,
	TIMESTAMP = 8,
	CC = 11,
	CC_NEW = 12,
	CC_ECHO = 13,
	MD5 = 19,
	SCPS = 20,
	UTO = 28,
	AO = 29,
	MPTCP = 30,
	FAST_OPEN = 34,
	EXPERIMENT = 254,
};

static const struct text_name kind_names[] = {
	{END, "eol"},        {NOP, "nop"},        {MSS, "mss"},
	{WSCALE, "wscale"},  {SACK_OK, "sackOK"}, {SACK, "sack"},
	{TIMESTAMP, "TS"},   {ECHO, "echo"},      {ECHO_REPLY, "echoreply"},
	{CC, "cc"},          {CC_NEW, "ccnew"},   {CC_ECHO, ""},
	{MD5, "md5"},        {SCPS, "scps"},      {UTO, "uto"},
	{AO, "tcp-ao"},      {MPTCP, "mptcp"},    {FAST_OPEN, "tfo"},
	{EXPERIMENT, "exp"}, {0, NULL},
};

enum result { WHOLE, BAD, CUT, BEYOND };

/* Value bytes, behind kind and length: that many must be in the option and
 * captured. */
struct value {
	struct decode *decode;
	struct cursor at;
	uint32_t bytes; /* those the option has */
};

static enum result need(const struct value *value, uint32_t bytes)
{
	if (bytes > value->bytes)
		return BAD;
	return cursor_has(&value->at, bytes) ? WHOLE : CUT;
}

static enum result print_sack(const struct value *value, uint32_t base)
{
	struct text *out = value->decode->out;
	enum result result;

	if (value->bytes % 8) {
		text_string(out, " invalid sack");
		return WHOLE;
	}
	text_word_decimal(out, " ", value->bytes / 8);
	text_char(out, ' ');
	for (uint32_t at = 0; at < value->bytes; at += 8) {
		result = need(value, at + 8);
		if (result != WHOLE)
			return result;
		text_word_decimal(out, "{", (uint32_t)(cursor_be32_at(&value->at, at) - base));
		text_word_decimal(out, ":", (uint32_t)(cursor_be32_at(&value->at, at + 4) - base));
		text_char(out, '}');
	}
	return WHOLE;
}

static void print_cookie(const struct value *value, uint32_t skip)
{
	struct text *out = value->decode->out;
	uint32_t bytes = value->bytes - skip;

	if (bytes == 0) {
		text_string(out, " cookiereq");
	} else if (bytes % 2 || bytes < 4 || bytes > 16) {
		decode_invalid(value->decode);
	} else {
		text_string(out, " cookie ");
		text_hex_bytes(out, cursor_bytes_at(&value->at, skip, bytes), bytes);
	}
}

static enum result print_md5(const struct value *value, const struct cursor *segment)
{
	struct text *out = value->decode->out;

	text_char(out, ' ');
	text_string(out, cursor_has(segment, segment->length)
				 ? "shared secret not supplied with -M, "
				 : "snaplen too short, ");
	text_string(out, "can't check - ");
	text_hex_bytes(out, cursor_bytes_at(&value->at, 0, MD5_BYTES), MD5_BYTES);
	return WHOLE;
}

/* As many of the bytes as were captured. */
static enum result print_there(const struct value *value, uint32_t from)
{
	uint32_t there = cursor_left(&value->at), end = value->bytes;

	if (end > there)
		end = there;
	text_hex_bytes(value->decode->out, cursor_bytes_at(&value->at, from, end - from),
		       end - from);
	return end < value->bytes ? CUT : WHOLE;
}

static enum result print_ao(const struct value *value)
{
	struct text *out = value->decode->out;

	if (value->bytes < 2) {
		decode_invalid(value->decode);
		return WHOLE;
	}
	if (!cursor_has(&value->at, 1))
		return CUT;
	text_word_decimal(out, " keyid ", cursor_u8_at(&value->at, 0));
	if (!cursor_has(&value->at, 2))
		return CUT;
	text_word_decimal(out, " rnextkeyid ", cursor_u8_at(&value->at, 1));
	if (value->bytes == 2)
		return WHOLE;
	text_string(out, " mac 0x");
	return print_there(value, 2);
}

static enum result print_experiment(const struct value *value)
{
	uint16_t magic = cursor_be16_at(&value->at, 0);

	if (value->bytes < 2)
		return BAD;
	text_char(value->decode->out, '-');
	if (magic == EXPERIMENT_TFO) {
		text_string(value->decode->out, "tfo");
		print_cookie(value, 2);
	} else {
		text_hex(value->decode->out, magic, 4);
	}
	return WHOLE;
}

static void print_timeout(struct text *out, uint16_t value)
{
	text_format(out, " 0x%x %u", value, value & 1 ? (value >> 1) * 60u : value >> 1);
}

static enum result print_unknown(const struct value *value)
{
	if (!value->bytes)
		return WHOLE;
	text_string(value->decode->out, " 0x");
	return print_there(value, 0);
}

/* How many value bytes a kind has, of those the option has. */
static uint32_t used_bytes(uint8_t kind, uint32_t bytes)
{
	switch (kind) {
	case END:
	case NOP:
	case SACK_OK:
		return 0;
	case WSCALE:
		return 1;
	case MSS:
	case SCPS:
	case UTO:
		return 2;
	case ECHO:
	case ECHO_REPLY:
	case CC:
	case CC_NEW:
	case CC_ECHO:
		return 4;
	case TIMESTAMP:
		return 8;
	case MD5:
		return MD5_BYTES;
	default:
		return bytes;
	}
}

static enum result print_mptcp(const struct value *value, uint8_t flags)
{
	struct cursor option = cursor_part(&value->at, value->bytes);

	return decode_mptcp(value->decode, &option, flags) ? WHOLE : BAD;
}

static enum result print_value(const struct value *value, uint8_t kind,
			       const struct cursor *segment, const struct tcp_header *tcp)
{
	const struct cursor *at = &value->at;
	struct text *out = value->decode->out;

	switch (kind) {
	case END:
	case NOP:
	case SACK_OK:
		return WHOLE;
	case WSCALE:
		text_word_decimal(out, " ", cursor_u8_at(at, 0));
		return WHOLE;
	case MSS:
		text_word_decimal(out, " ", cursor_be16_at(at, 0));
		return WHOLE;
	case SACK:
		return print_sack(value, tcp->sack_base);
	case TIMESTAMP:
		text_word_decimal(out, " val ", cursor_be32_at(at, 0));
		text_word_decimal(out, " ecr ", cursor_be32_at(at, 4));
		return WHOLE;
	case ECHO:
	case ECHO_REPLY:
	case CC:
	case CC_NEW:
	case CC_ECHO:
		text_word_decimal(out, " ", cursor_be32_at(at, 0));
		return WHOLE;
	case SCPS:
		text_format(out, " cap %02x id %u", cursor_u8_at(at, 0), cursor_u8_at(at, 1));
		return WHOLE;
	case UTO:
		print_timeout(out, cursor_be16_at(at, 0));
		return WHOLE;
	case MD5:
		return print_md5(value, segment);
	case AO:
		return print_ao(value);
	case MPTCP:
		return print_mptcp(value, tcp->flags);
	case FAST_OPEN:
		text_char(out, ' ');
		print_cookie(value, 0);
		return WHOLE;
	case EXPERIMENT:
		return print_experiment(value);
	default:
		return print_unknown(value);
	}
}

/* Moves on, and behind all that was captured where an option not looked at goes
 * on there: what is behind it is then found missing. */
static void pass(struct cursor *options, uint32_t bytes)
{
	uint32_t length = options->length - bytes;

	if (!cursor_skip(options, bytes))
		cursor_skip(options, cursor_left(options));
	options->length = length;
}

/* Prints one option and moves behind what was used of it. */
static enum result decode_option(struct decode *decode, struct cursor *options,
				 const struct cursor *segment, const struct tcp_header *tcp,
				 uint8_t *kind)
{
	uint32_t length = 1, used;
	enum result result;
	struct value value;

	if (!cursor_take_u8(options, kind))
		return BEYOND;
	if (*kind != END && *kind != NOP) {
		/* With the option's kind passed, what there was is one more. */
		uint32_t left = options->length + 1;
		uint8_t claimed;

		if (!cursor_take_u8(options, &claimed))
			return BEYOND;
		if (claimed < 2 || claimed > left)
			return BAD;
		length = claimed;
	}
	value = (struct value){decode, *options, length > 1 ? length - 2 : 0};
	text_name(decode->out, kind_names, "unknown-%u", *kind);
	used = used_bytes(*kind, value.bytes);
	/* A kind with a fixed length may take it from behind the option. */
	if (used > options->length)
		return BAD;
	if (*kind != AO && *kind != SACK && text_name_find(kind_names, *kind) &&
	    !cursor_has(options, used))
		return CUT;
	result = print_value(&value, *kind, segment, tcp);
	if (result != WHOLE)
		return result;
	pass(options, used);
	if (used + (length > 1 ? 2 : 1) != length) {
		text_word_decimal(decode->out, "[len ", length);
		text_char(decode->out, ']');
	}
	return WHOLE;
}

bool decode_tcp_options(struct decode *decode, const struct cursor *segment,
			const struct tcp_header *tcp, bool *broken)
{
	struct cursor options = *segment;
	bool first = true;
	uint8_t kind;

	cursor_skip(&options, FIXED_BYTES);
	options.length = tcp->bytes - FIXED_BYTES;
	text_string(decode->out, ", options [");
	for (; options.length; first = false) {
		enum result result;

		text_string(decode->out, first ? "" : ",");
		result = decode_option(decode, &options, segment, tcp, &kind);
		if (result == BEYOND)
			return false;
		if (result == BAD)
			text_string(decode->out, "[bad opt]");
		else if (result == CUT)
			decode_truncated(decode);
		*broken = result != WHOLE;
		if (*broken) {
			text_string(decode->out, first ? "" : result == BAD ? "]" : ">");
			return true;
		}
		if (kind == END)
			break;
	}
	text_char(decode->out, ']');
	return true;
}
