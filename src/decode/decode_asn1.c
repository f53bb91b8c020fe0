/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Elements of ASN.1.
 */
#include <stddef.h>

#include "decode_snmp.h"

#define ID_MASK          0x1fu
#define FORM_CONSTRUCTED 0x20u
#define CONTINUES        0x80u /* in identifiers, lengths and numbers of an OID */
#define OID_FIRST        40
#define ADDRESS_BYTES    4u

enum class { UNIVERSAL, APPLICATION, CONTEXT, PRIVATE };

static const char *const universal_names[] = {
	"U-0", "Boolean", "Integer", "Bitstring", "String", "Null", "ObjID", "ObjectDes", "U-8",
	"U-9", "U-10",    "U-11",    "U-12",      "U-13",   "U-14", "U-15",  "Sequence",  "Set",
};

static const char *const application_names[] = {
	"IpAddress", "Counter", "Gauge", "TimeTicks", "Opaque", "C-5", "Counter64",
};

static const char *const context_names[] = {
	"GetRequest", "GetNextRequest", "GetResponse", "SetRequest", "Trap",
	"GetBulk",    "Inform",         "V2Trap",      "Report",
};

static const char *const private_names[] = {"P-0"};

static const char *const exception_names[] = {"noSuchObject", "noSuchInstance", "endOfMibView"};

static const struct {
	const char *const *names;
	uint8_t count;
} classes[] = {
	[UNIVERSAL] = {universal_names, 18},
	[APPLICATION] = {application_names, 7},
	[CONTEXT] = {context_names, 9},
	[PRIVATE] = {private_names, 1},
};

static bool beyond(struct snmp *snmp)
{
	snmp->beyond = true;
	return false;
}

static bool complain(struct snmp *snmp, const char *complaint)
{
	text_string(snmp->decode->out, complaint);
	return false;
}

/* An identifier in bytes of its own. More than 8 bits of it get lost. */
static bool take_long_id(struct snmp *snmp, struct cursor *cursor, uint8_t *id)
{
	uint8_t byte;

	*id = 0;
	do {
		byte = cursor_u8_at(cursor, 0);
		if (!cursor_has(cursor, 1))
			return beyond(snmp);
		if (!cursor->length)
			return complain(snmp, "[Xtagfield?]");
		*id = (uint8_t)(*id << 7) | (byte & ~CONTINUES);
		cursor_skip(cursor, 1);
	} while (byte & CONTINUES);
	return true;
}

static bool take_length(struct snmp *snmp, struct cursor *cursor, uint32_t *length)
{
	uint8_t byte, count;

	if (!cursor->length)
		return complain(snmp, "[no asnlen]");
	if (!cursor_take_u8(cursor, &byte))
		return beyond(snmp);
	*length = byte;
	if (!(byte & CONTINUES))
		return true;
	count = byte & ~CONTINUES;
	if (cursor->length < count) {
		text_word_decimal(snmp->decode->out, "[asnlen? ", cursor->length);
		text_word_decimal(snmp->decode->out, "<", count);
		text_char(snmp->decode->out, ']');
		return false;
	}
	if (!cursor_has(cursor, count)) {
		decode_truncated(snmp->decode);
		return false;
	}
	for (*length = 0; count; count--) {
		cursor_take_u8(cursor, &byte);
		*length = *length << 8 | byte;
	}
	return true;
}

static void read_number(struct asn1 *element)
{
	uint32_t integer = cursor_u8_at(&element->data, 0) & 0x80 ? UINT32_MAX : 0;

	element->value = 0;
	for (uint32_t i = 0; i < element->bytes; i++) {
		uint8_t byte = cursor_u8_at(&element->data, i);

		integer = integer << 8 | byte;
		element->value = element->value << 8 | byte;
	}
	element->integer = (int32_t)integer;
}

static bool set_universal(struct snmp *snmp, struct asn1 *element)
{
	switch (element->id) {
	case 2:
		element->type = ASN1_INTEGER;
		if (!element->bytes)
			return complain(snmp, "[asnlen=0]");
		read_number(element);
		return true;
	case 4:
		element->type = ASN1_STRING;
		return true;
	case 5:
		element->type = ASN1_NULL;
		return true;
	case 6:
		element->type = ASN1_OID;
		return true;
	default:
		element->type = ASN1_OCTETS;
		text_format(snmp->decode->out, "[P/U/%s]", universal_names[element->id]);
		return true;
	}
}

static void set_application(struct snmp *snmp, struct asn1 *element)
{
	switch (element->id) {
	case 0:
		element->type = ASN1_ADDRESS;
		break;
	case 1:
	case 2:
	case 3:
		element->type = ASN1_UNSIGNED;
		read_number(element);
		element->value &= UINT32_MAX;
		break;
	case 6:
		element->type = ASN1_UNSIGNED;
		read_number(element);
		break;
	default:
		element->type = ASN1_OCTETS;
		text_format(snmp->decode->out, "[P/A/%s]", application_names[element->id]);
	}
}

static bool set_primitive(struct snmp *snmp, struct asn1 *element, enum class class)
{
	switch (class) {
	case UNIVERSAL:
		return set_universal(snmp, element);
	case APPLICATION:
		set_application(snmp, element);
		return true;
	case CONTEXT:
		element->type = element->id < 3 ? ASN1_EXCEPTION : ASN1_ANY;
		return true;
	default:
		element->type = ASN1_OCTETS;
		text_format(snmp->decode->out, "[P/x/%s]", private_names[element->id]);
		return true;
	}
}

static void set_constructed(struct snmp *snmp, struct asn1 *element, enum class class)
{
	static const char *const words[] = {"C/U/", "C/x/", "", "C/x/"};
	const char *name = classes[class].names[element->id];

	if (class == CONTEXT) {
		element->type = ASN1_PDU;
	} else if (class == UNIVERSAL && element->id == 16) {
		element->type = ASN1_SEQUENCE;
	} else {
		element->type = ASN1_OCTETS;
		text_string(snmp->decode->out, words[class]);
		text_string(snmp->decode->out, name);
	}
}

bool asn1_take(struct snmp *snmp, struct cursor *cursor, struct asn1 *element)
{
	struct text *out = snmp->decode->out;
	uint8_t first;
	enum class class;

	if (!cursor->length)
		return complain(snmp, "[nothing to parse]");
	if (!cursor_take_u8(cursor, &first))
		return beyond(snmp);
	class = first >> 6;
	element->id = first & ID_MASK;
	if (element->id == ID_MASK && !take_long_id(snmp, cursor, &element->id))
		return false;
	if (!take_length(snmp, cursor, &element->bytes))
		return false;
	if (cursor->length < element->bytes) {
		text_word_decimal(out, "[len", cursor->length);
		text_word_decimal(out, "<asnlen", element->bytes);
		text_char(out, ']');
		return false;
	}
	if (element->id >= classes[class].count) {
		text_format(out, "[id?%c/x/%u]", first & FORM_CONSTRUCTED ? 'C' : 'P', element->id);
		return false;
	}
	if (!cursor_has(cursor, element->bytes)) {
		decode_truncated(snmp->decode);
		return false;
	}
	element->data = *cursor;
	element->data.length = element->bytes;
	cursor_skip(cursor, element->bytes);
	if (!(first & FORM_CONSTRUCTED))
		return set_primitive(snmp, element, class);
	set_constructed(snmp, element, class);
	return true;
}

bool asn1_expect(struct snmp *snmp, struct cursor *cursor, struct asn1 *element,
		 enum asn1_type type, const char *complaint)
{
	if (!asn1_take(snmp, cursor, element))
		return false;
	if (element->type == type)
		return true;
	text_string(snmp->decode->out, complaint);
	asn1_print(snmp, element);
	return false;
}

void asn1_print_octets(struct snmp *snmp, const struct asn1 *element)
{
	for (uint32_t i = 0; i < element->bytes; i++) {
		text_char(snmp->decode->out, '_');
		text_hex(snmp->decode->out, cursor_u8_at(&element->data, i), 2);
	}
}

void asn1_print_string(struct snmp *snmp, const struct asn1 *element)
{
	struct text *out = snmp->decode->out;
	bool printable = true;

	for (uint32_t i = 0; i < element->bytes; i++) {
		uint8_t byte = cursor_u8_at(&element->data, i);

		printable = printable && byte >= 0x20 && byte < 0x7f;
	}
	if (printable) {
		text_char(out, '"');
		text_safe(out, cursor_bytes_at(&element->data, 0, element->bytes), element->bytes);
		text_char(out, '"');
		return;
	}
	for (uint32_t i = 0; i < element->bytes; i++) {
		text_string(out, i ? "_" : "");
		text_hex(out, cursor_u8_at(&element->data, i), 2);
	}
}

/* The first number is two: 40 * first + second. */
static void print_oid(struct text *out, const struct asn1 *element)
{
	uint32_t number = 0;
	bool first = true;

	for (uint32_t i = 0; i < element->bytes; i++) {
		uint8_t byte = cursor_u8_at(&element->data, i);

		number = (number << 7) + (byte & ~CONTINUES);
		if (byte & CONTINUES)
			continue;
		if (first) {
			int32_t root = (int32_t)number / OID_FIRST;

			if (root > 2)
				root = 2;
			text_word_decimal(out, ".", (uint32_t)root);
			number -= (uint32_t)root * OID_FIRST;
			first = false;
		}
		text_word_decimal(out, ".", number);
		number = 0;
	}
}

static void print_address(struct text *out, const struct asn1 *element)
{
	if (element->bytes != ADDRESS_BYTES)
		text_string(out, "[inetaddr len!=4]");
	for (uint32_t i = 0; i < element->bytes; i++)
		text_word_decimal(out, i ? "." : "", cursor_u8_at(&element->data, i));
}

void asn1_print(struct snmp *snmp, const struct asn1 *element)
{
	struct text *out = snmp->decode->out;

	switch (element->type) {
	case ASN1_ANY:
		text_string(out, "[BE_ANY!?]");
		break;
	case ASN1_NULL:
		break;
	case ASN1_OCTETS:
		asn1_print_octets(snmp, element);
		break;
	case ASN1_OID:
		print_oid(out, element);
		break;
	case ASN1_INTEGER:
		text_signed(out, element->integer);
		break;
	case ASN1_UNSIGNED:
		text_decimal(out, element->value);
		break;
	case ASN1_STRING:
		asn1_print_string(snmp, element);
		break;
	case ASN1_ADDRESS:
		print_address(out, element);
		break;
	case ASN1_EXCEPTION:
		text_format(out, "[%s]", exception_names[element->id]);
		break;
	case ASN1_SEQUENCE:
	case ASN1_PDU:
		text_string(out, element->type == ASN1_PDU ? context_names[element->id] : "Seq");
		text_word_decimal(out, "(", element->bytes);
		text_char(out, ')');
		break;
	}
}
