/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who a DHCPv6 message is from: unique identifiers and authentication.
 */
#include <stddef.h>

#include "decode_dhcp6.h"

#define AUTH_DELAYED  2u
#define AUTH_RECONFIG 3u
#define DIGEST_BYTES  16u

enum duid { DUID_TIME = 1, DUID_VENDOR = 2, DUID_LINK = 3 };

void dhcp6_print_hex(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes)
{
	if (bytes)
		text_hex_bytes(dhcp->decode->out, cursor_bytes_at(&dhcp->message, at, bytes),
			       bytes);
}

void dhcp6_print_duid(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes)
{
	struct text *out = dhcp->decode->out;
	uint16_t type = cursor_be16_at(&dhcp->message, at);
	uint32_t front = 0;

	if (type == DUID_TIME && bytes >= 8) {
		text_word_decimal(out, " hwaddr/time type ",
				  cursor_be16_at(&dhcp->message, at + 2));
		text_word_decimal(out, " time ", cursor_be32_at(&dhcp->message, at + 4));
		front = 8;
	} else if (type == DUID_VENDOR && bytes >= 10) {
		text_string(out, " vid");
		front = 2;
		bytes = 10;
	} else if (type == DUID_LINK && bytes >= 4) {
		text_word_decimal(out, " hwaddr type ", cursor_be16_at(&dhcp->message, at + 2));
		front = 4;
	} else if (type == 0 || type > DUID_LINK) {
		text_word_decimal(out, " type ", type);
		return;
	}
	text_string(out, front ? " " : " ?");
	if (front)
		dhcp6_print_hex(dhcp, at + front, bytes - front);
}

static void print_digest(struct dhcp6 *dhcp, uint32_t at)
{
	for (uint32_t i = 0; i < DIGEST_BYTES; i += 4) {
		text_char(dhcp->decode->out, ' ');
		text_hex(dhcp->decode->out, cursor_be32_at(&dhcp->message, at + i), 8);
	}
}

/* What depends on the protocol of authentication. */
static void print_auth_info(struct dhcp6 *dhcp, uint8_t protocol, uint32_t at, uint32_t bytes)
{
	struct text *out = dhcp->decode->out;
	uint8_t type = cursor_u8_at(&dhcp->message, at);

	if (protocol == AUTH_DELAYED && bytes == 0)
		return;
	if (protocol == AUTH_DELAYED && bytes >= DIGEST_BYTES + 4) {
		uint32_t realm = bytes - DIGEST_BYTES - 4;

		text_string(out, realm ? ", realm: " : "");
		dhcp6_print_hex(dhcp, at, realm);
		text_string(out, ", key ID: ");
		text_hex(out, cursor_be32_at(&dhcp->message, at + realm), 8);
		text_string(out, ", HMAC-MD5:");
		print_digest(dhcp, at + realm + 4);
	} else if (protocol == AUTH_RECONFIG && bytes == DIGEST_BYTES + 1) {
		if (type == 1)
			text_string(out, " reconfig-key");
		else
			text_string(out, type == 2 ? " type: HMAC-MD5" : " type: ??");
		text_string(out, " value:");
		print_digest(dhcp, at + 1);
	} else {
		text_string(out, " ??");
	}
}

void dhcp6_print_authentication(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes)
{
	struct text *out = dhcp->decode->out;
	uint8_t protocol = cursor_u8_at(&dhcp->message, at),
		algorithm = cursor_u8_at(&dhcp->message, at + 1),
		detection = cursor_u8_at(&dhcp->message, at + 2);

	if (protocol == AUTH_DELAYED)
		text_string(out, " proto: delayed");
	else if (protocol == AUTH_RECONFIG)
		text_string(out, " proto: reconfigure");
	else
		text_word_decimal(out, " proto: ", protocol);
	if (algorithm == 1)
		text_string(out, ", alg: HMAC-MD5");
	else
		text_word_decimal(out, ", alg: ", algorithm);
	if (detection)
		text_word_decimal(out, ", RDM: ", detection);
	else
		text_string(out, ", RDM: mono");
	text_string(out, ", RD:");
	for (uint32_t i = 3; i < DHCP6_AUTH_BYTES; i += 2) {
		text_char(out, ' ');
		text_hex(out, cursor_be16_at(&dhcp->message, at + i), 4);
	}
	print_auth_info(dhcp, protocol, at + DHCP6_AUTH_BYTES, bytes - DHCP6_AUTH_BYTES);
}
