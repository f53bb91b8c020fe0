/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unpacking, from and into pieces of any size: several frames, frames that are cut or damaged,
 * and what is no frame at all. What is unpacked was packed by the programs themselves.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pack/unpack.h"

#define TEXT       "wire\ntape\n"
#define TEXT_BYTES (sizeof(TEXT) - 1)

/* "wire\n" and "tape\n", a frame each. */
static const uint8_t by_zstd[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x29, 0x00, 0x00, 'w',
				  'i',  'r',  'e',  '\n', 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58,
				  0x29, 0x00, 0x00, 't',  'a',  'p',  'e',  '\n'};
static const uint8_t by_gzip[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
				  0x2b, 0xcf, 0x2c, 0x4a, 0xe5, 0x02, 0x00, 0x89, 0xb9, 0xd4,
				  0x64, 0x05, 0x00, 0x00, 0x00, 0x1f, 0x8b, 0x08, 0x00, 0x00,
				  0x00, 0x00, 0x00, 0x00, 0x03, 0x2b, 0x49, 0x2c, 0x48, 0xe5,
				  0x02, 0x00, 0xd8, 0x3f, 0x44, 0xe5, 0x05, 0x00, 0x00, 0x00};
static const uint8_t by_lz4[] = {0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0x05, 0x00, 0x00,
				 0x80, 'w',  'i',  'r',  'e',  '\n', 0x00, 0x00, 0x00, 0x00,
				 0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0x05, 0x00, 0x00,
				 0x80, 't',  'a',  'p',  'e',  '\n', 0x00, 0x00, 0x00, 0x00};

static const struct packed {
	const char *program;
	const uint8_t *bytes;
	size_t count;
} packed[] = {
	{"zstd", by_zstd, sizeof(by_zstd)},
	{"gzip", by_gzip, sizeof(by_gzip)},
	{"lz4", by_lz4, sizeof(by_lz4)},
};
#define PACKED_COUNT (sizeof(packed) / sizeof(packed[0]))

struct got {
	char text[64];
	size_t count;
	int rc;
	bool whole;
};

/* Unpacks as long as something happens, in pieces of so many bytes. false: the library was left
 * out. */
static bool unpack(const uint8_t *bytes, size_t count, size_t in, size_t out, struct got *got)
{
	struct unpack *u;
	const char *why = NULL;
	size_t at = 0;
	int rc = unpack_open(bytes, count, &u);

	*got = (struct got){0};
	if (rc == -ENOTSUP)
		return false;
	assert_int_equal(rc, 0);
	for (;;) {
		struct unpack_step step = {
			.in = bytes + at,
			.in_bytes = count - at < in ? count - at : in,
			.out = (uint8_t *)got->text + got->count,
			.out_bytes = sizeof(got->text) - got->count,
		};

		if (step.out_bytes > out)
			step.out_bytes = out;
		got->rc = unpack_step(u, &step, &why);
		assert_true(step.used <= step.in_bytes && step.made <= step.out_bytes);
		at += step.used;
		got->count += step.made;
		if (got->rc < 0 || (step.used == 0 && step.made == 0))
			break;
	}
	assert_true(got->rc == 0 || (why && *why));
	got->whole = unpack_is_whole(u);
	unpack_close(u);
	return true;
}

static void test_frames_follow_each_other(void **state)
{
	struct got got;

	(void)state;
	for (size_t i = 0; i < PACKED_COUNT; i++) {
		assert_string_equal(unpack_program(packed[i].bytes, packed[i].count),
				    packed[i].program);
		for (size_t in = 1; in <= packed[i].count; in += 3) {
			for (size_t out = 1; out < 12; out += 5) {
				if (!unpack(packed[i].bytes, packed[i].count, in, out, &got))
					continue;
				assert_int_equal(got.rc, 0);
				assert_int_equal(got.count, TEXT_BYTES);
				assert_memory_equal(got.text, TEXT, TEXT_BYTES);
				assert_true(got.whole);
			}
		}
	}
}

/* Whole it is where both frames are, or the first, and nowhere else. */
static void test_a_cut_shows(void **state)
{
	struct got got;

	(void)state;
	for (size_t i = 0; i < PACKED_COUNT; i++) {
		for (size_t bytes = UNPACK_MAGIC_BYTES; bytes <= packed[i].count; bytes++) {
			if (!unpack(packed[i].bytes, bytes, SIZE_MAX, 64, &got))
				continue;
			assert_int_equal(got.rc, 0);
			assert_int_equal(got.whole,
					 bytes == packed[i].count || bytes == packed[i].count / 2);
			assert_memory_equal(got.text, TEXT, got.count);
		}
	}
}

static void test_what_is_damaged_ends_behind_what_is_not(void **state)
{
	uint8_t bytes[64];
	struct got got;

	(void)state;
	for (size_t i = 0; i < PACKED_COUNT; i++) {
		memcpy(bytes, packed[i].bytes, packed[i].count);
		bytes[packed[i].count / 2] ^= 0x40; /* the magic of the second */
		if (!unpack(bytes, packed[i].count, SIZE_MAX, 64, &got))
			continue;
		assert_int_equal(got.rc, -EBADMSG);
		assert_int_equal(got.count, TEXT_BYTES / 2);
		assert_memory_equal(got.text, TEXT, TEXT_BYTES / 2);
	}
}

static void test_a_sum_is_checked(void **state)
{
	uint8_t bytes[sizeof(by_gzip)];
	struct got got;

	(void)state;
	memcpy(bytes, by_gzip, sizeof(bytes));
	bytes[18] ^= 1;
	if (unpack(bytes, sizeof(bytes), SIZE_MAX, 64, &got))
		assert_int_equal(got.rc, -EBADMSG);
}

/* As tapes have them, and nothing but zeros. */
static void test_zeros_behind_gzip(void **state)
{
	uint8_t bytes[sizeof(by_gzip) + 10] = {0};
	struct got got;

	(void)state;
	memcpy(bytes, by_gzip, sizeof(by_gzip));
	if (!unpack(bytes, sizeof(bytes), SIZE_MAX, 64, &got))
		return;
	assert_int_equal(got.rc, 0);
	assert_int_equal(got.count, TEXT_BYTES);
	assert_true(got.whole);
	bytes[sizeof(bytes) - 1] = 0x1f;
	assert_true(unpack(bytes, sizeof(bytes), SIZE_MAX, 64, &got));
	assert_int_equal(got.rc, -EBADMSG);
	assert_int_equal(got.count, TEXT_BYTES);
}

/* A header that asks for a window of 256 MiB gets none. */
static void test_a_large_window_is_refused(void **state)
{
	const uint8_t header[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x90, 0x29, 0x00, 0x00, 'w'};
	struct got got;

	(void)state;
	if (unpack(header, sizeof(header), SIZE_MAX, 64, &got))
		assert_int_equal(got.rc, -EBADMSG);
}

static void test_what_is_skipped(void **state)
{
	uint8_t bytes[11 + sizeof(by_zstd)] = {0x5a, 0x2a, 0x4d, 0x18, 3};
	struct got got;

	(void)state;
	memcpy(bytes + 11, by_zstd, sizeof(by_zstd));
	if (!unpack(bytes, sizeof(bytes), 1, 64, &got))
		return;
	assert_int_equal(got.rc, 0);
	assert_int_equal(got.count, TEXT_BYTES);
	assert_true(got.whole);
}

static void test_what_is_none(void **state)
{
	const uint8_t pcap[] = {0xd4, 0xc3, 0xb2, 0xa1}, short_one[] = {0x28, 0xb5, 0x2f};

	(void)state;
	assert_null(unpack_program(pcap, sizeof(pcap)));
	assert_null(unpack_program(short_one, sizeof(short_one)));
	unpack_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_follow_each_other),
		cmocka_unit_test(test_a_cut_shows),
		cmocka_unit_test(test_what_is_damaged_ends_behind_what_is_not),
		cmocka_unit_test(test_a_sum_is_checked),
		cmocka_unit_test(test_zeros_behind_gzip),
		cmocka_unit_test(test_a_large_window_is_refused),
		cmocka_unit_test(test_what_is_skipped),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
