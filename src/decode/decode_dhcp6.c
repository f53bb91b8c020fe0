/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DHCPv6 (RFC 8415): messages, and options with other options in them. What
 * else is in options is in decode_dhcp6_options.c.
 */
#include "decode_dhcp6.h"

#include <stddef.h>

#include "decoders.h"

#define ADDRESS_BYTES 16u
#define OPTION_BYTES  4u
#define MOST_DEPTH    64u

enum message { RELAY_FORWARD = 12, RELAY_REPLY = 13 };

static const struct text_name message_names[] = {
	{1, "solicit"},
	{2, "advertise"},
	{3, "request"},
	{4, "confirm"},
	{5, "renew"},
	{6, "rebind"},
	{7, "reply"},
	{8, "release"},
	{9, "decline"},
	{10, "reconfigure"},
	{11, "inf-req"},
	{RELAY_FORWARD, "relay-fwd"},
	{RELAY_REPLY, "relay-reply"},
	{14, "leasequery"},
	{15, "leasequery-reply"},
	{0, NULL},
};

/* What is in front of the options in an option; for others 0. */
static uint32_t front_bytes(uint16_t option)
{
	switch (option) {
	case DHCP6_IA_NA:
	case DHCP6_IA_PD:
		return 12;
	case DHCP6_IA_TA:
		return 4;
	case DHCP6_IA_ADDR:
		return 24;
	case DHCP6_IA_PREFIX:
		return 25;
	case DHCP6_QUERY:
		return 17;
	default:
		return 0;
	}
}

static void print_words(struct dhcp6 *dhcp, uint32_t at, const char *const *words)
{
	for (; *words; words++, at += 4)
		text_word_decimal(dhcp->decode->out, *words, cursor_be32_at(&dhcp->message, at));
}

static void print_query(struct dhcp6 *dhcp, uint32_t at)
{
	uint8_t type = cursor_u8_at(&dhcp->message, at);

	if (type == 1)
		text_string(dhcp->decode->out, " by-address");
	else if (type == 2)
		text_string(dhcp->decode->out, " by-clientID");
	else
		text_word_decimal(dhcp->decode->out, " type_", type);
	dhcp6_print_address(dhcp, at + 1);
}

static void print_front(struct dhcp6 *dhcp, uint16_t option, uint32_t at)
{
	static const char *const association[] = {" IAID:", " T1:", " T2:", NULL};
	static const char *const temporary[] = {" IAID:", NULL};
	static const char *const lifetimes[] = {" pltime:", " vltime:", NULL};

	switch (option) {
	case DHCP6_IA_NA:
	case DHCP6_IA_PD:
		print_words(dhcp, at, association);
		break;
	case DHCP6_IA_TA:
		print_words(dhcp, at, temporary);
		break;
	case DHCP6_IA_ADDR:
		dhcp6_print_address(dhcp, at);
		print_words(dhcp, at + ADDRESS_BYTES, lifetimes);
		break;
	case DHCP6_IA_PREFIX:
		dhcp6_print_address(dhcp, at + 9);
		text_word_decimal(dhcp->decode->out, "/", cursor_u8_at(&dhcp->message, at + 8));
		print_words(dhcp, at, lifetimes);
		break;
	case DHCP6_QUERY:
		print_query(dhcp, at);
		break;
	default:
		break;
	}
}

static void print_message(struct dhcp6 *dhcp);
static void print_options(struct dhcp6 *dhcp, uint32_t at, uint32_t end);

static void print_relayed(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes)
{
	struct dhcp6 inner = *dhcp;

	cursor_skip(&inner.message, at);
	cursor_narrow(&inner.message, bytes);
	inner.depth++;
	text_string(dhcp->decode->out, " (");
	print_message(&inner);
	dhcp->beyond = inner.beyond;
}

/* False where a name ends too early. */
static bool print_option(struct dhcp6 *dhcp, uint16_t option, uint32_t at, uint32_t bytes)
{
	uint32_t front = front_bytes(option);

	if (dhcp->depth >= MOST_DEPTH) {
		text_string(dhcp->decode->out, " [nested too deeply]");
	} else if (option == DHCP6_RELAYED) {
		print_relayed(dhcp, at, bytes);
	} else if (!front && option != DHCP6_CLIENT_DATA) {
		if (!dhcp6_print_data(dhcp, option, at, bytes))
			return false;
	} else if (bytes < front) {
		text_string(dhcp->decode->out, " ?");
	} else {
		print_front(dhcp, option, at);
		dhcp->depth++;
		print_options(dhcp, at + front, at + bytes);
		dhcp->depth--;
	}
	if (!dhcp->beyond)
		text_char(dhcp->decode->out, ')');
	return true;
}

static void print_options(struct dhcp6 *dhcp, uint32_t at, uint32_t end)
{
	while (at < end && !dhcp->beyond) {
		uint16_t option = cursor_be16_at(&dhcp->message, at);
		uint16_t bytes = cursor_be16_at(&dhcp->message, at + 2);

		if (end - at < OPTION_BYTES || end - at - OPTION_BYTES < bytes) {
			decode_truncated(dhcp->decode);
			return;
		}
		at += OPTION_BYTES;
		text_string(dhcp->decode->out, " (");
		dhcp6_print_name(dhcp, option);
		if (!print_option(dhcp, option, at, bytes)) {
			if (!dhcp->beyond)
				decode_truncated(dhcp->decode);
			return;
		}
		at += bytes;
	}
}

static void print_relay(struct dhcp6 *dhcp, uint32_t end)
{
	static const char *const words[] = {"linkaddr=", " peeraddr="};

	for (uint32_t i = 0; i < 2; i++) {
		const uint8_t *address =
			cursor_bytes_at(&dhcp->message, 2 + i * ADDRESS_BYTES, ADDRESS_BYTES);

		if (!address) {
			dhcp->beyond = true;
			return;
		}
		text_string(dhcp->decode->out, words[i]);
		text_ipv6(dhcp->decode->out, address);
	}
	print_options(dhcp, 2 + 2 * ADDRESS_BYTES, end);
}

static void print_message(struct dhcp6 *dhcp)
{
	struct text *out = dhcp->decode->out;
	uint8_t type = cursor_u8_at(&dhcp->message, 0);
	uint32_t end = cursor_left(&dhcp->message);

	if (end > dhcp->message.length)
		end = dhcp->message.length;
	text_string(out, "dhcp6");
	if (!cursor_has(&dhcp->message, 4)) {
		decode_truncated(dhcp->decode);
		return;
	}
	text_char(out, ' ');
	text_name(out, message_names, "msgtype-%u", type);
	if (!dhcp->decode->options->verbose)
		return;
	text_string(out, " (");
	if (type == RELAY_FORWARD || type == RELAY_REPLY) {
		print_relay(dhcp, end);
	} else {
		text_string(out, "xid=");
		text_hex(out, cursor_be24_at(&dhcp->message, 1), 1);
		print_options(dhcp, 4, end);
	}
	if (!dhcp->beyond)
		text_char(out, ')');
}

bool decode_dhcp6(struct decode *decode, struct cursor *cursor)
{
	struct dhcp6 dhcp = {.decode = decode, .message = *cursor};

	decode->protocol = "dhcp6";
	print_message(&dhcp);
	return !dhcp.beyond;
}
