/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream of records, cut wherever a pipe may cut it: how many are whole by then.
 */
#include "disk/passed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frames/pcapng.h"

#define RECORDS 5u

static const uint32_t lengths[RECORDS] = {60, 0, 1, 1514, 4};

static uint8_t stream[8192];
static size_t ends[RECORDS]; /* of each record, in it */
static size_t bytes;

static void put_words(const uint32_t *words, size_t count)
{
	memcpy(stream + bytes, words, count * sizeof(*words));
	bytes += count * sizeof(*words);
}

static void make_pcap(void)
{
	memset(stream, 0xff, sizeof(stream));
	bytes = 24;
	for (uint32_t i = 0; i < RECORDS; i++) {
		put_words((uint32_t[]){1, 2, lengths[i], 65535}, 4);
		bytes += lengths[i];
		ends[i] = bytes;
	}
}

/* With other blocks in front of, between and behind the packets. */
static void make_pcapng(void)
{
	memset(stream, 0xff, sizeof(stream));
	bytes = 0;
	for (uint32_t i = 0; i < RECORDS; i++) {
		const uint32_t padded = (lengths[i] + 3) / 4 * 4;
		const uint32_t all = PCAPNG_EPB_HEADER_BYTES + padded + 4;

		put_words((uint32_t[]){i == 0 ? PCAPNG_BLOCK_SHB : 5, 12 + 4 * i}, 2);
		bytes += 4 + 4 * i;
		put_words((uint32_t[]){PCAPNG_BLOCK_EPB, all}, 2);
		bytes += all - 8;
		ends[i] = bytes;
	}
	put_words((uint32_t[]){5, 12, 12}, 3);
}

static uint64_t whole_in(size_t at)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < RECORDS; i++)
		count += ends[i] <= at;
	return count;
}

/* Up to each byte, in pieces of each length. */
static void expect_counts(enum trim_format format)
{
	struct passed passed;

	for (size_t piece = 1; piece < 40; piece++) {
		passed_begin(&passed, format);
		for (size_t at = 0; at < bytes; at += piece) {
			const size_t part = piece < bytes - at ? piece : bytes - at;

			passed_add(&passed, stream + at, part);
			assert_int_equal(passed.packets, whole_in(at + part));
		}
	}
	passed_begin(&passed, format);
	passed_add(&passed, stream, bytes);
	assert_int_equal(passed.packets, RECORDS);
}

static void test_pcap(void **state)
{
	(void)state;
	make_pcap();
	expect_counts(TRIM_PCAP);
}

static void test_pcapng(void **state)
{
	(void)state;
	make_pcapng();
	expect_counts(TRIM_PCAPNG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap),
		cmocka_unit_test(test_pcapng),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
