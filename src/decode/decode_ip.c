/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two versions of IP share: addresses, the pseudo header, and what
 * their payload is.
 */
#include <stddef.h>

#include "decode_tables.h"
#include "decoders.h"
#include "frames/checksum.h"

#define OPTION_END    0u
#define OPTION_NOP    1u
#define OPTION_LSRR   131u
#define OPTION_SSRR   137u
#define HEADER6       40u
#define SOURCE4_AT    12u
#define SOURCE6_AT    8u
#define NEXT_ROUTING  43u
#define NEXT_FRAGMENT 44u

static void print_address(struct decode *decode, bool destination)
{
	const struct cursor *header = &decode->ip.header;
	uint8_t address[16];

	if (decode->ip.version == 4) {
		cursor_copy_at(header, SOURCE4_AT + 4u * destination, address, 4);
		text_ipv4(decode->out, address);
	} else {
		cursor_copy_at(header, SOURCE6_AT + 16u * destination, address, 16);
		text_ipv6(decode->out, address);
	}
}

void decode_ip_addresses(struct decode *decode, const char *end)
{
	print_address(decode, false);
	text_string(decode->out, " > ");
	print_address(decode, true);
	text_string(decode->out, end);
}

void decode_ip_ports(struct decode *decode, uint8_t protocol)
{
	bool addresses = decode->ip.protocol == protocol;

	if (addresses) {
		print_address(decode, false);
		text_char(decode->out, '.');
	}
	text_decimal(decode->out, decode->source_port);
	text_string(decode->out, " > ");
	if (addresses) {
		print_address(decode, true);
		text_char(decode->out, '.');
	}
	text_decimal(decode->out, decode->destination_port);
	text_string(decode->out, ": ");
}

/* Where a source route ends the destination stands in it, not in the header. */
static uint32_t final_destination4(const struct cursor *header)
{
	uint32_t at = 20, end = (cursor_u8_at(header, 0) & 15u) * 4u;

	while (at < end) {
		uint8_t option = cursor_u8_at(header, at), length = 1;

		if (option == OPTION_END)
			break;
		if (option != OPTION_NOP) {
			length = cursor_u8_at(header, at + 1);
			if (length < 2)
				break;
		}
		if (end - at < length || !cursor_has(header, at + length))
			break;
		if ((option == OPTION_LSRR || option == OPTION_SSRR) && length >= 7)
			return at + length - 4u;
		at += length;
	}
	return SOURCE4_AT + 4;
}

/* The same of IPv6: the last address of a routing header of the old types, the
 * first segment of segment routing. */
static uint32_t final_destination6(const struct cursor *header)
{
	uint32_t at = HEADER6, destination = SOURCE6_AT + 16, length;
	uint8_t next = cursor_u8_at(header, 6), type;

	while (cursor_has(header, at + 2)) {
		switch (next) {
		case 0:
		case 60:
		case 62:
		case 135:
			length = (cursor_u8_at(header, at + 1) + 1u) * 8u;
			break;
		case NEXT_FRAGMENT:
			length = 8;
			break;
		case NEXT_ROUTING:
			length = cursor_u8_at(header, at + 1);
			type = cursor_u8_at(header, at + 2);
			if ((type == 0 || type == 2) && length && length % 2 == 0 &&
			    cursor_has(header, at + 8u + length * 8u))
				destination = at + 8u + length * 8u - 16u;
			else if (type == 4 && cursor_has(header, at + 24))
				destination = at + 8;
			return destination;
		default:
			return destination;
		}
		next = cursor_u8_at(header, at);
		at += length;
	}
	return destination;
}

uint64_t decode_ip_pseudo_sum(const struct decode *decode, uint8_t protocol, uint32_t length)
{
	const struct cursor *header = &decode->ip.header;
	uint64_t sum = (uint64_t)protocol + (length & 0xffff) + (length >> 16);
	uint32_t source = SOURCE4_AT, destination, bytes = 4;
	uint8_t addresses[32];

	if (decode->ip.version == 4) {
		destination = final_destination4(header);
		sum = (uint64_t)protocol + (length & 0xffff);
	} else {
		source = SOURCE6_AT;
		destination = final_destination6(header);
		bytes = 16;
	}
	cursor_copy_at(header, source, addresses, bytes);
	cursor_copy_at(header, destination, addresses + bytes, bytes);
	return checksum_add(sum, addresses, bytes * 2u);
}

static const struct decode_protocol *find_protocol(const struct decode *decode, uint8_t protocol)
{
	const struct decode_protocol *entry = decode->tables->protocols;

	while (entry->decode && entry->protocol != protocol)
		entry++;
	return entry;
}

bool decode_ip_has_ports(const struct decode *decode, uint8_t protocol)
{
	return find_protocol(decode, protocol)->ports;
}

bool decode_ip_protocol(struct decode *decode, struct cursor *cursor, uint8_t protocol)
{
	const struct decode_protocol *entry = find_protocol(decode, protocol);

	if (!entry->decode) {
		text_word_decimal(decode->out, " ip-proto-", protocol);
		text_word_decimal(decode->out, " ", cursor->length);
		return true;
	}
	if (entry->version && entry->version != decode->ip.version) {
		text_char(decode->out, '[');
		text_name(decode->out, decode_ip_protocol_names, "unknown", protocol);
		text_word_decimal(decode->out, " requires IPv", entry->version);
		text_char(decode->out, ']');
		return decode_invalid(decode);
	}
	return decode_nested(decode, cursor, entry->decode);
}

bool decode_no_next_header(struct decode *decode, struct cursor *cursor)
{
	(void)cursor;
	text_string(decode->out, "no next header");
	return true;
}
