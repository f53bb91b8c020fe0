/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper: a thread that does one thing at a time, the most urgent first:
 * room for the current segment, the next one, then finishing, where the disk
 * may take long; then what is kept, and hooks.
 */
#include "tape_keeper.h"
#include "lesser.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* At the end packing goes on for so long. */
#define PACKING_END_NS (20 * NS_PER_SECOND)

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

/* At the end what waits is still packed, for a while. */
static void end_packing(struct keeper *k, uint64_t now)
{
	bool over;

	if (k->packing_end_ns == 0) {
		k->packing_end_ns = now + PACKING_END_NS;
		if (tape_is_packing(k->tape))
			keeper_say(k, NOTE_ADOPT, "packing the last segments; a signal ends that");
	}
	over = atomic_load(&k->config.desk->hurry) || now >= k->packing_end_ns;
	tape_pack_end(k->tape, over);
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

static void summarize(struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	const struct segment *current = atomic_load_explicit(&d->current, memory_order_acquire);
	struct sink_tape_summary summary = {
		.segments = tape_files(k->tape),
		.used_bytes = tape_used_bytes(k->tape),
		.dropping = atomic_load(&d->dropping),
		.hooks = k->hooks ? hooks_count(k->hooks) : 0,
		.hooks_failed = k->hooks_failed,
		.hook_failed_ns = k->hook_failed_ns,
	};

	if (k->config.sink->tells_disk) {
		summary.free_bytes = tape_free_bytes(k->tape);
		summary.oldest_ns = tape_oldest_ns(k->tape);
	}
	/* It is this thread that frees it. */
	if (current) {
		summary.sequence = current->file.sequence;
		summary.bytes = atomic_load(&current->sink->bytes);
		summary.packets = atomic_load(&current->packets);
	}
	tape_pack_count(k->tape, &summary.packing);
	pthread_mutex_lock(&d->lock);
	d->summary = summary;
	pthread_mutex_unlock(&d->lock);
}

static void note_rate(struct keeper *k, uint64_t now)
{
	const struct tape_desk *d = k->config.desk;
	const struct segment *current = atomic_load_explicit(&d->current, memory_order_acquire);
	uint64_t bytes = atomic_load(&d->closed_bytes);
	uint64_t packets = atomic_load(&d->closed_packets);

	if (current) {
		bytes += atomic_load(&current->sink->bytes);
		packets += atomic_load(&current->packets);
	}
	rate_note(&k->rate, now, bytes);
	rate_note(&k->packet_rate, now, packets);
}

uint64_t keeper_work(struct keeper *k)
{
	const struct sink_tape_config *c = k->config.sink;
	const bool ending = atomic_load(&k->config.desk->ending);
	uint64_t now = clock_boot(c->clock), wait = UINT64_MAX;

	if (k->retry_ns && now >= k->retry_ns)
		k->retry_ns = 0;
	tape_collect(k->tape);
	keeper_take_runs(k);
	keeper_take_done(k);
	note_rate(k, now);
	if (ending) {
		keeper_drop_ahead(k);
		tape_end(k->tape);
	}
	/* What is finished makes room, which may be waited for. */
	do {
		/* Those that were made get their room at once. */
		while (!ending && keeper_work_ahead(k))
			;
		keeper_take_done(k);
		keeper_take_closed(k);
	} while (keeper_finish_one(k));
	/* Nothing tells that the directory was deleted. */
	if (!ending)
		wait = lesser(wait_for_ring(k, now), KEEPER_LOOK_NS);
	if (k->hooks) {
		if (ending)
			end_hooks(k, now);
		wait = lesser(wait, hooks_work(k->hooks));
	}
	keeper_answer(k);
	wait = lesser(wait, tape_expire(k->tape));
	if (ending)
		end_packing(k, now);
	wait = lesser(wait, tape_pack(k->tape));
	summarize(k);
	return wait;
}

bool keeper_is_done(const struct keeper *k)
{
	struct tape_desk *d = k->config.desk;
	bool done;

	pthread_mutex_lock(&d->lock);
	done = !d->done && !d->armed;
	pthread_mutex_unlock(&d->lock);
	return done && !k->done && !tape_is_packing(k->tape) && !tape_is_removing(k->tape) &&
	       (!k->hooks || hooks_count(k->hooks) == 0);
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

	tape_start_removing(k->tape);
	tape_pack_start(k->tape);
	helper_start(k->closer);
	for (;;) {
		wait = keeper_work(k);
		if (atomic_load(&d->ending) && keeper_is_done(k)) {
			/* Hooks may have taken some away. */
			tape_look_again(k->tape);
			summarize(k);
			return NULL;
		}
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
	struct keeper *k = context;

	k->hooks_failed++;
	k->hook_failed_ns = clock_boot(k->config.sink->clock);
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

int keeper_open(const struct keeper_config *config, struct keeper **result, struct error *err)
{
	const struct sink_tape_config *c = config->sink;
	struct keeper *k = calloc(1, sizeof(*k));
	struct tape_config tape = {
		.path = c->directory,
		.dir = c->locked,
		.file_mode = c->file_mode,
		.sync = c->sync,
		.adopt = c->adopt,
		.prune = c->on_full == ON_FULL_PRUNE,
		.format = c->format,
		.naming = c->naming,
		.rotation = c->rotation,
		.clock = c->clock,
		.note = keeper_say,
		.closed = segment_closed,
		.busy = segment_busy,
		.pack_level = c->pack_level,
		.hooked = c->hook != NULL,
		.wake_fd = config->desk->keeper_fd,
		.slice_bytes = c->slice_bytes,
		.context = k,
	};
	int rc;

	if (!k)
		return error_system(err, ENOMEM, "%s", c->directory);
	k->config = *config;
	k->done_end = &k->done;
	k->made_end = &k->made;
	k->clock_fd = -1;
	keeper_plan_ahead(k);
	rc = helper_open(k->config.desk->keeper_fd, &k->closer);
	if (rc < 0)
		error_system(err, -rc, "%s", c->directory);
	else
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

uint64_t keeper_kept_bytes(const struct keeper *k)
{
	return tape_kept_bytes(k->tape);
}

int keeper_start(struct keeper *k, struct error *err)
{
	int rc = keeper_first(k, err);

	if (rc == 0)
		summarize(k);
	return rc;
}

void keeper_close(struct keeper *k)
{
	if (!k)
		return;
	helper_close(k->closer);
	if (k->tape)
		keeper_drop_ahead(k);
	if (k->hooks)
		hooks_kill(k->hooks);
	hooks_close(k->hooks);
	if (k->clock_fd >= 0)
		close(k->clock_fd);
	if (k->tape)
		tape_end_manifest(k->tape);
	tape_close(k->tape);
	free(k);
}
