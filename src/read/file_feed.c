/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of files are read a batch at a time. With a schedule those that are due
 * make a block; for the next one the thread waits.
 */
#include "read/file_feed.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "file_filters.h"
#include "file_rewrite.h"
#include "file_schedule.h"

#define BATCH 64u

/* So many of which nothing passes the filter are read in a row: some milliseconds. */
#define BATCHES_MOST 256u

/* How often a pipe of which not the first file is one is asked. */
#define PIPE_LOOK_NS (10 * NS_PER_MS)

struct file_feed {
	struct feed feed; /* first: the two are converted into each other */
	struct file_feed_config config;
	struct file_schedule schedule;
	struct block block;
	struct frame frames[BATCH];
	uint64_t due[BATCH]; /* by the schedule */
	struct file_filters filters;
	struct file_rewrite rewrite;
	uint32_t count;           /* frames in hand */
	uint32_t at;              /* those before it are given */
	uint32_t released;        /* those before it may be */
	uint32_t measured;        /* those before it are */
	uint32_t path;            /* that is read, without merging */
	uint64_t loop;            /* from 0 */
	uint64_t passed;          /* frames of this round */
	double read_before, read; /* of all there is, in rounds: before those in hand,
				     and with them */
	int over;                 /* not 0: what fill returns once those in hand are given */
	int damaged;              /* not 0: a file ended early, as damage says */
	struct error damage;
	bool stopped, ended;
	_Atomic uint32_t progress;
	_Atomic uint64_t next_ns; /* CLOCK_MONOTONIC: when one is due that is waited for; 0 */
};

/* --- reading -------------------------------------------------------------------- */

/* The frames in hand are read up to there. */
static void note_read(struct file_feed *f)
{
	uint64_t done, all;

	f->read_before = f->read;
	reader_progress(f->config.reader, &done, &all);
	if (all > 0)
		f->read = (double)f->loop + (double)done / (double)all;
}

/* By the frames that were given of those in hand. */
static void tell_progress(struct file_feed *f)
{
	const double part = f->count > 0 ? (double)f->at / (double)f->count : 0;
	const double given = f->read_before + (f->read - f->read_before) * part;

	atomic_store_explicit(&f->progress, (uint32_t)(given * 1e6 / (double)f->config.loops),
			      memory_order_relaxed);
}

/* Each path has times of its own. */
static void note_path(struct file_feed *f)
{
	const uint32_t path = reader_given_path(f->config.reader);

	if (path != f->path)
		pace_again(&f->schedule.pace);
	f->path = path;
}

/* Keeps what passes the filter, and works out when each is due. */
static void take_in(struct file_feed *f, uint32_t count)
{
	note_path(f);
	f->count = f->at = f->released = f->measured = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct frame *frame = &f->frames[f->count];
		int rc;

		if (!file_filters_pass(&f->filters, &f->frames[i]))
			continue;
		rc = file_filters_check_time(&f->filters, &f->frames[i], &f->feed.error);
		if (rc < 0) {
			f->over = rc;
			break;
		}
		*frame = f->frames[i];
		if (f->config.strips_fcs)
			file_filters_strip(&f->filters, frame);
		if (f->config.snaplen && frame->caplen > f->config.snaplen)
			frame->caplen = f->config.snaplen;
		if (f->config.speed)
			f->due[f->count] = pace_due(&f->schedule.pace, frame->time_ns, frame->len);
		f->count++;
	}
	f->count = file_rewrite_frames(&f->rewrite, f->frames, f->count, &f->over);
	f->passed += f->count;
}

static void tell_damage(const struct file_feed *f)
{
	if (f->damaged != 0 && f->config.damaged)
		f->config.damaged(f->config.context, &f->damage);
}

/* A file ends within a packet, or makes no sense from some byte on. The others are
 * read all the same; the last of those damaged is told of at the end. */
static void keep_damage(struct file_feed *f, int rc)
{
	tell_damage(f);
	f->damaged = rc;
	f->damage = f->feed.error;
}

/* The end of all files. 0 to go on with the first, FEED_END, or -errno. */
static int begin_again(struct file_feed *f)
{
	int rc = file_filters_judge(&f->filters, &f->feed.error);

	if (rc < 0)
		return rc;
	/* Nothing damaged is read twice, and what was left out once will be each time. */
	if (f->damaged != 0 || ++f->loop == f->config.loops || f->passed == 0)
		return FEED_END;
	f->passed = 0;
	file_schedule_next_round(&f->schedule);
	return reader_rewind(f->config.reader, &f->feed.error);
}

/* 1 with frames in hand; 0: none now; FEED_END; or -errno. */
static int fill(struct file_feed *f)
{
	struct error *err = &f->feed.error;

	for (uint32_t batch = 0; f->at == f->count; batch++) {
		int rc;

		if (f->over != 0)
			return f->over;
		/* A request to stop is heard in between. */
		if (batch == BATCHES_MOST) {
			f->feed.again_ns = clock_monotonic();
			return 0;
		}
		rc = reader_fill(f->config.reader, f->frames, BATCH, err);
		if (rc == -EAGAIN || rc == -EINTR) {
			f->feed.again_ns = reader_again_ns(f->config.reader);
			if (reader_poll_fd(f->config.reader) != f->feed.fd)
				f->feed.again_ns = clock_monotonic() + PIPE_LOOK_NS;
			return 0;
		}
		if (rc == -ENODATA || rc == -EBADMSG) {
			keep_damage(f, rc);
			continue;
		}
		if (rc < 0)
			return rc;
		if (rc == 0) {
			rc = begin_again(f);
			if (rc != 0)
				return rc;
			continue;
		}
		take_in(f, file_filters_admit(&f->filters, f->frames, (uint32_t)rc, &f->over, err));
		note_read(f);
	}
	return 1;
}

/* --- time ------------------------------------------------------------------------- */

/* What was given is sent by now: with a schedule that is told. */
static void measure(struct file_feed *f)
{
	if (f->config.speed)
		file_schedule_sent(&f->schedule, f->due + f->measured, f->at - f->measured);
	f->measured = f->at;
}

/* Releases what is due, waiting for it if that is soon. Whether there is any. */
static bool wait_until_due(struct file_feed *f)
{
	const uint64_t now = file_schedule_await(&f->schedule, f->due[f->at], &f->feed.again_ns);
	const uint64_t start = f->schedule.start_ns;

	atomic_store_explicit(&f->next_ns, now == 0 ? start + f->due[f->at] : 0,
			      memory_order_relaxed);
	if (now == 0)
		return false;
	f->released = f->at;
	while (f->released < f->count && start + f->due[f->released] <= now)
		f->released++;
	return true;
}

/* All that is in hand, or as much of it as a block has. */
static void release_all(struct file_feed *f)
{
	uint64_t bytes = 0;

	f->released = f->at;
	do
		bytes += f->frames[f->released++].caplen;
	while (f->released < f->count &&
	       bytes + f->frames[f->released].caplen <= FILE_FEED_BLOCK_BYTES);
}

/* --- the feed ---------------------------------------------------------------------- */

static int feed_next(struct feed *feed, struct block **block)
{
	struct file_feed *f = (struct file_feed *)feed;
	int rc, told;

	feed->again_ns = 0;
	if (f->config.speed)
		file_schedule_begin(&f->schedule);
	measure(f);
	if (f->stopped)
		return FEED_END;
	rc = f->ended ? FEED_END : fill(f);
	if (rc > 0 && (told = file_filters_tell(&f->filters, &feed->error)) != 0)
		rc = told < 0 ? told : FEED_END;
	/* Asked for wrongly or not, by now something was made of it. */
	if (rc < 0)
		feed->error.kind = ERROR_FAILED;
	if (rc != 1) {
		f->ended = rc != 0;
		return rc;
	}
	if (!f->config.speed)
		release_all(f);
	else if (!wait_until_due(f))
		return 0;
	f->block = (struct block){.frames = f->released - f->at,
				  .refs = 1,
				  .release = f->block.release};
	*block = &f->block;
	return 1;
}

static uint32_t feed_frames(struct feed *feed, struct block *block, struct frame *frames,
			    uint32_t most)
{
	struct file_feed *f = (struct file_feed *)feed;
	uint32_t count = f->released - f->at;

	(void)block;
	if (count > most)
		count = most;
	memcpy(frames, f->frames + f->at, count * sizeof(*frames));
	f->at += count;
	tell_progress(f);
	stats_add(&feed->stats->received, count);
	return count;
}

static void feed_count(struct feed *feed)
{
	(void)feed;
}

static int feed_trouble(struct feed *feed)
{
	(void)feed;
	return 0;
}

static int feed_stop(struct feed *feed)
{
	struct file_feed *f = (struct file_feed *)feed;

	measure(f);
	f->stopped = true;
	return 0;
}

static void release(struct block *block)
{
	(void)block;
}

/* Waits for the first frames; 0: there are none by the time given for that. */
static int fill_first(struct file_feed *f)
{
	int rc;

	while ((rc = fill(f)) == 0) {
		const uint64_t until = f->config.until_ns ? f->config.until_ns : UINT64_MAX;
		const uint64_t again = f->feed.again_ns ? f->feed.again_ns : UINT64_MAX;

		f->feed.again_ns = 0;
		if (reader_await(f->config.reader, again < until ? again : until) < 0 &&
		    clock_monotonic() >= until)
			break;
	}
	return rc;
}

int file_feed_open(const struct file_feed_config *config, struct file_feed **result,
		   struct error *err)
{
	static const struct feed_ops ops = {
		.next = feed_next,
		.frames = feed_frames,
		.count = feed_count,
		.trouble = feed_trouble,
		.stop = feed_stop,
	};
	struct file_feed *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return error_system(err, ENOMEM, "read");
	f->feed = (struct feed){.ops = &ops,
				.fd = reader_poll_fd(config->reader),
				.stats = config->stats};
	f->config = *config;
	f->filters.config = &f->config;
	f->rewrite = (struct file_rewrite){.filters = &f->filters, .error = &f->feed.error};
	f->block.release = release;
	if (config->speed)
		file_schedule_init(&f->schedule, config->speed);
	rc = file_filters_meet(&f->filters, &f->feed.error);
	if (rc == 0 && (f->feed.fd < 0 || config->eager))
		rc = fill_first(f);
	f->ended = rc == FEED_END;
	if (f->ended) {
		rc = config->eager ? file_feed_damage(f, err) : 0;
	} else if (rc < 0) {
		*err = f->feed.error;
		tell_damage(f);
	}
	/* That of a pipe which has ended may be another's by now. */
	if (f->ended || !reader_has_pipe(config->reader, f->feed.fd))
		f->feed.fd = f->ended ? -1 : reader_poll_fd(config->reader);
	if (rc < 0) {
		file_feed_close(f);
		return rc;
	}
	*result = f;
	return 0;
}

struct feed *file_feed_feed(struct file_feed *f)
{
	return &f->feed;
}

const struct reader_interface *file_feed_interface(const struct file_feed *f, uint32_t number)
{
	return reader_interface(f->config.reader, f->filters.numbers[number]);
}

int file_feed_damage(const struct file_feed *f, struct error *err)
{
	if (f->damaged != 0)
		*err = f->damage;
	return f->damaged;
}

uint64_t file_feed_lost(const struct file_feed *f)
{
	return file_filters_lost(&f->filters) + reader_lost(f->config.reader);
}

uint32_t file_feed_progress(const struct file_feed *f, uint64_t *next_ns)
{
	*next_ns = atomic_load_explicit(&f->next_ns, memory_order_relaxed);
	return atomic_load_explicit(&f->progress, memory_order_relaxed);
}

void file_feed_times(const struct file_feed *f, struct file_feed_times *times)
{
	file_schedule_times(&f->schedule, times);
}

void file_feed_close(struct file_feed *f)
{
	if (!f)
		return;
	file_filters_clear(&f->filters);
	file_rewrite_clear(&f->rewrite);
	free(f);
}
