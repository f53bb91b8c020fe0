/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the end of the whole records: files cut at every byte, headers that
 * make no sense, more than a window of records, and records beyond it.
 */
#include "trim.h"

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

#include "pcapng.h"

static int fd;
static uint64_t length;

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

static void append_pcap(uint32_t fraction, uint32_t caplen, uint32_t len)
{
	const uint32_t header[4] = {1700000000, fraction, caplen, len};

	append(header, sizeof(header));
	for (uint32_t i = 0; i < caplen; i++)
		append("x", 1);
}

static void append_pcapng(uint32_t type, uint32_t bytes)
{
	const uint32_t header[2] = {type, bytes};

	append(header, sizeof(header));
	length += bytes - sizeof(header); /* the rest reads as zeros */
	assert_int_equal(ftruncate(fd, (off_t)length), 0);
}

static void expect(enum trim_format format, uint64_t offset, uint64_t size, uint64_t end,
		   uint64_t packets)
{
	uint64_t got_end = 1, got_packets = 1;

	assert_int_equal(trim_scan(fd, format, offset, size, &got_end, &got_packets), 0);
	assert_int_equal(got_end, end);
	assert_int_equal(got_packets, packets);
}

static void pcap_cut_anywhere(void **state)
{
	uint64_t ends[5] = {24};
	unsigned whole = 0;

	(void)state;
	length = 24;
	for (unsigned i = 0; i < 4; i++) {
		append_pcap(999999999, i * 7, 100);
		ends[i + 1] = length;
	}
	for (uint64_t size = 24; size <= length; size++) {
		while (whole < 4 && ends[whole + 1] <= size)
			whole++;
		expect(TRIM_PCAP, 24, size, ends[whole], whole);
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

static void senseless_pcap_headers_end_it(void **state)
{
	uint64_t good;
	const uint32_t zero[4] = {0};

	(void)state;
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
}

static void senseless_pcapng_lengths_end_it(void **state)
{
	static const uint32_t bad[] = {0, 4, 8, 11, 13, 14, 15, 40, UINT32_MAX, UINT32_MAX - 3};
	uint64_t good;

	(void)state;
	append_pcapng(PCAPNG_BLOCK_EPB, 32);
	good = length;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		length = good;
		append((const uint32_t[]){PCAPNG_BLOCK_EPB, bad[i], 0, 0, 0, 0}, 24);
		expect(TRIM_PCAPNG, 0, length, good, 1);
	}
}

static void more_than_a_window(void **state)
{
	(void)state;
	for (int i = 0; i < 7000; i++) /* 140 kB: headers across the window's end */
		append_pcapng(PCAPNG_BLOCK_EPB, 20);
	append_pcapng(PCAPNG_BLOCK_EPB, 3000000);
	append_pcapng(PCAPNG_BLOCK_EPB, 32);
	expect(TRIM_PCAPNG, 0, length, length, 7002);
	expect(TRIM_PCAPNG, 0, length - 1, length - 32, 7001);
	expect(TRIM_PCAPNG, 0, length - 33, 140000, 7000);
}

static void a_file_shorter_than_told(void **state)
{
	(void)state;
	append_pcapng(PCAPNG_BLOCK_EPB, 32);
	expect(TRIM_PCAPNG, 0, length + 1000, 32, 1);
	expect(TRIM_PCAPNG, 64, 32, 64, 0);
}

static void errors_are_told(void **state)
{
	uint64_t end, packets;

	(void)state;
	assert_int_equal(trim_scan(-1, TRIM_PCAP, 0, 100, &end, &packets), -EBADF);
}

static void outfiles_are_cut(void **state)
{
	char dir[] = "/tmp/test_trim.XXXXXX", path[64];
	const uint32_t records[] = {PCAPNG_BLOCK_EPB, 12, 12, PCAPNG_BLOCK_EPB, 16, 0};
	struct outfile *file;
	uint64_t packets = 9;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(outfile_open(path, 0600, &file, NULL), 0);
	assert_int_equal(write(outfile_fd(file), records, sizeof(records)), sizeof(records));
	assert_int_equal(trim_outfile(file, TRIM_PCAPNG, 0, sizeof(records), &packets), 0);
	assert_int_equal(packets, 1);
	assert_int_equal(lseek(outfile_fd(file), 0, SEEK_END), 12);
	assert_int_equal(outfile_close(file), 0);
	assert_int_equal(rmdir(dir), 0);

	packets = 9;
	assert_int_equal(outfile_open("/dev/null", 0600, &file, NULL), 0);
	assert_int_equal(trim_outfile(file, TRIM_PCAPNG, 0, sizeof(records), &packets), 0);
	assert_int_equal(packets, 0);
	assert_int_equal(outfile_close(file), 0);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, file_new, file_drop)
	const struct CMUnitTest tests[] = {
		WITH_FILE(pcap_cut_anywhere),
		WITH_FILE(pcapng_cut_anywhere),
		WITH_FILE(senseless_pcap_headers_end_it),
		WITH_FILE(senseless_pcapng_lengths_end_it),
		WITH_FILE(more_than_a_window),
		WITH_FILE(a_file_shorter_than_told),
		WITH_FILE(errors_are_told),
		cmocka_unit_test(outfiles_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
