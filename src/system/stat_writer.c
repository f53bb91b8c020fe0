/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One text waits at most, in a place under a short lock.
 */
#include "system/stat_writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

/* How long the end waits for the last text, and from when on one is late. */
#define FLUSH_NS (3 * NS_PER_SECOND)
#define LATE_NS  (2 * NS_PER_SECOND)

struct stat_writer {
	struct stat_writer_config config;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t news, done;
	char *text; /* that waits; or null */
	size_t bytes;
	uint64_t begun_ns; /* to write the one before it; 0: that is done */
	bool closing, ended;
	bool left; /* nobody listens any more */
};

/* With the lock, which is let go meanwhile. */
static void write_text(struct stat_writer *w)
{
	char *text = w->text;
	const size_t bytes = w->bytes;
	struct error err;
	int rc;

	w->text = NULL;
	w->begun_ns = clock_monotonic();
	pthread_mutex_unlock(&w->lock);
	rc = statfile_replace(w->config.file, text, bytes, &err);
	free(text);
	pthread_mutex_lock(&w->lock);
	w->begun_ns = 0;
	if (rc < 0 && !w->left)
		w->config.failed(w->config.context, &err);
}

static void *run(void *context)
{
	struct stat_writer *w = context;

	pthread_mutex_lock(&w->lock);
	while (w->text || !w->closing) {
		if (w->text)
			write_text(w);
		else
			pthread_cond_wait(&w->news, &w->lock);
	}
	w->ended = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void free_writer(struct stat_writer *w)
{
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->news);
	pthread_cond_destroy(&w->done);
	free(w);
}

int stat_writer_open(const struct stat_writer_config *config, struct stat_writer **result,
		     struct error *err)
{
	struct stat_writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attributes;
	sigset_t all, before;
	int rc;

	if (!w)
		return error_system(err, ENOMEM, "write statistics");
	w->config = *config;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&w->news, NULL);
	pthread_cond_init(&w->done, &attributes);
	pthread_condattr_destroy(&attributes);
	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		free_writer(w);
		return error_system(err, rc, "write statistics");
	}
	*result = w;
	return 0;
}

bool stat_writer_put(struct stat_writer *w, char *text, size_t bytes)
{
	bool late;

	pthread_mutex_lock(&w->lock);
	free(w->text);
	w->text = text;
	w->bytes = bytes;
	late = w->begun_ns && clock_monotonic() - w->begun_ns > LATE_NS;
	pthread_cond_signal(&w->news);
	pthread_mutex_unlock(&w->lock);
	return !late;
}

bool stat_writer_close(struct stat_writer *w)
{
	struct timespec until;

	if (!w)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += FLUSH_NS / NS_PER_SECOND;
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	pthread_cond_signal(&w->news);
	while (!w->ended && pthread_cond_timedwait(&w->done, &w->lock, &until) == 0)
		continue;
	w->left = !w->ended;
	pthread_mutex_unlock(&w->lock);
	if (w->left) {
		pthread_detach(w->thread);
		return false;
	}
	pthread_join(w->thread, NULL);
	statfile_close(w->config.file);
	free_writer(w);
	return true;
}
