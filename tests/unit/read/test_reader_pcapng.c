/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng: every kind of block that holds packets, in both byte orders, cut short
 * at every byte; what blocks and options may be like, and what may not be.
 */
#include "read/reader.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "frames/pcapng.h"
#include "read/reader_pcapng.h"
#include "reader_support.h"

#define S UINT64_C(1000000000)

static struct got got;

static void put_number(struct made *made, uint16_t code, uint64_t value)
{
	value = made->swapped ? __builtin_bswap64(value) : value;
	made_option(made, code, &value, 8);
}

static void put_flags(struct made *made, uint32_t flags)
{
	flags = made->swapped ? __builtin_bswap32(flags) : flags;
	made_option(made, 2, &flags, 4);
}

/* A section with one block of each kind; the ends of those with packets, of which
 * there are five. */
static void make_section(struct made *made, size_t ends[5])
{
	made_shb(made);
	made_idb(made, 1, "eth0");
	made_idb(made, 113, NULL); /* microseconds */
	made_epb_open(made, 1, 1700000000000001, 33, 99);
	made_option(made, 1, "a comment", 9);
	made_option(made, 0x8001, "\0\0\0\0\0", 5);
	put_flags(made, 2);
	put_number(made, 4, UINT64_C(0x100000002));
	put_number(made, 5, UINT64_C(0x300000004));
	made_put32(made, 0);
	made_end(made);
	ends[0] = made->used;
	made_block(made, 5); /* statistics */
	made_put32(made, 0);
	made_put64(made, 7);
	made_end(made);
	made_block(made, 0xbad); /* nobody's */
	made_put_data(made, 40, 1);
	made_end(made);
	made_block(made, 3); /* a simple one, of eth0 */
	made_put32(made, 21);
	made_put_data(made, 21, 21);
	made_put_data(made, 3, 0);
	made_end(made);
	ends[1] = made->used;
	made_block(made, 2); /* as they once were */
	made_put16(made, 0);
	made_put16(made, 5);
	made_put32(made, (uint32_t)(1700000001 * S >> 32));
	made_put32(made, (uint32_t)(1700000001 * S));
	made_put32(made, 8);
	made_put32(made, 10);
	made_put_data(made, 8, 8);
	put_flags(made, 3 << 2 | 1);
	made_end(made);
	ends[2] = made->used;
	made_epb(made, 0, 1700000002 * S, 0);
	ends[3] = made->used;
	made_epb(made, 0, 1700000003 * S, 64);
	ends[4] = made->used;
}

static void every_kind_of_block(void **state)
{
	struct made made;
	size_t ends[5];

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		made_new(&made, swapped);
		make_section(&made, ends);
		got_memory(&got, made.bytes, made.used, false);
		assert_int_equal(got.end, 0);
		assert_int_equal(got.count, 5);
		assert_int_equal(got.interfaces, 2);
		for (uint32_t i = 0; i < 5; i++)
			assert_true(is_data(&got.frames[i], (uint8_t)got.frames[i].caplen));
		const struct frame *f = got.frames;

		assert_true(f[0].caplen == 33 && f[0].len == 99 && f[0].interface == 1);
		assert_int_equal(f[0].time_ns, 1700000000000001000);
		assert_int_equal(f[0].packet_type, PACKET_OUTGOING);
		assert_int_equal(f[0].lost, 0x100000002);
		assert_int_equal(f[0].id, 0x300000004);
		assert_true(f[1].caplen == 21 && f[1].interface == 0);
		assert_int_equal(f[1].time_ns, f[0].time_ns);
		assert_true(f[2].caplen == 8 && f[2].len == 10 && f[2].lost == 5 && f[2].id == 0);
		assert_int_equal(f[2].packet_type, PACKET_BROADCAST);
		assert_int_equal(f[2].time_ns, 1700000001 * S);
		assert_true(f[3].caplen == 0 && f[3].packet_type == PACKET_HOST);
		assert_int_equal(f[4].time_ns, 1700000003 * S);
		got_drop(&got);
		made_drop(&made);
	}
}

static void cut_anywhere(void **state)
{
	struct made made;
	size_t ends[5];
	uint32_t whole;

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		made_new(&made, swapped);
		make_section(&made, ends);
		for (size_t bytes = 0; bytes < made.used; bytes++) {
			for (whole = 0; ends[whole] <= bytes;)
				whole++;
			got_memory(&got, made.bytes, bytes, false);
			assert_int_equal(got.count, whole);
			assert_true(got.end == 0 || got.end == -ENODATA ||
				    (bytes < 8 && got.end == -EBADMSG));
			/* Between two packets there are two more blocks' ends. */
			if (whole > 1)
				assert_int_equal(got.end == 0, ends[whole - 1] == bytes);
			got_drop(&got);
			got_memory(&got, made.bytes, bytes, true);
			assert_int_equal(got.count, whole);
			assert_int_equal(got.end, 0);
			got_drop(&got);
		}
		made_drop(&made);
	}
}

/* One byte after the other is another: nothing but an error comes of it. */
static void damaged_anywhere(void **state)
{
	struct made made;
	size_t ends[5];

	(void)state;
	made_new(&made, false);
	make_section(&made, ends);
	for (size_t at = 0; at < made.used; at++) {
		for (int bit = 0; bit < 8; bit++) {
			made.bytes[at] ^= (uint8_t)(1 << bit);
			got_memory(&got, made.bytes, made.used, false);
			assert_true(got.end == 0 || got.end == -ENODATA || got.end == -EBADMSG);
			got_drop(&got);
			made.bytes[at] ^= (uint8_t)(1 << bit);
		}
	}
	made_drop(&made);
}

static void expect_damage(struct made *made, uint32_t packets, const char *says)
{
	got_memory(&got, made->bytes, made->used, false);
	assert_int_equal(got.count, packets);
	assert_int_equal(got.end, -EBADMSG);
	if (!strstr(got.err.text, says))
		fail_msg("%s", got.err.text);
	got_drop(&got);
	/* There a recorder's ends. */
	got_memory(&got, made->bytes, made->used, true);
	assert_int_equal(got.count, packets);
	assert_int_equal(got.end, 0);
	got_drop(&got);
}

static void says_what_is_wrong(void **state)
{
	struct made made;
	size_t start;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth0");
	made_epb(&made, 0, 1, 4);
	start = made.used;
	assert_int_equal(start, 28 + 36 + 36);
	made_epb(&made, 1, 1, 4);
	expect_damage(&made, 1,
		      "memory: damaged at byte 100: a packet of interface 1, of which "
		      "there are 1");
	made.used = start;
	made_epb_open(&made, 0, 1, 4, 4);
	made_end(&made);
	made.bytes[start + 20] = 5;
	expect_damage(&made, 1, "a packet of 5 bytes in a block of 36");
	made.bytes[start + 20] = 4;
	made.bytes[start + 32] = 40;
	expect_damage(&made, 1, "a block of 36 bytes that ends as one of 40");
	made.bytes[start + 4] = 37;
	expect_damage(&made, 1, "a block of 37 bytes");
	made.bytes[start + 4] = 8;
	expect_damage(&made, 1, "a block of 8 bytes");
	memcpy(made.bytes + start + 4, "\0\0\0\x10", 4);
	expect_damage(&made, 1, "a block of 268435456 bytes");
	memset(made.bytes + start, 0, 40);
	made.used = start + 40;
	expect_damage(&made, 1, "a block of 0 bytes");
	made.used = start;
	made_block(&made, 6);
	made_end(&made);
	expect_damage(&made, 1, "a packet block of 12 bytes");
	made.used = start;
	made_block(&made, 1);
	made_end(&made);
	expect_damage(&made, 1, "an interface block of 12 bytes");
	made.used = start;
	made_shb(&made);
	made.bytes[start + 12] = 2;
	expect_damage(&made, 1, "pcapng of version 2");
	made.bytes[start + 8] = 0;
	expect_damage(&made, 1, "a section without byte order");
	made_drop(&made);
}

/* The second one is of the other byte order, and has an interface of the first
 * and another one; two alike of one section are two. */
static void sections(void **state)
{
	static const uint32_t expected[] = {0, 1, 1, 2, 0, 3};
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth0");
	made_idb(&made, 1, "eth1");
	made_epb(&made, 0, 1, 4);
	made_epb(&made, 1, 2, 5);
	made.swapped = true;
	made_shb(&made);
	made_idb(&made, 1, "eth1");
	made_idb(&made, 101, "tun0");
	made_epb(&made, 0, 3, 6);
	made_epb(&made, 1, 4, 7);
	made_idb(&made, 1, "eth0");
	made_idb(&made, 1, "eth0");
	made_epb(&made, 2, 5, 8);
	made_epb(&made, 3, 6, 9);
	got_memory(&got, made.bytes, made.used, false);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.count, 6);
	assert_int_equal(got.interfaces, 4);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(got.frames[i].time_ns, i + 1);
		assert_int_equal(got.frames[i].interface, expected[i]);
		assert_true(is_data(&got.frames[i], (uint8_t)(i + 4)));
	}
	got_drop(&got);
	made_drop(&made);
}

static void interfaces(void **state)
{
	const char *path = "test_reader_interfaces.pcapng";
	const struct reader_config config = {.paths = &path, .count = 1};
	const struct reader_interface *i;
	struct reader *reader;
	struct made made;

	(void)state;
	made_new(&made, true);
	made_shb(&made);
	made_block(&made, 1);
	made_put16(&made, 101);
	made_put16(&made, 0);
	made_put32(&made, 68);
	made_option(&made, 1, "a comment", 9);
	made_option(&made, 2, "e\033th0", 5);
	made_option(&made, 3, "uplink", 6);
	made_option(&made, 6, "\2\0\0\0\0\1", 6);
	put_number(&made, 8, 10000000000);
	made_option(&made, 11, "\0tcp port 80", 12);
	made_option(&made, 12, "Linux", 5);
	made_option(&made, 2, "again", 5);
	made_end(&made);
	made_idb(&made, 1, "");
	made_write(&made, path);
	assert_int_equal(started_reader(&config, &reader, NULL), 0);
	assert_int_equal(reader_interface_count(reader), 2);
	i = reader_interface(reader, 0);
	assert_int_equal(i->dlt, DLT_RAW);
	assert_int_equal(i->snaplen, 68);
	assert_string_equal(i->name, "e\xef\xbf\xbd"
				     "1Bth0");
	assert_string_equal(i->description, "uplink");
	assert_string_equal(i->filter, "tcp port 80");
	assert_string_equal(i->os, "Linux");
	assert_true(i->has_mac && i->mac[0] == 2 && i->mac[5] == 1);
	assert_int_equal(i->speed_bps, 10000000000);
	i = reader_interface(reader, 1);
	assert_true(!i->name && !i->description && !i->filter && !i->os && !i->has_mac);
	reader_close(reader);
	unlink(path);
	made_drop(&made);
}

static void too_many_interfaces(void **state)
{
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	for (uint32_t i = 0; i < READER_INTERFACES_MOST; i++)
		made_idb(&made, (uint16_t)i, NULL);
	got_memory(&got, made.bytes, made.used, false);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.interfaces, READER_INTERFACES_MOST);
	got_drop(&got);
	made_idb(&made, 0, NULL);
	got_memory(&got, made.bytes, made.used, false);
	assert_int_equal(got.end, -E2BIG);
	got_drop(&got);
	made_drop(&made);
}

/* The direction, and of what is coming in how it was addressed. */
static void directions(void **state)
{
	static const struct {
		uint32_t flags;
		uint8_t type;
	} cases[] = {
		{0, PACKET_HOST},
		{1, PACKET_HOST},
		{2, PACKET_OUTGOING},
		{2 | 3 << 2, PACKET_OUTGOING},
		{1 | 1 << 2, PACKET_HOST},
		{1 | 2 << 2, PACKET_MULTICAST},
		{1 | 3 << 2, PACKET_BROADCAST},
		{4 << 2, PACKET_OTHERHOST},
		{0xffffffe0 | 1, PACKET_HOST},
	};
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth0");
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_epb_open(&made, 0, i, 1, 1);
		put_flags(&made, cases[i].flags);
		made_end(&made);
	}
	/* What the program itself writes. */
	for (uint8_t type = PACKET_HOST; type <= PACKET_OUTGOING; type++) {
		made_epb_open(&made, 0, 99, 1, 1);
		put_flags(&made, pcapng_epb_flags(type));
		made_end(&made);
	}
	got_memory(&got, made.bytes, made.used, false);
	assert_int_equal(got.end, 0);
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(got.frames[i].packet_type, cases[i].type);
	for (uint8_t type = PACKET_HOST; type <= PACKET_OUTGOING; type++)
		assert_int_equal(got.frames[sizeof(cases) / sizeof(cases[0]) + type].packet_type,
				 type);
	got_drop(&got);
	made_drop(&made);
}

/* A list that runs over is left where it does, and the packet is whole. */
static void options_that_run_over(void **state)
{
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth0");
	made_epb_open(&made, 0, 1, 5, 5);
	put_number(&made, 5, 77);
	made_put16(&made, 2);
	made_put16(&made, 5);
	made_put32(&made, 2);
	made_end(&made);
	got_memory(&got, made.bytes, made.used, false);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.frames[0].id, 77);
	assert_int_equal(got.frames[0].packet_type, PACKET_HOST);
	got_drop(&got);
	made_drop(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_block),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(damaged_anywhere),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(sections),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(too_many_interfaces),
		cmocka_unit_test(directions),
		cmocka_unit_test(options_that_run_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
