/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules as they are typed, and packets of many kinds rewritten by them: what has changed is
 * what was to, and all checksums, summed up anew by other code than rewriting's, are right.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32c.h"
#include "frames/rewrite.h"

#define ROOM   2048u
#define FRONT  32u
#define ROUNDS 4000u

/* --- packets made and judged by code of their own ----------------------------------- */

static uint32_t sum_words(const uint8_t *at, size_t count)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Of the addresses that count, protocol and length, as an adapter is left it. */
static uint32_t pseudo(const uint8_t *src, const uint8_t *dst, uint32_t bytes, uint8_t protocol,
		       uint32_t length)
{
	uint32_t sum = sum_words(src, bytes) + sum_words(dst, bytes) + protocol + length;

	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* What a packet is, as it is made and read again. */
struct made {
	uint8_t bytes[ROOM];
	uint32_t count;
	uint8_t *ip, *carried; /* in bytes */
	uint8_t protocol;
	bool v6, later, first; /* a later fragment; a first one */
};

static void fill(uint8_t *at, uint32_t count)
{
	while (count-- > 0)
		*at++ = (uint8_t)rand();
}

static uint32_t sum_place(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP || protocol == 33 ? 6 : 2;
}

/* The right sum of what an IP packet of so many bytes carries. */
static uint32_t right_sum(const uint8_t *ip, const uint8_t *carried, uint32_t bytes,
			  uint8_t protocol)
{
	const bool v6 = ip[0] >> 4 == 6;
	uint32_t sum = sum_words(carried, bytes);

	if (protocol != IPPROTO_ICMP)
		sum += v6 ? pseudo(ip + 8, ip + 24, 16, protocol, bytes)
			  : pseudo(ip + 12, ip + 16, 4, protocol, bytes);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint32_t put_ip(uint8_t *at, bool v6, uint8_t protocol, uint32_t carried)
{
	static const uint8_t net[2][16] = {{0x20, 0x01, 0x0d, 0xb8}, {0x20, 0x01, 0x0d, 0xb9}};

	memset(at, 0, 40);
	if (v6) {
		at[0] = 0x60;
		put16(at + 4, carried);
		at[6] = protocol;
		at[7] = 64;
		for (uint32_t i = 0; i < 2; i++) {
			memcpy(at + 8 + 16 * i, net[rand() % 2], 8);
			fill(at + 16 + 16 * i, 8);
		}
		return 40;
	}
	at[0] = 0x45;
	put16(at + 2, carried + 20);
	at[8] = 64;
	at[9] = protocol;
	for (uint32_t i = 0; i < 2; i++) {
		at[12 + 4 * i] = 10;
		at[13 + 4 * i] = (uint8_t)(rand() % 2);
		fill(at + 14 + 4 * i, 2);
	}
	return 20;
}

static void sum_ipv4(uint8_t *at)
{
	put16(at + 10, 0);
	put16(at + 10, ~sum_words(at, 20) & 0xffff);
}

static void put_ports(uint8_t *at)
{
	put16(at, rand() % 2 ? 80 : (unsigned)rand() & 0xffff);
	put16(at + 2, rand() % 2 ? 443 : (unsigned)rand() & 0xffff);
}

/* A packet quoted in an error: whole in its header, cut behind it. Returns its bytes. */
static uint32_t put_quoted(uint8_t *at, bool v6)
{
	const uint8_t protocol = rand() % 2 ? IPPROTO_TCP : IPPROTO_UDP;
	const uint32_t carried = 60, there = 8 + 2 * ((uint32_t)rand() % 27);
	const uint32_t header = put_ip(at, v6, protocol, carried);
	uint8_t *l4 = at + header;

	fill(l4, carried);
	put_ports(l4);
	put16(l4 + sum_place(protocol), 0);
	put16(l4 + sum_place(protocol), ~right_sum(at, l4, carried, protocol) & 0xffff);
	if (!v6)
		sum_ipv4(at);
	return header + there;
}

static uint32_t put_carried(struct made *m, uint32_t bytes)
{
	uint8_t *at = m->carried;

	fill(at, bytes);
	switch (m->protocol) {
	case IPPROTO_ICMP:
		at[0] = 3;
		bytes = 8 + put_quoted(at + 8, false);
		break;
	case IPPROTO_ICMPV6:
		at[0] = (uint8_t)(rand() % 2 ? 1 : 135);
		memset(at + 4, 0, 4);
		if (at[0] == 1) {
			bytes = 8 + put_quoted(at + 8, true);
		} else {
			memcpy(at + 8, m->ip + 24, 16);
			bytes = 24;
		}
		break;
	default:
		put_ports(at);
		if (m->protocol == IPPROTO_TCP)
			at[12] = 0x50;
		if (m->protocol == IPPROTO_UDP)
			put16(at + 4, bytes);
		break;
	}
	return bytes;
}

/* Ethernet, tags, IP and one of what it carries. */
static void make(struct made *m)
{
	static const uint8_t carried[] = {IPPROTO_TCP, IPPROTO_UDP, 33, IPPROTO_ICMP};
	const uint32_t tags = (uint32_t)rand() % 3;
	uint32_t bytes = 40 + (uint32_t)rand() % 400;
	uint8_t *at = m->bytes + FRONT;

	m->v6 = rand() % 2;
	m->protocol = carried[rand() % 4];
	if (m->v6 && m->protocol == IPPROTO_ICMP)
		m->protocol = IPPROTO_ICMPV6;
	fill(at, 12);
	at += 12;
	for (uint32_t i = 0; i < tags; i++, at += 4) {
		put16(at, i == 0 && tags == 2 ? 0x88a8 : 0x8100);
		put16(at + 2, 0xa000 | (100 + i));
	}
	put16(at, m->v6 ? 0x86dd : 0x0800);
	m->ip = at + 2;
	m->carried = m->ip + put_ip(m->ip, m->v6, m->protocol, bytes);
	bytes = put_carried(m, bytes);
	put16(m->ip + (m->v6 ? 4 : 2), bytes + (m->v6 ? 0 : 20));
	put16(m->carried + sum_place(m->protocol), 0);
	put16(m->carried + sum_place(m->protocol),
	      ~right_sum(m->ip, m->carried, bytes, m->protocol) & 0xffff);
	if (!m->v6)
		sum_ipv4(m->ip);
	m->count = (uint32_t)(m->carried + bytes - m->bytes - FRONT);
}

static struct frame frame_of(struct made *m)
{
	return (struct frame){.data = m->bytes + FRONT,
			      .caplen = m->count,
			      .len = m->count,
			      .headroom = FRONT};
}

static void check_quoted(const uint8_t *ip, const uint8_t *end)
{
	const bool v6 = ip[0] >> 4 == 6;
	const uint8_t *carried = ip + (v6 ? 40 : 20);
	const uint8_t protocol = v6 ? ip[6] : ip[9];

	assert_true(end - carried >= 8);
	if (!v6)
		assert_int_equal(sum_words(ip, 20), 0xffff);
	if (end - carried >= 60)
		assert_int_equal(right_sum(ip, carried, 60, protocol), 0xffff);
}

/* All sums of a frame that was whole and right. */
static void check_sums(const struct frame *frame)
{
	const uint8_t *at = frame->data + 12, *end = frame->data + frame->caplen;
	const uint8_t *ip, *carried;
	uint8_t protocol;

	while (be16(at) == 0x8100 || be16(at) == 0x88a8)
		at += 4;
	ip = at + 2;
	if (be16(at) == 0x0800)
		assert_int_equal(sum_words(ip, 20), 0xffff);
	carried = ip + (be16(at) == 0x0800 ? 20 : 40);
	protocol = be16(at) == 0x0800 ? ip[9] : ip[6];
	assert_int_equal(right_sum(ip, carried, (uint32_t)(end - carried), protocol), 0xffff);
	if (protocol == IPPROTO_ICMP || (protocol == IPPROTO_ICMPV6 && carried[0] == 1))
		check_quoted(carried + 8, end);
}

static struct rewrite *rules_of(const char *const *rules, size_t count)
{
	struct rewrite *rewrite;
	struct error err;

	assert_int_equal(rewrite_open(&rewrite, &err), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(rewrite_add(rewrite, rules[i], &err), 0);
	return rewrite;
}

/* --- tests ------------------------------------------------------------------------------ */

static void test_sums_stay_right(void **state)
{
	static const char *const there[] = {
		"ip:10.0.0.0/16=192.0.2.0/24",
		"ip:10.1.0.0/16=172.16.0.0/12",
		"ip:2001::/16=fd00:1:2:3::/64",
		"port:80=8080",
		"port:443=8443",
		"ttl:-3",
		"dscp:46",
		"vlan:any=7",
	};
	struct rewrite *rewrite = rules_of(there, 8);
	static struct made m;

	(void)state;
	srand(1);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct frame frame;

		make(&m);
		frame = frame_of(&m);
		check_sums(&frame);
		assert_true(rewrite_frame(rewrite, &frame, 14));
		check_sums(&frame);
		assert_int_equal(m.v6 ? m.ip[7] : m.ip[8], 61);
		if (!m.v6)
			assert_true(m.ip[12] == 192 || m.ip[12] == 172);
		else
			assert_int_equal(m.ip[8], 0xfd);
	}
	rewrite_close(rewrite);
}

/* There and back again is the same frame, byte for byte: nothing else has changed. */
static void test_back_again(void **state)
{
	static const char *const there[] = {
		"ip:10.0.0.0/8=11.0.0.0/8",
		"ip:2001::/16=2002::/16",
		"port:80=8080",
		"ttl:65",
		"vlan:push,5",
		"dscp:1",
	};
	static const char *const back[] = {
		"ip:11.0.0.0/8=10.0.0.0/8",
		"ip:2002::/16=2001::/16",
		"port:8080=80",
		"ttl:64",
		"vlan:pop",
		"dscp:0",
	};
	struct rewrite *first = rules_of(there, 6), *second = rules_of(back, 6);
	static struct made m, kept;

	(void)state;
	srand(2);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct frame frame;

		make(&m);
		kept = m;
		frame = frame_of(&m);
		assert_true(rewrite_frame(first, &frame, 14));
		assert_int_equal(frame.len, kept.count + 4);
		assert_int_equal(be16(frame.data + 12), 0x8100);
		assert_int_equal(be16(frame.data + 14), 5);
		check_sums(&frame);
		assert_true(rewrite_frame(second, &frame, 14));
		assert_int_equal(frame.caplen, kept.count);
		assert_ptr_equal(frame.data, m.bytes + FRONT);
		assert_memory_equal(frame.data, kept.bytes + FRONT, kept.count);
	}
	rewrite_close(first);
	rewrite_close(second);
}

/* Hostile bytes: nothing outside the frame is touched, which the sanitizers see; and no byte
 * in front of it or behind it changes. */
static void test_any_bytes(void **state)
{
	static const char *const rules[] = {"ip:0.0.0.0/0=1.2.3.0/24",
					    "ip:::/0=fd00::/64",
					    "port:80=81",
					    "ttl:+200",
					    "vlan:any=9",
					    "dscp:3"};
	struct rewrite *rewrite = rules_of(rules, 6);
	static struct made m;

	(void)state;
	srand(3);
	for (uint32_t i = 0; i < 10 * ROUNDS; i++) {
		uint32_t cut;
		uint8_t *alone;
		struct frame frame;

		make(&m);
		for (uint32_t k = (uint32_t)rand() % 6; k > 0; k--)
			m.bytes[FRONT + 12 + (uint32_t)rand() % 60] = (uint8_t)rand();
		cut = (uint32_t)rand() % (m.count + 1);
		alone = malloc(cut + 1);
		memcpy(alone, m.bytes + FRONT, cut);
		frame = (struct frame){.data = alone, .caplen = cut, .len = m.count};
		assert_true(rewrite_frame(rewrite, &frame, 14));
		free(alone);
	}
	rewrite_close(rewrite);
}

/* What an adapter completes is the sum over the addresses alone: it changes with those, the
 * other way round. */
static void test_left_to_an_adapter(void **state)
{
	static const char *const rules[] = {"ip:10.0.0.0/8=11.0.0.0/8", "port:80=8080",
					    "vlan:push,5", "vlan:push,6"};
	struct rewrite *rewrite = rules_of(rules, 4);
	static struct made m;

	(void)state;
	srand(4);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct virtio_net_hdr offload = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
						 .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
						 .csum_offset = 16};
		struct frame frame;
		uint32_t bytes;

		do
			make(&m);
		while (m.v6 || m.protocol != IPPROTO_TCP);
		bytes = be16(m.ip + 2) - 20u;
		put16(m.carried + 16, pseudo(m.ip + 12, m.ip + 16, 4, IPPROTO_TCP, bytes));
		offload.csum_start = (uint16_t)(m.carried - m.bytes - FRONT);
		offload.hdr_len = (uint16_t)(offload.csum_start + 20);
		frame = frame_of(&m);
		if (i % 2) {
			frame.headroom -= 10;
			frame.offload = (void *)(frame.data - 10);
			memcpy(frame.offload, &offload, 10);
		} else {
			frame.status = TP_STATUS_CSUMNOTREADY;
		}
		assert_true(rewrite_frame(rewrite, &frame, 14));
		assert_int_equal(be16(m.carried + 16),
				 pseudo(m.ip + 12, m.ip + 16, 4, IPPROTO_TCP, bytes));
		assert_int_equal(frame.data - m.bytes, FRONT - 8);
		assert_int_equal(be16(frame.data + 14), 6);
		if (i % 2) {
			assert_ptr_equal(frame.offload, frame.data - 10);
			memcpy(&offload, frame.offload, 10);
			assert_ptr_equal(frame.data + offload.csum_start, m.carried);
			assert_ptr_equal(frame.data + offload.hdr_len, m.carried + 20);
		}
	}
	rewrite_close(rewrite);
}

/* A first fragment has the sum of all of them, over addresses and ports; a later one has no
 * ports. UDP's 0 is no sum. */
static void test_fragments(void **state)
{
	static const char *const rules[] = {"ip:10.0.0.0/8=11.0.0.0/8", "port:80=8080"};
	struct rewrite *rewrite = rules_of(rules, 2);
	static struct made m;
	struct frame frame;
	uint32_t bytes;

	(void)state;
	do
		make(&m);
	while (m.v6 || m.protocol != IPPROTO_UDP || be16(m.carried) != 80);
	bytes = be16(m.ip + 2) - 20u;
	/* The first: cut short, the rest elsewhere. */
	put16(m.ip + 6, 0x2000);
	put16(m.ip + 2, 20 + 24);
	sum_ipv4(m.ip);
	frame = frame_of(&m);
	frame.caplen = (uint32_t)(m.carried + 24 - frame.data);
	assert_true(rewrite_frame(rewrite, &frame, 14));
	assert_int_equal(sum_words(m.ip, 20), 0xffff);
	assert_int_equal(be16(m.carried), 8080);
	assert_int_equal(right_sum(m.ip, m.carried, bytes, IPPROTO_UDP), 0xffff);
	/* A later one: what looks like a port is none. */
	put16(m.ip + 6, 3);
	put16(m.carried, 80);
	sum_ipv4(m.ip);
	frame = frame_of(&m);
	assert_true(rewrite_frame(rewrite, &frame, 14));
	assert_int_equal(be16(m.carried), 80);
	put16(m.ip + 6, 0);
	put16(m.carried + 6, 0);
	frame = frame_of(&m);
	assert_true(rewrite_frame(rewrite, &frame, 14));
	assert_int_equal(be16(m.carried), 8080);
	assert_int_equal(be16(m.carried + 6), 0);
	rewrite_close(rewrite);
}

static void test_sctp(void **state)
{
	static const char *const rules[] = {"port:80=8080"};
	static const uint8_t begin[] = {0, 80, 0,  81, 1,  2,  3,  4,  0,  0,
					0, 0,  10, 11, 12, 13, 14, 15, 16, 17};
	struct rewrite *rewrite = rules_of(rules, 1);
	uint8_t ip[40] = {0x45, 0, 0,  40, 0, 0, 0,  0, 64, IPPROTO_SCTP,
			  0,    0, 10, 0,  0, 1, 10, 0, 0,  2};
	struct frame frame = {.data = ip, .caplen = 40, .len = 40};
	uint8_t zeroed[20];
	uint32_t sum;

	(void)state;
	memcpy(ip + 20, begin, sizeof(begin));
	sum = crc32c(begin, sizeof(begin));
	for (uint32_t i = 0; i < 4; i++)
		ip[28 + i] = (uint8_t)(sum >> 8 * i);
	assert_true(rewrite_frame(rewrite, &frame, 0));
	assert_int_equal(be16(ip + 20), 8080);
	memcpy(zeroed, ip + 20, sizeof(zeroed));
	memset(zeroed + 8, 0, 4);
	sum = crc32c(zeroed, sizeof(zeroed));
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(ip[28 + i], (uint8_t)(sum >> 8 * i));
	rewrite_close(rewrite);
}

static void test_arp(void **state)
{
	static const char *const rules[] = {"ip:10.0.0.0/8=11.0.0.0/8",
					    "src-mac:02:00:00:00:00:01=02:00:00:00:00:02",
					    "dst-mac:ff:ff:ff:ff:ff:ff"};
	struct rewrite *rewrite = rules_of(rules, 3);
	uint8_t frame_bytes[] = {2, 0, 0, 0, 0, 9, 2, 0,  0, 0, 0, 1, 8, 6, 0, 1, 8, 0,  6, 4, 0,
				 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2};
	struct frame frame = {.data = frame_bytes, .caplen = 42, .len = 42};

	(void)state;
	assert_true(rewrite_frame(rewrite, &frame, 14));
	assert_int_equal(frame_bytes[0], 0xff);
	assert_int_equal(frame_bytes[11], 2);
	assert_int_equal(frame_bytes[28], 11);
	assert_int_equal(frame_bytes[38], 11);
	assert_int_equal(frame_bytes[41], 2);
	assert_int_equal(frame_bytes[27], 1); /* ARP's own MAC addresses stay */
	rewrite_close(rewrite);
}

static void test_no_room(void **state)
{
	static const char *const rules[] = {"vlan:push,5"};
	struct rewrite *rewrite = rules_of(rules, 1);
	uint8_t bytes[60] = {0};
	struct frame frame = {.data = bytes, .caplen = 60, .len = 60, .headroom = 3};

	(void)state;
	assert_int_equal(rewrite_growth(rewrite), 4);
	assert_false(rewrite_frame(rewrite, &frame, 14));
	assert_int_equal(frame.caplen, 60);
	rewrite_close(rewrite);
}

static void test_link_types(void **state)
{
	static const char *const mac[] = {"dst-mac:02:00:00:00:00:01"}, *const ip[] = {"ttl:9"};
	struct rewrite *link = rules_of(mac, 1), *above = rules_of(ip, 1);
	struct error err;

	(void)state;
	assert_int_equal(rewrite_check(link, DLT_EN10MB, "a", &err), 0);
	assert_int_equal(rewrite_check(above, DLT_RAW, "a", &err), 0);
	assert_int_equal(rewrite_check(link, DLT_RAW, "a", &err), -EINVAL);
	assert_string_equal(err.text, "--rewrite: packets of a are of link-type RAW: only Ethernet "
				      "has MAC addresses and VLAN tags");
	assert_int_equal(rewrite_check(above, DLT_LINUX_SLL2, "any", &err), -EINVAL);
	assert_int_equal(rewrite_link_bytes(DLT_EN10MB), 14);
	rewrite_close(link);
	rewrite_close(above);
}

static void test_bad_rules(void **state)
{
	static const char *const bad[] = {
		"",
		"mac:02:00:00:00:00:01",
		"src-mac:02:00:00:00:00",
		"src-mac:02:00:00:00:00:01:02",
		"src-mac:03:00:00:00:00:01",
		"src-mac:=02:00:00:00:00:01",
		"dst-mac:02:00:00:00:00:0g",
		"vlan:5",
		"vlan:push,4095",
		"vlan:push,",
		"vlan:any=",
		"vlan:4096=1",
		"ip:10.0.0.0/8",
		"ip:10.0.0.1/8=11.0.0.0/8",
		"ip:10.0.0.0/33=11.0.0.0/8",
		"ip:10.0.0.0/8=fd00::/8",
		"ip:10.0.0/8=11.0.0.0/8",
		"port:80",
		"port:80=65536",
		"ttl:0",
		"ttl:256",
		"ttl:--1",
		"dscp:64",
	};
	struct rewrite *rewrite;
	struct error err;

	(void)state;
	assert_int_equal(rewrite_open(&rewrite, &err), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(rewrite_add(rewrite, bad[i], &err), -EINVAL);
		assert_int_equal(err.kind, ERROR_USAGE);
		assert_true(strlen(err.text) > 10);
	}
	assert_int_equal(rewrite_add(rewrite, "ttl:1", &err), 0);
	assert_int_equal(rewrite_add(rewrite, "ttl:2", &err), -EINVAL);
	assert_int_equal(rewrite_add(rewrite, "src-mac:02:00:00:00:00:01", &err), 0);
	assert_int_equal(rewrite_add(rewrite, "src-mac:02:00:00:00:00:02", &err), -EINVAL);
	rewrite_close(rewrite);
	rewrite_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_stay_right),
		cmocka_unit_test(test_back_again),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_left_to_an_adapter),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_sctp),
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_link_types),
		cmocka_unit_test(test_bad_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
