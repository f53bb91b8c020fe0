/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles, and the walks over blocks and slots: what the kernel lays out is
 * read back field by field, and memory that contradicts itself ends the walk.
 * Memory comes from malloc in its exact size, so that a sanitizer sees a
 * single byte read too far.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frames/block.h"
#include "synthetic.h"

#define STALE     0xee
#define BLOCK     4096u
#define TIME_NS   1700000000123456789u
#define UNTOUCHED 77u /* in the fields the walk leaves alone */

static uint8_t payload[70000];

static int fill_payload(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + i / 256);
	return 0;
}

static uint8_t *memory_new(size_t bytes)
{
	uint8_t *memory = malloc(bytes);

	assert_non_null(memory);
	memset(memory, STALE, bytes);
	return memory;
}

static struct synthetic_frame ethernet(uint32_t caplen)
{
	return (struct synthetic_frame){
		.data = payload,
		.caplen = caplen,
		.mac_bytes = 14,
		.time_ns = TIME_NS,
		.protocol = 0x0800,
		.packet_type = PACKET_OUTGOING,
		.arphrd = 1,
		.address = {2, 0, 0, 0, 0, 1},
		.address_size = 6,
		.ifindex = 3,
	};
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static unsigned releases;

static void count_release(struct block *block)
{
	assert_int_equal(block->refs, 0);
	releases++;
}

static void test_handle(void **state)
{
	struct block block = {.refs = 1, .release = count_release};

	(void)state;
	releases = 0;
	block_get(&block);
	block_get(&block);
	assert_int_equal(block.refs, 3);
	block_put(&block);
	block_put(&block);
	assert_int_equal(releases, 0);
	block_put(&block);
	assert_int_equal(releases, 1);
}

/* Every field of three different frames. */
static void test_v3_fields(void **state)
{
	const struct synthetic_layout layout = {.reserve = 2};
	struct synthetic_frame in[3] = {ethernet(60), ethernet(61), ethernet(0)};
	struct frame frame = {.interface = UNTOUCHED, .lost = UNTOUCHED};
	uint8_t *block = memory_new(BLOCK);
	const struct sockaddr_ll *link;
	struct block_walk walk;
	uint32_t at[3], i;

	(void)state;
	in[1].len = 1514;
	in[1].vlan_tpid = 0x88a8;
	in[1].vlan_tci = 0xfffe;
	in[1].packet_type = PACKET_HOST;
	in[1].time_ns = 4294967295999999999u; /* the last of 32-bit seconds */
	in[2].len = 42;
	in[2].mac_bytes = 0;
	in[2].status = TP_STATUS_CSUMNOTREADY;
	assert_int_equal(synthetic_block_v3(block, BLOCK, &layout, in, 3, at), 3);
	assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
	for (i = 0; i < 3; i++) {
		uint32_t mac = in[i].mac_bytes ? 84 : 98;

		assert_int_equal(walk.left, 3 - i);
		assert_int_equal(block_walk_next(&walk, &frame), 1);
		assert_ptr_equal(frame.data, block + at[i] + mac);
		assert_memory_equal(frame.data, payload, in[i].caplen);
		assert_int_equal(frame.caplen, in[i].caplen);
		assert_int_equal(frame.len, in[i].len ? in[i].len : in[i].caplen);
		assert_true(frame.time_ns == (int64_t)in[i].time_ns);
		assert_int_equal(frame.headroom, mac - 68);
		assert_int_equal(frame.vlan_tpid, in[i].vlan_tpid);
		assert_int_equal(frame.vlan_tci, in[i].vlan_tci);
		assert_int_equal(frame.packet_type, in[i].packet_type);
		assert_int_equal(frame.status & TP_STATUS_CSUMNOTREADY, in[i].status);
		link = frame.link;
		assert_ptr_equal(link, block + at[i] + 48);
		assert_int_equal(link->sll_ifindex, 3);
		assert_int_equal(ntohs(link->sll_protocol), 0x0800);
	}
	assert_int_equal(block_walk_next(&walk, &frame), 0);
	assert_int_equal(block_walk_next(&walk, &frame), 0);
	assert_int_equal(frame.interface, UNTOUCHED);
	assert_int_equal(frame.lost, UNTOUCHED);
	assert_int_equal(block[8], TP_STATUS_USER);
	free(block);
}

/* The offset of the data is the kernel's to choose: an inline tag moves it. */
static void test_v3_odd_offsets(void **state)
{
	static const struct {
		uint32_t mac_bytes, reserve, mac;
	} cases[] = {{14, 0, 82}, {0, 0, 96}, {18, 0, 78}, {22, 2, 76}, {14, 28, 110}, {60, 0, 68}};
	uint8_t *block = memory_new(BLOCK);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct synthetic_layout layout = {.reserve = cases[i].reserve};
		struct synthetic_frame in = ethernet(60);
		struct block_walk walk;
		struct frame frame;

		in.mac_bytes = cases[i].mac_bytes;
		synthetic_block_v3(block, BLOCK, &layout, &in, 1, NULL);
		assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
		assert_int_equal(block_walk_next(&walk, &frame), 1);
		assert_ptr_equal(frame.data, block + 48 + cases[i].mac);
		assert_int_equal(frame.headroom, cases[i].mac - 68);
		assert_memory_equal(frame.data, payload, 60);
	}
	free(block);
}

static void test_vlan_without_tpid(void **state)
{
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in = ethernet(60);
	uint8_t *block = memory_new(BLOCK);
	struct block_walk walk;
	struct frame frame;

	(void)state;
	in.vlan_tpid = 0x88a8;
	in.vlan_tci = 9;
	synthetic_block_v3(block, BLOCK, &layout, &in, 1, NULL);
	put32(block + 48 + 20, TP_STATUS_USER | TP_STATUS_VLAN_VALID);
	block_walk_start(&walk, block, BLOCK);
	assert_int_equal(block_walk_next(&walk, &frame), 1);
	assert_int_equal(frame.vlan_tpid, 0x8100);
	assert_int_equal(frame.vlan_tci, 9);

	/* Neither field means a thing without the status bit; TCI 0 does with it. */
	put32(block + 48 + 20, TP_STATUS_USER);
	block_walk_start(&walk, block, BLOCK);
	assert_int_equal(block_walk_next(&walk, &frame), 1);
	assert_int_equal(frame.vlan_tpid, 0);
	in.vlan_tci = 0;
	synthetic_block_v3(block, BLOCK, &layout, &in, 1, NULL);
	block_walk_start(&walk, block, BLOCK);
	assert_int_equal(block_walk_next(&walk, &frame), 1);
	assert_int_equal(frame.vlan_tpid, 0x88a8);
	free(block);
}

/* The timer retires blocks nobody sent anything into. */
static void test_v3_empty(void **state)
{
	const struct synthetic_layout layout = {.priv_bytes = 100};
	uint8_t *block = memory_new(BLOCK);
	struct block_walk walk;
	struct frame frame;

	(void)state;
	synthetic_block_v3(block, BLOCK, &layout, NULL, 0, NULL);
	assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
	assert_int_equal(walk.left, 0);
	assert_int_equal(block_walk_next(&walk, &frame), 0);
	free(block);
}

/* Up to where the next frame would go. */
static void test_v3_used(void **state)
{
	const struct synthetic_layout layout = {.reserve = 2, .priv_bytes = 100};
	struct synthetic_frame in[2] = {ethernet(60), ethernet(61)};
	uint8_t *block = memory_new(BLOCK);
	const uint32_t first = 48 + 104;

	(void)state;
	synthetic_block_v3(block, BLOCK, &layout, NULL, 0, NULL);
	assert_int_equal(block_walk_used(block, BLOCK), first);
	synthetic_block_v3(block, BLOCK, &layout, in, 2, NULL);
	assert_int_equal(block_walk_used(block, BLOCK), first + 144 + 152);
	put32(block + 20, BLOCK);
	assert_int_equal(block_walk_used(block, BLOCK), BLOCK);
	put32(block + 20, BLOCK + 1);
	assert_int_equal(block_walk_used(block, BLOCK), 0);
	put32(block + 20, UINT32_MAX);
	assert_int_equal(block_walk_used(block, BLOCK), 0);
	free(block);
}

/* As many as fit, read while everything up to the data is overwritten. */
static void test_v3_full_and_overwritten(void **state)
{
	const struct synthetic_layout layout = {.reserve = 2, .priv_bytes = 4048};
	enum { BYTES = 65536, MOST = 400 };
	struct synthetic_frame in[MOST];
	uint8_t *block = memory_new(BYTES), *written = block + 48;
	struct block_walk walk;
	struct frame frame;
	uint32_t count, i;

	(void)state;
	for (i = 0; i < MOST; i++)
		in[i] = ethernet(60 + i);
	count = synthetic_block_v3(block, BYTES, &layout, in, MOST, NULL);
	assert_in_range(count, 100, MOST - 1);
	assert_int_equal(block_walk_start(&walk, block, BYTES), 0);
	assert_ptr_equal(block + walk.next, block + 4096);
	for (i = 0; i < count; i++) {
		assert_int_equal(block_walk_next(&walk, &frame), 1);
		assert_int_equal(frame.caplen, 60 + i);
		memset(written, 0xff, (size_t)(frame.data - written));
		assert_memory_equal(frame.data, payload, frame.caplen);
		written = frame.data + frame.caplen;
	}
	assert_int_equal(block_walk_next(&walk, &frame), 0);
	free(block);
}

/* A frame of 64 KiB and more, and one cut to end with the block. */
static void test_v3_large(void **state)
{
	const struct synthetic_layout layout = {.reserve = 2};
	struct synthetic_frame in = ethernet(66000);
	const size_t bytes = 69632;
	uint8_t *block = memory_new(bytes);
	struct block_walk walk;
	struct frame frame;

	(void)state;
	synthetic_block_v3(block, bytes, &layout, &in, 1, NULL);
	block_walk_start(&walk, block, bytes);
	assert_int_equal(block_walk_next(&walk, &frame), 1);
	assert_int_equal(frame.caplen, 66000);
	assert_memory_equal(frame.data, payload, 66000);

	in = ethernet(70000);
	in.len = 70000;
	synthetic_block_v3(block, bytes, &layout, &in, 1, NULL);
	block_walk_start(&walk, block, bytes);
	assert_int_equal(block_walk_next(&walk, &frame), 1);
	assert_int_equal(frame.caplen, bytes - 48 - 84);
	assert_int_equal(frame.len, 70000);
	assert_ptr_equal(frame.data + frame.caplen, block + bytes);
	assert_int_equal(block_walk_next(&walk, &frame), 0);
	free(block);
}

static void test_v3_block_header(void **state)
{
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in = ethernet(60);
	uint8_t *block = memory_new(BLOCK), *nothing = memory_new(1);
	struct block_walk walk;
	struct frame frame;
	uint32_t at;

	(void)state;
	synthetic_block_v3(block, BLOCK, &layout, &in, 1, NULL);
	assert_int_equal(block_walk_start(&walk, block, 47), -EBADMSG);
	assert_int_equal(block_walk_start(&walk, nothing, 1), -EBADMSG);
	assert_int_equal(block_walk_start(&walk, block, (size_t)UINT32_MAX + 1), -EBADMSG);
	assert_int_equal(block_walk_start(&walk, block, 48), 0);
	assert_int_equal(block_walk_next(&walk, &frame), -EBADMSG);

	/* Into the header, past the end, wrapping, unaligned. */
	for (at = 0; at < 48; at += 8) {
		put32(block + 16, at);
		assert_int_equal(block_walk_start(&walk, block, BLOCK), -EBADMSG);
	}
	put32(block + 16, BLOCK + 8);
	assert_int_equal(block_walk_start(&walk, block, BLOCK), -EBADMSG);
	put32(block + 16, UINT32_MAX - 7);
	assert_int_equal(block_walk_start(&walk, block, BLOCK), -EBADMSG);
	for (at = BLOCK - 64; at <= BLOCK; at += 8) { /* no room for header and address */
		put32(block + 16, at);
		assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
		assert_int_equal(block_walk_next(&walk, &frame), -EBADMSG);
	}
	put32(block + 16, 52);
	assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
	assert_int_equal(block_walk_next(&walk, &frame), -EBADMSG);
	free(nothing);
	free(block);
}

/* Two frames of 60 bytes; the first one's header is broken one field at a time. */
static void test_v3_hostile_fields(void **state)
{
	enum { NEXT = 0, CAPLEN = 12, LEN = 16, MAC = 24 };
	static const struct {
		uint32_t field, value;
		int first, second; /* results of the two calls */
	} cases[] = {
		{NEXT, 144, 1, 1},              /* as the kernel has it */
		{NEXT, 0, 1, -EBADMSG},         /* no next, but one promised */
		{NEXT, 141, -EBADMSG, 0},       /* this one's data ends at 142 */
		{NEXT, 142, 1, -EBADMSG},       /* unaligned */
		{NEXT, 148, 1, -EBADMSG},       /* of 4, not of 8 */
		{NEXT, 8, -EBADMSG, 0},         /* into this header */
		{NEXT, 4048 - 64, 1, -EBADMSG}, /* no room behind */
		{NEXT, 4048, 1, -EBADMSG},
		{NEXT, 4056, -EBADMSG, 0},
		{NEXT, 0xfffffff8, -EBADMSG, 0}, /* backward, by wrapping */
		{CAPLEN, 61, -EBADMSG, 0},       /* more than the frame had */
		{CAPLEN, 59, 1, 1},
		{CAPLEN, 0, 1, 1},
		{CAPLEN, 0xffffffff, -EBADMSG, 0},
		{LEN, 59, -EBADMSG, 0},
		{LEN, 0x7fffffff, 1, 1},
		{LEN, 0x80000000, -EBADMSG, 0},
		{LEN, 0xffffffff, -EBADMSG, 0},
		{MAC, 67, -EBADMSG, 0}, /* into the address */
		{MAC, 68, 1, 1},
		{MAC, 84, 1, 1},
		{MAC, 85, -EBADMSG, 0}, /* one byte over the next header */
		{MAC, 0, -EBADMSG, 0},
		{MAC, 0xffff, -EBADMSG, 0},
	};
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in[2] = {ethernet(60), ethernet(60)};
	uint8_t *block = memory_new(BLOCK);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t *field = block + 48 + cases[i].field;
		struct block_walk walk;
		struct frame frame;

		synthetic_block_v3(block, BLOCK, &layout, in, 2, NULL);
		if (cases[i].field == MAC)
			memcpy(field, &(uint16_t){(uint16_t)cases[i].value}, 2);
		else
			put32(field, cases[i].value);
		if (cases[i].field == NEXT && cases[i].value == 148) /* a good frame there */
			memmove(block + 48 + 148, block + 48 + 144, 142);
		assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
		assert_int_equal(block_walk_next(&walk, &frame), cases[i].first);
		if (cases[i].first == 1)
			assert_int_equal(block_walk_next(&walk, &frame), cases[i].second);
		else
			assert_int_equal(walk.left, 2);
		if (cases[i].second == -EBADMSG)
			assert_int_equal(walk.left, 1);
	}
	free(block);
}

/* More promised than there are, fewer than there are, and 4 thousand million. */
static void test_v3_lying_count(void **state)
{
	static const uint32_t counts[] = {0, 1, 2, 3, 4, 5, UINT32_MAX};
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in[3] = {ethernet(60), ethernet(60), ethernet(60)};
	uint8_t *block = memory_new(BLOCK);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct block_walk walk;
		struct frame frame;
		uint32_t seen = 0;
		int rc;

		synthetic_block_v3(block, BLOCK, &layout, in, 3, NULL);
		put32(block + 12, counts[i]);
		assert_int_equal(block_walk_start(&walk, block, BLOCK), 0);
		while ((rc = block_walk_next(&walk, &frame)) == 1)
			seen++;
		assert_int_equal(seen, counts[i] < 3 ? counts[i] : 3);
		assert_int_equal(rc, counts[i] <= 3 ? 0 : -EBADMSG);
		assert_int_equal(walk.left, counts[i] - seen);
		assert_int_equal(block_walk_next(&walk, &frame), rc);
	}
	free(block);
}

/* The last frame may end with the block, and not a byte later. */
static void test_v3_last_frame(void **state)
{
	static const struct {
		uint32_t next, caplen;
		int rc;
	} cases[] = {
		{0, 4048 - 82, 1},
		{0, 4048 - 81, -EBADMSG},
		{144, 62, 1},
		{144, 63, -EBADMSG},
	};
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in = ethernet(60);
	uint8_t *block = memory_new(BLOCK);
	struct block_walk walk;
	struct frame frame;
	size_t i;

	(void)state;
	in.len = 9000;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		synthetic_block_v3(block, BLOCK, &layout, &in, 1, NULL);
		put32(block + 48, cases[i].next);
		put32(block + 48 + 12, cases[i].caplen);
		block_walk_start(&walk, block, BLOCK);
		assert_int_equal(block_walk_next(&walk, &frame), cases[i].rc);
	}

	/* Header and address in the last 68 bytes, and nothing captured. */
	synthetic_block_v3(block, BLOCK, &layout, &in, 1, NULL);
	memmove(block + BLOCK - 72, block + 48, 72);
	put32(block + 16, BLOCK - 72);
	put32(block + BLOCK - 72 + 12, 0);
	memcpy(block + BLOCK - 72 + 24, &(uint16_t){72}, 2);
	block_walk_start(&walk, block, BLOCK);
	assert_int_equal(block_walk_next(&walk, &frame), 1);
	assert_ptr_equal(frame.data, block + BLOCK);
	free(block);
}

typedef void write_slot(uint8_t *, size_t, const struct synthetic_layout *,
			const struct synthetic_frame *);
typedef int read_slot(uint8_t *, size_t, struct frame *);

static const struct {
	write_slot *write;
	read_slot *read;
	uint32_t caplen_at, mac_at; /* offsets of the two fields */
} slots[] = {
	{synthetic_slot_v1, slot_read_v1, 12, 16},
	{synthetic_slot_v2, slot_read_v2, 8, 12},
};

static void test_slot_fields(void **state)
{
	const struct synthetic_layout layout = {.reserve = 2};
	struct synthetic_frame in = ethernet(100);
	struct frame frame = {.interface = UNTOUCHED,
			      .lost = UNTOUCHED,
			      .vlan_tpid = 1,
			      .vlan_tci = 1};
	size_t v;

	(void)state;
	in.len = 1500;
	in.vlan_tpid = 0x8100;
	in.vlan_tci = 0x6005;
	in.status = TP_STATUS_LOSING;
	for (v = 0; v < 2; v++) {
		uint8_t *slot = memory_new(2048);

		slots[v].write(slot, 2048, &layout, &in);
		assert_int_equal(slots[v].read(slot, 2048, &frame), 0);
		assert_ptr_equal(frame.data, slot + 68);
		assert_memory_equal(frame.data, payload, 100);
		assert_int_equal(frame.caplen, 100);
		assert_int_equal(frame.len, 1500);
		assert_int_equal(frame.headroom, 16);
		assert_ptr_equal(frame.link, slot + 32);
		assert_int_equal(frame.packet_type, PACKET_OUTGOING);
		assert_true(frame.status & TP_STATUS_LOSING);
		assert_true(frame.time_ns == (int64_t)(v == 0 ? TIME_NS / 1000 * 1000 : TIME_NS));
		assert_int_equal(frame.vlan_tpid, v == 0 ? 0 : 0x8100);
		assert_int_equal(frame.vlan_tci, v == 0 ? 0 : 0x6005);
		assert_int_equal(frame.interface, UNTOUCHED);
		assert_int_equal(frame.lost, UNTOUCHED);
		free(slot);
	}
}

/* Cut to the slot, down to slots in which nothing has room. */
static void test_slot_truncated(void **state)
{
	static const struct {
		uint32_t bytes, caplen, headroom;
	} cases[] = {{2048, 2048 - 66, 14}, {80, 14, 14}, {64, 0, 12}};
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in = ethernet(9000);
	struct frame frame;
	size_t v, i;

	(void)state;
	for (v = 0; v < 2; v++) {
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			uint8_t *slot = memory_new(cases[i].bytes);

			slots[v].write(slot, cases[i].bytes, &layout, &in);
			assert_int_equal(slots[v].read(slot, cases[i].bytes, &frame), 0);
			assert_int_equal(frame.caplen, cases[i].caplen);
			assert_int_equal(frame.len, 9000);
			assert_int_equal(frame.headroom, cases[i].headroom);
			assert_ptr_equal(frame.data + frame.caplen, slot + cases[i].bytes);
			free(slot);
		}
	}
}

static void test_slot_hostile(void **state)
{
	static const struct {
		uint32_t mac, caplen;
		int rc;
	} cases[] = {
		{66, 60, 0},
		{52, 60, 0},
		{51, 60, -EBADMSG},
		{0, 60, -EBADMSG},
		{128, 128, 0},
		{128, 129, -EBADMSG},
		{129, 128, -EBADMSG},
		{256, 0, 0},
		{257, 1, -EBADMSG},
		{65535, 1, -EBADMSG},
		{66, UINT32_MAX, -EBADMSG},
		{66, 9001, -EBADMSG},
	};
	const struct synthetic_layout layout = {0};
	struct synthetic_frame in = ethernet(60);
	uint8_t *slot = memory_new(256), *nothing = memory_new(1);
	struct frame frame;
	size_t v, i;

	(void)state;
	in.len = 9000;
	for (v = 0; v < 2; v++) {
		for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			slots[v].write(slot, 256, &layout, &in);
			put32(slot + slots[v].caplen_at, cases[i].caplen);
			memcpy(slot + slots[v].mac_at, &(uint16_t){(uint16_t)cases[i].mac}, 2);
			assert_int_equal(slots[v].read(slot, 256, &frame), cases[i].rc);
		}
		slots[v].write(slot, 256, &layout, &in);
		put32(slot + slots[v].caplen_at - 4, 59); /* len under caplen */
		assert_int_equal(slots[v].read(slot, 256, &frame), -EBADMSG);
		put32(slot + slots[v].caplen_at - 4, 60);
		assert_int_equal(slots[v].read(slot, 256, &frame), 0);
		assert_int_equal(slots[v].read(slot, 51, &frame), -EBADMSG);
		assert_int_equal(slots[v].read(nothing, 1, &frame), -EBADMSG);
		assert_int_equal(slots[v].read(slot, (1ull << 32) + 256, &frame), -EBADMSG);
	}
	free(nothing);
	free(slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handle),
		cmocka_unit_test(test_v3_fields),
		cmocka_unit_test(test_v3_odd_offsets),
		cmocka_unit_test(test_vlan_without_tpid),
		cmocka_unit_test(test_v3_empty),
		cmocka_unit_test(test_v3_used),
		cmocka_unit_test(test_v3_full_and_overwritten),
		cmocka_unit_test(test_v3_large),
		cmocka_unit_test(test_v3_block_header),
		cmocka_unit_test(test_v3_hostile_fields),
		cmocka_unit_test(test_v3_lying_count),
		cmocka_unit_test(test_v3_last_frame),
		cmocka_unit_test(test_slot_fields),
		cmocka_unit_test(test_slot_truncated),
		cmocka_unit_test(test_slot_hostile),
	};

	return cmocka_run_group_tests(tests, fill_payload, NULL);
}
