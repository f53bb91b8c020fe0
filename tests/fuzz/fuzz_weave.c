/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile TPACKET_V3 blocks, walked and woven as a capture does it: the input
 * itself, or what the kernel would have laid out with pieces of the input
 * written over it. Whatever the walk lets through has to become a run inside
 * the block that is one chain of pcapng blocks to its last byte: an Interface
 * Statistics Block and a packet for each frame, its data unharmed, with
 * well-formed options.
 *
 * Input: 8 bytes of choices, then the memory from the block header on, or
 * 6-byte patches.
 */
#include <linux/if_packet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frames/block.h"
#include "frames/pcapng.h"
#include "frames/sll2.h"
#include "frames/vlan.h"
#include "frames/weave.h"
#include "synthetic.h"

#define MOST_PAGES  34u /* so that gaps can be wider than an option is long */
#define MOST_FRAMES 64u
#define BATCH       16u
#define PATCH_BYTES 6u /* 2 of offset, 4 of value */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* What the run has to hold of a frame. */
struct seen {
	uint32_t caplen, len, sum;
};

static uint32_t sum_bytes(const uint8_t *bytes, uint32_t count)
{
	uint32_t sum = 0;

	while (count--)
		sum = sum * 31 + *bytes++;
	return sum;
}

/* A list that ends with its end mark, at end, or for want of room is none. */
static void check_options(const uint8_t *at, const uint8_t *end)
{
	uint32_t code = 1, bytes;

	while (at < end && code != PCAPNG_OPT_END) {
		require(end - at >= 4);
		code = get32(at) & 0xffff;
		bytes = get32(at) >> 16;
		require(code != PCAPNG_OPT_END || bytes == 0);
		at += 4;
		require(((bytes + 3) & ~3u) <= (size_t)(end - at));
		at += (bytes + 3) & ~3u;
	}
	require(at == end);
}

static void check_run(const uint8_t *run, size_t bytes, const struct seen *seen, uint32_t count)
{
	const uint8_t *at = run, *end = run + bytes;
	uint32_t i = 0;

	while (at < end) {
		uint32_t length, padded = 0;

		require(end - at >= 12);
		length = get32(at + 4);
		require(length % 4 == 0 && length >= 12 && length <= (size_t)(end - at));
		require(get32(at + length - 4) == length);
		if (at == run) {
			require(get32(at) == PCAPNG_BLOCK_ISB && length >= PCAPNG_ISB_MIN);
			check_options(at + 20, at + length - 4);
		} else {
			require(get32(at) == PCAPNG_BLOCK_EPB && i < count);
			padded = (seen[i].caplen + 3) & ~3u;
			require(length >= PCAPNG_EPB_HEADER_BYTES + padded + 4);
			require(get32(at + 20) == seen[i].caplen && get32(at + 24) == seen[i].len);
			require(sum_bytes(at + 28, seen[i].caplen) == seen[i].sum);
			check_options(at + 28 + padded, at + length - 4);
			i++;
		}
		at += length;
	}
	require(i == count);
}

struct capture {
	uint8_t *memory;
	size_t bytes;
	uint32_t snaplen, most; /* frames */
	size_t align;
	int cooked;
};

static void prepend(const struct capture *c, struct frame *frame)
{
	if (c->cooked)
		(void)sll2_prepend(frame, c->snaplen);
	else if (frame->vlan_tpid)
		(void)vlan_restore(frame, c->snaplen);
}

static void weave_all(const struct capture *c)
{
	static struct seen seen[MOST_PAGES * 4096 / 68];
	uint8_t header[WEAVE_RUN_OFFSET];
	const uint8_t *limit = c->memory + c->bytes;
	struct frame frames[BATCH];
	struct block_walk walk;
	struct weave weave;
	uint32_t done = 0, count = BATCH, taken = BATCH;
	size_t align = c->align, bytes;

	if (block_walk_start(&walk, c->memory, c->bytes) < 0)
		return;
	weave_begin(&weave, c->memory, c->bytes);
	while (count == BATCH && taken == BATCH) {
		for (count = 0; count < BATCH && done + count < c->most; count++) {
			struct frame *frame = &frames[count];

			memset(frame, 0, sizeof(*frame));
			if (block_walk_next(&walk, frame) != 1)
				break;
			frame->lost = (done + count) % 3;
			prepend(c, frame);
			seen[done + count] = (struct seen){frame->caplen, frame->len,
							   sum_bytes(frame->data, frame->caplen)};
		}
		/* Tags and cooked headers may lie in front of the run. */
		memcpy(header, c->memory, sizeof(header));
		taken = weave_frames(&weave, frames, count,
				     &(struct stats_snapshot){.received = 1});
		require(taken <= count);
		if (taken < count) {
			limit = frames[taken].data;
			align = 4;
		}
		done += taken;
	}
	bytes = weave_end(&weave, align, limit);
	require(memcmp(header, c->memory, sizeof(header)) == 0);
	require(bytes % align == 0 && bytes <= c->bytes - WEAVE_RUN_OFFSET);
	require((bytes == 0) == (done == 0));
	require(bytes == 0 || c->memory + WEAVE_RUN_OFFSET + bytes <= limit);
	/* A refused frame and those read behind it can still be copied. */
	for (uint32_t i = taken; i < count; i++)
		require(sum_bytes(frames[i].data, frames[i].caplen) == seen[done + i - taken].sum);
	check_run(c->memory + WEAVE_RUN_OFFSET, bytes, seen, done);
}

/*
 * Takes the second frame of a block anywhere behind the first, as the last one,
 * and lets it end anywhere near the block's end: what single patches hardly do.
 */
static void stretch(const struct capture *c, const uint8_t choices[8], const uint32_t offsets[2])
{
	uint32_t room = (uint32_t)c->bytes - offsets[0], gap = offsets[1] - offsets[0];
	struct tpacket_block_desc *desc = (void *)c->memory;
	struct tpacket3_hdr *first = (void *)(c->memory + offsets[0]), *second;

	gap += (choices[7] * 512u + choices[3]) / 8 * 8;
	if (gap > room || room - gap < 256)
		return;
	second = (void *)(c->memory + offsets[0] + gap);
	memmove(second, c->memory + offsets[1], 128);
	room -= gap + second->tp_mac + choices[6] % 32;
	first->tp_next_offset = gap;
	second->tp_next_offset = 0;
	second->tp_snaplen = second->tp_len = room;
	desc->hdr.bh1.num_pkts = 2;
}

/* Frames of lengths out of the choices, laid out as the kernel does it. */
static void lay_out(const struct capture *c, const uint8_t choices[8])
{
	static const uint8_t payload[10240] = {1, 2, 3};
	const struct synthetic_layout layout = {
		.reserve = choices[0] & 1 ? choices[3] % 32
			   : c->cooked    ? 8
					  : 2,
		.priv_bytes = choices[0] & 2 ? choices[4] * 16u : WEAVE_PRIV_BYTES,
	};
	struct synthetic_frame frames[MOST_FRAMES];
	uint32_t offsets[MOST_FRAMES], i;

	memset(frames, 0, sizeof(frames));
	for (i = 0; i < MOST_FRAMES; i++) {
		frames[i].data = payload;
		frames[i].caplen = choices[5 + i % 3] * (i % 8) * (i % 16 == 15 ? 5 : 1);
		frames[i].mac_bytes = c->cooked ? 0 : 14;
		frames[i].vlan_tpid = i & 1 ? 0x88a8 : 0;
		frames[i].address_size = 6;
	}
	i = synthetic_block_v3(c->memory, c->bytes, &layout, frames, choices[5] % MOST_FRAMES,
			       offsets);
	if (choices[0] & 64 && i >= 2)
		stretch(c, choices, offsets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture c;
	uint8_t choices[8];

	if (size < sizeof(choices))
		return 0;
	memcpy(choices, data, sizeof(choices));
	data += sizeof(choices);
	size -= sizeof(choices);
	c.bytes = (2 + choices[2] % (MOST_PAGES - 1)) * (size_t)4096;
	c.snaplen = choices[1] & 1 ? 262144 : 1u + choices[1];
	c.most = choices[0] & 16 ? 1u + choices[7] : UINT32_MAX;
	c.align = choices[0] & 32 ? 4096 : (size_t)4 << choices[6] % 11;
	c.cooked = choices[0] & 4;
	c.memory = aligned_alloc(4096, c.bytes);
	require(c.memory != NULL);
	memset(c.memory, 0, c.bytes);
	if (choices[0] & 8) {
		/* The header, then what stands where the first frame should. */
		size_t header = size < 48 ? size : 48, rest = size - header;

		if (rest > c.bytes - WEAVE_RUN_OFFSET)
			rest = c.bytes - WEAVE_RUN_OFFSET;
		memcpy(c.memory, data, header);
		memcpy(c.memory + WEAVE_RUN_OFFSET, data + header, rest);
	} else {
		lay_out(&c, choices);
		for (; size >= PATCH_BYTES; size -= PATCH_BYTES, data += PATCH_BYTES) {
			/* Mostly where the first headers are. */
			size_t at = WEAVE_RUN_OFFSET + (data[0] | (size_t)(data[1] & 0x7f) << 8);

			if (data[1] & 0x80)
				at -= WEAVE_RUN_OFFSET;
			memcpy(c.memory + at % (c.bytes - 3), data + 2, 4);
		}
	}
	weave_all(&c);
	free(c.memory);
	return 0;
}
