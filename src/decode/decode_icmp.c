/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP (RFC 792, RFC 1256). The extensions of RFC 4884 are in
 * decode_icmp_extension.c.
 */
#include <netinet/in.h>
#include <stddef.h>

#include "decode_parts.h"
#include "decoders.h"
#include "frames/checksum.h"

#define HEADER_BYTES      8u
#define MOST_DESCRIPTION  163u /* what tcpdump has room for */
#define INNER_PROTOCOL    (HEADER_BYTES + 9u)
#define INNER_DESTINATION (HEADER_BYTES + 16u)

enum type {
	ECHO_REPLY = 0,
	UNREACHABLE = 3,
	QUENCH = 4,
	REDIRECT = 5,
	ECHO = 8,
	ADVERTISEMENT = 9,
	SOLICITATION = 10,
	EXCEEDED = 11,
	PARAMETER = 12,
	TIMESTAMP = 13,
	TIMESTAMP_REPLY = 14,
	MASK_REPLY = 18,
};

static const struct text_name type_names[] = {
	{QUENCH, "source quench"},    {SOLICITATION, "router solicitation"},
	{15, "information request"},  {16, "information reply"},
	{17, "address mask request"}, {0, NULL},
};

/* Around the address. */
static const struct {
	const char *before, *behind;
} unreachable[] = {
	{"net ", " unreachable"},
	{"host ", " unreachable"},
	{"", ""}, /* protocol */
	{"", ""}, /* port */
	{"", ""}, /* fragmentation needed */
	{"", " unreachable - source route failed"},
	{"net ", " unreachable - unknown"},
	{"host ", " unreachable - unknown"},
	{"", " unreachable - source host isolated"},
	{"net ", " unreachable - admin prohibited"},
	{"host ", " unreachable - admin prohibited"},
	{"net ", " unreachable - tos prohibited"},
	{"host ", " unreachable - tos prohibited"},
	{"host ", " unreachable - admin prohibited filter"},
	{"host ", " unreachable - host precedence violation"},
	{"host ", " unreachable - precedence cutoff"},
};

enum code { CODE_PROTOCOL = 2, CODE_PORT = 3, CODE_TOO_BIG = 4 };

static void put_address(struct text *out, const struct cursor *icmp, uint32_t at)
{
	uint8_t address[4];

	cursor_copy_at(icmp, at, address, sizeof(address));
	text_ipv4(out, address);
}

/* What is beyond what was captured ends this protocol's part, or all. The
 * difference shows where -x begins. */
enum outcome { WHOLE, CUT, BEYOND };

static enum outcome describe_port(struct text *out, const struct cursor *icmp)
{
	uint32_t port_at = HEADER_BYTES + (cursor_u8_at(icmp, HEADER_BYTES) & 15u) * 4u + 2u;
	uint8_t protocol = cursor_u8_at(icmp, INNER_PROTOCOL);
	uint16_t port = cursor_be16_at(icmp, port_at);

	if (!cursor_has(icmp, INNER_PROTOCOL + 1))
		return CUT;
	if (!cursor_has(icmp, port_at + 2) || !cursor_has(icmp, INNER_DESTINATION + 4))
		return BEYOND;
	put_address(out, icmp, INNER_DESTINATION);
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
		text_string(out, protocol == IPPROTO_TCP ? " tcp port " : " udp port ");
	} else {
		text_word_decimal(out, " protocol ", protocol);
		text_string(out, " port ");
	}
	text_decimal(out, port);
	text_string(out, " unreachable");
	return WHOLE;
}

static enum outcome describe_unreachable(struct text *out, const struct cursor *icmp, uint8_t code)
{
	uint16_t mtu = cursor_be16_at(icmp, 6);

	if (code == CODE_PORT)
		return describe_port(out, icmp);
	if (!cursor_has(icmp, INNER_DESTINATION + 4))
		return BEYOND;
	if (code < sizeof(unreachable) / sizeof(unreachable[0]))
		text_string(out, unreachable[code].before);
	put_address(out, icmp, INNER_DESTINATION);
	if (code == CODE_PROTOCOL) {
		text_word_decimal(out, " protocol ", cursor_u8_at(icmp, INNER_PROTOCOL));
		text_string(out, " unreachable");
	} else if (code == CODE_TOO_BIG) {
		text_string(out, " unreachable - need to frag");
		if (mtu) {
			text_word_decimal(out, " (mtu ", mtu);
			text_char(out, ')');
		}
	} else if (code < sizeof(unreachable) / sizeof(unreachable[0])) {
		text_string(out, unreachable[code].behind);
	} else {
		text_word_decimal(out, " unreachable - #", code);
	}
	return WHOLE;
}

static enum outcome describe_redirect(struct text *out, const struct cursor *icmp, uint8_t code)
{
	static const char *const words[][2] = {
		{"redirect ", " to net "},
		{"redirect ", " to host "},
		{"redirect-tos ", " to net "},
		{"redirect-tos ", " to host "},
	};

	if (!cursor_has(icmp, INNER_DESTINATION + 4))
		return BEYOND;
	if (code < 4) {
		text_string(out, words[code][0]);
	} else {
		text_word_decimal(out, "redirect-#", code);
		text_char(out, ' ');
	}
	put_address(out, icmp, INNER_DESTINATION);
	text_string(out, code < 4 ? words[code][1] : " to ");
	put_address(out, icmp, 4);
	return WHOLE;
}

static enum outcome describe_advertisement(struct text *out, const struct cursor *icmp)
{
	uint32_t lifetime = cursor_be16_at(icmp, 6), count = cursor_u8_at(icmp, 4);

	if (!cursor_has(icmp, HEADER_BYTES))
		return CUT;
	text_string(out, "router advertisement lifetime ");
	if (lifetime >= 3600)
		text_format(out, "%u:%02u:%02u", lifetime / 3600, lifetime % 3600 / 60,
			    lifetime % 60);
	else if (lifetime >= 60)
		text_format(out, "%u:%02u", lifetime / 60, lifetime % 60);
	else
		text_decimal(out, lifetime);
	text_word_decimal(out, " ", count);
	text_char(out, ':');
	if (cursor_u8_at(icmp, 5) != 2) {
		text_word_decimal(out, " [size ", cursor_u8_at(icmp, 5));
		text_char(out, ']');
		return WHOLE;
	}
	for (uint32_t at = HEADER_BYTES; count; count--, at += 8) {
		if (!cursor_has(icmp, at + 8))
			return CUT;
		text_string(out, " {");
		put_address(out, icmp, at);
		text_word_decimal(out, " ", cursor_be32_at(icmp, at + 4));
		text_char(out, '}');
	}
	return WHOLE;
}

static void put_time(struct text *out, const char *word, uint32_t milliseconds)
{
	uint32_t seconds = milliseconds / 1000;

	text_format(out, "%s%02u:%02u:%02u.%03u", word, seconds / 3600, seconds % 3600 / 60,
		    seconds % 60, milliseconds % 1000);
}

static enum outcome describe_timestamp(struct text *out, const struct cursor *icmp, bool reply)
{
	if (!cursor_has(icmp, reply ? HEADER_BYTES + 12 : HEADER_BYTES))
		return reply ? CUT : BEYOND;
	text_word_decimal(out, reply ? "time stamp reply id " : "time stamp query id ",
			  cursor_be16_at(icmp, 4));
	text_word_decimal(out, " seq ", cursor_be16_at(icmp, 6));
	if (reply) {
		put_time(out, ": org ", cursor_be32_at(icmp, 8));
		put_time(out, ", recv ", cursor_be32_at(icmp, 12));
		put_time(out, ", xmit ", cursor_be32_at(icmp, 16));
	}
	return WHOLE;
}

static enum outcome describe_exceeded(struct text *out, const struct cursor *icmp, uint8_t code)
{
	if (!cursor_has(icmp, INNER_DESTINATION + 4))
		return CUT;
	if (code == 0)
		text_string(out, "time exceeded in-transit");
	else if (code == 1)
		text_string(out, "ip reassembly time exceeded");
	else
		text_word_decimal(out, "time exceeded-#", code);
	return WHOLE;
}

/* All or nothing of it is printed. */
static enum outcome describe(struct text *out, const struct cursor *icmp, uint8_t type,
			     uint8_t code)
{
	switch (type) {
	case ECHO:
	case ECHO_REPLY:
		text_string(out, type == ECHO ? "echo request, id " : "echo reply, id ");
		text_decimal(out, cursor_be16_at(icmp, 4));
		text_word_decimal(out, ", seq ", cursor_be16_at(icmp, 6));
		return cursor_has(icmp, HEADER_BYTES) ? WHOLE : BEYOND;
	case UNREACHABLE:
		return describe_unreachable(out, icmp, code);
	case REDIRECT:
		return describe_redirect(out, icmp, code);
	case ADVERTISEMENT:
		return describe_advertisement(out, icmp);
	case EXCEEDED:
		return describe_exceeded(out, icmp, code);
	case PARAMETER:
		if (code)
			text_word_decimal(out, "parameter problem - code ", code);
		else
			text_word_decimal(out, "parameter problem - octet ", cursor_u8_at(icmp, 4));
		return code || cursor_has(icmp, 5) ? WHOLE : BEYOND;
	case MASK_REPLY:
		text_string(out, "address mask is ");
		text_hex_prefixed(out, cursor_be32_at(icmp, 8), 8);
		return cursor_has(icmp, 12) ? WHOLE : BEYOND;
	case TIMESTAMP:
	case TIMESTAMP_REPLY:
		return describe_timestamp(out, icmp, type == TIMESTAMP_REPLY);
	default:
		text_name(out, type_names, "type-#%u", type);
		return WHOLE;
	}
}

static void print_checksum(struct decode *decode, const struct cursor *icmp)
{
	const uint8_t *data = cursor_bytes_at(icmp, 0, icmp->length);
	uint16_t found = cursor_be16_at(icmp, 2), remainder;

	if (!data)
		return;
	remainder = checksum_finish(checksum_add(0, data, icmp->length));
	if (!remainder)
		return;
	text_string(decode->out, " (wrong icmp cksum ");
	text_hex(decode->out, found, 1);
	text_string(decode->out, " (->");
	text_hex(decode->out, checksum_expected(found, remainder), 1);
	text_string(decode->out, ")!)");
}

static bool is_error(uint8_t type)
{
	return type == UNREACHABLE || type == QUENCH || type == REDIRECT || type == EXCEEDED ||
	       type == PARAMETER;
}

/* The datagram an error is about. */
static bool decode_inner(struct decode *decode, const struct cursor *icmp)
{
	struct cursor inner = *icmp;
	uint16_t total = cursor_be16_at(icmp, HEADER_BYTES + 2);

	text_string(decode->out, "\n\t");
	/* A total in front of which it does not even stand is as one cut off. */
	if (!cursor_has(icmp, HEADER_BYTES + 4) || total < 4)
		return false;
	cursor_skip(&inner, HEADER_BYTES);
	cursor_narrow(&inner, total);
	return decode_nested(decode, &inner, decode_ipv4);
}

bool decode_icmp(struct decode *decode, struct cursor *cursor)
{
	uint8_t type = cursor_u8_at(cursor, 0), code = cursor_u8_at(cursor, 1);
	char memory[MOST_DESCRIPTION];
	struct text description;
	enum outcome outcome;

	decode->protocol = "icmp";
	text_open(&description, -1, memory, sizeof(memory));
	if (!cursor_has(cursor, 2))
		return false;
	outcome = describe(&description, cursor, type, code);
	if (outcome != WHOLE)
		return outcome == CUT && decode_truncated(decode);
	text_string(decode->out, "ICMP ");
	text_bytes(decode->out, memory, text_pending(&description));
	text_word_decimal(decode->out, ", length ", cursor->length);
	if (!decode->options->verbose)
		return true;
	if (!decode->ip.fragmented)
		print_checksum(decode, cursor);
	if (is_error(type) && !decode_inner(decode, cursor))
		return false;
	decode->protocol = "icmp";
	if (type == UNREACHABLE || type == EXCEEDED || type == PARAMETER)
		return decode_icmp_extension(decode, cursor);
	return true;
}
