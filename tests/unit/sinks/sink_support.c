/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks every file format has to pass. A write error comes from a file
 * size limit of the process: writes up to it succeed, in part if need be, as
 * on a disk that fills up.
 */
#include "sink_support.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "disk/outfile.h"
#include "scratch.h"

#define FRAME_MAX    70000u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int sink_dir_new(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	return scratch_make(SCRATCH_BUILD);
}

bool sink_dir_takes(enum diskio_mode mode)
{
	enum { BLOCK = 65536, RING = 8 * BLOCK };
	uint8_t *ring = aligned_alloc(BLOCK, RING);
	struct diskio_config config = {
		.mode = mode,
		.ring = ring,
		.ring_bytes = RING,
		.block_bytes = BLOCK,
	};
	struct diskio *io = NULL;
	bool takes;

	assert_int_equal(outfile_open(scratch_at("probe"), 0600, &config.file, NULL), 0);
	takes = diskio_open(&config, &io, NULL) == 0 && diskio_mode(io) == mode;
	/* Opening need not tell. */
	if (takes) {
		memset(diskio_at(io), 0, DISKIO_UNIT);
		takes = diskio_add(io, DISKIO_UNIT) == 0 && diskio_push(io) == 0 &&
			diskio_mode(io) == mode;
	}
	diskio_close(io);
	assert_int_equal(outfile_close(config.file), 0);
	free(ring);
	return takes;
}

void sink_frames_make(struct frame *frames, size_t count, uint32_t max_bytes, unsigned seed)
{
	static uint8_t data[2 * FRAME_MAX];

	assert_true(max_bytes <= FRAME_MAX);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 2654435761u >> 13);
	for (size_t i = 0; i < count; i++) {
		/* Mostly small ones, as on a network. */
		uint32_t most = rand_r(&seed) % 4 ? 128 : max_bytes;

		if (most > max_bytes)
			most = max_bytes;
		frames[i] = (struct frame){
			.data = data + (uint32_t)rand_r(&seed) % FRAME_MAX,
			.caplen = 1 + (uint32_t)rand_r(&seed) % most,
			.time_ns = 1700000000123456789u + i * 1000000007u,
			.packet_type = (uint8_t)(rand_r(&seed) % 5),
			.id = i + 1,
			.lost = rand_r(&seed) % 8 ? 0 : (uint64_t)rand_r(&seed),
		};
		frames[i].len = frames[i].caplen + (uint32_t)rand_r(&seed) % 2000;
	}
}

/* Opens a sink on file the kind's way. */
static int open_on(const struct sink_kind *kind, struct outfile *file, bool unbuffered,
		   uint64_t max_bytes, struct sink **sink, struct error *err)
{
	struct diskio_config disk = kind->disk;

	disk.file = file;
	return kind->open(&disk, unbuffered, max_bytes, sink, err);
}

struct sink *sink_open(const struct sink_kind *kind, const char *path, bool unbuffered,
		       uint64_t max_bytes)
{
	struct outfile *file;
	struct sink *sink = NULL;
	struct error err = {0};

	if (outfile_open(path, 0600, &file, &err) < 0 ||
	    open_on(kind, file, unbuffered, max_bytes, &sink, &err) < 0 ||
	    outfile_publish(file, &err) < 0)
		fail_msg("%s", err.text);
	return sink;
}

int sink_give(struct sink *sink, const struct frame *frame)
{
	struct frame copy = *frame;
	uint32_t taken = 9;
	int rc = sink->ops->frames(sink, &copy, 1, &taken);

	assert_int_equal(taken, rc == 0);
	return rc;
}

int sink_end(struct sink *sink, uint64_t *unwritten, struct error *err)
{
	const struct stats_snapshot stats = {.captured = 1};
	int rc = sink->ops->finish(sink, &stats, 1, unwritten);

	if (err)
		*err = sink->error;
	sink->ops->close(sink);
	return rc;
}

uint64_t sink_file_bytes(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

void sink_expect_frames(const char *path, const struct frame *frames, size_t count,
			uint32_t tick_ns)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);

	assert_non_null(pcap);
	for (size_t i = 0; i < count; i++) {
		const struct frame *frame = &frames[i];

		if (pcap_next_ex(pcap, &header, &data) != 1)
			fail_msg("frame %zu of %zu: %s", i, count, pcap_geterr(pcap));
		assert_int_equal(header->caplen, frame->caplen);
		assert_int_equal(header->len, frame->len);
		assert_memory_equal(data, frame->data, frame->caplen);
		assert_int_equal(header->ts.tv_sec * 1000000000 + header->ts.tv_usec,
				 frame->time_ns - frame->time_ns % tick_ns);
	}
	assert_int_equal(pcap_next_ex(pcap, &header, &data), PCAP_ERROR_BREAK);
	pcap_close(pcap);
}

void sink_check_random_frames(const struct sink_kind *kind)
{
	static struct frame frames[1000];

	for (unsigned seed = 1; seed <= 3; seed++) {
		const char *path = scratch_at("random");
		struct sink *sink = sink_open(kind, path, seed == 3, 0);
		uint64_t unwritten = 1, bytes = kind->header_bytes + kind->closing_bytes;

		sink_frames_make(frames, COUNT(frames), seed == 2 ? 1500 : FRAME_MAX, seed);
		for (size_t i = 0; i < COUNT(frames); i++) {
			assert_int_equal(sink_give(sink, &frames[i]), 0);
			bytes += kind->record_bytes(&frames[i]);
			if (i % 100 == 0)
				assert_int_equal(sink->ops->block_end(sink, NULL), 0);
		}
		assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
		assert_int_equal(unwritten, 0);
		assert_int_equal(sink_file_bytes(path), bytes);
		sink_expect_frames(path, frames, COUNT(frames), kind->tick_ns);
	}
}

/* Around every limit at which one more frame fits. */
void sink_check_size_limits(const struct sink_kind *kind)
{
	struct frame frames[12];
	uint64_t fits = kind->header_bytes + kind->closing_bytes, unwritten;
	struct outfile *file;
	struct sink *sink;
	struct error err;

	sink_frames_make(frames, COUNT(frames), 1500, 4);
	for (size_t count = 0; count < COUNT(frames); count++) {
		uint64_t next = fits + kind->record_bytes(&frames[count]);
		const uint64_t limits[] = {fits, fits + 1, next - 1};

		for (size_t k = 0; k < COUNT(limits); k++) {
			const char *path = scratch_at("limit");

			/* Given at once, or in place of another. */
			sink = sink_open(kind, path, false, k % 2 ? 0 : limits[k]);
			if (k % 2)
				sink->ops->limit(sink, limits[k], 0);
			for (size_t i = 0; i < count; i++)
				assert_int_equal(sink_give(sink, &frames[i]), 0);
			assert_int_equal(sink_give(sink, &frames[count]), SINK_FULL);
			assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
			assert_int_equal(unwritten, 0);
			assert_int_equal(sink_file_bytes(path), fits);
			sink_expect_frames(path, frames, count, kind->tick_ns);
		}
		fits = next;
	}
	/* Too small for a file without packets: the file stays the caller's. */
	assert_int_equal(outfile_open(scratch_at("tiny"), 0600, &file, NULL), 0);
	assert_int_equal(open_on(kind, file, false, kind->header_bytes + kind->closing_bytes - 1,
				 &sink, &err),
			 -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_int_equal(outfile_close(file), 0);
}

/* Gives frames until there have been taken so many, and one that is refused. */
static size_t fill_up(struct sink *sink, const struct frame *frames, size_t from, size_t most)
{
	for (; from < most; from++)
		assert_int_equal(sink_give(sink, &frames[from]), 0);
	assert_int_equal(sink_give(sink, &frames[from]), SINK_FULL);
	assert_int_equal(sink_give(sink, &frames[from]), SINK_FULL);
	return from;
}

void sink_check_packet_limits(const struct sink_kind *kind)
{
	const char *path = scratch_at("packets");
	struct sink *sink = sink_open(kind, path, false, 0);
	uint64_t unwritten = 1, bytes = kind->header_bytes + kind->closing_bytes;
	struct frame frames[40];
	uint32_t taken;
	size_t at;

	sink_frames_make(frames, COUNT(frames), 1500, 9);
	sink->ops->limit(sink, 0, 1);
	at = fill_up(sink, frames, 0, 1);
	/* All those that fit of several are taken. */
	sink->ops->limit(sink, 0, 5);
	assert_int_equal(sink->ops->frames(sink, &frames[at], 10, &taken), SINK_FULL);
	assert_int_equal(taken, 4);
	at += taken;
	/* One behind us is no less of a limit. */
	sink->ops->limit(sink, 0, 2);
	fill_up(sink, frames, at, at);
	sink->ops->limit(sink, UINT64_MAX, UINT64_MAX);
	for (; at < 20; at++)
		assert_int_equal(sink_give(sink, &frames[at]), 0);
	/* The first of two limits counts; too few bytes for a file are none. */
	for (size_t i = 0; i < 25; i++)
		bytes += kind->record_bytes(&frames[i]);
	sink->ops->limit(sink, bytes, 30);
	at = fill_up(sink, frames, at, 25);
	sink->ops->limit(sink, bytes + kind->record_bytes(&frames[25]), 25);
	fill_up(sink, frames, at, at);
	for (uint64_t most = 1; most <= kind->closing_bytes + 1; most++) {
		sink->ops->limit(sink, most, 0);
		fill_up(sink, frames, at, at);
	}
	sink->ops->limit(sink, 0, 0);
	for (; at < COUNT(frames); at++)
		assert_int_equal(sink_give(sink, &frames[at]), 0);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	assert_int_equal(unwritten, 0);
	sink_expect_frames(path, frames, COUNT(frames), kind->tick_ns);
}

static uint64_t disk_bytes(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* Nothing beyond a limit, and with own_reserve what is asked for. */
void sink_check_reserve(const struct sink_kind *kind)
{
	const uint64_t limit = 1 << 20, more = 65536;
	const char *path = scratch_at("reserve");
	struct sink_kind own = *kind;
	struct sink *sink = sink_open(kind, path, false, limit);
	uint64_t unwritten;

	assert_in_range(disk_bytes(path), 0, limit + more);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	own.disk.own_reserve = true;
	sink = sink_open(&own, path, false, 0);
	sink->ops->prepare(sink);
	assert_in_range(disk_bytes(path), 0, more);
	assert_int_equal(sink->ops->block_end(sink, NULL), 0);
	assert_false(sink->wants_prepare);
	assert_int_equal(sink->ops->reserve(sink, 2 * limit), 0);
	if (disk_bytes(path) > 0)
		assert_in_range(disk_bytes(path), 2 * limit, 2 * limit + more);
	assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	assert_in_range(disk_bytes(path), 0, more);
}

/* Hands over frames until one is refused. Returns how many were taken. */
static size_t frames_until_error(struct sink *sink, struct frame *frames, size_t count,
				 unsigned per_block)
{
	for (size_t i = 0; i < count; i++) {
		int rc = sink_give(sink, &frames[i]);

		if (rc < 0)
			return i;
		assert_int_equal(rc, 0);
		if (i % per_block == per_block - 1 && sink->ops->block_end(sink, NULL) < 0)
			return i + 1;
	}
	return count;
}

/*
 * Writes end at bytes into the file: what is in it afterwards has to be the
 * frames that fitted, all of them, and the rest has to be counted.
 */
static void check_error_at(const struct sink_kind *kind, struct frame *frames, size_t count,
			   uint64_t bytes, bool unbuffered)
{
	const char *path = scratch_at("error");
	struct sink *sink = sink_open(kind, path, unbuffered, 0);
	uint64_t unwritten = 0, end = kind->header_bytes;
	size_t taken, whole = 0;
	struct rlimit before, limit;
	struct error err;
	int rc;

	while (whole < count && end + kind->record_bytes(&frames[whole]) <= bytes)
		end += kind->record_bytes(&frames[whole++]);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){bytes, before.rlim_max};
	setrlimit(RLIMIT_FSIZE, &limit);
	taken = frames_until_error(sink, frames, count, 10);
	if (taken < count) {
		assert_int_equal(sink_give(sink, &frames[0]), -EFBIG);
		assert_int_equal(sink->ops->block_end(sink, NULL), -EFBIG);
		assert_int_equal(sink->ops->flush(sink), -EFBIG);
	}
	rc = sink_end(sink, &unwritten, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(err.text, "write to "));
	assert_non_null(strstr(err.text, "error: File too large"));
	assert_int_equal(err.kind, ERROR_FAILED);
	assert_int_equal(sink_file_bytes(path), end);
	assert_int_equal(unwritten, taken - whole);
	sink_expect_frames(path, frames, whole, kind->tick_ns);
}

void sink_check_write_errors(const struct sink_kind *kind)
{
	static struct frame frames[400];
	uint64_t total = kind->header_bytes, cut = total;
	unsigned seed = 5;

	sink_frames_make(frames, COUNT(frames), FRAME_MAX, seed);
	for (size_t i = 0; i < COUNT(frames); i++)
		total += kind->record_bytes(&frames[i]);
	assert_true(total > 3 * 1024 * 1024);
	/* At every byte of the first records. */
	for (; cut < kind->header_bytes + 400; cut++)
		check_error_at(kind, frames, 20, cut, cut % 2);
	/* Where a full buffer ends, and anywhere. */
	for (uint64_t k = 1; k <= 3; k++)
		check_error_at(kind, frames, COUNT(frames), kind->header_bytes + (k << 20), false);
	for (int i = 0; i < 20; i++) {
		cut = kind->header_bytes + (uint64_t)rand_r(&seed) % (total - kind->header_bytes);
		check_error_at(kind, frames, COUNT(frames), cut, i % 2);
	}
	/* In the last record, found only when the file is finished, and in
	 * what is written after it. */
	check_error_at(kind, frames, COUNT(frames), total - 1, false);
	if (kind->closing_bytes) {
		check_error_at(kind, frames, COUNT(frames), total, false);
		check_error_at(kind, frames, COUNT(frames), total + kind->closing_bytes - 1, true);
	}
}

void sink_check_full_device(const struct sink_kind *kind)
{
	struct outfile *file;
	struct sink *sink;
	struct error err;

	assert_int_equal(outfile_open("/dev/full", 0600, &file, NULL), 0);
	assert_int_equal(open_on(kind, file, false, 0, &sink, &err), -ENOSPC);
	assert_string_equal(err.text, "write to /dev/full: No space left on device");
	assert_int_equal(outfile_close(file), 0);
}

void sink_check_buffering(const struct sink_kind *kind)
{
	const char *path = scratch_at("buffering");
	uint64_t bytes = kind->header_bytes, unwritten;
	struct frame frame;

	sink_frames_make(&frame, 1, 1500, 6);
	for (int unbuffered = 0; unbuffered < 2; unbuffered++) {
		struct sink *sink = sink_open(kind, path, unbuffered, 0);

		assert_int_equal(sink_file_bytes(path), kind->header_bytes);
		assert_int_equal(sink->bytes, kind->header_bytes);
		assert_int_equal(sink_give(sink, &frame), 0);
		assert_int_equal(sink_file_bytes(path), kind->header_bytes);
		assert_int_equal(sink->ops->block_end(sink, NULL), 0);
		assert_int_equal(sink->dirty, !unbuffered);
		bytes = kind->header_bytes + (unbuffered ? kind->record_bytes(&frame) : 0);
		assert_int_equal(sink_file_bytes(path), bytes);
		assert_int_equal(sink->ops->flush(sink), 0);
		assert_false(sink->dirty);
		bytes = kind->header_bytes + kind->record_bytes(&frame);
		assert_int_equal(sink_file_bytes(path), bytes);
		assert_int_equal(sink->bytes, bytes);
		assert_int_equal(sink_end(sink, &unwritten, NULL), 0);
	}
	/* One that ends without having finished does not write any more. */
	struct sink *sink = sink_open(kind, path, false, 0);

	assert_int_equal(sink_give(sink, &frame), 0);
	sink->ops->close(sink);
	assert_int_equal(sink_file_bytes(path), kind->header_bytes);
}

void sink_check_pipe(const struct sink_kind *kind)
{
	static uint8_t got[65536];
	const char *path = scratch_at("pipe");
	struct frame frames[5];
	struct error err;
	struct sink *sink;
	uint64_t unwritten = 0;
	int reader;

	sink_frames_make(frames, COUNT(frames), 1500, 7);
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	sink = sink_open(kind, path, false, 0);
	assert_int_equal(read(reader, got, sizeof(got)), kind->header_bytes);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(sink_give(sink, &frames[i]), 0);
		assert_int_equal(sink->ops->block_end(sink, NULL), 0);
		assert_int_equal(read(reader, got, sizeof(got)), kind->record_bytes(&frames[i]));
	}
	/* The reader goes: two frames are in the pipe, three are not. */
	close(reader);
	for (size_t i = 2; i < 5; i++)
		assert_int_equal(sink_give(sink, &frames[i]), 0);
	assert_int_equal(sink->ops->block_end(sink, NULL), -EPIPE);
	assert_int_equal(sink_end(sink, &unwritten, &err), -EPIPE);
	assert_non_null(strstr(err.text, "pipe: Broken pipe"));
	assert_int_equal(unwritten, 3);
}
