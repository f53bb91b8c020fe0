/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread and its callers. It polls those who ask or read; one that waits for its answer is
 * left alone, whatever it does meanwhile.
 */
#include "control/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "callers.h"
#include "socket.h"

/* How long a caller may take to ask, and to read the answer. */
#define CALLER_NS (5 * NS_PER_SECOND)

/* How long the end waits for callers to read. */
#define CLOSING_NS NS_PER_SECOND

/* When no more can be opened, that is looked at again so soon. */
#define CROWDED_MS 100

struct control {
	struct control_config config;
	struct socket_place place;
	struct socket_identity identity;
	int fd;      /* listens */
	int news_fd; /* eventfd: requests wait */
	int wake_fd; /* eventfd: answers are there, or the end */
	pthread_t thread;
	bool has_thread;
	uid_t uid;            /* may ask */
	bool crowded;         /* nobody more can be taken in, for a while */
	pthread_mutex_t lock; /* of states, and of what follows; held for a few steps */
	uint64_t turn;
	bool closing;
	struct caller callers[CONTROL_CALLERS_MOST];
};

static void wake(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static void quieten(int fd)
{
	uint64_t ignored;

	(void)!read(fd, &ignored, sizeof(ignored));
}

/* --- the thread ------------------------------------------------------------------------- */

static void set_state(struct control *c, struct caller *caller, enum caller_state state)
{
	pthread_mutex_lock(&c->lock);
	if (state == CALLER_WAITING)
		caller->turn = ++c->turn;
	caller->state = (int)state;
	pthread_mutex_unlock(&c->lock);
	if (state == CALLER_WAITING)
		wake(c->news_fd);
}

static void end_caller(struct control *c, struct caller *caller)
{
	pthread_mutex_lock(&c->lock);
	caller_close(caller);
	pthread_mutex_unlock(&c->lock);
}

static struct caller *free_caller(struct control *c)
{
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST; i++)
		if (c->callers[i].state == CALLER_NONE)
			return &c->callers[i];
	return NULL;
}

/* Takes in one who has connected. */
static void take_in(struct control *c, struct caller *caller)
{
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	c->crowded = fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
	if (fd < 0)
		return;
	pthread_mutex_lock(&c->lock);
	caller->fd = fd;
	caller->time_ns = c->config.caller_ns;
	caller->until_ns = clock_monotonic() + caller->time_ns;
	pthread_mutex_unlock(&c->lock);
	if (caller_may(fd, c->uid)) {
		set_state(c, caller, CALLER_ASKING);
		return;
	}
	caller_answer(caller, CONTROL_FAILED,
		      control_words(false, "only root and the user that the recorder runs as may "
					   "ask"));
	set_state(c, caller, CALLER_READING);
}

/* Who has sent half a line is told so. */
static void handle_late(struct control *c, struct caller *caller)
{
	if (caller->state == CALLER_READING) {
		end_caller(c, caller);
	} else if (caller->state == CALLER_ASKING) {
		caller_answer(caller, CONTROL_FAILED,
			      control_words(false, "the request took too long"));
		set_state(c, caller, CALLER_READING);
	}
}

static void handle_caller(struct control *c, struct caller *caller, short events)
{
	enum caller_news news = CALLER_MORE;

	if (caller->state == CALLER_ASKING && events) {
		news = caller_read(caller);
		if (news == CALLER_ASKED)
			set_state(c, caller, CALLER_WAITING);
		if (news == CALLER_REFUSED)
			set_state(c, caller, CALLER_READING);
	} else if (caller->state == CALLER_READING && !caller_write(caller)) {
		news = CALLER_GONE;
	}
	if (news == CALLER_GONE)
		end_caller(c, caller);
	else if (clock_monotonic() >= caller->until_ns)
		handle_late(c, caller);
}

/* What to look for: who wakes, who comes, and the callers by their places; and for how long at
 * most: milliseconds, -1 for ever. poll() fails with EINVAL where it is given more than may be open
 * (poll(2)), so *count goes to the last caller there is: places are taken from the first on. */
#define POLL_WAKE    0u
#define POLL_SOCKET  1u
#define POLL_CALLERS 2u

static int fill_polls(struct control *c, struct pollfd *polls, unsigned *count)
{
	const uint64_t now = clock_monotonic();
	uint64_t until = UINT64_MAX;

	*count = POLL_CALLERS;
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST; i++) {
		const struct caller *caller = &c->callers[i];
		const int state = caller->state;

		polls[POLL_CALLERS + i] = (struct pollfd){.fd = -1};
		if (state != CALLER_ASKING && state != CALLER_READING)
			continue;
		polls[POLL_CALLERS + i].fd = caller->fd;
		polls[POLL_CALLERS + i].events = state == CALLER_ASKING ? POLLIN : POLLOUT;
		*count = POLL_CALLERS + i + 1;
		until = caller->until_ns < until ? caller->until_ns : until;
	}
	polls[POLL_WAKE] = (struct pollfd){.fd = c->wake_fd, .events = POLLIN};
	polls[POLL_SOCKET] =
		(struct pollfd){.fd = free_caller(c) && !c->crowded && !c->closing ? c->fd : -1,
				.events = POLLIN};
	if (c->crowded)
		return CROWDED_MS;
	if (until == UINT64_MAX)
		return -1;
	return until <= now ? 0 : (int)((until - now) / NS_PER_MS + 1);
}

/* Whether nobody reads what was answered any more. */
static bool all_read(struct control *c)
{
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST; i++)
		if (c->callers[i].state == CALLER_READING)
			return false;
	return true;
}

static bool is_closing(struct control *c)
{
	bool closing;

	pthread_mutex_lock(&c->lock);
	closing = c->closing;
	pthread_mutex_unlock(&c->lock);
	return closing;
}

static void *run(void *context)
{
	struct control *c = context;
	struct pollfd polls[POLL_CALLERS + CONTROL_CALLERS_MOST];
	unsigned count;
	uint64_t end_ns = 0;

	for (;;) {
		int wait = fill_polls(c, polls, &count);

		if (end_ns && (all_read(c) || clock_monotonic() >= end_ns))
			return NULL;
		if (end_ns && (wait < 0 || wait > 10))
			wait = 10;
		if (poll(polls, count, wait) < 0)
			continue;
		quieten(c->wake_fd);
		c->crowded = false;
		if (end_ns == 0 && is_closing(c))
			end_ns = clock_monotonic() + CLOSING_NS;
		for (unsigned i = POLL_CALLERS; i < count; i++)
			if (polls[i].fd >= 0)
				handle_caller(c, &c->callers[i - POLL_CALLERS], polls[i].revents);
		if (polls[POLL_SOCKET].revents)
			take_in(c, free_caller(c));
	}
}

/* --- outside ---------------------------------------------------------------------------- */

static int refuse(const struct control_config *config, int rc, struct error *err)
{
	const char *inside = config->directory ? "/" CONTROL_HIDDEN_NAME : "";

	switch (rc) {
	case -EADDRINUSE:
		return error_usage(err, "%s%s: another wiretape listens there", config->path,
				   inside);
	case -EEXIST:
		return error_usage(err, "%s%s: there is something that is no socket", config->path,
				   inside);
	case -ENAMETOOLONG:
		return error_usage(err, "%s%s: the name is too long", config->path, inside);
	default:
		return error_system(err, -rc, "make the socket %s%s", config->path, inside);
	}
}

int control_open(const struct control_config *config, struct control **result, struct error *err)
{
	struct control *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return error_system(err, ENOMEM, "%s", config->path);
	c->config = *config;
	if (!c->config.caller_ns)
		c->config.caller_ns = CALLER_NS;
	c->fd = c->news_fd = c->wake_fd = -1;
	pthread_mutex_init(&c->lock, NULL);
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST; i++)
		c->callers[i].fd = -1;
	rc = socket_place_open(config->path, config->directory, &c->place, err);
	if (rc == 0) {
		c->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (c->news_fd < 0 || c->wake_fd < 0)
			rc = error_system(err, errno, "%s", config->path);
	}
	if (rc == 0 && (rc = c->fd = socket_listen(&c->place, config->uid, &c->identity)) < 0)
		rc = refuse(config, rc, err);
	if (rc < 0) {
		control_close(c);
		return rc;
	}
	*result = c;
	return 0;
}

int control_start(struct control *c, struct error *err)
{
	sigset_t all, before;
	int rc;

	c->uid = geteuid();
	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&c->thread, NULL, run, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return error_system(err, rc, "serve the socket %s", c->config.path);
	c->has_thread = true;
	return 0;
}

int control_fd(const struct control *c)
{
	return c->news_fd;
}

bool control_take(struct control *c, struct control_asked *asked)
{
	struct caller *first = NULL;

	quieten(c->news_fd);
	pthread_mutex_lock(&c->lock);
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST; i++) {
		struct caller *caller = &c->callers[i];

		if (caller->state == CALLER_WAITING && (!first || caller->turn < first->turn))
			first = caller;
	}
	if (first) {
		first->state = CALLER_TAKEN;
		asked->request = &first->request;
		asked->number = (unsigned)(first - c->callers);
	}
	pthread_mutex_unlock(&c->lock);
	/* There may be more of them. */
	if (first)
		wake(c->news_fd);
	return first != NULL;
}

void control_answer(struct control *c, const struct control_asked *asked,
		    enum control_verdict verdict, char *text)
{
	struct caller *caller = &c->callers[asked->number];

	caller_answer(caller, verdict, text);
	pthread_mutex_lock(&c->lock);
	caller->state = CALLER_READING;
	pthread_mutex_unlock(&c->lock);
	wake(c->wake_fd);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	if (c->has_thread) {
		pthread_mutex_lock(&c->lock);
		c->closing = true;
		pthread_mutex_unlock(&c->lock);
		wake(c->wake_fd);
		pthread_join(c->thread, NULL);
	}
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST; i++)
		if (c->callers[i].state != CALLER_NONE)
			caller_close(&c->callers[i]);
	if (c->fd >= 0) {
		socket_remove(&c->place, &c->identity);
		close(c->fd);
	}
	if (c->news_fd >= 0)
		close(c->news_fd);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	socket_place_close(&c->place);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
