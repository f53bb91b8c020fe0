/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the packets of a file lie in time, in its last block: it is known only when the file
 * ends, and a reader finds that block by the length that stands behind it. With it goes how
 * long the file was before, so that of a longer or shorter one nothing is believed.
 */
#include <string.h>

#include "frames/pcapng.h"
#include "store.h"

/* File, least, most, fall. */
#define ORDER_WORDS 4u

/* Of an ISB: of its options, and of what is behind them. */
#define ISB_OPTIONS 20u
#define OPTIONS_END 8u

size_t pcapng_add_order(uint8_t *at, size_t room, uint64_t before, const struct time_order *order)
{
	const uint64_t words[ORDER_WORDS] = {before, (uint64_t)order->least_ns,
					     (uint64_t)order->most_ns, order->fall_ns};
	uint32_t bytes;

	memcpy(&bytes, at + 4, sizeof(bytes));
	if (!order->known || order->least_ns < 0 || order->most_ns < order->least_ns ||
	    bytes + PCAPNG_ORDER_BYTES > room)
		return bytes;
	store32(at + 4, bytes + PCAPNG_ORDER_BYTES);
	at = store16(store16(at + bytes - OPTIONS_END, PCAPNG_ORDER), sizeof(words));
	at = (uint8_t *)memcpy(at, words, sizeof(words)) + sizeof(words);
	store32(store32(at, PCAPNG_OPT_END), bytes + PCAPNG_ORDER_BYTES);
	return bytes + PCAPNG_ORDER_BYTES;
}

/* What the option says, if that makes sense. */
static struct time_order take_order(const uint8_t *value, uint64_t before)
{
	uint64_t words[ORDER_WORDS];

	memcpy(words, value, sizeof(words));
	if (words[0] != before || words[1] > words[2] || words[2] > INT64_MAX ||
	    words[3] > INT64_MAX)
		return (struct time_order){.known = false};
	return (struct time_order){.known = true,
				   .least_ns = (int64_t)words[1],
				   .most_ns = (int64_t)words[2],
				   .fall_ns = words[3]};
}

struct time_order pcapng_order_of(const uint8_t *end, size_t count, uint64_t file_bytes)
{
	const struct time_order none = {.known = false};
	uint32_t bytes, head[2];
	uint16_t option[2]; /* code, bytes */
	const uint8_t *at;

	if (count < PCAPNG_ISB_MIN || count > file_bytes)
		return none;
	memcpy(&bytes, end + count - sizeof(bytes), sizeof(bytes));
	if (bytes < PCAPNG_ISB_MIN || bytes > count || bytes % 4 != 0)
		return none;
	at = end + count - bytes;
	memcpy(head, at, sizeof(head));
	if (head[0] != PCAPNG_BLOCK_ISB || head[1] != bytes)
		return none;
	for (at += ISB_OPTIONS; end + count - at >= (ptrdiff_t)OPTIONS_END + 4;
	     at += (option[1] + 3u) & ~3u) {
		memcpy(option, at, sizeof(option));
		at += sizeof(option);
		if (option[0] == PCAPNG_OPT_END || option[1] > end + count - at - 4)
			return none;
		if (option[0] == PCAPNG_ORDER && option[1] == ORDER_WORDS * sizeof(uint64_t))
			return take_order(at, file_bytes - bytes);
	}
	return none;
}
