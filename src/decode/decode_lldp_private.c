/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What organizations added to LLDP: IEEE 802.3 and IANA here, others in files of
 * their own. Of those that are not known the bytes are shown.
 */
#include <stddef.h>

#include "decode_parts.h"

enum oui {
	OUI_IANA = 0x00005e,
	OUI_8021 = 0x0080c2,
	OUI_8023 = 0x00120f,
	OUI_TIA = 0x0012bb,
	OUI_DCBX = 0x001b21,
};

#define MUD_URL 1u /* RFC 8520: where it is told what a device is for */

static const struct text_name names_8023[] = {
	{1, "MAC/PHY configuration/status"},
	{2, "Power via MDI"},
	{3, "Link aggregation"},
	{4, "Max frame size"},
	{0, NULL},
};

static const struct text_name pmd_bits[] = {
	{1u << 14, "10BASE-T hdx"},
	{1u << 13, "10BASE-T fdx"},
	{1u << 12, "100BASE-T4"},
	{1u << 11, "100BASE-TX hdx"},
	{1u << 10, "100BASE-TX fdx"},
	{1u << 9, "100BASE-T2 hdx"},
	{1u << 8, "100BASE-T2 fdx"},
	{1u << 7, "Pause for fdx links"},
	{1u << 6, "Asym PAUSE for fdx"},
	{1u << 5, "Sym PAUSE for fdx"},
	{1u << 4, "Asym and Sym PAUSE for fdx"},
	{1u << 3, "1000BASE-{X LX SX CX} hdx"},
	{1u << 2, "1000BASE-{X LX SX CX} fdx"},
	{1u << 1, "1000BASE-T hdx"},
	{1u << 0, "1000BASE-T fdx"},
	{0, NULL},
};

/* RFC 3636 */
static const char *const mau_types[] = {
	"Unknown",
	"AUI",
	"10BASE_5",
	"FOIRL",
	"10BASE2",
	"10BASET duplex mode unknown",
	"10BASEFP",
	"10BASEFB",
	"10BASEFL duplex mode unknown",
	"10BROAD36",
	"10BASET hdx",
	"10BASET fdx",
	"10BASEFL hdx",
	"10BASEFL fdx",
	"100BASET4",
	"100BASETX hdx",
	"100BASETX fdx",
	"100BASEFX hdx",
	"100BASEFX fdx",
	"100BASET2 hdx",
	"100BASET2 fdx",
	"1000BASEX hdx",
	"1000BASEX fdx",
	"1000BASELX hdx",
	"1000BASELX fdx",
	"1000BASESX hdx",
	"1000BASESX fdx",
	"1000BASECX hdx",
	"1000BASECX fdx",
	"1000BASET hdx",
	"1000BASET fdx",
	"10GBASEX",
	"10GBASELX4",
	"10GBASER",
	"10GBASEER",
	"10GBASELR",
	"10GBASESR",
	"10GBASEW",
	"10GBASEEW",
	"10GBASELW",
	"10GBASESW",
};

static const struct text_name mdi_bits[] = {
	{1, "PSE"}, {2, "supported"}, {4, "enabled"}, {8, "can be controlled"}, {0, NULL},
};

static const struct text_name power_pairs[] = {{1, "signal"}, {2, "spare"}, {0, NULL}};

static const struct text_name power_classes[] = {
	{1, "class0"}, {2, "class1"}, {3, "class2"}, {4, "class3"}, {5, "class4"}, {0, NULL},
};

static void print_phy(struct decode *decode, const struct cursor *tlv)
{
	uint8_t negotiation = cursor_u8_at(tlv, 4);
	uint16_t ability = cursor_be16_at(tlv, 5), mau = cursor_be16_at(tlv, 7);

	if (tlv->length < 9)
		return;
	text_string(decode->out, "\n\t    autonegotiation [");
	text_bits(decode->out, decode_lldp_on_bits, negotiation, ", ", "none");
	text_format(decode->out, "] (0x%02x)\n\t    PMD autoneg capability [", negotiation);
	text_bits(decode->out, pmd_bits, ability, ", ", "unknown");
	text_format(decode->out, "] (0x%04x)\n\t    MAU type ", ability);
	text_string(decode->out,
		    mau < sizeof(mau_types) / sizeof(mau_types[0]) ? mau_types[mau] : "unknown");
	text_format(decode->out, " (0x%04x)", mau);
}

static bool print_8023(struct decode *decode, const struct cursor *tlv)
{
	uint8_t kind = cursor_u8_at(tlv, 3);

	if (tlv->length < 4)
		return false;
	decode_lldp_kind(decode, names_8023, kind);
	switch (kind) {
	case 1:
		print_phy(decode, tlv);
		return false;
	case 2:
		if (tlv->length < 7)
			return false;
		text_string(decode->out, "\n\t    MDI power support [");
		text_bits(decode->out, mdi_bits, cursor_u8_at(tlv, 4), ", ", "none");
		text_string(decode->out, "], power pair ");
		text_name(decode->out, power_pairs, "unknown", cursor_u8_at(tlv, 5));
		text_string(decode->out, ", power class ");
		text_name(decode->out, power_classes, "unknown", cursor_u8_at(tlv, 6));
		return false;
	case 3:
		decode_lldp_aggregation(decode, tlv);
		return false;
	case 4:
		if (tlv->length >= 6)
			text_word_decimal(decode->out, "\n\t    MTU size ", cursor_be16_at(tlv, 4));
		return false;
	default:
		return true;
	}
}

static bool print_iana(struct decode *decode, const struct cursor *tlv)
{
	static const struct text_name kinds[] = {{MUD_URL, "MUD-URL"}, {0, NULL}};
	uint8_t kind = cursor_u8_at(tlv, 3);

	if (tlv->length < 8)
		return false;
	decode_lldp_kind(decode, kinds, kind);
	if (kind != MUD_URL)
		return true;
	text_string(decode->out, "\n\t  MUD-URL=");
	text_safe(decode->out, cursor_bytes_at(tlv, 4, tlv->length - 4), tlv->length - 4);
	return false;
}

bool decode_lldp_private(struct decode *decode, const struct cursor *tlv, bool *unknown)
{
	uint32_t oui = cursor_be24_at(tlv, 0);

	if (tlv->length < 3)
		return false;
	text_string(decode->out, ": OUI ");
	text_name(decode->out, decode_oui_names, "Unknown", oui);
	text_format(decode->out, " (0x%06x)", oui);
	if (oui == OUI_8021)
		*unknown = decode_lldp_8021(decode, tlv);
	else if (oui == OUI_8023)
		*unknown = print_8023(decode, tlv);
	else if (oui == OUI_TIA)
		*unknown = decode_lldp_med(decode, tlv);
	else if (oui == OUI_DCBX)
		*unknown = decode_lldp_dcbx(decode, tlv);
	else if (oui == OUI_IANA)
		*unknown = print_iana(decode, tlv);
	else
		*unknown = true;
	return true;
}
