/* SPDX-License-Identifier: BSD-2-Clause */
#include "tape_helper.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

struct helper {
	int done_fd;
	pthread_t thread;
	bool has_thread;
	uint32_t busy; /* jobs added and not taken; the owner's */
	pthread_mutex_t lock;
	pthread_cond_t news; /* for the thread */
	pthread_cond_t idle; /* from it */
	/* Under the lock: */
	struct helper_job *waiting, **waiting_end;
	struct helper_job *ended, **ended_end;
	uint64_t nap_ns;
	bool running; /* a job */
	bool stop;
};

static void put_ended(struct helper *h, struct helper_job *job)
{
	job->next = NULL;
	*h->ended_end = job;
	h->ended_end = &job->next;
}

void helper_tell(struct helper *h)
{
	const uint64_t one = 1;

	if (h->done_fd > 0)
		(void)!write(h->done_fd, &one, sizeof(one));
}

static void *work(void *context)
{
	struct helper *h = context;
	struct helper_job *job;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		job = h->waiting;
		if (!job && h->stop)
			break;
		if (!job) {
			pthread_cond_wait(&h->news, &h->lock);
			continue;
		}
		h->waiting = job->next;
		if (!h->waiting)
			h->waiting_end = &h->waiting;
		h->running = true;
		pthread_mutex_unlock(&h->lock);
		job->run(h, job);
		pthread_mutex_lock(&h->lock);
		h->running = false;
		pthread_cond_signal(&h->idle);
		put_ended(h, job);
		helper_tell(h);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

void helper_nap(struct helper *h)
{
	struct timespec until;
	uint64_t end;

	if (!h->has_thread)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&h->lock);
	end = (uint64_t)until.tv_sec * NS_PER_SECOND + (uint64_t)until.tv_nsec + h->nap_ns;
	until.tv_sec = (time_t)(end / NS_PER_SECOND);
	until.tv_nsec = (long)(end % NS_PER_SECOND);
	/* Another job is no reason to wake up, another pace is. */
	while (h->nap_ns > 0 && !h->stop)
		if (pthread_cond_timedwait(&h->news, &h->lock, &until) == ETIMEDOUT)
			break;
	pthread_mutex_unlock(&h->lock);
}

void helper_pace(struct helper *h, uint64_t nap_ns)
{
	pthread_mutex_lock(&h->lock);
	h->nap_ns = nap_ns;
	if (nap_ns == 0)
		pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
}

void helper_add(struct helper *h, struct helper_job *job)
{
	h->busy++;
	if (!h->has_thread) {
		job->run(h, job);
		put_ended(h, job);
		helper_tell(h);
		return;
	}
	job->next = NULL;
	pthread_mutex_lock(&h->lock);
	*h->waiting_end = job;
	h->waiting_end = &job->next;
	pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
}

struct helper_job *helper_take(struct helper *h)
{
	struct helper_job *job;

	pthread_mutex_lock(&h->lock);
	job = h->ended;
	if (job) {
		h->ended = job->next;
		if (!h->ended)
			h->ended_end = &h->ended;
		h->busy--;
	}
	pthread_mutex_unlock(&h->lock);
	return job;
}

bool helper_is_busy(const struct helper *h)
{
	return h->busy > 0;
}

void helper_drain(struct helper *h)
{
	helper_pace(h, 0);
	pthread_mutex_lock(&h->lock);
	while (h->waiting || h->running)
		pthread_cond_wait(&h->idle, &h->lock);
	pthread_mutex_unlock(&h->lock);
}

int helper_open(int done_fd, struct helper **result)
{
	struct helper *h = calloc(1, sizeof(*h));
	pthread_condattr_t by_monotonic;

	if (!h)
		return -ENOMEM;
	h->done_fd = done_fd;
	h->waiting_end = &h->waiting;
	h->ended_end = &h->ended;
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&by_monotonic);
	pthread_condattr_setclock(&by_monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&h->news, &by_monotonic);
	pthread_cond_init(&h->idle, NULL);
	pthread_condattr_destroy(&by_monotonic);
	*result = h;
	return 0;
}

void helper_start(struct helper *h)
{
	sigset_t all, before;

	/* Signals are the control thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	h->has_thread = true;
	if (pthread_create(&h->thread, NULL, work, h) != 0)
		h->has_thread = false;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void helper_close(struct helper *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->news);
	pthread_mutex_unlock(&h->lock);
	if (h->has_thread)
		pthread_join(h->thread, NULL);
	pthread_cond_destroy(&h->news);
	pthread_cond_destroy(&h->idle);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
