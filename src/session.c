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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "netdev.h"
#include "parse.h"
#include "ring_thread.h"

#define NS_PER_SECOND 1000000000ull

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

/* The device's own drops, of one interface after the other of that name. */
struct device_drops {
	int index;
	uint64_t base, last, before;
};

struct session {
	const struct session_config *config;
	struct ring_thread *thread;
	bool stopping;  /* the ring thread was told to stop */
	bool signalled; /* by a signal */
	int fds[FD_COUNT];
	uint64_t start_ns;
	uint64_t beats; /* of the ring thread, at the last watchdog */
	struct attach *attach;
	struct session_counts counts;
	/* An element for each interface. */
	struct ring_thread_source *sources;
	struct attach_interface *attached;
	struct device_drops *drops;
};

static uint64_t device_drops(struct device_drops *d, int index)
{
	struct netdev_drops now;

	if (netdev_read_drops(index, &now) == 0) {
		if (index != d->index || now.total < d->last) {
			d->before += d->last - d->base;
			d->base = now.total;
			d->index = index;
		}
		d->last = now.total;
	}
	return d->before + d->last - d->base;
}

/* The counters as of now, the device's among them. */
static void take_snapshot(struct session *s, struct session_counts *counts)
{
	const struct session_config *c = s->config;

	for (uint32_t i = 0; i < c->stats.count; i++)
		atomic_store_explicit(&c->stats.each[i].device_dropped,
				      device_drops(&s->drops[i],
						   rx_ring_index(c->interfaces[i].ring)),
				      memory_order_relaxed);
	counts->total.start_ns = s->start_ns;
	for (uint32_t i = 0; i < c->stats.count; i++)
		counts->each[i].start_ns = s->start_ns;
	stats_read_all(&c->stats, counts->each, &counts->total);
}

static void report(struct session *s, enum session_event event)
{
	take_snapshot(s, &s->counts);
	s->config->report(s->config->context, event, &s->counts);
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
		report(s, SESSION_ASKED);
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
	uint64_t beats = ring_thread_beats(s->thread);

	if (beats != s->beats)
		report(s, SESSION_WATCHDOG);
	s->beats = beats;
	ring_thread_poke(s->thread);
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
		ring_thread_heard(s->thread);
		report(s, SESSION_LOSS);
		break;
	default:
		if (!s->stopping)
			ring_thread_stop(s->thread);
		s->stopping = true;
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
	free(s->counts.each);
	free(s->sources);
	free(s->attached);
	free(s->drops);
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

/* How a gap is told in the file. */
static void note_link(struct session *s, const struct attach_event *event)
{
	static const char *const causes[] = {
		[ATTACH_DOWN] = "interface down",
		[ATTACH_GONE] = "interface gone",
		[ATTACH_OTHER] = "interface of another link type",
		[ATTACH_RENAMED] = "interface renamed",
	};
	char text[RING_THREAD_NOTE_ROOM], from[FORMAT_TIME_ROOM], to[FORMAT_TIME_ROOM];

	format_time(from, event->from_ns);
	if (event->change == ATTACH_BACK)
		snprintf(text, sizeof(text), "%s from %s to %s", causes[event->cause], from,
			 format_time(to, event->to_ns));
	else if (event->change == ATTACH_RENAMED)
		snprintf(text, sizeof(text), "%s to %s", causes[event->change], event->name);
	else
		snprintf(text, sizeof(text), "%s from %s", causes[event->change], from);
	ring_thread_note(s->thread, event->interface, text);
}

static void link_changed(void *context, const struct attach_event *event)
{
	struct session *s = context;

	note_link(s, event);
	s->config->link(s->config->context, event);
}

/* Room for what there is of each interface. */
static int allocate(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	const uint32_t count = c->stats.count;

	s->counts.each = calloc(count, sizeof(*s->counts.each));
	s->sources = calloc(count, sizeof(*s->sources));
	s->attached = calloc(count, sizeof(*s->attached));
	s->drops = calloc(count, sizeof(*s->drops));
	if (!s->counts.each || !s->sources || !s->attached || !s->drops)
		return error_system(err, ENOMEM, "start the capture");
	for (uint32_t i = 0; i < count; i++) {
		const struct session_interface *from = &c->interfaces[i];

		s->sources[i] = (struct ring_thread_source){from->ring, &c->stats.each[i]};
		s->attached[i] = (struct attach_interface){from->name, from->arphrd, from->ring};
		if (rx_ring_index(from->ring) == 0)
			s->attached[i].ring = NULL;
	}
	return 0;
}

static int watch_links(struct session *s, struct error *err)
{
	const struct attach_config config = {
		.interfaces = s->attached,
		.count = s->config->stats.count,
		.changed = link_changed,
		.context = s,
	};
	int rc = attach_open(&config, &s->attach, err);

	if (rc == 0)
		s->fds[FD_LINKS] = attach_fd(s->attach);
	return rc;
}

/* From here on frames come in. */
static int start(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	struct ring_thread_config thread = {
		.sources = s->sources,
		.source_count = c->stats.count,
		.sinks = c->sinks,
		.sink_count = c->sink_count,
		.max_packets = c->max_packets,
		.block_timeout_ms = c->block_timeout_ms,
		.done_fd = s->fds[FD_DONE],
		.work_fd = s->fds[FD_WORK],
		.loss_fd = s->fds[FD_LOSS],
		.link_fd = c->exit_on_loss ? -1 : s->fds[FD_LINK],
	};
	int rc = 0;

	/* Before binding, so that nothing is missed. */
	if (!c->exit_on_loss)
		rc = watch_links(s, err);
	for (uint32_t i = 0; i < c->stats.count; i++)
		device_drops(&s->drops[i], rx_ring_index(c->interfaces[i].ring));
	for (uint32_t i = 0; i < c->stats.count && rc == 0; i++)
		rc = rx_ring_start(c->interfaces[i].ring, err);
	take_snapshot(s, &s->counts);
	if (rc == 0)
		rc = c->started(c->context, err);
	if (rc < 0)
		return rc;
	s->start_ns = s->counts.total.time_ns;
	rc = ring_thread_start(&thread, &s->thread, err);
	if (rc == 0)
		handle_links(s, true);
	return rc;
}

/* Adds what no sink got to the counts and has the sinks finish. 0 or -errno. */
static int finish(struct session *s, enum ring_thread_end end, struct session_counts *final,
		  struct error *err)
{
	const struct session_config *c = s->config;
	uint64_t left, unwritten;
	uint32_t i;
	int rc, result = 0;

	take_snapshot(s, final);
	for (i = 0; i < c->stats.count; i++) {
		struct stats_snapshot *each = &final->each[i];
		uint64_t *to = end == RING_THREAD_SINK ? &each->unwritten : &each->unread;

		left = each->dropped + each->malformed + each->captured + stats_lost_writing(each);
		left = each->received > left ? each->received - left : 0;
		*to += left;
		if (end == RING_THREAD_SINK)
			final->total.unwritten += left;
		else
			final->total.unread += left;
	}
	for (i = 0; i < c->sink_count; i++) {
		unwritten = 0;
		rc = c->sinks[i]->ops->finish(c->sinks[i], final->each, c->stats.count, &unwritten);
		if (rc < 0 && result == 0) {
			result = rc;
			*err = c->sinks[i]->error;
		}
		final->total.unwritten += unwritten;
		final->total.captured -= unwritten;
	}
	if (c->stats.count == 1)
		final->each[0] = final->total;
	return result;
}

static int explain_socket(const struct session_interface *interface, int code, struct error *err)
{
	struct netdev dev;

	if (code != ENETDOWN)
		return error_system(err, code, "%s: capture", interface->name);
	if (netdev_find(interface->name, &dev, NULL) < 0 ||
	    dev.index != rx_ring_index(interface->ring))
		return error_set(err, ENODEV, "%s: the interface is gone", interface->name);
	return error_set(err, ENETDOWN, "%s: the interface went down", interface->name);
}

int session_run(const struct session_config *config, struct session_counts *final,
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
		rc = allocate(&s, err);
	if (rc == 0)
		rc = start(&s, err);
	if (rc < 0)
		goto out;
	control_loop(&s);
	ring_thread_join(s.thread, &result);
	finish_rc = finish(&s, result.end, final, &finish_error);
	if (result.end == RING_THREAD_SOCKET) {
		rc = explain_socket(&config->interfaces[result.source], result.code, err);
	} else if (result.end == RING_THREAD_SINK) {
		*err = result.sink->error;
		rc = -err->code;
	} else if (finish_rc < 0) {
		*err = finish_error;
		rc = finish_rc;
	}
out:
	close_all(&s);
	return rc;
}
