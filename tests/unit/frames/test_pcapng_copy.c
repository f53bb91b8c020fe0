/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options and blocks of other programs, in both byte orders: what a copy has of them, and
 * that no list, however wrong, is read or written beyond its end.
 */
#include "frames/pcapng_copy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frames/pcapng.h"

static uint8_t made[4096];
static size_t used;
static bool swapped;

static void put16(uint16_t value)
{
	value = swapped ? __builtin_bswap16(value) : value;
	memcpy(made + used, &value, 2);
	used += 2;
}

static void put32(uint32_t value)
{
	value = swapped ? __builtin_bswap32(value) : value;
	memcpy(made + used, &value, 4);
	used += 4;
}

static void put64(uint64_t value)
{
	value = swapped ? __builtin_bswap64(value) : value;
	memcpy(made + used, &value, 8);
	used += 8;
}

static void put_bytes(const void *bytes, size_t count)
{
	memcpy(made + used, bytes, count);
	used += count;
	while (used % 4)
		made[used++] = 0;
}

static void head(uint16_t code, uint16_t bytes)
{
	put16(code);
	put16(bytes);
}

/* Begins anew, with so many bytes of whatever. */
static void begin(bool other_order)
{
	memset(made, 0xee, sizeof(made));
	swapped = other_order;
	used = 0;
}

/* The list at hand is copied to those bytes, and that much is left out. */
static void expect_copy(enum pcapng_list list, uint32_t without, const uint8_t *want, size_t count,
			unsigned wanted_left)
{
	/* Not a byte more than there is. */
	uint8_t *from = malloc(used), *to = malloc(used);
	struct pcapng_options options = {.at = from, .end = from + used, swapped, list};
	unsigned left = 0;

	memcpy(from, made, used);
	assert_int_equal(pcapng_copy_options(to, options, without, &left), count);
	if (count > 0)
		assert_memory_equal(to, want, count);
	assert_int_equal(left, wanted_left);
	free(from);
	free(to);
}

static void put_packet_options(void)
{
	head(1, 3);
	put_bytes("abc", 3);
	head(2, 4);
	put32(0x80000009);
	head(3, 5);
	put_bytes("\2hash", 5);
	head(4, 8);
	put64(7);
	head(5, 8);
	put64(0x1122334455667788);
	head(6, 4);
	put32(3);
	head(7, 9);
	made[used++] = 1;
	put64(5);
	put_bytes("", 0);
	head(8, 8);
	put32(11);
	put32(12);
	head(2988, 6);
	put32(32473);
	put_bytes("me", 2);
}

static void packets_in_either_order(void **state)
{
	uint8_t native[512];
	size_t count;

	(void)state;
	begin(false);
	put_packet_options();
	count = used;
	memcpy(native, made, used);
	expect_copy(PCAPNG_OF_PACKET, 0, native, count, 0);
	begin(true);
	put_packet_options();
	expect_copy(PCAPNG_OF_PACKET, 0, native, count, 0);
	put32(0);
	head(1, 4);
	put_bytes("more", 4);
	/* Behind the end there is nothing. */
	expect_copy(PCAPNG_OF_PACKET, 0, native, count, 0);
}

static void what_is_left_out(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		begin(order);
		head(19372, 4);
		put32(1);
		head(19373, 4);
		put32(1);
		expect_copy(PCAPNG_OF_PACKET, 0, NULL, 0, PCAPNG_LEFT_PRIVATE);
		/* Ours: filler, and the number of a segment, which a copy is not. */
		begin(order);
		head(0x8001, 6);
		put_bytes("\0\0\0\0\0\0", 6);
		head(0x8001, 0);
		expect_copy(PCAPNG_OF_PACKET, 0, NULL, 0, 0);
		head(0x8002, 9);
		put_bytes("segment 1", 9);
		expect_copy(PCAPNG_OF_SECTION, 0, NULL, 0, 0);
		begin(order);
		head(4, 8);
		put64(1);
		expect_copy(PCAPNG_OF_PACKET, 1u << 4, NULL, 0, 0);
	}
	/* Nobody knows what it is: as it is, or not in another order. */
	begin(false);
	head(77, 4);
	put32(1);
	head(0x8001, 4);
	put32(1);
	expect_copy(PCAPNG_OF_PACKET, 0, made, used, 0);
	begin(true);
	head(77, 4);
	put32(1);
	expect_copy(PCAPNG_OF_PACKET, 0, NULL, 0, PCAPNG_LEFT_UNKNOWN);
	/* A filter that is a program. */
	begin(true);
	head(11, 9);
	put_bytes("\1program!", 9);
	expect_copy(PCAPNG_OF_INTERFACE, 0, NULL, 0, PCAPNG_LEFT_UNKNOWN);
}

/* The codes of an interface mean something else than those of a packet. */
static void each_list_has_its_own_numbers(void **state)
{
	uint8_t native[64];

	(void)state;
	for (int order = 0; order < 2; order++) {
		begin(order);
		head(2, 4);
		put_bytes("eth0", 4);
		head(8, 8);
		put64(1000000000);
		head(10, 4);
		put32((uint32_t)-3600);
		head(14, 8);
		put64((uint64_t)-2);
		head(13, 1);
		put_bytes("\4", 1);
		if (order == 0)
			memcpy(native, made, used);
		expect_copy(PCAPNG_OF_INTERFACE, 0, native, used, 0);
	}
}

/* A block, whole, that is copied to so many bytes of want. */
static void expect_block(const uint8_t *want, size_t count, unsigned wanted_left)
{
	uint8_t *from = malloc(used), *to = malloc(used);
	const struct pcapng_foreign foreign = {from, (uint32_t)used, swapped, 5};
	unsigned left = 0;

	memcpy(from, made, used);
	assert_int_equal(pcapng_copy_block(to, &foreign, &left), count);
	if (count > 0)
		assert_memory_equal(to, want, count);
	assert_int_equal(left, wanted_left);
	free(from);
	free(to);
}

static void open_block(uint32_t type)
{
	put32(type);
	put32(0);
}

static void close_block(void)
{
	const uint32_t bytes = (uint32_t)used + 4;

	put32(bytes);
	used = 4;
	put32(bytes);
	used = bytes;
}

static void put_block(uint32_t type)
{
	open_block(type);
	switch (type) {
	case 5:
		put32(5);
		put32(0x12345);
		put32(0x6789a);
		head(2, 8);
		put32(1);
		put32(2);
		head(5, 8);
		put64(99);
		break;
	case 10:
		put32(0x544c534b);
		put32(5);
		put_bytes("keys\n", 5);
		head(1, 2);
		put_bytes("me", 2);
		break;
	case 4:
		head(1, 7);
		put_bytes("\x7f\0\0\1me", 7);
		head(0, 0);
		head(3, 4);
		put_bytes("\x7f\0\0\1", 4);
		break;
	default:
		put_bytes("text", 4);
		close_block();
		return;
	}
	put32(0);
	close_block();
}

static void blocks_in_either_order(void **state)
{
	static const uint32_t types[] = {5, 10, 4, 9};
	uint8_t native[256];

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (int order = 0; order < 2; order++) {
			begin(order);
			put_block(types[i]);
			if (order == 0)
				memcpy(native, made, used);
			expect_block(native, used, 0);
		}
		assert_int_equal(pcapng_block_lasts(types[i]), types[i] == 10 || types[i] == 4);
	}
	begin(false);
	put_block(0xbad);
	expect_block(made, used, 0);
	begin(true);
	put_block(0xbad);
	expect_block(NULL, 0, PCAPNG_LEFT_UNKNOWN);
	begin(false);
	put_block(0x40000bad);
	expect_block(NULL, 0, PCAPNG_LEFT_PRIVATE);
	put_block(0x80000001);
	expect_block(NULL, 0, PCAPNG_LEFT_PRIVATE);
}

/* Every block cut to every length, and bytes that mean nothing: address sanitizer looks on. */
static void nothing_is_read_beyond_the_end(void **state)
{
	static const uint32_t types[] = {5, 10, 4, 9, 0xbad};
	unsigned left = 0;

	(void)state;
	srandom(1);
	for (size_t i = 0; i < 20000; i++) {
		const uint32_t type = types[i % 5];
		const bool other = i % 2;
		size_t bytes = 12 + (size_t)(random() % 40) * 4, got;
		uint8_t *from = malloc(bytes), *to = malloc(bytes);
		struct pcapng_foreign foreign = {from, (uint32_t)bytes, other, 0};
		struct pcapng_options options = {from, from + bytes, other,
						 (enum pcapng_list)(i % 6)};

		begin(other);
		put_block(type);
		for (size_t at = 0; at < bytes; at++)
			from[at] = at < used && random() % 16 ? made[at] : (uint8_t)(random() % 12);
		begin(other);
		open_block(type);
		memcpy(from, made, 8);
		got = pcapng_copy_block(to, &foreign, &left);
		assert_true(got <= bytes && got % 4 == 0);
		assert_true(pcapng_copy_options(to, options, 0, &left) <= bytes);
		free(from);
		free(to);
	}
}

static void expect_tail(struct frame *frame, size_t want, unsigned wanted_left)
{
	const size_t most = pcapng_copy_tail_most(frame);
	uint8_t *to = malloc(most);
	unsigned left = 0;
	uint32_t length;

	assert_int_equal(pcapng_copy_tail(to, frame, &left), want);
	assert_true(want <= most);
	memcpy(&length, to + want - 4, 4);
	assert_int_equal(length, PCAPNG_EPB_HEADER_BYTES + frame->caplen + want);
	assert_int_equal(left, wanted_left);
	free(to);
}

static void packets_of_files(void **state)
{
	static uint8_t data[8] = "packets";
	struct frame frame = {.data = data, .caplen = 7, .len = 7};
	uint32_t flags = 0;

	(void)state;
	/* Of pcap: nothing but padding and length, until something is lost. */
	expect_tail(&frame, 1 + 4, 0);
	frame.lost = 3;
	expect_tail(&frame, 1 + 12 + 4 + 4, 0);
	assert_false(pcapng_frame_has_options(&frame));
	for (int order = 0; order < 2; order++) {
		begin(order);
		open_block(6);
		put32(0);
		put32(1);
		put32(2);
		put32(7);
		put32(7);
		put_bytes("packets", 7);
		put_packet_options();
		put32(0);
		close_block();
		frame = (struct frame){.data = made + 28,
				       .caplen = 7,
				       .len = 7,
				       .lost = 7,
				       .block = made};
		assert_true(pcapng_frame_has_options(&frame));
		assert_true(pcapng_frame_flags(&frame, &flags) && flags == 0x80000009);
		expect_tail(&frame, used - 28 - 7, 0);
		/* Its losses were told by another one. */
		frame.lost = 0;
		expect_tail(&frame, used - 28 - 7 - 12, 0);
		/* A hash is of the whole packet. */
		frame.caplen = 4;
		expect_tail(&frame, used - 28 - 8 - 12 - 12, PCAPNG_LEFT_HASH);
	}
}

static void times_as_they_were(void **state)
{
	const struct pcapng_ticks micro = pcapng_ticks_make(6, 0);
	struct frame frame = {.caplen = 4, .len = 9, .time_ns = 1234567, .interface = 2};
	uint32_t words[7];

	(void)state;
	pcapng_copy_head((uint8_t *)words, &frame, &micro, 8);
	assert_true(words[0] == 6 && words[1] == 40 && words[2] == 2 && words[5] == 4 &&
		    words[6] == 9);
	assert_true(words[3] == 0 && words[4] == 1234);
	begin(true);
	open_block(6);
	put32(0);
	put32(0x11);
	put32(0x22);
	put32(4);
	put32(9);
	put32(0);
	close_block();
	frame.block = made;
	pcapng_copy_head((uint8_t *)words, &frame, &micro, 8);
	assert_true(words[3] == 0x11 && words[4] == 0x22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_in_either_order),
		cmocka_unit_test(what_is_left_out),
		cmocka_unit_test(each_list_has_its_own_numbers),
		cmocka_unit_test(blocks_in_either_order),
		cmocka_unit_test(nothing_is_read_beyond_the_end),
		cmocka_unit_test(packets_of_files),
		cmocka_unit_test(times_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
