/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop: one thread waits for sockets, by libmicrohttpd's own epoll, for workers' pipes and
 * ends, and for time. Nothing in it waits for a disk but the opening of a segment.
 */
#include "serve/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "server_parts.h"

/* A client that neither reads nor asks. */
#define IDLE_SECONDS 300u
/* Of a request's headers, and of what goes out at once. */
#define CONNECTION_BYTES (128u * 1024)
#define TURNS            32
#define EVENTS           64

bool server_is_built(void)
{
	return true;
}

static void say(void *context, const char *format, va_list arguments)
{
	const struct server *s = context;
	char text[256];

	vsnprintf(text, sizeof(text), format, arguments);
	text[strcspn(text, "\n")] = '\0';
	if (s->config.verbose)
		log_say(s->config.log, NOTE_DETAIL, NULL, "%s", text);
}

/* --- opening ------------------------------------------------------------------------ */

static int add(const struct server *s, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int open_waiting(struct server *s, struct error *err)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->signals < 0 || s->epoll < 0 || !info || add(s, info->epoll_fd, s->daemon) < 0 ||
	    add(s, s->signals, s) < 0)
		return error_system(err, errno, "--serve: wait for requests");
	return 0;
}

static int start_daemon(struct server *s, struct error *err)
{
	const struct server_tls *tls = &s->config.tls;
	struct MHD_OptionItem secured[5] = {{MHD_OPTION_END, 0, NULL}}, *to = secured;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

	if (tls->cert) {
		flags |= MHD_USE_TLS;
		*to++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)tls->cert};
		*to++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)tls->key};
		*to++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
						(void *)"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-"
							"TLS1.2"};
	}
	if (tls->client_ca)
		*to++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0,
						(void *)tls->client_ca};
	*to = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, exchange_handle, s,
				     MHD_OPTION_EXTERNAL_LOGGER, say, s, MHD_OPTION_LISTEN_SOCKET,
				     s->config.listen_fd, MHD_OPTION_NOTIFY_COMPLETED,
				     exchange_completed, s, MHD_OPTION_CONNECTION_LIMIT,
				     SERVER_CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
				     IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     (size_t)CONNECTION_BYTES, /* It is ignored; where that is not
								  said there is no sendfile. */
				     MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
				     secured, MHD_OPTION_END);
	if (!s->daemon)
		return error_set(err, EIO, "--serve: libmicrohttpd does not start");
	return 0;
}

int server_open(const struct server_config *config, struct server **result, struct error *err)
{
	struct server *s = calloc(1, sizeof(*s));
	int rc = 0;

	if (!s)
		return error_system(err, ENOMEM, "--serve");
	s->config = *config;
	s->rate.bytes_per_second = config->limits.bytes_per_second;
	s->start_ns = clock_wall(&clock_system);
	s->epoll = s->signals = -1;
	s->last = &s->first;
	*result = s;
	if (config->tls.cert)
		rc = access_check_tls(&config->tls, err);
	if (rc == 0)
		rc = start_daemon(s, err);
	return rc == 0 ? open_waiting(s, err) : rc;
}

/* --- running ------------------------------------------------------------------------ */

/* Until something is due, in ms; -1: nothing is. */
static int time_left(const struct server *s)
{
	const uint64_t now = clock_monotonic();
	uint64_t due = UINT64_MAX;
	MHD_UNSIGNED_LONG_LONG theirs;
	const struct exchange *x;

	if (MHD_get_timeout(s->daemon, &theirs) == MHD_YES)
		due = now + theirs * NS_PER_MS;
	for (x = s->first; x; x = x->next) {
		if (x->until_ns < due && !x->late)
			due = x->until_ns;
		if (x->wake_ns > 0 && x->wake_ns < due)
			due = x->wake_ns;
	}
	if (due == UINT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	return (due - now) / NS_PER_MS < 60000 ? (int)((due - now) / NS_PER_MS) + 1 : 60000;
}

/* Those whose time has come, to go on or to end. */
static void look_at_clock(struct server *s)
{
	const uint64_t now = clock_monotonic();
	struct exchange *x;

	for (x = s->first; x; x = x->next) {
		if (x->until_ns <= now && !x->late) {
			x->late = true;
			if (x->has_worker)
				worker_close(&x->worker);
			if (x->state == EXCHANGE_ANSWERED)
				exchange_break(x);
			exchange_resume(x);
		}
		if (x->wake_ns > 0 && x->wake_ns <= now)
			exchange_resume(x);
	}
}

static void reap(struct server *s)
{
	struct exchange *x;
	int status;

	for (x = s->first; x; x = x->next) {
		if (x->has_worker && x->worker.pid > 0 &&
		    waitpid(x->worker.pid, &status, WNOHANG) == x->worker.pid) {
			worker_ended(&x->worker, status);
			exchange_resume(x);
		}
	}
}

/* Whether it is to end. */
static bool take_signals(struct server *s)
{
	struct signalfd_siginfo info;
	bool ends = false;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		ends |= info.ssi_signo != SIGCHLD;
		if (info.ssi_signo == SIGCHLD)
			reap(s);
	}
	return ends;
}

static bool take_events(struct server *s, const struct epoll_event *events, int count)
{
	bool ends = false;

	for (int i = 0; i < count; i++) {
		struct exchange *x = events[i].data.ptr;

		if (events[i].data.ptr == s) {
			ends |= take_signals(s);
		} else if (events[i].data.ptr != s->daemon) {
			x->gone |= (events[i].events & EPOLLRDHUP) != 0;
			exchange_resume(x);
		}
	}
	return ends;
}

/* What is being sent goes on for a while before anything else is asked for: each time it is one
 * call of sendfile for a connection. */
static bool run_some(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG left;

	for (int i = 0; i < TURNS; i++) {
		if (MHD_run(s->daemon) == MHD_NO)
			return false;
		if (MHD_get_timeout(s->daemon, &left) != MHD_YES || left > 0)
			return true;
	}
	return true;
}

int server_run(struct server *s, struct error *err)
{
	struct epoll_event events[EVENTS];
	bool ends = false;
	int count;

	while (!ends) {
		count = epoll_wait(s->epoll, events, EVENTS, time_left(s));
		if (count < 0 && errno != EINTR)
			return error_system(err, errno, "--serve: wait for requests");
		/* Events first: no request goes away before libmicrohttpd runs. */
		ends = take_events(s, events, count);
		look_at_clock(s);
		if (!run_some(s))
			return error_set(err, EIO, "--serve: libmicrohttpd fails");
	}
	return 0;
}

void server_close(struct server *s)
{
	struct exchange *x;

	if (!s)
		return;
	/* None may be suspended when it is stopped. */
	for (x = s->first; x; x = x->next) {
		x->gone = true;
		exchange_break(x);
		exchange_resume(x);
	}
	if (s->daemon) {
		MHD_run(s->daemon);
		MHD_stop_daemon(s->daemon);
	}
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->signals >= 0)
		close(s->signals);
	free(s);
}
