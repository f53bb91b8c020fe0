/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of LCP (RFC 1661, RFC 1990), which says how a PPP link is used.
 */
#include <stddef.h>

#include "decode_parts.h"

#define LCP_NAMES 31u

static const char *const lcp_names[LCP_NAMES] = {
	"Vend-Ext",
	"MRU",
	"ACCM",
	"Auth-Prot",
	"Qual-Prot",
	"Magic-Num",
	"deprecated(6)",
	"PFC",
	"ACFC",
	"FCS-Alt",
	"SDP",
	"Num-Mode",
	"deprecated(12)",
	"Call-Back",
	"deprecated(14)",
	"deprecated(15)",
	"deprecated(16)",
	"MRRU",
	"12-Bit seq #",
	"End-Disc",
	"Proprietary",
	"DCE-Id",
	"MP+",
	"Link-Disc",
	"LCP-Auth-Opt",
	"COBS",
	"Prefix-elision",
	"Multilink-header-Form",
	"I18N",
	"SDL-over-SONET/SDH",
	"PPP-Muxing",
};

static const struct text_name algorithms[] = {
	{5, "MD5"},
	{128, "MS-CHAPv1"},
	{129, "MS-CHAPv2"},
	{0, NULL},
};

static const struct text_name callbacks[] = {
	{0, "UserAuth"}, {1, "DialString"}, {2, "LocalID"}, {3, "E.164"},
	{4, "X.500"},    {6, "CBCP"},       {0, NULL},
};

const char *decode_ppp_lcp_name(uint8_t option)
{
	return option < LCP_NAMES ? lcp_names[option] : NULL;
}

/* A number of 2 or 4 bytes behind a colon. */
static enum ppp_option_end print_number(struct decode *decode, const struct ppp_option *option,
					uint32_t bytes, bool hex)
{
	uint32_t value =
		bytes == 2 ? cursor_be16_at(&option->at, 2) : cursor_be32_at(&option->at, 2);

	if (!cursor_has(&option->at, 2 + bytes))
		return PPP_OPTION_BEYOND;
	text_string(decode->out, ": ");
	if (hex)
		text_hex_prefixed(decode->out, value, bytes * 2);
	else
		text_decimal(decode->out, value);
	return PPP_OPTION_NEXT;
}

static enum ppp_option_end print_authentication(struct decode *decode,
						const struct ppp_option *option)
{
	uint16_t protocol = cursor_be16_at(&option->at, 2);
	const char *name = text_name_find(decode_ppp_names, protocol);

	if (!cursor_has(&option->at, 4))
		return PPP_OPTION_BEYOND;
	text_string(decode->out, ": ");
	/* Its number was forgotten in tcpdump. */
	text_string(decode->out, name ? name : "Unknown Auth Proto (0x04x)");
	switch (protocol) {
	case PPP_CHAP:
		if (!cursor_has(&option->at, 5))
			return PPP_OPTION_BEYOND;
		text_string(decode->out, ", ");
		text_name(decode->out, algorithms, "Unknown Auth Alg %u",
			  cursor_u8_at(&option->at, 4));
		break;
	case PPP_PAP:
	case PPP_EAP:
	case PPP_SPAP:
	case PPP_OLD_SPAP:
		break;
	default:
		decode_hex(decode, &option->at, "\n\t", option->length);
		break;
	}
	return PPP_OPTION_NEXT;
}

/* The endpoint discriminator of multilink. */
static enum ppp_option_end print_endpoint(struct decode *decode, const struct ppp_option *option)
{
	static const char *const classes[] = {": Null", ": Local",           NULL,
					      NULL,     ": Magic-Num-Block", ": PSNDN"};
	uint8_t class = cursor_u8_at(&option->at, 2), mac[6];

	if (!cursor_has(&option->at, 3))
		return PPP_OPTION_BEYOND;
	switch (class) {
	case 2:
		if (option->length != 7)
			return decode_ppp_wrong(decode, true, 7, true);
		return decode_ppp_address(decode, ": IPv4 ", option, 3);
	case 3:
		if (option->length != 9)
			return decode_ppp_wrong(decode, true, 9, true);
		if (!cursor_copy_at(&option->at, 3, mac, sizeof(mac)))
			return PPP_OPTION_BEYOND;
		text_string(decode->out, ": MAC ");
		text_mac(decode->out, mac, sizeof(mac));
		return PPP_OPTION_NEXT;
	default:
		if (class > 5)
			text_word_decimal(decode->out, ": Unknown class ", class);
		else
			text_string(decode->out, classes[class]);
		return PPP_OPTION_NEXT;
	}
}

enum ppp_option_end decode_ppp_lcp(struct decode *decode, const struct ppp_option *option)
{
	uint32_t oui = cursor_be24_at(&option->at, 2);
	uint8_t first = cursor_u8_at(&option->at, 2);

	switch (option->type) {
	case 0:
		if (!cursor_has(&option->at, 5))
			return PPP_OPTION_BEYOND;
		text_string(decode->out, ": Vendor: ");
		text_name(decode->out, decode_oui_names, "Unknown", oui);
		text_format(decode->out, " (%u)", oui);
		return PPP_OPTION_NEXT;
	case 1:
	case 17:
		return print_number(decode, option, 2, false);
	case 2:
	case 5:
		return print_number(decode, option, 4, true);
	case 3:
		return print_authentication(decode, option);
	case 4:
		if (!cursor_has(&option->at, 4))
			return PPP_OPTION_BEYOND;
		text_string(decode->out,
			    cursor_be16_at(&option->at, 2) == PPP_LQM ? ": LQR" : ": unknown");
		return PPP_OPTION_NEXT;
	case 7:
	case 8:
		return PPP_OPTION_NEXT;
	case 13:
		text_string(decode->out, ": ");
		if (!cursor_has(&option->at, 3))
			return PPP_OPTION_BEYOND;
		text_string(decode->out, ": Callback Operation ");
		text_name(decode->out, callbacks, "Unknown", first);
		text_format(decode->out, " (%u)", first);
		return PPP_OPTION_NEXT;
	case 19:
		return print_endpoint(decode, option);
	case 23:
		return print_number(decode, option, 2, true);
	default:
		return PPP_OPTION_UNKNOWN;
	}
}
