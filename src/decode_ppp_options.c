/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What PPP's control protocols configure: LCP (RFC 1661, RFC 1990), IPCP (RFC
 * 1332, RFC 1877), IPV6CP (RFC 5072), CCP (RFC 1962) and BACP (RFC 2125).
 */
#include <stddef.h>

#include "decode_parts.h"

#define LCP_NAMES       31u
#define CHAP            0xc223u
#define LQM             0xc025u
#define VJ_COMPRESSION  0x002du
#define IP_COMPRESSION  0x0061u
#define COMPRESSION_MIN 14u

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

/* One option, captured or not. */
struct option {
	struct cursor at;
	uint8_t type, length;
};

enum outcome {
	NEXT,
	UNKNOWN, /* no more is known of it than its name */
	SKIP,    /* without its bytes in hex */
	LAST,
	BEYOND,
};

static const struct rule *find_rule(uint16_t protocol, uint8_t option)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].protocol == protocol && rules[i].option == option)
			return &rules[i];
	}
	return NULL;
}

static enum outcome wrong_length(struct decode *decode, bool exact, uint32_t length, bool ends)
{
	text_string(decode->out, " (length bogus, should be ");
	text_word_decimal(decode->out, exact ? "= " : ">= ", length);
	text_char(decode->out, ')');
	return ends ? LAST : SKIP;
}

/* A number of 2 or 4 bytes behind a colon. */
static enum outcome print_number(struct decode *decode, const struct option *option, uint32_t bytes,
				 bool hex)
{
	uint32_t value =
		bytes == 2 ? cursor_be16_at(&option->at, 2) : cursor_be32_at(&option->at, 2);

	if (!cursor_has(&option->at, 2 + bytes))
		return BEYOND;
	text_string(decode->out, ": ");
	if (hex)
		text_hex_prefixed(decode->out, value, bytes * 2);
	else
		text_decimal(decode->out, value);
	return NEXT;
}

static enum outcome print_authentication(struct decode *decode, const struct option *option)
{
	uint16_t protocol = cursor_be16_at(&option->at, 2);
	const char *name = text_name_find(decode_ppp_names, protocol);

	if (!cursor_has(&option->at, 4))
		return BEYOND;
	text_string(decode->out, ": ");
	/* Its number was forgotten in tcpdump. */
	text_string(decode->out, name ? name : "Unknown Auth Proto (0x04x)");
	switch (protocol) {
	case CHAP:
		if (!cursor_has(&option->at, 5))
			return BEYOND;
		text_string(decode->out, ", ");
		text_name(decode->out, algorithms, "Unknown Auth Alg %u",
			  cursor_u8_at(&option->at, 4));
		break;
	case 0xc023:
	case 0xc227:
	case 0xc027:
	case 0xc123:
		break;
	default:
		decode_hex(decode, &option->at, "\n\t", option->length);
		break;
	}
	return NEXT;
}

static enum outcome print_address(struct decode *decode, const char *word,
				  const struct option *option, uint32_t at)
{
	uint8_t address[4];

	if (!cursor_copy_at(&option->at, at, address, sizeof(address)))
		return BEYOND;
	text_string(decode->out, word);
	text_ipv4(decode->out, address);
	return NEXT;
}

/* The endpoint discriminator of multilink. */
static enum outcome print_endpoint(struct decode *decode, const struct option *option)
{
	static const char *const classes[] = {": Null", ": Local",           NULL,
					      NULL,     ": Magic-Num-Block", ": PSNDN"};
	uint8_t class = cursor_u8_at(&option->at, 2), mac[6];

	if (!cursor_has(&option->at, 3))
		return BEYOND;
	switch (class) {
	case 2:
		if (option->length != 7)
			return wrong_length(decode, true, 7, true);
		return print_address(decode, ": IPv4 ", option, 3);
	case 3:
		if (option->length != 9)
			return wrong_length(decode, true, 9, true);
		if (!cursor_copy_at(&option->at, 3, mac, sizeof(mac)))
			return BEYOND;
		text_string(decode->out, ": MAC ");
		text_mac(decode->out, mac, sizeof(mac));
		return NEXT;
	default:
		if (class > 5)
			text_word_decimal(decode->out, ": Unknown class ", class);
		else
			text_string(decode->out, classes[class]);
		return NEXT;
	}
}

static enum outcome print_lcp(struct decode *decode, const struct option *option)
{
	uint32_t oui = cursor_be24_at(&option->at, 2);
	uint8_t first = cursor_u8_at(&option->at, 2);

	switch (option->type) {
	case 0:
		if (!cursor_has(&option->at, 5))
			return BEYOND;
		text_string(decode->out, ": Vendor: ");
		text_name(decode->out, decode_oui_names, "Unknown", oui);
		text_format(decode->out, " (%u)", oui);
		return NEXT;
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
			return BEYOND;
		text_string(decode->out,
			    cursor_be16_at(&option->at, 2) == LQM ? ": LQR" : ": unknown");
		return NEXT;
	case 7:
	case 8:
		return NEXT;
	case 13:
		text_string(decode->out, ": ");
		if (!cursor_has(&option->at, 3))
			return BEYOND;
		text_string(decode->out, ": Callback Operation ");
		text_name(decode->out, callbacks, "Unknown", first);
		text_format(decode->out, " (%u)", first);
		return NEXT;
	case 19:
		return print_endpoint(decode, option);
	case 23:
		return print_number(decode, option, 2, true);
	default:
		return UNKNOWN;
	}
}

/* Suboptions of header compression (RFC 3544). */
static enum outcome print_suboptions(struct decode *decode, const struct option *option)
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
			return LAST;
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
	return NEXT;
}

static enum outcome print_compression(struct decode *decode, const struct option *option)
{
	static const struct text_name names[] = {
		{VJ_COMPRESSION, "VJ-Comp"},
		{IP_COMPRESSION, "IP Header Compression"},
		{0, NULL},
	};
	uint16_t protocol = cursor_be16_at(&option->at, 2);

	if (!cursor_has(&option->at, 4))
		return BEYOND;
	text_string(decode->out, ": ");
	text_name(decode->out, names, "Unknown", protocol);
	text_string(decode->out, " (");
	text_hex_prefixed(decode->out, protocol, 2);
	text_string(decode->out, "):");
	if (protocol != IP_COMPRESSION)
		return NEXT;
	if (option->length < COMPRESSION_MIN)
		return wrong_length(decode, false, COMPRESSION_MIN, true);
	if (!cursor_has(&option->at, 2 + COMPRESSION_MIN)) {
		text_string(decode->out, "[|ipcp]");
		return LAST;
	}
	text_format(decode->out,
		    "\n\t    TCP Space %u, non-TCP Space %u, maxPeriod %u, maxTime %u, maxHdr %u",
		    cursor_be16_at(&option->at, 4), cursor_be16_at(&option->at, 6),
		    cursor_be16_at(&option->at, 8), cursor_be16_at(&option->at, 10),
		    cursor_be16_at(&option->at, 12));
	return option->length > COMPRESSION_MIN ? print_suboptions(decode, option) : NEXT;
}

static enum outcome print_ipcp(struct decode *decode, const struct option *option)
{
	switch (option->type) {
	case 1:
		if (!cursor_has(&option->at, 10))
			return BEYOND;
		print_address(decode, ": src ", option, 2);
		return print_address(decode, ", dst ", option, 6);
	case 2:
		return print_compression(decode, option);
	case 3:
	case 4:
	case 129:
	case 130:
	case 131:
	case 132:
		return print_address(decode, ": ", option, 2);
	default:
		return UNKNOWN;
	}
}

static enum outcome print_ip6cp(struct decode *decode, const struct option *option)
{
	if (option->type != 1)
		return UNKNOWN;
	if (!cursor_has(&option->at, 10)) {
		text_string(decode->out, "[|ip6cp]");
		return LAST;
	}
	text_format(decode->out, ": %04x:%04x:%04x:%04x", cursor_be16_at(&option->at, 2),
		    cursor_be16_at(&option->at, 4), cursor_be16_at(&option->at, 6),
		    cursor_be16_at(&option->at, 8));
	return NEXT;
}

static enum outcome print_ccp(struct decode *decode, const struct option *option)
{
	uint8_t first = cursor_u8_at(&option->at, 2), second = cursor_u8_at(&option->at, 3);

	if (option->type != 21 && option->type != 24 && option->type != 26)
		return UNKNOWN;
	if (!cursor_has(&option->at, option->type == 21 ? 3 : 4))
		return BEYOND;
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
	return NEXT;
}

static enum outcome print_bacp(struct decode *decode, const struct option *option)
{
	if (option->type != 1)
		return UNKNOWN;
	if (!cursor_has(&option->at, 6))
		return BEYOND;
	text_string(decode->out, ": Magic-Num ");
	text_hex_prefixed(decode->out, cursor_be32_at(&option->at, 2), 8);
	return NEXT;
}

static const struct family {
	uint16_t protocol;
	const char *cut;
	const struct text_name *names;
	const char *unnamed;
	enum outcome (*print)(struct decode *decode, const struct option *option);
} families[] = {
	{PPP_LCP, "[|lcp]", NULL, NULL, print_lcp},
	{PPP_IPCP, "[|ipcp]", ipcp_names, "unknown", print_ipcp},
	{PPP_IP6CP, "[|ip6cp]", ip6cp_names, "unknown", print_ip6cp},
	{PPP_CCP, "[|ccp]", ccp_names, "Unknown", print_ccp},
	{PPP_BACP, "[|bacp]", bacp_names, "Unknown", print_bacp},
};

/* LAST or SKIP where there is nothing to be said but the name, else NEXT. */
static enum outcome print_head(struct decode *decode, const struct family *family,
			       const struct option *option)
{
	const struct rule *rule = find_rule(family->protocol, option->type);

	if (!family->names && option->type >= LCP_NAMES) {
		text_string(decode->out, "\n\tunknown LCP option ");
		text_hex_prefixed(decode->out, option->type, 2);
		return option->length < 2 ? LAST : SKIP;
	}
	text_string(decode->out, "\n\t  ");
	if (family->names)
		text_name(decode->out, family->names, family->unnamed, option->type);
	else
		text_string(decode->out, lcp_names[option->type]);
	text_string(decode->out, " Option (");
	text_hex_prefixed(decode->out, option->type, 2);
	text_word_decimal(decode->out, "), length ", option->length);
	if (option->length < 2)
		return wrong_length(decode, false, 2, true);
	if (rule && (rule->exact ? option->length != rule->length : option->length < rule->length))
		return wrong_length(decode, rule->exact, rule->length, rule->ends);
	return NEXT;
}

/* One at a cursor; length is what all of them may have. */
static enum outcome print_option(struct decode *decode, const struct family *family,
				 const struct cursor *options, uint32_t length)
{
	struct option option = {
		.at = *options,
		.type = cursor_u8_at(options, 0),
		.length = cursor_u8_at(options, 1),
	};
	struct cursor content = *options;
	enum outcome outcome;

	if (length < 2)
		return LAST;
	if (!cursor_has(options, 2)) {
		text_string(decode->out, family->cut);
		return LAST;
	}
	if (length < option.length)
		return LAST;
	outcome = print_head(decode, family, &option);
	if (outcome == NEXT)
		outcome = family->print(decode, &option);
	if (outcome != NEXT && outcome != UNKNOWN)
		return outcome;
	cursor_skip(&content, 2);
	if (decode->options->verbose > 1 || outcome == UNKNOWN)
		decode_hex(decode, &content, "\n\t    ", option.length - 2u);
	return NEXT;
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
		enum outcome outcome = print_option(decode, family, &options, length);

		if (outcome == LAST || outcome == BEYOND)
			return outcome == LAST;
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
