/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the DHCPv6 decoder share. Places are distances from the
 * first byte of a message.
 */
#ifndef WIRETAPE_DECODE_DHCP6_H
#define WIRETAPE_DECODE_DHCP6_H

#include "decode/decode.h"

enum dhcp6_option {
	DHCP6_CLIENT_ID = 1,
	DHCP6_SERVER_ID = 2,
	DHCP6_IA_NA = 3,
	DHCP6_IA_TA = 4,
	DHCP6_IA_ADDR = 5,
	DHCP6_REQUESTS = 6,
	DHCP6_PREFERENCE = 7,
	DHCP6_ELAPSED = 8,
	DHCP6_RELAYED = 9,
	DHCP6_AUTHENTICATION = 11,
	DHCP6_STATUS = 13,
	DHCP6_INTERFACE_ID = 18,
	DHCP6_RECONFIGURE = 19,
	DHCP6_SIP_NAMES = 21,
	DHCP6_SIP_ADDRESSES = 22,
	DHCP6_DNS_SERVERS = 23,
	DHCP6_DOMAINS = 24,
	DHCP6_IA_PD = 25,
	DHCP6_IA_PREFIX = 26,
	DHCP6_NIS_SERVERS = 27,
	DHCP6_NISP_SERVERS = 28,
	DHCP6_SNTP_SERVERS = 31,
	DHCP6_LIFETIME = 32,
	DHCP6_BCMCS_SERVERS = 34,
	DHCP6_REMOTE_ID = 37,
	DHCP6_SUBSCRIBER_ID = 38,
	DHCP6_PANA_AGENT = 40,
	DHCP6_POSIX_ZONE = 41,
	DHCP6_NAMED_ZONE = 42,
	DHCP6_ECHO_REQUESTS = 43,
	DHCP6_QUERY = 44,
	DHCP6_CLIENT_DATA = 45,
	DHCP6_CLIENT_TIME = 46,
	DHCP6_RELAY_DATA = 47,
	DHCP6_CLIENT_LINK = 48,
	DHCP6_NTP_SERVER = 56,
	DHCP6_TUNNEL_NAME = 64,
	DHCP6_MUD_URL = 112,
};

#define DHCP6_AUTH_BYTES 11u /* without what depends on the protocol */

struct dhcp6 {
	struct decode *decode;
	struct cursor message;
	unsigned depth; /* options in options, messages in messages */
	bool beyond;    /* bytes were needed that were not captured */
};

void dhcp6_print_name(struct dhcp6 *dhcp, uint16_t option);
void dhcp6_print_address(struct dhcp6 *dhcp, uint32_t at);

void dhcp6_print_hex(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes);

/* All of them were captured, and are enough: 2, and DHCP6_AUTH_BYTES. */
void dhcp6_print_duid(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes);
void dhcp6_print_authentication(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes);

/* The data of an option without others in it, all of which was captured.
 * False where it ends too early. */
bool dhcp6_print_data(struct dhcp6 *dhcp, uint16_t option, uint32_t at, uint32_t bytes);

#endif
