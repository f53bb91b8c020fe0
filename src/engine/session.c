/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control side of a capture: signals through a signalfd, time through
 * timerfds, the ring thread's end through an eventfd, all in one poll().
 */
#include "engine/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "lane.h"
#include "ring_thread.h"

enum {
	FD_SIGNALS,
	FD_DONE,
	FD_WORK,
	FD_LINK, /* the ring thread has seen an interface go */
	FD_LOSS, /* and this one losses */
	FD_DURATION,
	FD_STATS,
	FD_STATUS,
	FD_WATCHDOG,
	FD_SOON,  /* a second after a loss */
	FD_LINKS, /* attach's own */
	FD_COUNT
};

struct session {
	const struct session_config *config;
	struct lane lanes[SESSION_LANES_MAX];
	uint32_t running; /* lanes */
	bool stopping;    /* the ring threads were told to stop */
	bool signalled;   /* by a signal */
	int fds[FD_COUNT];
	uint64_t start_ns;
	struct attach *attach;
	struct attach_interface *attached; /* of all lanes */
	uint32_t attached_count;
	struct session_counts counts[SESSION_LANES_MAX];
};

static void take_snapshots(struct session *s, struct session_counts *counts)
{
	for (uint32_t i = 0; i < s->config->lane_count; i++)
		lane_snapshot(&s->lanes[i], s->start_ns, &counts[i]);
}

static void report(struct session *s, enum session_event event)
{
	take_snapshots(s, s->counts);
	s->config->report(s->config->context, event, s->counts);
}

/* All lanes: first to drain and end, a second time to end at once. */
static void stop_lanes(struct session *s)
{
	for (uint32_t i = 0; i < s->config->lane_count; i++)
		ring_thread_stop(s->lanes[i].thread);
	s->stopping = true;
}

/* Whether there are files to go on in. */
static bool rotate_sinks(const struct session *s)
{
	bool rotates = false;

	for (uint32_t i = 0; i < s->config->lane_count; i++)
		rotates |= lane_rotate(&s->lanes[i]);
	return rotates;
}

static void handle_signal(struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->fds[FD_SIGNALS], &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGUSR1:
		report(s, SESSION_ASKED);
		break;
	case SIGUSR2:
		for (uint32_t i = 0; i < s->config->lane_count; i++)
			ring_thread_flush(s->lanes[i].thread);
		break;
	case SIGHUP:
		if (rotate_sinks(s))
			break;
		/* fall through */
	default:
		/* A second signal is for a capture that does not end. */
		if (!s->stopping || s->signalled)
			stop_lanes(s);
		s->signalled = true;
	}
}

static void handle_work(struct session *s)
{
	uint64_t times;

	(void)!read(s->fds[FD_WORK], &times, sizeof(times));
	for (uint32_t i = 0; i < s->config->lane_count; i++)
		lane_prepare(&s->lanes[i]);
}

/* A lane has ended. What the others still have goes its way. */
static void handle_done(struct session *s)
{
	uint64_t ended;

	if (read(s->fds[FD_DONE], &ended, sizeof(ended)) != sizeof(ended))
		return;
	s->running -= (uint32_t)ended;
	if (s->running > 0 && !s->stopping)
		stop_lanes(s);
}

/* The time of a second starts anew: more losses in it are told of together. */
static void handle_loss(struct session *s)
{
	const struct itimerspec soon = {.it_value = {.tv_sec = 1}};
	uint64_t times;

	(void)!read(s->fds[FD_LOSS], &times, sizeof(times));
	timerfd_settime(s->fds[FD_SOON], 0, &soon, NULL);
}

static void handle_watchdog(struct session *s)
{
	bool all = true;

	/* Each of them has to move. */
	for (uint32_t i = 0; i < s->config->lane_count; i++) {
		struct lane *lane = &s->lanes[i];
		uint64_t now = ring_thread_beats(lane->thread);

		all &= now != lane->beats;
		lane->beats = now;
		ring_thread_poke(lane->thread);
	}
	if (all)
		report(s, SESSION_WATCHDOG);
}

static void handle_timer(struct session *s, int which)
{
	uint64_t times;

	if (read(s->fds[which], &times, sizeof(times)) != sizeof(times))
		return;
	switch (which) {
	case FD_STATS:
		report(s, SESSION_STATS);
		break;
	case FD_STATUS:
		report(s, SESSION_STATUS);
		break;
	case FD_WATCHDOG:
		handle_watchdog(s);
		break;
	case FD_SOON:
		for (uint32_t l = 0; l < s->config->lane_count; l++)
			ring_thread_heard(s->lanes[l].thread);
		report(s, SESSION_LOSS);
		break;
	default:
		if (!s->stopping)
			stop_lanes(s);
	}
}

static void handle_links(struct session *s, bool all)
{
	uint64_t times;

	if (all)
		(void)!read(s->fds[FD_LINK], &times, sizeof(times));
	if (s->attach)
		attach_look(s->attach, all);
}

/* Until all ring threads have ended. */
static void control_loop(struct session *s)
{
	struct pollfd polls[FD_COUNT];
	int i;

	for (i = 0; i < FD_COUNT; i++)
		polls[i] = (struct pollfd){.fd = s->fds[i], .events = POLLIN};
	while (s->running > 0) {
		if (poll(polls, FD_COUNT, -1) < 0)
			continue;
		if (polls[FD_DONE].revents)
			handle_done(s);
		if (polls[FD_SIGNALS].revents)
			handle_signal(s);
		if (polls[FD_WORK].revents)
			handle_work(s);
		if (polls[FD_LOSS].revents)
			handle_loss(s);
		if (polls[FD_LINK].revents || polls[FD_LINKS].revents)
			handle_links(s, polls[FD_LINK].revents != 0);
		for (i = FD_DURATION; i <= FD_SOON; i++)
			if (polls[i].revents)
				handle_timer(s, i);
	}
}

/* With 0 for both the timer never fires. */
static int open_timer(uint64_t first_ns, uint64_t interval_ns)
{
	struct itimerspec spec = {
		.it_value = {(time_t)(first_ns / NS_PER_SECOND), (long)(first_ns % NS_PER_SECOND)},
		.it_interval = {(time_t)(interval_ns / NS_PER_SECOND),
				(long)(interval_ns % NS_PER_SECOND)},
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && timerfd_settime(fd, 0, &spec, NULL) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_descriptors(struct session *s, const sigset_t *signals, struct error *err)
{
	const struct session_config *c = s->config;
	uint64_t status_ns = c->status_line ? NS_PER_SECOND : 0;
	int i;

	s->fds[FD_SIGNALS] = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	s->fds[FD_DONE] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_WORK] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_DURATION] = open_timer(c->max_duration_ns, 0);
	s->fds[FD_STATS] = open_timer(c->stats_interval_ns, c->stats_interval_ns);
	s->fds[FD_STATUS] = open_timer(status_ns, status_ns);
	s->fds[FD_WATCHDOG] = open_timer(c->watchdog_ns, c->watchdog_ns);
	s->fds[FD_SOON] = open_timer(0, 0);
	s->fds[FD_LINK] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_LOSS] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (i = 0; i < FD_LINKS; i++)
		if (s->fds[i] < 0)
			return error_system(err, errno, "open a descriptor for the capture loop");
	return 0;
}

static void close_all(struct session *s)
{
	int i;

	for (i = 0; i < FD_LINKS; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	attach_close(s->attach);
	free(s->attached);
	for (uint32_t l = 0; l < s->config->lane_count; l++) {
		free(s->counts[l].each);
		lane_close(&s->lanes[l]);
	}
}

static void fill_signals(sigset_t *set, bool hup)
{
	struct sigaction action;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	/* nohup wants it ignored, where it is an end. */
	if (hup || (sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler != SIG_IGN))
		sigaddset(set, SIGHUP);
}

void session_block_signals(bool rotates)
{
	sigset_t set;

	fill_signals(&set, rotates);
	/* They stay blocked: a late one must not cut the closing report short. */
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* An ignored signal reaches no signalfd. */
	if (rotates)
		signal(SIGHUP, SIG_DFL);
}

static void link_changed(void *context, const struct attach_event *event)
{
	struct session *s = context;
	struct attach_event of_lane = *event;
	uint32_t number = s->config->lane_count - 1;

	while (event->interface < s->lanes[number].attached)
		number--;
	of_lane.interface -= s->lanes[number].attached;
	if (of_lane.interface < s->lanes[number].config->stats.count)
		lane_note(&s->lanes[number], &of_lane);
	s->config->link(s->config->context, number, &of_lane);
}

/* Room for what there is of each interface. */
static int allocate(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	uint32_t count = 0;
	int rc = 0;

	for (uint32_t i = 0; i < c->lane_count; i++)
		count += c->lanes[i].stats.count + c->lanes[i].exit_count;
	s->attached = calloc(count, sizeof(*s->attached));
	if (!s->attached)
		rc = -ENOMEM;
	for (uint32_t i = 0; i < c->lane_count && rc == 0; i++) {
		rc = lane_open(&s->lanes[i], &c->lanes[i], &s->counts[i]);
		if (rc == 0)
			lane_attach(&s->lanes[i], s->attached, &s->attached_count);
	}
	return rc < 0 ? error_system(err, -rc, "start the capture") : 0;
}

static int watch_links(struct session *s, struct error *err)
{
	const struct attach_config config = {
		.interfaces = s->attached,
		.count = s->attached_count,
		.changed = link_changed,
		.context = s,
	};
	int rc = attach_open(&config, &s->attach, err);

	if (rc == 0)
		s->fds[FD_LINKS] = attach_fd(s->attach);
	return rc;
}

static int start_thread(struct session *s, struct lane *lane, struct error *err)
{
	const struct session_config *c = s->config;
	const struct ring_thread_config config = {
		.feeds = lane->feeds,
		.feed_count = lane->config->stats.count,
		.sinks = lane->config->sinks,
		.sink_count = lane->config->sink_count,
		.max_packets = lane->config->max_packets,
		.block_timeout_ms = c->block_timeout_ms,
		.done_fd = s->fds[FD_DONE],
		.work_fd = s->fds[FD_WORK],
		.loss_fd = s->fds[FD_LOSS],
		.link_fd = c->exit_on_loss ? -1 : s->fds[FD_LINK],
	};

	return ring_thread_start(&config, &lane->thread, err);
}

static bool has_rings(const struct session_config *c)
{
	bool rings = false;

	for (uint32_t l = 0; l < c->lane_count; l++)
		rings |= c->lanes[l].sources[0].ring != NULL || c->lanes[l].exit_count > 0;
	return rings;
}

static int start(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	int rc = 0;

	/* Before binding, so that nothing is missed. */
	if (!c->exit_on_loss && has_rings(c))
		rc = watch_links(s, err);
	for (uint32_t i = 0; i < c->lane_count && rc == 0; i++)
		rc = lane_bind(&s->lanes[i], err);
	take_snapshots(s, s->counts);
	if (rc == 0)
		rc = c->started(c->context, err);
	s->start_ns = s->counts[0].total.time_ns;
	for (uint32_t i = 0; i < c->lane_count && rc == 0; i++) {
		rc = start_thread(s, &s->lanes[i], err);
		s->running += rc == 0;
	}
	if (rc == 0)
		handle_links(s, true);
	return rc;
}

/* After all ring threads have ended. What ended one goes before what its finish
 * complains of. */
static int finish(struct session *s, struct session_counts *final, struct error *err)
{
	int rc = 0, finish_rc = 0;
	struct error finish_error, ignored;

	for (uint32_t i = 0; i < s->config->lane_count; i++) {
		struct ring_thread_result result;
		int now;

		ring_thread_join(s->lanes[i].thread, &result);
		now = lane_finish(&s->lanes[i], &result, s->start_ns, &final[i],
				  finish_rc < 0 ? &ignored : &finish_error);
		finish_rc = finish_rc < 0 ? finish_rc : now;
		now = lane_explain(&s->lanes[i], &result, rc < 0 ? &ignored : err);
		rc = rc < 0 ? rc : now;
	}
	if (rc < 0 || finish_rc == 0)
		return rc;
	*err = finish_error;
	return finish_rc;
}

int session_run(const struct session_config *config, struct session_counts *final,
		struct error *err)
{
	struct session s = {.config = config};
	sigset_t signals;
	int rc;

	memset(s.fds, -1, sizeof(s.fds));
	fill_signals(&signals, config->rotates);
	session_block_signals(config->rotates);
	rc = open_descriptors(&s, &signals, err);
	if (rc == 0)
		rc = allocate(&s, err);
	if (rc == 0)
		rc = start(&s, err);
	if (rc == 0) {
		control_loop(&s);
		rc = finish(&s, final, err);
	} else if (s.running > 0) {
		struct ring_thread_result result;

		/* Of two the second did not start. */
		ring_thread_stop(s.lanes[0].thread);
		ring_thread_stop(s.lanes[0].thread);
		ring_thread_join(s.lanes[0].thread, &result);
	}
	close_all(&s);
	return rc;
}
