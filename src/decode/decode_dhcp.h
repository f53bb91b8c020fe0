/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the DHCP decoder share. data is all of an option's data;
 * what is printed of it is taken from it.
 */
#ifndef WIRETAPE_DECODE_DHCP_H
#define WIRETAPE_DECODE_DHCP_H

#include "decode/decode.h"

enum dhcp_option {
	DHCP_PAD = 0,
	DHCP_NETBIOS_NODE = 46,
	DHCP_OVERLOAD = 52,
	DHCP_MESSAGE = 53,
	DHCP_REQUESTS = 55,
	DHCP_CLIENT_ID = 61,
	DHCP_USER_CLASS = 77,
	DHCP_FQDN = 81,
	DHCP_AGENT = 82,
	DHCP_ROUTES = 121,
	DHCP_ROUTES_MICROSOFT = 249,
	DHCP_END = 255,
};

/* How the data of an option is printed. */
enum dhcp_form {
	DHCP_FORM_SIZE = 0, /* of those without a name: by their length */
	DHCP_FORM_ADDRESS,
	DHCP_FORM_PAIR, /* of addresses */
	DHCP_FORM_SIGNED,
	DHCP_FORM_LONG,
	DHCP_FORM_SHORT,
	DHCP_FORM_BYTE,
	DHCP_FORM_BOOL,
	DHCP_FORM_STRING,
	DHCP_FORM_OWN, /* dhcp_print_structured */
};

/* From the magic number on. */
bool decode_dhcp_options(struct decode *decode, struct cursor *cursor);

const char *dhcp_option_name(uint8_t option);
enum dhcp_form dhcp_option_form(uint8_t option);

/* In quotation marks. */
void dhcp_print_string(struct text *out, struct cursor *data);

/* An option whose data is no list of one kind of value. */
void dhcp_print_structured(struct decode *decode, struct cursor *data, uint8_t option);

#endif
