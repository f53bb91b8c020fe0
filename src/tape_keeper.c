/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper: makes segments ahead, sees that there is room for what the ring
 * thread will write, finishes what it has written, and looks after what is
 * kept. It does one thing at a time, the most urgent first: room for the
 * current segment, the next one, then finishing, where the disk may take long.
 */
#include "tape_keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "outfile.h"
#include "parse.h"

/* How far ahead of the writer there is room, at most. */
#define AHEAD_MOST (UINT64_C(256) << 20)

/* Blocks of the ring that must fit into a grant. */
#define GRANT_BLOCKS 4u
#define GRANT_EXTRA  65536u

/* A segment grows to this where nothing else was said. */
#define SEGMENT_DEFAULT (UINT64_C(1) << 30)

/* --- room ------------------------------------------------------------------------ */

void keeper_tell_ring(struct keeper *k)
{
	atomic_store(&k->config.desk->news, true);
	desk_wake(k->config.desk->ring_fd);
}

/* There is no room, or something is broken: frames are dropped until it goes
 * well again, or the recording ends. */
void keeper_give_in(struct keeper *k, int code, const char *text)
{
	const struct sink_tape_config *c = k->config.sink;
	struct tape_desk *d = k->config.desk;
	char more[sizeof(k->error_text)];

	k->retry_ns = clock_boot(c->clock) + KEEPER_RETRY_NS;
	if (code == ENOSPC && c->on_full == ON_FULL_STOP) {
		pthread_mutex_lock(&d->lock);
		error_set(&d->stop_error, code, "%s", text);
		pthread_mutex_unlock(&d->lock);
		atomic_store(&d->stop, true);
		keeper_tell_ring(k);
		return;
	}
	/* What the current segment has room for is not lost. */
	if (atomic_load(&d->current) && !atomic_load(&d->waiting)) {
		snprintf(more, sizeof(more), "%s; tried again every second", text);
		keeper_say(k, code == ENOSPC ? NOTE_FULL : NOTE_DISK, more);
		return;
	}
	keeper_complain(k, code == ENOSPC ? NOTE_FULL : NOTE_DISK, code,
			"%s; packets are dropped meanwhile", text);
	if (!atomic_exchange(&d->dropping, true))
		keeper_tell_ring(k);
}

/* It went well. */
static void recover(struct keeper *k)
{
	k->retry_ns = 0;
	if (atomic_exchange(&k->config.desk->dropping, false))
		keeper_say(k, NOTE_FULL, "there is room again, recording goes on");
}

/* What setting aside or making has failed with: 0 where it is worth another
 * try right now, because a segment was deleted for it. */
int keeper_make_room(struct keeper *k, int rc)
{
	if (rc == -ENOSPC && k->config.sink->on_full == ON_FULL_PRUNE &&
	    tape_delete_oldest(k->tape, "because the disk is full") == 0)
		return 0;
	return rc;
}

/* Gives a segment room for so many bytes in all. 0; -EDQUOT: later, when
 * others have been finished; or -errno. */
static int grant(struct keeper *k, struct segment *segment, uint64_t bytes, bool count)
{
	uint64_t granted = atomic_load(&segment->granted);
	uint64_t more = bytes > granted ? bytes - granted : 0;
	int rc;

	do {
		rc = tape_grant(k->tape, &segment->file, more, count);
		if (rc == 0) {
			rc = segment->sink->ops->reserve(segment->sink, bytes);
			if (rc < 0)
				tape_ungrant(k->tape, &segment->file, more);
		}
	} while (rc < 0 && keeper_make_room(k, rc) == 0);
	if (rc == -EDQUOT && k->done)
		return rc;
	if (rc < 0) {
		char text[256];

		snprintf(text, sizeof(text), "%s: reserve disk space: %s",
			 k->config.sink->directory, strerror(-rc));
		keeper_give_in(k, rc == -EDQUOT ? ENOSPC : -rc, text);
		return rc;
	}
	atomic_store_explicit(&segment->granted, bytes, memory_order_release);
	recover(k);
	return 0;
}

static uint64_t segment_most(const struct keeper *k)
{
	const struct rotation *r = k->config.sink->rotation;

	return r->segment_bytes ? r->segment_bytes : UINT64_MAX;
}

/* When the next segment has to be ready: before this many bytes are in it. */
static uint64_t arm_at(const struct keeper *k)
{
	uint64_t most = segment_most(k);
	uint64_t before = most / 4 < k->ahead ? most / 4 : k->ahead;

	return most == UINT64_MAX ? most : most - before;
}

static uint64_t ahead_of(const struct keeper *k, uint64_t bytes)
{
	uint64_t most = segment_most(k);

	return most - bytes < k->ahead ? most : bytes + k->ahead;
}

/* Room for the current segment, before it needs it. */
static void grant_current(struct keeper *k, struct segment *current)
{
	uint64_t bytes = atomic_load(&current->sink->bytes);
	uint64_t granted = atomic_load(&current->granted);

	if (granted < segment_most(k) && bytes + k->ahead / 2 >= granted &&
	    grant(k, current, ahead_of(k, bytes), false) == 0 &&
	    atomic_load(&k->config.desk->waiting)) {
		atomic_store(&k->config.desk->waiting, false);
		keeper_tell_ring(k);
	}
}

/* When the ring thread is to call: at half of what is left, or where the next
 * segment has to be ready. */
static void set_calls(struct keeper *k, struct segment *current)
{
	const uint64_t packets = k->config.sink->rotation->segment_packets;
	uint64_t granted = atomic_load(&current->granted), at = arm_at(k);
	bool armed;

	pthread_mutex_lock(&k->config.desk->lock);
	armed = k->config.desk->armed != NULL;
	pthread_mutex_unlock(&k->config.desk->lock);
	if (armed)
		at = UINT64_MAX;
	if (granted < segment_most(k) && granted - k->ahead / 2 < at)
		at = granted - k->ahead / 2;
	atomic_store(&current->call_packets,
		     packets && !armed ? packets - packets / 4 - 1 : UINT64_MAX);
	atomic_store(&current->call_bytes, at);
}

/* --- segments ---------------------------------------------------------------------- */

/* Makes the next segment: its file, with its headers. 0 or -errno with err. */
static int prepare(struct keeper *k, struct error *err)
{
	const struct sink_tape_config *c = k->config.sink;
	struct segment *segment = calloc(1, sizeof(*segment));
	int rc;

	if (!segment)
		return error_system(err, ENOMEM, "%s: begin a segment", c->directory);
	rc = tape_create(k->tape, &segment->file, err);
	if (rc < 0) {
		free(segment);
		return rc;
	}
	rc = outfile_wrap(segment->file.fd, c->directory, &segment->outfile, err);
	if (rc == 0)
		rc = c->open_sink(c->context, segment->outfile, &segment->sink, err);
	if (rc < 0) {
		keeper_free_segment(k, segment);
		return rc;
	}
	k->prepared = segment;
	return 0;
}

/* As prepare, with what is worth it done about a failure. */
static void prepare_or_retry(struct keeper *k)
{
	struct error err;
	int rc;

	do
		rc = prepare(k, &err);
	while (rc < 0 && keeper_make_room(k, rc) == 0);
	if (rc < 0 && (rc != -EDQUOT || !k->done))
		keeper_give_in(k, -rc, err.text);
}

/* Puts the prepared segment on the desk. 0 or -errno. */
static int arm(struct keeper *k)
{
	struct segment *segment = k->prepared;
	int rc = grant(k, segment, ahead_of(k, atomic_load(&segment->sink->bytes)), true);

	if (rc < 0)
		return rc;
	k->prepared = NULL;
	k->armed++;
	pthread_mutex_lock(&k->config.desk->lock);
	k->config.desk->armed = segment;
	pthread_mutex_unlock(&k->config.desk->lock);
	return 0;
}

/* Whether the times, or SIGHUP, want a new segment. */
static bool turn_due(struct keeper *k, const struct segment *current)
{
	const struct sink_tape_config *c = k->config.sink;

	if (atomic_exchange(&k->config.desk->turn_asked, false))
		k->deferred_turn = true;
	return k->deferred_turn || rotation_due(c->rotation, &current->begin, clock_boot(c->clock),
						clock_wall(c->clock));
}

/* Whether the current segment is the last that is wanted. */
static bool is_last(const struct keeper *k, const struct segment *current)
{
	const struct rotation *r = k->config.sink->rotation;

	return current->last || (r->max_files && k->armed >= r->max_files);
}

/* Whether the current segment is near its end. */
static bool near_end(const struct keeper *k, const struct segment *current)
{
	const uint64_t packets = k->config.sink->rotation->segment_packets;

	return atomic_load(&current->sink->bytes) > arm_at(k) ||
	       (packets && atomic_load(&current->packets) > packets - packets / 4 - 1) ||
	       atomic_load(&k->config.desk->waiting);
}

/* Has the next segment ready when it is needed. */
static void arm_next(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *current = atomic_load_explicit(&d->current, memory_order_acquire);
	bool turn = current && turn_due(k, current), armed;

	pthread_mutex_lock(&d->lock);
	armed = d->armed != NULL;
	pthread_mutex_unlock(&d->lock);
	if (!armed && k->prepared &&
	    (!current || (!is_last(k, current) && (turn || near_end(k, current)))))
		armed = arm(k) == 0;
	if (!armed && !(turn && is_last(k, current)))
		return;
	if (turn) {
		k->deferred_turn = false;
		if (atomic_exchange(&d->turn_sequence, current->file.sequence) ==
		    current->file.sequence)
			return; /* it was told */
	}
	if (turn || !current || atomic_load(&d->waiting)) {
		atomic_store(&d->waiting, false);
		keeper_tell_ring(k);
	}
}

/* --- beginning, work, end ------------------------------------------------------------- */

/* Segments that were made ahead are not wanted any more. */
static void drop_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *armed;

	pthread_mutex_lock(&d->lock);
	armed = d->armed;
	d->armed = NULL;
	pthread_mutex_unlock(&d->lock);
	if (armed)
		keeper_free_segment(k, armed);
	if (k->prepared)
		keeper_free_segment(k, k->prepared);
	k->prepared = NULL;
}

/* The directory was deleted, with all that was in it: goes on in a new one of
 * that name, when there is one. */
static void reopen(struct keeper *k)
{
	struct error err;

	drop_ahead(k);
	if (tape_reopen(k->tape, &err) < 0) {
		keeper_give_in(k, ENOENT, err.text);
		return;
	}
	keeper_say(k, NOTE_DISK, "the directory was deleted and is there again");
	k->deferred_turn = true;
}

/* All that is not behind the writer. */
static void work_ahead(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	struct segment *current;

	if (k->retry_ns == 0 && tape_gone(k->tape))
		reopen(k);
	current = atomic_load_explicit(&d->current, memory_order_acquire);
	if (k->retry_ns == 0 && current)
		grant_current(k, current);
	if (k->retry_ns == 0 && !k->prepared && !tape_gone(k->tape))
		prepare_or_retry(k);
	if (k->retry_ns == 0)
		arm_next(k);
	current = atomic_load_explicit(&d->current, memory_order_acquire);
	if (current)
		set_calls(k, current);
}

static uint64_t lesser(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* At the end hooks are waited for no longer than one may take. */
static void end_hooks(struct keeper *k, uint64_t now)
{
	const struct sink_tape_config *c = k->config.sink;

	if (k->hooks_end_ns == 0) {
		k->hooks_end_ns = now + c->hook_timeout_ns;
		if (hooks_count(k->hooks) > 0)
			keeper_say(k, NOTE_ADOPT,
				   "waiting for the hooks to end; a signal ends them");
	}
	if (atomic_load(&k->config.desk->hurry) || now >= k->hooks_end_ns)
		hooks_kill(k->hooks);
}

/* Nanoseconds until time alone wants a new segment, or what failed is tried
 * again. */
static uint64_t wait_for_ring(struct keeper *k, uint64_t now)
{
	const struct sink_tape_config *c = k->config.sink;
	struct segment *current =
		atomic_load_explicit(&k->config.desk->current, memory_order_acquire);
	uint64_t wait;

	if (k->retry_ns)
		return k->retry_ns > now ? k->retry_ns - now : 0;
	if (!current)
		return UINT64_MAX;
	wait = rotation_wait(c->rotation, &current->begin, now, clock_wall(c->clock));
	/* Due, and the ring thread, which was told, will say when it is done. */
	return wait == 0 ? KEEPER_RETRY_NS : wait;
}

uint64_t keeper_work(struct keeper *k)
{
	const struct sink_tape_config *c = k->config.sink;
	const bool ending = atomic_load(&k->config.desk->ending);
	uint64_t now = clock_boot(c->clock), wait = UINT64_MAX;

	if (k->retry_ns && now >= k->retry_ns)
		k->retry_ns = 0;
	keeper_take_done(k);
	if (ending)
		drop_ahead(k);
	/* What is finished makes room, which may be waited for. */
	do {
		if (!ending)
			work_ahead(k);
		keeper_take_done(k);
	} while (keeper_finish_one(k));
	if (!ending)
		wait = wait_for_ring(k, now);
	wait = lesser(wait, tape_expire(k->tape));
	if (k->hooks) {
		if (ending)
			end_hooks(k, now);
		wait = lesser(wait, hooks_work(k->hooks));
	}
	return wait;
}

bool keeper_is_done(const struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	bool done;

	pthread_mutex_lock(&d->lock);
	done = !d->done && !d->armed;
	pthread_mutex_unlock(&d->lock);
	return done && !k->done && !k->prepared && (!k->hooks || hooks_count(k->hooks) == 0);
}

void *keeper_run(void *context)
{
	struct keeper *k = context;
	struct tape_desk *d = k->config.desk;
	struct pollfd fds[] = {
		{.fd = d->keeper_fd, .events = POLLIN},
		{.fd = k->clock_fd, .events = POLLIN},
		{.fd = k->hooks ? hooks_fd(k->hooks) : -1, .events = POLLIN},
	};
	uint64_t wait, ignored;
	struct timespec timeout;

	for (;;) {
		wait = keeper_work(k);
		if (atomic_load(&d->ending) && keeper_is_done(k))
			return NULL;
		timeout.tv_sec = (time_t)(wait / NS_PER_SECOND);
		timeout.tv_nsec = (long)(wait % NS_PER_SECOND);
		ppoll(fds, 3, wait == UINT64_MAX ? NULL : &timeout, NULL);
		(void)!read(d->keeper_fd, &ignored, sizeof(ignored));
		(void)!read(k->clock_fd, &ignored, sizeof(ignored));
	}
}

static void segment_closed(void *context, const struct tape_closed *closed)
{
	struct keeper *k = context;
	const struct hook_file file = {
		.sequence = closed->sequence,
		.path = closed->path,
		.packets = closed->packets,
		.bytes = closed->bytes,
		.drops = closed->drops,
		.first_ns = closed->first_ns,
		.last_ns = closed->last_ns,
	};

	if (k->hooks && hooks_add(k->hooks, &file) < 0)
		keeper_complain(k, NOTE_HOOK, ENOMEM, "%s: run the hook: %s", closed->path,
				strerror(ENOMEM));
}

static bool segment_busy(void *context, uint64_t sequence, bool delete)
{
	struct keeper *k = context;
	bool busy = k->hooks && hooks_pending(k->hooks, sequence);

	/* One that runs goes on, whatever it makes of that. */
	if (busy && delete)
		hooks_forget(k->hooks, sequence);
	return busy;
}

static void say_hook(void *context, const char *text)
{
	keeper_say(context, NOTE_HOOK, text);
}

static int open_hooks(struct keeper *k, struct error *err)
{
	const struct sink_tape_config *c = k->config.sink;
	struct hook_config config = {
		.command = c->hook,
		.jobs = c->hook_jobs,
		.timeout_ns = c->hook_timeout_ns,
		.clock = c->clock,
		.note = say_hook,
		.context = k,
	};

	if (!c->hook)
		return 0;
	tape_owner(k->tape, &config.uid, &config.gid);
	return hooks_open(&config, &k->hooks, err);
}

static int open_clock(struct keeper *k, struct error *err)
{
	const struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX * (time_t)16}};

	k->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (k->clock_fd < 0 ||
	    timerfd_settime(k->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
			    NULL) < 0)
		return error_system(err, errno, "%s: watch the clock", k->config.sink->directory);
	return 0;
}

static uint64_t least_ahead(size_t block_bytes)
{
	return (uint64_t)GRANT_BLOCKS * block_bytes + GRANT_EXTRA;
}

/* What the budget has to hold besides the current segment and room in the next. */
#define BUDGET_EXTRA (4 * TAPE_SEGMENT_EXTRA + 65536u)

int sink_tape_plan(struct rotation *r, size_t block_bytes, struct error *err)
{
	uint64_t least = least_ahead(block_bytes), next, needed;
	char given[FORMAT_SIZE_ROOM], enough[FORMAT_SIZE_ROOM];

	if (!r->segment_bytes && r->budget_bytes)
		r->segment_bytes = lesser(r->budget_bytes / 4, SEGMENT_DEFAULT);
	if (!r->segment_bytes && !r->segment_packets && !r->duration_ns && !r->interval_ns)
		r->segment_bytes = SEGMENT_DEFAULT;
	if (!r->budget_bytes)
		return 0;
	next = lesser(r->segment_bytes, least);
	needed = r->segment_bytes + next + BUDGET_EXTRA;
	if (needed <= r->budget_bytes)
		return 0;
	return error_usage(err,
			   "budget:%s is too small: a segment of up to %llu bytes and the begin of "
			   "the "
			   "next one take %s",
			   format_size(given, r->budget_bytes),
			   (unsigned long long)r->segment_bytes, format_size(enough, needed));
}

/* As much as the budget leaves without giving up much of what it keeps. */
static uint64_t plan_ahead(const struct sink_tape_config *c)
{
	const struct rotation *r = c->rotation;
	uint64_t least = least_ahead(c->block_bytes), most = AHEAD_MOST;

	if (r->budget_bytes) {
		most = lesser(most, r->budget_bytes / 8);
		most = lesser(most, r->budget_bytes - r->segment_bytes - BUDGET_EXTRA);
	}
	return most > least ? most : least;
}

int keeper_open(const struct keeper_config *config, struct keeper **result, struct error *err)
{
	const struct sink_tape_config *c = config->sink;
	struct keeper *k = calloc(1, sizeof(*k));
	struct tape_config tape = {
		.path = c->directory,
		.file_mode = c->file_mode,
		.sync = c->sync,
		.format = c->format,
		.naming = c->naming,
		.rotation = c->rotation,
		.clock = c->clock,
		.note = keeper_say,
		.closed = segment_closed,
		.busy = segment_busy,
		.context = k,
	};
	int rc;

	if (!k)
		return error_system(err, ENOMEM, "%s", c->directory);
	k->config = *config;
	k->done_end = &k->done;
	k->clock_fd = -1;
	k->ahead = plan_ahead(c);
	rc = tape_open(&tape, &k->tape, err);
	if (rc == 0)
		rc = open_hooks(k, err);
	if (rc == 0)
		rc = open_clock(k, err);
	if (rc < 0) {
		keeper_close(k);
		return rc;
	}
	*result = k;
	return 0;
}

int keeper_start(struct keeper *k, struct error *err)
{
	int rc = tape_adopt(k->tape, err);

	if (rc < 0)
		return rc;
	do
		rc = prepare(k, err);
	while (rc < 0 && keeper_make_room(k, rc) == 0);
	if (rc < 0)
		return rc;
	rc = arm(k);
	if (rc < 0)
		return error_set(err, k->error_code ? k->error_code : -rc, "%s: %s",
				 k->config.sink->directory, strerror(-rc));
	return 0;
}

void keeper_close(struct keeper *k)
{
	if (!k)
		return;
	if (k->tape)
		drop_ahead(k);
	if (k->hooks)
		hooks_kill(k->hooks);
	hooks_close(k->hooks);
	if (k->clock_fd >= 0)
		close(k->clock_fd);
	tape_close(k->tape);
	free(k);
}
