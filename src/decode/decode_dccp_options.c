/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a DCCP header (RFC 4340, 5.8).
 */
#include <stddef.h>

#include "decode_parts.h"

#define FIRST_LONG 32u  /* options from here on have a length */
#define FIRST_CCID 128u /* and from here on belong to a way of congestion control */
#define HEADER     2u
#define FEATURE_AT 2u
#define FEATURES   10u

enum option {
	CHANGE_L = 32,
	CONFIRM_R = 35,
	COOKIE = 36,
	NDP_COUNT = 37,
	ACK_VECTOR0 = 38,
	DATA_DROPPED = 40,
	TIMESTAMP = 41,
	TIMESTAMP_ECHO = 42,
	ELAPSED = 43,
	CHECKSUM = 44,
};

static const struct text_name option_names[] = {
	{0, "nop"},
	{1, "mandatory"},
	{2, "slowreceiver"},
	{CHANGE_L, "change_l"},
	{33, "confirm_l"},
	{34, "change_r"},
	{CONFIRM_R, "confirm_r"},
	{COOKIE, "initcookie"},
	{NDP_COUNT, "ndp_count"},
	{ACK_VECTOR0, "ack_vector0"},
	{39, "ack_vector1"},
	{DATA_DROPPED, "data_dropped"},
	{TIMESTAMP, "timestamp"},
	{TIMESTAMP_ECHO, "timestamp_echo"},
	{ELAPSED, "elapsed_time"},
	{CHECKSUM, "data_checksum"},
	{0, NULL},
};

static const char *const feature_names[FEATURES] = {
	"reserved",
	"ccid",
	"allow_short_seqno",
	"sequence_window",
	"ecn_incapable",
	"ack_ratio",
	"send_ack_vector",
	"send_ndp_count",
	"minimum checksum coverage",
	"check data checksum",
};

static void print_name(struct decode *decode, uint8_t option)
{
	if (option >= FIRST_CCID)
		text_word_decimal(decode->out, "CCID option ", option);
	else
		text_name(decode->out, option_names, "Option %u", option);
}

/* Each byte as a number. */
static void print_numbers(struct decode *decode, const struct cursor *option, uint32_t at)
{
	for (; at < option->length; at++)
		text_word_decimal(decode->out, " ", cursor_u8_at(option, at));
}

static void print_feature(struct decode *decode, const struct cursor *option)
{
	uint8_t feature = cursor_u8_at(option, FEATURE_AT);

	if (option->length <= FEATURE_AT) {
		text_string(decode->out, " optlen too short");
	} else if (feature < FEATURES) {
		text_char(decode->out, ' ');
		text_string(decode->out, feature_names[feature]);
		print_numbers(decode, option, FEATURE_AT + 1);
	}
}

static void print_bytes(struct decode *decode, const struct cursor *option, const char *word)
{
	uint32_t bytes = option->length - HEADER;

	if (!bytes)
		return;
	text_string(decode->out, word);
	text_hex_bytes(decode->out, cursor_bytes_at(option, HEADER, bytes), bytes);
}

static void print_echo(struct decode *decode, const struct cursor *option)
{
	uint32_t length = option->length;

	if (length != 6 && length != 8 && length != 10) {
		text_string(decode->out, " [optlen != 6 or 8 or 10]");
		return;
	}
	text_word_decimal(decode->out, " ", cursor_be32_at(option, HEADER));
	if (length == 6)
		return;
	text_word_decimal(decode->out, " (elapsed time ",
			  length == 8 ? cursor_be16_at(option, 6) : cursor_be32_at(option, 6));
	text_char(decode->out, ')');
}

/* A number of two bytes or of four; other lengths are told, where there are words
 * for that. */
static void print_number(struct decode *decode, const struct cursor *option, const char *wrong,
			 bool two)
{
	if (option->length == 6)
		text_word_decimal(decode->out, " ", cursor_be32_at(option, HEADER));
	else if (option->length == 4 && two)
		text_word_decimal(decode->out, " ", cursor_be16_at(option, HEADER));
	else
		text_string(decode->out, wrong);
}

/* The option was captured whole. */
static void print_value(struct decode *decode, const struct cursor *option, uint8_t kind)
{
	if (kind >= FIRST_CCID) {
		print_number(decode, option, "", true);
		return;
	}
	if (kind >= CHANGE_L && kind <= CONFIRM_R) {
		print_feature(decode, option);
		return;
	}
	switch (kind) {
	case COOKIE:
	case ACK_VECTOR0:
	case ACK_VECTOR0 + 1:
	case DATA_DROPPED:
		print_bytes(decode, option, " 0x");
		break;
	case NDP_COUNT:
		print_numbers(decode, option, HEADER);
		break;
	case TIMESTAMP:
		print_number(decode, option, " [optlen != 6]", false);
		break;
	case TIMESTAMP_ECHO:
		print_echo(decode, option);
		break;
	case ELAPSED:
		print_number(decode, option, " [optlen != 4 or 6]", true);
		break;
	case CHECKSUM:
		print_bytes(decode, option, " ");
		break;
	default:
		break;
	}
}

/* Moves behind one. Sets last where no more can be told apart; false where not
 * even its length was captured. */
static bool decode_option(struct decode *decode, struct cursor *options, bool *last)
{
	uint8_t kind = cursor_u8_at(options, 0);
	uint32_t bytes = kind < FIRST_LONG ? 1 : cursor_u8_at(options, 1);
	struct cursor option = cursor_part(options, bytes);

	if (!cursor_has(options, kind < FIRST_LONG ? 1 : HEADER))
		return false;
	*last = true;
	if (kind >= FIRST_LONG && bytes < HEADER) {
		print_name(decode, kind);
		text_string(decode->out, " optlen too short");
		return true;
	}
	if (options->length < bytes) {
		print_name(decode, kind);
		text_string(decode->out, " optlen goes past header length");
		return true;
	}
	if (!cursor_has(options, bytes))
		return decode_truncated(decode);
	print_name(decode, kind);
	print_value(decode, &option, kind);
	*last = options->length == bytes;
	cursor_skip(options, bytes);
	return true;
}

bool decode_dccp_options(struct decode *decode, const struct cursor *segment, uint32_t at,
			 uint32_t end)
{
	struct cursor options = *segment;
	bool last = false;

	text_string(decode->out, " <");
	if (!cursor_skip(&options, at))
		return false;
	/* A header may claim more than there is. */
	options.length = end - at;
	while (!last) {
		if (!decode_option(decode, &options, &last))
			return false;
		text_string(decode->out, last ? ">" : ", ");
	}
	return true;
}
