/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pcapng encoder: every block byte for byte, what does not fit, and what
 * libpcap makes of the result.
 */
#include "frames/pcapng.h"

#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GUARD 0xEE

static uint8_t payload[] = {0xd0, 0xd1, 0xd2, 0xd3, 0xd4};

static const struct pcapng_section section = {.hardware = "x86_64",
					      .os = "Linux 6.1",
					      .application = "wiretape"};

static const uint8_t shb_bytes[] = {0x0a, 0x0d, 0x0d, 0x0a, 72,  0,    0,    0,    0x4d, 0x3c, 0x2b,
				    0x1a, 1,    0,    0,    0,   0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0xff, 0xff, 2,    0,    6,   0,    'x',  '8',  '6',  '_',  '6',
				    '4',  0,    0,    3,    0,   9,    0,    'L',  'i',  'n',  'u',
				    'x',  ' ',  '6',  '.',  '1', 0,    0,    0,    4,    0,    8,
				    0,    'w',  'i',  'r',  'e', 't',  'a',  'p',  'e',  0,    0,
				    0,    0,    72,   0,    0,   0};

static const uint8_t mac[6] = {2, 0x11, 0x22, 0x33, 0x44, 0x55};

static const struct pcapng_interface interface = {
	.linktype = 1,
	.snaplen = 262144,
	.name = "eth0",
	.description = "uplink",
	.filter = "tcp",
	.os = "Linux",
	.mac = mac,
	.speed_bps = 10000000000u,
	.tsresol = 9,
};

static const uint8_t idb_bytes[] = {1,    0,    0, 0, 96,  0,    0,    0,   /* type, length */
				    1,    0,    0, 0, 0,   0,    4,    0,   /* link type, snaplen */
				    2,    0,    4, 0, 'e', 't',  'h',  '0', /* if_name */
				    3,    0,    6, 0, 'u', 'p',  'l',  'i',
				    'n',  'k',  0, 0, /* if_description */
				    6,    0,    6, 0, 2,   0x11, 0x22, 0x33,
				    0x44, 0x55, 0, 0, /* if_MACaddr */
				    8,    0,    8, 0, 0,   0xe4, 0x0b, 0x54,
				    2,    0,    0, 0,                       /* if_speed */
				    9,    0,    1, 0, 9,   0,    0,    0,   /* if_tsresol */
				    11,   0,    4, 0, 0,   't',  'c',  'p', /* if_filter */
				    12,   0,    5, 0, 'L', 'i',  'n',  'u',
				    'x',  0,    0, 0, /* if_os */
				    0,    0,    0, 0, 96,  0,    0,    0};

static const uint8_t epb_bytes[] =
	{6,    0,    0,    0,    76,   0,    0,    0,                /* type, length */
	 3,    0,    0,    0,    0x44, 0x33, 0x22, 0x11,             /* interface, time above */
	 0x88, 0x77, 0x66, 0x55, 5,    0,    0,    0,                /* time below, caplen */
	 0xea, 5,    0,    0,                                        /* len */
	 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0,    0,    0,                /* data */
	 2,    0,    4,    0,    5,    0,    0,    0,                /* epb_flags: in, unicast */
	 4,    0,    8,    0,    7,    0,    0,    0,    1, 0, 0, 0, /* epb_dropcount */
	 5,    0,    8,    0,    9,    0,    0,    0,    2, 0, 0, 0, /* epb_packetid */
	 0,    0,    0,    0,    76,   0,    0,    0};

static const uint8_t isb_bytes[] = {5, 0, 0, 0, 112, 0, 0, 0,                /* type, length */
				    2, 0, 0, 0, 2,   0, 0, 0, 0x14, 0, 0, 0, /* interface, time */
				    2, 0, 8, 0, 1,   0, 0, 0, 0x0a, 0, 0, 0, /* isb_starttime */
				    3, 0, 8, 0, 2,   0, 0, 0, 0x14, 0, 0, 0, /* isb_endtime */
				    4, 0, 8, 0, 100, 0, 0, 0, 0,    0, 0, 0, /* isb_ifrecv */
				    5, 0, 8, 0, 13,  0, 0, 0, 0,    0, 0, 0, /* isb_ifdrop */
				    6, 0, 8, 0, 100, 0, 0, 0, 0,    0, 0, 0, /* isb_filteraccept */
				    7, 0, 8, 0, 10,  0, 0, 0, 0,    0, 0, 0, /* isb_osdrop */
				    8, 0, 8, 0, 90,  0, 0, 0, 0,    0, 0, 0, /* isb_usrdeliv */
				    0, 0, 0, 0, 112, 0, 0, 0};

static struct frame frame_make(void)
{
	return (struct frame){
		.data = payload,
		.caplen = sizeof(payload),
		.len = 1514,
		.time_ns = 0x1122334455667788u,
		.packet_type = PACKET_HOST,
		.interface = 3,
		.id = 0x200000009u,
		.lost = 0x100000007u,
	};
}

static const struct stats_snapshot stats = {
	.captured = 90,
	.received = 100,
	.dropped = 10,
	.device_dropped = 3,
	.start_ns = 0x10000000au,
	.time_ns = 0x200000014u,
};

enum which { SHB, IDB, EPB, ISB };

static size_t encode(enum which which, uint8_t *at, size_t room)
{
	struct frame frame = frame_make();

	switch (which) {
	case SHB:
		return pcapng_put_shb(at, room, &section);
	case IDB:
		return pcapng_put_idb(at, room, &interface);
	case EPB:
		return pcapng_put_epb(at, room, &frame);
	default:
		return pcapng_put_isb(at, room, 2, &stats, NULL);
	}
}

static const struct {
	const uint8_t *bytes;
	size_t count;
} golden[] = {
	[SHB] = {shb_bytes, sizeof(shb_bytes)},
	[IDB] = {idb_bytes, sizeof(idb_bytes)},
	[EPB] = {epb_bytes, sizeof(epb_bytes)},
	[ISB] = {isb_bytes, sizeof(isb_bytes)},
};

static void blocks_are_exact(void **state)
{
	uint8_t at[256];

	(void)state;
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		skip();
	for (enum which which = SHB; which <= ISB; which++) {
		memset(at, GUARD, sizeof(at));
		assert_int_equal(encode(which, at, sizeof(at)), golden[which].count);
		assert_memory_equal(at, golden[which].bytes, golden[which].count);
		assert_int_equal(at[golden[which].count], GUARD);
	}
}

static void room_is_respected(void **state)
{
	(void)state;
	for (enum which which = SHB; which <= ISB; which++) {
		for (size_t room = 0; room <= golden[which].count; room++) {
			uint8_t at[256];

			memset(at, GUARD, sizeof(at));
			assert_int_equal(encode(which, at, room),
					 room == golden[which].count ? room : 0);
			for (size_t i = room; i < sizeof(at); i++)
				assert_int_equal(at[i], GUARD);
		}
	}
	assert_true(golden[ISB].count <= PCAPNG_ISB_MAX);
}

/* How packets lie in time, in the last block of a file. */
static void an_order_comes_back(void **state)
{
	const struct time_order order = {true, 5, 1700000000000000000, 1500000000};
	uint8_t at[PCAPNG_ISB_MAX + PCAPNG_ORDER_BYTES];
	struct time_order got;
	size_t plain = pcapng_put_isb(at, sizeof(at), 1, &stats, NULL), bytes;

	(void)state;
	assert_false(pcapng_order_of(at, plain, 100 + plain).known);
	/* Without room, or where nothing is known, it stays as it is. */
	assert_int_equal(pcapng_add_order(at, plain + PCAPNG_ORDER_BYTES - 1, 100, &order), plain);
	assert_int_equal(pcapng_add_order(at, sizeof(at), 100,
					  &(struct time_order){false, 1, 2, 3}),
			 plain);
	assert_int_equal(pcapng_add_order(at, sizeof(at), 100, &TIME_ORDER_NONE), plain);
	bytes = pcapng_add_order(at, sizeof(at), 100, &order);
	assert_int_equal(bytes, plain + PCAPNG_ORDER_BYTES);
	assert_memory_equal(at + 4, &(uint32_t){(uint32_t)bytes}, 4);
	assert_memory_equal(at + bytes - 4, &(uint32_t){(uint32_t)bytes}, 4);
	got = pcapng_order_of(at, bytes, 100 + bytes);
	assert_true(got.known && got.least_ns == order.least_ns && got.most_ns == order.most_ns &&
		    got.fall_ns == order.fall_ns);
	/* Of a file that is longer, or shorter, by now nothing is believed. */
	assert_false(pcapng_order_of(at, bytes, 104 + bytes).known);
	assert_false(pcapng_order_of(at, bytes, 96 + bytes).known);
	/* Nor of less than all of it, or of anything else. */
	for (size_t less = 1; less <= bytes; less++) {
		assert_false(pcapng_order_of(at + less, bytes - less, 100 + bytes).known);
		assert_false(pcapng_order_of(at, bytes - less, 100 + bytes - less).known);
	}
	for (size_t i = 0; i < bytes; i++) {
		at[i] ^= 0x80;
		got = pcapng_order_of(at, bytes, 100 + bytes);
		assert_true(!got.known || got.least_ns <= got.most_ns);
		at[i] ^= 0x80;
	}
}

static void absent_options_are_left_out(void **state)
{
	const struct pcapng_section none = {.os = ""};
	const struct pcapng_interface bare = {.linktype = 276,
					      .filter = "",
					      .name = "",
					      .tsresol = 9};
	uint8_t at[64];

	(void)state;
	assert_int_equal(pcapng_put_shb(at, sizeof(at), &none), 32);
	assert_int_equal(pcapng_put_idb(at, sizeof(at), &bare), 32);
	assert_int_equal(at[16], 9); /* if_tsresol is the only option */
	assert_int_equal(at[24], 0);
}

static void long_strings_are_cut(void **state)
{
	const size_t most = 65535;
	char *text = malloc(70001);
	uint8_t *at = malloc(200000);
	const struct pcapng_section with = {.os = text};
	const struct pcapng_interface filtered = {.filter = text, .tsresol = 9};

	(void)state;
	memset(text, 'x', 70000);
	text[70000] = '\0';
	assert_int_equal(pcapng_put_shb(at, 200000, &with), 32 + 4 + 65536);
	assert_int_equal(at[26] | at[27] << 8, most);
	assert_int_equal(at[28 + most - 1], 'x');
	assert_int_equal(at[28 + most], 0);
	assert_int_equal(pcapng_put_idb(at, 200000, &filtered), 32 + 4 + 65536);
	assert_int_equal(at[26] | at[27] << 8, most);
	assert_int_equal(at[28 + most - 1], 'x');
	assert_int_equal(at[28 + most], 0);
	free(text);
	free(at);
}

/* The option's value, of an interface's name. */
static const char *name_written(const char *name)
{
	static char text[64];
	const struct pcapng_interface named = {.name = name, .tsresol = 9};
	uint8_t at[256];
	size_t bytes = pcapng_put_idb(at, sizeof(at), &named), length = at[18];

	assert_in_range(bytes, 40, sizeof(at));
	/* What is between it and the next option is zero. */
	for (size_t i = length; i % 4 != 0; i++)
		assert_int_equal(at[20 + i], 0);
	assert_int_equal(at[20 + (length + 3) / 4 * 4], 9);
	memcpy(text, at + 20, length);
	text[length] = '\0';
	return text;
}

/* The format wants UTF-8, and names of interfaces are any bytes. */
static void strings_are_utf8(void **state)
{
	const struct pcapng_interface odd = {.name = "a\xff\xff\xff", .tsresol = 9};
	uint8_t at[128];

	(void)state;
	assert_string_equal(name_written("br-l\xc3\xa4n"), "br-l\xc3\xa4n");
	assert_string_equal(name_written("a\xff"), "a\xef\xbf\xbd"
						   "FF");
	assert_string_equal(name_written("a\xfe"), "a\xef\xbf\xbd"
						   "FE");
	assert_string_equal(name_written("\033"), "\033");
	/* Longer than they were: room is held against what is written. */
	for (size_t room = 0; room < 52; room++)
		assert_int_equal(pcapng_put_idb(at, room, &odd), 0);
	assert_int_equal(pcapng_put_idb(at, 52, &odd), 52);
}

static void flags_tell_direction_and_reception(void **state)
{
	static const struct {
		uint8_t type, flags;
	} cases[] = {
		{PACKET_HOST, 1 | 1 << 2},      {PACKET_MULTICAST, 1 | 2 << 2},
		{PACKET_BROADCAST, 1 | 3 << 2}, {PACKET_OTHERHOST, 1 | 4 << 2},
		{PACKET_OUTGOING, 2},           {PACKET_LOOPBACK, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame frame = frame_make();
		uint8_t at[128];
		uint32_t flags;

		frame.packet_type = cases[i].type;
		assert_int_not_equal(pcapng_put_epb(at, sizeof(at), &frame), 0);
		memcpy(&flags, at + 28 + 8 + 4, sizeof(flags));
		assert_int_equal(flags, cases[i].flags);
	}
}

static void every_padding_is_zeroed(void **state)
{
	uint8_t data[8];

	(void)state;
	memset(data, 0xd0, sizeof(data));
	for (uint32_t caplen = 0; caplen <= sizeof(data); caplen++) {
		for (uint64_t lost = 0; lost < 2; lost++) {
			struct frame frame = {.data = data,
					      .caplen = caplen,
					      .len = caplen,
					      .lost = lost};
			size_t padded = (caplen + 3u) & ~3u;
			uint8_t at[128], parts[128];

			memset(at, GUARD, sizeof(at));
			memset(parts, GUARD, sizeof(parts));
			assert_int_equal(pcapng_put_epb(at, sizeof(at), &frame),
					 28 + padded + 28 + (lost ? 12 : 0));
			for (size_t i = caplen; i < padded; i++)
				assert_int_equal(at[28 + i], 0);
			assert_int_equal(at[28 + padded], 2);
			/* The same in parts. */
			pcapng_put_epb_head(parts, &frame);
			memcpy(parts + 28, data, caplen);
			assert_int_equal(28 + caplen +
						 pcapng_put_epb_tail(parts + 28 + caplen, &frame),
					 pcapng_epb_bytes(&frame));
			assert_memory_equal(parts, at, sizeof(at));
			assert_true(pcapng_epb_bytes(&frame) - caplen <= PCAPNG_EPB_OVERHEAD_MAX);
		}
	}
}

/* What an ISB has left for filler: a count goes in where it has room. */
static uint32_t isb_sized_rest(uint32_t bytes)
{
	return bytes - PCAPNG_ISB_MIN - (bytes >= 40 ? 12 : 0) - (bytes >= 52 ? 12 : 0);
}

static void sized_isbs_have_what_fits(void **state)
{
	static uint8_t at[70000 + 1], want[24 + 24];

	(void)state;
	for (uint32_t bytes = PCAPNG_ISB_MIN; bytes <= 200; bytes += 4) {
		uint32_t rest = isb_sized_rest(bytes), filler = 0, lengths[2];
		uint8_t *end;

		memset(at, GUARD, sizeof(at));
		pcapng_put_isb_sized(at, bytes, 2, &stats);
		assert_int_equal(at[bytes], GUARD);
		/* The same words as in the other ISB, the length aside. */
		memcpy(want, isb_bytes, 20);
		want[4] = (uint8_t)bytes;
		memcpy(want + 20, isb_bytes + 44, 24); /* isb_ifrecv, isb_ifdrop */
		end = at + bytes - 4 - rest;
		assert_memory_equal(at, want, (size_t)(end - at));
		if (rest >= 8)
			filler = PCAPNG_FILLER | (rest - 8) << 16;
		if (rest >= 4)
			assert_memory_equal(end, &filler, 4);
		for (uint32_t i = 4; i < rest; i++)
			assert_int_equal(end[i], 0);
		memcpy(lengths, at + 4, 4);
		memcpy(lengths + 1, at + bytes - 4, 4);
		assert_int_equal(lengths[0], bytes);
		assert_int_equal(lengths[1], bytes);
	}
}

/* Whatever the length, an option list that ends at its end. */
static void filler_is_whole_options(void **state)
{
	static const uint32_t sizes[] = {4,     8,     12,     65532,  65536,  65540,
					 65544, 65548, 131072, 131080, 131084, 200000};
	static uint8_t at[200000 + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t offset = 0;
		uint16_t option[2] = {1, 1};

		memset(at, GUARD, sizeof(at));
		pcapng_fill_options(at, at + sizes[i]);
		assert_int_equal(at[sizes[i]], GUARD);
		while (offset + 4 < sizes[i]) {
			memcpy(option, at + offset, 4);
			assert_int_equal(option[0], PCAPNG_FILLER);
			assert_int_equal(option[1] % 4, 0);
			for (uint32_t k = 0; k < option[1]; k++)
				assert_int_equal(at[offset + 4 + k], 0);
			offset += 4u + option[1];
		}
		assert_int_equal(offset + 4, sizes[i]);
		assert_memory_equal(at + offset, "\0\0\0", 4);
	}
}

static void libpcap_reads_it(void **state)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	uint8_t file[512];
	size_t used = 0;
	struct frame frame = frame_make();
	pcap_t *pcap;

	(void)state;
	used += encode(SHB, file, sizeof(file));
	used += encode(IDB, file + used, sizeof(file) - used);
	frame.interface = 0;
	used += pcapng_put_epb(file + used, sizeof(file) - used, &frame);
	used += pcapng_put_isb(file + used, sizeof(file) - used, 0, &stats, NULL);
	pcapng_put_isb_sized(file + used, 60, 0, &stats);
	used += 60;
	pcap = pcap_fopen_offline_with_tstamp_precision(fmemopen(file, used, "r"),
							PCAP_TSTAMP_PRECISION_NANO, error);
	assert_non_null(pcap);
	assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
	assert_int_equal(pcap_snapshot(pcap), 262144);
	assert_int_equal(pcap_next_ex(pcap, &header, &data), 1);
	assert_int_equal((uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec,
			 frame.time_ns);
	assert_int_equal(header->caplen, sizeof(payload));
	assert_int_equal(header->len, 1514);
	assert_memory_equal(data, payload, sizeof(payload));
	assert_int_equal(pcap_next_ex(pcap, &header, &data), PCAP_ERROR_BREAK);
	pcap_close(pcap);
}

/* What libpcap writes into a file's header for a DLT; -1: none. */
static int linktype_of_libpcap(int dlt)
{
	struct pcap_file_header header = {0};
	pcap_t *pcap = pcap_open_dead(dlt, 65535);
	FILE *stream = fmemopen(&header, sizeof(header), "w");
	pcap_dumper_t *dumper = pcap_dump_fopen(pcap, stream);

	if (dumper)
		pcap_dump_close(dumper);
	else
		fclose(stream);
	pcap_close(pcap);
	return dumper ? (int)header.linktype : -1;
}

static void linktypes_are_those_of_libpcap(void **state)
{
	int known = 0;

	(void)state;
	for (int dlt = 0; dlt < 300; dlt++) {
		int linktype = linktype_of_libpcap(dlt);

		if (linktype < 0)
			continue;
		known++;
		if (pcapng_linktype(dlt) != linktype)
			fail_msg("DLT %d: %d, not %d", dlt, linktype, pcapng_linktype(dlt));
	}
	assert_true(known > 100);
	assert_int_equal(pcapng_linktype(DLT_RAW), 101);
}

/* A section that is copied has its options as they are, and the number of a segment where
 * it is found in the file's first bytes. */
static void test_copied_section(void **state)
{
	static const uint8_t none[1];
	static uint8_t options[8004] = {1, 0, 0x40, 0x1f}, block[9000];
	struct pcapng_section section = {.application = "not this", .copied = none};

	(void)state;
	assert_int_equal(pcapng_put_shb(block, sizeof(block), &section), 28);
	section.copied = options;
	section.copied_bytes = sizeof(options);
	assert_int_equal(pcapng_put_shb(block, sizeof(block), &section), 24 + 8004 + 4 + 4);
	assert_memory_equal(block + 24, options, sizeof(options));
	section.segment = 1234567;
	assert_true(pcapng_put_shb(block, sizeof(block), &section) <= pcapng_shb_most(&section));
	assert_int_equal(pcapng_segment_of(block, 64), 1234567);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copied_section),
		cmocka_unit_test(blocks_are_exact),
		cmocka_unit_test(room_is_respected),
		cmocka_unit_test(an_order_comes_back),
		cmocka_unit_test(absent_options_are_left_out),
		cmocka_unit_test(long_strings_are_cut),
		cmocka_unit_test(strings_are_utf8),
		cmocka_unit_test(flags_tell_direction_and_reception),
		cmocka_unit_test(every_padding_is_zeroed),
		cmocka_unit_test(sized_isbs_have_what_fits),
		cmocka_unit_test(filler_is_whole_options),
		cmocka_unit_test(libpcap_reads_it),
		cmocka_unit_test(linktypes_are_those_of_libpcap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
