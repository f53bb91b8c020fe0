/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as they are typed: what is taken, what is refused and how, and which packets are
 * a stream's own.
 */
#include "stream/address.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *text, enum stream_kind kind, const char *host, unsigned port)
{
	struct stream_address address;
	struct error err;

	assert_true(stream_is_address(text));
	assert_int_equal(stream_address_parse(text, &address, &err), 0);
	assert_int_equal(address.kind, kind);
	assert_string_equal(address.host, host);
	assert_int_equal(address.port, port);
}

static void test_forms(void **state)
{
	(void)state;
	expect("tcp:example.org:57012", STREAM_CONNECT, "example.org", 57012);
	expect("tcp:[2001:db8::1]:1", STREAM_CONNECT, "2001:db8::1", 1);
	expect("tcp-listen:57012", STREAM_LISTEN, "", 57012);
	expect("tcp-listen::57012", STREAM_LISTEN, "", 57012);
	expect("tcp-listen:192.0.2.1:65535", STREAM_LISTEN, "192.0.2.1", 65535);
	expect("unix:/run/x", STREAM_UNIX, "", 0);
	assert_false(stream_is_address("./tcp:a:1"));
	assert_false(stream_is_address("tcpdump.pcap"));
}

static void refuse(const char *text, const char *part)
{
	struct stream_address address;
	struct error err = {0};

	assert_true(stream_address_parse(text, &address, &err) < 0 ||
		    stream_address_resolve(&address, &err) < 0);
	assert_int_equal(err.kind, ERROR_USAGE);
	if (!strstr(err.text, part))
		fail_msg("%s: %s", text, err.text);
}

static void test_refused(void **state)
{
	char path[256] = "unix:";

	(void)state;
	memset(path + 5, 'x', 108);
	refuse("tcp:57012", "tcp:HOST:PORT");
	refuse("tcp::57012", "tcp:HOST:PORT");
	refuse("tcp:host:", "the port");
	refuse("tcp:host:0", "the port");
	refuse("tcp:host:65536", "the port");
	refuse("tcp:2001:db8::1:57012", "brackets");
	refuse("tcp-listen:name.invalid:57012", "no address of an interface");
	refuse("unix:", "1 to 107 bytes");
	refuse(path, "1 to 107 bytes");
}

static void own(const char *text, bool loopback, const char *filter)
{
	struct stream_address address;
	char found[256];

	assert_int_equal(stream_address_parse(text, &address, NULL), 0);
	assert_int_equal(stream_address_resolve(&address, NULL), 0);
	assert_int_equal(stream_address_filter(&address, loopback, found, sizeof(found)),
			 filter != NULL);
	if (filter)
		assert_string_equal(found, filter);
}

static void test_own_packets(void **state)
{
	(void)state;
	own("tcp-listen:57012", true, "(host 127.0.0.1 and tcp port 57012)");
	own("tcp-listen:57012", false, NULL);
	own("tcp-listen:0.0.0.0:57012", false, "tcp port 57012");
	own("tcp-listen:[::]:57012", true, "tcp port 57012");
	own("tcp:192.0.2.1:80", false, "(host 192.0.2.1 and tcp port 80)");
	/* An address of this machine's own is reached through it. */
	own("tcp:192.0.2.1:80", true, "(host 192.0.2.1 and tcp port 80)");
	own("tcp:[2001:db8::1]:80", false, "(host 2001:db8::1 and tcp port 80)");
	own("unix:/run/x", true, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_own_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
