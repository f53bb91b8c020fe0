/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NTP, versions 1 to 4 (RFC 5905), and its control messages (RFC 9327) as far
 * as their header goes.
 */
#include <stddef.h>
#include <time.h>

#include "decoders.h"

#define TIME_BYTES      48u
#define CONTROL_BYTES   12u
#define KEY_BYTES       4u
#define MD5_BYTES       16u
#define SHA1_BYTES      20u
#define LEAP_MASK       0xc0u
#define STRATUM_UNKNOWN 0u
#define STRATUM_PRIMARY 1u
#define STRATUM_MOST    15u
#define STRATUM_QUERY   62u
#define STRATUM_REPLY   63u
#define FROM_1900       2208988800 /* seconds to 1970 */

enum mode { MODE_BROADCAST = 5, MODE_CONTROL = 6 };

/* Where the fields are. */
enum field {
	STRATUM = 1,
	POLL = 2,
	PRECISION = 3,
	ROOT_DELAY = 4,
	ROOT_DISPERSION = 8,
	REFERENCE = 12,
	REFERENCE_TIME = 16,
	ORIGIN_TIME = 24,
	RECEIVE_TIME = 32,
	TRANSMIT_TIME = 40,
};

static const struct text_name mode_names[] = {
	{0, "unspecified"},
	{1, "symmetric active"},
	{2, "symmetric passive"},
	{3, "Client"},
	{4, "Server"},
	{MODE_BROADCAST, "Broadcast"},
	{7, "Reserved"},
	{MODE_CONTROL, "Control Message"},
	{8, NULL},
};

static const struct text_name leap_names[] = {
	{0, ""}, {0x40, "+1s"}, {0x80, "-1s"}, {0xc0, "clock unsynchronized"}, {0, NULL},
};

/* Billionths of the fraction of a second in 32 bits. */
static uint32_t billionths(uint32_t fraction)
{
	return (uint32_t)((uint64_t)fraction * 1000000000u >> 32);
}

static void print_date(struct text *out, time_t seconds)
{
	struct tm date;

	if (gmtime_r(&seconds, &date))
		text_format(out, " (%04d-%02d-%02dT%02d:%02d:%02dZ)", date.tm_year + 1900,
			    date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec);
}

static void print_time(struct text *out, uint64_t time)
{
	uint32_t seconds = (uint32_t)(time >> 32);

	text_decimal(out, seconds);
	text_char(out, '.');
	text_decimal_fixed(out, billionths((uint32_t)time), 9);
	if (seconds)
		print_date(out, (time_t)seconds - FROM_1900);
}

/* How much later than origin a time is. */
static void print_difference(struct text *out, uint64_t origin, uint64_t time)
{
	uint64_t difference = time > origin ? time - origin : origin - time;

	if (!origin) {
		print_time(out, time);
		return;
	}
	text_char(out, time > origin ? '+' : '-');
	text_decimal(out, difference >> 32);
	text_char(out, '.');
	text_decimal_fixed(out, billionths((uint32_t)difference), 9);
}

static void print_short(struct text *out, uint32_t value)
{
	text_decimal(out, value >> 16);
	text_char(out, '.');
	text_decimal_fixed(out, (uint64_t)(value & 0xffff) * 1000000u >> 16, 6);
}

static void print_poll(struct text *out, int8_t poll)
{
	text_string(out, ", poll ");
	text_signed(out, poll);
	if (poll <= -32 || poll >= 32)
		return;
	text_word_decimal(out, poll < 0 ? " (1/" : " (", 1u << (poll < 0 ? -poll : poll));
	text_string(out, "s)");
}

/* Returns whether there is more to the message. */
static bool print_reference(struct decode *decode, const struct cursor *cursor, uint8_t stratum)
{
	uint8_t bytes[4];

	cursor_copy_at(cursor, REFERENCE, bytes, sizeof(bytes));
	text_string(decode->out, ", Reference-ID: ");
	switch (stratum) {
	case STRATUM_UNKNOWN:
		text_string(decode->out, "(unspec)");
		return true;
	case STRATUM_PRIMARY:
		text_safe(decode->out, bytes, sizeof(bytes));
		return true;
	case STRATUM_QUERY:
	case STRATUM_REPLY:
		text_ipv4(decode->out, bytes);
		text_string(decode->out, stratum == STRATUM_QUERY ? " INFO_QUERY" : " INFO_REPLY");
		return false;
	default:
		text_hex_prefixed(decode->out, cursor_be32_at(cursor, REFERENCE), 8);
		return true;
	}
}

static bool print_times(struct decode *decode, const struct cursor *cursor)
{
	static const struct {
		uint32_t at;
		const char *word;
	} times[] = {{REFERENCE_TIME, "\n\t  Reference Timestamp:  "},
		     {ORIGIN_TIME, "\n\t  Originator Timestamp: "},
		     {RECEIVE_TIME, "\n\t  Receive Timestamp:    "},
		     {TRANSMIT_TIME, "\n\t  Transmit Timestamp:   "}};
	uint64_t origin = cursor_be64_at(cursor, ORIGIN_TIME);

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (!cursor_has(cursor, times[i].at + 8))
			return false;
		text_string(decode->out, times[i].word);
		print_time(decode->out, cursor_be64_at(cursor, times[i].at));
	}
	text_string(decode->out, "\n\t    Originator - Receive Timestamp:  ");
	print_difference(decode->out, origin, cursor_be64_at(cursor, RECEIVE_TIME));
	text_string(decode->out, "\n\t    Originator - Transmit Timestamp: ");
	print_difference(decode->out, origin, cursor_be64_at(cursor, TRANSMIT_TIME));
	return true;
}

/* What may be behind the times. Extension fields are not told apart. */
static bool print_rest(struct decode *decode, const struct cursor *cursor)
{
	uint32_t more = cursor->length - TIME_BYTES, digest = more - KEY_BYTES;

	if (!more)
		return true;
	if (more != KEY_BYTES && more != KEY_BYTES + MD5_BYTES && more != KEY_BYTES + SHA1_BYTES) {
		text_word_decimal(decode->out, "\n\t(", more);
		text_string(decode->out, " more bytes after the header)");
		return true;
	}
	if (!cursor_has(cursor, TIME_BYTES + KEY_BYTES))
		return false;
	text_word_decimal(decode->out, "\n\tKey id: ", cursor_be32_at(cursor, TIME_BYTES));
	if (!digest)
		return true;
	if (!cursor_has(cursor, cursor->length))
		return decode_truncated(decode);
	text_string(decode->out, "\n\tAuthentication: ");
	text_hex_bytes(decode->out, cursor_bytes_at(cursor, TIME_BYTES + KEY_BYTES, digest),
		       digest);
	return true;
}

static bool invalid(struct decode *decode, const struct cursor *cursor)
{
	decode_invalid(decode);
	return cursor_has(cursor, cursor->length) || decode_truncated(decode);
}

static bool decode_times(struct decode *decode, const struct cursor *cursor)
{
	uint8_t stratum = cursor_u8_at(cursor, STRATUM);
	const char *name = "reserved";

	if (cursor->length < TIME_BYTES)
		return invalid(decode, cursor);
	if (!cursor_has(cursor, STRATUM + 1))
		return false;
	if (stratum == STRATUM_UNKNOWN)
		name = "unspecified";
	else if (stratum <= STRATUM_MOST)
		name = stratum == STRATUM_PRIMARY ? "primary reference" : "secondary reference";
	text_word_decimal(decode->out, ", Stratum ", stratum);
	text_format(decode->out, " (%s)", name);
	if (!cursor_has(cursor, POLL + 1))
		return false;
	print_poll(decode->out, (int8_t)cursor_u8_at(cursor, POLL));
	if (!cursor_has(cursor, PRECISION + 1))
		return false;
	text_string(decode->out, ", precision ");
	text_signed(decode->out, (int8_t)cursor_u8_at(cursor, PRECISION));
	if (!cursor_has(cursor, ROOT_DELAY + 4))
		return decode_truncated(decode);
	text_string(decode->out, "\n\tRoot Delay: ");
	print_short(decode->out, cursor_be32_at(cursor, ROOT_DELAY));
	if (!cursor_has(cursor, ROOT_DISPERSION + 4))
		return decode_truncated(decode);
	text_string(decode->out, ", Root dispersion: ");
	print_short(decode->out, cursor_be32_at(cursor, ROOT_DISPERSION));
	if (!cursor_has(cursor, REFERENCE + 4))
		return decode_truncated(decode);
	if (!print_reference(decode, cursor, stratum))
		return true;
	if (!print_times(decode, cursor))
		return decode_truncated(decode);
	return print_rest(decode, cursor);
}

static bool print_control_fields(struct decode *decode, const struct cursor *cursor)
{
	static const char *const words[] = {"\tSequence=", ", Status=", ", Assoc.=", ", Offset=",
					    ", Count="};

	for (uint32_t i = 0; i < 5; i++) {
		uint16_t value = cursor_be16_at(cursor, 2 + i * 2);

		if (!cursor_has(cursor, 4 + i * 2))
			return false;
		text_string(decode->out, words[i]);
		if (i != 1 || !value)
			text_decimal(decode->out, value);
		else
			text_hex_prefixed(decode->out, value, 1);
	}
	return true;
}

static bool decode_control(struct decode *decode, const struct cursor *cursor)
{
	uint8_t control = cursor_u8_at(cursor, 1);
	uint16_t count = cursor_be16_at(cursor, 10);

	if (cursor->length < CONTROL_BYTES)
		return invalid(decode, cursor);
	if (!cursor_has(cursor, 2))
		return false;
	text_string(decode->out, control & 0x80 ? ", Response" : ", Request");
	text_string(decode->out, control & 0x40 ? ", Error" : ", OK");
	text_string(decode->out, control & 0x20 ? ", More" : ", Last");
	text_word_decimal(decode->out, ", OpCode=", control & 0x1f);
	text_char(decode->out, '\n');
	if (!print_control_fields(decode, cursor))
		return false;
	if (CONTROL_BYTES + count > cursor->length)
		return invalid(decode, cursor);
	if (!count)
		return true;
	if (!cursor_has(cursor, CONTROL_BYTES + count))
		return decode_truncated(decode);
	text_string(decode->out, "\n\tTO-BE-DONE: data not interpreted");
	return true;
}

bool decode_ntp(struct decode *decode, struct cursor *cursor)
{
	uint8_t first = cursor_u8_at(cursor, 0), mode = first & 7;

	decode->protocol = "ntp";
	if (!cursor_has(cursor, 1))
		return false;
	text_word_decimal(decode->out, "NTPv", first >> 3 & 7);
	text_string(decode->out, ", ");
	text_name(decode->out, mode_names, "%u", mode);
	text_word_decimal(decode->out, ", length ", cursor->length);
	if (!decode->options->verbose)
		return true;
	text_string(decode->out, "\n\tLeap indicator: ");
	text_name(decode->out, leap_names, "%u", first & LEAP_MASK);
	text_word_decimal(decode->out, " (", first & LEAP_MASK);
	text_char(decode->out, ')');
	if (mode <= MODE_BROADCAST)
		return decode_times(decode, cursor);
	return mode != MODE_CONTROL || decode_control(decode, cursor);
}
