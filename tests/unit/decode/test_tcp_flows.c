/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relative sequence numbers: both ways, begun anew, and with more connections
 * than are held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/tcp_flows.h"

static struct tcp_segment segment(const char *from, const char *to, uint16_t source,
				  uint16_t destination, uint32_t seq, uint32_t ack)
{
	return (struct tcp_segment){(const uint8_t *)from,
				    (const uint8_t *)to,
				    4,
				    source,
				    destination,
				    seq,
				    ack,
				    false};
}

static void test_both_ways(void **state)
{
	struct tcp_flows *flows = tcp_flows_open();
	struct tcp_segment s = segment("aaaa", "bbbb", 5, 9, 1000, 500);

	(void)state;
	assert_non_null(flows);
	assert_int_equal(tcp_flows_relate(flows, &s), 499);
	assert_int_equal(s.seq, 1000);
	s = segment("aaaa", "bbbb", 5, 9, 1010, 510);
	assert_int_equal(tcp_flows_relate(flows, &s), 499);
	assert_int_equal(s.seq, 10);
	assert_int_equal(s.ack, 11);
	s = segment("bbbb", "aaaa", 9, 5, 499, 999);
	assert_int_equal(tcp_flows_relate(flows, &s), 1000);
	assert_int_equal(s.seq, 0);
	assert_int_equal(s.ack, UINT32_MAX);
	/* The same ports: addresses tell the sides apart. */
	s = segment("bbbb", "aaaa", 5, 5, 7, 8);
	tcp_flows_relate(flows, &s);
	s = segment("aaaa", "bbbb", 5, 5, 8, 8);
	tcp_flows_relate(flows, &s);
	assert_int_equal(s.seq, 1);
	assert_int_equal(s.ack, 1);
	/* A SYN begins anew. */
	s = segment("aaaa", "bbbb", 5, 9, 70, 80);
	s.syn = true;
	assert_int_equal(tcp_flows_relate(flows, &s), 79);
	assert_int_equal(s.seq, 70);
	tcp_flows_close(flows);
}

static void test_many(void **state)
{
	struct tcp_flows *flows = tcp_flows_open();
	struct tcp_segment s;
	unsigned known = 0;

	(void)state;
	assert_non_null(flows);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 65536; i++) {
			s = segment("aaaa", "bbbb", (uint16_t)i, 9, 1000, 500);
			tcp_flows_relate(flows, &s);
			known += s.seq == 0;
		}
		assert_int_equal(known, round * 65536);
	}
	/* One more puts another out, and is known then. */
	for (uint32_t i = 0; i < 100000; i++) {
		s = segment("cccc", "bbbb", (uint16_t)i, (uint16_t)(i >> 16), 1000, 500);
		tcp_flows_relate(flows, &s);
		assert_int_equal(s.seq, 1000);
	}
	s = segment("cccc", "bbbb", 99999 & 0xffff, 1, 1001, 500);
	tcp_flows_relate(flows, &s);
	assert_int_equal(s.seq, 1);
	tcp_flows_close(flows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
