/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile ring memory: a TPACKET_V3 block or a V1 or V2 slot, either the
 * input itself or what the kernel would have laid out with pieces of the
 * input written over it. The walk may end with an error at any point, but
 * what it returns must be readable to the last byte, leave the headroom it
 * claims, and not change when everything before a frame's data is
 * overwritten behind its back.
 *
 * Input: 8 bytes of choices, then the memory, or 6-byte patches.
 */
#include <linux/if_packet.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frames/block.h"
#include "frames/sll2.h"
#include "frames/vlan.h"
#include "synthetic.h"

#define MOST_BYTES  8192u
#define MOST_FRAMES 64u
#define PATCH_BYTES 6u /* 2 of offset, 4 of value */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

/* Reads every byte where a sanitizer looks on. */
static uint32_t sum_bytes(const uint8_t *bytes, size_t count)
{
	uint32_t sum = 0;

	while (count--)
		sum = sum * 31 + *bytes++;
	return sum;
}

/* What a frame has to be, wherever it came from. */
static void check_frame(const struct frame *frame, const uint8_t *memory, size_t bytes)
{
	const uint8_t *link = frame->link;

	require(link >= memory && frame->headroom <= bytes);
	require(link + sizeof(struct sockaddr_ll) + frame->headroom == frame->data);
	require(frame->data <= memory + bytes);
	require(frame->caplen <= (size_t)(memory + bytes - frame->data));
	require(frame->caplen <= frame->len);
	require(frame->vlan_tpid != 0 || frame->vlan_tci == 0 ||
		frame->status & TP_STATUS_VLAN_VALID);
}

/* Puts in front what a capture would, with every length held against the rules. */
static void check_prepend(const struct frame *before, const uint8_t *memory, size_t bytes,
			  int cooked, uint32_t snaplen)
{
	struct frame frame = *before;
	uint32_t tag = before->vlan_tpid ? VLAN_TAG_BYTES : 0, grown = tag;
	int rc;

	if (cooked) {
		grown += SLL2_HEADER_BYTES;
		rc = sll2_prepend(&frame, snaplen);
	} else {
		if (before->vlan_tpid == 0)
			return;
		rc = vlan_restore(&frame, snaplen);
	}
	if (rc != 0) {
		require(before->headroom < grown);
		require(memcmp(&frame, before, sizeof(frame)) == 0);
		return;
	}
	require(frame.len == before->len + grown && frame.vlan_tpid == 0);
	require(frame.caplen == before->caplen || frame.caplen <= snaplen);
	require(frame.caplen <= before->caplen + grown);
	check_frame(&frame, memory, bytes);
	sum_bytes(frame.data, frame.caplen);
}

static void walk_block(uint8_t *memory, size_t bytes, int cooked, uint32_t snaplen)
{
	struct frame seen[MOST_FRAMES], frame;
	uint32_t sums[MOST_FRAMES], count = 0, left, i;
	const uint8_t *free_from = memory + sizeof(struct tpacket_block_desc);
	struct block_walk walk;
	int rc, end;

	memset(seen, 0, sizeof(seen)); /* padding too: they are compared */
	memset(&frame, 0, sizeof(frame));
	if (block_walk_start(&walk, memory, bytes) < 0)
		return;
	while ((end = block_walk_next(&walk, &frame)) == 1) {
		check_frame(&frame, memory, bytes);
		require((const uint8_t *)frame.link >= free_from);
		free_from = frame.data + frame.caplen;
		if (count < MOST_FRAMES) {
			seen[count] = frame;
			sums[count++] = sum_bytes(frame.data, frame.caplen);
		}
	}
	left = walk.left;
	require(end == 0 ? left == 0 : left > 0);

	/* The same again, while the gaps are put to use. */
	uint8_t *gap = memory + sizeof(struct tpacket_block_desc);

	require(block_walk_start(&walk, memory, bytes) == 0);
	for (i = 0; (rc = block_walk_next(&walk, &frame)) == 1; i++) {
		if (i < count) {
			require(memcmp(&frame, &seen[i], sizeof(frame)) == 0);
			require(sum_bytes(frame.data, frame.caplen) == sums[i]);
		}
		check_prepend(&frame, memory, bytes, cooked, snaplen);
		memset(gap, 0xff, (size_t)(frame.data - gap));
		gap = frame.data + frame.caplen;
	}
	require(rc == end && walk.left == left);
}

static void read_slot(uint8_t *memory, size_t bytes, int version, int cooked, uint32_t snaplen)
{
	struct frame frame;

	memset(&frame, 0, sizeof(frame));
	if ((version == 1 ? slot_read_v1 : slot_read_v2)(memory, bytes, &frame) < 0)
		return;
	check_frame(&frame, memory, bytes);
	sum_bytes(frame.data, frame.caplen);
	check_prepend(&frame, memory, bytes, cooked, snaplen);
}

/* Frames of lengths out of the choices, laid out as the kernel does it. */
static void lay_out(uint8_t *memory, size_t bytes, int version, const uint8_t choices[8])
{
	static const uint8_t payload[2048];
	struct synthetic_layout layout = {.reserve = choices[3] % 32,
					  .priv_bytes = choices[4] % 64};
	struct synthetic_frame frames[MOST_FRAMES];
	uint32_t i;

	memset(frames, 0, sizeof(frames));
	for (i = 0; i < MOST_FRAMES; i++) {
		frames[i].data = payload;
		frames[i].caplen = choices[5 + i % 3] * (i % 8);
		frames[i].mac_bytes = choices[0] & 4 ? 0 : 14;
		frames[i].vlan_tpid = i & 1 ? 0x88a8 : 0;
		frames[i].address_size = 6;
	}
	if (version == 3)
		synthetic_block_v3(memory, bytes, &layout, frames, choices[5] % MOST_FRAMES, NULL);
	else if (version == 2)
		synthetic_slot_v2(memory, bytes, &layout, &frames[3]);
	else
		synthetic_slot_v1(memory, bytes, &layout, &frames[3]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choices[8], *memory;
	uint32_t snaplen;
	size_t bytes;
	int version;

	if (size < sizeof(choices))
		return 0;
	memcpy(choices, data, sizeof(choices));
	data += sizeof(choices);
	size -= sizeof(choices);
	version = choices[0] % 4 ? choices[0] % 4 : 3;
	snaplen = choices[1] & 1 ? 262144 : 1u + choices[1];

	/* Exact sizes, so that one byte too far is seen. */
	bytes = choices[0] & 8 ? size : 192 + (size_t)choices[2] * 16;
	if (bytes > MOST_BYTES)
		bytes = MOST_BYTES;
	memory = calloc(1, bytes);
	require(memory != NULL);
	if (choices[0] & 8) {
		if (bytes != 0)
			memcpy(memory, data, bytes);
	} else {
		lay_out(memory, bytes, version, choices);
		for (; size >= PATCH_BYTES; size -= PATCH_BYTES, data += PATCH_BYTES) {
			size_t at = (data[0] | (size_t)data[1] << 8) % (bytes - 3);

			memcpy(memory + at, data + 2, 4);
		}
	}
	if (version == 3)
		walk_block(memory, bytes, choices[0] & 4, snaplen);
	else
		read_slot(memory, bytes, version, choices[0] & 4, snaplen);
	free(memory);
	return 0;
}
