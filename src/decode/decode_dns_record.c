/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions and resource records in DNS messages.
 */
#include <stddef.h>

#include "decode_dns.h"
#include "text_duration.h"

#define CLASS_IN     1u
#define CLASS_TOP    0x8000u /* of multicast DNS: unicast wanted, or cache flush */
#define RECORD_BYTES 10u     /* between name and data */
#define OPT_DO       0x8000u

enum type {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_PTR = 12,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	TYPE_A6 = 38,
	TYPE_DNAME = 39,
	TYPE_UNSPECA = 104,
	TYPE_TSIG = 250,
	TYPE_URI = 256,
};

static const struct text_name type_names[] = {
	{1, "A"},      {2, "NS"},      {3, "MD"},        {4, "MF"},        {5, "CNAME"},
	{6, "SOA"},    {7, "MB"},      {8, "MG"},        {9, "MR"},        {10, "NULL"},
	{11, "WKS"},   {12, "PTR"},    {13, "HINFO"},    {14, "MINFO"},    {15, "MX"},
	{16, "TXT"},   {17, "RP"},     {18, "AFSDB"},    {19, "X25"},      {20, "ISDN"},
	{21, "RT"},    {22, "NSAP"},   {23, "NSAP_PTR"}, {24, "SIG"},      {25, "KEY"},
	{26, "PX"},    {27, "GPOS"},   {28, "AAAA"},     {29, "LOC"},      {30, "NXT"},
	{31, "EID"},   {32, "NIMLOC"}, {33, "SRV"},      {34, "ATMA"},     {35, "NAPTR"},
	{36, "KX"},    {37, "CERT"},   {38, "A6"},       {39, "DNAME"},    {40, "SINK"},
	{41, "OPT"},   {42, "APL"},    {43, "DS"},       {44, "SSHFP"},    {45, "IPSECKEY"},
	{46, "RRSIG"}, {47, "NSEC"},   {48, "DNSKEY"},   {99, "SPF"},      {100, "UINFO"},
	{101, "UID"},  {102, "GID"},   {103, "UNSPEC"},  {104, "UNSPECA"}, {249, "TKEY"},
	{250, "TSIG"}, {251, "IXFR"},  {252, "AXFR"},    {253, "MAILB"},   {254, "MAILA"},
	{255, "ANY"},  {256, "URI"},   {0, NULL},
};

static const struct text_name class_names[] = {
	{CLASS_IN, "IN"}, {3, "CHAOS"}, {4, "HS"}, {255, "ANY"}, {0, NULL},
};

static void print_class(struct dns *dns, uint16_t class)
{
	if (class == CLASS_IN)
		return;
	text_char(dns->decode->out, ' ');
	text_name(dns->decode->out, class_names, "(Class %u)", class);
}

static void print_type(struct dns *dns, uint16_t type)
{
	text_char(dns->decode->out, ' ');
	text_name(dns->decode->out, type_names, "Type%u", type);
}

uint32_t dns_print_question(struct dns *dns, uint32_t at)
{
	uint32_t fields = dns_skip_name(dns, at), next;
	uint16_t class = cursor_be16_at(&dns->message, fields + 2);

	if (!fields || !dns_has(dns, fields, 4))
		return 0;
	print_type(dns, cursor_be16_at(&dns->message, fields));
	print_class(dns, dns->multicast ? class & ~CLASS_TOP : class);
	if (dns->multicast)
		text_string(dns->decode->out, class & CLASS_TOP ? " (QU)" : " (QM)");
	text_string(dns->decode->out, "? ");
	next = dns_print_name(dns, at);
	return next ? next + 4 : 0;
}

static bool print_words(struct dns *dns, uint32_t at, const char *const *words)
{
	for (; *words; words++, at += 2) {
		if (!dns_has(dns, at, 2))
			return false;
		text_word_decimal(dns->decode->out, *words, cursor_be16_at(&dns->message, at));
	}
	return true;
}

static bool print_soa(struct dns *dns, uint32_t at)
{
	for (int i = 0; i < 2; i++) {
		text_char(dns->decode->out, ' ');
		at = dns_print_name(dns, at);
		if (!at)
			return false;
	}
	if (!dns_has(dns, at, 20))
		return false;
	for (uint32_t i = 0; i < 20; i += 4)
		text_word_decimal(dns->decode->out, " ", cursor_be32_at(&dns->message, at + i));
	return true;
}

static bool print_strings(struct dns *dns, uint32_t at, uint32_t end)
{
	while (at < end) {
		uint8_t bytes = cursor_u8_at(&dns->message, at);

		text_string(dns->decode->out, " \"");
		if (!dns_has(dns, at, 1) || !dns_print_bytes(dns, at + 1, bytes))
			return false;
		text_char(dns->decode->out, '"');
		at += 1u + bytes;
	}
	return true;
}

static bool print_mx(struct dns *dns, uint32_t at)
{
	text_char(dns->decode->out, ' ');
	if (!dns_has(dns, at, 2) || !dns_print_name(dns, at + 2))
		return false;
	text_word_decimal(dns->decode->out, " ", cursor_be16_at(&dns->message, at));
	return true;
}

static bool print_srv(struct dns *dns, uint32_t at)
{
	struct text *out = dns->decode->out;

	text_char(out, ' ');
	if (!dns_has(dns, at, 6) || !dns_print_name(dns, at + 6))
		return false;
	text_word_decimal(out, ":", cursor_be16_at(&dns->message, at + 4));
	text_word_decimal(out, " ", cursor_be16_at(&dns->message, at));
	text_word_decimal(out, " ", cursor_be16_at(&dns->message, at + 2));
	return true;
}

/* The end of an address, and who knows its beginning (RFC 2874). */
static bool print_a6(struct dns *dns, uint32_t at)
{
	struct text *out = dns->decode->out;
	uint8_t bits = cursor_u8_at(&dns->message, at), address[16] = {0};
	uint32_t known = bits / 8u;

	if (!dns_has(dns, at, 1))
		return false;
	if (bits > 128) {
		text_word_decimal(out, " ", bits);
		text_string(out, "(bad plen)");
		return true;
	}
	if (bits < 128) {
		if (!cursor_copy_at(&dns->message, at + 1, address + known, 16 - known)) {
			dns->beyond = true;
			return false;
		}
		text_word_decimal(out, " ", bits);
		text_char(out, ' ');
		text_ipv6(out, address);
	}
	if (!bits)
		return true;
	text_char(out, ' ');
	return dns_print_name(dns, at + 17 - known) != 0;
}

static bool print_uri(struct dns *dns, uint32_t at, uint16_t bytes)
{
	if (!dns_has(dns, at, 4)) {
		dns->beyond = true;
		return false;
	}
	text_word_decimal(dns->decode->out, " ", cursor_be16_at(&dns->message, at));
	text_word_decimal(dns->decode->out, " ", cursor_be16_at(&dns->message, at + 2));
	text_char(dns->decode->out, ' ');
	/* With less than the two numbers tcpdump runs on to the end. */
	return dns_print_bytes(dns, at + 4, bytes - 4u);
}

static bool print_tsig(struct dns *dns, uint32_t at)
{
	static const char *const first[] = {" fudge=", " maclen=", NULL};
	static const char *const last[] = {" origid=", " error=", " otherlen=", NULL};

	text_char(dns->decode->out, ' ');
	at = dns_print_name(dns, at);
	if (!at || !print_words(dns, at + 6, first))
		return false;
	return print_words(dns, at + 10 + cursor_be16_at(&dns->message, at + 8), last);
}

static bool print_address(struct dns *dns, uint32_t at, uint32_t bytes)
{
	uint8_t address[16];

	if (!cursor_copy_at(&dns->message, at, address, bytes))
		return false;
	text_char(dns->decode->out, ' ');
	if (bytes == 4)
		text_ipv4(dns->decode->out, address);
	else
		text_ipv6(dns->decode->out, address);
	return true;
}

static bool print_data(struct dns *dns, uint16_t type, uint32_t at, uint16_t bytes)
{
	bool verbose = dns->decode->options->verbose;

	switch (type) {
	case TYPE_A:
		return print_address(dns, at, 4);
	case TYPE_AAAA:
		return print_address(dns, at, 16);
	case TYPE_NS:
	case TYPE_CNAME:
	case TYPE_PTR:
	case TYPE_DNAME:
		text_char(dns->decode->out, ' ');
		return dns_print_name(dns, at) != 0;
	case TYPE_SOA:
		return !verbose || print_soa(dns, at);
	case TYPE_MX:
		return print_mx(dns, at);
	case TYPE_TXT:
		return print_strings(dns, at, at + bytes);
	case TYPE_SRV:
		return print_srv(dns, at);
	case TYPE_A6:
		return print_a6(dns, at);
	case TYPE_URI:
		return print_uri(dns, at, bytes);
	case TYPE_UNSPECA:
		return dns_print_bytes(dns, at, bytes);
	case TYPE_TSIG:
		return !verbose || print_tsig(dns, at);
	default:
		return true;
	}
}

/* From the class on; type stands in front of it. */
static void print_fields(struct dns *dns, uint16_t type, uint32_t at)
{
	uint16_t class = cursor_be16_at(&dns->message, at);

	if (type != DNS_TYPE_OPT)
		print_class(dns, dns->multicast ? class & ~CLASS_TOP : class);
	if (dns->multicast && class & CLASS_TOP)
		text_string(dns->decode->out, " (Cache flush)");
	if (type != DNS_TYPE_OPT && dns->decode->options->verbose > 2) {
		text_string(dns->decode->out, " [");
		text_duration(dns->decode->out, cursor_be32_at(&dns->message, at + 2));
		text_char(dns->decode->out, ']');
	}
	print_type(dns, type);
}

static bool print_opt(struct dns *dns, uint32_t fields, uint32_t end)
{
	uint16_t class = cursor_be16_at(&dns->message, fields + 2);

	text_word_decimal(dns->decode->out,
			  " UDPsize=", dns->multicast ? class & ~CLASS_TOP : class);
	if (cursor_be16_at(&dns->message, fields + 6) & OPT_DO)
		text_string(dns->decode->out, " DO");
	return dns_print_options(dns, fields + RECORD_BYTES, end);
}

uint32_t dns_print_record(struct dns *dns, uint32_t at)
{
	uint32_t end;
	uint16_t type, bytes;
	bool whole;

	if (dns->decode->options->verbose) {
		text_char(dns->decode->out, ' ');
		at = dns_print_name(dns, at);
		if (!at)
			return 0;
	} else {
		at = dns_skip_name(dns, at);
	}
	if (!at || !dns_has(dns, at, RECORD_BYTES))
		return dns_end(dns);
	type = cursor_be16_at(&dns->message, at);
	bytes = cursor_be16_at(&dns->message, at + 8);
	end = at + RECORD_BYTES + bytes;
	print_fields(dns, type, at + 2);
	if (end > dns_end(dns))
		return 0;
	whole = type == DNS_TYPE_OPT ? print_opt(dns, at, end)
				     : print_data(dns, type, at + RECORD_BYTES, bytes);
	return whole ? end : 0;
}
