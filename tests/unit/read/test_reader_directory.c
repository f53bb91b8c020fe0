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

#include "child.h"
#include "disk/manifest.h"
#include "reader_support.h"
#include "scratch.h"
#include "system/broker.h"
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
					     .has_from = from_ns > 0,
					     .has_to = to_ns > 0 && to_ns < INT64_MAX,
					     .from_ns = (int64_t)from_ns,
					     .to_ns = (int64_t)to_ns};

	bytes_read = 0;
	got_paths(g, &config);
	if (g->end != 0)
		fail_msg("%s", g->err.text);
}

/* --- of a real recorder ------------------------------------------------------------- */

static struct recorder recorder;

static void give(uint32_t count)
{
	static uint8_t data[1000];

	for (uint32_t i = 0; i < count; i++) {
		struct frame frame = {
			.data = data,
			.caplen = 1000,
			.len = 1000,
			.time_ns = BEGIN + recorder.taken,
			.id = recorder.taken + 1,
		};

		assert_int_equal(recorder_give(&recorder, &frame, 1), 0);
		recorder_work(&recorder);
	}
	assert_int_equal(recorder.sink->ops->flush(recorder.sink), 0);
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

/* Into d, in segments of 100 packets. */
static void begin_recording(bool pcap)
{
	struct error err;

	recorder = (struct recorder){.rotation.segment_packets = 100, .pcap = pcap};
	assert_int_equal(recorder_open(&recorder, "d", &err), 0);
}

static void end_recording(void)
{
	struct error err;

	assert_int_equal(recorder_end(&recorder, &err), 0);
}

static struct reader *open_d(void)
{
	static const char *const path = "d";
	const struct reader_config config = {.paths = &path, .count = 1};
	struct reader *reader;

	assert_int_equal(started_reader(&config, &reader, NULL), 0);
	return reader;
}

/* The last of what a reader has yet to give. */
static void expect_rest(struct reader *reader, uint32_t count, uint64_t last_ns)
{
	got_reader(&got, reader, 16);
	assert_int_equal(got.end, 0);
	assert_int_equal(got.count, count);
	assert_int_equal(got.frames[count - 1].time_ns, last_ns);
	got_drop(&got);
	reader_close(reader);
}

static void while_it_records(void **state)
{
	(void)state;
	for (int pcap = 0; pcap < 2; pcap++) {
		new_d(NULL);
		begin_recording(pcap);
		run("echo foreign >d/foreign.pcapng");
		for (uint32_t i = 1; i <= 10; i++) {
			give(33);
			expect_frames("d", i * 33);
		}
		/* A copy of it has other files, and no lock. */
		run("cp -r d copy");
		expect_frames("copy", 330);
		end_recording();
		expect_frames("d", 330);
		run("rm -r copy; cp -r d copy; rm copy/.wiretape*");
		expect_frames("copy", 330);
		read_path(&got, "d", BEGIN + 150, BEGIN + 160);
		assert_int_equal(got.count, 10);
		assert_int_equal(got.frames[0].time_ns, BEGIN + 150);
		got_drop(&got);
	}
}

/* Cuts off the zeros at the end of a file, of which there may be many, and so much more. */
static void cut_end(const char *path, off_t bytes)
{
	static uint8_t part[65536];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t end = lseek(fd, 0, SEEK_END);
	size_t left = 0;

	while (left == 0) {
		left = end < (off_t)sizeof(part) ? (size_t)end : sizeof(part);
		assert_true(left > 0);
		end -= (off_t)left;
		assert_int_equal(pread(fd, part, left, end), left);
		while (left > 0 && part[left - 1] == 0)
			left--;
	}
	/* Blocks end with their length, in four bytes. */
	assert_int_equal(ftruncate(fd, (end + (off_t)left + 3) / 4 * 4 - bytes), 0);
	close(fd);
}

/* A crash leaves zeros, or half a packet; the segment ahead is there as well. */
static void after_a_crash(void **state)
{
	(void)state;
	begin_recording(false);
	give(250);
	run("cp -r d copy; for f in copy/.wiretape-000*; do truncate -s +100000 $f; done");
	expect_frames("copy", 250);
	cut_end("copy/.wiretape-00000003", 100);
	expect_frames("copy", 249);
	run("echo torn >>copy/.wiretape-00000003");
	expect_frames("copy", 249);
	run("truncate -s 1 copy/.wiretape-00000003");
	expect_frames("copy", 200);
	end_recording();
}

static void segments_that_go(void **state)
{
	struct reader *reader;

	(void)state;
	begin_recording(false);
	give(250);
	reader = open_d();
	/* One is deleted for the room it takes, and one gets its name. */
	run("rm d/*_00000002.pcapng");
	end_recording();
	expect_rest(reader, 150, BEGIN + 249);
}

/* What comes while it is read is not waited for. */
/* Lines of the first version, of that name each. */
static void write_lines(unsigned from, unsigned to, const char *name)
{
	FILE *file = fopen("d/" MANIFEST_NAME, "ae");

	assert_non_null(file);
	for (unsigned i = from; i < to; i++)
		fprintf(file, "segment %u 1 2 3 4 ------------------------------------ %s\n", i,
			name);
	fclose(file);
}

/* Whatever somebody has written into the manifest, or a ring of files that has had its
 * names before. */
static void each_file_once(void **state)
{
	struct stat st;

	(void)state;
	begin_recording(false);
	give(250);
	end_recording();
	run("mv d/*_00000001.pcapng d/a; mv d/*_00000002.pcapng d/b; mv d/*_00000003.pcapng d/c;"
	    "rm d/.wiretape*");
	/* The third one has had the first one's name. */
	write_lines(1, 2, "c");
	write_lines(1, 2, "a");
	write_lines(2, 60000, "b");
	write_lines(60001, 60002, "c");
	write_lines(60001, 60002, "c");
	run("ln d/c d/d; cp d/" MANIFEST_NAME " d/" MANIFEST_NAME ".copy");
	write_lines(60002, 60003, "d");
	alarm(20);
	expect_frames("d", 250);
	/* And so it is with the one before it, which alone is enough. */
	run("rm d/" MANIFEST_NAME ".copy; cp d/" MANIFEST_NAME " d/" MANIFEST_NAME "~");
	expect_frames("d", 250);
	run("rm d/" MANIFEST_NAME);
	expect_frames("d", 250);
	alarm(0);
	assert_int_equal(stat("d/" MANIFEST_NAME, &st), -1);
}

/* What the manifest has lost the one before it tells. */
static void by_both_manifests(void **state)
{
	(void)state;
	begin_recording(false);
	give(250);
	end_recording();
	begin_recording(false);
	recorder.taken = 250;
	give(250);
	end_recording();
	run("cd d && sed -i '/_00000005/d' " MANIFEST_NAME
	    " && sed -i '/_00000002/d' " MANIFEST_NAME "~");
	expect_frames("d", 500);
	/* Somebody else's is worth nothing, and does no harm. */
	run("rm d/" MANIFEST_NAME "~ && mkdir d/" MANIFEST_NAME "~");
	read_path(&got, "d", 0, 0);
	assert_int_equal(got.count, 400);
	got_drop(&got);
}

static void ends_where_it_was(void **state)
{
	struct reader *reader;
	struct error err;

	(void)state;
	begin_recording(false);
	give(150);
	reader = open_d();
	for (uint32_t count = 0; count < 110;) {
		int rc = reader_fill(reader, got.frames, 10, &err);

		assert_in_range(rc, 1, 10);
		count += (uint32_t)rc;
	}
	give(40);
	expect_rest(reader, 40, BEGIN + 149);
	end_recording();
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
	assert_int_equal(started_reader(&config, &reader, &err), -ENOENT);
	assert_string_equal(err.text, "d: no recording is in this directory");
}

/* What is in a directory is looked at by reader_start, and not before. */
static void nothing_is_read_at_first(void **state)
{
	static const char *const path = "d";
	const struct reader_config config = {.paths = &path,
					     .count = 1,
					     .has_from = true,
					     .from_ns = BEGIN};
	struct reader *reader;
	struct error err;

	(void)state;
	begin_recording(false);
	give(150);
	end_recording();
	run("cp -r d copy; rm -r d; mkdir d");
	assert_int_equal(reader_open(&config, &reader, NULL), 0);
	assert_int_equal(reader_start(reader, UINT64_MAX, &err), -ENOENT);
	reader_close(reader);
	assert_int_equal(reader_open(&config, &reader, NULL), 0);
	run("cp -r copy/. d");
	assert_int_equal(reader_start(reader, UINT64_MAX, &err), 0);
	expect_rest(reader, 150, BEGIN + 149);
	run("rm -r copy");
}

/* --- rights given up ------------------------------------------------------------------ */

#define NOBODY 65534

/* A process of root's that opens what this one may not. */
static int lend(void *context, const void *request, size_t bytes, int *fd, struct error *err)
{
	(void)bytes;
	*fd = reader_lend(*(struct reader **)context, 0, request);
	return *fd < 0 ? error_system(err, -*fd, "%s", (const char *)request) : 0;
}

static struct broker *lender;

static int borrow(void *context, uint32_t path, const char *name)
{
	int fd, rc;

	(void)context;
	if (path != 0 || !name)
		return -EINVAL;
	rc = broker_ask(lender, name, strlen(name) + 1, &fd, NULL);
	return rc < 0 ? rc : fd;
}

/* Counts frames, as somebody without any right to the directory. */
static int read_as_nobody(void)
{
	static const char *const path = "d";
	const struct reader_config config = {.paths = &path, .count = 1, .open = borrow};
	struct broker_config keeper = {.serve = lend};
	struct frame frames[64];
	struct reader *reader;
	int count = 0, rc;

	keeper.context = &reader;
	if (reader_open(&config, &reader, NULL) < 0 ||
	    reader_directories(reader, (int **)&keeper.fds, &keeper.fd_count) < 0 ||
	    broker_open(&keeper, &lender, NULL) < 0)
		return 1;
	free((int *)keeper.fds);
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 || open("d/.wiretape-manifest", O_RDONLY) >= 0)
		return 2;
	if (reader_start(reader, UINT64_MAX, NULL) < 0)
		return 3;
	while ((rc = reader_fill(reader, frames, 64, NULL)) > 0)
		count += rc;
	/* Nothing but what the directory has. */
	if (borrow(NULL, 0, "..") != -EINVAL || borrow(NULL, 0, "../secret") != -EINVAL ||
	    borrow(NULL, 0, "/etc/passwd") != -EINVAL || borrow(NULL, 0, "link") != -EINVAL ||
	    borrow(NULL, 0, "fifo") != -EINVAL || borrow(NULL, 0, "sub") != -EINVAL ||
	    borrow(NULL, 0, "none") != -ENOENT)
		return 4;
	reader_close(reader);
	broker_close(lender);
	return rc == 0 && count == 250 ? 0 : 5;
}

static void directory_of_somebody_else(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	begin_recording(false);
	give(250);
	end_recording();
	run("mkfifo d/fifo; mkdir d/sub; ln -s d/fifo d/link; echo >secret");
	for (int closed = 0; closed < 3; closed++) {
		/* By the manifest; the directory being open to others; by names. */
		run(closed == 0   ? "chmod 700 d; chmod 600 d/*.pcapng"
		    : closed == 1 ? "chmod 755 d"
				  : "chmod 700 d; mv d/.wiretape-manifest secret; echo "
				    ">d/.wiretape-manifest");
		assert_int_equal(child_run(read_as_nobody), 0);
	}
	run("rm secret");
}

/* --- made by hand ------------------------------------------------------------------- */

/* Segments, and what is known of them. A test is told by its state what they are like. */
static struct scene {
	struct made made;
	uint32_t interfaces, caplen;
	uint32_t count, segment; /* packets and segments so far */
	struct time_order order; /* of this segment's packets */
	struct manifest *manifest;
	bool pcap;
} scene;

static int directory;

static int scene_new(void **state)
{
	new_d(NULL);
	scene = *(const struct scene *)*state;
	made_new(&scene.made, false);
	directory = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (manifest_create(directory, MANIFEST_NAME, 0600, &scene.manifest) < 0)
		return -1;
	return manifest_commit(scene.manifest, false);
}

static int scene_drop(void **state)
{
	(void)state;
	got_drop(&all);
	made_drop(&scene.made);
	manifest_close(scene.manifest);
	close(directory);
	return 0;
}

static void begin_segment(void)
{
	static const char *const names[] = {"eth0", "eth1"};

	scene.segment++;
	scene.made.used = 0;
	scene.order = TIME_ORDER_NONE;
	if (scene.pcap) {
		made_pcap(&scene.made, 0xa1b23c4d, 1);
		return;
	}
	made_shb(&scene.made);
	for (uint32_t i = 0; i < scene.interfaces; i++)
		made_idb(&scene.made, 1, names[i]);
}

static void end_segment(void)
{
	struct manifest_line line = {
		.kind = MANIFEST_SEGMENT,
		.sequence = scene.segment,
		.identity = {1, 1},
		.mark = {.has_size = true, .bytes = scene.made.used},
		.order = scene.order,
		.boot_id = "------------------------------------",
	};
	char path[300];

	snprintf(line.name, sizeof(line.name), "eth0_20261124T105000Z_%08u.%s", scene.segment,
		 scene.pcap ? "pcap" : "pcapng");
	snprintf(path, sizeof(path), "d/%s", line.name);
	made_write(&scene.made, path);
	assert_int_equal(manifest_add(scene.manifest, &line), 0);
}

static void add_packet(uint32_t interface, uint64_t time_ns)
{
	if (scene.pcap)
		made_record(&scene.made, (uint32_t)(time_ns / S), (uint32_t)(time_ns % S),
			    scene.caplen, scene.caplen);
	else
		made_epb(&scene.made, interface, time_ns, scene.caplen);
	time_order_add(&scene.order, (int64_t)time_ns);
	scene.count++;
}

/* Reads all packets of a time, for those below to be held against. There is not room
 * for more than some thousands. */
static void know_all(uint64_t from_ns, uint64_t to_ns, uint32_t count)
{
	read_path(&all, "d", from_ns, to_ns);
	assert_int_equal(all.count, count);
}

/* Of all that there is what the time asked for has. */
static void expect_of_time(uint64_t from_ns, uint64_t to_ns, uint64_t most_bytes)
{
	uint64_t expected = 0, wanted = 0;

	read_path(&got, "d", from_ns, to_ns);
	for (uint32_t i = 0; i < all.count; i++) {
		const struct frame *frame = &all.frames[i];

		if ((uint64_t)frame->time_ns < from_ns || (uint64_t)frame->time_ns >= to_ns)
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

#define ANY_BYTES (UINT64_MAX / 2)
#define FEW_BYTES (2u * 1024 * 1024)

/* Times of one length, one step after the other. */
struct times {
	uint64_t from_ns, length_ns, step_ns;
	uint32_t count;
	uint64_t most_bytes; /* besides those wanted */
};

static void expect_times(const struct times *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		uint64_t from_ns = t->from_ns + i * t->step_ns;

		expect_of_time(from_ns, from_ns + t->length_ns, t->most_bytes);
	}
}

/* Half a second of a packet each 10 ms, from one of them on. */
static void expect_half_a_second(uint32_t first)
{
	const uint32_t expected = scene.count - first < 50 ? scene.count - first : 50;
	const uint64_t from = BEGIN + first * S / 100;

	read_path(&got, "d", from, from + S / 2);
	assert_int_equal(got.count, expected);
	for (uint32_t k = 0; k < expected; k++)
		assert_int_equal(got.frames[k].time_ns, from + k * S / 100);
	if (bytes_read > expected * scene.caplen + FEW_BYTES + 3 * 4096)
		fail_msg("%llu bytes for packet %u", (unsigned long long)bytes_read, first);
	got_drop(&got);
}

static void expect_nothing(uint64_t from_ns, uint64_t to_ns, uint64_t most_bytes)
{
	read_path(&got, "d", from_ns, to_ns);
	assert_int_equal(got.count, 0);
	assert_true(bytes_read <= most_bytes);
	got_drop(&got);
}

/* Three segments of 12 MiB; big packets, so that few do. */
static void only_what_is_needed(void **state)
{
	(void)state;
	for (int segment = 0; segment < 3; segment++) {
		begin_segment();
		while (scene.made.used < 12 * 1024 * 1024)
			add_packet(0, BEGIN + scene.count * S / 100);
		end_segment();
	}
	for (uint32_t i = 0; i < scene.count; i += 97)
		expect_half_a_second(i);
	expect_nothing(BEGIN - 2 * S, BEGIN - S, 3 * 4096 + 65536);
	expect_nothing(BEGIN + 3600 * S, 0, FEW_BYTES + 3 * 4096);
}

/* A packet a second, of which two seconds are asked for. */
static const struct times two_of_three = {.from_ns = BEGIN,
					  .length_ns = 2 * S,
					  .step_ns = 3 * S,
					  .count = 40,
					  .most_bytes = FEW_BYTES};

/* Packets that carry blocks which look like packets of another time. */
static void packets_in_packets(void **state)
{
	struct made inner;

	(void)state;
	made_new(&inner, false);
	for (uint32_t i = 0; inner.used < 50000; i++)
		made_epb(&inner, 0, BEGIN - 100 * S, i % 100);
	scene.caplen = (uint32_t)inner.used;
	begin_segment();
	while (scene.count < 120) {
		add_packet(0, BEGIN + scene.count * S);
		memcpy(scene.made.bytes + scene.made.block + 28, inner.bytes, inner.used);
	}
	end_segment();
	made_drop(&inner);
	know_all(0, 0, 120);
	expect_times(&two_of_three);
}

/* From begin to end, where a packet's data ends: headers of false ones, each of which
 * ends there too. */
static void put_false(size_t begin, size_t end)
{
	struct made inner = scene.made;

	for (; begin + 1000 < end; begin += 1000) {
		inner.used = begin;
		if (scene.pcap) {
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
	begin_segment();
	while (scene.count < 120) {
		const size_t begin = scene.made.used + (scene.pcap ? 16 : 28);

		add_packet(0, BEGIN + scene.count * S);
		put_false(begin, begin + scene.caplen);
	}
	end_segment();
	know_all(0, 0, 120);
	expect_times(&two_of_three);
}

/* One so large that the search takes what it carries for packets of the file: when that
 * ends, it is read from the front. */
static void packets_in_a_large_one(void **state)
{
	(void)state;
	alarm(60);
	begin_segment();
	while (scene.count < 70) {
		const uint64_t now = BEGIN + scene.count * S;
		struct made inner = scene.made;

		inner.used += 28;
		add_packet(0, now);
		while (inner.used < scene.made.used - 1000)
			made_epb(&inner, 0, now, 100);
	}
	end_segment();
	know_all(0, 0, 70);
	expect_times(&(struct times){BEGIN, 2 * S, S, 70, ANY_BYTES});
	alarm(0);
}

/* Every other packet was overtaken by 30 others, also into the next segment. */
static void overtaken(void **state)
{
	const uint64_t step = S / 10000;

	(void)state;
	for (uint32_t segment = 0; segment < 2; segment++) {
		begin_segment();
		for (uint32_t i = 0; i < 2001; i++)
			add_packet(0,
				   BEGIN + (scene.count - (scene.count % 2 ? 31 : 0) + 31) * step);
		end_segment();
	}
	know_all(0, 0, 4002);
	expect_times(&(struct times){BEGIN + 17 * step, 10 * step, 31 * step, 130, ANY_BYTES});
	/* Where one segment ends. */
	expect_times(&(struct times){BEGIN + 1960 * step, 10 * step, step, 110, ANY_BYTES});
}

/* eth1's packets come in blocks, up to 400 ms after eth0's: these are some 360 KB. And a
 * while after all of a time was seen, the rest is not read for an interface that is
 * silent. */
static void far_behind_and_silent(void **state)
{
	const uint64_t step = S / 100;

	(void)state;
	begin_segment();
	for (uint32_t i = 0; i < 800; i++) {
		const uint64_t now = BEGIN + i * step;

		add_packet(0, now);
		for (uint32_t k = 40; i < 400 && i % 80 == 79 && k > 0; k--)
			add_packet(1, now - k * step);
	}
	end_segment();
	/* There is no room for all. */
	know_all(BEGIN, BEGIN + 5 * S, 700);
	expect_times(&(struct times){BEGIN, 5 * step, 3 * step, 160, ANY_BYTES});
	expect_of_time(BEGIN + 450 * step, BEGIN + 455 * step, FEW_BYTES);
}

/* eth1's packets come in blocks, up to 100 ms after eth0's of their time. */
static void several_interfaces(void **state)
{
	(void)state;
	for (uint32_t segment = 0; segment < 2; segment++) {
		begin_segment();
		for (uint32_t i = 0; i < 1900; i++) {
			uint64_t now = BEGIN + (segment * 1900 + i) * S / 100;

			add_packet(0, now);
			if (i % 100 == 99)
				for (uint32_t k = 10; k > 0; k--)
					add_packet(1, now - k * S / 100);
		}
		end_segment();
	}
	know_all(0, BEGIN + 19 * S, 1900 + 19 * 10);
	expect_times(&(struct times){BEGIN - S / 20, S / 2 + S / 20, S, 18, ANY_BYTES});
}

static void clock_set_back(void **state)
{
	(void)state;
	for (uint32_t segment = 0; segment < 3; segment++) {
		begin_segment();
		for (uint32_t i = 0; i < 1000; i++) {
			uint64_t now = BEGIN + (segment * 1000 + i) * S;

			/* By an hour, in the middle of the second one. */
			add_packet(0, segment == 2 || (segment == 1 && i > 500) ? now - 3600 * S
										: now);
		}
		end_segment();
	}
	know_all(0, 0, 3000);
	expect_times(&(struct times){BEGIN - 3600 * S, 250 * S, 100 * S, 56, ANY_BYTES});
}

/* --- any times ------------------------------------------------------------------------ */

static uint64_t dice;

/* Less than that. */
static uint64_t roll(uint64_t most)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (dice >> 33) % most;
}

/* On, mostly, by some ms; sometimes back or forth, by up to a minute; now and then by what
 * makes nothing of an hour. */
static uint64_t next_time(uint64_t now)
{
	const uint64_t kind = roll(400);

	if (kind == 0)
		return now - roll(60 * S);
	if (kind == 1)
		return now + roll(60 * S);
	if (kind == 2)
		return now + (roll(2) ? 3600 * S : -3600 * S);
	return kind < 40 ? now - roll(S / 20) : now + roll(S / 20);
}

/* What the time asked for has is what reading all of it would show. */
static void as_reading_everything(void **state)
{
	uint64_t now = BEGIN + 100000 * S, from;

	(void)state;
	for (unsigned segment = 0; segment < 4; segment++) {
		begin_segment();
		for (unsigned i = 0; i < 250; i++) {
			now = next_time(now);
			add_packet((uint32_t)roll(scene.interfaces), now);
		}
		end_segment();
	}
	know_all(0, 0, 1000);
	for (unsigned i = 0; i < 100; i++) {
		/* Most of the times begin near that of a packet. */
		from = (uint64_t)all.frames[roll(1000)].time_ns + roll(S / 5) - S / 10;
		expect_of_time(from, from + (i % 2 ? roll(S) : roll(100 * S)), ANY_BYTES);
	}
}

/* --- while it records --------------------------------------------------------------- */

#define LARGE 60000u
static uint64_t given[1500];

/* Of those given what the time has, and no more read than that. */
static void expect_given(uint64_t from_ns, uint64_t to_ns, uint64_t most_bytes)
{
	uint32_t expected = 0;

	read_path(&got, "d", from_ns, to_ns);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		if (given[i] < from_ns || given[i] >= to_ns)
			continue;
		assert_true(expected < got.count);
		assert_int_equal(got.frames[expected++].time_ns, given[i]);
	}
	assert_int_equal(got.count, expected);
	if (bytes_read > most_bytes)
		fail_msg("%llu bytes read", (unsigned long long)bytes_read);
	got_drop(&got);
}

/* The clock goes back by a second and a half in the middle of a segment, also of one that
 * has no name yet. What is asked for is found without reading all of it. */
static void set_back_while_it_records(void **state)
{
	const uint64_t begin = BEGIN + 1000 * S;
	static uint8_t data[LARGE];
	uint64_t now;
	struct error err;

	(void)state;
	for (int pcap = 0; pcap < 2; pcap++) {
		new_d(NULL);
		recorder = (struct recorder){.rotation.segment_bytes = 1u << 30, .pcap = pcap};
		assert_int_equal(recorder_open(&recorder, "d", &err), 0);
		now = begin;
		for (uint32_t i = 0; i < 1500; i++) {
			struct frame frame = {.data = data,
					      .caplen = LARGE,
					      .len = LARGE,
					      .time_ns = (int64_t)now,
					      .id = i + 1};

			given[i] = now;
			assert_int_equal(recorder_give(&recorder, &frame, 1), 0);
			recorder_work(&recorder);
			now = i == 699 ? now - S - S / 2 : now + S / 100;
		}
		assert_int_equal(recorder.sink->ops->flush(recorder.sink), 0);
		for (int ended = 0; ended < 2; ended++) {
			/* The last of it may still be on its way to the disk. */
			for (uint32_t i = 0; i < 12 + 3u * (unsigned)ended; i++)
				expect_given(begin + i * S, begin + i * S + S / 2, ANY_BYTES);
			/* In the open one what is behind is read, too: of its end nothing is known
			 * yet. */
			expect_given(begin + 3 * S, begin + 3 * S + S / 10,
				     ended ? 400 * LARGE : ANY_BYTES);
			expect_given(begin + 10 * S, begin + 10 * S + S / 10,
				     ended ? 400 * LARGE : 800 * LARGE);
			if (!ended)
				end_recording();
		}
		/* Files of pcapng say it as well, as long as they are as they were. */
		run("rm d/.wiretape*");
		expect_given(begin + 10 * S, begin + 10 * S + S / 10,
			     pcap ? ANY_BYTES : 400 * LARGE);
		if (pcap)
			continue;
		run("for f in d/*; do cat $f >more; cat more >>$f; done; rm more");
		read_path(&got, "d", begin + 10 * S, begin + 10 * S + S / 10);
		assert_int_equal(got.count, 20);
		got_drop(&got);
	}
}

/* What a crash has left is looked at by the next start, and then known as well. */
static void set_back_before_a_crash(void **state)
{
	static uint8_t data[9000];
	struct error err;

	(void)state;
	begin_recording(false);
	for (uint32_t i = 0; i < 95; i++) {
		struct frame frame = {.data = data,
				      .caplen = 9000,
				      .len = 9000,
				      .time_ns = (int64_t)(BEGIN + (i < 50 ? i : i - 40) * S),
				      .id = i + 1};

		assert_int_equal(recorder_give(&recorder, &frame, 1), 0);
		recorder_work(&recorder);
	}
	assert_int_equal(recorder.sink->ops->flush(recorder.sink), 0);
	run("cp -r d copy");
	end_recording();
	run("rm -r d; mv copy d");
	/* A copy is nobody's: it is taken in. */
	recorder.config.adopt = true;
	assert_int_equal(sink_tape_open(&recorder.config, &recorder.sink, &err), 0);
	assert_int_equal(sink_tape_start(recorder.sink, &err), 0);
	recorder.sink->ops->close(recorder.sink);
	assert_int_equal(system("grep -q ' 39000000000 ' d/" MANIFEST_NAME), 0);
	read_path(&got, "d", BEGIN + 20 * S, BEGIN + 21 * S);
	assert_int_equal(got.count, 2);
	got_drop(&got);
	expect_nothing(BEGIN - 10 * S, BEGIN - S, 4096);
}

/* Of what is not as the recorder has left it nothing is known, nor without a manifest. */
static void what_is_not_known_is_read(void **state)
{
	(void)state;
	begin_segment();
	for (uint32_t i = 0; i < 1000; i++)
		add_packet(0, BEGIN + i * S);
	end_segment();
	scene.segment = 0;
	scene.order = TIME_ORDER_NONE;
	for (uint32_t i = 0; i < 2; i++) {
		/* A packet more, of a time that the manifest does not have. */
		add_packet(0, BEGIN - 1000 * S);
		made_write(&scene.made, scene.pcap ? "d/eth0_20261124T105000Z_00000001.pcap"
						   : "d/eth0_20261124T105000Z_00000001.pcapng");
		read_path(&got, "d", BEGIN - 1000 * S, BEGIN - 999 * S);
		assert_int_equal(got.count, i + 1);
		got_drop(&got);
		if (i == 0)
			run("rm d/" MANIFEST_NAME);
	}
}

int main(void)
{
#define SCENE(test, ...)                                            \
	{                                                           \
#test, test, scene_new, scene_drop, &(struct scene) \
		{                                                   \
			__VA_ARGS__                                 \
		}                                                   \
	}
#define IN_BOTH(test, bytes)                                                  \
	SCENE(test, .interfaces = 1, .caplen = (bytes)),                      \
	{                                                                     \
#test " (pcap)", test, scene_new, scene_drop, &(struct scene) \
		{                                                             \
			.interfaces = 1, .caplen = (bytes), .pcap = true      \
		}                                                             \
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(while_it_records, new_d),
		cmocka_unit_test_setup(after_a_crash, new_d),
		cmocka_unit_test_setup(segments_that_go, new_d),
		cmocka_unit_test_setup(each_file_once, new_d),
		cmocka_unit_test_setup(by_both_manifests, new_d),
		cmocka_unit_test_setup(ends_where_it_was, new_d),
		cmocka_unit_test_setup(no_recording, new_d),
		cmocka_unit_test_setup(nothing_is_read_at_first, new_d),
		cmocka_unit_test_setup(directory_of_somebody_else, new_d),
		IN_BOTH(only_what_is_needed, 9001),
		SCENE(packets_in_packets, .interfaces = 1),
		IN_BOTH(ends_with_a_packet, 60000),
		SCENE(packets_in_a_large_one, .interfaces = 1, .caplen = 110000),
		IN_BOTH(overtaken, 1900),
		SCENE(several_interfaces, .interfaces = 2, .caplen = 2000),
		SCENE(far_behind_and_silent, .interfaces = 2, .caplen = 9000),
		IN_BOTH(clock_set_back, 1400),
		IN_BOTH(as_reading_everything, 4000),
		SCENE(as_reading_everything, .interfaces = 2, .caplen = 7000),
		IN_BOTH(what_is_not_known_is_read, 1400),
		cmocka_unit_test_setup(set_back_while_it_records, new_d),
		cmocka_unit_test_setup(set_back_before_a_crash, new_d),
	};

	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
