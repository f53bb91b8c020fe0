/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of several interfaces in the order of time, held against a plain sort: whatever
 * lies in them, damaged, from a pipe, and beyond the memory there is.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "read/reader.h"
#include "reader_support.h"
#include "scratch.h"

#define START      UINT64_C(1700000000000000000)
#define INTERFACES 5u

/* Memory is no measure then. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* A packet as it lies in the file. */
struct lying {
	uint64_t time_ns;
	uint32_t interface, caplen, at;
};

static const char *const path = "two.pcapng";
static const char *const names[INTERFACES] = {"a", "b", "c", "d", "e"};

static uint32_t any(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)*state * below >> 32);
}

static int by_time(const void *one, const void *other)
{
	const struct lying *a = one, *b = other;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void begin(struct made *made, uint32_t interfaces, bool swapped)
{
	made_new(made, swapped);
	made_shb(made);
	for (uint32_t i = 0; i < interfaces; i++)
		made_idb(made, 1, names[i]);
}

static struct reader *open_path(const char *file, bool sort)
{
	const struct reader_config config = {
		.paths = (const char *const[]){file},
		.count = 1,
		.merge = true,
		.sort = sort,
	};
	struct reader *reader;
	struct error err;

	assert_int_equal(started_reader(&config, &reader, &err), 0);
	return reader;
}

/* Its frames are those, and it ends like that. */
static void expect_frames(struct reader *reader, const struct lying *list, uint32_t count,
			  uint32_t most, int end)
{
	struct frame frames[100];
	struct error err;
	uint32_t at = 0;
	int rc;

	while ((rc = reader_fill(reader, frames, most, &err)) > 0) {
		for (int i = 0; i < rc; i++, at++) {
			assert_true(at < count);
			assert_int_equal(frames[i].time_ns, list[at].time_ns);
			assert_int_equal(frames[i].interface, list[at].interface);
			assert_int_equal(frames[i].caplen, list[at].caplen);
			assert_true(is_data(&frames[i], (uint8_t)list[at].caplen));
		}
	}
	assert_int_equal(rc, end);
	assert_int_equal(at, count);
	assert_int_equal(reader_late(reader), 0);
}

/* Stretches of one interface each, as a recorder writes them, or packet by packet; each
 * interface rises, and by how much is anything. */
static uint32_t fill_made(struct made *made, struct lying *list, uint32_t interfaces,
			  uint32_t *state)
{
	const uint32_t stretch = 1u << any(state, 11), step = 1u << any(state, 20);
	uint64_t times[INTERFACES] = {0};
	uint32_t count = 0;

	while (made->used < MADE_MOST / 8) {
		const uint32_t interface = any(state, interfaces);

		for (uint32_t left = 1 + any(state, stretch); left > 0; left--) {
			struct lying *one = &list[count];

			times[interface] += any(state, step);
			*one = (struct lying){.time_ns = START + times[interface],
					      .interface = interface,
					      .caplen = any(state, 400),
					      .at = count};
			made_epb(made, interface, one->time_ns, one->caplen);
			count++;
		}
	}
	return count;
}

static void as_a_plain_sort(void **state)
{
	struct lying *list = malloc(MADE_MOST / 32 * sizeof(*list));
	struct reader *reader;
	struct made made;
	struct error err;

	(void)state;
	assert_non_null(list);
	for (uint32_t seed = 1; seed <= 40; seed++) {
		uint32_t number = seed, count, interfaces = 2 + seed % (INTERFACES - 1);

		begin(&made, interfaces, seed % 3 == 0);
		count = fill_made(&made, list, interfaces, &number);
		made_write(&made, path);
		made_drop(&made);
		reader = open_path(path, false);
		expect_frames(reader, list, count, 64, 0);
		reader_close(reader);
		qsort(list, count, sizeof(*list), by_time);
		reader = open_path(path, true);
		expect_frames(reader, list, count, 1 + seed * 2, 0);
		/* The same again. */
		assert_int_equal(reader_rewind(reader, &err), 0);
		expect_frames(reader, list, count, 64, 0);
		reader_close(reader);
	}
	free(list);
}

/* An interface's own need not rise: each comes once, wherever. */
static void strays(void **state)
{
	struct frame frames[64];
	struct reader *reader;
	struct made made;
	struct error err;

	(void)state;
	for (uint32_t seed = 1; seed <= 10; seed++) {
		uint32_t number = seed, count = 0;
		uint64_t sum = 0, got;
		int rc;

		begin(&made, 3, false);
		for (; made.used < MADE_MOST / 8; count++) {
			const uint64_t after =
				1u << 20 | (count * 1000 - any(&number, 1u << seed * 2));
			const uint32_t caplen = any(&number, 400);

			made_epb(&made, count % 3 == 0 ? any(&number, 3) : 1, START + after,
				 caplen);
			sum += after * (caplen + 1);
		}
		made_write(&made, path);
		made_drop(&made);
		reader = open_path(path, true);
		for (uint32_t round = 0; round < 2; round++) {
			for (got = 0; (rc = reader_fill(reader, frames, 64, &err)) > 0;)
				for (int i = 0; i < rc; i++) {
					assert_true(is_data(&frames[i], (uint8_t)frames[i].caplen));
					got += ((uint64_t)frames[i].time_ns - START) *
					       (frames[i].caplen + 1);
				}
			assert_int_equal(rc, 0);
			assert_int_equal(got, sum);
			assert_int_equal(reader_rewind(reader, &err), 0);
		}
		/* Closed in the midst of it. */
		assert_true(reader_fill(reader, frames, 64, &err) > 0);
		reader_close(reader);
	}
}

/* What is in front of the damage comes in its order, and then it is told. */
static void damaged(void **state)
{
	static const struct lying sorted[] = {
		{START + 1, 1, 41, 0},
		{START + 2, 1, 42, 0},
		{START + 5, 0, 40, 0},
	};
	struct reader *reader;
	struct made made;

	(void)state;
	begin(&made, 2, false);
	made_epb(&made, 0, START + 5, 40);
	made_epb(&made, 1, START + 1, 41);
	made_epb(&made, 1, START + 2, 42);
	made_epb(&made, 1, START + 6, 43);
	made.used -= 4;
	made_write(&made, path);
	reader = open_path(path, true);
	expect_frames(reader, sorted, 3, 64, -ENODATA);
	reader_close(reader);
	made_drop(&made);
}

/* A section with one interface is as it lies; a second one that comes late counts from
 * there on. */
static void one_interface(void **state)
{
	static const struct lying lying[] = {
		{START + 5, 0, 40, 0}, {START + 3, 0, 41, 0}, {START + 6, 1, 43, 0},
		{START + 7, 1, 44, 0}, {START + 9, 0, 42, 0},
	};
	struct reader *reader;
	struct made made;

	(void)state;
	begin(&made, 1, false);
	made_epb(&made, 0, START + 5, 40);
	made_epb(&made, 0, START + 3, 41);
	made_write(&made, path);
	reader = open_path(path, true);
	expect_frames(reader, lying, 2, 64, 0);
	reader_close(reader);
	made_epb(&made, 0, START + 9, 42);
	made_idb(&made, 1, "b");
	made_epb(&made, 1, START + 6, 43);
	made_epb(&made, 1, START + 7, 44);
	made_write(&made, path);
	/* Two at a time: the first two are given before the other is known of. */
	reader = open_path(path, true);
	expect_frames(reader, lying, 5, 2, 0);
	reader_close(reader);
	made_drop(&made);
}

static void put(FILE *file, const struct made *made)
{
	assert_int_equal(fwrite(made->bytes, 1, made->used, file), made->used);
}

/* One interface has 60 MiB before the other, as old, has its next ones. */
static void make_far_of(bool heard, bool swapped, uint16_t linktype)
{
	uint64_t time_ns = START;
	FILE *file = fopen(path, "w");
	struct made made;

	assert_non_null(file);
	made_new(&made, swapped);
	made_shb(&made);
	for (uint32_t i = 0; i < 2; i++)
		made_idb(&made, linktype, names[i]);
	if (heard)
		made_epb(&made, 1, START, 100);
	for (uint32_t i = 0; i < 60 * 1024; i++) {
		made_epb(&made, 0, ++time_ns, 1000);
		if (made.used > MADE_MOST / 2) {
			put(file, &made);
			made.used = 0;
		}
	}
	for (uint32_t i = 0; i < 10; i++)
		made_epb(&made, 1, START + i * 2000, 101);
	put(file, &made);
	assert_int_equal(fclose(file), 0);
	made_drop(&made);
}

static void make_far(bool heard)
{
	make_far_of(heard, false, 1);
}

static uint64_t most_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	uint64_t kib = 0;
	char line[128];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %lu kB", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

/* Memory has its bound. Who was heard of just before is waited for, however much has to be
 * read meanwhile; who was not is late then, which is counted. */
static void beyond_memory(void **state)
{
	struct frame frames[64];
	struct reader *reader;
	struct error err;
	int rc;

	(void)state;
	for (unsigned heard = 0; heard < 2; heard++) {
		uint64_t count = 0, sum = 0;
		int64_t last_ns = 0;

		make_far(heard);
		reader = open_path(path, true);
		while ((rc = reader_fill(reader, frames, 64, &err)) > 0) {
			for (int i = 0; i < rc; i++, count++) {
				sum += frames[i].interface;
				assert_true(!heard || frames[i].time_ns >= last_ns);
				last_ns = frames[i].time_ns;
				assert_true(is_data(&frames[i], (uint8_t)frames[i].caplen));
			}
		}
		assert_int_equal(rc, 0);
		assert_int_equal(count, 60 * 1024 + 10 + heard);
		assert_int_equal(sum, 10 + heard);
		assert_int_equal(reader_late(reader), heard ? 0 : 10);
		reader_close(reader);
		unlink(path);
	}
	/* The reader's, and the 16 MiB that the file was made in. */
	if (!SANITIZED)
		assert_in_range(most_kib(), 1, (64 + 16) * 1024);
}

/* What is put aside, and was turned into this machine's order, is so again. */
static void beyond_memory_in_another_order(void **state)
{
	struct frame frames[64];
	struct reader *reader;
	struct error err;
	uint32_t count = 0;
	int rc;

	(void)state;
	make_far_of(true, true, 0 /* NULL: begins with a number */);
	reader = open_path(path, true);
	while ((rc = reader_fill(reader, frames, 64, &err)) > 0) {
		for (int i = 0; i < rc; i++, count++) {
			uint8_t *data = frames[i].data;
			const uint8_t turned[4] = {data[3], data[2], data[1], data[0]};

			memcpy(data, turned, sizeof(turned));
			assert_true(is_data(&frames[i], (uint8_t)frames[i].caplen));
		}
	}
	assert_int_equal(rc, 0);
	assert_int_equal(count, 60 * 1024 + 11);
	assert_int_equal(reader_late(reader), 0);
	reader_close(reader);
	unlink(path);
}

/* What was put aside is not there any more. */
static void cut_meanwhile(void **state)
{
	struct frame frames[64];
	struct reader *reader;
	struct error err;
	int rc;

	(void)state;
	make_far(true);
	reader = open_path(path, true);
	/* The first one, and then, when all is read, one more. */
	for (int i = 0; i < 2; i++)
		assert_true(reader_fill(reader, frames, 1, &err) > 0);
	assert_int_equal(truncate(path, 20 << 20), 0);
	while ((rc = reader_fill(reader, frames, 64, &err)) > 0)
		continue;
	assert_int_equal(rc, -EIO);
	assert_non_null(strstr(err.text, "two.pcapng: read again: "));
	reader_close(reader);
	unlink(path);
}

/* From standard input: the writer's blocks come one after the other. */
static void from_a_pipe(void **state)
{
	int pipes[2], standard = dup(STDIN_FILENO);
	struct frame frames[64];
	struct reader *reader;
	struct made made;
	struct error err;
	uint64_t again_ns, begun_ns;
	size_t first;

	(void)state;
	begin(&made, 2, false);
	made_epb(&made, 0, START + 5, 40);
	first = made.used;
	made_epb(&made, 1, START + 2, 41);
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[0], STDIN_FILENO);
	assert_int_equal(write(pipes[1], made.bytes, first), first);
	reader = open_path("-", true);
	/* The other interface may have had one before. */
	assert_int_equal(reader_fill(reader, frames, 64, &err), -EAGAIN);
	begun_ns = clock_monotonic();
	again_ns = reader_again_ns(reader);
	assert_in_range(again_ns, begun_ns, begun_ns + NS_PER_SECOND);
	assert_int_equal(write(pipes[1], made.bytes + first, made.used - first), made.used - first);
	assert_int_equal(reader_fill(reader, frames, 64, &err), 1);
	assert_int_equal(frames[0].interface, 1);
	/* That is not waited for without end. */
	assert_int_equal(reader_fill(reader, frames, 64, &err), -EAGAIN);
	while (clock_monotonic() < again_ns)
		usleep(1000);
	assert_int_equal(reader_fill(reader, frames, 64, &err), 1);
	assert_int_equal(frames[0].caplen, 40);
	assert_int_equal(reader_fill(reader, frames, 64, &err), -EAGAIN);
	assert_int_equal(reader_again_ns(reader), 0);
	close(pipes[1]);
	assert_int_equal(reader_fill(reader, frames, 64, &err), 0);
	reader_close(reader);
	dup2(standard, STDIN_FILENO);
	close(standard);
	close(pipes[0]);
	made_drop(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_memory), /* first: it looks at all there was */
		cmocka_unit_test(as_a_plain_sort),
		cmocka_unit_test(cut_meanwhile),
		cmocka_unit_test(beyond_memory_in_another_order),
		cmocka_unit_test(damaged),
		cmocka_unit_test(strays),
		cmocka_unit_test(one_interface),
		cmocka_unit_test(from_a_pipe),
	};

	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
