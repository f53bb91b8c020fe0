/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tape finds at its start: its own segments, others' files, and what a
 * crash has left at any moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "frames/pcapng.h"
#include "tape_scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

/* --- files with packets -------------------------------------------------------- */

#define PACKETS 5u

/* A capture file, and where its packets end: ends[0] is the header's end. */
struct sample {
	uint8_t bytes[2048];
	size_t ends[PACKETS + 1];
};

/* When packet i was seen. */
static uint64_t packet_ns(uint64_t i)
{
	return SCENE_WALL + SCENE_DAY + i * NS_PER_SECOND + 1000 * i;
}

static struct sample pcapng_sample(void)
{
	const struct pcapng_section section = {.application = "test"};
	const struct pcapng_interface interface = {.linktype = 1,
						   .snaplen = 100,
						   .name = "eth0",
						   .tsresol = 9};
	static uint8_t data[100] = {1, 2, 3};
	struct sample s = {0};
	size_t end = pcapng_put_shb(s.bytes, sizeof(s.bytes), &section);

	end += pcapng_put_idb(s.bytes + end, sizeof(s.bytes) - end, &interface);
	s.ends[0] = end;
	for (uint32_t i = 1; i <= PACKETS; i++) {
		const struct frame frame = {.data = data,
					    .caplen = 10 * i,
					    .len = 100,
					    .time_ns = packet_ns(i),
					    .id = i};

		end += pcapng_put_epb(s.bytes + end, sizeof(s.bytes) - end, &frame);
		s.ends[i] = end;
	}
	return s;
}

static struct sample pcap_sample(void)
{
	const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 100, 1};
	struct sample s = {0};

	memcpy(s.bytes, header, sizeof(header));
	s.ends[0] = sizeof(header);
	for (uint32_t i = 1; i <= PACKETS; i++) {
		uint64_t time_ns = packet_ns(i);
		const uint32_t record[4] = {(uint32_t)(time_ns / NS_PER_SECOND),
					    (uint32_t)(time_ns % NS_PER_SECOND / 1000), 10 * i,
					    100};

		memcpy(s.bytes + s.ends[i - 1], record, sizeof(record));
		memset(s.bytes + s.ends[i - 1] + sizeof(record), 'x', 10 * i);
		s.ends[i] = s.ends[i - 1] + sizeof(record) + 10 * i;
	}
	return s;
}

static void put(const struct tape_segment *segment, const void *bytes, size_t count)
{
	assert_int_equal(pwrite(segment->fd, bytes, count, 0), count);
}

/* As after kill -9: the segment's file is as it is. */
static void crash(struct tape_segment *segment)
{
	if (segment)
		close(segment->fd);
	scene_stop();
}

/* --- restarts ------------------------------------------------------------------- */

static void segments_are_known_again(void **state)
{
	uint64_t used;

	(void)state;
	scene_start();
	for (unsigned i = 0; i < 5; i++)
		scene_record(10000 * i);
	used = tape_used_bytes(scene.tape);
	for (int i = 0; i < 3; i++) {
		scene_restart();
		assert_int_equal(tape_files(scene.tape), 5);
		assert_in_range(tape_used_bytes(scene.tape), used - 32 * KIB, used + 32 * KIB);
		scene_expect_within();
	}
	assert_int_equal(scene.closed_count, 5);
	assert_int_equal(scene.notes[NOTE_ADOPT] + scene.notes[NOTE_DISK], 0);
	/* The oldest is still the oldest. */
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has("eth0_20261124T105000Z_00000001.pcapng"));
	assert_int_equal(scene_segments(), 4);
}

/* What deleting would give back: each of our files once, and none of others. */
static void own_disk_space_is_known(void **state)
{
	const struct tape_config config = scene_config();
	const struct sample sample = pcapng_sample();
	struct tape_segment segment;
	struct error err;
	uint64_t own;

	(void)state;
	scene_start();
	assert_int_equal(tape_kept_bytes(scene.tape), 0);
	for (unsigned i = 0; i < 3; i++)
		scene_record(100 * KIB);
	segment = scene_begin(MIB);
	put(&segment, sample.bytes, sample.ends[PACKETS]);
	scene_put_file("foreign", "not ours");
	own = scene_segment_bytes();
	assert_true(own > 300 * KIB);
	assert_int_equal(tape_kept_bytes(scene.tape), own);
	/* At the next start; the name of one was given by a link, and then the power failed. */
	crash(&segment);
	assert_int_equal(linkat(scene.dir, "eth0_20261124T105000Z_00000001.pcapng", scene.dir,
				".wiretape-00000001", 0),
			 0);
	assert_int_equal(tape_open(&config, &scene.tape, &err), 0);
	assert_int_equal(tape_kept_bytes(scene.tape), own);
	assert_int_equal(tape_adopt(scene.tape, &err), 0);
	assert_int_equal(scene_segments(), 4);
	assert_int_equal(scene_segment_bytes(), own);
	assert_int_equal(tape_kept_bytes(scene.tape), own);
	/* Another file has got the name of one. */
	assert_int_equal(renameat(scene.dir, "foreign", scene.dir,
				  "eth0_20261124T105000Z_00000002.pcapng"),
			 0);
	assert_int_equal(tape_kept_bytes(scene.tape), own - 100 * KIB);
}

static void numbers_go_on(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct tape_segment segment;

		scene_start();
		segment = scene_begin(1000);
		assert_true(segment.sequence > last);
		/* Ended in every way there is; numbers that nobody has seen come
		 * again. */
		if (i % 4 == 0) {
			last = segment.sequence;
			scene_publish(&segment);
		} else if (i % 4 == 1) {
			tape_discard(scene.tape, &segment);
		} else if (i % 4 == 2) {
			tape_abandon(scene.tape, &segment);
		} else {
			close(segment.fd);
		}
		while (i % 3 == 0 && tape_delete_oldest(scene.tape, "by the test") == 0)
			;
		scene_stop();
	}
	assert_int_equal(last, 3);
}

static void numbers_go_on_where_all_was_deleted(void **state)
{
	(void)state;
	scene_start();
	scene_record(1);
	scene_record(1);
	scene_stop();
	assert_int_equal(unlinkat(scene.dir, "eth0_20261124T105000Z_00000001.pcapng", 0), 0);
	assert_int_equal(unlinkat(scene.dir, "eth0_20261124T105000Z_00000002.pcapng", 0), 0);
	for (int i = 0; i < 3; i++) {
		scene_start();
		assert_int_equal(tape_files(scene.tape), 0);
		scene_stop();
	}
	scene_start();
	scene_record(1);
	assert_int_equal(scene.closed.sequence, 3);
}

/*
 * Without a manifest nothing can be proven: numbers begin anew, what is there
 * counts as foreign, and gives way to nothing nor is it in the way.
 */
static void without_a_manifest_nothing_is_ours(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene_start();
	scene_record(1000);
	scene_record(1000);
	segment = scene_begin(1000);
	scene_write(&segment, 1000);
	crash(&segment);
	assert_int_equal(unlinkat(scene.dir, MANIFEST_NAME, 0), 0);
	scene.rotation.files = 2;
	scene_start();
	assert_int_equal(tape_files(scene.tape), 0);
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
	assert_non_null(strstr(scene.last[NOTE_ADOPT], "1 hidden file named like segments"));
	assert_non_null(strstr(scene.last[NOTE_DETAIL],
			       "not this recorder's, not counted, never deleted: 2 files"));
	for (int i = 0; i < 6; i++)
		scene_record(2000);
	/* The hidden one's number was passed over. */
	assert_int_equal(scene.closed.sequence, 7);
	assert_int_equal(tape_files(scene.tape), 2);
	assert_int_equal(scene_stat("eth0_20261124T105000Z_00000001.pcapng").st_size, 1000);
	assert_int_equal(scene_stat("eth0_20261124T105000Z_00000002.pcapng").st_size, 1000);
	assert_true(scene_has(".wiretape-00000003"));
}

static void torn_manifests_lose_what_was_torn(void **state)
{
	char *text, *torn;
	size_t length;

	(void)state;
	scene_start();
	scene_record(1000);
	scene_record(1000);
	scene_stop();
	text = scene_read_manifest();
	length = strlen(text);
	for (size_t cut = 0; cut <= length; cut += cut + 100 < length ? 17 : 1) {
		torn = strndup(text, cut);
		scene_write_manifest(torn);
		free(torn);
		scene_start();
		assert_in_range(tape_files(scene.tape), 0, 2);
		if (cut == length)
			assert_int_equal(tape_files(scene.tape), 2);
		else if (cut + 1 == length)
			assert_int_equal(tape_files(scene.tape), 1);
		scene_stop();
		assert_int_equal(scene_segments(), 2);
	}
	free(text);
}

/* Lines on a file that is ours, at any time and with any number, and others. */
static char *nonsense(const struct file_identity *identity)
{
	static const char *const kinds[] = {"next", "open", "segment"};
	static const char *const numbers[] = {"0",
					      "1",
					      "1000000000000",
					      "1795517400000000000",
					      "9223372036854775807",
					      "18446744073709551615"};
	static char text[32768];
	int length = 0;

#define ANY(array) ((array)[(size_t)rand() % COUNT(array)])
	for (int i = 0; i < 30; i++) {
		length += sprintf(text + length, "%s", ANY(kinds));
		for (int n = 0; n < 5; n++)
			length += sprintf(text + length, " %s", ANY(numbers));
		length += sprintf(text + length,
				  " 01234567-89ab-cdef-0123-456789abcdef foreign\n"
				  "segment %d %llu %llu %s %s %036d mine\n",
				  rand() % 5, (unsigned long long)identity->inode,
				  (unsigned long long)identity->birth_ns, ANY(numbers),
				  ANY(numbers), rand() % 2);
	}
	return text;
}

static void manifests_of_nonsense_do_no_harm(void **state)
{
	unsigned taken = 0;

	(void)state;
	srand(4);
	scene_put_file("foreign", "kept");
	for (int round = 0; round < 300; round++) {
		struct file_identity identity;

		scene_put_file("mine", "");
		assert_int_equal(file_identify(scene.dir, "mine", &identity, NULL), 0);
		scene_write_manifest(nonsense(&identity));
		scene.rotation.age_ns = round % 2 ? NS_PER_HOUR : INT64_MAX;
		scene.clock.wall = round % 3 ? SCENE_WALL : 0;
		scene_start();
		taken += tape_files(scene.tape) > 0;
		tape_expire(scene.tape);
		scene_record(1);
		tape_expire(scene.tape);
		while (tape_delete_oldest(scene.tape, "by the test") == 0)
			;
		scene_stop();
		scene_expect_file("foreign", "kept");
	}
	assert_int_equal(taken, 300);
}

static void copies_and_foreign_files_are_not_ours(void **state)
{
	char name[64], command[512];

	(void)state;
	scene_start();
	snprintf(name, sizeof(name), "%s", scene_record(1000));
	scene_record(1000);
	scene_record(1000);
	scene_stop();
	/* All of it somewhere else, and back again. */
	snprintf(command, sizeof(command),
		 "cd %s && cp -a . ../%s.copy && rm %s && mv ../%s.copy/%s .", scratch_dir,
		 scratch_dir, name, scratch_dir, name);
	assert_int_equal(system(command), 0);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 2);
	while (tape_delete_oldest(scene.tape, "by the test") == 0)
		;
	assert_true(scene_has(name));
	assert_int_equal(scene_segments(), 1);
	scene_stop();
	/* The copy of the directory: no file in it is ours. */
	snprintf(command, sizeof(command), "rm -rf %s && mv %s.copy %s", scratch_dir, scratch_dir,
		 scratch_dir);
	assert_int_equal(system(command), 0);
	close(scene.dir);
	scene.dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 0);
	assert_int_equal(scene_segments(), 2);
	scene_record(1);
	assert_int_equal(scene.closed.sequence, 4);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void ten_thousand_segments_are_taken_in_fast(void **state)
{
	char name[64];
	uint64_t begin, took;

	(void)state;
	scene_start();
	for (unsigned i = 0; i < 10000; i++) {
		scene_record(0);
		if (i % 10 == 0) {
			snprintf(name, sizeof(name), "foreign-%u", i);
			scene_put_file(name, "x");
		}
	}
	for (int round = 0; round < 2; round++) {
		scene_stop();
		begin = now_ms();
		scene_start();
		took = now_ms() - begin;
		if (took > 2000)
			fail_msg("it took %u ms", (unsigned)took);
		assert_int_equal(tape_files(scene.tape), 10000);
	}
	assert_non_null(strstr(scene.last[NOTE_DETAIL], "10000 segments"));
	/* And go as fast, should that be needed. */
	scene.rotation.files = 10;
	scene_record(0);
	assert_int_equal(tape_files(scene.tape), 10);
	assert_int_equal(scene_segments(), 10);
	assert_int_equal(scene_entries(), 10 + 1000 + 1);
}

static void the_budget_holds_across_restarts(void **state)
{
	(void)state;
	srand(5);
	scene.rotation = (struct rotation){.budget_bytes = 3 * MIB, .files = 40};
	for (unsigned round = 0; round < 20; round++) {
		struct tape_segment segment;

		scene_start();
		scene_expect_within();
		for (unsigned i = 0; i < 15; i++) {
			scene_record((uint64_t)rand() % (200 * KIB));
			scene_expect_within();
		}
		/* Half of the times it ends in the middle. */
		segment = scene_begin(100 * KIB);
		scene_write(&segment, 90 * KIB);
		scene_expect_within();
		if (round % 2)
			tape_discard(scene.tape, &segment);
		else
			crash(&segment);
		scene_stop();
	}
	assert_true(scene_disk_bytes() > 2 * MIB);
}

static void a_smaller_budget_is_kept_from_the_first_segment_on(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene_start();
	for (unsigned i = 0; i < 20; i++)
		scene_record(100 * KIB);
	scene.rotation = (struct rotation){.budget_bytes = MIB, .files = 5};
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 20);
	segment = scene_begin(10 * KIB);
	scene_expect_within();
	assert_int_equal(tape_files(scene.tape), 5);
	tape_discard(scene.tape, &segment);
}

/* --- crashes --------------------------------------------------------------------- */

/* Whatever of the last packet had been written. */
static void cut_at_every_byte(const struct sample *s, const char *extension)
{
	char name[64], got[2048];

	/* It goes by what is in it, not by what is recorded now. */
	scene.naming.extension = extension[4] ? "pcap" : "pcapng";
	for (size_t bytes = s->ends[PACKETS - 1]; bytes <= s->ends[PACKETS]; bytes++) {
		const unsigned whole = bytes < s->ends[PACKETS] ? PACKETS - 1 : PACKETS;
		const unsigned before = scene.closed_count;
		struct tape_segment segment;
		int fd;

		scene_start();
		segment = scene_begin(2 * MIB);
		(void)!fallocate(segment.fd, FALLOC_FL_KEEP_SIZE, 0, 2 * MIB);
		put(&segment, s->bytes, bytes);
		crash(&segment);
		scene_start();
		assert_int_equal(scene.closed_count, before + 1);
		assert_int_equal(scene.closed.sequence, segment.sequence);
		assert_int_equal(scene.closed.packets, whole);
		assert_int_equal(scene.closed.bytes, s->ends[whole]);
		assert_in_range(packet_ns(1) - scene.closed.first_ns, 0, 999);
		assert_in_range(packet_ns(whole) - scene.closed.last_ns, 0, 999);
		/* Named by the time of its first packet. */
		snprintf(name, sizeof(name), "eth0_20261125T105001Z_%08u.%s",
			 (unsigned)segment.sequence, extension);
		assert_string_equal(strrchr(scene.closed.path, '/') + 1, name);
		fd = openat(scene.dir, name, O_RDONLY | O_CLOEXEC);
		assert_int_equal(read(fd, got, sizeof(got)), s->ends[whole]);
		assert_memory_equal(got, s->bytes, s->ends[whole]);
		close(fd);
		/* What was set aside is free again. */
		assert_in_range(scene_stat(name).st_blocks, 0, 64);
		assert_int_equal(tape_files(scene.tape), scene_segments());
		scene_expect_within();
		assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
		scene_stop();
	}
	assert_int_equal(scene_entries(), 1);
}

static void an_unfinished_pcapng_is_finished(void **state)
{
	const struct sample s = pcapng_sample();

	(void)state;
	cut_at_every_byte(&s, "pcapng");
}

static void an_unfinished_pcap_is_finished(void **state)
{
	const struct sample s = pcap_sample();

	(void)state;
	cut_at_every_byte(&s, "pcap");
}

static void without_a_packet_there_is_nothing_to_keep(void **state)
{
	const struct sample ng = pcapng_sample(), old = pcap_sample();
	static const char garbage[10000] = "no capture file at all";
	static const char zeros[10000];
	const struct {
		const void *bytes;
		size_t count;
	} cases[] = {
		{ng.bytes, 0},
		{ng.bytes, 3},
		{ng.bytes, 20},
		{ng.bytes, ng.ends[0]},
		{ng.bytes, ng.ends[1] - 1},
		{old.bytes, old.ends[0]},
		{old.bytes, old.ends[1] - 1},
		{garbage, sizeof(garbage)},
		{zeros, sizeof(zeros)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tape_segment segment;

		scene_start();
		segment = scene_begin(20000);
		put(&segment, cases[i].bytes, cases[i].count);
		crash(&segment);
		scene_start();
		assert_int_equal(scene_entries(), 1);
		assert_int_equal(tape_files(scene.tape), 0);
		scene_expect_within();
		scene_stop();
	}
	assert_int_equal(scene.closed_count, 0);
	assert_int_equal(scene.notes[NOTE_DETAIL], COUNT(cases));
}

static void all_that_were_open_are_finished(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segments[64];
	struct error err;

	(void)state;
	scene_start();
	scene_record(10);
	for (size_t i = 0; i < COUNT(segments); i++) {
		assert_int_equal(tape_create(scene.tape, &segments[i], &err), 0);
		if (i % 2)
			put(&segments[i], s.bytes, s.ends[PACKETS]);
	}
	for (size_t i = 0; i < COUNT(segments); i++)
		close(segments[i].fd);
	scene_restart();
	assert_int_equal(scene.closed_count, 1 + 32);
	assert_int_equal(scene.closed.sequence, 65);
	assert_int_equal(tape_files(scene.tape), 33);
	assert_int_equal(scene_segments(), 33);
	assert_int_equal(scene_entries(), 34);
	/* In the order they were made in. */
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_int_equal(tape_delete_oldest(scene.tape, "by the test"), 0);
	assert_false(scene_has("eth0_20261125T105001Z_00000003.pcapng"));
	assert_true(scene_has("eth0_20261125T105001Z_00000005.pcapng"));
	scene_restart();
	assert_int_equal(tape_files(scene.tape), 31);
}

/* One that was made long ago, for the manifest that was written anew since. */
static void a_new_manifest_knows_what_is_open(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;
	unsigned replaced = 0;
	ino_t inode, last;

	(void)state;
	scene.rotation.files = 3;
	scene_start();
	last = scene_stat(MANIFEST_NAME).st_ino;
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	for (unsigned i = 0; i < 3000; i++) {
		scene_record(0);
		inode = scene_stat(MANIFEST_NAME).st_ino;
		replaced += inode != last;
		last = inode;
	}
	assert_in_range(replaced, 2, 30);
	assert_in_range(scene_stat(MANIFEST_NAME).st_size, 1, 128 * KIB);
	crash(&segment);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 3);
	assert_int_equal(scene.closed.sequence, 1);
	assert_int_equal(scene.closed.packets, PACKETS);
}

static int record_and_end(void)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;

	scene_start();
	scene_record(10);
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	return 0;
}

/* Killed, and not closed by us. */
static void a_killed_recorder_keeps_nobody_out(void **state)
{
	(void)state;
	assert_int_equal(child_run(record_and_end), 0);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 2);
	assert_int_equal(scene.closed_count, 1);
	assert_int_equal(scene.closed.packets, PACKETS);
}

/* Of several recorders in a directory it is said whose. */
static void a_manifest_that_cannot_be_replaced_is_named(void **state)
{
	struct tape_segment segment;

	(void)state;
	scene.naming =
		(struct segment_naming){.style = NAME_COUNTED, .path = "x.pcap", .base = "x.pcap"};
	scene_start();
	assert_int_equal(unlinkat(scene.dir, MANIFEST_NAME ".x.pcap", 0), 0);
	assert_int_equal(mkdirat(scene.dir, MANIFEST_NAME ".x.pcap", 0700), 0);
	for (unsigned i = 0; i < 3000 && scene.notes[NOTE_DISK] == 0; i++) {
		segment = scene_begin(0);
		tape_discard(scene.tape, &segment);
	}
	assert_non_null(strstr(scene.last[NOTE_DISK], "/" MANIFEST_NAME ".x.pcap: Is a directory"));
	scene_record(1);
}

/* The line was written, the file not yet renamed. */
static void a_crash_before_the_name_was_given(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;
	char name[64];

	(void)state;
	for (int taken = 0; taken < 2; taken++) {
		scene_start();
		segment = scene_begin(10000);
		put(&segment, s.bytes, s.ends[PACKETS]);
		snprintf(name, sizeof(name), "%s", scene_publish(&segment));
		scene_stop();
		assert_int_equal(renameat(scene.dir, name, scene.dir,
					  taken ? ".wiretape-00000002" : ".wiretape-00000001"),
				 0);
		/* Because another file had the name. */
		if (taken)
			scene_put_file(name, "somebody else's");
		scene_start();
		assert_int_equal(tape_files(scene.tape), taken + 1);
		assert_int_equal(scene.closed.packets, PACKETS);
		assert_int_equal(scene.closed.sequence, taken + 1);
		if (taken)
			scene_expect_file(name, "somebody else's");
		assert_int_equal(scene_entries(), taken ? 4 : 2);
		scene_stop();
	}
}

/* The name was given, and nothing done after that: least of all a line in a
 * newer manifest. */
static void a_crash_after_the_name_was_given(void **state)
{
	struct tape_segment segment;
	char *text, name[64];

	(void)state;
	scene_start();
	segment = scene_begin(10000);
	snprintf(name, sizeof(name), "%s", scene_publish(&segment));
	text = scene_read_manifest();
	scene_stop();
	scene_write_manifest(text);
	free(text);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 1);
	assert_true(scene_has(name));
	assert_int_equal(scene.closed_count, 1);
}

/* On file systems that rename by a link. */
static void a_crash_between_link_and_unlink(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;
	char name[64];

	(void)state;
	scene_start();
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	snprintf(name, sizeof(name), "%s", scene_publish(&segment));
	scene_stop();
	assert_int_equal(linkat(scene.dir, name, scene.dir, ".wiretape-00000001", 0), 0);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(scene_entries(), 2);
	assert_true(scene_has(name));
	assert_int_equal(scene.closed_count, 1);
	scene_expect_within();
}

/* A segment that was made, and of which nothing was written down. */
static void a_crash_before_a_line_was_written(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;
	char *before;

	(void)state;
	scene_start();
	before = scene_read_manifest();
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	crash(&segment);
	scene_write_manifest(before);
	free(before);
	scene_put_file("." MANIFEST_NAME ".abcdef", "open 1 2 3");
	scene_start();
	assert_int_equal(tape_files(scene.tape), 0);
	assert_true(scene_has(".wiretape-00000001"));
	assert_int_equal(scene.notes[NOTE_ADOPT], 1);
	assert_false(scene_has("." MANIFEST_NAME ".abcdef"));
	scene_record(1);
	assert_int_equal(scene.closed.sequence, 2);
}

/* The same before the file's first byte, where numbers were given back. */
static void a_crash_before_a_line_leaves_no_empty_file(void **state)
{
	struct tape_segment first, second;
	struct stat st;

	(void)state;
	scene_start();
	first = scene_begin(0);
	second = scene_begin(0);
	tape_discard(scene.tape, &first);
	tape_discard(scene.tape, &second);
	scene_stop();
	/* The next one is made, and that is all. */
	scene_put_file(".wiretape-00000002", "");
	/* Before that, another one; and what is nothing like it. */
	scene_put_file(".wiretape-00000007", "");
	scene_put_file(".wiretape-00000008", "not empty");
	scene_put_file(".wiretape-9", "");
	scene_put_file(".wiretape-of-others", "");
	scene_put_file("linked", "");
	assert_int_equal(linkat(scene.dir, "linked", scene.dir, ".wiretape-00000010", 0), 0);
	scene_start();
	assert_false(scene_has(".wiretape-00000002"));
	assert_false(scene_has(".wiretape-00000007"));
	assert_true(scene_has(".wiretape-00000008"));
	assert_true(scene_has(".wiretape-9"));
	assert_true(scene_has(".wiretape-of-others"));
	assert_true(scene_has(".wiretape-00000010"));
	assert_non_null(strstr(scene.last[NOTE_ADOPT], "4 hidden files named like segments"));
	/* One that is being written, where the directory is taken in again. */
	first = scene_begin(1000);
	assert_int_equal(tape_reopen(scene.tape, &(struct error){0}), 0);
	assert_int_equal(fstat(first.fd, &st), 0);
	assert_int_equal(st.st_nlink, 1);
	scene_write(&first, 1000);
	scene_publish(&first);
}

static void lines_that_came_twice_count_once(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;
	char *text, *twice;

	(void)state;
	scene_start();
	scene_record(1000);
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	crash(&segment);
	text = scene_read_manifest();
	assert_true(asprintf(&twice, "%s%s", text, strstr(text, "segment")) > 0);
	scene_write_manifest(twice);
	free(text);
	free(twice);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 2);
	assert_int_equal(scene.closed_count, 2);
	scene_expect_within();
}

/* A file that has the hidden name, and is not the one that was made. */
static void a_replaced_unfinished_one_is_left_alone(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;
	int fd;

	(void)state;
	scene_start();
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	scene_put_file("other", "");
	fd = openat(scene.dir, "other", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, s.bytes, s.ends[1] + 1), s.ends[1] + 1);
	close(fd);
	crash(&segment);
	assert_int_equal(renameat(scene.dir, "other", scene.dir, ".wiretape-00000001"), 0);
	scene_start();
	assert_int_equal(tape_files(scene.tape), 0);
	assert_int_equal(scene_stat(".wiretape-00000001").st_size, s.ends[1] + 1);
	scene_stop();
	assert_int_equal(unlinkat(scene.dir, ".wiretape-00000001", 0), 0);
	assert_int_equal(mkfifoat(scene.dir, ".wiretape-00000001", 0600), 0);
	alarm(10);
	scene_start();
	alarm(0);
	assert_true(S_ISFIFO(scene_stat(".wiretape-00000001").st_mode));
}

/* Whatever mode it is to have. */
static void one_nobody_may_write_is_finished(void **state)
{
	const struct sample s = pcapng_sample();
	const bool root = geteuid() == 0;
	struct tape_segment segment;

	(void)state;
	if (root) {
		assert_int_equal(fchown(scene.dir, 65534, 0), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	if (faccessat(AT_FDCWD, scratch_dir, W_OK, AT_EACCESS) < 0) {
		if (root)
			assert_int_equal(seteuid(0), 0);
		skip();
	}
	scene.mode = 0440;
	scene_start();
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	crash(&segment);
	scene_start();
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(tape_files(scene.tape), 1);
	assert_int_equal(scene_stat("eth0_20261125T105001Z_00000001.pcapng").st_mode & 07777, 0440);
}

/* --- a full disk ------------------------------------------------------------------ */

static void on_a_full_disk_a_segment_can_go_first(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_config config;
	struct tape_segment segment;
	struct error err = {0};
	int fd;

	(void)state;
	scene_mount(2 * MIB);
	scene_start();
	for (unsigned i = 0; i < 5; i++)
		scene_record(100 * KIB);
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	crash(&segment);
	fd = openat(scene.dir, "foreign", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, &s, 512) > 0)
		;
	close(fd);

	config = scene_config();
	assert_int_equal(tape_open(&config, &scene.tape, &err), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tape_adopt(scene.tape, &err), -ENOSPC);
		assert_true(tape_gone(scene.tape));
	}
	assert_int_equal(scene_segments(), 5);
	assert_int_equal(tape_delete_oldest(scene.tape, "because the disk is full"), 0);
	assert_int_equal(tape_adopt(scene.tape, &err), 0);
	assert_false(tape_gone(scene.tape));
	assert_int_equal(tape_files(scene.tape), 5);
	assert_int_equal(scene_segments(), 5);
	assert_int_equal(scene.closed_count, 6);
	assert_int_equal(scene.closed.packets, PACKETS);
	scene_expect_within();
}

/* One that could not get its name stays for the next start, whatever was written of others
 * by then. */
static void an_abandoned_one_is_known_to_the_next_start(void **state)
{
	const struct sample s = pcapng_sample();
	struct tape_segment segment;

	(void)state;
	scene_start();
	segment = scene_begin(10000);
	put(&segment, s.bytes, s.ends[PACKETS]);
	tape_abandon(scene.tape, &segment);
	tape_end_manifest(scene.tape);
	tape_end_manifest(scene.tape);
	scene_restart();
	assert_int_equal(scene_segments(), 1);
	assert_int_equal(scene.closed.packets, PACKETS);
}

int main(void)
{
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_new, scene_drop)
	const struct CMUnitTest tests[] = {
		WITH_SCENE(segments_are_known_again),
		WITH_SCENE(own_disk_space_is_known),
		WITH_SCENE(an_abandoned_one_is_known_to_the_next_start),
		WITH_SCENE(numbers_go_on),
		WITH_SCENE(numbers_go_on_where_all_was_deleted),
		WITH_SCENE(without_a_manifest_nothing_is_ours),
		WITH_SCENE(torn_manifests_lose_what_was_torn),
		WITH_SCENE(manifests_of_nonsense_do_no_harm),
		WITH_SCENE(copies_and_foreign_files_are_not_ours),
		WITH_SCENE(ten_thousand_segments_are_taken_in_fast),
		WITH_SCENE(the_budget_holds_across_restarts),
		WITH_SCENE(a_smaller_budget_is_kept_from_the_first_segment_on),
		WITH_SCENE(an_unfinished_pcapng_is_finished),
		WITH_SCENE(an_unfinished_pcap_is_finished),
		WITH_SCENE(without_a_packet_there_is_nothing_to_keep),
		WITH_SCENE(all_that_were_open_are_finished),
		WITH_SCENE(a_new_manifest_knows_what_is_open),
		WITH_SCENE(a_manifest_that_cannot_be_replaced_is_named),
		WITH_SCENE(a_killed_recorder_keeps_nobody_out),
		WITH_SCENE(a_crash_before_the_name_was_given),
		WITH_SCENE(a_crash_after_the_name_was_given),
		WITH_SCENE(a_crash_between_link_and_unlink),
		WITH_SCENE(a_crash_before_a_line_was_written),
		WITH_SCENE(a_crash_before_a_line_leaves_no_empty_file),
		WITH_SCENE(lines_that_came_twice_count_once),
		WITH_SCENE(a_replaced_unfinished_one_is_left_alone),
		WITH_SCENE(one_nobody_may_write_is_finished),
		cmocka_unit_test_setup_teardown(on_a_full_disk_a_segment_can_go_first, scene_new,
						scene_drop_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
