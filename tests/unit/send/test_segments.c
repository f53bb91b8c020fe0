/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that are cut: built layer by layer here, and each segment is held against what
 * was built, with checksums summed up anew from the outside in.
 */
#include "send/segments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frames/checksum.h"

#define ROOM 70000u

/* Layers, from the outside in: e Ethernet, q a tag, 4 and 6 IP, h IPv6 with a header
 * behind it, v VXLAN, V VXLAN with a checksum, g Geneve with options, r GRE, k GRE with a key, t
 * TCP, T TCP with options, u UDP. */
struct built {
	uint8_t bytes[ROOM];
	uint32_t length, payload_at, transport;
	uint32_t ip[12], udp[12];
	bool summed[12];
	unsigned ips, udps;
	char kinds[12]; /* of each IP header */
};

static struct built whole;
static uint8_t piece[ROOM];

static void put16(uint32_t value)
{
	whole.bytes[whole.length++] = (uint8_t)(value >> 8);
	whole.bytes[whole.length++] = (uint8_t)value;
}

static void put(uint32_t bytes, uint8_t with)
{
	memset(whole.bytes + whole.length, with, bytes);
	whole.length += bytes;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static uint32_t type_of(char layer)
{
	return layer == '4'                   ? 0x0800
	       : layer == '6' || layer == 'h' ? 0x86dd
	       : layer == 'q'                 ? 0x8100
					      : 0x6558;
}

static uint8_t protocol_of(char layer)
{
	switch (layer) {
	case 't':
	case 'T':
		return 6;
	case 'r':
	case 'k':
		return 47;
	case '4':
		return 4;
	case '6':
	case 'h':
		return 41;
	default:
		return 17;
	}
}

static void put_ip(char layer, char next)
{
	whole.kinds[whole.ips] = layer;
	whole.ip[whole.ips++] = whole.length;
	if (layer == '4') {
		put16(0x4500);
		put16(0);      /* lengths are whoever cuts' */
		put16(0xfffe); /* so that the number wraps */
		put16(0x4000);
		put(1, 64);
		put(1, protocol_of(next));
		put16(0);
		put(8, 0x0a);
		return;
	}
	put(4, 0x60);
	put16(1);
	put(1, layer == 'h' ? 60 : protocol_of(next));
	put(1, 64);
	put(32, 0xfd);
	if (layer == 'h') {
		put(1, protocol_of(next));
		put(1, 1);
		put(14, 0);
	}
}

static void put_udp(uint32_t port, bool summed)
{
	whole.udp[whole.udps] = whole.length;
	whole.summed[whole.udps++] = summed;
	put16(1234);
	put16(port);
	put16(0);
	put16(summed ? 0x1234 : 0);
}

static void put_layer(char layer, char next)
{
	switch (layer) {
	case 'e':
		put(12, 0x02);
		put16(type_of(next));
		break;
	case 'q':
		put16(100);
		put16(type_of(next));
		break;
	case '4':
	case '6':
	case 'h':
		put_ip(layer, next);
		break;
	case 'v':
	case 'V':
		put_udp(4789, layer == 'V');
		put(8, 8);
		break;
	case 'g':
		put_udp(6081, false);
		put(1, 2);
		put(1, 0);
		put16(type_of(next));
		put(12, 1);
		break;
	case 'r':
	case 'k':
		put16(layer == 'k' ? 0x2000 : 0);
		put16(type_of(next));
		put(layer == 'k' ? 4 : 0, 9);
		break;
	case 'u':
		whole.transport = whole.length;
		put_udp(53, true);
		break;
	default:
		whole.transport = whole.length;
		put(4, 0x11);
		put(4, 0xff); /* the sequence number wraps */
		put(4, 0x22);
		put(1, layer == 'T' ? 0x80 : 0x50);
		put(1, 0x99); /* CWR, ACK, PSH, FIN */
		put(6, 0x33);
		put(layer == 'T' ? 12 : 0, 1);
	}
}

static void build(const char *layers, uint32_t payload)
{
	memset(&whole, 0, sizeof(whole));
	for (; *layers; layers++)
		put_layer(layers[0], layers[1] ? layers[1] : 0);
	whole.payload_at = whole.length;
	for (uint32_t i = 0; i < payload; i++)
		whole.bytes[whole.length++] = (uint8_t)(i * 7 + i / 251);
}

static uint64_t pseudo(unsigned ip, uint8_t protocol, uint32_t length)
{
	const uint8_t rest[] = {0, protocol, (uint8_t)(length >> 8), (uint8_t)length};
	const uint8_t *at = piece + whole.ip[ip];

	return whole.kinds[ip] == '4' ? checksum_add(checksum_add(0, rest, 4), at + 12, 8)
				      : checksum_add(checksum_add(0, rest, 4), at + 8, 32);
}

static void assert_lengths(uint32_t bytes, uint32_t number)
{
	for (unsigned i = 0; i < whole.ips; i++) {
		const uint8_t *ip = piece + whole.ip[i];

		if (whole.kinds[i] != '4') {
			assert_int_equal(get16(ip + 4), bytes - whole.ip[i] - 40);
			continue;
		}
		assert_int_equal(get16(ip + 2), bytes - whole.ip[i]);
		assert_int_equal(get16(ip + 4), (0xfffe + number) & 0xffff);
		assert_int_equal(checksum_finish(checksum_add(0, ip, 20)), 0);
	}
	for (unsigned i = 0; i < whole.udps; i++) {
		const uint8_t *udp = piece + whole.udp[i];
		const uint32_t length = bytes - whole.udp[i];

		assert_int_equal(get16(udp + 4), length);
		if (!whole.summed[i])
			assert_int_equal(get16(udp + 6), 0);
		else
			assert_int_equal(checksum_finish(
						 checksum_add(pseudo(i, 17, length), udp, length)),
					 0);
	}
}

static void assert_tcp(uint32_t bytes, uint32_t number, uint32_t at, bool last)
{
	const uint8_t *tcp = piece + whole.transport;
	const uint32_t length = bytes - whole.transport;

	assert_int_equal(get32(tcp + 4), 0xffffffffu + at);
	assert_int_equal(tcp[13], 0x10 | (number == 0 ? 0x80 : 0) | (last ? 0x09 : 0));
	assert_int_equal(checksum_finish(
				 checksum_add(pseudo(whole.ips - 1, 6, length), tcp, length)),
			 0);
}

static void assert_cut(const char *layers, uint32_t payload, uint32_t size, bool tunnel)
{
	struct segments s;
	uint32_t at = 0, number = 0, bytes;

	build(layers, payload);
	assert_true(segments_read(&s, whole.bytes, whole.length, layers[0] == 'e' ? 14 : 0,
				  whole.transport));
	assert_int_equal(s.headers, whole.payload_at);
	assert_int_equal(s.tunnel, tunnel);
	s.bytes = size;
	while ((bytes = segments_cut(&s, whole.bytes, whole.length, number, piece)) > 0) {
		const uint32_t part = bytes - s.headers;

		assert_int_equal(part, payload - at < size ? payload - at : size);
		assert_memory_equal(piece + s.headers, whole.bytes + s.headers + at, part);
		assert_lengths(bytes, number);
		if (protocol_of(layers[strlen(layers) - 1]) == 6)
			assert_tcp(bytes, number, at, at + part == payload);
		at += part;
		number++;
	}
	assert_int_equal(at, payload);
	assert_true(number > 0);
}

static void each_segment_is_whole(void **state)
{
	static const char *const frames[] = {"e4t", "e6T", "eq4T", "eqq6t",
					     "e4u", "ehu", "4t",   "6T"};
	static const char *const tunnels[] = {"e4ve4T", "e4Ve6t",  "e6Ve4t",   "e4ge4t",
					      "e6g6t",  "e4re4T",  "e4k6t",    "e44t",
					      "e46T",   "e4Veq4u", "e4ve4ve4t"};
	static const uint32_t sizes[] = {1, 99, 1448, 60000};

	(void)state;
	for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		const uint32_t payload = sizes[k] == 1 ? 5 : 60001;

		for (unsigned i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
			assert_cut(frames[i], payload, sizes[k], false);
			assert_cut(frames[i], 0, sizes[k], false);
			assert_cut(frames[i], sizes[k], sizes[k], false);
		}
		for (unsigned i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++)
			assert_cut(tunnels[i], payload, sizes[k], true);
	}
}

/* Without being told where: only the first TCP header is meant. */
static void what_cannot_be_cut(void **state)
{
	struct segments s;

	(void)state;
	build("e4t", 100);
	assert_true(segments_read(&s, whole.bytes, whole.length, 14, 0));
	assert_false(segments_read(&s, whole.bytes, whole.length, 14, whole.transport + 4));
	assert_false(segments_read(&s, whole.bytes, whole.payload_at - 1, 14, 0));
	assert_false(segments_read(&s, whole.bytes, 14, 14, 0));
	whole.bytes[whole.ip[0] + 6] = 0x20; /* a fragment */
	assert_false(segments_read(&s, whole.bytes, whole.length, 14, 0));
	build("e4u", 100);
	assert_false(segments_read(&s, whole.bytes, whole.length, 14, 0));
	build("e4re4t", 100);
	whole.bytes[whole.ip[0] + 20] = 0x10; /* numbered: each packet has its own */
	assert_false(segments_read(&s, whole.bytes, whole.length, 14, whole.transport));
	build("e6t", 100);
	memset(whole.bytes + whole.ip[0] + 4, 0, 2); /* a jumbogram */
	assert_false(segments_read(&s, whole.bytes, whole.length, 14, whole.transport));
	/* More layers than there is room for. */
	build("e4444444444t", 100);
	assert_false(segments_read(&s, whole.bytes, whole.length, 14, 0));
}

/* Whatever is there, nothing beyond it is touched: for the sanitizer to see. */
static void damaged(void **state)
{
	static const char *const frames[] = {"eq4T", "e6Ve4t", "e6g6t", "e4k6t", "ehu"};
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t *copy, *to;
		uint32_t bytes;
		struct segments s;

		build(frames[i % 5], 300);
		for (unsigned k = 0; k < 3; k++)
			whole.bytes[(unsigned)rand_r(&seed) % whole.payload_at] =
				(uint8_t)rand_r(&seed);
		bytes = (unsigned)rand_r(&seed) % (whole.length + 1);
		copy = malloc(bytes ? bytes : 1);
		memcpy(copy, whole.bytes, bytes);
		if (segments_read(&s, copy, bytes, 14, i % 2 ? whole.transport : 0)) {
			s.bytes = 1 + (unsigned)rand_r(&seed) % 100;
			to = malloc(s.headers + s.bytes);
			for (uint32_t n = 0; segments_cut(&s, copy, bytes, n, to) > 0; n++)
				assert_true(n <= bytes);
			free(to);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_segment_is_whole),
		cmocka_unit_test(what_cannot_be_cut),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
