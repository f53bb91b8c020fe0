/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What numbers there are in the options of each kind of block is in one table; all else
 * in them is bytes.
 */
#include "frames/pcapng_copy.h"

#include <string.h>

#include "frames/load.h"
#include "frames/pcapng.h"
#include "store.h"

#define CUSTOM_TEXT   2988u
#define PRIVATE_TEXT  19372u
#define PRIVATE_BYTES 19373u
#define EPB_HASH      3u
#define IF_FILTER     11u
#define CUSTOM_NUMBER 4u /* bytes: whose it is */

/* In an option's value, behind the first so many bytes, numbers of so many bytes. */
struct shape {
	uint8_t list, code, skip, bytes;
};

static const struct shape shapes[] = {
	{PCAPNG_OF_INTERFACE, 8, 0, 8},  /* if_speed */
	{PCAPNG_OF_INTERFACE, 10, 0, 4}, /* if_tzone */
	{PCAPNG_OF_INTERFACE, 14, 0, 8}, /* if_tsoffset */
	{PCAPNG_OF_INTERFACE, 16, 0, 8}, /* if_txspeed */
	{PCAPNG_OF_INTERFACE, 17, 0, 8}, /* if_rxspeed */
	{PCAPNG_OF_PACKET, 2, 0, 4},     /* epb_flags */
	{PCAPNG_OF_PACKET, 4, 0, 8},     /* epb_dropcount */
	{PCAPNG_OF_PACKET, 5, 0, 8},     /* epb_packetid */
	{PCAPNG_OF_PACKET, 6, 0, 4},     /* epb_queue */
	{PCAPNG_OF_PACKET, 7, 1, 8},     /* epb_verdict, but that of hardware */
	{PCAPNG_OF_PACKET, 8, 0, 4},     /* epb_processid_threadid */
	{PCAPNG_OF_STATISTICS, 2, 0, 4}, /* isb_starttime: two halves */
	{PCAPNG_OF_STATISTICS, 3, 0, 4}, /* isb_endtime */
	{PCAPNG_OF_STATISTICS, 4, 0, 8}, /* isb_ifrecv and further counts */
	{PCAPNG_OF_STATISTICS, 5, 0, 8}, {PCAPNG_OF_STATISTICS, 6, 0, 8},
	{PCAPNG_OF_STATISTICS, 7, 0, 8}, {PCAPNG_OF_STATISTICS, 8, 0, 8},
};

/* The last code that is known of each list; of others nobody knows what they have. */
static const uint8_t known_most[] = {
	[PCAPNG_OF_SECTION] = 4,    [PCAPNG_OF_INTERFACE] = 18, [PCAPNG_OF_PACKET] = 8,
	[PCAPNG_OF_STATISTICS] = 8, [PCAPNG_OF_NAMES] = 4,      [PCAPNG_OF_OTHERS] = 1,
};

bool pcapng_next_option(struct pcapng_options *options, struct pcapng_option *option)
{
	const uint8_t *at = options->at;
	uint32_t padded;

	if (options->end - at < 4)
		return false;
	option->code = load16(at, options->swapped);
	option->bytes = load16(at + 2, options->swapped);
	option->value = at + 4;
	padded = (option->bytes + 3) & ~3u;
	if (option->code == PCAPNG_OPT_END || padded > (size_t)(options->end - at - 4))
		return false;
	options->at = at + 4 + padded;
	return true;
}

static void swap_numbers(uint8_t *at, const uint8_t *end, uint32_t bytes)
{
	for (; (size_t)(end - at) >= bytes; at += bytes)
		for (uint32_t i = 0; i < bytes / 2; i++) {
			const uint8_t byte = at[i];

			at[i] = at[bytes - 1 - i];
			at[bytes - 1 - i] = byte;
		}
}

/* Turns the value of an option that was copied. False where it is not known how. */
static bool swap_value(uint8_t *value, const struct pcapng_option *option, enum pcapng_list list)
{
	uint8_t *end = value + option->bytes;

	if (option->code == CUSTOM_TEXT && option->bytes >= CUSTOM_NUMBER) {
		swap_numbers(value, value + CUSTOM_NUMBER, CUSTOM_NUMBER);
		return true;
	}
	/* A filter that is a program has numbers of its own. */
	if (list == PCAPNG_OF_INTERFACE && option->code == IF_FILTER)
		return option->bytes > 0 && *value == 0;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *shape = &shapes[i];

		if (shape->list != list || shape->code != option->code)
			continue;
		if (option->bytes > shape->skip)
			swap_numbers(value + shape->skip, end, shape->bytes);
		return true;
	}
	return option->code <= known_most[list];
}

/* What our own writer fills blocks up with, and what it says of a segment of a recorder,
 * which the copy is not: its number, and how its packets lie in time. */
static bool is_ours(const struct pcapng_option *option, enum pcapng_list list)
{
	if (option->code != PCAPNG_FILLER)
		return (option->code == PCAPNG_SEGMENT && list == PCAPNG_OF_SECTION) ||
		       (option->code == PCAPNG_ORDER && list == PCAPNG_OF_STATISTICS);
	return option->bytes == 0 ||
	       (*option->value == 0 &&
		memcmp(option->value, option->value + 1, option->bytes - 1) == 0);
}

size_t pcapng_copy_options(uint8_t *to, struct pcapng_options options, uint32_t without,
			   unsigned *left)
{
	struct pcapng_option option;
	uint8_t *at = to;

	while (pcapng_next_option(&options, &option)) {
		const uint32_t padded = (option.bytes + 3) & ~3u;

		if ((option.code < 32 && (without >> option.code & 1)) ||
		    is_ours(&option, options.list))
			continue;
		if (option.code == PRIVATE_TEXT || option.code == PRIVATE_BYTES) {
			*left |= PCAPNG_LEFT_PRIVATE;
			continue;
		}
		memcpy(at + 4, option.value, option.bytes);
		memset(at + 4 + option.bytes, 0, padded - option.bytes);
		if (options.swapped && !swap_value(at + 4, &option, options.list)) {
			*left |= PCAPNG_LEFT_UNKNOWN;
			continue;
		}
		store16(store16(at, (uint16_t)option.code), (uint16_t)option.bytes);
		at += 4 + padded;
	}
	return (size_t)(at - to);
}

/* --- packets ----------------------------------------------------------------------- */

/* Of a block, the byte order of which its type shows. */
struct packet {
	uint32_t type, caplen;
	bool swapped;
	struct pcapng_options options;
	uint64_t time;
};

/* False where the frame lies in none, or in one without options and time. */
static bool find_packet(const struct frame *frame, struct packet *packet)
{
	const uint8_t *block = frame->block;
	uint32_t padded;

	if (!block)
		return false;
	packet->type = load32(block, false);
	packet->swapped = packet->type > 0xffff;
	packet->type = load32(block, packet->swapped);
	if (packet->type == PCAPNG_BLOCK_SPB)
		return false;
	packet->caplen = load32(block + 20, packet->swapped);
	packet->time = (uint64_t)load32(block + 12, packet->swapped) << 32 |
		       load32(block + 16, packet->swapped);
	padded = (packet->caplen + 3) & ~3u;
	packet->options = (struct pcapng_options){
		.at = block + PCAPNG_EPB_HEADER_BYTES + padded,
		.end = block + load32(block + 4, packet->swapped) - 4,
		.swapped = packet->swapped,
		.list = PCAPNG_OF_PACKET,
	};
	return true;
}

bool pcapng_frame_flags(const struct frame *frame, uint32_t *flags)
{
	struct pcapng_option option;
	struct packet packet;

	if (!find_packet(frame, &packet))
		return false;
	while (pcapng_next_option(&packet.options, &option)) {
		if (option.code != PCAPNG_EPB_FLAGS || option.bytes != 4)
			continue;
		*flags = load32(option.value, packet.swapped);
		return true;
	}
	return false;
}

bool pcapng_frame_has_options(const struct frame *frame)
{
	struct pcapng_option option;
	struct packet packet;

	return find_packet(frame, &packet) && pcapng_next_option(&packet.options, &option);
}

size_t pcapng_copy_tail_most(const struct frame *frame)
{
	const uint8_t *block = frame->block;
	/* The options are less than the block. */
	const size_t options = block ? load32(block + 4, load32(block, false) > 0xffff) : 0;

	/* Padding, a count of drops, end mark, length. */
	return 3 + options + 12 + 4 + 4;
}

size_t pcapng_copy_tail(uint8_t *to, const struct frame *frame, unsigned *left)
{
	const size_t padding = -(size_t)frame->caplen & 3;
	uint32_t without = 1u << PCAPNG_EPB_DROPCOUNT;
	uint8_t *at = to + padding, *options = at;
	struct packet packet;

	memset(to, 0, padding);
	if (find_packet(frame, &packet)) {
		/* It is not the packet that it was. */
		if (frame->caplen < packet.caplen || frame->data < frame->block ||
		    frame->data > frame->block + packet.caplen + PCAPNG_EPB_HEADER_BYTES)
			without |= 1u << EPB_HASH;
		at += pcapng_copy_options(at, packet.options, without, left);
		for (struct pcapng_option option;
		     (without >> EPB_HASH & 1) && pcapng_next_option(&packet.options, &option);)
			*left |= option.code == EPB_HASH ? PCAPNG_LEFT_HASH : 0;
	} else if (frame->block) {
		*left |= PCAPNG_LEFT_TIMES;
	}
	if (frame->lost > 0)
		at = store64(store16(store16(at, PCAPNG_EPB_DROPCOUNT), 8), frame->lost);
	if (at != options)
		at = store32(at, PCAPNG_OPT_END);
	at += 4;
	store32(at - 4, (uint32_t)(PCAPNG_EPB_HEADER_BYTES + frame->caplen + (size_t)(at - to)));
	return (size_t)(at - to);
}

void pcapng_copy_head(uint8_t *to, const struct frame *frame, const struct pcapng_ticks *ticks,
		      size_t tail_bytes)
{
	struct packet packet;
	const uint64_t time =
		find_packet(frame, &packet) ? packet.time : pcapng_ticks_of(ticks, frame->time_ns);

	to = store32(to, PCAPNG_BLOCK_EPB);
	to = store32(to, (uint32_t)(PCAPNG_EPB_HEADER_BYTES + frame->caplen + tail_bytes));
	to = store32(to, frame->interface);
	to = store32(store32(to, (uint32_t)(time >> 32)), (uint32_t)time);
	store32(store32(to, frame->caplen), frame->len);
}
