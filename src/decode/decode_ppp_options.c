/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What PPP's control protocols configure: IPCP (RFC 1332, RFC 1877), IPV6CP (RFC
 * 5072), CCP (RFC 1962) and BACP (RFC 2125). LCP is in decode_ppp_lcp.c.
 */
#include <stddef.h>

#include "decode_parts.h"

#define VJ_COMPRESSION  0x002du
#define IP_COMPRESSION  0x0061u
#define COMPRESSION_MIN 14u

static const struct text_name ipcp_names[] = {
	{1, "IP-Addrs"},   {2, "IP-Comp"},   {3, "IP-Addr"},    {4, "Home-Addr"}, {129, "Pri-DNS"},
	{130, "Pri-NBNS"}, {131, "Sec-DNS"}, {132, "Sec-NBNS"}, {0, NULL},
};

static const struct text_name ip6cp_names[] = {{1, "Interface-ID"}, {0, NULL}};

static const struct text_name ccp_names[] = {
	{0, "OUI"},      {1, "Pred-1"},    {2, "Pred-2"},     {3, "Puddle"},
	{16, "HP-PPC"},  {17, "Stac-LZS"}, {18, "MPPC"},      {19, "Gand-FZA"},
	{20, "V.42bis"}, {21, "BSD-Comp"}, {23, "LZS-DCP"},   {24, "MVRCA"},
	{25, "DEC"},     {26, "Deflate"},  {255, "Reserved"}, {0, NULL},
};

static const struct text_name bacp_names[] = {{1, "Favored-Peer"}, {0, NULL}};

/* Of how many bytes an option is, with its type and length. */
struct rule {
	uint16_t protocol;
	uint8_t option, length;
	bool exact;
	bool ends; /* one that is not ends the options */
};

static const struct rule rules[] = {
	{PPP_LCP, 0, 6, false, false},   {PPP_LCP, 1, 4, true, false},
	{PPP_LCP, 2, 6, true, false},    {PPP_LCP, 3, 4, false, false},
	{PPP_LCP, 4, 4, false, true},    {PPP_LCP, 5, 6, true, true},
	{PPP_LCP, 23, 4, true, true},    {PPP_LCP, 13, 3, false, true},
	{PPP_LCP, 17, 4, true, true},    {PPP_LCP, 19, 3, false, true},
	{PPP_IPCP, 1, 10, true, false},  {PPP_IPCP, 2, 4, false, true},
	{PPP_IPCP, 3, 6, true, true},    {PPP_IPCP, 4, 6, true, true},
	{PPP_IPCP, 129, 6, true, true},  {PPP_IPCP, 130, 6, true, true},
	{PPP_IPCP, 131, 6, true, true},  {PPP_IPCP, 132, 6, true, true},
	{PPP_IP6CP, 1, 10, true, false}, {PPP_CCP, 21, 3, false, false},
	{PPP_CCP, 24, 4, false, false},  {PPP_CCP, 26, 4, false, false},
	{PPP_BACP, 1, 6, true, false},
};

static const struct rule *find_rule(uint16_t protocol, uint8_t option)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].protocol == protocol && rules[i].option == option)
			return &rules[i];
	}
	return NULL;
}

/* Suboptions of header compression (RFC 3544). */
static enum ppp_option_end print_suboptions(struct decode *decode, const struct ppp_option *option)
{
	static const struct text_name names[] = {
		{1, "RTP-Compression"},
		{2, "Enhanced RTP-Compression"},
		{0, NULL},
	};
	uint32_t left = option->length - COMPRESSION_MIN, at = COMPRESSION_MIN;

	text_word_decimal(decode->out, "\n\t      Suboptions, length ", left);
	while (left >= 2) {
		uint8_t type = cursor_u8_at(&option->at, at);
		uint8_t length = cursor_u8_at(&option->at, at + 1);

		if (!cursor_has(&option->at, at + 2)) {
			text_string(decode->out, "[|ipcp]");
			return PPP_OPTION_LAST;
		}
		if (type == 0 || length == 0)
			break;
		text_string(decode->out, "\n\t\t");
		text_name(decode->out, names, "Unknown", type);
		text_format(decode->out, " Suboption #%u, length %u", type, length);
		if (left < length)
			break;
		left -= length;
		at += length;
	}
	return PPP_OPTION_NEXT;
}

static enum ppp_option_end print_compression(struct decode *decode, const struct ppp_option *option)
{
	static const struct text_name names[] = {
		{VJ_COMPRESSION, "VJ-Comp"},
		{IP_COMPRESSION, "IP Header Compression"},
		{0, NULL},
	};
	uint16_t protocol = cursor_be16_at(&option->at, 2);

	if (!cursor_has(&option->at, 4))
		return PPP_OPTION_BEYOND;
	text_string(decode->out, ": ");
	text_name(decode->out, names, "Unknown", protocol);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, protocol, 2);
	text_string(decode->out, "):");
	if (protocol != IP_COMPRESSION)
		return PPP_OPTION_NEXT;
	if (option->length < COMPRESSION_MIN)
		return decode_ppp_wrong(decode, false, COMPRESSION_MIN, true);
	if (!cursor_has(&option->at, 2 + COMPRESSION_MIN)) {
		text_string(decode->out, "[|ipcp]");
		return PPP_OPTION_LAST;
	}
	text_format(decode->out,
		    "\n\t    TCP Space %u, non-TCP Space %u, maxPeriod %u, maxTime %u, maxHdr %u",
		    cursor_be16_at(&option->at, 4), cursor_be16_at(&option->at, 6),
		    cursor_be16_at(&option->at, 8), cursor_be16_at(&option->at, 10),
		    cursor_be16_at(&option->at, 12));
	return option->length > COMPRESSION_MIN ? print_suboptions(decode, option)
						: PPP_OPTION_NEXT;
}

static enum ppp_option_end print_ipcp(struct decode *decode, const struct ppp_option *option)
{
	switch (option->type) {
	case 1:
		if (!cursor_has(&option->at, 10))
			return PPP_OPTION_BEYOND;
		decode_ppp_address(decode, ": src ", option, 2);
		return decode_ppp_address(decode, ", dst ", option, 6);
	case 2:
		return print_compression(decode, option);
	case 3:
	case 4:
	case 129:
	case 130:
	case 131:
	case 132:
		return decode_ppp_address(decode, ": ", option, 2);
	default:
		return PPP_OPTION_UNKNOWN;
	}
}

static enum ppp_option_end print_ip6cp(struct decode *decode, const struct ppp_option *option)
{
	if (option->type != 1)
		return PPP_OPTION_UNKNOWN;
	if (!cursor_has(&option->at, 10)) {
		text_string(decode->out, "[|ip6cp]");
		return PPP_OPTION_LAST;
	}
	text_format(decode->out, ": %04x:%04x:%04x:%04x", cursor_be16_at(&option->at, 2),
		    cursor_be16_at(&option->at, 4), cursor_be16_at(&option->at, 6),
		    cursor_be16_at(&option->at, 8));
	return PPP_OPTION_NEXT;
}

static enum ppp_option_end print_ccp(struct decode *decode, const struct ppp_option *option)
{
	uint8_t first = cursor_u8_at(&option->at, 2), second = cursor_u8_at(&option->at, 3);

	if (option->type != 21 && option->type != 24 && option->type != 26)
		return PPP_OPTION_UNKNOWN;
	if (!cursor_has(&option->at, option->type == 21 ? 3 : 4))
		return PPP_OPTION_BEYOND;
	if (option->type == 21)
		text_format(decode->out, ": Version: %u, Dictionary Bits: %u", first >> 5,
			    first & 0x1f);
	else if (option->type == 24)
		text_format(decode->out, ": Features: %u, PxP: %s, History: %u, #CTX-ID: %u",
			    first >> 6, first & 0x20 ? "Enabled" : "Disabled", first & 0x1f,
			    second);
	else
		text_format(decode->out, ": Window: %uK, Method: %s (0x%x), MBZ: %u, CHK: %u",
			    first >> 4, (first & 15) == 8 ? "zlib" : "unknown", first & 15,
			    second >> 2, second & 3);
	return PPP_OPTION_NEXT;
}

static enum ppp_option_end print_bacp(struct decode *decode, const struct ppp_option *option)
{
	if (option->type != 1)
		return PPP_OPTION_UNKNOWN;
	if (!cursor_has(&option->at, 6))
		return PPP_OPTION_BEYOND;
	text_string(decode->out, ": Magic-Num ");
	text_hex_prefixed(decode->out, cursor_be32_at(&option->at, 2), 8);
	return PPP_OPTION_NEXT;
}

static const struct family {
	uint16_t protocol;
	const char *cut;
	const struct text_name *names;
	const char *unnamed;
	enum ppp_option_end (*print)(struct decode *decode, const struct ppp_option *option);
} families[] = {
	{PPP_LCP, "[|lcp]", NULL, NULL, decode_ppp_lcp},
	{PPP_IPCP, "[|ipcp]", ipcp_names, "unknown", print_ipcp},
	{PPP_IP6CP, "[|ip6cp]", ip6cp_names, "unknown", print_ip6cp},
	{PPP_CCP, "[|ccp]", ccp_names, "Unknown", print_ccp},
	{PPP_BACP, "[|bacp]", bacp_names, "Unknown", print_bacp},
};

/* PPP_OPTION_LAST or PPP_OPTION_SKIP where there is nothing to be said but the name, else
 * PPP_OPTION_NEXT. */
static enum ppp_option_end print_head(struct decode *decode, const struct family *family,
				      const struct ppp_option *option)
{
	const struct rule *rule = find_rule(family->protocol, option->type);

	if (!family->names && !decode_ppp_lcp_name(option->type)) {
		text_string(decode->out, "\n\tunknown LCP option ");
		text_hex_prefixed(decode->out, option->type, 2);
		return option->length < 2 ? PPP_OPTION_LAST : PPP_OPTION_SKIP;
	}
	text_string(decode->out, "\n\t  ");
	if (family->names)
		text_name(decode->out, family->names, family->unnamed, option->type);
	else
		text_string(decode->out, decode_ppp_lcp_name(option->type));
	text_string(decode->out, " Option (");
	text_hex_prefixed(decode->out, option->type, 2);
	text_word_decimal(decode->out, "), length ", option->length);
	if (option->length < 2)
		return decode_ppp_wrong(decode, false, 2, true);
	if (rule && (rule->exact ? option->length != rule->length : option->length < rule->length))
		return decode_ppp_wrong(decode, rule->exact, rule->length, rule->ends);
	return PPP_OPTION_NEXT;
}

/* One at a cursor; length is what all of them may have. */
static enum ppp_option_end print_option(struct decode *decode, const struct family *family,
					const struct cursor *options, uint32_t length)
{
	struct ppp_option option = {
		.at = *options,
		.type = cursor_u8_at(options, 0),
		.length = cursor_u8_at(options, 1),
	};
	struct cursor content = *options;
	enum ppp_option_end outcome;

	if (length < 2)
		return PPP_OPTION_LAST;
	if (!cursor_has(options, 2)) {
		text_string(decode->out, family->cut);
		return PPP_OPTION_LAST;
	}
	if (length < option.length)
		return PPP_OPTION_LAST;
	outcome = print_head(decode, family, &option);
	if (outcome == PPP_OPTION_NEXT)
		outcome = family->print(decode, &option);
	if (outcome != PPP_OPTION_NEXT && outcome != PPP_OPTION_UNKNOWN)
		return outcome;
	cursor_skip(&content, 2);
	if (decode->options->verbose > 1 || outcome == PPP_OPTION_UNKNOWN)
		decode_hex(decode, &content, "\n\t    ", option.length - 2u);
	return PPP_OPTION_NEXT;
}

bool decode_ppp_options(struct decode *decode, const struct cursor *data, uint16_t protocol,
			uint32_t length)
{
	const struct family *family = NULL;
	uint32_t left = length - 4;
	struct cursor options = *data;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (families[i].protocol == protocol)
			family = &families[i];
	}
	while (family && left) {
		uint8_t bytes = cursor_u8_at(&options, 1);
		/* As tcpdump has it: each may be as long as all of them. */
		enum ppp_option_end outcome = print_option(decode, family, &options, length);

		if (outcome == PPP_OPTION_LAST || outcome == PPP_OPTION_BEYOND)
			return outcome == PPP_OPTION_LAST;
		if (left < bytes) {
			text_format(decode->out, " [remaining options length %u < %u]", left,
				    bytes);
			return decode_invalid(decode);
		}
		left -= bytes;
		if (!cursor_skip(&options, bytes))
			cursor_skip(&options, cursor_left(&options));
	}
	return true;
}
