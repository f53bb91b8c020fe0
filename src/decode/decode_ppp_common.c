/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the PPP decoder share: names of protocols, and what options
 * of more than one of them hold.
 */
#include <stddef.h>

#include "decode_parts.h"

const struct text_name decode_ppp_names[] = {
	{PPP_IP, "IP"},
	{0x0023, "OSI"},
	{0x0025, "NS"},
	{0x0027, "DECNET"},
	{0x0029, "APPLE"},
	{0x002b, "IPX"},
	{0x002d, "VJC IP"},
	{PPP_VJ_UNCOMPRESSED, "VJNC IP"},
	{0x0031, "BRPDU"},
	{0x0033, "STII"},
	{0x0035, "VINES"},
	{PPP_MPLS, "MPLS"},
	{PPP_MPLS_MULTICAST, "MPLS"},
	{PPP_COMPRESSED, "Compressed"},
	{PPP_MULTILINK, "MLPPP"},
	{PPP_IPV6, "IP6"},
	{0x0201, "HELLO"},
	{0x0231, "LUXCOM"},
	{0x0233, "SNS"},
	{PPP_IPCP, "IPCP"},
	{PPP_OSICP, "OSICP"},
	{0x8025, "NSCP"},
	{0x8027, "DECNETCP"},
	{0x8029, "APPLECP"},
	{0x802b, "IPXCP"},
	{0x8033, "STIICP"},
	{0x8035, "VINESCP"},
	{PPP_IP6CP, "IP6CP"},
	{PPP_MPLSCP, "MPLSCP"},
	{PPP_LCP, "LCP"},
	{PPP_PAP, "PAP"},
	{PPP_LQM, "LQM"},
	{PPP_CHAP, "CHAP"},
	{PPP_EAP, "EAP"},
	{PPP_SPAP, "SPAP"},
	{PPP_OLD_SPAP, "Old-SPAP"},
	{PPP_BACP, "BACP"},
	{PPP_BAP, "BAP"},
	{0xc03d, "MLPPP-CP"},
	{PPP_CCP, "CCP"},
	{0, NULL},
};

enum ppp_option_end decode_ppp_wrong(struct decode *decode, bool exact, uint32_t length, bool ends)
{
	text_string(decode->out, " (length bogus, should be ");
	text_word_decimal(decode->out, exact ? "= " : ">= ", length);
	text_char(decode->out, ')');
	return ends ? PPP_OPTION_LAST : PPP_OPTION_SKIP;
}

enum ppp_option_end decode_ppp_address(struct decode *decode, const char *word,
				       const struct ppp_option *option, uint32_t at)
{
	uint8_t address[4];

	if (!cursor_copy_at(&option->at, at, address, sizeof(address)))
		return PPP_OPTION_BEYOND;
	text_string(decode->out, word);
	text_ipv4(decode->out, address);
	return PPP_OPTION_NEXT;
}
