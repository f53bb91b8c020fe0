/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring requests: what defaults become, both sides of every edge of the
 * kernel's rules, and that a refusal names the option, the value and the
 * nearest right values. That those values are right is tried, not believed.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ring/geometry.h"

#define PAGE 4096u
#define KIB  1024ull
#define MIB  (1024 * KIB)
#define GIB  (1024 * MIB)

static struct geometry_request request_of(enum ring_version version)
{
	return (struct geometry_request){
		.version = version,
		.ring_bytes = 64 * MIB,
		.frame_data = 65536,
		.reserve = 2,
		.page_bytes = PAGE,
	};
}

static void plan_right(const struct geometry_request *request, struct geometry *plan)
{
	struct error err = {0};
	int rc = geometry_plan(request, plan, &err);

	if (rc != 0)
		fail_msg("refused: %s", err.text);
	assert_int_equal(geometry_check(plan, request->page_bytes, NULL), 0);
}

/* The request is refused, as the user's fault, in these very words. */
static void plan_wrong(const struct geometry_request *request, const char *text)
{
	struct error err = {0};
	struct geometry plan;

	assert_int_equal(geometry_plan(request, &plan, &err), -EINVAL);
	assert_string_equal(err.text, text);
	assert_int_equal(geometry_plan(request, &plan, NULL), -EINVAL);
}

static void test_defaults(void **state)
{
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;

	(void)state;
	plan_right(&request, &plan);
	assert_int_equal(plan.version, RING_V3);
	assert_int_equal(plan.block_size, MIB);
	assert_int_equal(plan.block_nr, 64);
	assert_int_equal(plan.frame_size, MIB);
	assert_int_equal(plan.frames_per_block, 1);
	assert_int_equal(plan.frame_nr, 64);
	assert_int_equal(plan.reserve, 2);
	assert_true(plan.ring_bytes == 64 * MIB);

	/* 80 + 2 + 65536 is 65618, and 65632 the next multiple of 16. */
	request.version = RING_V2;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_size, MIB);
	assert_int_equal(plan.frame_size, 65632);
	assert_int_equal(plan.frames_per_block, 15);
	assert_int_equal(plan.frame_nr, 15 * 64);

	request.version = RING_V1;
	request.frame_data = 65536 - 2 - 80;
	plan_right(&request, &plan);
	assert_int_equal(plan.frame_size, 65536);
	assert_int_equal(plan.frames_per_block, 16);
}

/* Two blocks where two fit, whole pages always, all of the budget if it can be. */
static void test_small_rings(void **state)
{
	static const struct {
		uint64_t ring;
		uint32_t block, blocks;
	} cases[] = {
		{2 * MIB, MIB, 2},        {2 * MIB - 1, 512 * KIB, 3},
		{MIB, 512 * KIB, 2},      {1536 * KIB, 512 * KIB, 3},
		{100 * KIB, 32 * KIB, 3}, {2 * PAGE, PAGE, 2},
		{2 * PAGE - 1, PAGE, 1},  {PAGE, PAGE, 1},
	};
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request.ring_bytes = cases[i].ring;
		plan_right(&request, &plan);
		assert_int_equal(plan.block_size, cases[i].block);
		assert_int_equal(plan.block_nr, cases[i].blocks);
	}
	request.ring_bytes = PAGE - 1;
	plan_wrong(&request, "--ring-size 4095: smaller than one block, at least 4096");
	request.ring_bytes = 0;
	plan_wrong(&request, "--ring-size 0: smaller than one block, at least 4096");
	request.block_bytes = 2 * MIB;
	request.ring_bytes = 2 * MIB - 1;
	plan_wrong(&request, "--ring-size 2097151: smaller than one block, at least 2097152");
	request.ring_bytes = 2 * MIB;
	plan_right(&request, &plan);
}

/* The default block grows to hold what has to go in. */
static void test_growing_blocks(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct geometry plan;

	(void)state;
	request.ring_bytes = 200 * KIB; /* halving alone would stop at 64 KiB */
	plan_right(&request, &plan);
	assert_int_equal(plan.block_size, 17 * PAGE);
	assert_int_equal(plan.block_nr, 2);

	request.ring_bytes = 17 * PAGE - 1;
	plan_wrong(&request, "--ring-size 69631: smaller than one block, at least 69632");
	request.ring_bytes = 17 * PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.frame_nr, 1);

	request.ring_bytes = 64 * MIB;
	request.frame_bytes = MIB;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_size, MIB);
	request.frame_bytes = MIB + 16;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_size, MIB + PAGE);
	assert_int_equal(plan.frames_per_block, 1);
	assert_int_equal(plan.block_nr, 63);

	request = request_of(RING_V3);
	request.priv_bytes = 5000;
	request.ring_bytes = 4 * PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_size, 2 * PAGE);
	assert_int_equal(plan.priv_bytes, 5000);
}

static void test_block_is_pages(void **state)
{
	static const uint32_t right[] = {1, 2, 3, 255, 257}; /* a power of two is not needed */
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		request.block_bytes = right[i] * PAGE;
		plan_right(&request, &plan);
		assert_int_equal(plan.block_size, right[i] * PAGE);
		assert_int_equal(plan.block_nr, 64 * MIB / request.block_bytes);
		assert_true(plan.ring_bytes == (uint64_t)plan.block_nr * plan.block_size);
	}
	request.block_bytes = 2 * PAGE + 1;
	plan_wrong(&request,
		   "--block-size 8193: not a multiple of 4096, the nearest are 8192 and 12288");
	request.block_bytes = 3 * PAGE - 1;
	plan_wrong(&request,
		   "--block-size 12287: not a multiple of 4096, the nearest are 8192 and 12288");
	request.block_bytes = PAGE - 1;
	plan_wrong(&request, "--block-size 4095: too small, at least 4096");

	request.page_bytes = 65536; /* other machines */
	request.block_bytes = 65536;
	plan_right(&request, &plan);
	request.block_bytes = 61440;
	plan_wrong(&request, "--block-size 61440: too small, at least 65536");
}

/* The kernel has the block size as an int. */
static void test_block_limit(void **state)
{
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;

	(void)state;
	request.ring_bytes = 16 * GIB;
	request.block_bytes = 2 * GIB - PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_nr, 8);
	request.block_bytes = 2 * GIB;
	plan_wrong(&request, "--block-size 2147483648: too large, at most 2147479552");
	request.block_bytes = 4 * GIB + MIB; /* 1 MiB in 32 bits */
	plan_wrong(&request, "--block-size 4296015872: too large, at most 2147479552");
	request.block_bytes = UINT64_MAX;
	plan_wrong(&request, "--block-size 18446744073709551615: too large, at most 2147479552");
}

static void test_frame_is_aligned(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct geometry plan;

	(void)state;
	request.frame_bytes = 2048;
	plan_right(&request, &plan);
	assert_int_equal(plan.frame_size, 2048);
	assert_int_equal(plan.frames_per_block, 512);
	assert_int_equal(plan.frame_nr, 32768);
	request.frame_bytes = 2049;
	plan_wrong(&request,
		   "--frame-size 2049: not a multiple of 16, the nearest are 2048 and 2064");
	request.frame_bytes = 2063;
	plan_wrong(&request,
		   "--frame-size 2063: not a multiple of 16, the nearest are 2048 and 2064");
	request.frame_bytes = 2056; /* of 8, but not of 16 */
	plan_wrong(&request,
		   "--frame-size 2056: not a multiple of 16, the nearest are 2048 and 2064");
	request.frame_bytes = 2064;
	plan_right(&request, &plan);
}

/* 52 bytes of header, then the reserve: 12 still fit into 64 bytes, 13 do not. */
static void test_frame_minimum(void **state)
{
	enum ring_version version;

	(void)state;
	for (version = RING_V1; version <= RING_V2; version++) {
		struct geometry_request request = request_of(version);
		struct geometry plan;

		request.ring_bytes = 4 * MIB;
		request.reserve = 12;
		request.frame_bytes = 64;
		plan_right(&request, &plan);
		request.frame_bytes = 63;
		plan_wrong(&request, "--frame-size 63: too small, at least 64");
		request.frame_bytes = 48;
		plan_wrong(&request, "--frame-size 48: too small, at least 64");
		request.frame_bytes = 1;
		plan_wrong(&request, "--frame-size 1: too small, at least 64");
		request.frame_bytes = 64;
		request.reserve = 13;
		plan_wrong(&request, "--frame-size 64: too small, at least 80");
		request.frame_bytes = 80;
		plan_right(&request, &plan);
		request.reserve = UINT32_MAX; /* no wrap to something small */
		plan_wrong(&request, "--frame-size 80: too small, at least 4294967360");
	}
}

static void test_frame_fits_block(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct geometry plan;

	(void)state;
	request.block_bytes = 2 * PAGE;
	request.frame_bytes = 2 * PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.frames_per_block, 1);
	request.frame_bytes = 2 * PAGE + 16;
	plan_wrong(&request,
		   "--block-size 8192: too small, at least 12288, or a smaller --frame-size");
	request.block_bytes = 12288;
	plan_right(&request, &plan);
	request.frame_bytes = 0; /* the default one is no smaller for being unasked */
	plan_wrong(&request,
		   "--block-size 12288: too small, at least 69632, or a smaller --frame-size");
	request.block_bytes = 0;
	request.frame_bytes = 2 * GIB;
	plan_wrong(&request, "--frame-size 2147483648: too large, at most 2147479552");
}

/* 48 + private area in 8s + 68 + reserve. */
static void test_v3_block_minimum(void **state)
{
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;

	(void)state;
	request.block_bytes = PAGE;
	request.reserve = 4;
	request.priv_bytes = PAGE - 48 - 68 - 4;
	assert_int_equal(request.priv_bytes % 8, 0);
	plan_right(&request, &plan);
	request.reserve = 5;
	plan_wrong(&request, "--block-size 4096: too small, at least 8192");
	request.reserve = 4;
	request.priv_bytes++;
	plan_wrong(&request, "--block-size 4096: too small, at least 8192");
	request.priv_bytes -= 8; /* rounded up to the same 8 */
	plan_right(&request, &plan);
	request.priv_bytes = 3977; /* 4093 bytes in all, but 4100 when rounded */
	request.reserve = 0;
	plan_wrong(&request, "--block-size 4096: too small, at least 8192");
	request.priv_bytes = 3976;
	plan_right(&request, &plan);
	request.reserve = UINT32_MAX;
	plan_wrong(&request, "--block-size 4096: too small, at least 4294971392");
}

/* The kernel keeps it in 16 bits and would take 65544 for 8. */
static void test_v3_private_area(void **state)
{
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;

	(void)state;
	request.priv_bytes = 65535;
	plan_right(&request, &plan);
	request.priv_bytes = 65536;
	plan_wrong(&request, "private area of 65536 bytes: at most 65535");
	request.priv_bytes = 65544;
	plan_wrong(&request, "private area of 65544 bytes: at most 65535");

	/* V1 and V2 have none. */
	request.version = RING_V2;
	plan_right(&request, &plan);
	assert_int_equal(plan.priv_bytes, 0);
}

static void test_v3_block_count(void **state)
{
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;

	(void)state;
	request.block_bytes = PAGE;
	request.ring_bytes = 65536ull * PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_nr, 65536);
	request.ring_bytes += PAGE - 1;
	plan_right(&request, &plan);
	request.ring_bytes += 1;
	plan_wrong(&request, "--ring-size 268439552: more than 65536 blocks, at most 268435456, "
			     "or --block-size 8192");
	request.block_bytes = 8192;
	plan_right(&request, &plan);
	request.block_bytes = PAGE; /* the last ring for which 8192 is enough */
	request.ring_bytes = 65537ull * 8192 - 1;
	plan_wrong(&request, "--ring-size 536879103: more than 65536 blocks, at most 268435456, "
			     "or --block-size 8192");
	request.block_bytes = 8192;
	plan_right(&request, &plan);

	request.block_bytes = 0;
	request.ring_bytes = UINT64_MAX;
	assert_int_equal(geometry_plan(&request, &plan, NULL), -EINVAL);
}

/* One allocation of 4 MiB, 8 bytes a block: the kernel says ENOMEM beyond. */
static void test_block_vector(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct error err = {0};
	struct geometry plan;

	(void)state;
	request.block_bytes = PAGE;
	request.frame_bytes = PAGE;
	request.ring_bytes = 524288ull * PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_nr, 524288);
	request.ring_bytes += PAGE;
	assert_int_equal(geometry_plan(&request, &plan, &err), -EINVAL);
	assert_string_equal(err.text, "--ring-size 2147487744: more than 524288 blocks, at most "
				      "2147483648, or --block-size 8192");
	request.block_bytes = 8192;
	plan_right(&request, &plan);
}

/* frames_per_block * block_nr has to fit 32 bits. */
static void test_frame_count(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct geometry plan;

	(void)state;
	request.frame_bytes = 64; /* 16384 in a block of 1 MiB */
	request.ring_bytes = 262143 * MIB;
	plan_right(&request, &plan);
	assert_int_equal(plan.frame_nr, 16384u * 262143u);
	request.ring_bytes += MIB; /* 2^32 frames: 0 in 32 bits */
	plan_wrong(&request, "--ring-size 274877906944: more frames than can be counted, at most "
			     "274876858368, or a larger --frame-size");
	request.ring_bytes = UINT64_MAX;
	assert_int_equal(geometry_plan(&request, &plan, NULL), -EINVAL);
}

static void test_versions(void **state)
{
	struct geometry_request request = request_of(RING_V3);

	(void)state;
	request.version = (enum ring_version)4;
	plan_wrong(&request, "--ring-version 4: there are 1, 2 and 3");
	request.version = (enum ring_version)0;
	plan_wrong(&request, "--ring-version 0: there are 1, 2 and 3");
}

/* Rings past 4 GiB: the sizes and the last offsets. */
static void test_large_rings(void **state)
{
	struct geometry_request request = request_of(RING_V3);
	struct geometry plan;

	(void)state;
	request.ring_bytes = 5 * GIB + 7;
	plan_right(&request, &plan);
	assert_int_equal(plan.block_nr, 5120);
	assert_true(plan.ring_bytes == 5 * GIB);
	assert_true(geometry_block_offset(&plan, 5119) == 5 * GIB - MIB);

	request.version = RING_V2;
	request.frame_bytes = 2048;
	plan_right(&request, &plan);
	assert_int_equal(plan.frame_nr, 5120 * 512);
	assert_true(geometry_frame_offset(&plan, plan.frame_nr - 1) == 5 * GIB - 2048);
}

/* 5 frames of 784 bytes in 4096 leave 176 at the end of each block. */
static void test_frame_offsets(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct geometry plan;
	uint32_t i;

	(void)state;
	request.block_bytes = PAGE;
	request.frame_bytes = 784;
	request.ring_bytes = 3 * PAGE;
	plan_right(&request, &plan);
	assert_int_equal(plan.frames_per_block, 5);
	assert_int_equal(plan.frame_nr, 15);
	assert_int_equal(geometry_frame_offset(&plan, 0), 0);
	assert_int_equal(geometry_frame_offset(&plan, 4), 3136);
	assert_int_equal(geometry_frame_offset(&plan, 5), 4096);
	assert_int_equal(geometry_frame_offset(&plan, 14), 2 * 4096 + 3136);
	for (i = 0; i < plan.frame_nr; i++) {
		uint64_t at = geometry_frame_offset(&plan, i);

		assert_int_equal(at / PAGE, (at + plan.frame_size - 1) / PAGE);
	}
}

/* Plans that geometry_plan never makes. */
static void test_check(void **state)
{
	struct geometry_request request = request_of(RING_V2);
	struct geometry right, plan;
	struct error err;

	(void)state;
	plan_right(&request, &right);
#define WRONG(change)                                                         \
	do {                                                                  \
		plan = right;                                                 \
		plan.change;                                                  \
		assert_int_equal(geometry_check(&plan, PAGE, &err), -EINVAL); \
	} while (0)
	WRONG(block_size = 0);
	WRONG(block_size = 0x80000000u);
	WRONG(block_size += 1);
	WRONG(block_nr = 0);
	WRONG(block_nr += 1);
	WRONG(frame_size = 0);
	WRONG(frame_size = 2 * MIB);
	WRONG(frame_size -= 1);
	WRONG(frames_per_block -= 1);
	WRONG(frames_per_block = 0);
	WRONG(frame_nr -= 1);
	WRONG(frame_nr = 0);
	WRONG(ring_bytes -= 1);
	WRONG(version = RING_V3);

	request = request_of(RING_V3);
	plan_right(&request, &right);
	WRONG(frame_size = 0);
	WRONG(frame_size -= 16);
	WRONG(frame_size *= 2);
	WRONG(priv_bytes = 65536);
	WRONG(reserve = UINT32_MAX);
	WRONG(block_nr = 65537);
#undef WRONG
	request = request_of(RING_V2); /* a frame less in each block */
	plan_right(&request, &plan);
	plan.frames_per_block--;
	plan.frame_nr -= plan.block_nr;
	assert_int_equal(geometry_check(&plan, PAGE, &err), -EINVAL);
	plan = right; /* half the frame size, all counts to match */
	plan.frame_size /= 2;
	plan.frames_per_block *= 2;
	plan.frame_nr *= 2;
	assert_int_equal(geometry_check(&plan, PAGE, &err), -EINVAL);
	assert_string_equal(err.text, "ring plan contradicts itself");
}

/* Whatever is asked, what comes out is legal and within the budget. */
static void test_random_requests(void **state)
{
	unsigned taken = 0, i;

	(void)state;
	srandom(1);
	for (i = 0; i < 200000; i++) {
		struct geometry_request request = {
			.version = (enum ring_version)(1 + random() % 3),
			.ring_bytes = (uint64_t)random() << (random() % 33),
			.block_bytes = random() % 2 ? 0 : (uint64_t)(random() % 1024) * PAGE,
			.frame_bytes = random() % 2 ? 0 : (uint64_t)(random() % 8192) * 16,
			.frame_data = (uint32_t)(random() % 300000),
			.reserve = (uint32_t)(random() % 64),
			.priv_bytes = (uint32_t)(random() % 70000),
			.page_bytes = PAGE,
		};
		struct geometry plan;

		if (geometry_plan(&request, &plan, NULL) < 0)
			continue;
		taken++;
		assert_int_equal(plan.block_size % PAGE, 0);
		assert_int_equal(plan.frame_size % 16, 0);
		assert_true(plan.block_nr >= 1 && plan.frames_per_block >= 1);
		assert_true(plan.ring_bytes <= request.ring_bytes);
		assert_true(request.ring_bytes - plan.ring_bytes < plan.block_size);
		assert_true((uint64_t)plan.frames_per_block * plan.frame_size <= plan.block_size);
		assert_true((uint64_t)plan.frames_per_block * plan.block_nr == plan.frame_nr);
		if (plan.version != RING_V3 && request.frame_bytes == 0)
			assert_true(plan.frame_size >= 80 + plan.reserve + request.frame_data);
	}
	assert_in_range(taken, 20000, 180000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_small_rings),
		cmocka_unit_test(test_growing_blocks),
		cmocka_unit_test(test_block_is_pages),
		cmocka_unit_test(test_block_limit),
		cmocka_unit_test(test_frame_is_aligned),
		cmocka_unit_test(test_frame_minimum),
		cmocka_unit_test(test_frame_fits_block),
		cmocka_unit_test(test_v3_block_minimum),
		cmocka_unit_test(test_v3_private_area),
		cmocka_unit_test(test_v3_block_count),
		cmocka_unit_test(test_block_vector),
		cmocka_unit_test(test_frame_count),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_large_rings),
		cmocka_unit_test(test_frame_offsets),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_random_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
