/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LLDP-MED (ANSI/TIA-1057): what telephones and switches tell each other.
 */
#include <stddef.h>

#include "decode_parts.h"

#define LEAST_INVENTORY 5u
#define MOST_INVENTORY  11u
#define POWER_RESERVED  1024u

static const struct text_name names[] = {
	{1, "LLDP-MED Capabilities"},         {2, "Network policy"},
	{3, "Location identification"},       {4, "Extended power-via-MDI"},
	{5, "Inventory - hardware revision"}, {6, "Inventory - firmware revision"},
	{7, "Inventory - software revision"}, {8, "Inventory - serial number"},
	{9, "Inventory - manufacturer name"}, {10, "Inventory - model name"},
	{11, "Inventory - asset ID"},         {0, NULL},
};

static const char *const inventory[] = {
	"Hardware revision", "Firmware revision", "Software revision", "Serial number",
	"Manufacturer name", "Model name",        "Asset ID",
};

static const struct text_name capabilities[] = {
	{1, "LLDP-MED capabilities"},
	{2, "network policy"},
	{4, "location identification"},
	{8, "extended power via MDI-PSE"},
	{16, "extended power via MDI-PD"},
	{32, "Inventory"},
	{0, NULL},
};

static const struct text_name devices[] = {
	{1, "endpoint class 1"},
	{2, "endpoint class 2"},
	{3, "endpoint class 3"},
	{4, "network connectivity"},
	{0, NULL},
};

static const struct text_name applications[] = {
	{1, "voice"},
	{2, "voice signaling"},
	{3, "guest voice"},
	{4, "guest voice signaling"},
	{5, "softphone voice"},
	{6, "video conferencing"},
	{7, "streaming video"},
	{8, "video signaling"},
	{0, NULL},
};

static const struct text_name policy_bits[] = {
	{0x80, "Unknown"},
	{0x40, "Tagged"},
	{0x20, "reserved"},
	{0, NULL},
};

static void print_capabilities(struct decode *decode, const struct cursor *tlv)
{
	uint16_t set = cursor_be16_at(tlv, 4);
	uint8_t device = cursor_u8_at(tlv, 6);

	if (tlv->length < 7)
		return;
	text_string(decode->out, "\n\t    Media capabilities [");
	text_bits(decode->out, capabilities, set, ", ", "none");
	text_format(decode->out, "] (0x%04x)\n\t    Device type [", set);
	text_name(decode->out, devices, "unknown", device);
	text_format(decode->out, "] (0x%02x)", device);
}

static void print_policy(struct decode *decode, const struct cursor *tlv)
{
	uint8_t application = cursor_u8_at(tlv, 4);

	if (tlv->length < 8)
		return;
	text_string(decode->out, "\n\t    Application type [");
	text_name(decode->out, applications, "none", application);
	text_format(decode->out, "] (0x%02x), Flags [", application);
	text_bits(decode->out, policy_bits, cursor_u8_at(tlv, 5), ", ", "none");
	text_format(decode->out, "]\n\t    Vlan id %u, L2 priority %u, DSCP value %u",
		    (cursor_be16_at(tlv, 5) & 0x1ffe) >> 1, (cursor_be16_at(tlv, 6) & 0x1ff) >> 6,
		    cursor_be16_at(tlv, 6) & 0x3f);
}

static void print_power(struct decode *decode, const struct cursor *tlv)
{
	static const char *const sources[] = {"none", "PSE - primary power source",
					      "local - backup power source",
					      "PSE+local - reserved"};
	static const char *const priorities[] = {"none", "critical", "high", "low"};
	uint8_t flags = cursor_u8_at(tlv, 4), priority = flags & 15;
	uint16_t power = cursor_be16_at(tlv, 5);

	if (tlv->length < 7)
		return;
	/* As tcpdump has it: & binds less than >>. */
	text_string(decode->out, flags & 3 ? "\n\t    Power type [PD device]"
					   : "\n\t    Power type [PSE device]");
	text_string(decode->out, ", Power source [");
	text_string(decode->out, sources[flags >> 4 & 3]);
	text_string(decode->out, "]\n\t    Power priority [");
	text_string(decode->out, priority < 4 ? priorities[priority] : "none");
	text_format(decode->out, "] (0x%02x)", priority);
	if (power < POWER_RESERVED)
		text_format(decode->out, ", Power %u.%u Watts", power / 10, power % 10);
	else
		text_format(decode->out, ", Power %u (Reserved)", power);
}

bool decode_lldp_med(struct decode *decode, const struct cursor *tlv)
{
	uint8_t kind = cursor_u8_at(tlv, 3);

	if (tlv->length < 4)
		return false;
	text_string(decode->out, "\n\t  ");
	text_name(decode->out, names, "unknown", kind);
	text_format(decode->out, " Subtype (%u)", kind);
	switch (kind) {
	case 1:
		print_capabilities(decode, tlv);
		return false;
	case 2:
		print_policy(decode, tlv);
		return false;
	case 4:
		print_power(decode, tlv);
		return false;
	default:
		if (kind < LEAST_INVENTORY || kind > MOST_INVENTORY)
			return true;
		text_string(decode->out, "\n\t  ");
		text_string(decode->out, inventory[kind - LEAST_INVENTORY]);
		text_char(decode->out, ' ');
		decode_characters(decode, tlv, 4, tlv->length - 4);
		return false;
	}
}
