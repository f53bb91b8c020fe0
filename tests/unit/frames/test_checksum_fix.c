/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets made by hand with checksums that are wrong, or only begun: what is made of them is
 * summed up byte by byte, as a receiver does it. Nothing else changes, and nothing at all where
 * not all of a packet is there.
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

#include "frames/checksum_fix.h"

#define ROOM 512u

struct packet {
	uint8_t bytes[ROOM];
	uint32_t used, link;    /* bytes in all; of the link-layer header */
	uint32_t ip, carried;   /* where these begin, */
	uint32_t inside;        /* bytes of the second, without padding, */
	uint32_t field, pseudo; /* and its checksum: where, and over what else */
	bool four;
};

static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6};

static void set16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
	for (uint32_t i = 0; i < bytes; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void put(struct packet *p, const void *bytes, uint32_t count)
{
	assert_true(count <= ROOM - p->used);
	memcpy(p->bytes + p->used, bytes, count);
	p->used += count;
}

/* tags: of a VLAN, or -1: no Ethernet header. */
static void begin(struct packet *p, bool four, int tags)
{
	*p = (struct packet){.four = four};
	if (tags >= 0) {
		put(p, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
		for (int i = 0; i < tags; i++)
			put(p, "\x81\0\0\5", 4);
		put(p, four ? "\x08" : "\x86\xdd", 2);
		p->link = ETH_HLEN;
	}
	p->ip = p->used;
}

/* extension: of IPv6, of so many bytes, with its number; or null. */
static void add_ip(struct packet *p, uint8_t protocol, uint32_t inside, const uint8_t *extension,
		   uint8_t number)
{
	uint8_t header[40] = {0x45};
	const uint32_t more = extension ? (extension[1] + 1u) * 8 : 0;

	if (p->four) {
		set16(header + 2, 20 + inside);
		header[8] = 64;
		header[9] = protocol;
		set16(header + 10, 0x1234);
		memcpy(header + 12, "\xc6\x12\0\1\xc6\x12\xff\xfe", 8);
		put(p, header, 20);
		p->pseudo = sum(header + 12, 8, protocol + inside);
	} else {
		header[0] = 0x60;
		set16(header + 4, more + inside);
		header[6] = extension ? number : protocol;
		for (uint32_t i = 8; i < 40; i++)
			header[i] = (uint8_t)(i * 37);
		put(p, header, 40);
		p->pseudo = sum(header + 8, 32, protocol + inside);
	}
	if (extension)
		put(p, extension, more);
	p->carried = p->used;
	p->inside = inside;
}

static uint32_t header_bytes(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? 20 : 8;
}

/* With a checksum of wrong; begun: with the sum of the pseudo-header. */
static void carry(struct packet *p, uint8_t protocol, uint32_t payload, uint32_t wrong)
{
	uint8_t header[20] = {0x9c, 0x40, 0x23, 0x28};

	p->field = protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
	if (protocol == IPPROTO_ICMP)
		p->pseudo = 0;
	if (protocol == IPPROTO_UDP)
		set16(header + 4, 8 + payload);
	set16(header + p->field, wrong);
	p->field += p->used;
	put(p, header, header_bytes(protocol));
	for (uint32_t i = 0; i < payload; i++)
		put(p, &(uint8_t){(uint8_t)(i * 31 + 5)}, 1);
}

static void make(struct packet *p, uint8_t protocol, bool four, int tags, uint32_t payload)
{
	begin(p, four, tags);
	add_ip(p, protocol, header_bytes(protocol) + payload, NULL, 0);
	carry(p, protocol, payload, payload % 2 ? p->pseudo : 0x55aa);
}

/* In memory that ends with it, so that a byte too far is found. */
static bool fix(const struct packet *p, uint32_t bytes, uint8_t *out)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	bool changed;

	assert_non_null(copy);
	memcpy(copy, p->bytes, bytes);
	changed = checksum_fix(copy, bytes, p->link);
	memcpy(out, copy, bytes);
	free(copy);
	return changed;
}

/* And once more there is nothing to do. */
static void assert_fixed(struct packet *p)
{
	uint8_t out[ROOM], *again;

	assert_true(fix(p, p->used, out));
	if (p->four)
		assert_int_equal(sum(out + p->ip, 20, 0), 0xffff);
	assert_int_equal(sum(out + p->carried, p->inside, p->pseudo), 0xffff);
	again = malloc(p->used);
	assert_non_null(again);
	memcpy(again, out, p->used);
	assert_false(checksum_fix(again, p->used, p->link));
	assert_memory_equal(again, out, p->used);
	free(again);
	memcpy(out + p->field, p->bytes + p->field, 2);
	if (p->four)
		memcpy(out + p->ip + 10, p->bytes + p->ip + 10, 2);
	assert_memory_equal(out, p->bytes, p->used);
}

static void assert_left(const struct packet *p, uint32_t bytes)
{
	uint8_t out[ROOM];

	assert_false(fix(p, bytes, out));
	assert_memory_equal(out, p->bytes, bytes);
}

static void test_all(void **state)
{
	struct packet p;

	(void)state;
	for (unsigned k = 0; k < 4; k++)
		for (unsigned four = 0; four < 2; four++)
			for (int tags = -1; tags < 4; tags++)
				for (uint32_t payload = 0; payload < 40; payload++) {
					if (protocols[k] == (four ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
						continue;
					make(&p, protocols[k], four, tags, payload);
					put(&p, "\xaa\xbb\xcc\xdd\xee\xff\x11", payload % 8);
					assert_fixed(&p);
				}
}

/* Cut at every length. */
static void test_cut(void **state)
{
	struct packet p;

	(void)state;
	for (unsigned k = 0; k < 4; k++)
		for (unsigned four = 0; four < 2; four++)
			for (int tags = -1; tags < 2; tags++) {
				make(&p, protocols[k], four, tags, 9);
				for (uint32_t bytes = 0; bytes < p.used; bytes++)
					assert_left(&p, bytes);
			}
}

/* The packet ends within the header it says it has: only IPv4's own can be made right. */
static void test_short_inside(void **state)
{
	struct packet p;
	uint8_t out[ROOM];

	(void)state;
	for (unsigned k = 0; k < 4; k++)
		for (uint32_t inside = 0; inside < (k == 0 ? 20 : k == 1 ? 8 : 4); inside++) {
			make(&p, protocols[k], false, 0, 30);
			set16(p.bytes + p.ip + 4, inside);
			assert_left(&p, p.used);
			assert_left(&p, p.carried + inside);
			make(&p, protocols[k], true, 0, 30);
			set16(p.bytes + p.ip + 2, 20 + inside);
			fix(&p, p.carried + inside, out);
			assert_int_equal(sum(out + p.ip, 20, 0), 0xffff);
			assert_memory_equal(out + p.carried, p.bytes + p.carried, inside);
		}
}

static void test_fragments(void **state)
{
	static const uint16_t fields[] = {0x0001, 0x1fff, 0x2000, 0x3fff};
	static const uint8_t fragment[8] = {IPPROTO_UDP};
	struct packet p;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		make(&p, IPPROTO_UDP, true, 1, 40);
		set16(p.bytes + p.ip + 6, fields[i]);
		assert_left(&p, p.used);
	}
	set16(p.bytes + p.ip + 6, 0x4000);
	assert_fixed(&p);
	begin(&p, false, 0);
	add_ip(&p, IPPROTO_UDP, 8 + 40, fragment, IPPROTO_FRAGMENT);
	carry(&p, IPPROTO_UDP, 40, 1);
	assert_left(&p, p.used);
}

/* 0 is none over IPv4, and never what a sum comes to. */
static void test_udp_zero(void **state)
{
	struct packet p;
	uint8_t out[ROOM];

	(void)state;
	make(&p, IPPROTO_UDP, true, 0, 8);
	set16(p.bytes + p.field, 0);
	assert_true(fix(&p, p.used, out));
	assert_int_equal(sum(out + p.ip, 20, 0), 0xffff);
	assert_memory_equal(out + p.carried, p.bytes + p.carried, p.inside);
	make(&p, IPPROTO_UDP, false, 0, 8);
	set16(p.bytes + p.field, 0);
	assert_fixed(&p);
	for (unsigned four = 0; four < 2; four++) {
		make(&p, IPPROTO_UDP, four, 0, 2);
		set16(p.bytes + p.field, 0);
		set16(p.bytes + p.used - 2, 0);
		set16(p.bytes + p.used - 2, 0xffff - sum(p.bytes + p.carried, p.inside, p.pseudo));
		set16(p.bytes + p.field, four);
		assert_true(fix(&p, p.used, out));
		assert_memory_equal(out + p.field, "\xff\xff", 2);
	}
}

/* What is behind a UDP packet within that of IP is none of it. */
static void test_udp_length(void **state)
{
	struct packet p;

	(void)state;
	make(&p, IPPROTO_UDP, false, 0, 20);
	set16(p.bytes + p.carried + 4, 8 + 11);
	p.pseudo = sum(NULL, 0, p.pseudo + 0xffff - 9);
	p.inside = 8 + 11;
	assert_fixed(&p);
	set16(p.bytes + p.carried + 4, 8 + 21);
	assert_left(&p, p.used);
	set16(p.bytes + p.carried + 4, 7);
	assert_left(&p, p.used);
}

/* While a router is still to be gone to, sums are over the last address, and a home address is
 * not that of the header. */
static void test_extensions(void **state)
{
	static const uint8_t options[16] = {IPPROTO_TCP, 1, 1, 4, [8] = 0, 1, 2};
	uint8_t route[8 + 32] = {IPPROTO_TCP, 4}, home[24] = {IPPROTO_TCP, 2, 1, 2, 0, 0, 0xc9, 16};
	struct packet p;

	(void)state;
	for (uint32_t i = 8; i < sizeof(route); i++)
		route[i] = (uint8_t)(i * 91);
	for (uint8_t type = 0; type <= 4; type = (uint8_t)(type + 2))
		for (uint8_t left = 0; left < 2; left++) {
			route[2] = type;
			route[3] = left;
			begin(&p, false, 0);
			add_ip(&p, IPPROTO_TCP, 20 + 7, route, IPPROTO_ROUTING);
			if (left)
				p.pseudo = sum(route + (type == 4 ? 8 : 24), 16,
					       sum(p.bytes + p.ip + 8, 16, IPPROTO_TCP + 27));
			carry(&p, IPPROTO_TCP, 7, 0x1111);
			assert_fixed(&p);
		}
	begin(&p, false, 0);
	add_ip(&p, IPPROTO_TCP, 20 + 7, options, IPPROTO_DSTOPTS);
	carry(&p, IPPROTO_TCP, 7, 0x1111);
	assert_fixed(&p);
	begin(&p, false, 0);
	add_ip(&p, IPPROTO_TCP, 20 + 7, home, IPPROTO_DSTOPTS);
	carry(&p, IPPROTO_TCP, 7, 0x1111);
	assert_left(&p, p.used);
}

/* Behind PPPoE and MPLS, and of other kinds. */
static void test_links(void **state)
{
	struct packet p;

	(void)state;
	for (unsigned kind = 0; kind < 2; kind++)
		for (unsigned four = 0; four < 2; four++) {
			begin(&p, four, 0);
			set16(p.bytes + 12, kind == 0 ? ETH_P_PPP_SES : ETH_P_MPLS_UC);
			put(&p, kind == 0 ? "\x11\0\0\1\0\x40\0\x21" : "\0\1\0\x40\0\2\1\x40", 8);
			if (kind == 0 && !four)
				p.bytes[p.used - 1] = 0x57;
			p.ip = p.used;
			add_ip(&p, IPPROTO_TCP, 20 + 5, NULL, 0);
			carry(&p, IPPROTO_TCP, 5, 9);
			assert_fixed(&p);
		}
	make(&p, IPPROTO_TCP, true, 0, 5);
	set16(p.bytes + 12, ETH_P_ARP);
	assert_left(&p, p.used);
	make(&p, IPPROTO_TCP, true, -1, 5);
	p.bytes[p.ip] = 0x55;
	assert_left(&p, p.used);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),          cmocka_unit_test(test_cut),
		cmocka_unit_test(test_short_inside), cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_udp_zero),     cmocka_unit_test(test_udp_length),
		cmocka_unit_test(test_extensions),   cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
