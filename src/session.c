/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control side of a capture: signals through a signalfd, time through
 * timerfds, the ring thread's end through an eventfd, all in one poll().
 */
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "netdev.h"
#include "ring_thread.h"

#define NS_PER_SECOND 1000000000ull

enum { FD_SIGNALS, FD_DONE, FD_WORK, FD_DURATION, FD_STATS, FD_STATUS, FD_COUNT };

struct session {
	const struct session_config *config;
	struct ring_thread *thread;
	bool stopping;  /* the ring thread was told to stop */
	bool signalled; /* by a signal */
	int fds[FD_COUNT];
	uint64_t start_ns;
	uint64_t device_drops; /* at the start */
};

/* The counters as of now, the device's among them. */
static void take_snapshot(struct session *s, struct stats_snapshot *snapshot)
{
	struct stats *stats = s->config->stats;
	struct netdev_drops drops;

	if (netdev_read_drops(s->config->interface_index, &drops) == 0 &&
	    drops.total >= s->device_drops)
		atomic_store_explicit(&stats->device_dropped, drops.total - s->device_drops,
				      memory_order_relaxed);
	stats_read(stats, snapshot);
	snapshot->start_ns = s->start_ns;
}

static void report(struct session *s, enum session_event event)
{
	struct stats_snapshot snapshot;

	take_snapshot(s, &snapshot);
	s->config->report(s->config->context, event, &snapshot, rx_ring_fill(s->config->ring));
}

/* Whether there are files to go on in. */
static bool rotate_sinks(const struct session *s)
{
	bool rotates = false;

	for (uint32_t i = 0; i < s->config->sink_count; i++) {
		struct sink *sink = s->config->sinks[i];

		if (sink->ops->rotate) {
			sink->ops->rotate(sink);
			rotates = true;
		}
	}
	return rotates;
}

static void handle_signal(struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->fds[FD_SIGNALS], &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGUSR1:
		report(s, SESSION_STATS);
		break;
	case SIGUSR2:
		ring_thread_flush(s->thread);
		break;
	case SIGHUP:
		if (rotate_sinks(s))
			break;
		/* fall through */
	default:
		/* A second signal is for a capture that does not end. */
		if (!s->stopping || s->signalled)
			ring_thread_stop(s->thread);
		s->stopping = s->signalled = true;
	}
}

static void handle_work(struct session *s)
{
	uint64_t times;

	(void)!read(s->fds[FD_WORK], &times, sizeof(times));
	for (uint32_t i = 0; i < s->config->sink_count; i++)
		s->config->sinks[i]->ops->prepare(s->config->sinks[i]);
}

static void handle_timer(struct session *s, int which)
{
	uint64_t times;

	if (read(s->fds[which], &times, sizeof(times)) != sizeof(times))
		return;
	if (which != FD_DURATION) {
		report(s, which == FD_STATS ? SESSION_STATS : SESSION_STATUS);
	} else if (!s->stopping) {
		ring_thread_stop(s->thread);
		s->stopping = true;
	}
}

/* Until the ring thread has ended. */
static void control_loop(struct session *s)
{
	struct pollfd polls[FD_COUNT];
	int i;

	for (i = 0; i < FD_COUNT; i++)
		polls[i] = (struct pollfd){.fd = s->fds[i], .events = POLLIN};
	for (;;) {
		if (poll(polls, FD_COUNT, -1) < 0)
			continue;
		if (polls[FD_DONE].revents)
			return;
		if (polls[FD_SIGNALS].revents)
			handle_signal(s);
		if (polls[FD_WORK].revents)
			handle_work(s);
		for (i = FD_DURATION; i < FD_COUNT; i++)
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
	for (i = 0; i < FD_COUNT; i++)
		if (s->fds[i] < 0)
			return error_system(err, errno, "open a descriptor for the capture loop");
	return 0;
}

static void close_descriptors(struct session *s)
{
	int i;

	for (i = 0; i < FD_COUNT; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
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

/* From here on frames come in. */
static int start(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	struct ring_thread_config thread = {
		.ring = c->ring,
		.stats = c->stats,
		.sinks = c->sinks,
		.sink_count = c->sink_count,
		.max_packets = c->max_packets,
		.block_timeout_ms = c->block_timeout_ms,
		.done_fd = s->fds[FD_DONE],
		.work_fd = s->fds[FD_WORK],
	};
	struct netdev_drops drops = {0};
	struct stats_snapshot now;
	int rc;

	netdev_read_drops(c->interface_index, &drops);
	s->device_drops = drops.total;
	rc = rx_ring_start(c->ring, err);
	if (rc < 0)
		return rc;
	stats_read(c->stats, &now);
	s->start_ns = now.time_ns;
	return ring_thread_start(&thread, &s->thread, err);
}

/* Adds what no sink got to the counts and has the sinks finish. 0 or -errno. */
static int finish(struct session *s, enum ring_thread_end end, struct stats_snapshot *final,
		  struct error *err)
{
	const struct session_config *c = s->config;
	uint64_t left, unwritten;
	uint32_t i;
	int rc, result = 0;

	take_snapshot(s, final);
	left = final->dropped + final->malformed + final->captured + stats_lost_writing(final);
	left = final->received > left ? final->received - left : 0;
	if (end == RING_THREAD_SINK)
		final->unwritten += left;
	else
		final->unread = left;
	for (i = 0; i < c->sink_count; i++) {
		unwritten = 0;
		rc = c->sinks[i]->ops->finish(c->sinks[i], final, 1, &unwritten);
		if (rc < 0 && result == 0) {
			result = rc;
			*err = c->sinks[i]->error;
		}
		final->unwritten += unwritten;
		final->captured -= unwritten;
	}
	return result;
}

static int explain_socket(const struct session_config *c, int code, struct error *err)
{
	struct netdev dev;

	if (code != ENETDOWN)
		return error_system(err, code, "%s: capture", c->interface);
	if (netdev_find(c->interface, &dev, NULL) < 0 || dev.index != c->interface_index)
		return error_set(err, ENODEV, "%s: the interface is gone", c->interface);
	return error_set(err, ENETDOWN, "%s: the interface went down", c->interface);
}

int session_run(const struct session_config *config, struct stats_snapshot *final,
		struct error *err)
{
	struct session s = {.config = config};
	struct ring_thread_result result;
	sigset_t signals;
	struct error finish_error;
	int rc, finish_rc;

	memset(s.fds, -1, sizeof(s.fds));
	fill_signals(&signals, config->rotates);
	session_block_signals(config->rotates);
	rc = open_descriptors(&s, &signals, err);
	if (rc == 0)
		rc = start(&s, err);
	if (rc < 0)
		goto out;
	rc = config->started(config->context, err);
	if (rc < 0)
		ring_thread_stop(s.thread);
	control_loop(&s);
	ring_thread_join(s.thread, &result);
	finish_rc = finish(&s, result.end, final, &finish_error);
	if (rc < 0)
		goto out;
	if (result.end == RING_THREAD_SOCKET) {
		rc = explain_socket(config, result.code, err);
	} else if (result.end == RING_THREAD_SINK) {
		*err = result.sink->error;
		rc = -err->code;
	} else if (finish_rc < 0) {
		*err = finish_error;
		rc = finish_rc;
	}
out:
	close_descriptors(&s);
	return rc;
}
