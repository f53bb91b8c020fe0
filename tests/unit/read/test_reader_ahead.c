/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files past the page cache: the same as through it, byte for byte, whatever their sizes,
 * while they grow, get shorter, or the disk fails; and that it is done where it is to be.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "read/reader.h"
#include "read/reader_window.h"
#include "reader_support.h"
#include "scratch.h"
#include "system/page_cache.h"

#define START      UINT64_C(1700000000000000000)
#define PATHS_MOST 1000u
#define MiB        (1024u * 1024)

/* --- a disk that fails, a kernel that refuses ------------------------------------ */

static uint64_t bad_byte;     /* of every file; 0: none */
static unsigned short_bytes;  /* reads of io_uring end so much too early */
static bool no_ring, no_flag; /* are refused */
static unsigned submitted;

ssize_t __real_pread(int fd, void *to, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset);
int __real_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring);
int __real_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);

ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset)
{
	if (bad_byte && (uint64_t)offset <= bad_byte && bad_byte < (uint64_t)offset + bytes)
		bytes = (size_t)(bad_byte - (uint64_t)offset);
	if (bad_byte == (uint64_t)offset && bad_byte) {
		errno = EIO;
		return -1;
	}
	return __real_pread(fd, to, bytes, offset);
}

int __wrap_io_uring_submit(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = &ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask];

	submitted++;
	if (bad_byte && sqe->off <= bad_byte && bad_byte < sqe->off + sqe->len)
		sqe->fd = -1;
	if (short_bytes && sqe->len > short_bytes)
		sqe->len -= short_bytes;
	return __real_io_uring_submit(ring);
}

int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
	return no_ring ? -EPERM : __real_io_uring_queue_init(entries, ring, flags);
}

int __wrap_fcntl(int fd, int command, ...)
{
	va_list args;
	long argument;

	va_start(args, command);
	argument = va_arg(args, long);
	va_end(args);
	if (no_flag && command == F_SETFL && (argument & O_DIRECT)) {
		errno = EINVAL;
		return -1;
	}
	return __real_fcntl(fd, command, argument);
}

static int begin(void **state)
{
	bad_byte = short_bytes = submitted = 0;
	no_ring = no_flag = false;
	(void)state;
	return scratch_enter(SCRATCH_BUILD);
}

static int end(void **state)
{
	(void)state;
	return scratch_leave();
}

/* --- what is read ------------------------------------------------------------------ */

/* All that is given, in one number; and how it ends. */
struct digest {
	uint64_t sum, count;
	int end;
	struct error err;
};

static void add(struct digest *d, const void *bytes, size_t count)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < count; i++)
		d->sum = (d->sum ^ at[i]) * 1099511628211u;
}

static void add_frames(struct digest *d, const struct frame *frames, int count)
{
	for (int i = 0; i < count; i++) {
		add(d, &frames[i].time_ns, sizeof(frames[i].time_ns));
		add(d, &frames[i].interface, sizeof(frames[i].interface));
		add(d, &frames[i].len, sizeof(frames[i].len));
		add(d, frames[i].data, frames[i].caplen);
		d->count++;
	}
}

/* So many calls, or up to the end. */
static void fill(struct digest *d, struct reader *reader, unsigned calls)
{
	struct frame frames[64];
	int rc = 1;

	for (; calls > 0 && (rc = reader_fill(reader, frames, 64, &d->err)) > 0; calls--)
		add_frames(d, frames, rc);
	d->end = rc > 0 ? 0 : rc;
}

static struct reader *open_paths(const char *const *paths, uint32_t count, enum reader_io io)
{
	const struct reader_config config = {.paths = paths,
					     .count = count,
					     .merge = true,
					     .sort = true,
					     .io = io};
	struct reader *reader;
	struct error err;

	if (started_reader(&config, &reader, &err) < 0)
		fail_msg("%s", err.text);
	return reader;
}

static struct digest read_paths(const char *const *paths, uint32_t count, enum reader_io io)
{
	struct reader *reader = open_paths(paths, count, io);
	struct digest d = {0};

	fill(&d, reader, UINT32_MAX);
	reader_close(reader);
	return d;
}

static void expect_same(const struct digest *got, const struct digest *wanted)
{
	assert_int_equal(got->end, wanted->end);
	assert_int_equal(got->count, wanted->count);
	assert_true(got->sum == wanted->sum);
	if (wanted->end < 0)
		assert_string_equal(got->err.text, wanted->err.text);
}

static struct digest expect_same_ways(const char *const *paths, uint32_t count)
{
	struct digest wanted, got;

	submitted = 0;
	wanted = read_paths(paths, count, READER_IO_CACHED);
	assert_int_equal(submitted, 0);
	got = read_paths(paths, count, READER_IO_DIRECT);
	expect_same(&got, &wanted);
	assert_true(submitted > 0 || no_ring || no_flag);
	got = read_paths(paths, count, READER_IO_AUTO);
	expect_same(&got, &wanted);
	return wanted;
}

/* --- what there is to be read -------------------------------------------------------- */

static uint32_t any(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*state * below >> 32);
}

/* About so many bytes of packets of up to most, later by the seed in seconds, of two interfaces: in
 * pcapng, stretches of each that go back behind those of the other. */
static void make(struct made *made, bool pcapng, size_t bytes, uint32_t most, uint32_t seed)
{
	const uint64_t start = START + seed % 100 * NS_PER_SECOND;
	uint64_t times[2] = {start, start};
	uint32_t state = seed;

	made_new(made, false);
	if (!pcapng) {
		made_pcap(made, 0xa1b23c4d, 1);
	} else {
		made_shb(made);
		made_idb(made, 1, "a");
		made_idb(made, 1, "b");
	}
	for (uint32_t left = 0, number = 0; made->used < bytes;) {
		const uint32_t caplen = any(&state, most);

		if (left-- == 0) {
			number = !number;
			left = any(&state, 300);
		}
		times[number] += any(&state, 1000);
		if (pcapng)
			made_epb(made, number, times[number], caplen);
		else
			made_record(made, (uint32_t)(times[number] / NS_PER_SECOND),
				    (uint32_t)(times[number] % NS_PER_SECOND), caplen, caplen);
	}
}

static void write_bytes(const struct made *made, const char *path, size_t bytes)
{
	struct made part = *made;

	part.used = bytes < made->used ? bytes : made->used;
	made_write(&part, path);
}

static const char *const path = "one";

/* --- tests --------------------------------------------------------------------------- */

static void sizes_that_are_odd(void **state)
{
	static const size_t around[] = {4096,
					READER_BLOCK_BYTES - READER_FRONT_BYTES,
					READER_BLOCK_BYTES,
					2 * READER_BLOCK_BYTES,
					2 * READER_BLOCK_BYTES + 4096,
					MiB,
					20 * READER_BLOCK_BYTES};
	struct made made;

	(void)state;
	for (unsigned pcapng = 0; pcapng < 2; pcapng++) {
		make(&made, pcapng, 6 * MiB, 1600, 7 + pcapng);
		for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
			for (int by = -3; by <= 3; by++) {
				write_bytes(&made, path, around[i] + (size_t)(by * by * by));
				expect_same_ways(&path, 1);
			}
		}
		write_bytes(&made, path, pcapng ? 160 : 24);
		assert_int_equal(expect_same_ways(&path, 1).count, 0);
		write_bytes(&made, path, made.used);
		assert_int_equal(expect_same_ways(&path, 1).end, 0);
		made_drop(&made);
	}
}

static void no_file_at_all(void **state)
{
	const struct reader_config config = {.paths = &path, .count = 1, .io = READER_IO_DIRECT};
	struct reader *reader;
	struct error err;

	(void)state;
	scratch_put(path, "");
	assert_int_equal(started_reader(&config, &reader, &err), -ENODATA);
	scratch_put(path, "no capture file");
	assert_int_equal(started_reader(&config, &reader, &err), -EBADMSG);
}

/* Longer than the room in front of a block, than a block, than several. */
static void long_packets(void **state)
{
	static const uint32_t most[] = {READER_FRONT_BYTES + 5000, 70000, READER_BLOCK_BYTES + 100,
					MiB + 77777};
	struct made made;

	(void)state;
	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		for (unsigned pcapng = 0; pcapng < 2; pcapng++) {
			make(&made, pcapng, 8 * MiB, most[i], 3);
			made_write(&made, path);
			assert_int_equal(expect_same_ways(&path, 1).end, 0);
			write_bytes(&made, path, made.used - 1);
			assert_int_equal(expect_same_ways(&path, 1).end, -ENODATA);
			made_drop(&made);
		}
	}
}

/* What one interface has is far behind what the other has, so that it is put aside. */
static void far_out_of_order(void **state)
{
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "a");
	made_idb(&made, 1, "b");
	made_epb(&made, 1, START, 60);
	for (uint32_t i = 0; made.used < MADE_MOST - MiB; i++)
		made_epb(&made, 0, START + i * 1000, 60 + i % 50);
	for (uint32_t i = 0; i < 5000; i++)
		made_epb(&made, 1, START + i * 7000, 60);
	made_write(&made, path);
	made_drop(&made);
	assert_int_equal(expect_same_ways(&path, 1).end, 0);
}

static void holes(void **state)
{
	struct made made;
	int fd;

	(void)state;
	make(&made, false, 100000, 1500, 5);
	made_record(&made, 1700000001, 0, 3 * MiB, 3 * MiB);
	write_bytes(&made, path, made.used - 3 * MiB);
	fd = open(path, O_WRONLY);
	assert_int_equal(ftruncate(fd, (off_t)made.used), 0);
	close(fd);
	made_drop(&made);
	assert_int_equal(expect_same_ways(&path, 1).end, 0);
}

/* A part is read, the file changes, and the rest is read. */
static struct digest read_changed(const struct made *made, size_t before, size_t after,
				  enum reader_io io)
{
	struct digest d = {0};
	struct reader *reader;
	int fd;

	write_bytes(made, path, before);
	reader = open_paths(&path, 1, io);
	fill(&d, reader, 10);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_true(fd >= 0);
	if (after < before)
		assert_int_equal(ftruncate(fd, (off_t)after), 0);
	else
		assert_int_equal(write(fd, made->bytes + before, after - before), after - before);
	close(fd);
	fill(&d, reader, UINT32_MAX);
	reader_close(reader);
	return d;
}

static void files_that_grow(void **state)
{
	static const size_t before[] = {MiB, MiB + 1234, 5 * READER_BLOCK_BYTES};
	struct digest got, wanted;
	struct made made;

	(void)state;
	make(&made, false, 9 * MiB, 1500, 11);
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		got = read_changed(&made, before[i], made.used, READER_IO_DIRECT);
		wanted = read_paths(&path, 1, READER_IO_CACHED);
		expect_same(&got, &wanted);
		assert_int_equal(got.end, 0);
	}
	made_drop(&made);
}

/* What was read before may be given, and nothing that was not there. */
static void files_that_get_shorter(void **state)
{
	static const size_t after[] = {4 * MiB, 4 * MiB + 777, 2 * MiB, 100000};
	struct digest got, all, least;
	struct made made;

	(void)state;
	make(&made, false, 9 * MiB, 1500, 13);
	made_write(&made, path);
	all = read_paths(&path, 1, READER_IO_CACHED);
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		got = read_changed(&made, made.used, after[i], READER_IO_DIRECT);
		least = read_paths(&path, 1, READER_IO_CACHED);
		assert_true(got.end == 0 || got.end == -ENODATA);
		assert_true(got.count >= least.count && got.count < all.count);
	}
	made_drop(&made);
}

static void disks_that_fail(void **state)
{
	static const uint64_t bad[] = {MiB, MiB + 512, READER_BLOCK_BYTES, 3 * MiB + 4097, 300000};
	struct digest d;
	struct made made;
	char text[64];

	(void)state;
	make(&made, false, 4 * MiB, 1500, 17);
	made_write(&made, path);
	made_drop(&made);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bad_byte = bad[i];
		d = expect_same_ways(&path, 1);
		assert_int_equal(d.end, -EIO);
		assert_true(d.count > bad[i] / 1600);
		snprintf(text, sizeof(text), "read at byte %llu", (unsigned long long)bad[i]);
		assert_non_null(strstr(d.err.text, text));
	}
}

/* Reads that end early, where the file does not. */
static void short_reads(void **state)
{
	static const unsigned by[] = {1, 512, 4096, 100001};
	struct made made;

	(void)state;
	make(&made, true, 4 * MiB, 1500, 19);
	made_write(&made, path);
	made_drop(&made);
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		short_bytes = by[i];
		assert_int_equal(expect_same_ways(&path, 1).end, 0);
	}
}

static void what_is_refused(void **state)
{
	struct made made;

	(void)state;
	make(&made, true, 4 * MiB, 1500, 23);
	made_write(&made, path);
	made_drop(&made);
	no_ring = true;
	expect_same_ways(&path, 1);
	no_ring = false;
	no_flag = true;
	expect_same_ways(&path, 1);
}

/* Many at a time: the same, and in as much memory but for so many blocks. */
static void a_thousand_files(void **state)
{
	static char names[PATHS_MOST][16];
	const char *paths[PATHS_MOST];
	struct rlimit files = {4096, 4096};
	struct digest d = {0}, wanted;
	struct reader *reader;
	struct mallinfo2 info;
	size_t cached, direct;
	struct made made;

	(void)state;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		skip();
	for (uint32_t i = 0; i < PATHS_MOST; i++) {
		snprintf(names[i], sizeof(names[i]), "many%u", i);
		paths[i] = names[i];
		make(&made, false, i < 40 ? 600000 : 8000, 1500, i);
		made_write(&made, paths[i]);
		made_drop(&made);
	}
	reader = open_paths(paths, PATHS_MOST, READER_IO_CACHED);
	fill(&d, reader, 100);
	info = mallinfo2();
	cached = info.uordblks + info.hblkhd;
	reader_close(reader);
	wanted = read_paths(paths, PATHS_MOST, READER_IO_CACHED);
	d = (struct digest){0};
	reader = open_paths(paths, PATHS_MOST, READER_IO_DIRECT);
	fill(&d, reader, 100);
	info = mallinfo2();
	direct = info.uordblks + info.hblkhd;
	fill(&d, reader, UINT32_MAX);
	reader_close(reader);
	expect_same(&d, &wanted);
	assert_true(submitted > 32);
	assert_true(direct < cached + 64 * MiB);
}

/* With reads under way. */
static void ends_early(void **state)
{
	struct digest d = {0}, wanted;
	struct reader *reader;
	struct error err;
	struct made made;

	(void)state;
	make(&made, true, 12 * MiB, 1500, 29);
	made_write(&made, path);
	made_drop(&made);
	for (unsigned calls = 0; calls < 40; calls += 13) {
		reader = open_paths(&path, 1, READER_IO_DIRECT);
		fill(&d, reader, calls);
		reader_close(reader);
	}
	wanted = read_paths(&path, 1, READER_IO_CACHED);
	d = (struct digest){0};
	reader = open_paths(&path, 1, READER_IO_DIRECT);
	fill(&d, reader, 30);
	assert_int_equal(reader_rewind(reader, &err), 0);
	d = (struct digest){0};
	fill(&d, reader, UINT32_MAX);
	reader_close(reader);
	expect_same(&d, &wanted);
}

/* --- directories --------------------------------------------------------------------- */

#define SEGMENTS 7u

static char *segment(uint32_t number)
{
	static char name[64];

	snprintf(name, sizeof(name), "d/packets_20231114T221320Z_%08u.pcapng", number + 1);
	return name;
}

/* Long and short ones, one that is cut. */
static void make_segments(void)
{
	static const size_t bytes[SEGMENTS] = {3 * MiB, MiB,    2000,   700000,
					       2 * MiB, 300000, 5 * MiB};
	struct made made;

	assert_int_equal(system("rm -rf d; mkdir d"), 0);
	for (uint32_t i = 0; i < SEGMENTS; i++) {
		make(&made, true, bytes[i], 1500, i);
		made_write(&made, segment(i));
		made_drop(&made);
	}
}

static void directories(void **state)
{
	const char *directory = "d";
	struct digest all, d = {0};
	struct reader *reader;

	(void)state;
	make_segments();
	all = expect_same_ways(&directory, 1);
	assert_int_equal(all.end, 0);
	/* Pruned while it is read: those that had been begun may be given. */
	reader = open_paths(&directory, 1, READER_IO_DIRECT);
	fill(&d, reader, 10);
	assert_int_equal(unlink(segment(1)), 0);
	assert_int_equal(unlink(segment(4)), 0);
	assert_int_equal(unlink(segment(6)), 0);
	fill(&d, reader, UINT32_MAX);
	reader_close(reader);
	assert_int_equal(d.end, 0);
	assert_true(d.count < all.count);
	expect_same_ways(&directory, 1);
}

static void damaged_segments(void **state)
{
	const char *directory = "d";
	struct reader *reader[2];
	struct digest d[2];

	(void)state;
	make_segments();
	assert_int_equal(truncate(segment(1), MiB - 7), 0);
	assert_int_equal(truncate(segment(4), 0), 0);
	reader[0] = open_paths(&directory, 1, READER_IO_CACHED);
	reader[1] = open_paths(&directory, 1, READER_IO_DIRECT);
	/* Each is told of, and the next ones are read. */
	do {
		for (unsigned i = 0; i < 2; i++) {
			d[i] = (struct digest){0};
			fill(&d[i], reader[i], UINT32_MAX);
		}
		expect_same(&d[1], &d[0]);
	} while (d[0].end < 0);
	reader_close(reader[0]);
	reader_close(reader[1]);
}

/* --- the cache ------------------------------------------------------------------------- */

/* Cold where it was not in the cache, which stays so; warm where it is. */
static void chosen_by_the_cache(void **state)
{
	struct digest wanted, got;
	struct made made;
	uint8_t *middle;
	int64_t cached;
	int fd;

	(void)state;
	make(&made, true, 12 * MiB, 1500, 31);
	made_write(&made, path);
	made_drop(&made);
	wanted = read_paths(&path, 1, READER_IO_CACHED);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	got = read_paths(&path, 1, READER_IO_AUTO);
	expect_same(&got, &wanted);
	cached = page_cache_bytes(fd, 0, 12 * MiB);
	if (cached >= 11 * (int)MiB)
		assert_int_equal(submitted, 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	cached = page_cache_bytes(fd, 0, 12 * MiB);
	if (cached != 0) {
		close(fd);
		skip(); /* in memory, or the kernel does not tell */
	}
	got = read_paths(&path, 1, READER_IO_AUTO);
	expect_same(&got, &wanted);
	assert_true(submitted >= 12 * MiB / READER_BLOCK_BYTES);
	assert_int_equal(page_cache_bytes(fd, 0, 12 * MiB), 0);
	/* The middle of it is there. */
	middle = malloc(4 * MiB);
	assert_int_equal(__real_pread(fd, middle, 4 * MiB, 4 * MiB), 4 * MiB);
	free(middle);
	submitted = 0;
	got = read_paths(&path, 1, READER_IO_AUTO);
	expect_same(&got, &wanted);
	assert_in_range(submitted, 1, 10 * MiB / READER_BLOCK_BYTES);
	close(fd);
}

/* For who may not ask how much is there. */
static void tried_without_asking(void **state)
{
	struct made made;
	int fd;

	(void)state;
	make(&made, true, 4 * MiB, 1500, 37);
	made_write(&made, path);
	made_drop(&made);
	fd = open(path, O_RDONLY);
	assert_true(page_cache_has(fd, 0, 4 * MiB));
	assert_true(page_cache_has(fd, MiB + 5, 100000));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sizes_that_are_odd, begin, end),
		cmocka_unit_test_setup_teardown(no_file_at_all, begin, end),
		cmocka_unit_test_setup_teardown(long_packets, begin, end),
		cmocka_unit_test_setup_teardown(far_out_of_order, begin, end),
		cmocka_unit_test_setup_teardown(holes, begin, end),
		cmocka_unit_test_setup_teardown(files_that_grow, begin, end),
		cmocka_unit_test_setup_teardown(files_that_get_shorter, begin, end),
		cmocka_unit_test_setup_teardown(disks_that_fail, begin, end),
		cmocka_unit_test_setup_teardown(short_reads, begin, end),
		cmocka_unit_test_setup_teardown(what_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_thousand_files, begin, end),
		cmocka_unit_test_setup_teardown(ends_early, begin, end),
		cmocka_unit_test_setup_teardown(directories, begin, end),
		cmocka_unit_test_setup_teardown(damaged_segments, begin, end),
		cmocka_unit_test_setup_teardown(chosen_by_the_cache, begin, end),
		cmocka_unit_test_setup_teardown(tried_without_asking, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
