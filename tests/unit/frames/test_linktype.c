/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device types to link types, by their published numbers: a wrong one makes
 * a file that every reader misreads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frames/linktype.h"

#define LINUX_SLL2 276

static void test_table(void **state)
{
	static const struct {
		unsigned arphrd;
		int dlt;
	} raw[] = {
		{1, 1},       /* Ethernet */
		{772, 1},     /* loopback */
		{0xfffe, 12}, /* no header, tun */
		{519, 12},    /* raw IP */
		{801, 105},   /* 802.11 */
		{802, 119},   /* with a Prism header */
		{803, 127},   /* with a radiotap header */
		{804, 230},   /* 802.15.4 without FCS */
		{513, 104},   /* Cisco HDLC */
		{826, 271},   /* vsock monitor */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		struct linktype type = linktype_of_arphrd(raw[i].arphrd);

		assert_int_equal(type.dlt, raw[i].dlt);
		assert_false(type.cooked);
	}
}

/* PPP, IPIP, IP6IP6, SIT, GRE, GRE over IPv6, CAN, netlink, FireWire, unknown ones. */
static void test_cooked(void **state)
{
	static const unsigned cooked[] = {512, 768, 769, 776, 778,   823,
					  280, 824, 24,  0,   60000, ~0u};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cooked) / sizeof(cooked[0]); i++) {
		struct linktype type = linktype_of_arphrd(cooked[i]);

		assert_int_equal(type.dlt, LINUX_SLL2);
		assert_true(type.cooked);
	}
	assert_int_equal(linktype_any().dlt, LINUX_SLL2);
	assert_true(linktype_any().cooked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_cooked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
