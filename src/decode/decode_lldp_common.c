/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What several organizations print alike in LLDP.
 */
#include <stddef.h>

#include "decode_parts.h"

const struct text_name decode_lldp_on_bits[] = {{1, "supported"}, {2, "enabled"}, {0, NULL}};

void decode_lldp_kind(struct decode *decode, const struct text_name *names, uint8_t kind)
{
	text_string(decode->out, "\n\t  ");
	text_name(decode->out, names, "unknown", kind);
	text_format(decode->out, " Subtype (%u)", kind);
}

void decode_lldp_aggregation(struct decode *decode, const struct cursor *tlv)
{
	if (tlv->length < 9)
		return;
	text_string(decode->out, "\n\t    aggregation status [");
	text_bits(decode->out, decode_lldp_on_bits, cursor_u8_at(tlv, 4), ", ", "none");
	text_word_decimal(decode->out, "], aggregation port ID ", cursor_be32_at(tlv, 5));
}
