/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source before its socket: what an interface's name and a filter become, and which
 * ring is planned for what the frames are for.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pcap/pcap.h>

#include "ring/source.h"

#define KIB 1024ull
#define MIB (1024 * KIB)

/* The headers of a V2 frame, and what PACKET_RESERVE takes. */
#define V2_HEADERS 82u

static struct source_config config_of(enum ring_version version)
{
	return (struct source_config){
		.snaplen = 262144,
		.direction = DIRECTION_INOUT,
		.ring_version = version,
		.ring_bytes = 4 * MIB,
		.block_timeout_ms = 100,
	};
}

/* Of an interface with that MTU, which need not be there. */
static void plan(const struct source_config *config, unsigned mtu, struct source *source)
{
	struct error err = {0};

	assert_int_equal(source_find(source, config, &err), 0);
	source->dev.mtu = mtu;
	if (source_plan(source, 1, &err) != 0)
		fail_msg("refused: %s", err.text);
}

static void test_names(void **state)
{
	struct source_config config = config_of(RING_V3);
	struct source source;
	struct error err = {0};

	(void)state;
	assert_int_equal(source_find(&source, &config, &err), 0);
	assert_int_equal(source.linktype.dlt, DLT_EN10MB);
	assert_false(source.linktype.cooked);
	source_close(&source);
	config.name = "any";
	config.number = 3;
	assert_int_equal(source_find(&source, &config, &err), 0);
	assert_int_equal(source.linktype.dlt, DLT_LINUX_SLL2);
	assert_true(source.linktype.cooked);
	assert_int_equal(source.dev.index, 0);
	assert_int_equal(source.config.number, 3);
	source_close(&source);
	config.name = "no/such";
	assert_true(source_find(&source, &config, &err) < 0);
	assert_int_equal(err.kind, ERROR_USAGE);
	/* Whoever knows which option named it says so. */
	assert_null(strstr(err.text, "-i:"));
	source_close(&source);
}

static void test_filters(void **state)
{
	struct source_config config = config_of(RING_V3);
	struct source source;
	struct error err = {0};

	(void)state;
	config.filter = "udp";
	config.filter_option = "-f";
	assert_int_equal(source_find(&source, &config, &err), 0);
	assert_int_equal(source_compile(&source, &err), 0);
	assert_non_null(source.filter);
	source_close(&source);
	config.filter = "udp prt 1";
	assert_int_equal(source_find(&source, &config, &err), 0);
	assert_int_equal(source_compile(&source, &err), -EINVAL);
	assert_ptr_equal(strstr(err.text, "-f: filter \"udp prt 1\": "), err.text);
	source_close(&source);
	config.filter_option = NULL;
	assert_int_equal(source_find(&source, &config, &err), 0);
	assert_int_equal(source_compile(&source, &err), -EINVAL);
	assert_ptr_equal(strstr(err.text, "filter \"udp prt 1\": "), err.text);
	source_close(&source);
}

/* Blocks of version 3 with room for a page before their frames; of what is forwarded
 * none, since nothing is written of it. */
static void test_woven(void **state)
{
	static const struct {
		enum ring_version version;
		enum source_purpose purpose;
		uint64_t block_bytes;
		bool woven;
	} cases[] = {
		{RING_V3, SOURCE_RECORDED, 0, true},
		{RING_V3, SOURCE_RECORDED, 64 * KIB, true},
		{RING_V3, SOURCE_RECORDED, 32 * KIB, false},
		{RING_V2, SOURCE_RECORDED, 0, false},
		{RING_V3, SOURCE_FORWARDED, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_config config = config_of(cases[i].version);
		struct source source;

		config.purpose = cases[i].purpose;
		config.block_bytes = cases[i].block_bytes;
		plan(&config, 1500, &source);
		assert_int_equal(source_is_woven(&source), cases[i].woven);
		assert_int_equal(source.geometry.version, cases[i].version);
		source_close(&source);
	}
}

/* What is recorded may be as long as the snapshot length, what is forwarded as the
 * interface has it; where longer ones come beside the ring, both as the interface has it. */
static void test_frame_sizes(void **state)
{
	static const struct {
		enum source_purpose purpose;
		bool uncut;
		uint64_t asked;
		uint32_t snaplen;
		unsigned mtu;
		uint32_t least, most; /* data in a frame */
	} cases[] = {
		{SOURCE_RECORDED, false, 0, 262144, 1500, 65554, 65554 + 15},
		{SOURCE_RECORDED, false, 0, 100, 9000, 100, 100 + 15},
		{SOURCE_RECORDED, true, 0, 262144, 1500, 1940, 2048 - V2_HEADERS},
		{SOURCE_RECORDED, true, 0, 262144, 9000, 9018, 9018 + 15},
		{SOURCE_RECORDED, true, 0, 262144, 65536, 65554, 65554 + 15},
		{SOURCE_RECORDED, true, 0, 262144, 0, 1940, 2048 - V2_HEADERS}, /* any */
		{SOURCE_RECORDED, true, 0, 100, 1500, 100, 100 + 15},
		{SOURCE_RECORDED, true, 4096, 262144, 1500, 4096 - V2_HEADERS, 4096 - V2_HEADERS},
		{SOURCE_FORWARDED, false, 0, 262144, 1500, 1940, 2048 - V2_HEADERS},
		{SOURCE_FORWARDED, false, 0, 262144, 9000, 9018, 9018 + 15},
		{SOURCE_FORWARDED, false, 0, 100, 9000, 9018, 9018 + 15},
		{SOURCE_FORWARDED, true, 0, 262144, 9000, 1940, 2048 - V2_HEADERS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_config config = config_of(RING_V2);
		struct source source;

		config.purpose = cases[i].purpose;
		config.uncut = cases[i].uncut;
		config.frame_bytes = cases[i].asked;
		config.snaplen = cases[i].snaplen;
		plan(&config, cases[i].mtu, &source);
		assert_in_range(source.geometry.frame_size, cases[i].least + V2_HEADERS,
				cases[i].most + V2_HEADERS);
		source_close(&source);
	}
}

static void test_too_large(void **state)
{
	struct source_config config = config_of(RING_V3);
	struct source source;
	struct error err = {0};

	(void)state;
	config.ring_bytes = UINT64_C(1) << 60;
	assert_int_equal(source_find(&source, &config, &err), 0);
	assert_int_equal(source_plan(&source, 1, &err), -EINVAL);
	assert_ptr_equal(strstr(err.text, "a ring of "), err.text);
	assert_null(strstr(err.text, " for each interface "));
	assert_non_null(strstr(err.text, " does not fit in this machine's "));
	assert_int_equal(source_plan(&source, 2, &err), -EINVAL);
	assert_non_null(strstr(err.text, " for each interface does not fit in this machine's "));
	source_close(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),     cmocka_unit_test(test_filters),
		cmocka_unit_test(test_woven),     cmocka_unit_test(test_frame_sizes),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
