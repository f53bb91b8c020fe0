/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SNMP, versions 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412), with the
 * user-based security of RFC 3414. The PDUs are in decode_snmp_pdu.c.
 */
#include "decode_snmp.h"

#include <stddef.h>

#include "decoders.h"

#define MODEL_USER 3

static void print_scoped(struct snmp *snmp, struct cursor cursor)
{
	struct asn1 element;

	if (!asn1_expect(snmp, &cursor, &element, ASN1_SEQUENCE, "[!scoped PDU]"))
		return;
	cursor = element.data;
	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[contextEngineID!=STR]"))
		return;
	text_string(snmp->decode->out, "E=");
	asn1_print_octets(snmp, &element);
	text_char(snmp->decode->out, ' ');
	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[contextName!=STR]"))
		return;
	text_string(snmp->decode->out, "C=");
	asn1_print_string(snmp, &element);
	text_char(snmp->decode->out, ' ');
	snmp_print_pdu(snmp, cursor, SNMP_VERSION_3);
}

static void print_community(struct snmp *snmp, struct cursor cursor, int32_t version)
{
	static const char usual[] = {'p', 'u', 'b', 'l', 'i', 'c'};
	struct asn1 element;

	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[comm!=STR]"))
		return;
	if (element.bytes != sizeof(usual) ||
	    memcmp(cursor_bytes_at(&element.data, 0, sizeof(usual)), usual, sizeof(usual))) {
		text_string(snmp->decode->out, "C=");
		asn1_print_string(snmp, &element);
		text_char(snmp->decode->out, ' ');
	}
	snmp_print_pdu(snmp, cursor, version);
}

/* Bytes behind the last element, of which before were there with it. tcpdump
 * subtracts it twice. */
static void print_leftover(struct snmp *snmp, const struct cursor *cursor, uint32_t before,
			   const char *words)
{
	uint32_t last = before - cursor_left(cursor);

	if (last < cursor->length)
		snmp_print_extra(snmp, cursor->length - last, words);
}

static void print_user(struct snmp *snmp, struct cursor cursor)
{
	struct asn1 element;
	uint32_t before;

	if (!asn1_expect(snmp, &cursor, &element, ASN1_SEQUENCE, "[!usm]"))
		return;
	cursor = element.data;
	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[msgAuthoritativeEngineID!=STR]") ||
	    !asn1_expect(snmp, &cursor, &element, ASN1_INTEGER,
			 "[msgAuthoritativeEngineBoots!=INT]"))
		return;
	if (snmp->decode->options->verbose)
		snmp_print_signed(snmp, "B=", element.integer, " ");
	if (!asn1_expect(snmp, &cursor, &element, ASN1_INTEGER,
			 "[msgAuthoritativeEngineTime!=INT]"))
		return;
	if (snmp->decode->options->verbose)
		snmp_print_signed(snmp, "T=", element.integer, " ");
	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[msgUserName!=STR]"))
		return;
	text_string(snmp->decode->out, "U=");
	asn1_print_string(snmp, &element);
	text_char(snmp->decode->out, ' ');
	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING,
			 "[msgAuthenticationParameters!=STR]"))
		return;
	before = cursor_left(&cursor);
	if (asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[msgPrivacyParameters!=STR]"))
		print_leftover(snmp, &cursor, before, " extra after usm SEQ]");
}

/* Message flags; false where they cannot be. */
static bool print_flags(struct snmp *snmp, const struct asn1 *element)
{
	uint8_t flags = cursor_u8_at(&element->data, 0);

	if (element->bytes != 1) {
		text_word_decimal(snmp->decode->out, "[msgFlags size ", element->bytes);
		text_char(snmp->decode->out, ']');
		return false;
	}
	if (flags > 7 || (flags & 3) == 2) {
		text_format(snmp->decode->out, "[msgFlags=0x%02X]", flags);
		return false;
	}
	text_string(snmp->decode->out, "F=");
	text_string(snmp->decode->out, flags & 1 ? "a" : "");
	text_string(snmp->decode->out, flags & 2 ? "p" : "");
	text_string(snmp->decode->out, flags & 4 ? "r " : " ");
	return true;
}

/* The header; passes it. */
static bool print_header3(struct snmp *snmp, struct cursor *cursor)
{
	struct asn1 element;
	struct cursor inner;
	uint32_t before;

	if (!asn1_expect(snmp, cursor, &element, ASN1_SEQUENCE, "[!message]"))
		return false;
	inner = element.data;
	snmp_print_verbose(snmp, "{ ");
	if (!asn1_expect(snmp, &inner, &element, ASN1_INTEGER, "[msgID!=INT]") ||
	    !asn1_expect(snmp, &inner, &element, ASN1_INTEGER, "[msgMaxSize!=INT]") ||
	    !asn1_expect(snmp, &inner, &element, ASN1_STRING, "[msgFlags!=STR]") ||
	    !print_flags(snmp, &element))
		return false;
	before = cursor_left(&inner);
	if (!asn1_expect(snmp, &inner, &element, ASN1_INTEGER, "[msgSecurityModel!=INT]"))
		return false;
	print_leftover(snmp, &inner, before, " extra after message SEQ]");
	snmp_print_verbose(snmp, "} ");
	if (element.integer != MODEL_USER) {
		snmp_print_signed(snmp, "[security model ", element.integer, "]");
		return false;
	}
	/* What is extra is taken for what is next. */
	inner.length += cursor->length;
	*cursor = inner;
	return true;
}

static void print_version3(struct snmp *snmp, struct cursor cursor)
{
	struct asn1 element;

	if (!print_header3(snmp, &cursor))
		return;
	snmp_print_verbose(snmp, "{ USM ");
	if (!asn1_expect(snmp, &cursor, &element, ASN1_STRING, "[msgSecurityParameters!=STR]"))
		return;
	print_user(snmp, element.data);
	if (snmp->beyond)
		return;
	snmp_print_verbose(snmp, "} { ScopedPDU ");
	print_scoped(snmp, cursor);
	if (!snmp->beyond)
		snmp_print_verbose(snmp, "} ");
}

static void print_message(struct snmp *snmp, struct cursor *cursor)
{
	static const char *const words[] = {"{ SNMPv1 ", "{ SNMPv2c ", "", "{ SNMPv3 "};
	struct asn1 element;
	int32_t version;

	if (!asn1_expect(snmp, cursor, &element, ASN1_SEQUENCE, "[!init SEQ]"))
		return;
	snmp_print_extra(snmp, cursor->length, " extra after iSEQ]");
	*cursor = element.data;
	if (!asn1_expect(snmp, cursor, &element, ASN1_INTEGER, "[version!=INT]"))
		return;
	version = element.integer;
	if (version != SNMP_VERSION_1 && version != SNMP_VERSION_2 && version != SNMP_VERSION_3) {
		snmp_print_signed(snmp, "SNMP [version = ", version, "]");
		return;
	}
	snmp_print_verbose(snmp, words[version]);
	if (version == SNMP_VERSION_3)
		print_version3(snmp, *cursor);
	else
		print_community(snmp, *cursor, version);
	if (!snmp->beyond)
		snmp_print_verbose(snmp, "} ");
}

bool decode_snmp(struct decode *decode, struct cursor *cursor)
{
	struct snmp snmp = {.decode = decode};

	decode->protocol = "snmp";
	text_char(decode->out, ' ');
	print_message(&snmp, cursor);
	return !snmp.beyond;
}
