/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has begun, of packets made by hand: of TCP by its flags, in whatever order they were
 * recorded, of others by who comes first; with tags, cut at every byte, and more exchanges
 * than there is room for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "send/talkers.h"

#define SYN 2u
#define ACK 16u

struct made {
	uint8_t bytes[128];
	uint32_t used;
};

static void put(struct made *m, const void *bytes, uint32_t count)
{
	memcpy(m->bytes + m->used, bytes, count);
	m->used += count;
}

/* Of host 1 to 2 or back, behind Ethernet. */
static struct made make(unsigned version, unsigned from, unsigned to, unsigned sport,
			unsigned dport, unsigned flags)
{
	const uint8_t protocol = flags ? 6 : 17;
	struct made m = {0};
	uint8_t mac[12] = {2, 0, 0, 0, 0, (uint8_t)to, 2, 0, 0, 0, 0, (uint8_t)from};
	uint8_t four[20] = {0x45, 0, 0, 40, 0, 0, 0, 0, 64, protocol};
	uint8_t six[40] = {0x60, 0, 0, 0, 0, 20, protocol, 64};
	uint8_t tcp[20] = {(uint8_t)(sport >> 8), (uint8_t)sport, (uint8_t)(dport >> 8),
			   (uint8_t)dport};

	four[15] = six[23] = (uint8_t)from;
	four[19] = six[39] = (uint8_t)to;
	tcp[13] = (uint8_t)flags;
	put(&m, mac, 12);
	put(&m, "\x81\0\0\7", 4);
	put(&m, version == 4 ? "\x08\0" : version == 6 ? "\x86\xdd" : "\x88\xcc", 2);
	if (version == 4)
		put(&m, four, sizeof(four));
	if (version == 6)
		put(&m, six, sizeof(six));
	put(&m, tcp, sizeof(tcp));
	return m;
}

static void assert_answers(struct talkers *t, struct made m, bool answers)
{
	assert_int_equal(talkers_answers(t, m.bytes, m.used), answers);
}

static void test_who_begins(void **state)
{
	struct talkers *t;

	(void)state;
	assert_int_equal(talkers_open(true, &t), 0);
	for (unsigned version = 4; version <= 6; version += 2) {
		assert_answers(t, make(version, 1, 2, 5000, 80, SYN), false);
		assert_answers(t, make(version, 2, 1, 80, 5000, SYN | ACK), true);
		assert_answers(t, make(version, 1, 2, 5000, 80, ACK), false);
		assert_answers(t, make(version, 2, 1, 80, 5000, ACK), true);
		/* The answer is recorded first, or all but it is missing. */
		assert_answers(t, make(version, 2, 1, 80, 5001, SYN | ACK), true);
		assert_answers(t, make(version, 1, 2, 5001, 80, ACK), false);
		/* The SYN comes late. */
		assert_answers(t, make(version, 2, 1, 80, 5002, ACK), false);
		assert_answers(t, make(version, 1, 2, 5002, 80, SYN), false);
		assert_answers(t, make(version, 2, 1, 80, 5002, ACK), true);
		/* The other way round at the same time. */
		assert_answers(t, make(version, 2, 1, 6000, 53, 0), false);
		assert_answers(t, make(version, 1, 2, 53, 6000, 0), true);
	}
	assert_answers(t, make(1, 9, 8, 1, 1, 0), false);
	assert_answers(t, make(1, 8, 9, 1, 1, 0), true);
	talkers_close(t);
}

static void test_cut(void **state)
{
	struct made m = make(6, 1, 2, 5000, 80, SYN);
	struct talkers *t;

	(void)state;
	for (uint32_t bytes = 0; bytes <= m.used; bytes++) {
		uint8_t *exact = test_malloc(bytes ? bytes : 1);

		memcpy(exact, m.bytes, bytes);
		assert_int_equal(talkers_open(true, &t), 0);
		assert_false(talkers_answers(t, exact, bytes));
		talkers_close(t);
		test_free(exact);
	}
}

static void test_more_than_there_is_room_for(void **state)
{
	struct talkers *t;

	(void)state;
	assert_int_equal(talkers_open(true, &t), 0);
	for (unsigned i = 0; i < 200000; i++) {
		const unsigned from = 1 + i / 50000, port = 1000 + i % 50000;

		assert_answers(t, make(4, from, 9, port, 80, SYN), false);
		assert_answers(t, make(4, 9, from, 80, port, ACK), true);
	}
	talkers_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_begins),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
