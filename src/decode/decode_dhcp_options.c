/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of DHCP (RFC 2132 and many later ones), under tcpdump's names.
 */
#include <stddef.h>

#include "decode_dhcp.h"

/* How the data of an option is printed. */
enum form {
	FORM_SIZE = 0, /* of those without a name: by their length */
	FORM_ADDRESS,
	FORM_PAIR, /* of addresses */
	FORM_SIGNED,
	FORM_LONG,
	FORM_SHORT,
	FORM_BYTE,
	FORM_BOOL,
	FORM_STRING,
	FORM_OWN, /* dhcp_print_structured */
};

static const struct {
	const char *name;
	enum form form;
} options[256] = {
	[DHCP_PAD] = {"PAD", FORM_BYTE},
	[1] = {"Subnet-Mask", FORM_ADDRESS},
	[2] = {"Time-Zone", FORM_SIGNED},
	[3] = {"Default-Gateway", FORM_ADDRESS},
	[4] = {"Time-Server", FORM_ADDRESS},
	[5] = {"IEN-Name-Server", FORM_ADDRESS},
	[6] = {"Domain-Name-Server", FORM_ADDRESS},
	[7] = {"LOG", FORM_ADDRESS},
	[8] = {"CS", FORM_ADDRESS},
	[9] = {"LPR-Server", FORM_ADDRESS},
	[10] = {"IM", FORM_ADDRESS},
	[11] = {"RL", FORM_ADDRESS},
	[12] = {"Hostname", FORM_STRING},
	[13] = {"BS", FORM_SHORT},
	[14] = {"DP", FORM_STRING},
	[15] = {"Domain-Name", FORM_STRING},
	[16] = {"SS", FORM_ADDRESS},
	[17] = {"RP", FORM_STRING},
	[18] = {"EP", FORM_STRING},
	[19] = {"IPF", FORM_BOOL},
	[20] = {"SRT", FORM_BOOL},
	[21] = {"PF", FORM_PAIR},
	[22] = {"RSZ", FORM_SHORT},
	[23] = {"TTL", FORM_BYTE},
	[24] = {"MTU-Timeout", FORM_LONG},
	[25] = {"MTU-Table", FORM_SHORT},
	[26] = {"MTU", FORM_SHORT},
	[27] = {"LSN", FORM_BOOL},
	[28] = {"BR", FORM_ADDRESS},
	[29] = {"MD", FORM_BOOL},
	[30] = {"MS", FORM_BOOL},
	[31] = {"Router-Discovery", FORM_BOOL},
	[32] = {"RSA", FORM_ADDRESS},
	[33] = {"Static-Route", FORM_PAIR},
	[34] = {"UT", FORM_BOOL},
	[35] = {"AT", FORM_LONG},
	[36] = {"IE", FORM_BOOL},
	[37] = {"TT", FORM_BYTE},
	[38] = {"KI", FORM_LONG},
	[39] = {"KG", FORM_BOOL},
	[40] = {"YD", FORM_STRING},
	[41] = {"YS", FORM_ADDRESS},
	[42] = {"NTP", FORM_ADDRESS},
	[43] = {"Vendor-Option", FORM_BYTE},
	[44] = {"Netbios-Name-Server", FORM_ADDRESS},
	[45] = {"WDD", FORM_ADDRESS},
	[DHCP_NETBIOS_NODE] = {"Netbios-Node", FORM_OWN},
	[47] = {"Netbios-Scope", FORM_STRING},
	[48] = {"XFS", FORM_ADDRESS},
	[49] = {"XDM", FORM_ADDRESS},
	[50] = {"Requested-IP", FORM_ADDRESS},
	[51] = {"Lease-Time", FORM_LONG},
	[DHCP_OVERLOAD] = {"OO", FORM_OWN},
	[DHCP_MESSAGE] = {"DHCP-Message", FORM_BYTE},
	[54] = {"Server-ID", FORM_ADDRESS},
	[DHCP_REQUESTS] = {"Parameter-Request", FORM_OWN},
	[56] = {"MSG", FORM_STRING},
	[57] = {"MSZ", FORM_SHORT},
	[58] = {"RN", FORM_LONG},
	[59] = {"RB", FORM_LONG},
	[60] = {"Vendor-Class", FORM_STRING},
	[DHCP_CLIENT_ID] = {"Client-ID", FORM_OWN},
	[64] = {"N+D", FORM_SHORT},
	[65] = {"N+S", FORM_ADDRESS},
	[66] = {"TFTP", FORM_STRING},
	[67] = {"BF", FORM_STRING},
	[68] = {"MH", FORM_ADDRESS},
	[69] = {"SMTP", FORM_ADDRESS},
	[70] = {"POP3", FORM_ADDRESS},
	[71] = {"NNTP", FORM_ADDRESS},
	[72] = {"WWW", FORM_ADDRESS},
	[73] = {"FG", FORM_ADDRESS},
	[74] = {"IRC", FORM_ADDRESS},
	[75] = {"STS", FORM_ADDRESS},
	[76] = {"STDA", FORM_ADDRESS},
	[DHCP_USER_CLASS] = {"User-Class", FORM_OWN},
	[78] = {"SLP-DA", FORM_BYTE},
	[79] = {"SLP-SCOPE", FORM_BYTE},
	[80] = {"SLP-NA", FORM_STRING},
	[DHCP_FQDN] = {"FQDN", FORM_OWN},
	[DHCP_AGENT] = {"Agent-Information", FORM_OWN},
	[83] = {"ARMT", FORM_BYTE},
	[88] = {"TZSTR", FORM_STRING},
	[89] = {"FQDNS", FORM_BYTE},
	[90] = {"AUTH", FORM_BYTE},
	[91] = {"Last-Transaction-Time", FORM_SIGNED},
	[92] = {"Associated-IP", FORM_ADDRESS},
	[93] = {"ARCH", FORM_SHORT},
	[94] = {"NDI", FORM_BYTE},
	[95] = {"LDAP", FORM_STRING},
	[97] = {"GUID", FORM_BYTE},
	[98] = {"UAP", FORM_STRING},
	[100] = {"POSIX-TZ", FORM_STRING},
	[101] = {"TZ-Name", FORM_STRING},
	[112] = {"NI", FORM_ADDRESS},
	[113] = {"NITAG", FORM_STRING},
	[114] = {"URL", FORM_STRING},
	[116] = {"NOAUTO", FORM_BOOL},
	[117] = {"NSSEARCH", FORM_SHORT},
	[118] = {"SUBNET", FORM_ADDRESS},
	[DHCP_ROUTES] = {"Classless-Static-Route", FORM_OWN},
	[150] = {"TFTP-Server-Address", FORM_ADDRESS},
	[161] = {"MUD-URL", FORM_STRING},
	[DHCP_ROUTES_MICROSOFT] = {"Classless-Static-Route-Microsoft", FORM_OWN},
	[DHCP_END] = {"END", FORM_BYTE},
};

static const struct text_name message_names[] = {
	{1, "Discover"},
	{2, "Offer"},
	{3, "Request"},
	{4, "Decline"},
	{5, "ACK"},
	{6, "NACK"},
	{7, "Release"},
	{8, "Inform"},
	{10, "LeaseQuery"},
	{11, "LeaseUnassigned"},
	{12, "LeaseUnknown"},
	{13, "LeaseActive"},
	{0, NULL},
};

const char *dhcp_option_name(uint8_t option)
{
	return options[option].name ? options[option].name : "Unknown";
}

static void print_one(struct text *out, const struct cursor *data, enum form form)
{
	uint8_t byte = cursor_u8_at(data, 0), address[4];

	cursor_copy_at(data, 0, address, data->length < 4 ? 0 : 4);
	switch (form) {
	case FORM_PAIR:
		text_char(out, '(');
		text_ipv4(out, address);
		text_char(out, ':');
		cursor_copy_at(data, 4, address, 4);
		text_ipv4(out, address);
		text_char(out, ')');
		break;
	case FORM_ADDRESS:
		text_ipv4(out, address);
		break;
	case FORM_SIGNED:
		text_signed(out, (int32_t)cursor_be32_at(data, 0));
		break;
	case FORM_LONG:
		text_decimal(out, cursor_be32_at(data, 0));
		break;
	case FORM_SHORT:
		text_decimal(out, cursor_be16_at(data, 0));
		break;
	case FORM_BOOL:
		if (byte > 1)
			text_decimal(out, byte);
		text_string(out, byte > 1 ? "?" : byte ? "Y" : "N");
		break;
	default:
		text_decimal(out, byte);
	}
}

/* As many as there are; what is left over stays. */
static void print_list(struct text *out, struct cursor *data, enum form form)
{
	static const uint8_t sizes[] =
		{[FORM_ADDRESS] = 4, [FORM_PAIR] = 8, [FORM_SIGNED] = 4, [FORM_LONG] = 4,
		 [FORM_SHORT] = 2,   [FORM_BYTE] = 1, [FORM_BOOL] = 1};

	for (bool first = true; data->length >= sizes[form]; first = false) {
		if (!first)
			text_char(out, form == FORM_BYTE ? '.' : ',');
		print_one(out, data, form);
		cursor_skip(data, sizes[form]);
	}
}

static void print_data(struct decode *decode, struct cursor *data, uint8_t option)
{
	enum form form = options[option].form;

	if (option == DHCP_MESSAGE && data->length == 1) {
		text_name(decode->out, message_names, "Unknown (%u)", cursor_u8_at(data, 0));
		return;
	}
	if (form == FORM_SIZE)
		form = data->length & 1 ? FORM_BYTE : data->length & 2 ? FORM_SHORT : FORM_LONG;
	if (form == FORM_OWN)
		dhcp_print_structured(decode, data, option);
	else if (form == FORM_STRING)
		dhcp_print_string(decode->out, data);
	else
		print_list(decode->out, data, form);
	if (data->length)
		text_word_decimal(decode->out, "\n\t  trailing data length ", data->length);
}

static void print_pads(struct decode *decode, struct cursor *cursor)
{
	uint32_t count = 1;

	while (cursor_has(cursor, 1) && cursor_u8_at(cursor, 0) == DHCP_PAD) {
		cursor_skip(cursor, 1);
		count++;
	}
	if (count > 1)
		text_word_decimal(decode->out, ", occurs ", count);
}

bool decode_dhcp_options(struct decode *decode, struct cursor *cursor)
{
	uint8_t option, bytes = 0;

	text_string(decode->out, "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie ");
	text_hex_prefixed(decode->out, cursor_be32_at(cursor, 0), 8);
	cursor_skip(cursor, 4);
	while (cursor_take_u8(cursor, &option)) {
		struct cursor data;

		if (decode->options->verbose < 3 && option == DHCP_PAD)
			continue;
		if (decode->options->verbose < 3 && option == DHCP_END)
			return true;
		bytes = 0;
		if (option != DHCP_PAD && option != DHCP_END && !cursor_take_u8(cursor, &bytes))
			return false;
		text_string(decode->out, "\n\t    ");
		text_string(decode->out, dhcp_option_name(option));
		text_word_decimal(decode->out, " (", option);
		text_word_decimal(decode->out, "), length ", bytes);
		text_string(decode->out, bytes ? ": " : "");
		if (option == DHCP_PAD)
			print_pads(decode, cursor);
		if (!cursor_has(cursor, bytes))
			return decode_truncated(decode);
		data = cursor_part(cursor, bytes);
		if (option != DHCP_PAD && option != DHCP_END)
			print_data(decode, &data, option);
		cursor_skip(cursor, bytes);
	}
	return true;
}
