/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The weaver: a small run byte for byte; every odd layout the kernel can make,
 * and some it cannot; and random blocks. Each run is taken apart by a reader
 * of its own, read by libpcap, and made a second time, in larger batches, over
 * other stale memory: were one byte of that in the run, the two would differ.
 * Blocks come from the
 * allocator in their exact size, so that a sanitizer sees a step outside.
 */
#include "frames/weave.h"

#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frames/block.h"
#include "frames/pcapng.h"
#include "frames/sll2.h"
#include "frames/vlan.h"
#include "synthetic.h"

#define MOST_FRAMES  1024u
#define BATCH_MOST   16u
#define SNAPLEN      262144u
#define EPB_HEADER   28u
#define OPTIONS_FULL (8u + 12u + 12u + 4u) /* all three, and their end */
#define TIME_NS      1700000000123456789u

static uint8_t payload[70000];

static const struct stats_snapshot stats = {
	.received = 0x1234567890u,
	.dropped = 5,
	.device_dropped = 2,
	.time_ns = 0x0102030405060708u,
};

/* How to lay out a block, and how to weave it. */
struct setup {
	size_t block_bytes;
	const struct synthetic_frame *frames;
	uint32_t count;
	uint32_t snaplen; /* 0: SNAPLEN */
	uint32_t most;    /* frames to take; 0: all */
	uint32_t longer;  /* bytes of the last one beyond what the kernel would put */
	size_t align;     /* 0: a page */
	bool cooked;
};

/* A block and what has to be in its run. */
struct woven {
	uint8_t *block;
	size_t run_bytes;
	uint32_t count;
	uint32_t moved; /* frames whose data did not stay where it was */
	struct frame frames[MOST_FRAMES];
	uint8_t *pristine;            /* where frames' data is */
	uint8_t *places[MOST_FRAMES]; /* and where it is in the run */
};

static int fill_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + i / 256);
	return 0;
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

/* As rx_ring and the ring thread hand a frame on. */
static int next_frame(struct block_walk *walk, const struct setup *setup, uint32_t index,
		      struct frame *frame)
{
	const uint32_t snaplen = setup->snaplen ? setup->snaplen : SNAPLEN;
	int rc = block_walk_next(walk, frame);

	if (rc != 1)
		return rc;
	frame->interface = 3;
	frame->id = 0x500000000u + index;
	frame->lost = index % 5 == 2 ? 0x700000000u + index : 0;
	if (setup->cooked)
		assert_int_equal(sll2_prepend(frame, snaplen), 0);
	else if (frame->vlan_tpid)
		assert_int_equal(vlan_restore(frame, snaplen), 0);
	return 1;
}

static uint8_t *lay_out(const struct setup *setup, int stale)
{
	const struct synthetic_layout layout = {.reserve = setup->cooked ? 8 : 2,
						.priv_bytes = WEAVE_PRIV_BYTES};
	uint8_t *block = aligned_alloc(4096, setup->block_bytes);
	uint32_t offsets[MOST_FRAMES];

	assert_non_null(block);
	memset(block, stale, setup->block_bytes);
	assert_int_equal(synthetic_block_v3(block, setup->block_bytes, &layout, setup->frames,
					    setup->count, offsets),
			 setup->count);
	if (setup->longer) {
		struct tpacket3_hdr *last = (void *)(block + offsets[setup->count - 1]);

		memcpy((uint8_t *)last + last->tp_mac + last->tp_snaplen, payload, setup->longer);
		last->tp_snaplen += setup->longer;
		last->tp_len += setup->longer;
	}
	return block;
}

static bool takes(const struct setup *setup, uint32_t taken)
{
	return setup->most == 0 || taken < setup->most;
}

/* Weaves w's frames into its block, so many at a time. */
static void weave_block(struct woven *w, const struct setup *setup, uint32_t batch)
{
	struct frame frames[BATCH_MOST];
	struct block_walk walk;
	struct weave weave;
	uint32_t done, count;

	weave_begin(&weave, w->block, setup->block_bytes);
	block_walk_start(&walk, w->block, setup->block_bytes);
	for (done = 0; done < w->count; done += count) {
		for (count = 0; count < batch && done + count < w->count; count++)
			assert_int_equal(next_frame(&walk, setup, done + count, &frames[count]), 1);
		for (uint32_t i = 0; i < count; i++)
			w->places[done + i] = frames[i].data;
		assert_int_equal(weave_frames(&weave, frames, count, &stats), count);
		for (uint32_t i = 0; i < count; i++) {
			w->moved += frames[i].data != w->places[done + i];
			w->places[done + i] = frames[i].data;
		}
	}
	w->run_bytes = weave_end(&weave, setup->align ? setup->align : 4096,
				 w->block + setup->block_bytes);
	assert_ptr_equal(weave.run, w->block + WEAVE_RUN_OFFSET);
}

static struct woven *weave_over(const struct setup *setup, int stale, uint32_t batch)
{
	struct woven *w = calloc(1, sizeof(*w));
	struct block_walk walk;

	/* What goes in, from a copy nothing is woven into. */
	w->pristine = lay_out(setup, stale);
	block_walk_start(&walk, w->pristine, setup->block_bytes);
	while (takes(setup, w->count) &&
	       next_frame(&walk, setup, w->count, &w->frames[w->count]) == 1)
		w->count++;

	w->block = lay_out(setup, stale);
	weave_block(w, setup, batch);
	assert_memory_equal(w->block, w->pristine, WEAVE_RUN_OFFSET);
	for (uint32_t i = 0; i < w->count; i++)
		assert_memory_equal(w->places[i], w->frames[i].data, w->frames[i].caplen);
	return w;
}

static void woven_free(struct woven *w)
{
	free(w->pristine);
	free(w->block);
	free(w);
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void expect_zeros(const uint8_t *at, size_t bytes)
{
	while (bytes--)
		assert_int_equal(*at++, 0);
}

/* The number of an option of 4 or 8 bytes at *at, which it steps over. */
static uint64_t take_option(const uint8_t **at, uint16_t code, uint16_t bytes)
{
	uint64_t value = 0;

	assert_int_equal(get32(*at), code | (uint32_t)bytes << 16);
	memcpy(&value, *at + 4, bytes);
	*at += 4 + bytes;
	return value;
}

/*
 * The options of an EPB in [at, end): what the frame has, in order, each where
 * there was room for it and the end mark; then filler, to the last byte.
 */
static void expect_options(const uint8_t *at, const uint8_t *end, const struct frame *frame)
{
	if (end - at >= 8 + 4)
		assert_int_equal(take_option(&at, PCAPNG_EPB_FLAGS, 4),
				 pcapng_epb_flags(frame->packet_type));
	if (frame->lost && end - at >= 12 + 4)
		assert_true(take_option(&at, PCAPNG_EPB_DROPCOUNT, 8) == frame->lost);
	if (end - at >= 12 + 4)
		assert_true(take_option(&at, PCAPNG_EPB_PACKETID, 8) == frame->id);
	while (end - at > 4) {
		uint32_t bytes = get32(at) >> 16;

		assert_int_equal(get32(at) & 0xffff, PCAPNG_FILLER);
		assert_true(bytes % 4 == 0 && bytes <= (size_t)(end - at) - 8);
		expect_zeros(at + 4, bytes);
		at += 4 + bytes;
	}
	expect_zeros(at, (size_t)(end - at));
}

/* One EPB, returning the byte behind it. */
static const uint8_t *expect_epb(const uint8_t *at, const struct frame *frame)
{
	const uint32_t bytes = get32(at + 4);
	const uint32_t padded = (frame->caplen + 3) & ~3u;

	assert_int_equal(get32(at), PCAPNG_BLOCK_EPB);
	assert_true(bytes % 4 == 0 && bytes >= EPB_HEADER + padded + 4);
	assert_int_equal(get32(at + bytes - 4), bytes);
	assert_int_equal(get32(at + 8), frame->interface);
	assert_true(((uint64_t)get32(at + 12) << 32 | get32(at + 16)) == (uint64_t)frame->time_ns);
	assert_int_equal(get32(at + 20), frame->caplen);
	assert_int_equal(get32(at + 24), frame->len);
	assert_memory_equal(at + EPB_HEADER, frame->data, frame->caplen);
	expect_zeros(at + EPB_HEADER + frame->caplen, padded - frame->caplen);
	expect_options(at + EPB_HEADER + padded, at + bytes - 4, frame);
	return at + bytes;
}

/* The ISB, the EPBs of these frames, and nothing else up to the last byte. */
static void expect_run(const uint8_t *run, size_t bytes, const struct frame *frames, uint32_t count)
{
	const uint8_t *at = run, *end = run + bytes;
	uint32_t isb = get32(run + 4);
	uint8_t *want;

	assert_in_range(isb, PCAPNG_ISB_MIN, bytes);
	want = malloc(isb);
	pcapng_put_isb_sized(want, isb, 3, &stats);
	assert_memory_equal(run, want, isb);
	free(want);
	at += isb;
	for (uint32_t i = 0; i < count; i++) {
		assert_true((size_t)(end - at) > EPB_HEADER && get32(at + 4) <= (size_t)(end - at));
		at = expect_epb(at, &frames[i]);
	}
	assert_ptr_equal(at, end);
}

/* The same from a file of it, by libpcap. */
static void expect_libpcap_reads(const uint8_t *run, size_t bytes, const struct frame *frames,
				 uint32_t count)
{
	const struct pcapng_interface interface = {.linktype = 1, .snaplen = SNAPLEN, .tsresol = 9};
	uint8_t *file = malloc(bytes + 1024);
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	pcap_t *pcap;
	size_t used;

	used = pcapng_put_shb(file, 1024, &(struct pcapng_section){0});
	for (int i = 0; i < 4; i++) /* the frames are of interface 3 */
		used += pcapng_put_idb(file + used, 1024 - used, &interface);
	memcpy(file + used, run, bytes);
	pcap = pcap_fopen_offline_with_tstamp_precision(fmemopen(file, used + bytes, "r"),
							PCAP_TSTAMP_PRECISION_NANO, error);
	assert_non_null(pcap);
	for (uint32_t i = 0; i < count; i++) {
		if (pcap_next_ex(pcap, &header, &data) != 1)
			fail_msg("frame %u of %u: %s", i, count, pcap_geterr(pcap));
		assert_int_equal(header->caplen, frames[i].caplen);
		assert_int_equal(header->len, frames[i].len);
		assert_int_equal(header->ts.tv_sec * 1000000000 + header->ts.tv_usec,
				 frames[i].time_ns);
		assert_memory_equal(data, frames[i].data, frames[i].caplen);
	}
	assert_int_equal(pcap_next_ex(pcap, &header, &data), PCAP_ERROR_BREAK);
	pcap_close(pcap);
	free(file);
}

/* Everything a run has to be. The caller frees it. */
static struct woven *expect_woven(const struct setup *setup)
{
	struct woven *w = weave_over(setup, 0xee, 1), *other = weave_over(setup, 0x11, BATCH_MOST);
	const size_t align = setup->align ? setup->align : 4096;
	const uint8_t *run = w->block + WEAVE_RUN_OFFSET, *end = run + w->run_bytes;
	const struct frame *last = &w->frames[w->count - 1];
	size_t behind;

	assert_true(w->run_bytes > 0 && w->run_bytes % align == 0);
	assert_true(w->run_bytes <= setup->block_bytes - WEAVE_RUN_OFFSET);
	expect_run(run, w->run_bytes, w->frames, w->count);
	expect_libpcap_reads(run, w->run_bytes, w->frames, w->count);

	/* No byte but these frames' comes from the block. */
	assert_int_equal(other->run_bytes, w->run_bytes);
	assert_memory_equal(other->block + WEAVE_RUN_OFFSET, run, w->run_bytes);

	/* Not longer than needed, and no option of the last frame left out. */
	for (const uint8_t *at = run, *next = at;; at = next) {
		next = at + get32(at + 4);
		behind = (size_t)(next - at) - EPB_HEADER - ((last->caplen + 3) & ~3u) - 4;
		if (next == end)
			break;
	}
	assert_true(behind < align + 48);
	assert_true(behind >= OPTIONS_FULL || end + align + 48 > w->block + setup->block_bytes);
	woven_free(other);
	return w;
}

static void check(const struct setup *setup)
{
	woven_free(expect_woven(setup));
}

/* Every frame where it was: that is what the reserve is for. */
static void check_in_place(const struct setup *setup)
{
	struct woven *w = expect_woven(setup);

	assert_int_equal(w->moved, 0);
	woven_free(w);
}

static const uint8_t golden[] = {
	5,    0,    0,    0,    56,   0,    0,    0,             /* ISB */
	1,    0,    0,    0,    4,    3,    2,    1,             /* interface, time above */
	8,    7,    6,    5,                                     /* time below */
	4,    0,    8,    0,    0x90, 0x78, 0x56, 0x34, 0x12, 0, /* isb_ifrecv */
	0,    0,                                                 /* */
	5,    0,    8,    0,    7,    0,    0,    0,    0,    0, /* isb_ifdrop */
	0,    0,                                                 /* */
	1,    0x80, 0,    0,    0,    0,    0,    0,             /* filler, end */
	56,   0,    0,    0,                                     /* */
	6,    0,    0,    0,    96,   0,    0,    0,             /* EPB, the usual gap */
	1,    0,    0,    0,    0x44, 0x33, 0x22, 0x11,          /* interface, time above */
	0x88, 0x77, 0x66, 0x55, 6,    0,    0,    0,             /* time below, caplen */
	0xea, 5,    0,    0,    0xd0, 0xd1, 0xd2, 0xd3,          /* len, data */
	0xd4, 0xd5, 0,    0,    2,    0,    4,    0,             /* padding, epb_flags */
	5,    0,    0,    0,    5,    0,    8,    0,             /* in, unicast; epb_packetid */
	1,    0,    0,    0,    0,    0,    0,    0,             /* */
	1,    0x80, 28,   0,    0,    0,    0,    0,             /* filler */
	0,    0,    0,    0,    0,    0,    0,    0,             /* */
	0,    0,    0,    0,    0,    0,    0,    0,             /* */
	0,    0,    0,    0,    0,    0,    0,    0,             /* */
	0,    0,    0,    0,    96,   0,    0,    0,             /* end, length */
	6,    0,    0,    0,    88,   0,    0,    0,             /* EPB behind a loss */
	1,    0,    0,    0,    0x44, 0x33, 0x22, 0x11,          /* */
	0x89, 0x77, 0x66, 0x55, 3,    0,    0,    0,             /* */
	3,    0,    0,    0,    0xd0, 0xd1, 0xd2, 0,             /* len, data, padding */
	2,    0,    4,    0,    2,    0,    0,    0,             /* epb_flags: out */
	4,    0,    8,    0,    7,    0,    0,    0,    1,    0, /* epb_dropcount */
	0,    0,                                                 /* */
	5,    0,    8,    0,    2,    0,    0,    0,    0,    0, /* epb_packetid */
	0,    0,                                                 /* */
	1,    0x80, 12,   0,    0,    0,    0,    0,             /* filler */
	0,    0,    0,    0,    0,    0,    0,    0,             /* */
	0,    0,    0,    0,    88,   0,    0,    0,             /* end, length */
	6,    0,    0,    0,    80,   0,    0,    0,             /* EPB, the last, empty */
	1,    0,    0,    0,    0x44, 0x33, 0x22, 0x11,          /* */
	0x8a, 0x77, 0x66, 0x55, 0,    0,    0,    0,             /* */
	60,   0,    0,    0,    2,    0,    4,    0,             /* len, epb_flags */
	0,    0,    0,    0,    5,    0,    8,    0,             /* none; epb_packetid */
	3,    0,    0,    0,    0,    0,    0,    0,             /* */
	1,    0x80, 20,   0,    0,    0,    0,    0,             /* filler */
	0,    0,    0,    0,    0,    0,    0,    0,             /* */
	0,    0,    0,    0,    0,    0,    0,    0,             /* */
	0,    0,    0,    0,    80,   0,    0,    0,             /* end, length */
};

static void a_run_is_exact(void **state)
{
	const uint8_t data[] = {0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5};
	struct synthetic_frame in[3] = {ethernet(6), ethernet(3), ethernet(0)};
	const struct setup setup = {.block_bytes = 8192, .frames = in, .count = 3};
	struct block_walk walk;
	struct weave weave;
	struct frame frame;
	uint8_t *block;

	(void)state;
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		skip();
	in[0].packet_type = PACKET_HOST;
	in[0].len = 1514;
	in[2].packet_type = PACKET_LOOPBACK;
	in[2].len = 60;
	in[0].data = in[1].data = data;
	block = lay_out(&setup, 0xee);
	weave_begin(&weave, block, 8192);
	block_walk_start(&walk, block, 8192);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(block_walk_next(&walk, &frame), 1);
		frame.interface = 1;
		frame.time_ns = 0x1122334455667788u + i; /* more than a header holds */
		frame.id = i + 1;
		frame.lost = i == 1 ? 0x100000007u : 0;
		assert_int_equal(weave_frames(&weave, &frame, 1, &stats), 1);
	}
	assert_int_equal(weave_end(&weave, 4, block + 8192), sizeof(golden));
	assert_memory_equal(block + WEAVE_RUN_OFFSET, golden, sizeof(golden));
	assert_int_equal(block[WEAVE_RUN_OFFSET + sizeof(golden)], 0xee);
	free(block);
}

static void an_empty_block_has_no_run(void **state)
{
	uint8_t *block = lay_out(&(struct setup){.block_bytes = 8192}, 0xee), *copy = malloc(8192);
	struct weave weave;

	(void)state;
	memcpy(copy, block, 8192);
	weave_begin(&weave, block, 8192);
	assert_int_equal(weave_end(&weave, 4096, block + 8192), 0);
	assert_memory_equal(block, copy, 8192);
	free(copy);
	free(block);
}

static void one_packet_of_any_size(void **state)
{
	struct synthetic_frame in;
	struct setup setup = {.block_bytes = 8192, .frames = &in, .count = 1};

	(void)state;
	for (uint32_t caplen = 0; caplen < 70; caplen++) {
		in = ethernet(caplen);
		in.len = 9000;
		check_in_place(&setup);
	}
}

/* Of two, of which the second ends so many bytes before the block does. */
static void the_last_packet_ends_anywhere(void **state)
{
	static const uint32_t mac_bytes[] = {14, 0, 15, 17, 18};

	(void)state;
	for (uint32_t short_by = 0; short_by <= 80; short_by++) {
		for (size_t m = 0; m < sizeof(mac_bytes) / sizeof(mac_bytes[0]); m++) {
			struct synthetic_frame in[2] = {ethernet(100), ethernet(0)};
			struct setup setup = {.block_bytes = 16384, .frames = in, .count = 2};
			const uint32_t maclen = mac_bytes[m];
			/* Header and data of the first, then header of the second. */
			const uint32_t before = 4096 + 184 +
						(68 + (maclen > 16 ? 32 : 16) + 12) / 16 * 16 + 2 -
						maclen;

			in[1].mac_bytes = maclen;
			in[1].caplen = 16384 - before - short_by;
			setup.align = short_by % 2 ? 4096 : 512;
			/* The kernel leaves 8 bytes, but nothing here relies on that. */
			setup.longer = short_by < 16 ? 16 : 0;
			in[1].caplen -= setup.longer;
			check(&setup);
			in[1].caplen += setup.longer;
			setup.longer = 0;
			/* The only one may fill the block to its last byte. */
			setup.frames = &in[1];
			setup.count = 1;
			in[1].caplen += 184;
			check(&setup);
		}
	}
}

/* Link-layer headers of other lengths put the data anywhere. */
static void any_link_header_length(void **state)
{
	struct synthetic_frame in[6];
	const struct setup setup = {.block_bytes = 8192, .frames = in, .count = 6};

	(void)state;
	for (uint32_t maclen = 0; maclen <= 48; maclen++) {
		struct woven *w;

		for (uint32_t i = 0; i < 6; i++) {
			in[i] = ethernet(i == 5 ? 0 : 60 + i);
			if (i != 3)
				in[i].mac_bytes = maclen;
			in[i].packet_type = (uint8_t)i;
		}
		w = expect_woven(&setup);
		/* At 82, 83, ... bytes into the slot; 4-byte aligned for 14, 18, 22 */
		assert_int_equal(w->moved, maclen % 4 == 2 ? 0 : 5);
		woven_free(w);
	}
}

/* The tag goes in front: the data starts 4 bytes earlier. */
static void tags_are_woven_too(void **state)
{
	struct synthetic_frame in[8];
	struct setup setup = {.block_bytes = 8192, .frames = in, .count = 8};

	(void)state;
	for (uint32_t tagged = 0; tagged < 256; tagged++) {
		for (uint32_t i = 0; i < 8; i++) {
			in[i] = ethernet(60 + i);
			in[i].vlan_tpid = tagged >> i & 1 ? 0x88a8 : 0;
			in[i].vlan_tci = 0x6005;
		}
		setup.snaplen = tagged % 3 ? 62 : 0;
		check_in_place(&setup);
	}
}

static void cooked_headers_are_woven_too(void **state)
{
	struct synthetic_frame in[8];
	struct setup setup = {.block_bytes = 8192, .frames = in, .count = 8, .cooked = true};

	(void)state;
	for (uint32_t tagged = 0; tagged < 256; tagged++) {
		for (uint32_t i = 0; i < 8; i++) {
			in[i] = ethernet(40 + i);
			in[i].mac_bytes = 0;
			in[i].vlan_tpid = tagged >> i & 1 ? 0x8100 : 0;
		}
		setup.snaplen = tagged % 3 ? 50 : 0;
		check_in_place(&setup);
	}
}

static void large_frames(void **state)
{
	static const uint32_t sizes[] = {60, 9014, 65535, 60, 66000, 9018, 70000, 0};
	struct synthetic_frame in[8];
	struct setup setup = {.block_bytes = 1 << 20, .frames = in};

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		in[i] = ethernet(sizes[i]);
	for (setup.count = 1; setup.count <= 8; setup.count++)
		check_in_place(&setup);
}

/* What the filter cut off is not in the slot. */
static void cut_frames_keep_their_length(void **state)
{
	struct synthetic_frame in[40];
	const struct setup setup = {.block_bytes = 16384, .frames = in, .count = 40};

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		in[i] = ethernet(i);
		in[i].len = 1514 + i;
	}
	check_in_place(&setup);
}

/* The run ends behind the last frame taken, over those that were not. */
static void a_run_can_end_before_its_block(void **state)
{
	static const size_t aligns[] = {4, 8, 32, 64, 512, 4096};
	struct synthetic_frame in[100];
	struct setup setup = {.block_bytes = 65536, .frames = in, .count = 100};

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		in[i] = ethernet(60 + i);
	for (size_t a = 0; a < sizeof(aligns) / sizeof(aligns[0]); a++) {
		setup.align = aligns[a];
		for (setup.most = 1; setup.most <= 100; setup.most++)
			check_in_place(&setup);
	}
}

/*
 * A second frame at every distance behind the first, nearer than any kernel
 * would put it: refused with nothing changed, or woven with what fits.
 */
static void check_distance(uint32_t caplen, uint32_t distance, uint64_t lost)
{
	enum { BYTES = 8192 };
	static uint8_t before[BYTES];
	uint8_t *block = aligned_alloc(4096, BYTES);
	uint8_t *data = block + WEAVE_RUN_OFFSET + 84, *limit = block + BYTES;
	const uint32_t ends = (84 + caplen + 3) / 4 * 4 + 4; /* behind the least trailer */
	const bool fits = (84 + caplen + distance) / 4 * 4 >= ends + EPB_HEADER;
	struct frame frames[2] = {
		{.data = data, .caplen = caplen, .len = caplen, .id = 1, .lost = lost},
		{.data = data + caplen + distance, .caplen = 33, .len = 33, .id = 2, .lost = lost},
	};
	struct frame second;
	struct weave weave, kept;
	uint32_t taken = 1;
	size_t bytes;

	memset(block, 0xee, BYTES);
	memcpy(data, payload, caplen);
	memcpy(frames[1].data, payload, 33);
	frames[0].interface = frames[1].interface = 3;
	second = frames[1];
	weave_begin(&weave, block, BYTES);
	assert_int_equal(weave_frames(&weave, &frames[0], 1, &stats), 1);
	memcpy(before, block, BYTES);
	kept = weave;
	if (fits) {
		assert_int_equal(weave_frames(&weave, &second, 1, &stats), 1);
		assert_ptr_equal(second.data, frames[1].data - ((uintptr_t)frames[1].data & 3));
		taken = 2;
	} else {
		assert_int_equal(weave_frames(&weave, &second, 1, &stats), 0);
		assert_memory_equal(block, before, BYTES);
		assert_memory_equal(&weave, &kept, sizeof(weave));
		assert_ptr_equal(second.data, frames[1].data);
		limit = second.data;
	}
	/* Where the trailer itself would not fit, no walk gives such a frame. */
	if (fits || 84 + caplen + distance >= ends) {
		bytes = weave_end(&weave, 4, limit);
		if (!fits)
			assert_memory_equal(limit, before + (limit - block),
					    (size_t)(block + BYTES - limit));
		assert_true(block + WEAVE_RUN_OFFSET + bytes <= limit);
		frames[0].data = frames[1].data = payload;
		expect_run(block + WEAVE_RUN_OFFSET, bytes, frames, taken);
	}
	free(block);
}

/* One refused in the midst of a batch: those behind it are not looked at. */
static void a_batch_stops_at_the_first_refused(void **state)
{
	enum { BYTES = 8192 };
	static const uint32_t places[] = {84, 252, 296, 600, 700};
	uint8_t *block = aligned_alloc(4096, BYTES), *data = block + WEAVE_RUN_OFFSET;
	struct frame frames[5], copy[5];
	struct weave weave;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		frames[i] = (struct frame){.data = data + places[i],
					   .caplen = 40,
					   .len = 40,
					   .interface = 3,
					   .id = i};
	memset(block, 0xee, BYTES);
	memcpy(copy, frames, sizeof(copy));
	weave_begin(&weave, block, BYTES);
	assert_int_equal(weave_frames(&weave, copy, 5, &stats), 2);
	expect_run(data, weave_end(&weave, 4, copy[2].data), frames, 2);
	for (const uint8_t *at = copy[2].data; at < block + BYTES; at++)
		assert_int_equal(*at, 0xee);
	assert_memory_equal(copy + 2, frames + 2, 3 * sizeof(copy[0]));
	free(block);
}

static void frames_too_near_are_refused(void **state)
{
	(void)state;
	for (uint32_t caplen = 0; caplen < 8; caplen++) {
		for (uint32_t distance = 0; distance <= 160; distance++) {
			check_distance(caplen, distance, 0);
			check_distance(caplen, distance, 77);
		}
	}
}

/* Without the private area the first frames lie before the run. */
static void a_first_frame_before_the_run_is_refused(void **state)
{
	enum { BYTES = 8192 };
	const uint32_t least = WEAVE_RUN_OFFSET + PCAPNG_ISB_MIN + EPB_HEADER;
	uint8_t *block = aligned_alloc(4096, BYTES);
	struct weave weave;

	(void)state;
	memset(block, 0xee, BYTES);
	for (uint32_t at = 132; at <= least + 8; at++) {
		struct frame frame = {.data = block + at, .caplen = 1, .len = 1};
		uint8_t *copy = malloc(BYTES);

		memcpy(copy, block, BYTES);
		weave_begin(&weave, block, BYTES);
		if (at < least) {
			assert_int_equal(weave_frames(&weave, &frame, 1, &stats), 0);
			assert_int_equal(weave_end(&weave, 4, frame.data), 0);
			assert_memory_equal(block, copy, BYTES);
		} else {
			assert_int_equal(weave_frames(&weave, &frame, 1, &stats), 1);
		}
		free(copy);
	}
	free(block);
}

/* Gaps larger than the longest option: nothing the kernel would leave. */
static void wide_gaps_are_filled(void **state)
{
	static const uint32_t places[] = {4180, 70000, 140000, 400000, 465600};
	const size_t bytes = 1 << 20;
	uint8_t *block = aligned_alloc(4096, bytes);
	struct frame frames[5];
	struct weave weave;

	(void)state;
	for (uint32_t first = 0; first < 2; first++) {
		memset(block, 0xee, bytes);
		weave_begin(&weave, block, bytes);
		for (uint32_t i = first; i < 5; i++) {
			frames[i] = (struct frame){.data = block + places[i],
						   .caplen = 100,
						   .len = 100,
						   .interface = 3,
						   .id = i,
						   .lost = i % 2};
			memcpy(block + places[i], payload, 100);
			assert_int_equal(weave_frames(&weave, &frames[i], 1, &stats), 1);
			frames[i].data = payload;
		}
		expect_run(block + WEAVE_RUN_OFFSET, weave_end(&weave, 4096, block + bytes),
			   frames + first, 5 - first);
	}
	free(block);
}

static void random_frame(struct synthetic_frame *frame, bool cooked, unsigned *seed)
{
	static const uint32_t most[] = {1, 70, 70, 128, 128, 1514, 1514, 9014};
	uint32_t size = (uint32_t)rand_r(seed) % 200 ? most[rand_r(seed) % 8] : 66000;

	*frame = ethernet((uint32_t)rand_r(seed) % (size + 1));
	frame->data = payload + rand_r(seed) % (sizeof(payload) - frame->caplen);
	frame->len = frame->caplen + (rand_r(seed) % 3 ? 0 : (uint32_t)rand_r(seed) % 70000);
	frame->time_ns = (uint64_t)rand_r(seed) * 1000000007u;
	frame->packet_type = (uint8_t)(rand_r(seed) % 6);
	frame->mac_bytes = cooked ? 0 : 14;
	frame->vlan_tci = (uint16_t)rand_r(seed);
	if (rand_r(seed) % 4 == 0)
		frame->vlan_tpid = 0x8100;
	else if (!cooked && rand_r(seed) % 8 == 0)
		frame->mac_bytes = (uint32_t)rand_r(seed) % 64;
}

static void random_blocks(void **state)
{
	static struct synthetic_frame in[MOST_FRAMES];

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		unsigned seed = round;
		struct setup setup = {
			.block_bytes = 8192u << rand_r(&seed) % 7,
			.frames = in,
			.cooked = rand_r(&seed) % 4 == 0,
			.snaplen = rand_r(&seed) % 4 ? 0 : 1 + (uint32_t)rand_r(&seed) % 200,
			.align = 4u << rand_r(&seed) % 11,
		};
		const struct synthetic_layout layout = {.reserve = setup.cooked ? 8 : 2,
							.priv_bytes = WEAVE_PRIV_BYTES};
		uint32_t wanted = 1 + (uint32_t)rand_r(&seed) % MOST_FRAMES;
		uint8_t *block = aligned_alloc(4096, setup.block_bytes);

		for (uint32_t i = 0; i < wanted; i++)
			random_frame(&in[i], setup.cooked, &seed);
		/* As many as the kernel would put in. */
		setup.count =
			synthetic_block_v3(block, setup.block_bytes, &layout, in, wanted, NULL);
		setup.most = rand_r(&seed) % 4 ? 0 : 1 + (uint32_t)rand_r(&seed) % setup.count;
		free(block);
		check(&setup);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_exact),
		cmocka_unit_test(an_empty_block_has_no_run),
		cmocka_unit_test(one_packet_of_any_size),
		cmocka_unit_test(the_last_packet_ends_anywhere),
		cmocka_unit_test(any_link_header_length),
		cmocka_unit_test(tags_are_woven_too),
		cmocka_unit_test(cooked_headers_are_woven_too),
		cmocka_unit_test(large_frames),
		cmocka_unit_test(cut_frames_keep_their_length),
		cmocka_unit_test(a_run_can_end_before_its_block),
		cmocka_unit_test(frames_too_near_are_refused),
		cmocka_unit_test(a_batch_stops_at_the_first_refused),
		cmocka_unit_test(a_first_frame_before_the_run_is_refused),
		cmocka_unit_test(wide_gaps_are_filled),
		cmocka_unit_test(random_blocks),
	};

	return cmocka_run_group_tests(tests, fill_payload, NULL);
}
