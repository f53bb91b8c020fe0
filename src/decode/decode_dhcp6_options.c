/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data of DHCPv6 options.
 */
#include <stddef.h>

#include "decode_dhcp6.h"
#include "decode_dns.h"

#define ADDRESS_BYTES 16u
#define MOST_HEX      10u
#define LEAST_TEXT    5u

static const struct text_name option_names[] = {
	{1, "client-ID"},
	{2, "server-ID"},
	{3, "IA_NA"},
	{4, "IA_TA"},
	{5, "IA_ADDR"},
	{6, "option-request"},
	{7, "preference"},
	{8, "elapsed-time"},
	{9, "relay-message"},
	{11, "authentication"},
	{12, "server-unicast"},
	{13, "status-code"},
	{14, "rapid-commit"},
	{15, "user-class"},
	{16, "vendor-class"},
	{17, "vendor-specific-info"},
	{18, "interface-ID"},
	{19, "reconfigure-message"},
	{20, "reconfigure-accept"},
	{21, "SIP-servers-domain"},
	{22, "SIP-servers-address"},
	{23, "DNS-server"},
	{24, "DNS-search-list"},
	{25, "IA_PD"},
	{26, "IA_PD-prefix"},
	{27, "NIS-server"},
	{28, "NIS+-server"},
	{29, "NIS-domain-name"},
	{30, "NIS+-domain-name"},
	{31, "SNTP-servers"},
	{32, "lifetime"},
	{33, "BCMCS-domain-name"},
	{34, "BCMCS-server"},
	{36, "Geoconf-Civic"},
	{37, "Remote-ID"},
	{38, "Subscriber-ID"},
	{39, "Client-FQDN"},
	{40, "PANA-agent"},
	{41, "POSIX-timezone"},
	{42, "POSIX-tz-database"},
	{43, "Echo-request-option"},
	{44, "Lease-query"},
	{45, "LQ-client-data"},
	{46, "Clt-time"},
	{47, "LQ-relay-data"},
	{48, "LQ-client-link"},
	{56, "NTP-server"},
	{64, "AFTR-Name"},
	{112, "MUD-URL"},
	{0, NULL},
};

static const struct text_name status_names[] = {
	{0, "Success"},        {1, "UnspecFail"},    {2, "NoAddrsAvail"},  {3, "NoBinding"},
	{4, "NotOnLink"},      {5, "UseMulticast"},  {6, "NoPrefixAvail"}, {7, "UnknownQueryType"},
	{8, "MalformedQuery"}, {9, "NotConfigured"}, {10, "NotAllowed"},   {0, NULL},
};

void dhcp6_print_name(struct dhcp6 *dhcp, uint16_t option)
{
	text_name(dhcp->decode->out, option_names, "opt_%u", option);
}

void dhcp6_print_address(struct dhcp6 *dhcp, uint32_t at)
{
	uint8_t address[ADDRESS_BYTES];

	cursor_copy_at(&dhcp->message, at, address, sizeof(address));
	text_char(dhcp->decode->out, ' ');
	text_ipv6(dhcp->decode->out, address);
}

/* Not more than a few. */
static void print_beginning(struct dhcp6 *dhcp, uint32_t at, uint32_t bytes)
{
	text_char(dhcp->decode->out, ' ');
	dhcp6_print_hex(dhcp, at, bytes < MOST_HEX ? bytes : MOST_HEX);
	text_string(dhcp->decode->out, "...");
}

static bool print_domain(struct dhcp6 *dhcp, uint32_t at, uint32_t end, uint32_t *next)
{
	struct dns dns = {.decode = dhcp->decode, .message = dhcp->message};

	text_char(dhcp->decode->out, ' ');
	*next = dns_print_name_from(&dns, at, end);
	dhcp->beyond = dns.beyond;
	return *next != 0;
}

static bool print_domains(struct dhcp6 *dhcp, uint32_t at, uint32_t end)
{
	while (at < end) {
		if (!print_domain(dhcp, at, end, &at))
			return false;
	}
	return true;
}

static bool print_ntp(struct dhcp6 *dhcp, uint32_t at, uint32_t end)
{
	while (at < end - 4) {
		uint16_t kind = cursor_be16_at(&dhcp->message, at);
		uint16_t bytes = cursor_be16_at(&dhcp->message, at + 2);
		uint32_t next;

		at += 4;
		if (bytes > end - at)
			return false;
		text_word_decimal(dhcp->decode->out, " subopt:", kind);
		if ((kind == 1 || kind == 2) && bytes == ADDRESS_BYTES)
			dhcp6_print_address(dhcp, at);
		else if (kind != 3)
			text_string(dhcp->decode->out, " ?");
		else if (!print_domain(dhcp, at, at + bytes, &next))
			return false;
		at += bytes;
	}
	return true;
}

static void print_tunnel_name(struct dhcp6 *dhcp, uint32_t at, uint32_t left)
{
	text_char(dhcp->decode->out, ' ');
	while (left && cursor_u8_at(&dhcp->message, at)) {
		uint8_t bytes = cursor_u8_at(&dhcp->message, at++);

		if (bytes >= left - 1) {
			text_string(dhcp->decode->out, " ?");
			return;
		}
		decode_characters(dhcp->decode, &dhcp->message, at, bytes);
		at += bytes;
		left -= bytes + 1u;
		if (cursor_u8_at(&dhcp->message, at))
			text_char(dhcp->decode->out, '.');
	}
}

static void print_status(struct dhcp6 *dhcp, uint16_t status)
{
	text_char(dhcp->decode->out, ' ');
	if (status > 255)
		text_string(dhcp->decode->out, "INVALID code");
	else
		text_name(dhcp->decode->out, status_names, "code%u", status);
}

static void print_reconfigure(struct dhcp6 *dhcp, uint8_t type)
{
	if (type == 5)
		text_string(dhcp->decode->out, " for renew");
	else if (type == 11)
		text_string(dhcp->decode->out, " for inf-req");
	else
		text_format(dhcp->decode->out, " for ?\?\?(%02x)", type);
}

static bool length_fits(uint16_t option, uint32_t bytes)
{
	switch (option) {
	case DHCP6_CLIENT_ID:
	case DHCP6_SERVER_ID:
	case DHCP6_STATUS:
		return bytes >= 2;
	case DHCP6_REQUESTS:
	case DHCP6_ECHO_REQUESTS:
		return bytes % 2 == 0;
	case DHCP6_PREFERENCE:
	case DHCP6_RECONFIGURE:
		return bytes == 1;
	case DHCP6_ELAPSED:
		return bytes == 2;
	case DHCP6_AUTHENTICATION:
		return bytes >= DHCP6_AUTH_BYTES;
	case DHCP6_SIP_ADDRESSES:
	case DHCP6_DNS_SERVERS:
	case DHCP6_SNTP_SERVERS:
	case DHCP6_NIS_SERVERS:
	case DHCP6_NISP_SERVERS:
	case DHCP6_BCMCS_SERVERS:
	case DHCP6_PANA_AGENT:
	case DHCP6_CLIENT_LINK:
		return bytes % ADDRESS_BYTES == 0;
	case DHCP6_LIFETIME:
	case DHCP6_CLIENT_TIME:
		return bytes == 4;
	case DHCP6_REMOTE_ID:
	case DHCP6_NTP_SERVER:
		return bytes >= 4;
	case DHCP6_RELAY_DATA:
		return bytes >= ADDRESS_BYTES;
	case DHCP6_TUNNEL_NAME:
		return bytes >= 3;
	case DHCP6_POSIX_ZONE:
	case DHCP6_NAMED_ZONE:
	case DHCP6_MUD_URL:
		return bytes >= LEAST_TEXT;
	default:
		return true;
	}
}

static void print_list(struct dhcp6 *dhcp, uint16_t option, uint32_t at, uint32_t bytes)
{
	uint32_t step = option == DHCP6_REQUESTS || option == DHCP6_ECHO_REQUESTS ? 2 : 16;

	for (uint32_t i = 0; i < bytes; i += step) {
		if (step == 2) {
			text_char(dhcp->decode->out, ' ');
			dhcp6_print_name(dhcp, cursor_be16_at(&dhcp->message, at + i));
		} else {
			dhcp6_print_address(dhcp, at + i);
		}
	}
}

/* Those that are one number. */
static bool print_number(struct dhcp6 *dhcp, uint16_t option, uint32_t at)
{
	uint32_t value;

	switch (option) {
	case DHCP6_PREFERENCE:
		value = cursor_u8_at(&dhcp->message, at);
		break;
	case DHCP6_ELAPSED:
		value = cursor_be16_at(&dhcp->message, at);
		break;
	case DHCP6_LIFETIME:
	case DHCP6_CLIENT_TIME:
		value = cursor_be32_at(&dhcp->message, at);
		break;
	default:
		return false;
	}
	text_word_decimal(dhcp->decode->out, " ", value);
	return true;
}

/* Those of relay agents: the beginning of what means something to them alone,
 * behind a number or an address. */
static void print_relay(struct dhcp6 *dhcp, uint16_t option, uint32_t at, uint32_t bytes)
{
	uint32_t head = 0;

	if (option == DHCP6_REMOTE_ID) {
		text_word_decimal(dhcp->decode->out, " ", cursor_be32_at(&dhcp->message, at));
		head = 4;
	} else if (option == DHCP6_RELAY_DATA) {
		dhcp6_print_address(dhcp, at);
		head = ADDRESS_BYTES;
	}
	print_beginning(dhcp, at + head, bytes - head);
}

bool dhcp6_print_data(struct dhcp6 *dhcp, uint16_t option, uint32_t at, uint32_t bytes)
{
	if (!length_fits(option, bytes)) {
		text_string(dhcp->decode->out, " ?");
		return true;
	}
	if (print_number(dhcp, option, at))
		return true;
	switch (option) {
	case DHCP6_CLIENT_ID:
	case DHCP6_SERVER_ID:
		dhcp6_print_duid(dhcp, at, bytes);
		break;
	case DHCP6_REQUESTS:
	case DHCP6_ECHO_REQUESTS:
	case DHCP6_SIP_ADDRESSES:
	case DHCP6_DNS_SERVERS:
	case DHCP6_SNTP_SERVERS:
	case DHCP6_NIS_SERVERS:
	case DHCP6_NISP_SERVERS:
	case DHCP6_BCMCS_SERVERS:
	case DHCP6_PANA_AGENT:
	case DHCP6_CLIENT_LINK:
		print_list(dhcp, option, at, bytes);
		break;
	case DHCP6_AUTHENTICATION:
		dhcp6_print_authentication(dhcp, at, bytes);
		break;
	case DHCP6_INTERFACE_ID:
	case DHCP6_SUBSCRIBER_ID:
	case DHCP6_REMOTE_ID:
	case DHCP6_RELAY_DATA:
		print_relay(dhcp, option, at, bytes);
		break;
	case DHCP6_RECONFIGURE:
		print_reconfigure(dhcp, cursor_u8_at(&dhcp->message, at));
		break;
	case DHCP6_STATUS:
		print_status(dhcp, cursor_be16_at(&dhcp->message, at));
		break;
	case DHCP6_SIP_NAMES:
	case DHCP6_DOMAINS:
		return print_domains(dhcp, at, at + bytes);
	case DHCP6_NTP_SERVER:
		return print_ntp(dhcp, at, at + bytes);
	case DHCP6_TUNNEL_NAME:
		print_tunnel_name(dhcp, at, bytes);
		break;
	case DHCP6_POSIX_ZONE:
	case DHCP6_NAMED_ZONE:
	case DHCP6_MUD_URL:
		text_char(dhcp->decode->out, ' ');
		decode_characters(dhcp->decode, &dhcp->message, at, bytes);
		break;
	default:
		break;
	}
	return true;
}
