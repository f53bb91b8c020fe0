/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the end of the whole records, and the times in them: files cut at
 * every byte, headers that make no sense, lengths that contradict each other,
 * more than a window of records, and records beyond it.
 */
#include "disk/trim.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "frames/pcapng.h"
#include "scratch.h"

#define PCAP_MICRO 0xa1b2c3d4u
#define PCAP_NANO  0xa1b23c4du
#define NS         1000000000u
#define EPOCH_NS   1700000000123456789u

static int fd;
static uint64_t length;
static unsigned reads;

static int file_new(void **state)
{
	(void)state;
	fd = memfd_create("trim", MFD_CLOEXEC);
	length = 0;
	return fd < 0;
}

static int file_drop(void **state)
{
	(void)state;
	return close(fd);
}

static void append(const void *data, size_t bytes)
{
	assert_int_equal(pwrite(fd, data, bytes, (off_t)length), bytes);
	length += bytes;
}

/* The kernel's, counted. */
ssize_t __real_pread(int from, void *to, size_t bytes, off_t offset);
ssize_t __wrap_pread(int from, void *to, size_t bytes, off_t offset);

ssize_t __wrap_pread(int from, void *to, size_t bytes, off_t offset)
{
	reads++;
	return __real_pread(from, to, bytes, offset);
}

static void append_pcap_header(uint32_t magic)
{
	const uint32_t header[6] = {magic, 0, 0, 0, 262144, 1};

	append(header, sizeof(header));
}

static void append_pcap(uint32_t fraction, uint32_t caplen, uint32_t len)
{
	const uint32_t header[4] = {1700000000 + (uint32_t)length, fraction, caplen, len};

	append(header, sizeof(header));
	for (uint32_t i = 0; i < caplen; i++)
		append("x", 1);
}

/* A block of so many bytes that says it has said, and again at its end. An EPB
 * has a packet from EPOCH_NS and its place on. */
static void append_saying(uint32_t type, uint32_t bytes, uint32_t said, uint32_t again)
{
	const uint64_t time_ns = EPOCH_NS + length, end = length + bytes;
	const uint32_t epb[] = {type,      said, 0, (uint32_t)(time_ns >> 32), (uint32_t)time_ns,
				bytes - 32};
	const uint32_t shb[] = {type, said, PCAPNG_MAGIC};

	if (type == PCAPNG_BLOCK_EPB)
		append(epb, sizeof(epb));
	else
		append(shb, type == PCAPNG_BLOCK_SHB ? 12 : 8);
	/* The rest reads as zeros. */
	length = end - 4;
	append(&again, sizeof(again));
}

static void append_pcapng(uint32_t type, uint32_t bytes)
{
	append_saying(type, bytes, bytes, bytes);
}

static struct trim_result scan(enum trim_format format, uint64_t offset, uint64_t size)
{
	struct trim_result result;

	memset(&result, 0x99, sizeof(result));
	assert_int_equal(trim_scan(fd, format, offset, size, &result), 0);
	if (result.packets == 0)
		assert_true(result.first_ns == 0 && result.last_ns == 0);
	return result;
}

static void expect(enum trim_format format, uint64_t offset, uint64_t size, uint64_t end,
		   uint64_t packets)
{
	const struct trim_result got = scan(format, offset, size);

	assert_int_equal(got.end, end);
	assert_int_equal(got.packets, packets);
}

static void pcap_cut_anywhere(void **state)
{
	uint64_t ends[5] = {24};
	unsigned whole = 0;

	(void)state;
	append_pcap_header(PCAP_NANO);
	for (unsigned i = 0; i < 4; i++) {
		append_pcap(999999999, i * 7, 100);
		ends[i + 1] = length;
	}
	for (uint64_t size = 0; size < 24; size++)
		expect(TRIM_PCAP, 0, size, 0, 0);
	for (uint64_t size = 24; size <= length; size++) {
		while (whole < 4 && ends[whole + 1] <= size)
			whole++;
		expect(TRIM_PCAP, 24, size, ends[whole], whole);
		expect(TRIM_PCAP, 0, size, ends[whole], whole);
	}
	assert_int_equal(whole, 4);
	expect(TRIM_PCAP, ends[2], length, length, 2);
}

static void pcapng_cut_anywhere(void **state)
{
	static const struct {
		uint32_t type, bytes, packets;
	} blocks[] = {{PCAPNG_BLOCK_SHB, 28, 0},
		      {PCAPNG_BLOCK_IDB, 20, 0},
		      {PCAPNG_BLOCK_EPB, 96, 1},
		      {PCAPNG_BLOCK_ISB, 12, 1},
		      {PCAPNG_BLOCK_EPB, 32, 2}};
	uint64_t ends[6] = {0};
	unsigned whole = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		append_pcapng(blocks[i].type, blocks[i].bytes);
		ends[i + 1] = length;
	}
	for (uint64_t size = 0; size <= length; size++) {
		while (whole < 5 && ends[whole + 1] <= size)
			whole++;
		expect(TRIM_PCAPNG, 0, size, ends[whole], whole ? blocks[whole - 1].packets : 0);
	}
	assert_int_equal(whole, 5);
}

static void another_start_is_no_file_of_ours(void **state)
{
	static const uint32_t magics[] = {0,          0xd4c3b2a1u, 0x4d3cb2a1u,
					  0xa1b2cd34, 0xa1b2c3d5,  PCAPNG_BLOCK_SHB};
	const uint32_t other = __builtin_bswap32(PCAPNG_MAGIC);

	(void)state;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		length = 0;
		append_pcap_header(magics[i]);
		append_pcap(0, 4, 4);
		expect(TRIM_PCAP, 0, length, 0, 0);
		expect(TRIM_PCAP, 24, length, 24, 0);
	}
	/* No section, or one in the other byte order. */
	length = 0;
	append_pcapng(PCAPNG_BLOCK_ISB, 24);
	append_pcapng(PCAPNG_BLOCK_EPB, 64);
	expect(TRIM_PCAPNG, 0, length, 0, 0);
	expect(TRIM_PCAPNG, 24, length, length, 1);
	length = 0;
	append_pcapng(PCAPNG_BLOCK_SHB, 28);
	append_pcapng(PCAPNG_BLOCK_EPB, 64);
	expect(TRIM_PCAPNG, 0, length, length, 1);
	assert_int_equal(pwrite(fd, &other, sizeof(other), 8), sizeof(other));
	expect(TRIM_PCAPNG, 0, length, 0, 0);
}

static void times_of_the_first_and_last_packet(void **state)
{
	static const uint32_t magics[] = {PCAP_MICRO, PCAP_NANO};
	struct trim_result got;
	uint64_t second;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const uint64_t tick = i ? 1 : 1000;

		length = 0;
		append_pcap_header(magics[i]);
		append_pcap(123456, 10, 10);
		second = length;
		append_pcap(7, 0, 10);
		append_pcap(999999, 20, 20);
		got = scan(TRIM_PCAP, 0, length);
		assert_int_equal(got.packets, 3);
		assert_int_equal(got.first_ns, 1700000024000000000u + 123456 * tick);
		assert_int_equal(got.last_ns, (1700000000 + second + 16) * NS + 999999 * tick);
		assert_true(got.order.known && got.order.fall_ns == 0);
		assert_int_equal(got.order.least_ns, got.first_ns);
		assert_int_equal(got.order.most_ns, got.last_ns);
		got = scan(TRIM_PCAP, second, length - 1);
		assert_int_equal(got.packets, 1);
		assert_int_equal(got.first_ns, (1700000000 + second) * NS + 7 * tick);
		assert_int_equal(got.last_ns, got.first_ns);
	}
	length = 0;
	append_pcapng(PCAPNG_BLOCK_SHB, 28);
	append_pcapng(PCAPNG_BLOCK_EPB, 36);
	append_pcapng(PCAPNG_BLOCK_EPB, 200000);
	append_pcapng(PCAPNG_BLOCK_EPB, 40);
	append_pcapng(PCAPNG_BLOCK_ISB, 24);
	got = scan(TRIM_PCAPNG, 0, length);
	assert_int_equal(got.packets, 3);
	assert_int_equal(got.first_ns, EPOCH_NS + 28);
	assert_int_equal(got.last_ns, EPOCH_NS + 28 + 36 + 200000);
	/* An interface that counts microseconds: what its times are is not worth knowing. */
	append_pcapng(PCAPNG_BLOCK_IDB, 32);
	append_pcapng(PCAPNG_BLOCK_EPB, 40);
	got = scan(TRIM_PCAPNG, 0, length);
	assert_int_equal(got.packets, 4);
	assert_int_equal(got.first_ns, EPOCH_NS + 28);
	assert_int_equal(got.last_ns, 0);
	assert_false(got.order.known);
	length -= 72;
	got = scan(TRIM_PCAPNG, 64, length - 40);
	assert_int_equal(got.packets, 1);
	assert_int_equal(got.first_ns, EPOCH_NS + 64);
	assert_int_equal(got.last_ns, EPOCH_NS + 64);
}

static void how_times_fall(void **state)
{
	/* Seconds. */
	static const uint32_t times[] = {10, 12, 11, 15, 9, 14, 30};
	const uint32_t header[6] = {PCAP_NANO, 4 << 16 | 2, 0, 0, 100, 1};
	struct trim_result got;

	(void)state;
	length = 0;
	append(header, sizeof(header));
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const uint32_t record[4] = {times[i], 0, 0, 20};

		append(record, sizeof(record));
	}
	got = scan(TRIM_PCAP, 0, length);
	assert_int_equal(got.packets, 7);
	assert_true(got.order.known);
	assert_int_equal(got.order.least_ns, UINT64_C(9) * NS);
	assert_int_equal(got.order.most_ns, UINT64_C(30) * NS);
	assert_int_equal(got.order.fall_ns, UINT64_C(6) * NS);
	got = scan(TRIM_PCAP, 0, 24);
	assert_true(got.order.known && got.order.least_ns > got.order.most_ns);
}

static void senseless_pcap_headers_end_it(void **state)
{
	uint64_t good;
	const uint32_t zero[4] = {0};

	(void)state;
	append_pcap_header(PCAP_NANO);
	append_pcap(0, 60, 60);
	good = length;
	append_pcap(1000000000, 4, 4);
	expect(TRIM_PCAP, 0, length, good, 1);
	length = good;
	append_pcap(0, 5, 4);
	expect(TRIM_PCAP, 0, length, good, 1);
	length = good;
	append(zero, sizeof(zero));
	append(zero, sizeof(zero));
	expect(TRIM_PCAP, 0, length, good, 1);
	length = good;
	append((const uint32_t[]){1, 1, UINT32_MAX, UINT32_MAX}, 16);
	expect(TRIM_PCAP, 0, length, good, 1);
	/* What is no nanosecond may be no microsecond. */
	length = good;
	append_pcap(1000000, 4, 4);
	expect(TRIM_PCAP, 0, length, length, 2);
	length = 0;
	append_pcap_header(PCAP_MICRO);
	length = good + 20;
	expect(TRIM_PCAP, 0, length, good, 1);
}

static void senseless_pcapng_lengths_end_it(void **state)
{
	static const uint32_t bad[] = {0,  4,  8,  11, 13, 14,         15,
				       12, 16, 28, 31, 40, UINT32_MAX, UINT32_MAX - 3};
	uint64_t good;

	(void)state;
	append_pcapng(PCAPNG_BLOCK_SHB, 28);
	append_pcapng(PCAPNG_BLOCK_EPB, 32);
	good = length;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		length = good;
		append_saying(PCAPNG_BLOCK_EPB, 36, bad[i], bad[i]);
		expect(TRIM_PCAPNG, 0, length, good, 1);
	}
	/* A packet that is longer than its block. */
	length = good;
	append_pcapng(PCAPNG_BLOCK_EPB, 64);
	expect(TRIM_PCAPNG, 0, length, length, 2);
	assert_int_equal(pwrite(fd, (const uint32_t[]){33}, 4, (off_t)good + 20), 4);
	expect(TRIM_PCAPNG, 0, length, good, 1);
}

/* Where a page in the middle of a block was never written, and where one was
 * written over another: the lengths tell, wherever the window ends. */
static void two_lengths_that_differ_end_it(void **state)
{
	static const uint32_t sizes[] = {32, 4096, 65536 - 8, 65536, 65536 + 4, 300000};
	static const uint32_t again[] = {0, 28, 36, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t good;

		length = 0;
		append_pcapng(PCAPNG_BLOCK_SHB, 28);
		append_pcapng(PCAPNG_BLOCK_EPB, 1000);
		good = length;
		for (size_t k = 0; k < sizeof(again) / sizeof(again[0]); k++) {
			length = good;
			append_saying(PCAPNG_BLOCK_EPB, sizes[i], sizes[i], again[k]);
			append_pcapng(PCAPNG_BLOCK_EPB, 32);
			expect(TRIM_PCAPNG, 0, length, good, 1);
		}
		length = good;
		append_pcapng(PCAPNG_BLOCK_EPB, sizes[i]);
		append_pcapng(PCAPNG_BLOCK_EPB, 32);
		expect(TRIM_PCAPNG, 0, length, length, 3);
	}
	length = 0;
	append_saying(PCAPNG_BLOCK_SHB, 28, 28, 24);
	expect(TRIM_PCAPNG, 0, length, 0, 0);
}

/* Headers, and lengths, across the window's end at every place. */
static void more_than_a_window(void **state)
{
	(void)state;
	for (uint32_t first = 28; first < 28 + 64; first += 4) {
		length = 0;
		append_pcapng(PCAPNG_BLOCK_SHB, first);
		for (int i = 0; i < 3000; i++)
			append_pcapng(PCAPNG_BLOCK_EPB, 36 + 4 * (i % 3));
		append_pcapng(PCAPNG_BLOCK_EPB, 3000000);
		append_pcapng(PCAPNG_BLOCK_EPB, 32);
		expect(TRIM_PCAPNG, 0, length, length, 3002);
		expect(TRIM_PCAPNG, 0, length - 1, length - 32, 3001);
		expect(TRIM_PCAPNG, 0, length - 33, length - 3000032, 3000);
	}
}

static void a_window_is_read_once(void **state)
{
	(void)state;
	append_pcapng(PCAPNG_BLOCK_SHB, 28);
	while (length < 1 << 20)
		append_pcapng(PCAPNG_BLOCK_EPB, 32);
	reads = 0;
	scan(TRIM_PCAPNG, 0, length);
	/* Each may go on a little before the end of the last. */
	assert_in_range(reads, 16, 18);

	for (int i = 0; i < 50; i++)
		append_pcapng(PCAPNG_BLOCK_EPB, 100000);
	reads = 0;
	scan(TRIM_PCAPNG, 0, length);
	assert_in_range(reads, 16, 18 + 50);

	length = 0;
	append_pcap_header(PCAP_MICRO);
	while (length < 1 << 20)
		append_pcap(0, 4, 4);
	reads = 0;
	scan(TRIM_PCAP, 0, length);
	assert_in_range(reads, 16, 18);
}

static void a_file_shorter_than_told(void **state)
{
	(void)state;
	append_pcapng(PCAPNG_BLOCK_SHB, 28);
	append_pcapng(PCAPNG_BLOCK_EPB, 32);
	expect(TRIM_PCAPNG, 0, length + 1000, 60, 1);
	expect(TRIM_PCAPNG, 64, 32, 64, 0);
	/* The last block's length is not there. */
	append_pcapng(PCAPNG_BLOCK_EPB, 64);
	assert_int_equal(ftruncate(fd, (off_t)length - 2), 0);
	expect(TRIM_PCAPNG, 0, length, 60, 1);
	assert_int_equal(ftruncate(fd, 0), 0);
	expect(TRIM_PCAPNG, 0, length, 0, 0);
	expect(TRIM_PCAP, 0, length, 0, 0);
}

static void errors_are_told(void **state)
{
	struct trim_result result;

	(void)state;
	assert_int_equal(trim_scan(-1, TRIM_PCAP, 0, 100, &result), -EBADF);
	assert_int_equal(result.end, 0);
	assert_int_equal(trim_scan(-1, TRIM_PCAPNG, 36, 100, &result), -EBADF);
	assert_int_equal(result.end, 36);
}

static void outfiles_are_cut(void **state)
{
	const uint32_t records[] = {PCAPNG_BLOCK_EPB, 32, 0, 0, 5, 0, 0, 32,
				    PCAPNG_BLOCK_EPB, 16, 0};
	struct trim_result result = {.packets = 9};
	struct outfile *file;

	(void)state;
	assert_int_equal(scratch_make(SCRATCH_TMP), 0);
	assert_int_equal(outfile_open(scratch_at("file"), 0600, &file, NULL), 0);
	assert_int_equal(pwrite(outfile_fd(file), records, sizeof(records), 100), sizeof(records));
	assert_int_equal(trim_outfile(file, TRIM_PCAPNG, 100, 100 + sizeof(records), &result), 0);
	assert_int_equal(result.packets, 1);
	assert_int_equal(result.end, 132);
	assert_int_equal(result.first_ns, 5);
	assert_int_equal(lseek(outfile_fd(file), 0, SEEK_END), 132);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(scratch_entries(), 0);
	assert_int_equal(scratch_remove(), 0);

	result.packets = 9;
	assert_int_equal(outfile_open("/dev/null", 0600, &file, NULL), 0);
	assert_int_equal(trim_outfile(file, TRIM_PCAPNG, 0, sizeof(records), &result), 0);
	assert_int_equal(result.packets, 0);
	assert_int_equal(outfile_close(file), 0);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, file_new, file_drop)
	const struct CMUnitTest tests[] = {
		WITH_FILE(pcap_cut_anywhere),
		WITH_FILE(pcapng_cut_anywhere),
		WITH_FILE(another_start_is_no_file_of_ours),
		WITH_FILE(how_times_fall),
		WITH_FILE(times_of_the_first_and_last_packet),
		WITH_FILE(senseless_pcap_headers_end_it),
		WITH_FILE(senseless_pcapng_lengths_end_it),
		WITH_FILE(two_lengths_that_differ_end_it),
		WITH_FILE(more_than_a_window),
		WITH_FILE(a_window_is_read_once),
		WITH_FILE(a_file_shorter_than_told),
		WITH_FILE(errors_are_told),
		cmocka_unit_test(outfiles_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
