/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stripped tag put back: its bytes, its place, the lengths with and without
 * a snap length in the way, and nothing touched outside the frame's room.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frames/vlan.h"

#define STALE   0xee
#define ROOM    8u
#define NO_SNAP 262144u

/* ROOM bytes of headroom, then bytes 0, 1, 2 ... as the frame. */
static struct frame frame_in(uint8_t memory[64], uint32_t caplen)
{
	uint32_t i;

	memset(memory, STALE, 64);
	for (i = 0; i < caplen; i++)
		memory[ROOM + i] = (uint8_t)i;
	return (struct frame){
		.data = memory + ROOM,
		.caplen = caplen,
		.len = 40,
		.headroom = ROOM,
		.vlan_tci = 0xe07b, /* priority 7, VLAN 123 */
		.vlan_tpid = 0x88a8,
	};
}

static void test_restore(void **state)
{
	static const uint8_t expected[] = {STALE, STALE, STALE, STALE, 0,  1,  2,    3,    4,
					   5,     6,     7,     8,     9,  10, 11,   0x88, 0xa8,
					   0xe0,  0x7b,  12,    13,    14, 15, STALE};
	uint8_t memory[64];
	struct frame frame = frame_in(memory, 16);

	(void)state;
	assert_int_equal(vlan_restore(&frame, NO_SNAP), 0);
	assert_memory_equal(memory, expected, sizeof(expected));
	assert_ptr_equal(frame.data, memory + 4);
	assert_int_equal(frame.caplen, 20);
	assert_int_equal(frame.len, 44);
	assert_int_equal(frame.headroom, 4);
	assert_int_equal(frame.vlan_tpid, 0);
}

/* The tag counts as captured: the file keeps snaplen bytes of the real frame. */
static void test_snaplen(void **state)
{
	static const struct {
		uint32_t snaplen, caplen;
	} cases[] = {{16, 16}, {17, 17}, {18, 18}, {19, 19}, {20, 20}, {21, 20}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t memory[64];
		struct frame frame = frame_in(memory, 16);

		assert_int_equal(vlan_restore(&frame, cases[i].snaplen), 0);
		assert_int_equal(frame.caplen, cases[i].caplen);
		assert_int_equal(frame.len, 44);
	}
}

static void test_short_frames(void **state)
{
	uint8_t memory[64];
	struct frame frame = frame_in(memory, 11);

	(void)state;
	assert_int_equal(vlan_restore(&frame, NO_SNAP), 0);
	assert_ptr_equal(frame.data, memory + ROOM);
	assert_int_equal(frame.caplen, 11);
	assert_int_equal(frame.len, 44);
	assert_int_equal(frame.headroom, ROOM);
	assert_int_equal(frame.vlan_tpid, 0);
	assert_int_equal(memory[ROOM - 1], STALE);

	frame = frame_in(memory, 12);
	assert_int_equal(vlan_restore(&frame, NO_SNAP), 0);
	assert_int_equal(frame.caplen, 16);
	assert_int_equal(frame.data[12], 0x88);
	assert_int_equal(frame.data[15], 0x7b);
}

static void test_headroom(void **state)
{
	uint8_t memory[64], before[64];
	struct frame frame = frame_in(memory, 16), untouched;

	(void)state;
	frame.headroom = 3;
	untouched = frame;
	memcpy(before, memory, sizeof(before));
	assert_int_equal(vlan_restore(&frame, NO_SNAP), -ENOSPC);
	assert_memory_equal(&frame, &untouched, sizeof(frame));
	assert_memory_equal(memory, before, sizeof(before));
	frame.headroom = 4;
	assert_int_equal(vlan_restore(&frame, NO_SNAP), 0);
	assert_int_equal(frame.headroom, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_snaplen),
		cmocka_unit_test(test_short_frames),
		cmocka_unit_test(test_headroom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
