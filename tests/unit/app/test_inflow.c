/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command line asks for of an interface, for a recorder and for a forwarder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/inflow.h"

#define MAX_WORDS 32

/* The config of the last interface on a command line with single spaces. */
static struct source_config config_of(const char *line, enum source_purpose purpose,
				      const char *common)
{
	static char words[512]; /* the config points into it */
	static struct options options;
	char *argv[MAX_WORDS + 1] = {"wiretape"}, *save = NULL;
	struct error err = {0};
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(argc < MAX_WORDS);
		argv[argc++] = word;
	}
	options_free(&options);
	if (options_parse(argc, argv, &options, &err) != 0)
		fail_msg("'%s': %s", line, err.text);
	return inflow_config(&options, &options.interfaces[options.interface_count - 1], purpose,
			     common);
}

static void test_all_that_is_given(void **state)
{
	struct source_config c = config_of("-i eth0 -w x", SOURCE_RECORDED, NULL);

	(void)state;
	assert_string_equal(c.name, "eth0");
	assert_null(c.filter);
	assert_null(c.filter_option);
	assert_int_equal(c.purpose, SOURCE_RECORDED);
	assert_int_equal(c.direction, DIRECTION_INOUT);
	assert_int_equal(c.snaplen, 262144);
	assert_true(c.promiscuous);
	assert_false(c.may_be_down || c.adapter_stamps);
	assert_int_equal(c.ring_version, RING_V3);
	/* As there is memory. */
	assert_in_range(c.ring_bytes, 64 << 20, 256 << 20);
	assert_true(c.block_bytes == 0 && c.frame_bytes == 0);
	assert_int_equal(c.block_timeout_ms, 100);

	c = config_of("-i lo -i eth0 -s 96 -p -Q in --wait --time-stamp-source adapter "
		      "--ring-version 2 --ring-size 2M --block-size 64K --frame-size 2048 "
		      "--block-timeout 5ms -w x",
		      SOURCE_RECORDED, NULL);
	assert_string_equal(c.name, "eth0");
	assert_int_equal(c.direction, DIRECTION_IN);
	assert_int_equal(c.snaplen, 96);
	assert_false(c.promiscuous);
	assert_true(c.may_be_down && c.adapter_stamps);
	assert_int_equal(c.ring_version, RING_V2);
	assert_true(c.ring_bytes == 2 << 20 && c.block_bytes == 64 << 10);
	assert_true(c.frame_bytes == 2048);
	assert_int_equal(c.block_timeout_ms, 5);
}

static void test_filters(void **state)
{
	static const struct {
		const char *line, *common, *filter, *option;
	} cases[] = {
		{"-i a -f udp -w x", NULL, "udp", "-f"},
		{"-i a -f udp -i b -w x tcp", "tcp", "tcp", NULL},
		{"-i a -i b -f udp -w x tcp", "tcp", "udp", "-f"},
		{"-f udp -i a -w x", "udp", "udp", "-f"},
		{"-i a -F file -w x", "tcp", "tcp", "-F"},
		{"-i a -i b -f udp -F file -w x", "tcp", "udp", "-f"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_config c = config_of(cases[i].line, SOURCE_RECORDED, cases[i].common);

		assert_string_equal(c.filter, cases[i].filter);
		if (cases[i].option)
			assert_string_equal(c.filter_option, cases[i].option);
		else
			assert_null(c.filter_option);
	}
}

/* Frames go on whole, and each as soon as it comes. A version is the recorder's where
 * there is one. */
static void test_forwarded(void **state)
{
	static const struct {
		const char *line;
		enum ring_version version;
	} cases[] = {
		{"-i a -o b", RING_V2},
		{"-i a -o b --ring-version 3", RING_V3},
		{"-i a -o b --ring-version 2", RING_V2},
		{"-i a -o b -s 96 -w x", RING_V2},
		{"-i a -o b --ring-version 3 -s 96 -w x", RING_V2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_config c = config_of(cases[i].line, SOURCE_FORWARDED, NULL);

		assert_int_equal(c.purpose, SOURCE_FORWARDED);
		assert_int_equal(c.ring_version, cases[i].version);
		assert_int_equal(c.snaplen, 262144);
		assert_int_equal(c.direction, DIRECTION_IN);
	}
	assert_int_equal(config_of(cases[4].line, SOURCE_RECORDED, NULL).ring_version, RING_V3);
	assert_int_equal(config_of(cases[4].line, SOURCE_RECORDED, NULL).snaplen, 96);
}

/* The option stands in front of what is wrong with its value. */
static void test_errors(void **state)
{
	struct source_config c = config_of("-i no/such -w x", SOURCE_RECORDED, NULL);
	struct error err = {0};
	struct source source;

	(void)state;
	assert_true(inflow_find_source(&source, &c, &err) < 0);
	assert_ptr_equal(strstr(err.text, "-i: "), err.text);
	source_close(&source);
	c = config_of("-i any -w x", SOURCE_RECORDED, "udp prt 1");
	assert_true(inflow_find_source(&source, &c, &err) < 0);
	assert_ptr_equal(strstr(err.text, "filter \"udp prt 1\": "), err.text);
	source_close(&source);
	c = config_of("-i any -f tcp -w x", SOURCE_RECORDED, NULL);
	assert_int_equal(inflow_find_source(&source, &c, &err), 0);
	source_close(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_that_is_given),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
