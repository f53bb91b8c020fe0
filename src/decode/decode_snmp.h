/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASN.1 as SNMP has it (X.690, RFC 2578): one element at a time.
 *
 * The length of a cursor says where the element around it ends. Its end is
 * that of what was captured, behind that of the element.
 */
#ifndef WIRETAPE_DECODE_SNMP_H
#define WIRETAPE_DECODE_SNMP_H

#include "decode/decode.h"

enum asn1_type {
	ASN1_ANY, /* what has no meaning here */
	ASN1_NULL,
	ASN1_OCTETS, /* what is not known */
	ASN1_OID,
	ASN1_INTEGER,
	ASN1_UNSIGNED,
	ASN1_STRING,
	ASN1_SEQUENCE,
	ASN1_ADDRESS,
	ASN1_PDU,
	ASN1_EXCEPTION,
};

/* Of SNMP's messages. */
enum snmp_pdu {
	SNMP_GET = 0,
	SNMP_GET_NEXT = 1,
	SNMP_RESPONSE = 2,
	SNMP_SET = 3,
	SNMP_TRAP = 4,
	SNMP_GET_BULK = 5,
	SNMP_INFORM = 6,
	SNMP_TRAP2 = 7,
	SNMP_REPORT = 8,
};

enum snmp_version { SNMP_VERSION_1 = 0, SNMP_VERSION_2 = 1, SNMP_VERSION_3 = 3 };

struct asn1 {
	enum asn1_type type;
	uint8_t id;
	uint32_t bytes;
	struct cursor data; /* all of it was captured */
	int32_t integer;
	uint64_t value; /* unsigned */
};

struct snmp {
	struct decode *decode;
	bool beyond; /* bytes were needed that were not captured */
};

/* Takes an element. False where there is none, which was printed. */
bool asn1_take(struct snmp *snmp, struct cursor *cursor, struct asn1 *element);

/* The same for one of a type; else it is printed, with complaint before it. */
bool asn1_expect(struct snmp *snmp, struct cursor *cursor, struct asn1 *element,
		 enum asn1_type type, const char *complaint);

void asn1_print(struct snmp *snmp, const struct asn1 *element);

/* A string in quotation marks, or in hexadecimal, with an underscore between
 * two bytes, or in front of each. */
void asn1_print_string(struct snmp *snmp, const struct asn1 *element);
void asn1_print_octets(struct snmp *snmp, const struct asn1 *element);

/* With -v only. */
void snmp_print_verbose(struct snmp *snmp, const char *words);

void snmp_print_signed(struct snmp *snmp, const char *before, int32_t value, const char *behind);

/* "[bytes" and words, where there are any. */
void snmp_print_extra(struct snmp *snmp, uint32_t bytes, const char *words);

void snmp_print_pdu(struct snmp *snmp, struct cursor cursor, int32_t version);

#endif
