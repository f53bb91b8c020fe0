/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: what a recorder has in its while it is recording, after it ended,
 * and what a crash or a copy leaves of it; and how much is read for a time that is
 * asked for. What pread reads is counted.
 */
#include "read/reader.h"

#include <errno.h>
#include <fcntl.h>
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
#include "tape/recorder_support.h"

#define S     UINT64_C(1000000000)
#define BEGIN (1700000000 * S)

static struct got got, all;
static uint64_t bytes_read;

/* The kernel's, counted. */
ssize_t __real_pread(int from, void *to, size_t bytes, off_t offset);
ssize_t __wrap_pread(int from, void *to, size_t bytes, off_t offset);

ssize_t __wrap_pread(int from, void *to, size_t bytes, off_t offset)
{
	ssize_t n = __real_pread(from, to, bytes, offset);

	bytes_read += n > 0 ? (uint64_t)n : 0;
	return n;
}

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static int go_to_directory(void **state)
{
	(void)state;
	return scratch_enter(SCRATCH_TMP);
}

static int leave_directory(void **state)
{
	(void)state;
	return scratch_leave();
}

static int new_d(void **state)
{
	(void)state;
	run("rm -rf d copy; mkdir d");
	return 0;
}

static void read_path(struct got *g, const char *path, uint64_t from_ns, uint64_t to_ns)
{
	const struct reader_config config = {.paths = &path,
					     .count = 1,
					     .from_ns = from_ns,
					     .to_ns = to_ns};

	bytes_read = 0;
	got_paths(g, &config);
	if (g->end != 0)
		fail_msg("%s", g->err.text);
}

/* --- of a real recorder ------------------------------------------------------------- */

static void give(struct recorder *r, uint32_t count)
{
	static uint8_t data[1000];

	for (uint32_t i = 0; i < count; i++) {
		struct frame frame = {
			.data = data,
			.caplen = 1000,
			.len = 1000,
			.time_ns = BEGIN + r->taken,
			.id = r->taken + 1,
		};

		assert_int_equal(recorder_give(r, &frame, 1), 0);
		recorder_work(r);
	}
	assert_int_equal(r->sink->ops->flush(r->sink), 0);
}

static void expect_frames(const char *path, uint64_t count)
{
	read_path(&got, path, 0, 0);
	assert_int_equal(got.count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(got.frames[i].time_ns, BEGIN + i);
	assert_int_equal(got.interfaces, count > 0);
	got_drop(&got);
}

static void while_it_records(void **state)
{
	struct recorder r = {.rotation.segment_packets = 100};
	struct error err;

	(void)state;
	for (int pcap = 0; pcap < 2; pcap++) {
		new_d(NULL);
		r.pcap = pcap;
		assert_int_equal(recorder_open(&r, "d", &err), 0);
		run("echo foreign >d/foreign.pcapng");
		for (uint32_t i = 1; i <= 10; i++) {
			give(&r, 33);
			expect_frames("d", i * 33);
		}
		/* A copy of it has other files, and no lock. */
		run("cp -r d copy");
		expect_frames("copy", 330);
		assert_int_equal(recorder_end(&r, &err), 0);
		expect_frames("d", 330);
		run("rm -r copy; cp -r d copy; rm copy/.wiretape*");
		expect_frames("copy", 330);
		read_path(&got, "d", BEGIN + 150, BEGIN + 160);
		assert_int_equal(got.count, 10);
		assert_int_equal(got.frames[0].time_ns, BEGIN + 150);
		got_drop(&got);
	}
}

/* A crash leaves zeros, or half a packet; the segment ahead is there as well. */
static void after_a_crash(void **state)
{
	struct recorder r = {.rotation.segment_packets = 100};
	struct error err;

	(void)state;
	assert_int_equal(recorder_open(&r, "d", &err), 0);
	give(&r, 250);
	run("cp -r d copy; for f in copy/.wiretape-000*; do truncate -s +100000 $f; done");
	expect_frames("copy", 250);
	run("truncate -s -100100 copy/.wiretape-00000003");
	expect_frames("copy", 249);
	run("echo torn >>copy/.wiretape-00000003");
	expect_frames("copy", 249);
	run("truncate -s 1 copy/.wiretape-00000003");
	expect_frames("copy", 200);
	assert_int_equal(recorder_end(&r, &err), 0);
}

static void segments_that_go(void **state)
{
	const char *path = "d";
	const struct reader_config config = {.paths = &path, .count = 1};
	struct recorder r = {.rotation.segment_packets = 100};
	struct reader *reader;
	struct error err;

	(void)state;
	assert_int_equal(recorder_open(&r, "d", &err), 0);
	give(&r, 250);
	assert_int_equal(reader_open(&config, &reader, NULL), 0);
	/* One is deleted for the room it takes, and one gets its name. */
	run("rm d/*_00000002.pcapng");
	assert_int_equal(recorder_end(&r, &err), 0);
	got_reader(&got, reader, 16);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.count, 150);
	assert_int_equal(got.frames[149].time_ns, BEGIN + 249);
	got_drop(&got);
	reader_close(reader);
}

/* What comes while it is read is not waited for. */
static void ends_where_it_was(void **state)
{
	const char *path = "d";
	const struct reader_config config = {.paths = &path, .count = 1};
	struct recorder r = {.rotation.segment_packets = 100};
	struct reader *reader;
	struct error err;

	(void)state;
	assert_int_equal(recorder_open(&r, "d", &err), 0);
	give(&r, 150);
	assert_int_equal(reader_open(&config, &reader, NULL), 0);
	for (uint32_t count = 0; count < 110;) {
		int rc = reader_fill(reader, got.frames, 10, &err);

		assert_in_range(rc, 1, 10);
		count += (uint32_t)rc;
	}
	give(&r, 40);
	got_reader(&got, reader, 16);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.count, 40);
	got_drop(&got);
	reader_close(reader);
	assert_int_equal(recorder_end(&r, &err), 0);
}

static void no_recording(void **state)
{
	const char *path = "d";
	const struct reader_config config = {.paths = &path, .count = 1};
	struct reader *reader;
	struct error err;

	(void)state;
	run("echo >d/a.pcapng; echo >d/eth0_20261124T105000Z_x.pcapng; mkdir d/"
	    "eth0_20261124T105000Z_00000001.pcapng");
	assert_int_equal(reader_open(&config, &reader, &err), -ENOENT);
	assert_string_equal(err.text, "d: no recording is in this directory");
}

/* --- made by hand ------------------------------------------------------------------- */

struct scene {
	struct made made;
	uint32_t interfaces, caplen;
	uint32_t count, segment;
	bool pcap;
};

static void begin_segment(struct scene *s)
{
	static const char *const names[] = {"eth0", "eth1"};

	s->segment++;
	s->made.used = 0;
	if (s->pcap) {
		made_pcap(&s->made, 0xa1b23c4d, 1);
		return;
	}
	made_shb(&s->made);
	for (uint32_t i = 0; i < s->interfaces; i++)
		made_idb(&s->made, 1, names[i]);
}

static void end_segment(struct scene *s)
{
	char name[64];

	snprintf(name, sizeof(name), "d/eth0_20261124T105000Z_%08u.%s", s->segment,
		 s->pcap ? "pcap" : "pcapng");
	made_write(&s->made, name);
}

static void add_packet(struct scene *s, uint32_t interface, uint64_t time_ns)
{
	if (s->pcap)
		made_record(&s->made, (uint32_t)(time_ns / S), (uint32_t)(time_ns % S), s->caplen,
			    s->caplen);
	else
		made_epb(&s->made, interface, time_ns, s->caplen);
	s->count++;
}

/* Of all that there is what the time asked for has. */
static void expect_of_time(uint64_t from_ns, uint64_t to_ns, uint64_t most_bytes)
{
	uint64_t expected = 0, wanted = 0;

	read_path(&got, "d", from_ns, to_ns);
	for (uint32_t i = 0; i < all.count; i++) {
		const struct frame *frame = &all.frames[i];

		if (frame->time_ns < from_ns || frame->time_ns >= to_ns)
			continue;
		assert_true(expected < got.count);
		assert_int_equal(got.frames[expected].time_ns, frame->time_ns);
		assert_int_equal(got.frames[expected].caplen, frame->caplen);
		assert_memory_equal(got.frames[expected].data, frame->data, frame->caplen);
		wanted += frame->caplen;
		expected++;
	}
	assert_int_equal(got.count, expected);
	if (bytes_read > wanted + most_bytes)
		fail_msg("%llu bytes read for %llu", (unsigned long long)bytes_read,
			 (unsigned long long)wanted);
	got_drop(&got);
}

/* Three segments of 12 MiB, a packet each 10 ms; big ones, so that few do. */
static void only_what_is_needed(void **state)
{
	const uint64_t most = 2 * 1024 * 1024 + 3 * 4096;

	(void)state;
	for (int pcap = 0; pcap < 2; pcap++) {
		struct scene s = {.interfaces = 1, .caplen = 9001, .pcap = pcap};

		new_d(NULL);
		made_new(&s.made, false);
		for (int segment = 0; segment < 3; segment++) {
			begin_segment(&s);
			while (s.made.used < 12 * 1024 * 1024)
				add_packet(&s, 0, BEGIN + s.count * S / 100);
			end_segment(&s);
		}
		/* All of it: read in parts, as there is not so much room. */
		uint32_t per_segment = s.count / 3;

		for (uint32_t i = 0; i < s.count; i += 97) {
			uint64_t from = BEGIN + i * S / 100;

			read_path(&got, "d", from, from + S / 2);
			uint32_t expected = s.count - i < 50 ? s.count - i : 50;

			assert_int_equal(got.count, expected);
			for (uint32_t k = 0; k < expected; k++)
				assert_int_equal(got.frames[k].time_ns, from + k * S / 100);
			if (bytes_read > expected * 9001 + most)
				fail_msg("%llu bytes for packet %u of %u a segment",
					 (unsigned long long)bytes_read, i, per_segment);
			got_drop(&got);
		}
		read_path(&got, "d", BEGIN - 2 * S, BEGIN - S);
		assert_int_equal(got.count, 0);
		assert_true(bytes_read <= 3 * 4096 + 65536);
		got_drop(&got);
		read_path(&got, "d", BEGIN + 3600 * S, 0);
		assert_int_equal(got.count, 0);
		assert_true(bytes_read <= most);
		got_drop(&got);
		made_drop(&s.made);
	}
}

/* Packets that carry blocks which look like packets of another time. */
static void packets_in_packets(void **state)
{
	struct scene s = {.interfaces = 1};
	struct made inner;

	(void)state;
	made_new(&inner, false);
	made_new(&s.made, false);
	for (uint32_t i = 0; inner.used < 50000; i++)
		made_epb(&inner, 0, BEGIN - 100 * S, i % 100);
	begin_segment(&s);
	for (uint32_t i = 0; i < 120; i++) {
		size_t at;

		made_epb_open(&s.made, 0, BEGIN + i * S, (uint32_t)inner.used,
			      (uint32_t)inner.used);
		at = s.made.block + 28;
		memcpy(s.made.bytes + at, inner.bytes, inner.used);
		made_end(&s.made);
	}
	end_segment(&s);
	read_path(&all, "d", 0, 0);
	assert_int_equal(all.count, 120);
	for (uint64_t i = 0; i < 120; i += 3)
		expect_of_time(BEGIN + i * S, BEGIN + (i + 2) * S, 2 * 1024 * 1024);
	got_drop(&all);
	made_drop(&inner);
	made_drop(&s.made);
}

/* From begin to end, where a packet's data ends: headers of false ones, each of which
 * ends there too. */
static void put_false(const struct scene *s, size_t begin, size_t end)
{
	struct made inner = s->made;

	for (; begin + 1000 < end; begin += 1000) {
		inner.used = begin;
		if (s->pcap) {
			made_put32(&inner, 1);
			made_put32(&inner, 0);
			made_put32(&inner, (uint32_t)(end - begin) - 16);
			made_put32(&inner, (uint32_t)(end - begin) - 16);
		} else {
			made_epb_open(&inner, 0, BEGIN - 100 * S, 0, (uint32_t)(end - begin));
			inner.used = begin + 4;
			made_put32(&inner, (uint32_t)(end - begin) + 4);
		}
	}
}

/* Good packets follow on a false one; but the length behind it is not its own, and in
 * pcap its time is far off. */
static void ends_with_a_packet(void **state)
{
	(void)state;
	for (int pcap = 0; pcap < 2; pcap++) {
		struct scene s = {.interfaces = 1, .caplen = 60000, .pcap = pcap};

		new_d(NULL);
		made_new(&s.made, false);
		begin_segment(&s);
		while (s.count < 120) {
			const size_t begin = s.made.used + (pcap ? 16 : 28);

			add_packet(&s, 0, BEGIN + s.count * S);
			put_false(&s, begin, begin + s.caplen);
		}
		end_segment(&s);
		read_path(&all, "d", 0, 0);
		assert_int_equal(all.count, 120);
		for (uint64_t i = 0; i < 120; i += 3)
			expect_of_time(BEGIN + i * S, BEGIN + (i + 2) * S, 2 * 1024 * 1024);
		got_drop(&all);
		made_drop(&s.made);
	}
}

/* One so large that the search takes what it carries for packets of the file: when that
 * ends, it is read from the front. */
static void packets_in_a_large_one(void **state)
{
	struct scene s = {.interfaces = 1, .caplen = 110000};

	(void)state;
	alarm(60);
	made_new(&s.made, false);
	begin_segment(&s);
	while (s.count < 70) {
		const uint64_t now = BEGIN + s.count * S;
		struct made inner = s.made;

		inner.used += 28;
		add_packet(&s, 0, now);
		while (inner.used < s.made.used - 1000)
			made_epb(&inner, 0, now, 100);
	}
	end_segment(&s);
	read_path(&all, "d", 0, 0);
	assert_int_equal(all.count, 70);
	for (uint64_t i = 0; i < 70; i++)
		expect_of_time(BEGIN + i * S, BEGIN + (i + 2) * S, UINT64_MAX / 2);
	got_drop(&all);
	made_drop(&s.made);
	alarm(0);
}

/* Every other packet was overtaken by 30 others, also into the next segment. */
static void overtaken(void **state)
{
	const uint64_t step = S / 10000;

	(void)state;
	for (int pcap = 0; pcap < 2; pcap++) {
		struct scene s = {.interfaces = 1, .caplen = 1900, .pcap = pcap};

		new_d(NULL);
		made_new(&s.made, false);
		for (uint32_t segment = 0; segment < 2; segment++) {
			begin_segment(&s);
			for (uint32_t i = 0; i < 2001; i++)
				add_packet(&s, 0,
					   BEGIN + (s.count - (s.count % 2 ? 31 : 0) + 31) * step);
			end_segment(&s);
		}
		read_path(&all, "d", 0, 0);
		assert_int_equal(all.count, 4002);
		for (uint64_t i = 17; i < 4032; i += 31)
			expect_of_time(BEGIN + i * step, BEGIN + (i + 10) * step, UINT64_MAX / 2);
		/* Where one segment ends. */
		for (uint64_t i = 1960; i < 2070; i++)
			expect_of_time(BEGIN + i * step, BEGIN + (i + 10) * step, UINT64_MAX / 2);
		got_drop(&all);
		made_drop(&s.made);
	}
}

/* eth1's packets come in blocks, up to 400 ms after eth0's: these are some 360 KB. And a
 * while after all of a time was seen, the rest is not read for an interface that is
 * silent. */
static void far_behind_and_silent(void **state)
{
	struct scene s = {.interfaces = 2, .caplen = 9000};

	(void)state;
	made_new(&s.made, false);
	begin_segment(&s);
	for (uint32_t i = 0; i < 800; i++) {
		const uint64_t now = BEGIN + i * S / 100;

		add_packet(&s, 0, now);
		for (uint32_t k = 40; i < 400 && i % 80 == 79 && k > 0; k--)
			add_packet(&s, 1, now - k * S / 100);
	}
	end_segment(&s);
	/* There is no room for all. */
	read_path(&all, "d", BEGIN, BEGIN + 5 * S);
	assert_int_equal(all.count, 700);
	for (uint64_t i = 0; i < 480; i += 3)
		expect_of_time(BEGIN + i * S / 100, BEGIN + (i + 5) * S / 100, UINT64_MAX / 2);
	expect_of_time(BEGIN + 450 * S / 100, BEGIN + 455 * S / 100, 2 * 1024 * 1024);
	got_drop(&all);
	made_drop(&s.made);
}

/* eth1's packets come in blocks, up to 100 ms after eth0's of their time. */
static void several_interfaces(void **state)
{
	struct scene s = {.interfaces = 2, .caplen = 2000};

	(void)state;
	made_new(&s.made, false);
	for (uint32_t segment = 0; segment < 2; segment++) {
		begin_segment(&s);
		for (uint32_t i = 0; i < 1900; i++) {
			uint64_t now = BEGIN + (segment * 1900 + i) * S / 100;

			add_packet(&s, 0, now);
			if (i % 100 == 99)
				for (uint32_t k = 10; k > 0; k--)
					add_packet(&s, 1, now - k * S / 100);
		}
		end_segment(&s);
	}
	read_path(&all, "d", 0, 19 * S + BEGIN);
	assert_true(all.count > 2000);
	for (uint64_t i = 0; i < 18; i++)
		expect_of_time(BEGIN + i * S - S / 20, BEGIN + i * S + S / 2, UINT64_MAX / 2);
	got_drop(&all);
	made_drop(&s.made);
}

static void clock_set_back(void **state)
{
	struct scene s = {.interfaces = 1, .caplen = 1400};

	(void)state;
	made_new(&s.made, false);
	for (uint32_t segment = 0; segment < 3; segment++) {
		begin_segment(&s);
		for (uint32_t i = 0; i < 1000; i++) {
			uint64_t now = BEGIN + (segment * 1000 + i) * S;

			/* By an hour, in the middle of the second one. */
			add_packet(&s, 0,
				   segment == 2 || (segment == 1 && i > 500) ? now - 3600 * S
									     : now);
		}
		end_segment(&s);
	}
	read_path(&all, "d", 0, 0);
	assert_int_equal(all.count, 3000);
	for (int64_t i = -36; i < 20; i++)
		expect_of_time(BEGIN + (uint64_t)(i * 100) * S,
			       BEGIN + (uint64_t)(i * 100 + 250) * S, UINT64_MAX / 2);
	got_drop(&all);
	made_drop(&s.made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(while_it_records, new_d),
		cmocka_unit_test_setup(after_a_crash, new_d),
		cmocka_unit_test_setup(segments_that_go, new_d),
		cmocka_unit_test_setup(ends_where_it_was, new_d),
		cmocka_unit_test_setup(no_recording, new_d),
		cmocka_unit_test_setup(only_what_is_needed, new_d),
		cmocka_unit_test_setup(packets_in_packets, new_d),
		cmocka_unit_test_setup(ends_with_a_packet, new_d),
		cmocka_unit_test_setup(packets_in_a_large_one, new_d),
		cmocka_unit_test_setup(overtaken, new_d),
		cmocka_unit_test_setup(several_interfaces, new_d),
		cmocka_unit_test_setup(far_behind_and_silent, new_d),
		cmocka_unit_test_setup(clock_set_back, new_d),
	};

	return cmocka_run_group_tests(tests, go_to_directory, leave_directory);
}
