/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeps in poll() until the kernel has news, a ring thread has seen an interface go, or
 * the control thread asks.
 */
#include "link_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* More come from a few interfaces in a moment, only if nobody takes them; then the thread
 * waits. */
#define EVENTS_MOST 64u

/* How long the control thread waits for counters. */
#define COUNT_NS (200 * NS_PER_MS)

struct link_thread {
	struct link_thread_config config;
	struct attach *attach; /* null: it only counts */
	int wake_fd;
	bool started;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t taken; /* for the thread: there is room for events */
	pthread_cond_t counted;
	uint64_t asked, answered; /* counts */
	bool ends;
	uint32_t count;
	struct attach_event events[EVENTS_MOST];
};

static void wake(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

static bool clear(int fd)
{
	uint64_t times;

	return read(fd, &times, sizeof(times)) == sizeof(times);
}

/* --- the thread's ------------------------------------------------------------------- */

static void put_event(void *context, const struct attach_event *event)
{
	struct link_thread *t = context;

	pthread_mutex_lock(&t->lock);
	while (t->count == EVENTS_MOST && !t->ends)
		pthread_cond_wait(&t->taken, &t->lock);
	if (t->count < EVENTS_MOST)
		t->events[t->count++] = *event;
	pthread_mutex_unlock(&t->lock);
	wake(t->config.news_fd);
}

/* With the lock, which is let go meanwhile. */
static void count_drops(struct link_thread *t)
{
	const uint64_t asked = t->asked;

	if (asked == t->answered)
		return;
	pthread_mutex_unlock(&t->lock);
	for (uint32_t i = 0; i < t->config.lane_count; i++)
		lane_count_drops(&t->config.lanes[i]);
	pthread_mutex_lock(&t->lock);
	t->answered = asked;
	pthread_cond_signal(&t->counted);
}

static void *run(void *context)
{
	struct link_thread *t = context;
	struct pollfd polls[] = {
		{.fd = t->wake_fd, .events = POLLIN},
		{.fd = t->attach ? t->config.look_fd : -1, .events = POLLIN},
		{.fd = t->attach ? attach_fd(t->attach) : -1, .events = POLLIN},
	};
	bool ends = false, all = true;

	while (!ends) {
		if (t->attach && (all || polls[1].revents || polls[2].revents)) {
			all |= polls[1].revents && clear(t->config.look_fd);
			attach_look(t->attach, all);
		}
		all = false;
		pthread_mutex_lock(&t->lock);
		count_drops(t);
		ends = t->ends;
		pthread_mutex_unlock(&t->lock);
		if (!ends && poll(polls, sizeof(polls) / sizeof(polls[0]), -1) > 0 &&
		    polls[0].revents)
			clear(t->wake_fd);
	}
	return NULL;
}

/* --- the control thread's ----------------------------------------------------------- */

static int open_attach(struct link_thread *t, struct error *err)
{
	const struct attach_config config = {
		.interfaces = t->config.interfaces,
		.count = t->config.interface_count,
		.changed = put_event,
		.context = t,
	};

	return config.count > 0 ? attach_open(&config, &t->attach, err) : 0;
}

int link_thread_open(const struct link_thread_config *config, struct link_thread **result,
		     struct error *err)
{
	struct link_thread *t = calloc(1, sizeof(*t));
	pthread_condattr_t attributes;
	int rc;

	if (!t)
		return error_system(err, ENOMEM, "watch the interfaces");
	t->config = *config;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&t->taken, NULL);
	pthread_cond_init(&t->counted, &attributes);
	pthread_condattr_destroy(&attributes);
	t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = t->wake_fd < 0 ? error_system(err, errno, "watch the interfaces")
			    : open_attach(t, err);
	if (rc < 0) {
		link_thread_close(t);
		return rc;
	}
	*result = t;
	return 0;
}

int link_thread_start(struct link_thread *t, struct error *err)
{
	int rc = pthread_create(&t->thread, NULL, run, t);

	t->started = rc == 0;
	return rc == 0 ? 0 : error_system(err, rc, "start a thread that watches the interfaces");
}

void link_thread_take(struct link_thread *t,
		      void (*changed)(void *context, const struct attach_event *event),
		      void *context)
{
	struct attach_event events[EVENTS_MOST];
	uint32_t count;

	clear(t->config.news_fd);
	pthread_mutex_lock(&t->lock);
	count = t->count;
	for (uint32_t i = 0; i < count; i++)
		events[i] = t->events[i];
	t->count = 0;
	pthread_cond_signal(&t->taken);
	pthread_mutex_unlock(&t->lock);
	for (uint32_t i = 0; i < count; i++)
		changed(context, &events[i]);
}

static struct timespec after(uint64_t ns)
{
	const uint64_t at = clock_monotonic() + ns;

	return (struct timespec){(time_t)(at / NS_PER_SECOND), (long)(at % NS_PER_SECOND)};
}

bool link_thread_count(struct link_thread *t)
{
	const struct timespec until = after(COUNT_NS);
	bool answered;

	if (!t || !t->started)
		return true;
	pthread_mutex_lock(&t->lock);
	/* Who does not answer is not waited for again. */
	answered = t->asked == t->answered;
	if (answered) {
		t->asked++;
		wake(t->wake_fd);
		while (t->asked != t->answered &&
		       pthread_cond_timedwait(&t->counted, &t->lock, &until) == 0)
			continue;
		answered = t->asked == t->answered;
	}
	pthread_mutex_unlock(&t->lock);
	return answered;
}

void link_thread_close(struct link_thread *t)
{
	if (!t)
		return;
	if (t->started) {
		pthread_mutex_lock(&t->lock);
		t->ends = true;
		pthread_cond_signal(&t->taken);
		pthread_mutex_unlock(&t->lock);
		wake(t->wake_fd);
		pthread_join(t->thread, NULL);
	}
	attach_close(t->attach);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->taken);
	pthread_cond_destroy(&t->counted);
	if (t->wake_fd >= 0)
		close(t->wake_fd);
	free(t);
}
