/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream_record.h"

#include <string.h>

#include "frames/load.h"
#include "frames/pcapng.h"

#define OPTION_BYTES    4u  /* code and length */
#define DROPCOUNT_BYTES 12u /* of the whole option */

size_t stream_record_bytes(const uint8_t *record, bool pcapng, bool *packet)
{
	*packet = !pcapng || load32(record, false) == PCAPNG_BLOCK_EPB;
	return pcapng ? load32(record + 4, false)
		      : STREAM_PCAP_RECORD_BYTES + load32(record + 8, false);
}

static uint8_t *put_drops(uint8_t *to, uint64_t drops)
{
	const uint16_t head[2] = {PCAPNG_EPB_DROPCOUNT, sizeof(drops)};

	memcpy(to, head, sizeof(head));
	memcpy(to + sizeof(head), &drops, sizeof(drops));
	return to + DROPCOUNT_BYTES;
}

size_t stream_record_tell_drops(uint8_t *to, const uint8_t *epb, uint64_t drops)
{
	const uint32_t bytes = load32(epb + 4, false), caplen = load32(epb + 20, false);
	const uint8_t *from = epb + PCAPNG_EPB_HEADER_BYTES + (caplen + 3) / 4 * 4;
	const uint8_t *end = epb + bytes - 4;
	uint8_t *at = to + (from - epb);
	uint32_t total;

	memcpy(to, epb, (size_t)(from - epb));
	for (; end - from >= (ptrdiff_t)OPTION_BYTES; from += OPTION_BYTES) {
		const uint16_t code = load16(from, false), length = load16(from + 2, false);
		const size_t whole = OPTION_BYTES + ((size_t)length + 3) / 4 * 4;
		uint64_t earlier;

		if (code == PCAPNG_OPT_END || (size_t)(end - from) < whole)
			break;
		if (code == PCAPNG_EPB_DROPCOUNT && length == sizeof(earlier)) {
			memcpy(&earlier, from + OPTION_BYTES, sizeof(earlier));
			drops += earlier;
		} else {
			memcpy(at, from, whole);
			at += whole;
		}
		from += whole - OPTION_BYTES;
	}
	at = put_drops(at, drops);
	memset(at, 0, PCAPNG_OPT_END_BYTES);
	at += PCAPNG_OPT_END_BYTES;
	total = (uint32_t)(at - to) + 4;
	memcpy(at, &total, sizeof(total));
	memcpy(to + 4, &total, sizeof(total));
	return total;
}
