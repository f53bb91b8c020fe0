/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PDUs of SNMP, with their variables.
 */
#include <stddef.h>

#include "decode_snmp.h"

#define TRAP_ENTERPRISE 6

static const char *const error_names[] = {
	"noError",
	"tooBig",
	"noSuchName",
	"badValue",
	"readOnly",
	"genErr",
	"noAccess",
	"wrongType",
	"wrongLength",
	"wrongEncoding",
	"wrongValue",
	"noCreation",
	"inconsistentValue",
	"resourceUnavailable",
	"commitFailed",
	"undoFailed",
	"authorizationError",
	"notWritable",
	"inconsistentName",
};

static const char *const trap_names[] = {
	"coldStart",       "warmStart",          "linkDown", "linkUp", "authenticationFailure",
	"egpNeighborLoss", "enterpriseSpecific",
};

void snmp_print_signed(struct snmp *snmp, const char *before, int32_t value, const char *behind)
{
	text_string(snmp->decode->out, before);
	text_signed(snmp->decode->out, value);
	text_string(snmp->decode->out, behind);
}

static void print_error(struct snmp *snmp, int32_t status)
{
	if (status >= 0 && status < (int32_t)(sizeof(error_names) / sizeof(error_names[0])))
		text_string(snmp->decode->out, error_names[status]);
	else
		text_word_decimal(snmp->decode->out, "err=", (uint32_t)status);
}

/* With -v only. */
void snmp_print_verbose(struct snmp *snmp, const char *words)
{
	if (snmp->decode->options->verbose)
		text_string(snmp->decode->out, words);
}

void snmp_print_extra(struct snmp *snmp, uint32_t bytes, const char *words)
{
	if (!bytes)
		return;
	text_word_decimal(snmp->decode->out, "[", bytes);
	text_string(snmp->decode->out, words);
}

static bool asks(uint8_t pdu)
{
	return pdu == SNMP_GET || pdu == SNMP_GET_NEXT || pdu == SNMP_GET_BULK;
}

static bool print_variable(struct snmp *snmp, uint8_t pdu, struct cursor cursor)
{
	struct asn1 element;

	if (!asn1_expect(snmp, &cursor, &element, ASN1_OID, "[objName!=OID]"))
		return false;
	asn1_print(snmp, &element);
	if (!asks(pdu))
		text_char(snmp->decode->out, '=');
	if (!asn1_take(snmp, &cursor, &element))
		return false;
	if (asks(pdu) && element.type != ASN1_NULL)
		text_string(snmp->decode->out, "[objVal!=NULL]");
	asn1_print(snmp, &element);
	return true;
}

static void print_variables(struct snmp *snmp, uint8_t pdu, struct cursor cursor)
{
	struct asn1 element;

	if (!asn1_expect(snmp, &cursor, &element, ASN1_SEQUENCE, "[!SEQ of varbind]"))
		return;
	snmp_print_extra(snmp, cursor.length, " extra after SEQ of varbind]");
	cursor = element.data;
	while (cursor.length) {
		text_char(snmp->decode->out, ' ');
		if (!asn1_expect(snmp, &cursor, &element, ASN1_SEQUENCE, "[!varbind]") ||
		    !print_variable(snmp, pdu, element.data))
			return;
	}
}

/* Of all but the responses nothing else than 0 is to be expected. */
static bool is_request(uint8_t pdu)
{
	return pdu != SNMP_RESPONSE && pdu != SNMP_GET_BULK;
}

static void print_status(struct snmp *snmp, uint8_t pdu, int32_t status)
{
	if (is_request(pdu) && status) {
		text_string(snmp->decode->out, "[errorStatus(");
		print_error(snmp, status);
		text_string(snmp->decode->out, ")!=0]");
	} else if (pdu == SNMP_GET_BULK) {
		snmp_print_signed(snmp, " N=", status, "");
	} else if (status) {
		text_char(snmp->decode->out, ' ');
		print_error(snmp, status);
	}
}

static void print_index(struct snmp *snmp, uint8_t pdu, int32_t index, int32_t status)
{
	bool failed = status && !is_request(pdu) && pdu != SNMP_GET_BULK;

	if (is_request(pdu) && index)
		snmp_print_signed(snmp, "[errorIndex(", index, ")!=0]");
	else if (pdu == SNMP_GET_BULK)
		snmp_print_signed(snmp, " M=", index, "");
	else if (index && !failed)
		snmp_print_signed(snmp, "[errorIndex(", index, ") w/o errorStatus]");
	else if (index)
		snmp_print_signed(snmp, "@", index, "");
	else if (failed)
		text_string(snmp->decode->out, "[errorIndex==0]");
}

static void print_pdu_fields(struct snmp *snmp, uint8_t pdu, struct cursor cursor)
{
	struct asn1 element;
	int32_t status;

	if (!asn1_expect(snmp, &cursor, &element, ASN1_INTEGER, "[reqId!=INT]"))
		return;
	if (snmp->decode->options->verbose)
		snmp_print_signed(snmp, "R=", element.integer, " ");
	if (!asn1_expect(snmp, &cursor, &element, ASN1_INTEGER, "[errorStatus!=INT]"))
		return;
	status = element.integer;
	print_status(snmp, pdu, status);
	if (!asn1_expect(snmp, &cursor, &element, ASN1_INTEGER, "[errorIndex!=INT]"))
		return;
	print_index(snmp, pdu, element.integer, status);
	print_variables(snmp, pdu, cursor);
}

static bool print_trap_kind(struct snmp *snmp, struct cursor *cursor)
{
	struct asn1 element;
	int32_t kind;

	if (!asn1_expect(snmp, cursor, &element, ASN1_INTEGER, "[generic-trap!=INT]"))
		return false;
	kind = element.integer;
	text_char(snmp->decode->out, ' ');
	if (kind >= 0 && kind <= TRAP_ENTERPRISE)
		text_string(snmp->decode->out, trap_names[kind]);
	else
		snmp_print_signed(snmp, "gt=", kind, "");
	if (!asn1_expect(snmp, cursor, &element, ASN1_INTEGER, "[specific-trap!=INT]"))
		return false;
	if (kind == TRAP_ENTERPRISE)
		snmp_print_signed(snmp, " s=", element.integer, "");
	else if (element.integer)
		snmp_print_signed(snmp, "[specific-trap(", element.integer, ")!=0]");
	return true;
}

static void print_trap(struct snmp *snmp, struct cursor cursor)
{
	struct asn1 element;

	text_char(snmp->decode->out, ' ');
	if (!asn1_expect(snmp, &cursor, &element, ASN1_OID, "[enterprise!=OID]"))
		return;
	asn1_print(snmp, &element);
	text_char(snmp->decode->out, ' ');
	if (!asn1_expect(snmp, &cursor, &element, ASN1_ADDRESS, "[agent-addr!=INETADDR]"))
		return;
	asn1_print(snmp, &element);
	if (!print_trap_kind(snmp, &cursor))
		return;
	text_char(snmp->decode->out, ' ');
	if (!asn1_expect(snmp, &cursor, &element, ASN1_UNSIGNED, "[time-stamp!=TIMETICKS]"))
		return;
	asn1_print(snmp, &element);
	print_variables(snmp, SNMP_TRAP, cursor);
}

void snmp_print_pdu(struct snmp *snmp, struct cursor cursor, int32_t version)
{
	struct asn1 pdu;

	if (!asn1_take(snmp, &cursor, &pdu))
		return;
	if (pdu.type != ASN1_PDU) {
		text_string(snmp->decode->out, "[no PDU]");
		return;
	}
	snmp_print_extra(snmp, cursor.length, " extra after PDU]");
	snmp_print_verbose(snmp, "{ ");
	asn1_print(snmp, &pdu);
	text_char(snmp->decode->out, ' ');
	if (version == SNMP_VERSION_1 && pdu.id >= SNMP_GET_BULK) {
		text_string(snmp->decode->out, "[v2 PDU in v1 message]");
		return;
	}
	if (version == SNMP_VERSION_2 && pdu.id == SNMP_TRAP) {
		text_string(snmp->decode->out, "[v1 PDU in v2 message]");
		return;
	}
	if (pdu.id == SNMP_TRAP)
		print_trap(snmp, pdu.data);
	else
		print_pdu_fields(snmp, pdu.id, pdu.data);
	if (!snmp->beyond)
		snmp_print_verbose(snmp, " } ");
}
