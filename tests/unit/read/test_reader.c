/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap in all its variants, cut short at every byte; and what the reader does with
 * several files: one after the other, merged, over again, from pipes, by time.
 */
#include "read/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "reader_support.h"
#include "scratch.h"

#define MICRO   0xa1b2c3d4u
#define NANO    0xa1b23c4du
#define PATCHED 0xa1b2cd34u
#define S       UINT64_C(1000000000)

static struct got got;

static void pcap_of_all_kinds(void **state)
{
	struct made made;

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		made_new(&made, kind & 1);
		made_pcap(&made, kind & 2 ? NANO : MICRO, 101);
		made_record(&made, 1700000000, 123456, 60, 60);
		made_record(&made, 4294967295, 999999, 0, 0);
		made_record(&made, 0, 0, 1500, 9000);
		made_record(&made, 1, 1, 20, 10); /* such are made */
		got_memory(&got, made.bytes, made.used, false);
		assert_int_equal(got.end, 0);
		assert_int_equal(got.count, 4);
		assert_int_equal(got.interfaces, 1);
		assert_int_equal(got.frames[0].time_ns,
				 1700000000 * S + (kind & 2 ? 123456 : 123456000));
		assert_int_equal(got.frames[1].time_ns,
				 4294967295 * S + (kind & 2 ? 999999 : 999999000));
		assert_int_equal(got.frames[2].time_ns, 0);
		assert_int_equal(got.frames[2].len, 9000);
		assert_int_equal(got.frames[3].len, 20);
		for (uint32_t i = 0; i < 4; i++) {
			assert_true(is_data(&got.frames[i], (uint8_t)got.frames[i].caplen));
			assert_int_equal(got.frames[i].packet_type, PACKET_HOST);
			assert_null(got.frames[i].link);
		}
		got_drop(&got);
		made_drop(&made);
	}
}

static void pcap_cut_anywhere(void **state)
{
	struct made made;
	size_t ends[5];
	uint32_t whole;

	(void)state;
	made_new(&made, false);
	made_pcap(&made, NANO, 1);
	for (uint32_t i = 0; i < 5; i++) {
		made_record(&made, 1700000000 + i, i, 9 * i, 100);
		ends[i] = made.used;
	}
	for (size_t bytes = 0; bytes <= made.used; bytes++) {
		for (whole = 0; whole < 5 && ends[whole] <= bytes;)
			whole++;
		got_memory(&got, made.bytes, bytes, false);
		assert_int_equal(got.count, whole);
		if (bytes == 24 || (whole > 0 && bytes == ends[whole - 1]))
			assert_int_equal(got.end, 0);
		else
			assert_true(got.end == -ENODATA || (bytes < 8 && got.end == -EBADMSG));
		got_drop(&got);
		/* A recorder's: that is where it ends by now. */
		got_memory(&got, made.bytes, bytes, true);
		assert_int_equal(got.count, whole);
		assert_int_equal(got.end, 0);
		got_drop(&got);
	}
	got_memory(&got, made.bytes, ends[2] + 20, false);
	assert_string_equal(got.err.text, "memory: cut short: of what begins at byte 99 the last "
					  "23 bytes are missing");
	got_drop(&got);
	made_drop(&made);
}

static void pcap_that_makes_no_sense(void **state)
{
	struct made made;

	(void)state;
	made_new(&made, true);
	made_pcap(&made, MICRO, 1);
	made_record(&made, 1, 1, 10, 10);
	made_put64(&made, 1);
	made_put32(&made, 0x7fffffff);
	made_put32(&made, 0x7fffffff);
	got_memory(&got, made.bytes, made.used, false);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.end, -EBADMSG);
	assert_string_equal(got.err.text,
			    "memory: damaged at byte 50: a packet of 2147483647 bytes");
	got_drop(&got);
	/* Zeros are packets, but not in what a recorder has yet to write. */
	made.used = 50;
	memset(made.bytes + 50, 0, 32);
	got_memory(&got, made.bytes, 82, false);
	assert_int_equal(got.count, 3);
	got_drop(&got);
	got_memory(&got, made.bytes, 82, true);
	assert_int_equal(got.count, 1);
	assert_int_equal(got.end, 0);
	got_drop(&got);
	got_memory(&got, "GIF89a, and so on", 17, false);
	assert_int_equal(got.end, -EBADMSG);
	got_drop(&got);
	got_memory(&got, "", 0, false);
	assert_int_equal(got.end, -ENODATA);
	got_drop(&got);
	made_drop(&made);
}

/* Kuznetzov's has 8 more bytes a record; before 2.3 lengths were the other way
 * round. */
static void pcap_variants(void **state)
{
	struct made made;

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		made_new(&made, swapped);
		made_pcap(&made, PATCHED, 1);
		for (uint32_t i = 0; i < 100; i++) {
			made_put32(&made, 1700000000 + i);
			made_put32(&made, 5);
			made_put32(&made, 1000 + i);
			made_put32(&made, 2000);
			made_put64(&made, 0);
			made_put_data(&made, 1000 + i, (uint8_t)i);
		}
		got_memory(&got, made.bytes, made.used, false);
		assert_int_equal(got.end, 0);
		assert_int_equal(got.count, 100);
		for (uint32_t i = 0; i < 100; i++) {
			assert_true(is_data(&got.frames[i], (uint8_t)i));
			assert_int_equal(got.frames[i].caplen, 1000 + i);
			assert_int_equal(got.frames[i].time_ns, (1700000000 + i) * S + 5000);
		}
		got_drop(&got);
		got_memory(&got, made.bytes, made.used - 1, false);
		assert_int_equal(got.count, 99);
		assert_int_equal(got.end, -EBADMSG);
		got_drop(&got);
		made.used = 0;
		made_pcap(&made, MICRO, 1);
		made.bytes[swapped ? 7 : 6] = 2; /* version 2.2 */
		made_record(&made, 1, 2, 40, 30);
		made.bytes[24 + 8 + (swapped ? 3 : 0)] = 50; /* its len; 30 is its caplen */
		got_memory(&got, made.bytes, 24 + 16 + 30, false);
		assert_int_equal(got.count, 1);
		assert_int_equal(got.frames[0].caplen, 30);
		assert_int_equal(got.frames[0].len, 50);
		got_drop(&got);
		made_drop(&made);
	}
}

/* Records over many windows, one of which is wider than a window at first. */
static void as_libpcap_reads_it(void **state)
{
	const char *path = "many.pcap";
	const struct reader_config config = {.paths = &path, .count = 1};
	struct pcap_pkthdr *header;
	char text[PCAP_ERRBUF_SIZE];
	const u_char *data;
	struct made made;
	pcap_t *pcap;

	(void)state;
	made_new(&made, false);
	made_pcap(&made, NANO, 1);
	for (uint32_t i = 0; i < 2000; i++)
		made_record(&made, i, i * 1000, i == 1000 ? 262144 : i * 7919 % 1515, 262144);
	made_write(&made, path);
	got_paths(&got, &config);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.count, 2000);
	pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, text);
	assert_non_null(pcap);
	for (uint32_t i = 0; i < 2000; i++) {
		const struct frame *frame = &got.frames[i];

		assert_int_equal(pcap_next_ex(pcap, &header, &data), 1);
		assert_int_equal(header->caplen, frame->caplen);
		assert_int_equal((uint64_t)header->ts.tv_sec * S + (uint64_t)header->ts.tv_usec,
				 frame->time_ns);
		assert_memory_equal(data, frame->data, frame->caplen);
	}
	pcap_close(pcap);
	got_drop(&got);
	made_drop(&made);
}

/* Three files with times i, i + step ...; the second one has another link type. */
static void make_three(void)
{
	static const char *const paths[] = {"a.pcap", "b.pcap", "c.pcap"};
	struct made made;

	for (uint32_t f = 0; f < 3; f++) {
		made_new(&made, false);
		made_pcap(&made, MICRO, f == 1 ? 113 : 1);
		for (uint32_t i = 0; i < 100 + 50 * f; i++)
			made_record(&made, 100 + i * (f + 1), 0, f + 1, 100);
		made_write(&made, paths[f]);
		made_drop(&made);
	}
}

static const char *const three[] = {"a.pcap", "b.pcap", "c.pcap"};

static void one_after_the_other(void **state)
{
	const struct reader_config config = {.paths = three, .count = 3};
	struct reader *reader;
	uint64_t done, all;

	(void)state;
	make_three();
	assert_int_equal(started_reader(&config, &reader, NULL), 0);
	for (int round = 0; round < 2; round++) {
		got_reader(&got, reader, 16);
		assert_int_equal(got.end, 0);
		assert_int_equal(got.count, 450);
		assert_int_equal(got.interfaces, 2);
		for (uint32_t i = 0; i < 450; i++) {
			uint32_t f = i < 100 ? 0 : i < 250 ? 1 : 2;

			assert_int_equal(got.frames[i].caplen, f + 1);
			assert_int_equal(got.frames[i].interface, f == 1);
		}
		got_drop(&got);
		reader_progress(reader, &done, &all);
		assert_int_equal(done, all);
		assert_int_equal(all, 3 * 24 + 450 * 16 + 100 + 300 + 600);
		assert_int_equal(reader_rewind(reader, NULL), 0);
		reader_progress(reader, &done, &all);
		assert_int_equal(done, 0);
	}
	assert_int_equal(reader_interface(reader, 0)->dlt, DLT_EN10MB);
	assert_int_equal(reader_interface(reader, 1)->dlt, DLT_LINUX_SLL);
	assert_int_equal(reader_interface(reader, 0)->snaplen, 262144);
	assert_null(reader_interface(reader, 2));
	reader_close(reader);
}

static void merged(void **state)
{
	const struct reader_config config = {.paths = three, .count = 3, .merge = true};
	struct reader *reader;

	(void)state;
	make_three();
	assert_int_equal(started_reader(&config, &reader, NULL), 0);
	for (uint32_t most = 1; most < 200; most *= 5) {
		got_reader(&got, reader, most);
		assert_int_equal(got.count, 450);
		for (uint32_t i = 0; i < 450; i++) {
			const struct frame *frame = &got.frames[i];

			assert_true(is_data(frame, (uint8_t)frame->caplen));
			if (i == 0)
				continue;
			assert_true(frame[-1].time_ns <= frame->time_ns);
			/* The earlier path first. */
			if (frame[-1].time_ns == frame->time_ns)
				assert_true(frame[-1].caplen < frame->caplen);
		}
		got_drop(&got);
		assert_int_equal(reader_rewind(reader, NULL), 0);
	}
	reader_close(reader);
}

static void of_a_time(void **state)
{
	const struct reader_config config = {.paths = three,
					     .count = 3,
					     .merge = true,
					     .has_from = true,
					     .has_to = true,
					     .from_ns = 150 * S,
					     .to_ns = 160 * S};

	(void)state;
	make_three();
	got_paths(&got, &config);
	assert_int_equal(got.count, 10 + 5 + 3);
	assert_int_equal(got.frames[0].time_ns, 150 * S);
	assert_int_equal(got.frames[17].time_ns, 159 * S);
	got_drop(&got);
}

/* An error ends one file, and is told after what was whole. */
static void goes_on_after_an_error(void **state)
{
	struct reader_config config = {.paths = three, .count = 3};
	struct reader *reader;

	(void)state;
	for (int merge = 0; merge < 2; merge++) {
		config.merge = merge;
		make_three();
		assert_int_equal(truncate("b.pcap", 24 + 18 * 10 + 5), 0);
		assert_int_equal(started_reader(&config, &reader, NULL), 0);
		got_reader(&got, reader, 16);
		assert_int_equal(got.end, -ENODATA);
		assert_non_null(strstr(got.err.text, "b.pcap: cut short"));
		if (!merge)
			assert_int_equal(got.count, 110);
		uint32_t before = got.count;
		got_drop(&got);
		got_reader(&got, reader, 16);
		assert_int_equal(got.end, 0);
		assert_int_equal(before + got.count, 100 + 10 + 200);
		got_drop(&got);
		reader_close(reader);
	}
}

static void refuses_at_once(void **state)
{
	const char *paths[] = {"a.pcap", "missing.pcap"};
	struct reader_config config = {.paths = paths, .count = 2};
	struct reader *reader;
	struct error err;

	(void)state;
	make_three();
	assert_int_equal(started_reader(&config, &reader, &err), -ENOENT);
	assert_string_equal(err.text, "cannot read missing.pcap: No such file or directory");
	config.count = 0;
	assert_int_equal(started_reader(&config, &reader, &err), 0);
	assert_int_equal(reader_fill(reader, got.frames, 1, &err), 0);
	reader_close(reader);
	reader_close(NULL);
}

enum { PIPE_PCAP, PIPE_PCAPNG, PIPE_ODD, PIPE_KINDS };

static void made_header(struct made *made, int kind)
{
	made_new(made, false);
	if (kind == PIPE_PCAPNG) {
		made_shb(made);
		made_idb(made, 1, "eth0");
	} else {
		made_pcap(made, kind == PIPE_ODD ? PATCHED : NANO, 1);
	}
}

/* At the i-th nanosecond, or of the odd kind, microsecond. */
static void made_packet(struct made *made, int kind, uint32_t i)
{
	made->used = 0;
	if (kind == PIPE_PCAPNG) {
		made_epb(made, 0, i, i * 10);
	} else if (kind == PIPE_PCAP) {
		made_record(made, 0, i, i * 10, i * 10);
	} else {
		made_put32(made, 0);
		made_put32(made, i);
		made_put32(made, i * 10);
		made_put32(made, i * 10);
		made_put64(made, 0);
		made_put_data(made, i * 10, (uint8_t)(i * 10));
	}
}

/* Byte by byte, each of which is waited for, and nothing else is. */
static void write_slowly(struct reader *reader, int fd, const struct made *made)
{
	struct frame frames[8];
	struct error err;

	for (size_t at = 0; at < made->used; at++) {
		assert_int_equal(reader_fill(reader, frames, 8, &err), -EAGAIN);
		assert_int_equal(write(fd, made->bytes + at, 1), 1);
	}
}

/* Each packet is given as it comes, in whatever pieces; so is the header. The
 * descriptor, which others may have, keeps its flags. */
static void from_a_pipe(void **state)
{
	const char *path = "-";
	const struct reader_config config = {.paths = &path, .count = 1};
	int pipes[2], standard = dup(STDIN_FILENO), rc = 0;
	struct frame frames[8];
	struct reader *reader;
	struct error err;
	struct made made;
	uint64_t done, all;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[0], STDIN_FILENO);
	for (int kind = 0; kind < PIPE_KINDS; kind++) {
		made_header(&made, kind);
		assert_int_equal(reader_open(&config, &reader, NULL), 0);
		assert_int_equal(reader_start(reader, 0, &err), -ETIMEDOUT);
		write_slowly(reader, pipes[1], &made);
		assert_int_equal(reader_fill(reader, frames, 8, &err), -EAGAIN);
		assert_int_equal(reader_start(reader, 0, &err), 0);
		assert_int_equal(reader_interface_count(reader), 1);
		for (uint32_t i = 0; i < 50; i++) {
			made_packet(&made, kind, i);
			write_slowly(reader, pipes[1], &made);
			assert_int_equal(reader_fill(reader, frames, 8, &err), 1);
			assert_int_equal(frames[0].time_ns, kind == PIPE_ODD ? i * 1000 : i);
			assert_true(is_data(&frames[0], (uint8_t)(i * 10)));
		}
		assert_int_equal(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, 0);
		reader_progress(reader, &done, &all);
		assert_true(done == 0 && all == 0);
		assert_true(reader_poll_fd(reader) >= 0);
		assert_int_equal(reader_rewind(reader, &err), -ESPIPE);
		/* What is left over of one capture is not of the next. */
		reader_close(reader);
		made_drop(&made);
	}
	close(pipes[1]);
	rc = started_reader(&config, &reader, &err);
	assert_int_equal(rc, -ENODATA);
	assert_string_equal(err.text, "standard input: empty, not a capture file");
	dup2(standard, STDIN_FILENO);
	close(standard);
	close(pipes[0]);
}

/* A named pipe that nobody has opened for writing, and, behind another, one that
 * stays without its header, hold up nothing. */
static void from_silent_pipes(void **state)
{
	const char *paths[] = {"first", "second"};
	const struct reader_config config = {.paths = paths, .count = 2};
	struct frame frames[8];
	struct reader *reader;
	struct error err;
	struct made made;
	int first, second;

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(mkfifo(paths[i], 0600), 0);
	assert_int_equal(reader_open(&config, &reader, &err), 0);
	assert_int_equal(reader_start(reader, 0, &err), -ETIMEDOUT);
	assert_string_equal(err.text, "first: no capture has come in time");
	assert_int_equal(reader_fill(reader, frames, 8, &err), -EAGAIN);
	first = open("first", O_WRONLY);
	made_header(&made, PIPE_PCAP);
	assert_int_equal(write(first, made.bytes, made.used), made.used);
	made_packet(&made, PIPE_PCAP, 3);
	assert_int_equal(write(first, made.bytes, made.used), made.used);
	close(first);
	assert_int_equal(reader_start(reader, 0, &err), 0);
	assert_int_equal(reader_fill(reader, frames, 8, &err), 1);
	assert_int_equal(reader_fill(reader, frames, 8, &err), -EAGAIN);
	second = open("second", O_WRONLY);
	assert_int_equal(reader_fill(reader, frames, 8, &err), -EAGAIN);
	assert_int_equal(reader_await(reader, 1), -ETIMEDOUT);
	made_drop(&made);
	made_header(&made, PIPE_ODD);
	write_slowly(reader, second, &made);
	made_packet(&made, PIPE_ODD, 5);
	write_slowly(reader, second, &made);
	assert_int_equal(reader_await(reader, UINT64_MAX), 0);
	assert_int_equal(reader_fill(reader, frames, 8, &err), 1);
	assert_int_equal(frames[0].caplen, 50);
	close(second);
	assert_int_equal(reader_fill(reader, frames, 8, &err), 0);
	made_drop(&made);
	reader_close(reader);
	for (int i = 0; i < 2; i++)
		unlink(paths[i]);
}

/* Merged, it is the pipe that is waited for, and says so. */
static void merged_with_a_pipe(void **state)
{
	const char *paths[] = {"pipe", "a.pcap"};
	const struct reader_config config = {.paths = paths, .count = 2, .merge = true};
	struct pollfd poll_fd = {.events = POLLIN};
	struct frame frames[8];
	struct reader *reader;
	struct error err;
	struct made made;
	int fd;

	(void)state;
	make_three();
	unlink("pipe");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	fd = open("pipe", O_RDWR);
	assert_true(fd >= 0);
	made_new(&made, false);
	made_pcap(&made, NANO, 1);
	made_record(&made, 101, 5, 9, 9);
	assert_int_equal(write(fd, made.bytes, made.used), made.used);
	assert_int_equal(started_reader(&config, &reader, &err), 0);
	poll_fd.fd = reader_poll_fd(reader);
	assert_true(poll_fd.fd >= 0);
	/* Those up to the pipe's packet, and that. */
	assert_int_equal(reader_fill(reader, frames, 8, &err), 3);
	assert_int_equal(frames[2].caplen, 9);
	assert_int_equal(reader_fill(reader, frames, 8, &err), -EAGAIN);
	assert_int_equal(reader_poll_fd(reader), poll_fd.fd);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	made.used = 0;
	made_record(&made, 102, 0, 7, 7);
	assert_int_equal(write(fd, made.bytes, made.used), made.used);
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	assert_int_equal(reader_fill(reader, frames, 8, &err), 1);
	assert_int_equal(frames[0].caplen, 7);
	close(fd);
	/* The rest is all of the file. */
	assert_int_equal(reader_fill(reader, frames, 8, &err), 8);
	assert_int_equal(reader_poll_fd(reader), -1);
	made_drop(&made);
	reader_close(reader);
	unlink("pipe");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_of_all_kinds),
		cmocka_unit_test(pcap_cut_anywhere),
		cmocka_unit_test(pcap_that_makes_no_sense),
		cmocka_unit_test(pcap_variants),
		cmocka_unit_test(as_libpcap_reads_it),
		cmocka_unit_test(one_after_the_other),
		cmocka_unit_test(merged),
		cmocka_unit_test(of_a_time),
		cmocka_unit_test(goes_on_after_an_error),
		cmocka_unit_test(refuses_at_once),
		cmocka_unit_test(from_a_pipe),
		cmocka_unit_test(from_silent_pipes),
		cmocka_unit_test(merged_with_a_pipe),
	};

	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
