/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCTP (RFC 9260).
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decoders.h"

#define HEADER_BYTES 12u
#define CHUNK_BYTES  4u
#define DATA_BYTES   12u
#define UNORDERED    4u
#define FIRST        2u
#define LAST         1u

enum chunk {
	DATA = 0,
	INIT = 1,
	INIT_ACK = 2,
	SACK = 3,
};

static const struct text_name chunk_names[] = {
	{DATA, "DATA"},
	{INIT, "INIT"},
	{INIT_ACK, "INIT ACK"},
	{SACK, "SACK"},
	{4, "HB REQ"},
	{5, "HB ACK"},
	{6, "ABORT"},
	{7, "SHUTDOWN"},
	{8, "SHUTDOWN ACK"},
	{9, "OP ERR"},
	{10, "COOKIE ECHO"},
	{11, "COOKIE ACK"},
	{12, "ECN ECHO"},
	{13, "ECN CWR"},
	{14, "SHUTDOWN COMPLETE"},
	{0xc0, "FOR CUM TSN"},
	{0xc1, "REL CTRL"},
	{0xc2, "REL CTRL ACK"},
	{0, NULL},
};

/* Who the payload is for. */
static const struct text_name payload_names[] = {
	{1, "ISDN Q.921"}, {2, "M2UA"},       {3, "M3UA"},       {4, "SUA"},     {5, "M2PA"},
	{6, "V5.2"},       {7, "H.248"},      {8, "BICC"},       {9, "TALI"},    {10, "DUA"},
	{11, "ASAP"},      {12, "ENRP"},      {13, "H.323"},     {14, "Q.IPC"},  {15, "SIMCO"},
	{16, "DDPSC"},     {17, "DDPSSC"},    {18, "S1AP"},      {19, "RUA"},    {20, "HNBAP"},
	{21, "ForCES HP"}, {22, "ForCES MP"}, {23, "ForCES LP"}, {24, "SBc-AP"}, {25, "NBAP"},
	{27, "X2AP"},      {0, NULL},
};

static void print_field(struct decode *decode, const char *word, uint32_t value)
{
	text_char(decode->out, '[');
	text_word_decimal(decode->out, word, value);
	text_string(decode->out, "] ");
}

static void print_flags(struct decode *decode, uint8_t flags)
{
	text_string(decode->out, flags & UNORDERED ? "(U)" : "");
	text_string(decode->out, flags & FIRST ? "(B)" : "");
	text_string(decode->out, flags & LAST ? "(E)" : "");
	text_string(decode->out, flags & (UNORDERED | FIRST | LAST) ? " " : "");
}

static bool print_payload(struct decode *decode, const struct cursor *payload)
{
	enum decode_dump dump = decode->options->dump;
	bool is_hex = dump != DECODE_DUMP_NONE && dump < DECODE_DUMP_ASCII;

	if (decode->options->verbose < 2)
		return true;
	text_string(decode->out, "[Payload");
	if (!is_hex && !decode->options->quick) {
		text_char(decode->out, ':');
		if (!decode_unknown_part(decode, payload))
			return false;
	}
	text_char(decode->out, ']');
	return true;
}

static bool print_bogus(struct decode *decode, uint32_t length)
{
	text_word_decimal(decode->out, "bogus chunk length ", length + CHUNK_BYTES);
	text_char(decode->out, ']');
	return false;
}

/* These get a chunk that is captured whole, from behind its header. False ends
 * the packet. */
static bool print_data(struct decode *decode, struct cursor chunk, uint8_t flags)
{
	print_flags(decode, flags);
	if (chunk.length < DATA_BYTES)
		return print_bogus(decode, chunk.length);
	print_field(decode, "TSN: ", cursor_be32_at(&chunk, 0));
	print_field(decode, "SID: ", cursor_be16_at(&chunk, 4));
	print_field(decode, "SSEQ ", cursor_be16_at(&chunk, 6));
	text_string(decode->out, "[PPID ");
	text_name(decode->out, payload_names, "0x%x", cursor_be32_at(&chunk, 8));
	text_string(decode->out, "] ");
	cursor_skip(&chunk, DATA_BYTES);
	if (chunk.length == 0)
		return print_bogus(decode, DATA_BYTES);
	return print_payload(decode, &chunk);
}

static bool print_init(struct decode *decode, const struct cursor *chunk)
{
	if (chunk->length < 16)
		return print_bogus(decode, chunk->length);
	print_field(decode, "init tag: ", cursor_be32_at(chunk, 0));
	print_field(decode, "rwnd: ", cursor_be32_at(chunk, 4));
	print_field(decode, "OS: ", cursor_be16_at(chunk, 8));
	print_field(decode, "MIS: ", cursor_be16_at(chunk, 10));
	print_field(decode, "init TSN: ", cursor_be32_at(chunk, 12));
	return true;
}

static bool print_sack(struct decode *decode, struct cursor chunk)
{
	uint32_t ack = cursor_be32_at(&chunk, 0), gaps = cursor_be16_at(&chunk, 8);
	uint32_t duplicates = cursor_be16_at(&chunk, 10), length = chunk.length;

	if (chunk.length < 12)
		return print_bogus(decode, chunk.length);
	print_field(decode, "cum ack ", ack);
	print_field(decode, "a_rwnd ", cursor_be32_at(&chunk, 4));
	print_field(decode, "#gap acks ", gaps);
	print_field(decode, "#dup tsns ", duplicates);
	cursor_skip(&chunk, 12);
	for (uint32_t i = 0; chunk.length && i < gaps + duplicates; i++) {
		if (chunk.length < 4)
			return print_bogus(decode, length);
		if (i < gaps)
			text_format(decode->out, "\n\t\t[gap ack block #%u: start = %u, end = %u] ",
				    i + 1, ack + cursor_be16_at(&chunk, 0),
				    ack + cursor_be16_at(&chunk, 2));
		else
			text_format(decode->out, "\n\t\t[dup TSN #%u: %u] ", i - gaps + 1,
				    cursor_be32_at(&chunk, 0));
		cursor_skip(&chunk, 4);
	}
	return true;
}

static bool print_chunk(struct decode *decode, const struct cursor *chunk, uint8_t type,
			uint8_t flags)
{
	text_char(decode->out, '[');
	text_name(decode->out, chunk_names, "Unknown chunk type: 0x%x", type);
	text_string(decode->out, "] ");
	switch (type) {
	case DATA:
		return print_data(decode, *chunk, flags);
	case INIT:
	case INIT_ACK:
		return print_init(decode, chunk);
	case SACK:
		return print_sack(decode, *chunk);
	default:
		return true;
	}
}

/* All of them; false where one is broken off. */
static bool decode_chunks(struct decode *decode, struct cursor *sctp)
{
	bool lines = decode->options->verbose >= 2;
	const char *before = lines ? "\n\t" : " (";

	for (uint32_t number = 1; sctp->length; number++) {
		uint8_t type = cursor_u8_at(sctp, 0), flags = cursor_u8_at(sctp, 1);
		uint32_t length = cursor_be16_at(sctp, 2), padding = -length & 3u;
		struct cursor chunk = cursor_part(sctp, length);

		if (sctp->length < CHUNK_BYTES) {
			text_format(decode->out,
				    "%s%u) [chunk descriptor cut off at end of packet]", before,
				    number);
			return true;
		}
		if (!cursor_has(sctp, CHUNK_BYTES))
			return false;
		if (length < CHUNK_BYTES) {
			text_format(decode->out,
				    "%s%u) [Bad chunk length %u, < size of chunk descriptor]",
				    before, number, length);
			return true;
		}
		if (sctp->length < padding) {
			text_format(decode->out,
				    "%s%u) [Bad chunk length %u, > remaining data in packet]",
				    before, number, length);
			return true;
		}
		if (!cursor_has(sctp, length))
			return false;
		cursor_skip(&chunk, CHUNK_BYTES);
		text_format(decode->out, "%s%u) ", before, number);
		if (!print_chunk(decode, &chunk, type, flags))
			return true;
		before = lines ? before : ", (";
		cursor_skip(sctp, length);
		if (!cursor_skip(sctp, padding))
			return false;
	}
	return true;
}

bool decode_sctp(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "sctp";
	if (cursor->length < HEADER_BYTES) {
		text_format(decode->out, "truncated-sctp - %u bytes missing!",
			    HEADER_BYTES - cursor->length);
		return true;
	}
	if (!cursor_has(cursor, HEADER_BYTES))
		return decode_truncated(decode);
	decode->source_port = cursor_be16_at(cursor, 0);
	decode->destination_port = cursor_be16_at(cursor, 2);
	decode_ip_ports(decode, decode->ip.protocol);
	text_string(decode->out, "sctp");
	cursor_skip(cursor, HEADER_BYTES);
	return decode_chunks(decode, cursor) || decode_truncated(decode);
}
