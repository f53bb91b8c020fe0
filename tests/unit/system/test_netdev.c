/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces of the machine the tests run on. Only the loopback device is
 * sure to be there; it may be down and without addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "system/netdev.h"

static void test_find_loopback(void **state)
{
	const uint8_t zeros[6] = {0};
	struct netdev dev;
	struct error err;

	(void)state;
	memset(&dev, 0xff, sizeof(dev));
	assert_int_equal(netdev_find("lo", &dev, &err), 0);
	assert_int_equal(dev.index, if_nametoindex("lo"));
	assert_string_equal(dev.name, "lo");
	assert_string_equal(dev.alias, "");
	assert_true(dev.flags & IFF_LOOPBACK);
	assert_true(dev.mtu > 0);
	assert_int_equal(dev.arphrd, ARPHRD_LOOPBACK);
	assert_true(dev.has_mac);
	assert_memory_equal(dev.mac, zeros, sizeof(zeros));
	assert_int_equal(dev.speed_bps, 0);
	if (dev.flags & IFF_UP)
		assert_non_null(strstr(dev.addresses, "127.0.0.1/8"));
}

static void test_find_number(void **state)
{
	struct netdev dev;
	struct error err;
	char number[16];

	(void)state;
	snprintf(number, sizeof(number), "%u", if_nametoindex("lo"));
	assert_int_equal(netdev_find(number, &dev, &err), 0);
	assert_string_equal(dev.name, "lo");
	assert_int_equal(netdev_find("2147483647", &dev, &err), -EINVAL);
	assert_int_equal(netdev_find("-1", &dev, &err), -EINVAL);
	/* 2 to the 32nd, more than one of them may be 0. */
	assert_int_equal(netdev_find("4294967296", &dev, &err), -EINVAL);
	assert_int_equal(netdev_find("", &dev, &err), -EINVAL);
}

static void test_find_any(void **state)
{
	struct netdev dev;
	struct error err;

	(void)state;
	assert_int_equal(netdev_find("any", &dev, &err), 0);
	assert_int_equal(dev.index, 0);
	assert_string_equal(dev.name, "any");
	assert_int_equal(netdev_find("0", &dev, &err), 0);
	assert_string_equal(dev.name, "any");
}

static void test_find_unknown(void **state)
{
	struct netdev dev;
	struct error err = {0};

	(void)state;
	assert_int_equal(netdev_find("ayn", &dev, &err), -EINVAL);
	assert_int_equal(netdev_find("anyx", &dev, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_string_equal(err.text, "no interface named 'anyx'; did you mean 'any'?");
	assert_int_equal(netdev_find("no-such-interface-has-such-a-name", &dev, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_ptr_equal(strstr(err.text, "no interface named 'no-such-interface-has-such-a-name'; "
					  "there are: lo"),
			 err.text);
	assert_int_equal(netdev_find("anyx", &dev, NULL), -EINVAL);
}

static void test_list(void **state)
{
	struct netdev *list;
	struct error err;
	bool loopback = false;
	size_t count;

	(void)state;
	assert_int_equal(netdev_list(&list, &count, &err), 0);
	assert_true(count >= 2);
	assert_string_equal(list[count - 1].name, "any");
	for (size_t i = 0; i + 1 < count; i++) {
		assert_true(list[i].index > (i ? list[i - 1].index : 0));
		loopback |= strcmp(list[i].name, "lo") == 0;
	}
	assert_true(loopback);
	free(list);
}

static void test_drops(void **state)
{
	struct netdev_drops loopback, all;

	(void)state;
	assert_int_equal(netdev_read_drops((int)if_nametoindex("lo"), &loopback), 0);
	assert_int_equal(netdev_read_drops(0, &all), 0);
	assert_true(all.total >= loopback.total);
	assert_int_equal(netdev_read_drops(INT32_MAX, &all), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_loopback), cmocka_unit_test(test_find_number),
		cmocka_unit_test(test_find_any),      cmocka_unit_test(test_find_unknown),
		cmocka_unit_test(test_list),          cmocka_unit_test(test_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
