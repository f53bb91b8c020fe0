/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages (RFC 1035), over UDP and TCP, and multicast DNS (RFC 6762).
 */
#include "decode_dns.h"

#include <stddef.h>

#include "decoders.h"

#define OPCODE_INVERSE 1u
#define ODD_BITS       0x06cfu /* of the flags, in a query */

enum flag {
	RESPONSE = 0x8000,
	AUTHORITATIVE = 0x0400,
	TRUNCATED = 0x0200,
	RECURSION = 0x0100,
	RECURSION_HAD = 0x0080,
	AUTHENTIC = 0x0020,
	UNCHECKED = 0x0010,
};

/* How many there are of each kind. */
struct counts {
	uint32_t questions, answers, authorities, additional;
};

static const char *const opcode_names[] = {
	"",         " inv_q",    " stat",     " op3",     " notify",  " update",
	" op6",     " op7",      " op8",      " updateA", " updateD", " updateDA",
	" updateM", " updateMA", " zoneInit", " zoneRef",
};

/* Two without a space are tcpdump's. */
static const char *const rcode_names[] = {
	"",          " FormErr", " ServFail", " NXDomain", " NotImp",  " Refused",
	" YXDomain", " YXRRSet", " NXRRSet",  " NotAuth",  " NotZone", " Resp11",
	" Resp12",   " Resp13",  " Resp14",   " NoChange", " BadVers", "Resp17",
	" Resp18",   " Resp19",  " Resp20",   "Resp21",    " Resp22",  " BadCookie",
};

/* Behind a record; 0 where it ends behind the message. */
static uint32_t skip_record(const struct dns *dns, uint32_t at)
{
	at = dns_skip_name(dns, at);
	if (!at || !dns_has(dns, at + 8, 2))
		return 0;
	at += 10u + cursor_be16_at(&dns->message, at + 8);
	return at < dns_end(dns) ? at : 0;
}

/* The upper bits of the result are in an OPT record (RFC 6891, 6.1.3). */
static uint32_t find_rcode(const struct dns *dns, uint16_t flags, const struct counts *counts)
{
	uint32_t rcode = flags & 15u, at = DNS_HEADER_BYTES, i;

	for (i = 0; i < counts->questions; i++) {
		at = dns_skip_name(dns, at);
		if (!at || at + 4 >= dns_end(dns))
			return rcode;
		at += 4;
	}
	for (i = 0; i < counts->answers + counts->authorities; i++) {
		at = skip_record(dns, at);
		if (!at)
			return rcode;
	}
	for (i = 0; i < counts->additional; i++) {
		uint32_t fields = dns_skip_name(dns, at);

		if (!fields || !dns_has(dns, fields, 5))
			return rcode;
		if (cursor_be16_at(&dns->message, fields) == DNS_TYPE_OPT)
			return rcode | (uint32_t)cursor_u8_at(&dns->message, fields + 4) << 4;
		at = skip_record(dns, at);
		if (!at)
			return rcode;
	}
	return rcode;
}

static void print_count(struct dns *dns, uint32_t count, const char *kind)
{
	text_word_decimal(dns->decode->out, " [", count);
	text_string(dns->decode->out, kind);
}

/* Records of a section. The first is tried even where the message has ended,
 * in the section of answers. Returns 0 where it broke off. */
static uint32_t print_section(struct dns *dns, uint32_t at, uint32_t count, const char *name,
			      bool always)
{
	if (count && (always || at < dns_end(dns))) {
		text_string(dns->decode->out, name);
		do {
			at = dns_print_record(dns, at);
			count--;
			if (at && at < dns_end(dns) && count)
				text_char(dns->decode->out, ',');
		} while (at && at < dns_end(dns) && count);
	}
	return count ? 0 : at;
}

static bool print_records(struct dns *dns, uint32_t at, const struct counts *counts, bool answers,
			  bool others)
{
	if (answers) {
		at = print_section(dns, at, counts->answers, "", true);
		if (!at)
			return false;
	}
	if (!others)
		return true;
	at = print_section(dns, at, counts->authorities, " ns:", false);
	return at && print_section(dns, at, counts->additional, " ar:", false);
}

static bool print_response(struct dns *dns, uint16_t flags, const struct counts *counts)
{
	struct text *out = dns->decode->out;
	uint32_t rcode = find_rcode(dns, flags, counts), at = DNS_HEADER_BYTES;
	bool more = dns->decode->options->verbose > 1;

	if (rcode < sizeof(rcode_names) / sizeof(rcode_names[0]))
		text_string(out, rcode_names[rcode]);
	else
		text_word_decimal(out, " Resp", rcode);
	text_string(out, flags & AUTHORITATIVE ? "*" : "");
	text_string(out, flags & RECURSION_HAD ? "" : "-");
	text_string(out, flags & TRUNCATED ? "|" : "");
	text_string(out, flags & AUTHENTIC ? "$" : "");
	if (counts->questions != 1)
		print_count(dns, counts->questions, "q]");
	for (uint32_t i = 0; i < counts->questions; i++) {
		if (i)
			text_char(out, ',');
		if (more) {
			text_string(out, " q:");
			at = dns_print_question(dns, at);
		} else {
			at = dns_skip_name(dns, at);
			at = at ? at + 4 : 0;
		}
		if (!at)
			return false;
	}
	text_word_decimal(out, " ", counts->answers);
	text_word_decimal(out, "/", counts->authorities);
	text_word_decimal(out, "/", counts->additional);
	return print_records(dns, at, counts, true, more);
}

static void print_query_counts(struct dns *dns, bool inverse, const struct counts *counts)
{
	if (inverse && counts->questions)
		print_count(dns, counts->questions, "q]");
	if (counts->answers != inverse)
		print_count(dns, counts->answers, "a]");
	if (!inverse && counts->questions != 1)
		print_count(dns, counts->questions, "q]");
	if (counts->authorities)
		print_count(dns, counts->authorities, "n]");
	if (counts->additional)
		print_count(dns, counts->additional, "au]");
}

static bool print_query(struct dns *dns, uint16_t flags, const struct counts *counts)
{
	struct text *out = dns->decode->out;
	uint32_t at = DNS_HEADER_BYTES, left = counts->questions;
	bool more = dns->decode->options->verbose > 1;

	text_string(out, flags & RECURSION ? "+" : "");
	text_string(out, flags & UNCHECKED ? "%" : "");
	if (flags & ODD_BITS) {
		text_string(out, " [b2&3=");
		text_hex_prefixed(out, flags, 1);
		text_char(out, ']');
	}
	print_query_counts(dns, (flags >> 11 & 15u) == OPCODE_INVERSE, counts);
	if (left) {
		do {
			at = dns_print_question(dns, at);
			left--;
		} while (at && at < dns_end(dns) && left);
	}
	return at && !left && (!more || print_records(dns, at, counts, true, true));
}

static bool decode_message(struct decode *decode, struct cursor *cursor, bool multicast)
{
	struct dns dns = {.decode = decode, .message = *cursor, .multicast = multicast};
	struct counts counts = {cursor_be16_at(cursor, 4), cursor_be16_at(cursor, 6),
				cursor_be16_at(cursor, 8), cursor_be16_at(cursor, 10)};
	uint16_t flags = cursor_be16_at(cursor, 2);
	bool whole;

	if (cursor->length < DNS_HEADER_BYTES) {
		text_string(decode->out, decode->protocol);
		text_word_decimal(decode->out, " [length ", cursor->length);
		text_word_decimal(decode->out, " < ", DNS_HEADER_BYTES);
		text_char(decode->out, ']');
		return decode_invalid(decode);
	}
	if (!cursor_has(cursor, DNS_HEADER_BYTES))
		return decode_truncated(decode);
	text_decimal(decode->out, cursor_be16_at(cursor, 0));
	text_string(decode->out, opcode_names[flags >> 11 & 15u]);
	whole = flags & RESPONSE ? print_response(&dns, flags, &counts)
				 : print_query(&dns, flags, &counts);
	if (!whole)
		return !dns.beyond && decode_truncated(decode);
	text_word_decimal(decode->out, " (", cursor->length);
	text_char(decode->out, ')');
	return true;
}

bool decode_dns(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "domain";
	return decode_message(decode, cursor, false);
}

bool decode_mdns(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "domain";
	return decode_message(decode, cursor, true);
}

bool decode_dns_stream(struct decode *decode, struct cursor *cursor)
{
	uint16_t prefix = cursor_be16_at(cursor, 0);

	decode->protocol = "domain";
	if (cursor->length < 2) {
		text_word_decimal(decode->out, " [DNS over TCP: length ", cursor->length);
		text_string(decode->out, " < 2]");
		return decode_invalid(decode);
	}
	if (!cursor_skip(cursor, 2))
		return false;
	if (prefix != cursor->length) {
		text_word_decimal(decode->out, " [prefix length(", prefix);
		text_word_decimal(decode->out, ") != length(", cursor->length);
		text_string(decode->out, ")]");
		return decode_invalid(decode);
	}
	text_char(decode->out, ' ');
	return decode_message(decode, cursor, false);
}
