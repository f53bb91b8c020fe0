/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums left to the hardware: packets made by hand, with the sum of their pseudo-header
 * in the place of the checksum, are summed up by a second way, byte by byte, as
 * a receiver does it: the result has to be all ones. What is no such packet, or
 * is cut, stays as it is.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "send/tx_checksum.h"

#define ROOM 512u

/* A packet being made. */
struct packet {
	uint8_t bytes[ROOM];
	uint32_t used;
	uint32_t ip, transport; /* where these begin */
	uint32_t pseudo;        /* sum of the pseudo-header, folded */
	uint32_t field;         /* of the checksum, in the frame */
};

static void put(struct packet *p, const void *data, uint32_t bytes)
{
	assert_true(bytes <= ROOM - p->used);
	memcpy(p->bytes + p->used, data, bytes);
	p->used += bytes;
}

static void put16(struct packet *p, uint32_t value)
{
	const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(p, bytes, 2);
}

static void set16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Big-endian words, an odd byte being the upper one of its word; not inverted. */
static uint32_t sum(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
	for (uint32_t i = 0; i < bytes; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void ethernet(struct packet *p, uint32_t type, unsigned tags)
{
	static const uint32_t tpids[] = {0x88a8, 0x8100, 0x8100};

	put(p, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	for (unsigned i = 0; i < tags; i++) {
		put16(p, tpids[i]);
		put16(p, 100 + i);
	}
	put16(p, type);
}

static void ipv4(struct packet *p, uint32_t protocol, uint32_t inside, uint32_t option_words)
{
	uint8_t header[60] = {(uint8_t)(0x45 + option_words)};
	const uint32_t length = 20 + 4 * option_words;

	p->ip = p->used;
	set16(header + 2, length + inside);
	header[8] = 64;
	header[9] = (uint8_t)protocol;
	memcpy(header + 12, "\xc6\x12\0\x01\xc6\x12\xff\xfe", 8);
	memset(header + 20, 1, 4 * option_words);
	put(p, header, length);
	p->transport = p->used;
	p->pseudo = sum(header + 12, 8, protocol + inside);
}

/* extensions: numbers of headers in front of the transport's, 8 bytes each and more. */
static void ipv6(struct packet *p, uint32_t protocol, uint32_t inside, const char *extensions)
{
	const uint32_t count = (uint32_t)strlen(extensions);
	uint8_t header[40] = {0x60}, extension[16] = {0};
	uint32_t bytes = 0;

	p->ip = p->used;
	for (uint32_t i = 0; i < count; i++)
		bytes += 8 + 8 * (i % 2);
	set16(header + 4, bytes + inside);
	header[6] = (uint8_t)(count ? (uint8_t)extensions[0] : protocol);
	for (uint32_t i = 8; i < 40; i++)
		header[i] = (uint8_t)(i * 37);
	put(p, header, sizeof(header));
	for (uint32_t i = 0; i < count; i++) {
		extension[0] = (uint8_t)(i + 1 < count ? (uint8_t)extensions[i + 1] : protocol);
		extension[1] = (uint8_t)(i % 2);
		put(p, extension, 8 + 8 * (i % 2));
	}
	p->transport = p->used;
	p->pseudo = sum(header + 8, 32, protocol + inside);
}

/* A header with the sum of the pseudo-header in it, and bytes of payload. */
static void transport(struct packet *p, uint32_t protocol, uint32_t payload)
{
	uint8_t header[20] = {0x9c, 0x40, 0x23, 0x28};
	const uint32_t length = protocol == IPPROTO_TCP ? 20 : 8;
	const uint32_t field = protocol == IPPROTO_TCP ? 16 : 6;

	if (protocol == IPPROTO_TCP)
		header[12] = 5 << 4;
	else
		set16(header + 4, length + payload);
	set16(header + field, p->pseudo);
	p->field = p->used + field;
	put(p, header, length);
	for (uint32_t i = 0; i < payload; i++)
		put(p, &(uint8_t){(uint8_t)(i * 31 + 5)}, 1);
}

static uint32_t transport_bytes(uint32_t protocol, uint32_t payload)
{
	return (protocol == IPPROTO_TCP ? 20 : 8) + payload;
}

/* In memory that ends with it, so that a byte too far is found. */
static bool complete(const struct packet *p, uint32_t bytes, uint32_t header_bytes, uint8_t *out)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	bool done;

	assert_non_null(copy);
	memcpy(copy, p->bytes, bytes);
	done = tx_checksum_complete(copy, bytes, header_bytes);
	memcpy(out, copy, bytes);
	free(copy);
	return done;
}

/* Only the checksum is another, and it is the right one. end: of the packet, padding
 * follows. */
static void assert_completed(const struct packet *p, uint32_t end, uint32_t header_bytes)
{
	uint8_t out[ROOM];

	assert_true(complete(p, p->used, header_bytes, out));
	assert_int_equal(sum(out + p->transport, end - p->transport, p->pseudo), 0xffff);
	memcpy(out + p->field, p->bytes + p->field, 2);
	assert_memory_equal(out, p->bytes, p->used);
}

static void assert_left(const struct packet *p, uint32_t bytes, uint32_t header_bytes)
{
	uint8_t out[ROOM];

	assert_false(complete(p, bytes, header_bytes, out));
	assert_memory_equal(out, p->bytes, bytes);
}

static const uint32_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

static void test_ipv4(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++)
		for (uint32_t payload = 0; payload < 70; payload++)
			for (unsigned tags = 0; tags < 4; tags++) {
				struct packet p = {0};

				ethernet(&p, ETH_P_IP, tags);
				ipv4(&p, protocols[k], transport_bytes(protocols[k], payload),
				     payload % 11);
				transport(&p, protocols[k], payload);
				assert_completed(&p, p.used, ETH_HLEN);
			}
}

static void test_ipv6(void **state)
{
	static const char *const chains[] = {"", "\x3c", "\x2b\x3c", "\x3c\x2b\x3c"};

	(void)state;
	for (unsigned k = 0; k < 2; k++)
		for (uint32_t payload = 0; payload < 70; payload++)
			for (unsigned chain = 0; chain < 4; chain++) {
				struct packet p = {0};

				ethernet(&p, ETH_P_IPV6, chain);
				ipv6(&p, protocols[k], transport_bytes(protocols[k], payload),
				     chains[chain]);
				transport(&p, protocols[k], payload);
				assert_completed(&p, p.used, ETH_HLEN);
			}
}

/* Hop-by-hop options have number 0. */
static void test_hop_by_hop(void **state)
{
	struct packet p = {0};

	(void)state;
	ethernet(&p, ETH_P_IPV6, 0);
	ipv6(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 9), "\x3c");
	transport(&p, IPPROTO_UDP, 9);
	p.bytes[p.ip + 6] = 0;
	assert_completed(&p, p.used, ETH_HLEN);
}

/* Short frames are padded to 60 bytes; that is none of the packet's. */
static void test_padding(void **state)
{
	struct packet p = {0};
	uint32_t end;

	(void)state;
	ethernet(&p, ETH_P_IP, 0);
	ipv4(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 3), 0);
	transport(&p, IPPROTO_UDP, 3);
	end = p.used;
	put(&p, "\xaa\xbb\xcc\xdd\xee\xff\x11", 7);
	assert_completed(&p, end, ETH_HLEN);
	p = (struct packet){0};
	ethernet(&p, ETH_P_IPV6, 0);
	ipv6(&p, IPPROTO_TCP, transport_bytes(IPPROTO_TCP, 3), "");
	transport(&p, IPPROTO_TCP, 3);
	end = p.used;
	put(&p, "\xaa\xbb\xcc", 3);
	assert_completed(&p, end, ETH_HLEN);
}

/* No link-layer header: a tunnel's. */
static void test_without_header(void **state)
{
	struct packet p = {0};

	(void)state;
	ipv4(&p, IPPROTO_TCP, transport_bytes(IPPROTO_TCP, 33), 2);
	transport(&p, IPPROTO_TCP, 33);
	assert_completed(&p, p.used, 0);
	assert_left(&p, p.used, ETH_HLEN);
	p = (struct packet){0};
	ipv6(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 32), "\x3c");
	transport(&p, IPPROTO_UDP, 32);
	assert_completed(&p, p.used, 0);
	assert_left(&p, 0, 0);
}

/* A UDP checksum of 0 means that there is none: 0xffff says the same sum. */
static void test_udp_zero(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		struct packet p = {0};
		uint8_t out[ROOM];
		uint32_t rest;

		ethernet(&p, ETH_P_IP, 0);
		ipv4(&p, protocols[k], transport_bytes(protocols[k], 2), 0);
		transport(&p, protocols[k], 2);
		/* Two bytes that make it so. */
		set16(p.bytes + p.used - 2, 0);
		rest = 0xffff - sum(p.bytes + p.transport, p.used - p.transport, 0);
		set16(p.bytes + p.used - 2, rest);
		assert_true(complete(&p, p.used, ETH_HLEN, out));
		assert_int_equal(out[p.field] << 8 | out[p.field + 1],
				 protocols[k] == IPPROTO_UDP ? 0xffff : 0);
	}
}

/* The checksum of a fragment is that of the whole packet. */
static void test_fragments(void **state)
{
	static const uint32_t fields[] = {0x0001, 0x1fff, 0x2000, 0x2010, 0x3fff};
	struct packet p;

	(void)state;
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		p = (struct packet){0};
		ethernet(&p, ETH_P_IP, 0);
		ipv4(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 40), 0);
		transport(&p, IPPROTO_UDP, 40);
		set16(p.bytes + p.ip + 6, fields[i]);
		assert_left(&p, p.used, ETH_HLEN);
	}
	/* Not to be cut into any. */
	set16(p.bytes + p.ip + 6, 0x4000);
	assert_completed(&p, p.used, ETH_HLEN);
	p = (struct packet){0};
	ethernet(&p, ETH_P_IPV6, 0);
	ipv6(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 40), "\x2c");
	transport(&p, IPPROTO_UDP, 40);
	assert_left(&p, p.used, ETH_HLEN);
}

static void test_others(void **state)
{
	struct packet p = {0};

	(void)state;
	ethernet(&p, ETH_P_ARP, 0);
	ipv4(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 40), 0);
	transport(&p, IPPROTO_UDP, 40);
	assert_left(&p, p.used, ETH_HLEN);
	set16(p.bytes + 12, ETH_P_IP);
	assert_completed(&p, p.used, ETH_HLEN);
	p.bytes[p.ip + 9] = IPPROTO_ICMP;
	assert_left(&p, p.used, ETH_HLEN);
	p.bytes[p.ip + 9] = IPPROTO_UDP;
	/* Another version, headers too short, lengths that are not. */
	p.bytes[p.ip] = 0x55;
	assert_left(&p, p.used, ETH_HLEN);
	p.bytes[p.ip] = 0x44;
	assert_left(&p, p.used, ETH_HLEN);
	p.bytes[p.ip] = 0x45;
	set16(p.bytes + p.ip + 2, 19);
	assert_left(&p, p.used, ETH_HLEN);
	set16(p.bytes + p.ip + 2, 27);
	assert_left(&p, p.used, ETH_HLEN);
	set16(p.bytes + p.ip + 2, p.used - p.ip + 1);
	assert_left(&p, p.used, ETH_HLEN);
}

/* Cut at every length: never a byte read behind the end, and nothing changed. */
static void test_short(void **state)
{
	struct packet packets[6] = {0};

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		ethernet(&packets[k], ETH_P_IP, 2 * k);
		ipv4(&packets[k], protocols[k], transport_bytes(protocols[k], 9), 3);
		ethernet(&packets[2 + k], ETH_P_IPV6, 2 * k);
		ipv6(&packets[2 + k], protocols[k], transport_bytes(protocols[k], 9), "\x3c\x2b");
		ipv6(&packets[4 + k], protocols[k], transport_bytes(protocols[k], 9), "\x2b");
	}
	for (unsigned k = 0; k < 6; k++) {
		struct packet *p = &packets[k];
		const uint32_t header_bytes = k < 4 ? ETH_HLEN : 0;

		transport(p, protocols[k % 2], 9);
		for (uint32_t bytes = 0; bytes < p->used; bytes++)
			assert_left(p, bytes, header_bytes);
		assert_completed(p, p->used, header_bytes);
	}
}

/* The length of the packet is its own, and that of the frame goes with it: as short as
 * can be, down to nothing behind the network header. */
static void test_short_inside(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4; k++) {
		const uint32_t protocol = protocols[k % 2];
		const uint32_t least = protocol == IPPROTO_TCP ? 18 : 8;

		for (uint32_t inside = 0; inside < least; inside++) {
			struct packet p = {0};

			ethernet(&p, k < 2 ? ETH_P_IP : ETH_P_IPV6, 0);
			if (k < 2)
				ipv4(&p, protocol, inside, 0);
			else
				ipv6(&p, protocol, inside, "");
			transport(&p, protocol, 20);
			p.used = p.transport + inside;
			assert_left(&p, p.used, ETH_HLEN);
			/* Nor with padding behind it. */
			p.used += 30;
			assert_left(&p, p.used, ETH_HLEN);
		}
	}
}

/* The packet ends, by its own length, in the middle of an extension header, and the
 * frame with it. */
static void test_short_extension(void **state)
{
	(void)state;
	for (uint32_t inside = 0; inside < 8 + 16 + 8; inside++) {
		struct packet p = {0};

		ethernet(&p, ETH_P_IPV6, 0);
		ipv6(&p, IPPROTO_UDP, transport_bytes(IPPROTO_UDP, 9), "\x3c\x2b");
		transport(&p, IPPROTO_UDP, 9);
		set16(p.bytes + p.ip + 4, inside);
		p.used = p.ip + 40 + inside;
		assert_left(&p, p.used, ETH_HLEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_hop_by_hop),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_without_header),
		cmocka_unit_test(test_udp_zero),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_short_inside),
		cmocka_unit_test(test_short_extension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
