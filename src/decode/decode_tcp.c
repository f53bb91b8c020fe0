/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP (RFC 9293). Its options are in decode_tcp_options.c.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode/tcp_flows.h"
#include "decode_parts.h"
#include "decoders.h"
#include "frames/checksum.h"

#define HEADER_BYTES 20u
#define MOST_RESET   30u /* bytes of a reset's data */

enum flag { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ECE = 64, CWR = 128 };

/* In the order they are printed in. */
static const struct text_name flag_names[] = {
	{FIN, "F"}, {SYN, "S"}, {RST, "R"}, {PSH, "P"}, {ACK, "."},
	{URG, "U"}, {ECE, "E"}, {CWR, "W"}, {0, NULL},
};

static void relate(struct decode *decode, struct tcp_header *tcp)
{
	const struct cursor *ip = &decode->ip.header;
	uint32_t bytes = decode->ip.version == 4 ? 4 : 16, at = bytes == 4 ? 12 : 8;
	struct tcp_segment segment = {
		.source = cursor_bytes_at(ip, at, bytes),
		.destination = cursor_bytes_at(ip, at + bytes, bytes),
		.address_bytes = bytes,
		.source_port = decode->source_port,
		.destination_port = decode->destination_port,
		.seq = tcp->seq,
		.ack = tcp->ack,
		.syn = tcp->flags & SYN,
	};

	tcp->sack_base = 0;
	if (decode->options->absolute_seq || !(tcp->flags & ACK) || !decode->flows ||
	    !segment.source || !segment.destination)
		return;
	tcp->sack_base = tcp_flows_relate(decode->flows, &segment);
	tcp->seq = segment.seq;
	tcp->ack = segment.ack;
}

static void print_checksum(struct decode *decode, const struct cursor *segment)
{
	uint32_t bytes = segment->length;
	const uint8_t *data = cursor_bytes_at(segment, 0, bytes);
	uint16_t found = cursor_be16_at(segment, 16), remainder;

	if (!decode->options->verbose || decode->ip.fragmented || !data)
		return;
	remainder = checksum_finish(
		checksum_add(decode_ip_pseudo_sum(decode, IPPROTO_TCP, bytes), data, bytes));
	text_string(decode->out, ", cksum ");
	text_hex_prefixed(decode->out, found, 4);
	if (!remainder) {
		text_string(decode->out, " (correct)");
		return;
	}
	text_string(decode->out, " (incorrect -> ");
	text_hex_prefixed(decode->out, checksum_expected(found, remainder), 4);
	text_char(decode->out, ')');
}

static void print_numbers(struct decode *decode, const struct tcp_header *tcp)
{
	if (decode->options->verbose > 1 || tcp->data_bytes || tcp->flags & (SYN | FIN | RST)) {
		text_word_decimal(decode->out, ", seq ", tcp->seq);
		if (tcp->data_bytes)
			text_word_decimal(decode->out, ":", (uint32_t)(tcp->seq + tcp->data_bytes));
	}
	if (tcp->flags & ACK)
		text_word_decimal(decode->out, ", ack ", tcp->ack);
	text_word_decimal(decode->out, ", win ", tcp->window);
	if (tcp->flags & URG)
		text_word_decimal(decode->out, ", urg ", tcp->urgent);
}

/* Some systems say in a reset's data why (RFC 1122, 4.2.2.12). */
static void print_reset(struct decode *decode, const struct cursor *data)
{
	uint32_t count = data->length;

	text_string(decode->out, cursor_has(data, count) ? " [RST" : " [!RST");
	if (count > MOST_RESET) {
		count = MOST_RESET;
		text_char(decode->out, '+');
	}
	text_char(decode->out, ' ');
	if (count > cursor_left(data))
		count = cursor_left(data);
	text_safe(decode->out, cursor_bytes_at(data, 0, count), count);
	text_char(decode->out, ']');
}

static bool decode_data(struct decode *decode, struct cursor *cursor, const struct tcp_header *tcp)
{
	decode_fn *next;

	text_word_decimal(decode->out, ", length ", tcp->data_bytes);
	if (tcp->data_bytes == 0)
		return true;
	if (!cursor_has(cursor, tcp->bytes)) {
		text_word_decimal(decode->out, " [remaining caplen(", cursor_left(cursor));
		text_word_decimal(decode->out, ") < header length(", tcp->bytes);
		text_string(decode->out, ")]");
		return false;
	}
	cursor_skip(cursor, tcp->bytes);
	if (tcp->flags & RST && decode->options->verbose) {
		print_reset(decode, cursor);
		return true;
	}
	next = decode_find_tcp(decode);
	return !next || decode_nested(decode, cursor, next);
}

static void print_too_long(struct decode *decode, uint32_t header_bytes, uint32_t length)
{
	text_word_decimal(decode->out, " [bad hdr length ", header_bytes);
	text_word_decimal(decode->out, " - too long, > ", length);
	text_char(decode->out, ']');
}

static bool decode_segment(struct decode *decode, struct cursor *cursor, struct tcp_header *tcp)
{
	bool broken = false;

	text_string(decode->out, "Flags [");
	text_bits(decode->out, flag_names, tcp->flags, "", "none");
	text_char(decode->out, ']');
	relate(decode, tcp);
	if (tcp->bytes > cursor->length) {
		print_too_long(decode, tcp->bytes, cursor->length);
		return true;
	}
	print_checksum(decode, cursor);
	tcp->data_bytes = cursor->length - tcp->bytes;
	print_numbers(decode, tcp);
	if (tcp->bytes > HEADER_BYTES) {
		if (!decode_tcp_options(decode, cursor, tcp, &broken))
			return false;
		if (broken)
			return true;
	}
	return decode_data(decode, cursor, tcp);
}

/* Without a whole header only a few words are said. */
static bool decode_short(struct decode *decode, const struct cursor *cursor,
			 const struct tcp_header *tcp)
{
	text_word_decimal(decode->out, "tcp ", (uint32_t)(cursor->length - tcp->bytes));
	if (tcp->bytes > cursor->length)
		print_too_long(decode, tcp->bytes, cursor->length);
	return true;
}

bool decode_tcp(struct decode *decode, struct cursor *cursor)
{
	struct tcp_header tcp;

	decode->protocol = "tcp";
	if (!cursor_has(cursor, 4)) {
		decode_ip_addresses(decode, ":");
		return decode_truncated(decode);
	}
	decode->source_port = cursor_be16_at(cursor, 0);
	decode->destination_port = cursor_be16_at(cursor, 2);
	decode_ip_ports(decode, IPPROTO_TCP);
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	tcp = (struct tcp_header){
		.seq = cursor_be32_at(cursor, 4),
		.ack = cursor_be32_at(cursor, 8),
		.bytes = (cursor_u8_at(cursor, 12) >> 4) * 4u,
		.flags = cursor_u8_at(cursor, 13),
		.window = cursor_be16_at(cursor, 14),
		.urgent = cursor_be16_at(cursor, 18),
	};
	if (tcp.bytes < HEADER_BYTES) {
		text_word_decimal(decode->out, " tcp ", (uint32_t)(cursor->length - tcp.bytes));
		text_word_decimal(decode->out, " [bad hdr length ", tcp.bytes);
		text_string(decode->out, " - too short, < 20]");
		return true;
	}
	if (decode->options->quick)
		return decode_short(decode, cursor, &tcp);
	return decode_segment(decode, cursor, &tcp);
}
