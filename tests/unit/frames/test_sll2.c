/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LINUX_SLL2 headers byte for byte, with and without a tag, and that nothing
 * the ring held before gets into them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frames/sll2.h"

#define STALE   0xee
#define NO_SNAP 262144u
#define DATA_AT 48u /* 20 bytes of address, 28 of headroom: V3's layout behind its header */

static struct frame frame_in(uint8_t memory[80], uint8_t address_size)
{
	struct sockaddr_ll link;

	memset(memory, STALE, 80);
	memset(&link, STALE, sizeof(link));
	link.sll_family = AF_PACKET;
	link.sll_protocol = htons(0x0800);
	link.sll_ifindex = 0x01020304;
	link.sll_hatype = 0x0304;
	link.sll_pkttype = PACKET_OUTGOING;
	link.sll_halen = address_size;
	memcpy(link.sll_addr, "\x10\x11\x12\x13\x14\x15\x16\x17",
	       address_size < 8 ? address_size : 8);
	memcpy(memory, &link, sizeof(link));
	memcpy(memory + DATA_AT, "payload", 7);
	return (struct frame){
		.data = memory + DATA_AT,
		.caplen = 7,
		.len = 100,
		.headroom = DATA_AT - sizeof(link),
		.link = memory,
	};
}

static void test_plain(void **state)
{
	static const uint8_t expected[] = {STALE, 0x08, 0x00, 0,    0,    1,    2,    3,    4,    3,
					   4,     4,    6,    0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0,
					   0,     'p',  'a',  'y',  'l',  'o',  'a',  'd',  STALE};
	uint8_t memory[80];
	struct frame frame = frame_in(memory, 6);

	(void)state;
	assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
	assert_memory_equal(memory + DATA_AT - 21, expected, sizeof(expected));
	assert_ptr_equal(frame.data, memory + DATA_AT - 20);
	assert_int_equal(frame.caplen, 27);
	assert_int_equal(frame.len, 120);
	assert_int_equal(frame.headroom, 8);
}

static void test_tagged(void **state)
{
	static const uint8_t expected[] = {STALE, 0x81, 0x00, 0,    0,    1,    2,    3,    4,
					   3,     4,    4,    6,    0x10, 0x11, 0x12, 0x13, 0x14,
					   0x15,  0,    0,    0x20, 0x7b, 0x08, 0x00, 'p'};
	uint8_t memory[80];
	struct frame frame = frame_in(memory, 6);

	(void)state;
	frame.vlan_tpid = 0x8100;
	frame.vlan_tci = 0x207b;
	assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
	assert_memory_equal(memory + DATA_AT - 25, expected, sizeof(expected));
	assert_int_equal(frame.caplen, 31);
	assert_int_equal(frame.len, 124);
	assert_int_equal(frame.headroom, 4);
	assert_int_equal(frame.vlan_tpid, 0);
}

/* Tags that are left in the data, of which the kernel tells nothing: by what follows. */
static void test_hidden_tag(void **state)
{
	static const struct {
		const char *what;
		uint16_t told, inner;
		uint32_t bytes, len;
		uint8_t data[44];
	} cases[] = {
		{"802.1Q, IPv4", 0x0800, 0x8100, 24, 24, {0,  0xc8, 8, 0, 0x45, 0, 0,    20,
							  0,  0,    0, 0, 64,   1, 0x66, 0xe7,
							  10, 0,    0, 1, 10,   0, 0,    2}},
		{"its checksum is wrong", 0x0800, 0x0800, 24, 24, {0,  0xc8, 8,    0,    0x45, 0,
								   0,  20,   0,    0,    0,    0,
								   64, 1,    0x66, 0xe8, 10,   0,
								   0,  1,    10,   0,    0,    2}},
		{"two more", 0x0800, 0x8100, 28, 28, {0,  0xc8, 0x81, 0, 0,  1, 8,  0, 0x45, 0,
						      0,  20,   0,    0, 0,  0, 64, 1, 0x66, 0xe7,
						      10, 0,    0,    1, 10, 0, 0,  2}},
		{"cut behind the tag", 0x0800, 0x8100, 5, 60, {0, 0xc8, 8, 0, 0x45}},
		{"IPv4 of 2048 bytes", 0x0800, 0x0800, 24, 2048, {0x45, 0, 8,  0, 0x45, 0,
								  0,    0, 64, 1, 0x19, 0xfb,
								  10,   0, 0,  1, 10,   0,
								  0,    2, 8,  0, 0,    0}},
		{"no tag", 0x0800, 0x0800, 20, 20, {0x45, 0,    0,  20, 0, 0, 0,  0, 64, 1,
						    0x66, 0xe7, 10, 0,  0, 1, 10, 0, 0,  2}},
		{"the kernel tells", 0x8100, 0x8100, 6, 60, {0, 0xc8, 8, 0, 0x45, 0}},
		{"IPv6",
		 0x86dd,
		 0x8100,
		 44,
		 44,
		 {0x60, 0xc8, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 0, 59, 64}},
		{"IPv6, of that flow", 0x86dd, 0x86dd, 40, 40, {0x60, 0, 0x86, 0xdd, 0, 0, 59, 64}},
		{"ARP", 0x0806, 0x8100, 32, 32, {0, 0xc8, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1}},
		{"ARP without", 0x0806, 0x0806, 28, 28, {0, 1, 8, 0, 6, 4, 0, 1}},
		{"nothing", 0x0806, 0x0806, 0, 28, {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t memory[128] = {0};
		struct sockaddr_ll link = {.sll_protocol = htons(cases[i].told)};
		struct frame frame = {
			.data = memory + DATA_AT,
			.caplen = cases[i].bytes,
			.len = cases[i].len,
			.headroom = DATA_AT - sizeof(link),
			.link = memory,
			.vlan_tpid = 0x88a8,
			.vlan_tci = 0x2064,
		};

		memcpy(memory, &link, sizeof(link));
		memcpy(frame.data, cases[i].data, cases[i].bytes);
		assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
		assert_memory_equal(frame.data, "\x88\xa8", 2);
		assert_memory_equal(frame.data + 20, "\x20\x64", 2);
		if ((frame.data[22] << 8 | frame.data[23]) != cases[i].inner)
			fail_msg("%s", cases[i].what);
		assert_memory_equal(frame.data + 24, cases[i].data, cases[i].bytes);
	}
}

/* An InfiniBand address has 20 bytes: 8 are kept, the size stays the truth. */
static void test_address_sizes(void **state)
{
	static const struct {
		uint8_t size;
		uint8_t address[8];
	} cases[] = {
		{0, {0}},
		{4, {0x10, 0x11, 0x12, 0x13}},
		{8, {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17}},
		{20, {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17}},
		{255, {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17}},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t memory[80];
		struct frame frame = frame_in(memory, cases[i].size);

		assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
		assert_int_equal(frame.data[11], cases[i].size);
		assert_memory_equal(frame.data + 12, cases[i].address, 8);
	}
}

static void test_snaplen(void **state)
{
	static const struct {
		uint32_t snaplen, caplen;
	} cases[] = {{1, 1}, {20, 20}, {26, 26}, {27, 27}, {28, 27}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t memory[80];
		struct frame frame = frame_in(memory, 6);

		assert_int_equal(sll2_prepend(&frame, cases[i].snaplen), 0);
		assert_int_equal(frame.caplen, cases[i].caplen);
		assert_int_equal(frame.len, 120);
	}
}

/* Both sides of the edge, plain and tagged. */
static void test_headroom(void **state)
{
	unsigned tagged;

	(void)state;
	for (tagged = 0; tagged <= 1; tagged++) {
		uint8_t memory[80], before[80];
		struct frame frame = frame_in(memory, 6), untouched;

		frame.vlan_tpid = tagged ? 0x8100 : 0;
		frame.headroom = tagged ? 23 : 19;
		untouched = frame;
		memcpy(before, memory, sizeof(before));
		assert_int_equal(sll2_prepend(&frame, NO_SNAP), -ENOSPC);
		assert_memory_equal(&frame, &untouched, sizeof(frame));
		assert_memory_equal(memory, before, sizeof(before));
		frame.headroom++;
		assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
		assert_int_equal(frame.headroom, 0);
	}
}

/* The address may lie where the header goes. */
static void test_overlap(void **state)
{
	uint8_t memory[80], apart[20];
	struct frame frame = frame_in(memory, 6);

	(void)state;
	assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
	memcpy(apart, frame.data, sizeof(apart));

	frame = frame_in(memory, 6);
	memmove(memory + DATA_AT - 20, memory, 20);
	frame.link = memory + DATA_AT - 20;
	assert_int_equal(sll2_prepend(&frame, NO_SNAP), 0);
	assert_memory_equal(frame.data, apart, sizeof(apart));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),         cmocka_unit_test(test_tagged),
		cmocka_unit_test(test_address_sizes), cmocka_unit_test(test_snaplen),
		cmocka_unit_test(test_headroom),      cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_hidden_tag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
