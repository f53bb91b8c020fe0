/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files as a feed: which frames come, in which order, and when: never early. Files
 * are made by hand; a frame is known by its length.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/file_feed.h"
#include "reader_support.h"
#include "scratch.h"

#define MS   UINT64_C(1000000)
#define MOST 8192u

struct scene {
	struct stats stats;
	struct reader *reader;
	struct file_feed *feed;
	struct feed *ops;
	uint32_t lengths[MOST];
	uint64_t taken_ns[MOST]; /* CLOCK_MONOTONIC, when each was given */
	uint32_t count, blocks;
	int end; /* what next gave last */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * MS + (uint64_t)now.tv_nsec;
}

static void wait_again(const struct feed *feed)
{
	const uint64_t now = now_ns();

	if (feed->again_ns > now)
		usleep((useconds_t)((feed->again_ns - now) / 1000 + 1));
}

/* Takes what comes, up to most frames, as a ring thread would. */
static void take(struct scene *s, uint32_t most, uint32_t batch)
{
	struct frame frames[64];
	struct block *block;
	uint32_t count, before = s->count;

	while (s->count - before < most && (s->end = s->ops->ops->next(s->ops, &block)) >= 0 &&
	       s->end != FEED_END) {
		if (s->end == 0) {
			/* One that says neither when nor by what to go on would hang. */
			assert_true(s->ops->again_ns != 0 || s->ops->fd >= 0);
			if (s->ops->again_ns == 0)
				return;
			wait_again(s->ops);
			continue;
		}
		assert_int_equal(block->refs, 1);
		count = 0;
		for (uint32_t n; (n = s->ops->ops->frames(s->ops, block, frames, batch)) > 0;) {
			assert_true(n <= batch && s->count + n <= MOST);
			count += n;
			for (uint32_t i = 0; i < n; i++) {
				assert_true(is_data(&frames[i], (uint8_t)frames[i].caplen));
				s->taken_ns[s->count] = now_ns();
				s->lengths[s->count++] = frames[i].len;
			}
		}
		assert_true(count > 0 && count <= block->frames);
		s->blocks++;
		block_put(block);
	}
	assert_true(atomic_load(&s->stats.received) == s->count);
}

static void open_paths(struct scene *s, const char *const *paths, uint32_t count,
		       struct file_feed_config *config, const char *expression)
{
	const struct reader_config files = {.paths = paths, .count = count};
	struct error err;

	*s = (struct scene){0};
	if (reader_open(&files, &s->reader, &err) < 0 ||
	    reader_start(s->reader, UINT64_MAX, &err) < 0)
		fail_msg("%s", err.text);
	config->reader = s->reader;
	config->expression = expression;
	config->stats = &s->stats;
	config->loops = config->loops ? config->loops : 1;
}

static void start(struct scene *s, struct file_feed_config *config)
{
	struct error err;

	if (file_feed_open(config, &s->feed, &err) < 0)
		fail_msg("%s", err.text);
	s->ops = file_feed_feed(s->feed);
}

static uint32_t progress_of(const struct scene *s)
{
	uint64_t next_ns;
	const uint32_t progress = file_feed_progress(s->feed, &next_ns);

	assert_int_equal(next_ns, 0);
	return progress;
}

static void finish(struct scene *s)
{
	file_feed_close(s->feed);
	reader_close(s->reader);
}

/* lengths from, from + 1 ..., step_ns apart, in a file of nanoseconds. */
static void write_file(const char *path, uint32_t from, uint32_t count, uint32_t step_ns)
{
	struct made made;

	made_new(&made, false);
	made_pcap(&made, 0xa1b23c4d, 1);
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t ns = (uint64_t)i * step_ns;

		made_record(&made, 1000 + (uint32_t)(ns / 1000000000), (uint32_t)(ns % 1000000000),
			    from + i, from + i);
	}
	made_write(&made, path);
	made_drop(&made);
}

static void test_all_in_order(void **state)
{
	static const char *const paths[] = {"feed-a", "feed-b"};
	static const uint32_t batches[] = {1, 7, 64};

	(void)state;
	write_file("feed-a", 60, 300, 1000);
	write_file("feed-b", 500, 100, 1000);
	for (unsigned k = 0; k < 3; k++) {
		struct file_feed_config config = {0};
		struct scene s;

		open_paths(&s, paths, 2, &config, NULL);
		start(&s, &config);
		take(&s, MOST, batches[k]);
		assert_int_equal(s.end, FEED_END);
		assert_int_equal(s.count, 400);
		for (uint32_t i = 0; i < 400; i++)
			assert_int_equal(s.lengths[i], i < 300 ? 60 + i : 500 + i - 300);
		assert_in_range(progress_of(&s), 990000, 1000000);
		/* An end is one for good. */
		take(&s, MOST, 64);
		assert_int_equal(s.end, FEED_END);
		finish(&s);
	}
}

static void test_filter(void **state)
{
	static const char *const paths[] = {"feed-a"};
	struct file_feed_config config = {.loops = 2};
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 1000, 1000);
	open_paths(&s, paths, 1, &config, "greater 1000 and ether[0] & 1 == 0");
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 60);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(s.lengths[i], 1000 + i % 30 * 2);
	finish(&s);
}

/* A file of several link types: each has a program of its own. */
static void test_filter_of_each_link_type(void **state)
{
	static const char *const paths[] = {"feed-mixed"};
	struct file_feed_config config = {0};
	struct made made;
	struct scene s;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth");
	made_idb(&made, 101, "raw");
	for (uint32_t i = 0; i < 256; i++)
		made_epb(&made, i % 2, 1000 + i, 100 + i);
	made_write(&made, paths[0]);
	made_drop(&made);
	/* The first nibble of a packet of raw IP tells its version; Ethernet's type is
	 * elsewhere. */
	open_paths(&s, paths, 1, &config, "ip");
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	for (uint32_t i = 0; i < s.count; i++)
		assert_int_equal((s.lengths[i] & 0xff) >> 4, 4);
	/* 101 to 355, odd: those from 0x141 on. */
	assert_int_equal(s.count, 8);
	finish(&s);
}

static void test_filter_refused(void **state)
{
	static const char *const paths[] = {"feed-a"};
	struct file_feed_config config = {0};
	struct file_feed *feed;
	struct error err;
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 2, 1000);
	open_paths(&s, paths, 1, &config, "udp prot");
	assert_int_equal(file_feed_open(&config, &feed, &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "udp prot"));
	finish(&s);
}

static void test_loops(void **state)
{
	static const char *const paths[] = {"feed-a", "feed-b"};
	struct file_feed_config config = {.loops = 5};
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 100, 1000);
	write_file("feed-b", 200, 1, 1000);
	open_paths(&s, paths, 2, &config, NULL);
	start(&s, &config);
	take(&s, 250, 64);
	assert_in_range(progress_of(&s), 350000, 650000);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 505);
	for (uint32_t i = 0; i < 505; i++)
		assert_int_equal(s.lengths[i], i % 101 == 100 ? 200 : 60 + i % 101);
	finish(&s);
}

/* Where a round has nothing to send, none has: however many are asked for, that
 * ends. */
static void test_loops_of_nothing(void **state)
{
	static const char *const paths[] = {"feed-a"}, *const empty[] = {"feed-empty"};
	struct file_feed_config config = {.loops = UINT64_MAX};
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 100, 1000);
	write_file("feed-empty", 60, 0, 1000);
	alarm(30);
	open_paths(&s, paths, 1, &config, "greater 9000");
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 0);
	finish(&s);
	open_paths(&s, empty, 1, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	finish(&s);
	alarm(0);
}

/* Where the filter lets nothing pass for long, a request to stop is heard all the
 * same. */
static void test_stop_within_what_does_not_pass(void **state)
{
	static const char *const paths[] = {"feed-a"};
	struct file_feed_config config = {0};
	struct block *block;
	struct made made;
	struct scene s;

	(void)state;
	made_new(&made, false);
	made_pcap(&made, 0xa1b23c4d, 1);
	made_record(&made, 1000, 0, 60, 60);
	for (uint32_t i = 0; i < 50000; i++)
		made_record(&made, 1000, 1, 61, 61);
	made_record(&made, 1000, 2, 60, 60);
	made_write(&made, paths[0]);
	made_drop(&made);
	open_paths(&s, paths, 1, &config, "len == 60");
	start(&s, &config);
	take(&s, 1, 64);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.ops->ops->next(s.ops, &block), 0);
	assert_true(s.ops->again_ns != 0 && s.ops->again_ns <= now_ns());
	s.ops->ops->stop(s.ops);
	assert_int_equal(s.ops->ops->next(s.ops, &block), FEED_END);
	finish(&s);
	/* Without it the rest comes. */
	open_paths(&s, paths, 1, &config, "len == 60");
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 2);
	finish(&s);
}

/* What a feed has told. */
struct refusal {
	unsigned met, damaged;
	struct error damage; /* the last one told */
};

static int refuse_raw(void *context, const struct reader_interface *interface, struct error *err)
{
	((struct refusal *)context)->met++;
	return interface->dlt == DLT_EN10MB ? 0 : error_usage(err, "not this one");
}

static void write_mixed(const char *path, bool late)
{
	struct made made;

	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, late ? 1 : 101, "first");
	for (uint32_t i = 0; i < 200; i++)
		made_epb(&made, 0, 1000 + i, 60 + i);
	made_idb(&made, 101, "second");
	made_epb(&made, 1, 2000, 60);
	made_write(&made, path);
	made_drop(&made);
}

static void test_met_refuses(void **state)
{
	static const char *const paths[] = {"feed-mixed"};
	struct refusal r = {0};
	struct file_feed_config config = {.met = refuse_raw, .context = &r};
	struct file_feed *feed;
	struct error err;
	struct scene s;

	(void)state;
	write_mixed(paths[0], false);
	open_paths(&s, paths, 1, &config, NULL);
	assert_int_equal(file_feed_open(&config, &feed, &err), -EINVAL);
	assert_string_equal(err.text, "not this one");
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_int_equal(r.met, 1);
	finish(&s);
	/* Met in the middle, it ends it there. */
	write_mixed(paths[0], true);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, -EINVAL);
	assert_string_equal(s.ops->error.text, "not this one");
	assert_int_equal(r.met, 3);
	finish(&s);
}

static void test_stop(void **state)
{
	static const char *const paths[] = {"feed-a"};
	struct file_feed_config config = {0};
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 300, 1000);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, 100, 64);
	assert_int_equal(s.count, 128);
	s.ops->ops->stop(s.ops);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 128);
	finish(&s);
}

/* Of the last packet of so many the last byte is missing. */
static void write_cut(const char *path, uint32_t count)
{
	struct stat st;

	write_file(path, 60, count, 1000);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void expect_damage(const struct scene *s, const char *path)
{
	struct error err;

	assert_int_equal(file_feed_damage(s->feed, &err), -ENODATA);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(err.kind, ERROR_FAILED);
}

/* Cut in the middle of a packet: what is whole comes first, then what is wrong. */
static void test_truncated(void **state)
{
	static const char *const paths[] = {"feed-a"};
	struct file_feed_config config = {.loops = 3};
	struct scene s;

	(void)state;
	write_cut("feed-a", 100);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	assert_int_equal(file_feed_damage(s.feed, NULL), 0);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 99);
	take(&s, MOST, 64);
	assert_int_equal(s.count, 99);
	expect_damage(&s, "feed-a");
	finish(&s);
}

static void note_damage(void *context, const struct error *err)
{
	struct refusal *r = context;

	r->damaged++;
	r->damage = *err;
}

/* What ends the reading for another reason hides none of them. */
static void test_truncated_before_the_end(void **state)
{
	static const char *const paths[] = {"feed-a", "feed-b", "feed-mixed"};
	struct refusal r = {0};
	struct file_feed_config config = {.met = refuse_raw, .damaged = note_damage, .context = &r};
	struct scene s;

	(void)state;
	write_cut("feed-a", 100);
	write_cut("feed-b", 10);
	write_mixed("feed-mixed", true);
	/* An error. */
	open_paths(&s, paths, 3, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, -EINVAL);
	assert_string_equal(s.ops->error.text, "not this one");
	assert_int_equal(r.damaged, 1);
	assert_non_null(strstr(r.damage.text, "feed-a"));
	expect_damage(&s, "feed-b");
	finish(&s);
	/* A request. */
	open_paths(&s, paths + 1, 2, &config, NULL);
	start(&s, &config);
	take(&s, 20, 64);
	assert_true(s.count >= 20);
	s.ops->ops->stop(s.ops);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	expect_damage(&s, "feed-b");
	assert_int_equal(r.damaged, 1);
	finish(&s);
}

/* Nor what is wrong before there is a frame. */
static void test_truncated_before_the_first(void **state)
{
	static const char *const paths[] = {"feed-a", "feed-mixed"};
	struct refusal r = {0};
	struct file_feed_config config = {.met = refuse_raw, .damaged = note_damage, .context = &r};
	struct file_feed *feed;
	struct error err;
	struct scene s;

	(void)state;
	write_cut("feed-a", 1);
	write_mixed("feed-mixed", false);
	open_paths(&s, paths, 2, &config, NULL);
	assert_int_equal(file_feed_open(&config, &feed, &err), -EINVAL);
	assert_string_equal(err.text, "not this one");
	assert_int_equal(r.damaged, 1);
	assert_non_null(strstr(r.damage.text, "feed-a"));
	finish(&s);
	/* Alone it is told of at the end; or is the error, where something would be made. */
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(file_feed_damage(s.feed, &err), -ENODATA);
	assert_non_null(strstr(err.text, "feed-a"));
	finish(&s);
	config.eager = true;
	open_paths(&s, paths, 1, &config, NULL);
	assert_int_equal(file_feed_open(&config, &feed, &err), -ENODATA);
	assert_non_null(strstr(err.text, "feed-a"));
	assert_int_equal(r.damaged, 1);
	finish(&s);
}

/* A pipe has what it has; the rest, when there is more. */
static void test_pipe(void **state)
{
	static const char *const paths[] = {"feed-pipe"};
	struct file_feed_config config = {0};
	struct made made;
	struct scene s;
	int fd;

	(void)state;
	unlink("feed-pipe");
	assert_int_equal(mkfifo("feed-pipe", 0600), 0);
	fd = open("feed-pipe", O_RDWR);
	assert_true(fd >= 0);
	made_new(&made, false);
	made_pcap(&made, 0xa1b23c4d, 1);
	made_record(&made, 1000, 0, 60, 60);
	assert_int_equal(write(fd, made.bytes, made.used), made.used);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	assert_true(s.ops->fd >= 0);
	take(&s, MOST, 64);
	assert_int_equal(s.end, 0);
	assert_int_equal(s.count, 1);
	/* Half of one is none yet. */
	made.used = 0;
	made_record(&made, 1000, 5, 61, 61);
	assert_int_equal(write(fd, made.bytes, 30), 30);
	take(&s, MOST, 64);
	assert_int_equal(s.count, 1);
	assert_int_equal(write(fd, made.bytes + 30, made.used - 30), made.used - 30);
	take(&s, MOST, 64);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.lengths[1], 61);
	close(fd);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(progress_of(&s), 0);
	made_drop(&made);
	finish(&s);
}

/* How late the frames were: only by what the machine was busy with. */
static void assert_schedule(struct scene *s, uint64_t step_ns)
{
	const uint64_t begin = s->taken_ns[0];
	struct file_feed_times times;

	for (uint32_t i = 1; i < s->count; i++)
		/* The first may be late itself. */
		if (s->taken_ns[i] + 5 * MS < begin + i * step_ns)
			fail_msg("frame %u is early by %llu ns", i,
				 (unsigned long long)(begin + i * step_ns - s->taken_ns[i]));
	file_feed_times(s->feed, &times);
	assert_true(times.late_ns->count == s->count);
	assert_true(times.lasted_ns >= (s->count - 1) * step_ns);
	assert_true(times.drift_ns >= 0);
	assert_true((uint64_t)times.drift_ns == times.lasted_ns - (s->count - 1) * step_ns);
	assert_true(times.late_ns->most >= (uint64_t)times.drift_ns);
}

static void test_schedule(void **state)
{
	static const struct {
		uint32_t count, step_ns;
	} cases[] = {{1000, 1000}, {200, 100000}, {40, 5000000}, {3, 250000000}};
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speeds[] = {{.kind = PACE_FACTOR, .factor = 1},
						     {.kind = PACE_FACTOR, .factor = 2}};

	(void)state;
	for (unsigned k = 0; k < 8; k++) {
		const uint32_t step_ns = cases[k / 2].step_ns, count = cases[k / 2].count;
		struct file_feed_config config = {.speed = &speeds[k % 2]};
		uint64_t begin, lasted;
		struct scene s;

		write_file("feed-a", 60, count, step_ns);
		open_paths(&s, paths, 1, &config, NULL);
		start(&s, &config);
		begin = now_ns();
		take(&s, MOST, 64);
		lasted = now_ns() - begin;
		assert_int_equal(s.end, FEED_END);
		assert_int_equal(s.count, count);
		assert_true(lasted >= (uint64_t)(count - 1) * step_ns / (1 + k % 2));
		assert_schedule(&s, step_ns / (1 + k % 2));
		/* Each on its own where there is time to. */
		if (step_ns >= 5000000)
			assert_true(s.blocks > 1);
		finish(&s);
	}
}

/* The files of each round follow those of the one before. */
static void test_schedule_of_loops(void **state)
{
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speed = {.kind = PACE_FACTOR, .factor = 1};
	struct file_feed_config config = {.speed = &speed, .loops = 4};
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 10, 2000000);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.end, FEED_END);
	assert_int_equal(s.count, 40);
	assert_schedule(&s, 2000000);
	finish(&s);
}

/* Each file has its own times: the next one follows at once, and as slowly. */
static void test_schedule_of_files(void **state)
{
	static const char *const paths[] = {"feed-a", "feed-b", "feed-a"};
	static const struct pace_request speed = {.kind = PACE_FACTOR, .factor = 1};
	struct file_feed_config config = {.speed = &speed, .loops = 2};
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 10, 2000000);
	write_file("feed-b", 70, 10, 2000000);
	open_paths(&s, paths, 3, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.count, 60);
	assert_schedule(&s, 2000000);
	finish(&s);
}

/* Between two rounds there is a pause, at top speed, too. */
static void test_pause_between_loops(void **state)
{
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speed = {.kind = PACE_TOP,
						  .has_loop_delay = true,
						  .loop_delay_ns = 30 * MS};
	struct file_feed_config config = {.speed = &speed, .loops = 3};
	struct file_feed_times times;
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 10, 2000000);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, MOST, 64);
	assert_int_equal(s.count, 30);
	for (uint32_t i = 10; i < 30; i += 10)
		assert_true(s.taken_ns[i] - s.taken_ns[i - 1] >= 30 * MS);
	file_feed_times(s.feed, &times);
	assert_true(times.lasted_ns >= 60 * MS);
	finish(&s);
}

/* What is due while nothing gets away is not sent all at once: but for the longest pause
 * there is to be the schedule is put off. */
static void test_outage(void **state)
{
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speed = {.kind = PACE_FACTOR,
						  .factor = 1,
						  .gap_most_ns = 100 * MS};
	struct file_feed_config config = {.speed = &speed};
	struct file_feed_times times;
	struct scene s;
	uint64_t begin;

	(void)state;
	write_file("feed-a", 60, 60, 20000000);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, 10, 64);
	begin = now_ns();
	usleep(1500000);
	take(&s, MOST, 64);
	assert_int_equal(s.count, 60);
	assert_true(s.taken_ns[59] - begin >= (1500 - 100 + 49 * 20) * MS);
	file_feed_times(s.feed, &times);
	assert_true(times.outages >= 1);
	assert_true(times.outage_ns >= 1400 * MS);
	assert_true(times.lasted_ns >= (1400 + 59 * 20) * MS);
	finish(&s);
}

/* Far apart: it does not sleep until then, so that it can be stopped. */
static void test_far_apart(void **state)
{
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speed = {.kind = PACE_PACKETS, .rate = 1};
	struct file_feed_config config = {.speed = &speed};
	struct block *block;
	struct scene s;
	uint64_t begin, next_ns;

	(void)state;
	write_file("feed-a", 60, 10, 0);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	begin = now_ns();
	take(&s, 1, 64);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.ops->ops->next(s.ops, &block), 0);
	/* Some time before it is due, and no more than it may sleep. */
	assert_true(s.ops->again_ns >= begin + 850 * MS);
	assert_true(s.ops->again_ns <= now_ns() + 1000 * MS);
	file_feed_progress(s.feed, &next_ns);
	assert_true(next_ns >= begin + 1000 * MS && next_ns <= now_ns() + 1000 * MS);
	s.ops->ops->stop(s.ops);
	assert_int_equal(s.ops->ops->next(s.ops, &block), FEED_END);
	assert_true(now_ns() - begin < 800 * MS);
	finish(&s);
}

/* With enough sent, what was given last is measured, too. */
static void test_stopped_behind_one(void **state)
{
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speed = {.kind = PACE_PACKETS, .rate = 20};
	struct file_feed_config config = {.speed = &speed};
	struct file_feed_times times;
	struct scene s;

	(void)state;
	write_file("feed-a", 60, 10, 0);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	take(&s, 3, 64);
	assert_int_equal(s.count, 3);
	s.ops->ops->stop(s.ops);
	file_feed_times(s.feed, &times);
	assert_true(times.late_ns->count == 3);
	assert_true(times.lasted_ns >= 100 * MS);
	finish(&s);
}

static void test_top_is_at_once(void **state)
{
	static const char *const paths[] = {"feed-a"};
	static const struct pace_request speed = {.kind = PACE_TOP};
	struct file_feed_config config = {.speed = &speed, .loops = 2};
	struct file_feed_times times;
	struct scene s;
	uint64_t begin;

	(void)state;
	write_file("feed-a", 60, 1000, 1000000000);
	open_paths(&s, paths, 1, &config, NULL);
	start(&s, &config);
	begin = now_ns();
	take(&s, MOST, 64);
	assert_int_equal(s.count, 2000);
	assert_true(now_ns() - begin < 5000 * MS);
	file_feed_times(s.feed, &times);
	assert_true(times.late_ns->count == 2000);
	assert_true(times.lasted_ns < 5000 * MS);
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_in_order),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_of_each_link_type),
		cmocka_unit_test(test_filter_refused),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_loops_of_nothing),
		cmocka_unit_test(test_stop_within_what_does_not_pass),
		cmocka_unit_test(test_met_refuses),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_truncated_before_the_end),
		cmocka_unit_test(test_truncated_before_the_first),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_schedule_of_loops),
		cmocka_unit_test(test_schedule_of_files),
		cmocka_unit_test(test_pause_between_loops),
		cmocka_unit_test(test_outage),
		cmocka_unit_test(test_far_apart),
		cmocka_unit_test(test_stopped_behind_one),
		cmocka_unit_test(test_top_is_at_once),
	};

	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
