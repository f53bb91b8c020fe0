/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Syslog messages in UDP (RFC 3164).
 */
#include <stddef.h>

#include "decode/hexdump.h"
#include "decoders.h"

#define MOST_DIGITS 3u

static const struct text_name severity_names[] = {
	{0, "emergency"}, {1, "alert"}, {2, "critical"}, {3, "error"}, {4, "warning"},
	{5, "notice"},    {6, "info"},  {7, "debug"},    {0, NULL},
};

static const struct text_name facility_names[] = {
	{0, "kernel"},    {1, "user"},    {2, "mail"},    {3, "daemon"},    {4, "auth"},
	{5, "syslog"},    {6, "lpr"},     {7, "news"},    {8, "uucp"},      {9, "cron"},
	{10, "authpriv"}, {11, "ftp"},    {12, "ntp"},    {13, "security"}, {14, "console"},
	{15, "cron"},     {16, "local0"}, {17, "local1"}, {18, "local2"},   {19, "local3"},
	{20, "local4"},   {21, "local5"}, {22, "local6"}, {23, "local7"},   {0, NULL},
};

static void print_name(struct decode *decode, const char *word, const struct text_name *names,
		       uint32_t value)
{
	text_string(decode->out, word);
	text_name(decode->out, names, "unknown (%u)", value);
}

/* Passes "<number>". */
enum outcome { WHOLE, INVALID, BEYOND };

static enum outcome take_priority(struct cursor *cursor, uint32_t *priority)
{
	uint8_t byte;

	*priority = 0;
	if (!cursor_take_u8(cursor, &byte))
		return BEYOND;
	if (byte != '<')
		return INVALID;
	for (uint32_t digits = 0;; digits++) {
		if (!cursor_take_u8(cursor, &byte))
			return BEYOND;
		if (digits == MOST_DIGITS || byte < '0' || byte > '9')
			return byte == '>' ? WHOLE : INVALID;
		*priority = *priority * 10 + byte - '0';
	}
}

/* The message; false where not all of it was captured. */
static bool print_message(struct decode *decode, const struct cursor *message)
{
	uint32_t bytes = message->length;

	if (bytes > cursor_left(message))
		bytes = cursor_left(message);
	if (bytes)
		text_safe(decode->out, cursor_bytes_at(message, 0, bytes), bytes);
	return bytes == message->length;
}

static bool decode_verbose(struct decode *decode, const struct cursor *message,
			   const struct cursor *all, uint32_t priority)
{
	uint32_t bytes = all->length < cursor_left(all) ? all->length : cursor_left(all);

	text_word_decimal(decode->out, "SYSLOG, length: ", all->length);
	print_name(decode, "\n\tFacility ", facility_names, priority >> 3);
	text_word_decimal(decode->out, " (", priority >> 3);
	print_name(decode, "), Severity ", severity_names, priority & 7);
	text_word_decimal(decode->out, " (", priority & 7);
	text_string(decode->out, ")\n\tMsg: ");
	if (!print_message(decode, message))
		return false;
	if (decode->options->verbose > 1)
		hexdump_indented(decode->out, "\n\t", all->at, bytes);
	return true;
}

bool decode_syslog(struct decode *decode, struct cursor *cursor)
{
	struct cursor all = *cursor;
	uint32_t priority;

	decode->protocol = "syslog";
	switch (take_priority(cursor, &priority)) {
	case INVALID:
		return decode_invalid(decode);
	case BEYOND:
		return false;
	default:
		break;
	}
	if (decode->options->verbose)
		return decode_verbose(decode, cursor, &all, priority);
	print_name(decode, "SYSLOG ", facility_names, priority >> 3);
	print_name(decode, ".", severity_names, priority & 7);
	text_word_decimal(decode->out, ", length: ", all.length);
	return true;
}
