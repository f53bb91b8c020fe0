/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IGMP (RFC 1112, RFC 2236, RFC 3376), and what routers tell each other in it.
 */
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"
#include "frames/checksum.h"

#define QUERY3_BYTES  12u
#define REPORT_BYTES  8u
#define LEAST_REPORT  16u
#define RECORD_BYTES  8u
#define ADDRESS_BYTES 4u
#define USUAL_TIME    100u /* tenths of a second; not printed */
#define TRACE_BYTES   24u

enum type {
	QUERY = 0x11,
	REPORT1 = 0x12,
	DVMRP = 0x13,
	PIM1 = 0x14,
	REPORT2 = 0x16,
	LEAVE = 0x17,
	TRACE_RESPONSE = 0x1e,
	TRACE = 0x1f,
	REPORT3 = 0x22,
};

const struct text_name decode_record_names[] = {
	{1, "is_in"}, {2, "is_ex"}, {3, "to_in"}, {4, "to_ex"},
	{5, "allow"}, {6, "block"}, {0, NULL},
};

static bool print_address(struct decode *decode, const char *word, const struct cursor *igmp,
			  uint32_t at)
{
	uint8_t address[ADDRESS_BYTES];

	if (!cursor_copy_at(igmp, at, address, sizeof(address)))
		return false;
	text_string(decode->out, word);
	text_ipv4(decode->out, address);
	return true;
}

static void print_length(struct decode *decode, const char *word, uint32_t length)
{
	text_string(decode->out, word);
	text_decimal(decode->out, length);
	text_char(decode->out, ']');
}

static bool print_sources(struct decode *decode, const struct cursor *igmp, uint32_t at,
			  uint32_t count)
{
	text_string(decode->out, " {");
	for (; count; count--, at += ADDRESS_BYTES) {
		if (!print_address(decode, " ", igmp, at))
			return false;
	}
	text_string(decode->out, " }");
	return true;
}

/* A code of RFC 3376, 4.1.1. */
static void print_time(struct decode *decode, uint8_t code)
{
	uint32_t tenths = code < 128 ? code : ((code & 15u) | 16u) << ((code >> 4 & 7) + 3);

	if (code == USUAL_TIME)
		return;
	text_string(decode->out, " [max resp time ");
	if (tenths < 600) {
		text_decimal(decode->out, tenths / 10);
		text_word_decimal(decode->out, ".", tenths % 10);
		text_char(decode->out, 's');
	} else {
		decode_interval(decode, tenths / 10);
	}
	text_char(decode->out, ']');
}

static bool decode_query3(struct decode *decode, const struct cursor *igmp)
{
	uint32_t sources = cursor_be16_at(igmp, 10);

	text_string(decode->out, " v3");
	if (igmp->length % 4) {
		print_length(decode, " [invalid len ", igmp->length);
		return true;
	}
	if (!cursor_has(igmp, 2))
		return false;
	print_time(decode, cursor_u8_at(igmp, 1));
	if (!cursor_has(igmp, 8))
		return false;
	if (cursor_be32_at(igmp, 4) == 0)
		return true;
	print_address(decode, " [gaddr ", igmp, 4);
	if (!cursor_has(igmp, QUERY3_BYTES))
		return false;
	if (sources && igmp->length < QUERY3_BYTES + sources * ADDRESS_BYTES) {
		text_string(decode->out, " [invalid number of sources]");
	} else if (sources && decode->options->verbose > 1) {
		if (!print_sources(decode, igmp, QUERY3_BYTES, sources))
			return false;
	} else if (sources) {
		text_word_decimal(decode->out, ", ", sources);
		text_string(decode->out, " source(s)");
	}
	text_char(decode->out, ']');
	return true;
}

static bool decode_query(struct decode *decode, const struct cursor *igmp)
{
	uint8_t time = cursor_u8_at(igmp, 1);

	text_string(decode->out, "igmp query");
	if (igmp->length >= QUERY3_BYTES)
		return decode_query3(decode, igmp);
	if (!cursor_has(igmp, 2))
		return false;
	text_string(decode->out, time ? " v2" : " v1");
	if (time && time != USUAL_TIME)
		print_length(decode, " [max resp time ", time);
	if (!cursor_has(igmp, 8))
		return false;
	if (cursor_be32_at(igmp, 4)) {
		print_address(decode, " [gaddr ", igmp, 4);
		text_char(decode->out, ']');
	}
	if (igmp->length != 8)
		print_length(decode, " [len ", igmp->length);
	return true;
}

/* One record of a report; moves on behind it. last: no more of them. */
static bool print_record(struct decode *decode, const struct cursor *igmp, uint32_t *at, bool *last)
{
	uint32_t sources = cursor_be16_at(igmp, *at + 2);

	*last = true;
	if (igmp->length < *at + RECORD_BYTES) {
		text_string(decode->out, " [invalid number of groups]");
		return true;
	}
	if (!print_address(decode, " [gaddr ", igmp, *at + 4))
		return false;
	text_char(decode->out, ' ');
	text_name(decode->out, decode_record_names, " [v3-report-#%u]", cursor_u8_at(igmp, *at));
	*at += RECORD_BYTES;
	if (igmp->length < *at + sources * ADDRESS_BYTES) {
		print_length(decode, " [invalid number of sources ", sources);
		return true;
	}
	if (decode->options->verbose == 1) {
		text_word_decimal(decode->out, ", ", sources);
		text_string(decode->out, " source(s)");
	} else if (!print_sources(decode, igmp, *at, sources)) {
		return false;
	}
	text_char(decode->out, ']');
	*at += sources * ADDRESS_BYTES;
	*last = false;
	return true;
}

static bool decode_report(struct decode *decode, const struct cursor *igmp)
{
	uint32_t records = cursor_be16_at(igmp, 6), at = REPORT_BYTES;
	bool last = false;

	text_string(decode->out, "igmp v3 report");
	if (igmp->length < LEAST_REPORT || igmp->length % 4) {
		print_length(decode, " [invalid len ", igmp->length);
		return true;
	}
	if (!cursor_has(igmp, REPORT_BYTES))
		return false;
	text_word_decimal(decode->out, ", ", records);
	text_string(decode->out, " group record(s)");
	for (; decode->options->verbose && records && !last; records--) {
		if (!print_record(decode, igmp, &at, &last))
			return false;
	}
	return true;
}

static bool decode_trace(struct decode *decode, const struct cursor *igmp, const char *name)
{
	if (igmp->length < TRACE_BYTES) {
		print_length(decode, " [invalid len ", igmp->length);
		return true;
	}
	if (!cursor_has(igmp, TRACE_BYTES))
		return false;
	text_string(decode->out, name);
	text_decimal(decode->out, cursor_be24_at(igmp, 21));
	print_address(decode, ": ", igmp, 8);
	print_address(decode, " to ", igmp, 12);
	print_address(decode, " reply-to ", igmp, 16);
	if (cursor_u8_at(igmp, 16) >> 4 == 14)
		text_word_decimal(decode->out, " with-ttl ", cursor_u8_at(igmp, 20));
	return true;
}

static bool decode_type(struct decode *decode, const struct cursor *igmp, uint8_t type)
{
	switch (type) {
	case QUERY:
		return decode_query(decode, igmp);
	case REPORT1:
		if (!print_address(decode, "igmp v1 report ", igmp, 4))
			return false;
		if (igmp->length != 8)
			print_length(decode, " [len ", igmp->length);
		return true;
	case REPORT2:
		return print_address(decode, "igmp v2 report ", igmp, 4);
	case LEAVE:
		return print_address(decode, "igmp leave ", igmp, 4);
	case REPORT3:
		return decode_report(decode, igmp);
	case DVMRP:
		text_string(decode->out, "igmp dvmrp");
		if (igmp->length >= 8)
			return decode_dvmrp(decode, igmp);
		print_length(decode, " [len ", igmp->length);
		return true;
	case PIM1:
		text_string(decode->out, "igmp pimv1");
		return decode_pim1(decode, igmp);
	case TRACE_RESPONSE:
		return decode_trace(decode, igmp, "mresp ");
	case TRACE:
		return decode_trace(decode, igmp, "mtrace ");
	default:
		text_word_decimal(decode->out, "igmp-", type);
		return true;
	}
}

bool decode_igmp(struct decode *decode, struct cursor *cursor)
{
	const uint8_t *all = cursor_bytes_at(cursor, 0, cursor->length);

	decode->protocol = "igmp";
	if (decode->options->quick) {
		text_string(decode->out, "igmp");
		return true;
	}
	if (!cursor_has(cursor, 1) || !decode_type(decode, cursor, cursor_u8_at(cursor, 0)))
		return false;
	if (decode->options->verbose && all && cursor->length >= 4 &&
	    checksum_finish(checksum_add(0, all, cursor->length))) {
		text_string(decode->out, " bad igmp cksum ");
		text_hex(decode->out, cursor_be16_at(cursor, 2), 1);
		text_char(decode->out, '!');
	}
	return true;
}
