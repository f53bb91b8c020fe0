/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a request may ask for: paths, parameters, ranges, hosts and tokens, right and wrong.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serve/request.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW_NS       (1700000000 * UINT64_C(1000000000))

static void paths_are_few(void **state)
{
	static const char *const wrong[] = {
		"",
		"/",
		"packets",
		"/packet",
		"/packets/",
		"/Packets",
		"/segment",
		"/segments/",
		"/segments/.",
		"/segments/..",
		"/segments/../x",
		"/segments/a/b",
		"/segments//etc/passwd",
		"/segments/.wiretape-manifest",
		"/segments/.wiretape-00000001",
		"//segments/a",
	};
	struct serve_request r;
	struct error err;
	char most[12 + NAME_MAX + 2] = "/segments/";

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(serve_request_path(&r, wrong[i], &err), -ENOENT);
	assert_int_equal(serve_request_path(&r, "/packets", &err), 0);
	assert_int_equal(r.kind, SERVE_PACKETS);
	assert_int_equal(serve_request_path(&r, "/segments", &err), 0);
	assert_int_equal(r.kind, SERVE_SEGMENTS);
	assert_int_equal(serve_request_path(&r, "/segments/a b.pcapng", &err), 0);
	assert_int_equal(r.kind, SERVE_SEGMENT);
	assert_string_equal(r.name, "a b.pcapng");
	memset(most + strlen("/segments/"), 'a', NAME_MAX);
	assert_int_equal(serve_request_path(&r, most, &err), 0);
	most[strlen(most)] = 'a';
	assert_int_equal(serve_request_path(&r, most, &err), -ENOENT);
}

static int give(struct serve_request *r, const char *name, const char *value)
{
	struct error err;

	return serve_request_parameter(r, name, value, value ? strlen(value) : 0, NOW_NS, &err);
}

static void parameters_come_once(void **state)
{
	struct serve_request r = {.kind = SERVE_PACKETS};
	struct error err;

	(void)state;
	assert_int_equal(give(&r, "from", "-1m"), 0);
	assert_int_equal(r.from_ns, NOW_NS - 60 * UINT64_C(1000000000));
	assert_int_equal(give(&r, "from", "-1m"), -EINVAL);
	assert_int_equal(give(&r, "to", "@1700000000"), 0);
	assert_int_equal(serve_request_check(&r, &err), 0);
	assert_int_equal(give(&r, "filter", "udp port 53"), 0);
	assert_string_equal(r.filter, "udp port 53");
	assert_int_equal(give(&r, "filter", "tcp"), -EINVAL);
	assert_int_equal(give(&r, "format", "pcap"), 0);
	assert_true(r.pcap);
	assert_int_equal(give(&r, "format", "pcap"), -EINVAL);
	r.from_ns = r.to_ns;
	assert_int_equal(serve_request_check(&r, &err), -EINVAL);
}

static void wrong_parameters_are_refused(void **state)
{
	static char long_filter[SERVE_FILTER_MOST + 2];
	struct serve_request r = {.kind = SERVE_PACKETS}, count = {.kind = SERVE_COUNT};
	struct serve_request status = {.kind = SERVE_STATUS};
	struct error err;

	(void)state;
	assert_int_equal(give(&r, "from", "yesterday"), -EINVAL);
	assert_int_equal(give(&r, "from", NULL), -EINVAL);
	assert_int_equal(give(&r, "write", "/tmp/x"), -EINVAL);
	assert_int_equal(give(&r, "format", "text"), -EINVAL);
	assert_int_equal(give(&r, "filter", "udp\nport 53"), -EINVAL);
	assert_int_equal(give(&r, "filter", "udp\x1b[31m"), -EINVAL);
	assert_int_equal(serve_request_parameter(&r, "filter", "udp\0x", 5, NOW_NS, &err), -EINVAL);
	memset(long_filter, 'a', SERVE_FILTER_MOST);
	assert_int_equal(give(&r, "filter", long_filter), 0);
	long_filter[SERVE_FILTER_MOST] = 'a';
	*r.filter = '\0';
	assert_int_equal(give(&r, "filter", long_filter), -EINVAL);
	assert_int_equal(give(&count, "format", "pcap"), -EINVAL);
	assert_int_equal(give(&status, "filter", "udp"), -EINVAL);
}

static void ranges_of_a_file(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
		int rc;
		uint64_t offset, bytes;
	} cases[] = {
		{"bytes=0-0", 10, 1, 0, 1},
		{"bytes=0-9", 10, 1, 0, 10},
		{"bytes=0-10", 10, 1, 0, 10},
		{"bytes=9-9", 10, 1, 9, 1},
		{"bytes=9-", 10, 1, 9, 1},
		{"bytes=10-", 10, -ERANGE, 0, 0},
		{"bytes=-1", 10, 1, 9, 1},
		{"bytes=-10", 10, 1, 0, 10},
		{"bytes=-11", 10, 1, 0, 10},
		{"bytes=-0", 10, -ERANGE, 0, 0},
		{"bytes=-1", 0, -ERANGE, 0, 0},
		{"bytes=0-", 0, -ERANGE, 0, 0},
		{"bytes=5-18446744073709551615", 10, 1, 5, 5},
		{"bytes=18446744073709551615-", UINT64_MAX, -ERANGE, 0, 0},
		{"BYTES=1-2", 10, 1, 1, 2},
		/* Sent whole. */
		{NULL, 10, 0, 0, 0},
		{"", 10, 0, 0, 0},
		{"bytes=", 10, 0, 0, 0},
		{"bytes=-", 10, 0, 0, 0},
		{"bytes=2-1", 10, 0, 0, 0},
		{"bytes=0-1,3-4", 10, 0, 0, 0},
		{"bytes=a-b", 10, 0, 0, 0},
		{"bytes= 0-1", 10, 0, 0, 0},
		{"bytes=0-1 ", 10, 0, 0, 0},
		{"bytes=--1", 10, 0, 0, 0},
		{"bytes=18446744073709551616-", 10, 0, 0, 0},
		{"bytes=000000000000000000000-", 10, 0, 0, 0},
		{"lines=0-1", 10, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t offset = 0, bytes = 0;

		if (serve_range_parse(cases[i].text, cases[i].size, &offset, &bytes) != cases[i].rc)
			fail_msg("%s", cases[i].text);
		if (cases[i].rc > 0) {
			assert_int_equal(offset, cases[i].offset);
			assert_int_equal(bytes, cases[i].bytes);
		}
	}
}

static void hosts_that_stand_for_this_machine(void **state)
{
	static const char *const plain[] = {"localhost",  "localhost:8080", "LocalHost",
					    "127.0.0.1",  "127.0.0.1:80",   "[::1]",
					    "[::1]:8080", "192.0.2.1"};
	static const char *const names[] = {"",
					    "evil.example",
					    "evil.example:8080",
					    "localhost.evil.example",
					    "127.0.0.1.evil.example",
					    "[::1",
					    "[localhost",
					    ":8080"};

	(void)state;
	assert_true(serve_host_is_plain(NULL));
	for (size_t i = 0; i < COUNT(plain); i++)
		assert_true(serve_host_is_plain(plain[i]));
	for (size_t i = 0; i < COUNT(names); i++)
		assert_false(serve_host_is_plain(names[i]));
}

static void tokens(void **state)
{
	static const char *const wrong[] = {"",
					    "secret-token-123",
					    "Basic secret-token-123",
					    "Bearer",
					    "Bearer ",
					    "Bearer secret-token-12",
					    "Bearer secret-token-1234",
					    "Bearer secret-token-124",
					    "Bearer secret-token-123 ",
					    "Bearer  secret-token-123",
					    "Bearer SECRET-TOKEN-123"};

	(void)state;
	assert_true(serve_token_matches("Bearer secret-token-123", "secret-token-123"));
	assert_true(serve_token_matches("bearer secret-token-123", "secret-token-123"));
	assert_false(serve_token_matches(NULL, "secret-token-123"));
	assert_false(serve_token_matches("Bearer ", ""));
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(serve_token_matches(wrong[i], "secret-token-123"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_few),
		cmocka_unit_test(parameters_come_once),
		cmocka_unit_test(wrong_parameters_are_refused),
		cmocka_unit_test(ranges_of_a_file),
		cmocka_unit_test(hosts_that_stand_for_this_machine),
		cmocka_unit_test(tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
