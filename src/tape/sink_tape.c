/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The recorder's begin and end, and what ties its two sides together.
 */
#include "tape/sink_tape.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "engine/session.h"
#include "frames/pcapng.h"
#include "index/gather.h"
#include "tape_writer.h"

/* Of what segments are found by, on its way to the keeper: some runs of nothing but new
 * addresses, or some hundred usual ones. */
#define GATHER_BYTES (8u << 20)

static void sink_tape_rotate(struct sink *sink)
{
	struct sink_tape *s = (struct sink_tape *)sink;

	/* Which one to end is the keeper's to say: a segment may just begin. */
	atomic_store(&s->desk.turn_asked, true);
	desk_wake(s->desk.keeper_fd);
}

/* --- beginning and end ------------------------------------------------------------ */

/* Until the keeper has finished every segment. */
static void await_keeper(struct sink_tape *s)
{
	struct timespec until;

	if (!s->has_thread) {
		for (sink_tape_work(&s->base); !keeper_is_done(s->keeper); sink_tape_work(&s->base))
			poll(NULL, 0, 1);
		return;
	}
	do {
		/* A second signal, or one after the recording's own end: hooks are not
		 * waited for any longer. */
		if (session_signal_waits())
			atomic_store(&s->desk.hurry, true);
		desk_wake(s->desk.keeper_fd);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 100 * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
	} while (pthread_timedjoin_np(s->thread, NULL, &until) == ETIMEDOUT);
	s->has_thread = false;
}

/* With the ring thread gone: all segments to the keeper, and its last work. */
static void end_all(struct sink_tape *s)
{
	struct segment *segment;

	if (s->current)
		tape_writer_retire(s, s->current->to);
	/* Whoever finishes them may put their blocks now. */
	while ((segment = s->retired)) {
		s->retired = segment->next;
		tape_writer_put_done(s, segment);
	}
	atomic_store(&s->desk.ending, true);
	await_keeper(s);
}

static int sink_tape_finish(struct sink *sink, const struct stats_snapshot *stats,
			    uint32_t interfaces, uint64_t *unwritten)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	uint64_t captured = 0, given = 0;

	tape_writer_give_added(s);
	/* Counts that only the end brings are the current segment's. */
	if (s->current) {
		memcpy(s->current->to, stats, interfaces * sizeof(*stats));
		for (uint32_t i = 0; i < interfaces; i++)
			s->current->to[i].captured = s->given[i];
	}
	end_all(s);
	desk_refuse(&s->desk);
	/* Of what counts as captured, all that is in no segment. */
	for (uint32_t i = 0; i < interfaces; i++) {
		captured += stats[i].captured;
		given += s->given[i];
	}
	*unwritten = captured - (given - atomic_load(&s->config.shared->unwritten));
	return keeper_error(s->keeper, &sink->error);
}

static void sink_tape_close(struct sink *sink)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	/* Started and never finished: a segment without a frame is not worth a
	 * name then. */
	if (s->current || s->retired || s->has_thread) {
		if (s->current) {
			tape_writer_count(s, s->current->to);
			s->current->failed = true;
		}
		atomic_store(&s->desk.hurry, true);
		end_all(s);
	}
	keeper_close(s->keeper);
	index_gather_close(s->gather);
	if (s->desk.keeper_fd >= 0)
		close(s->desk.keeper_fd);
	if (s->desk.ring_fd >= 0)
		close(s->desk.ring_fd);
	pthread_mutex_destroy(&s->desk.lock);
	free(s->given);
	tape_added_clear(&s->added);
	free(s);
}

static const struct sink_ops sink_tape_ops = {
	.block_begin = tape_writer_block_begin,
	.frames = tape_writer_frames,
	.block_end = tape_writer_block_end,
	.note = tape_writer_note,
	.add_interface = tape_writer_add_interface,
	.add_block = tape_writer_add_block,
	.flush = tape_writer_flush,
	.reap = tape_writer_reap,
	.turn = tape_writer_turn,
	.rotate = sink_tape_rotate,
	.finish = sink_tape_finish,
	.close = sink_tape_close,
};

int sink_tape_lock(const char *directory, struct error *err)
{
	return tape_lock(directory, err);
}

int sink_tape_open(const struct sink_tape_config *config, struct sink **sink, struct error *err)
{
	struct sink_tape *s = calloc(1, sizeof(*s));
	struct keeper_config keeper;
	int rc = 0;

	if (!s)
		return error_system(err, ENOMEM, "%s", config->directory);
	s->base.ops = &sink_tape_ops;
	s->base.event_fd = config->event_fd;
	s->config = *config;
	s->closing_bytes = config->format == TRIM_PCAPNG
				   ? config->interfaces * PCAPNG_ISB_MAX + PCAPNG_ORDER_BYTES
				   : 0;
	pthread_mutex_init(&s->desk.lock, NULL);
	s->desk.done_end = &s->desk.done;
	s->desk.armed_end = &s->desk.armed;
	s->desk.keeper_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->desk.ring_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->base.wake_fd = s->desk.ring_fd;
	s->base.peer_fd = -1;
	s->given = calloc(config->interfaces, sizeof(*s->given));
	if (s->desk.keeper_fd < 0 || s->desk.ring_fd < 0)
		rc = error_system(err, errno, "%s: open a descriptor", config->directory);
	else if (!s->given)
		rc = error_system(err, ENOMEM, "%s", config->directory);
	if (rc == 0 && config->linktypes &&
	    index_gather_open(config->linktypes, config->linktype_count, GATHER_BYTES, &s->gather) <
		    0)
		rc = error_system(err, ENOMEM, "%s", config->directory);
	keeper = (struct keeper_config){.sink = &s->config, .desk = &s->desk, .gather = s->gather};
	if (rc == 0)
		rc = keeper_open(&keeper, &s->keeper, err);
	if (rc < 0) {
		sink_tape_close(&s->base);
		return rc;
	}
	*sink = &s->base;
	return 0;
}

uint64_t sink_tape_kept_bytes(const struct sink *sink)
{
	return keeper_kept_bytes(((const struct sink_tape *)sink)->keeper);
}

int sink_tape_start(struct sink *sink, struct error *err)
{
	struct sink_tape *s = (struct sink_tape *)sink;
	int rc = keeper_start(s->keeper, err);

	if (rc < 0)
		return rc;
	tape_writer_change(s);
	tape_writer_mirror(s);
	if (s->config.without_keeper)
		return 0;
	rc = pthread_create(&s->thread, NULL, keeper_run, s->keeper);
	if (rc != 0)
		return error_system(err, rc, "%s: start the keeper", s->config.directory);
	s->has_thread = true;
	return 0;
}

void sink_tape_summary(struct sink *sink, struct sink_tape_summary *summary)
{
	struct tape_desk *d = &((struct sink_tape *)sink)->desk;

	pthread_mutex_lock(&d->lock);
	*summary = d->summary;
	pthread_mutex_unlock(&d->lock);
}

void sink_tape_ask(struct sink *sink, const struct tape_ask *ask)
{
	desk_ask(&((struct sink_tape *)sink)->desk, ask);
}

uint64_t sink_tape_work(struct sink *sink)
{
	return keeper_work(((struct sink_tape *)sink)->keeper);
}
