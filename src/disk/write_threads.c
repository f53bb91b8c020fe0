/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that call pwrite, for where io_uring is not to be had: kernel.io_uring_disabled,
 * a container's system call filter, an old kernel.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "write_backend.h"

/* Enough to keep a disk busy while one of them waits. */
#define THREADS 4u

struct threads {
	struct write_backend base;
	struct write_backend_config config;
	pthread_t threads[THREADS];
	unsigned count;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	struct write_order *waiting, **waiting_end;
	struct write_order *ended, **ended_end;
	bool stop;
};

static int write_once(const struct write_order *order)
{
	ssize_t n;

	do
		n = pwrite(order->fd, order->data, order->bytes, (off_t)order->offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : (int)n;
}

static void *work(void *context)
{
	struct threads *t = context;
	const uint64_t one = 1;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		struct write_order *order = t->waiting;

		if (!order && t->stop)
			break;
		if (!order) {
			pthread_cond_wait(&t->work, &t->lock);
			continue;
		}
		t->waiting = order->next;
		if (!t->waiting)
			t->waiting_end = &t->waiting;
		pthread_mutex_unlock(&t->lock);
		order->result = write_once(order);
		order->next = NULL;
		pthread_mutex_lock(&t->lock);
		*t->ended_end = order;
		t->ended_end = &order->next;
		pthread_cond_signal(&t->done);
		(void)!write(t->base.fd, &one, sizeof(one));
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Signals are the control thread's. 0 or -errno. */
static int start_threads(struct threads *t)
{
	sigset_t all, before;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (t->count < THREADS && rc == 0) {
		rc = pthread_create(&t->threads[t->count], NULL, work, t);
		t->count += rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return t->count > 0 ? 0 : -rc;
}

static int threads_submit(struct write_backend *backend, struct write_order *order)
{
	struct threads *t = (struct threads *)backend;
	/* With the first write: they are to have no more rights than who writes, and at
	 * the time of opening those are not yet gone. */
	int rc = t->count == 0 ? start_threads(t) : 0;

	if (rc < 0)
		return rc;
	order->next = NULL;
	pthread_mutex_lock(&t->lock);
	*t->waiting_end = order;
	t->waiting_end = &order->next;
	pthread_cond_signal(&t->work);
	pthread_mutex_unlock(&t->lock);
	return 0;
}

static void threads_reap(struct write_backend *backend, int wait)
{
	struct threads *t = (struct threads *)backend;
	struct write_order *order;
	uint64_t times;

	pthread_mutex_lock(&t->lock);
	while (wait && !t->ended)
		pthread_cond_wait(&t->done, &t->lock);
	order = t->ended;
	t->ended = NULL;
	t->ended_end = &t->ended;
	if (order)
		(void)!read(t->base.fd, &times, sizeof(times));
	pthread_mutex_unlock(&t->lock);
	while (order) {
		struct write_order *next = order->next;

		t->config.ended(t->config.context, order);
		order = next;
	}
}

static void threads_close(struct write_backend *backend)
{
	struct threads *t = (struct threads *)backend;

	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_broadcast(&t->work);
	pthread_mutex_unlock(&t->lock);
	for (unsigned i = 0; i < t->count; i++)
		pthread_join(t->threads[i], NULL);
	if (t->base.fd >= 0)
		close(t->base.fd);
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->work);
	pthread_cond_destroy(&t->done);
	free(t);
}

static const struct write_backend_ops ops = {
	.submit = threads_submit,
	.reap = threads_reap,
	.close = threads_close,
};

int write_threads_open(const struct write_backend_config *config, struct write_backend **backend)
{
	struct threads *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	t->base.ops = &ops;
	t->config = *config;
	t->config.memory = NULL;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	pthread_cond_init(&t->done, NULL);
	t->waiting_end = &t->waiting;
	t->ended_end = &t->ended;
	t->base.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->base.fd < 0) {
		rc = -errno;
		threads_close(&t->base);
		return rc;
	}
	*backend = &t->base;
	return 0;
}
