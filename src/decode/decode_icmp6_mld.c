/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multicast listener discovery (RFC 2710, RFC 3810), which is ICMPv6.
 */
#include <stddef.h>

#include "decode_parts.h"

#define QUERY_BYTES   24u
#define QUERY2_BYTES  28u
#define REPORT_BYTES  8u
#define RECORD_BYTES  20u
#define ADDRESS_BYTES 16u

static bool print_sources(struct decode *decode, const struct cursor *icmp, uint32_t at,
			  uint32_t count)
{
	text_string(decode->out, " {");
	for (; count; count--, at += ADDRESS_BYTES) {
		if (!decode_icmp6_address(decode, " ", icmp, at))
			return false;
	}
	text_string(decode->out, " }");
	return true;
}

enum icmp6_body decode_icmp6_listener(struct decode *decode, const struct cursor *icmp)
{
	if (!cursor_has(icmp, QUERY_BYTES))
		return ICMP6_WHOLE;
	text_word_decimal(decode->out, "max resp delay: ", cursor_be16_at(icmp, 4));
	decode_icmp6_address(decode, " addr: ", icmp, 8);
	return ICMP6_WHOLE;
}

/* What version 2 has besides the group. */
static bool print_query_fields(struct decode *decode, const struct cursor *icmp)
{
	uint8_t flags = cursor_u8_at(icmp, 24), interval = cursor_u8_at(icmp, 25);

	if (!cursor_has(icmp, 25))
		return false;
	text_string(decode->out, flags & 8 ? " sflag" : "");
	if (flags & 7)
		text_word_decimal(decode->out, " robustness=", flags & 7);
	if (!cursor_has(icmp, 26))
		return false;
	text_word_decimal(decode->out, " qqi=",
			  interval < 128 ? interval
					 : ((interval & 15u) | 16u) << ((interval >> 4 & 7) + 3));
	return true;
}

static enum icmp6_body decode_query2(struct decode *decode, const struct cursor *icmp)
{
	uint32_t code = cursor_be16_at(icmp, 4), sources = cursor_be16_at(icmp, 26);
	unsigned verbose = decode->options->verbose;

	text_string(decode->out, " v2");
	if (!cursor_has(icmp, 6))
		return ICMP6_BEYOND;
	if (code & 0x8000)
		code = ((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
	if (verbose) {
		text_word_decimal(decode->out, " [max resp delay=", code);
		text_char(decode->out, ']');
	}
	if (!decode_icmp6_address(decode, " [gaddr ", icmp, 8))
		return ICMP6_BEYOND;
	if ((verbose && !print_query_fields(decode, icmp)) || !cursor_has(icmp, QUERY2_BYTES))
		return ICMP6_BEYOND;
	if (sources && icmp->length < QUERY2_BYTES + sources * ADDRESS_BYTES) {
		text_string(decode->out, " [invalid number of sources]");
	} else if (sources && verbose > 1) {
		if (!print_sources(decode, icmp, QUERY2_BYTES, sources))
			return ICMP6_BEYOND;
	} else if (sources) {
		text_word_decimal(decode->out, ", ", sources);
		text_string(decode->out, " source(s)");
	}
	text_char(decode->out, ']');
	return ICMP6_WHOLE;
}

enum icmp6_body decode_icmp6_query(struct decode *decode, const struct cursor *icmp)
{
	if (icmp->length == QUERY_BYTES)
		return decode_icmp6_listener(decode, icmp);
	if (icmp->length >= QUERY2_BYTES)
		return decode_query2(decode, icmp);
	text_word_decimal(decode->out, " unknown-version (len ", icmp->length);
	text_string(decode->out, ") ");
	return ICMP6_WHOLE;
}

/* One record of a report; moves on behind it. ICMP6_ENDED: no more of them. */
static enum icmp6_body print_record(struct decode *decode, const struct cursor *icmp, uint32_t *at)
{
	uint32_t sources = cursor_be16_at(icmp, *at + 2);

	if (icmp->length < *at + RECORD_BYTES) {
		text_string(decode->out, " [invalid number of groups]");
		return ICMP6_ENDED;
	}
	if (!decode_icmp6_address(decode, " [gaddr ", icmp, *at + 4))
		return ICMP6_BEYOND;
	text_char(decode->out, ' ');
	text_name(decode->out, decode_record_names, " [v2-report-#%u]", cursor_u8_at(icmp, *at));
	*at += RECORD_BYTES;
	if (icmp->length < *at + sources * ADDRESS_BYTES) {
		text_word_decimal(decode->out, " [invalid number of sources ", sources);
		text_char(decode->out, ']');
		return ICMP6_ENDED;
	}
	if (decode->options->verbose == 1) {
		text_word_decimal(decode->out, ", ", sources);
		text_string(decode->out, " source(s)");
	} else if (!print_sources(decode, icmp, *at, sources)) {
		return ICMP6_BEYOND;
	}
	text_char(decode->out, ']');
	*at += sources * ADDRESS_BYTES;
	return ICMP6_WHOLE;
}

enum icmp6_body decode_icmp6_report(struct decode *decode, const struct cursor *icmp)
{
	uint32_t records = cursor_be16_at(icmp, 6), at = REPORT_BYTES;
	enum icmp6_body body = ICMP6_WHOLE;

	if (icmp->length < REPORT_BYTES) {
		text_word_decimal(decode->out, " [invalid len ", icmp->length);
		text_char(decode->out, ']');
		return ICMP6_WHOLE;
	}
	if (!cursor_has(icmp, REPORT_BYTES))
		return ICMP6_BEYOND;
	text_word_decimal(decode->out, ", ", records);
	text_string(decode->out, " group record(s)");
	if (!decode->options->verbose)
		return ICMP6_WHOLE;
	for (; records && body == ICMP6_WHOLE; records--)
		body = print_record(decode, icmp, &at);
	return body == ICMP6_ENDED ? ICMP6_WHOLE : body;
}
