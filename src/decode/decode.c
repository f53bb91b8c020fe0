/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all decoders share, and so stands below them: tables looked up, and how
 * the end of what was captured, what is invalid and what is not known are
 * printed.
 */
#include "decode/decode.h"

#include <stddef.h>

#include "decode/hexdump.h"
#include "decode_tables.h"

/* More levels than any tunnel in a tunnel has; each is a few hundred bytes of
 * stack. */
#define MOST_DEPTH 64u

bool decode_truncated(struct decode *decode)
{
	text_string(decode->out, " [|");
	text_string(decode->out, decode->protocol);
	text_char(decode->out, ']');
	return true;
}

bool decode_invalid(struct decode *decode)
{
	text_string(decode->out, " (invalid)");
	return true;
}

bool decode_too_short(struct decode *decode, uint32_t length, uint32_t least)
{
	text_format(decode->out, " [length %u < %u]", length, least);
	return decode_invalid(decode);
}

void decode_dump(struct decode *decode, const struct cursor *cursor)
{
	hexdump_both(decode->out, cursor->at, cursor_left(cursor));
}

bool decode_unknown_part(struct decode *decode, const struct cursor *cursor)
{
	enum decode_dump dump = decode->options->dump;
	bool is_hex = dump != DECODE_DUMP_NONE && dump < DECODE_DUMP_ASCII;
	struct cursor part = cursor_part(cursor, cursor->length);

	if (is_hex || decode->options->quick)
		return true;
	decode_dump(decode, &part);
	return cursor_has(cursor, cursor->length);
}

void decode_hex(struct decode *decode, const struct cursor *cursor, const char *indent,
		uint32_t bytes)
{
	uint32_t there = cursor_left(cursor);

	hexdump_indented(decode->out, indent, cursor->at, bytes < there ? bytes : there);
}

void decode_characters(struct decode *decode, const struct cursor *cursor, uint32_t at,
		       uint32_t bytes)
{
	for (; bytes && cursor_u8_at(cursor, at); at++, bytes--)
		text_safe_char(decode->out, cursor_u8_at(cursor, at));
}

void decode_unknown(struct decode *decode, const struct cursor *cursor)
{
	enum decode_dump dump = decode->options->dump;
	bool is_hex = dump != DECODE_DUMP_NONE && dump < DECODE_DUMP_ASCII;

	if (!is_hex && !decode->options->quick)
		decode_dump(decode, cursor);
}

void decode_interval(struct decode *decode, uint32_t seconds)
{
	static const struct {
		uint32_t seconds;
		char letter;
	} units[] = {{31536000, 'y'}, {604800, 'w'}, {86400, 'd'},
		     {3600, 'h'},     {60, 'm'},     {1, 's'}};

	if (seconds == 0)
		text_string(decode->out, "0s");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds < units[i].seconds)
			continue;
		text_decimal(decode->out, seconds / units[i].seconds);
		text_char(decode->out, units[i].letter);
		seconds %= units[i].seconds;
	}
}

bool decode_nested(struct decode *decode, struct cursor *cursor, decode_fn *next)
{
	bool whole;

	if (decode->depth >= MOST_DEPTH) {
		text_string(decode->out, "[nested too deeply]");
		return true;
	}
	decode->depth++;
	whole = next(decode, cursor);
	decode->depth--;
	return whole;
}

decode_fn *decode_find_ethertype(const struct decode *decode, uint16_t type)
{
	const struct decode_ethertype *entry = decode->tables->ethertypes;

	while (entry->decode && entry->type != type)
		entry++;
	return entry->decode;
}

decode_fn *decode_find_snap(const struct decode *decode, uint32_t oui, uint16_t pid)
{
	const struct decode_snap *snap = decode->tables->snaps;

	while (snap->decode && (snap->oui != oui || snap->pid != pid))
		snap++;
	return snap->decode;
}

/* A number in the index is that of a line, from 1: decode_ports_fill. */
static decode_fn *find_port(uint8_t source, uint8_t destination, const struct decode_port *table)
{
	if (!source || (destination && destination < source))
		source = destination;
	return source ? table[source - 1].decode : NULL;
}

decode_fn *decode_find_udp(const struct decode *decode)
{
	const struct decode_ports *ports = decode->ports;

	return find_port(ports->udp_source[decode->source_port],
			 ports->udp_destination[decode->destination_port],
			 decode->tables->udp_ports);
}

decode_fn *decode_find_tcp(const struct decode *decode)
{
	const struct decode_ports *ports = decode->ports;

	return find_port(ports->tcp_source[decode->source_port],
			 ports->tcp_destination[decode->destination_port],
			 decode->tables->tcp_ports);
}
