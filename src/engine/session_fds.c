/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session waits for, as descriptors: signals through a signalfd, time through
 * timerfds, what ring threads tell through eventfds.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/session.h"
#include "session_parts.h"

/* What ends a capture. A terminal sends SIGQUIT, a limit of CPU time SIGXCPU. */
static const int ends[] = {SIGINT, SIGTERM, SIGQUIT, SIGXCPU};
#define END_COUNT (sizeof(ends) / sizeof(ends[0]))

static void fill_signals(sigset_t *set, bool hup)
{
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < END_COUNT; i++)
		sigaddset(set, ends[i]);
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

bool session_signal_waits(void)
{
	bool waits = false;
	sigset_t set;

	if (sigpending(&set) < 0)
		return false;
	for (size_t i = 0; i < END_COUNT; i++)
		waits |= sigismember(&set, ends[i]) == 1;
	return waits;
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

int session_open_fds(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	uint64_t status_ns = c->status_line ? NS_PER_SECOND : 0;
	sigset_t signals;
	int i;

	fill_signals(&signals, c->rotates);
	s->fds[FD_SIGNALS] = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	s->fds[FD_DONE] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_WORK] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_DURATION] = open_timer(c->max_duration_ns, 0);
	s->fds[FD_STATS] = open_timer(c->stats_interval_ns, c->stats_interval_ns);
	s->fds[FD_STATUS] = open_timer(status_ns, status_ns);
	s->fds[FD_WATCHDOG] = open_timer(c->watchdog_ns, c->watchdog_ns);
	s->fds[FD_SOON] = open_timer(0, 0);
	s->fds[FD_LINK] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_LOSS] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_LINKS] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fds[FD_ASK] = c->asked ? c->ask_fd : -1;
	for (i = 0; i < FD_ASK; i++)
		if (s->fds[i] < 0)
			return error_system(err, errno, "open a descriptor for the capture loop");
	return 0;
}

void session_close_fds(struct session *s)
{
	for (int i = 0; i < FD_ASK; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
}
