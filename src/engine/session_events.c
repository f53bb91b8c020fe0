/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * While a session runs: all that can happen, in one poll(), and what is done about it.
 */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "session_parts.h"

void session_snapshots(struct session *s, struct session_counts *counts)
{
	link_thread_count(s->links);
	for (uint32_t i = 0; i < s->config->lane_count; i++)
		lane_snapshot(&s->lanes[i], s->start_ns, &counts[i]);
}

static void report(struct session *s, enum session_event event)
{
	session_snapshots(s, s->counts);
	s->config->report(s->config->context, event, s->counts);
}

/* All lanes: first to drain and end, a second time to end at once. */
static void stop_lanes(struct session *s)
{
	for (uint32_t i = 0; i < s->config->lane_count; i++)
		ring_thread_stop(s->lanes[i].thread);
	s->stopping = true;
}

bool session_rotate(struct session *s)
{
	bool rotates = false;

	for (uint32_t i = 0; i < s->config->lane_count; i++)
		rotates |= lane_rotate(&s->lanes[i]);
	return rotates;
}

void session_flush(struct session *s)
{
	for (uint32_t i = 0; i < s->config->lane_count; i++)
		ring_thread_flush(s->lanes[i].thread);
}

void session_stop(struct session *s)
{
	if (!s->stopping)
		stop_lanes(s);
}

const struct session_counts *session_look(struct session *s)
{
	session_snapshots(s, s->counts);
	return s->counts;
}

/* A second signal is for a capture that does not end. */
static void end_by_signal(struct session *s)
{
	if (!s->stopping || s->signalled)
		stop_lanes(s);
	s->signalled = true;
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
		session_flush(s);
		break;
	case SIGHUP:
		if (!session_rotate(s))
			end_by_signal(s);
		break;
	case SIGXCPU:
		/* It comes again each second. */
		if (!s->stopping)
			end_by_signal(s);
		break;
	default:
		s->typed |= info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT;
		end_by_signal(s);
	}
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
		session_stop(s);
	}
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

void session_tell_links(struct session *s)
{
	if (s->links)
		link_thread_take(s->links, link_changed, s);
}

void session_loop(struct session *s)
{
	struct pollfd polls[FD_COUNT];
	int i;

	for (i = 0; i < FD_COUNT; i++)
		polls[i] = (struct pollfd){.fd = s->fds[i], .events = POLLIN};
	/* Other threads' */
	polls[FD_WORK].fd = polls[FD_LINK].fd = -1;
	while (s->running > 0) {
		if (poll(polls, FD_COUNT, -1) < 0)
			continue;
		if (polls[FD_DONE].revents)
			handle_done(s);
		if (polls[FD_SIGNALS].revents)
			handle_signal(s);
		if (polls[FD_LOSS].revents)
			handle_loss(s);
		if (polls[FD_LINKS].revents)
			session_tell_links(s);
		if (polls[FD_ASK].revents)
			s->config->asked(s->config->context, s);
		for (i = FD_DURATION; i <= FD_SOON; i++)
			if (polls[i].revents)
				handle_timer(s, i);
	}
}
