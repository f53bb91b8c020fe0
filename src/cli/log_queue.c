/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two stretches of memory: one is filled while the other is written, then they change
 * places. So neither side ever waits for more than that change.
 */
#include "log_queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "system/nowait.h"

/* Some hundreds of lines. */
#define ROOM (128u * 1024)

/* How long the end waits for the writer: a reader who reads, and a moment for one who
 * does not. */
#define FLUSH_S  3
#define GIVEN_MS 300

/* How long who prints elsewhere waits for it. */
#define SETTLE_MS 100

struct pieces {
	size_t used;
	char bytes[ROOM]; /* of each piece its length, a uint32_t, and the piece */
};

struct log_queue {
	struct log_queue_config config;
	int fd;     /* -1: none */
	bool waits; /* the descriptor is one that a reader can hold up */
	_Atomic int patience;
	bool has_thread;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t news;  /* for the writer: there is something to do */
	pthread_cond_t done;  /* for the others: the writer has done all, or has ended */
	struct pieces *filled;
	struct pieces *written; /* the writer's, without the lock */
	uint64_t left_out;      /* behind all that is filled; else, of failed writes, before */
	bool full;              /* nothing is taken until they change places */
	bool busy;              /* something is being written */
	bool held_up;           /* for longer than anybody wants to wait for */
	bool closing, ended;
	char told[LOG_QUEUE_PIECE_MOST]; /* the writer's */
};

struct log_queue *log_queue_open(const struct log_queue_config *config)
{
	struct log_queue *q = calloc(1, sizeof(*q));
	pthread_condattr_t attributes;

	if (!q)
		return NULL;
	q->config = *config;
	q->fd = fileno(config->out);
	q->waits = q->fd >= 0 && nowait_may_wait(q->fd);
	q->patience = NOWAIT_A_WHILE;
	q->filled = calloc(1, sizeof(*q->filled));
	q->written = calloc(1, sizeof(*q->written));
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&q->news, NULL);
	pthread_cond_init(&q->done, &attributes);
	pthread_condattr_destroy(&attributes);
	if (q->filled && q->written)
		return q;
	log_queue_close(q);
	return NULL;
}

/* --- writing ------------------------------------------------------------------------ */

static ssize_t write_some(struct log_queue *q, const char *text, size_t bytes)
{
	bool patient;
	ssize_t n;

	if (!q->waits) {
		n = write(q->fd, text, bytes);
		return n < 0 ? -errno : n;
	}
	n = nowait_until_writable(q->fd, &q->patience);
	if (n < 0 && n != -ECANCELED)
		return n;
	/* Out of patience, what fits now is written all the same. */
	patient = n == 0;
	n = nowait_write(q->fd, text, bytes);
	return n == -EAGAIN && !patient ? -ECANCELED : n;
}

/* Whether all of it got out. */
static bool write_piece(struct log_queue *q, const char *text, size_t bytes)
{
	if (q->fd < 0)
		return fwrite(text, 1, bytes, q->config.out) == bytes && fflush(q->config.out) == 0;
	while (bytes > 0) {
		ssize_t n = write_some(q, text, bytes);

		if (n > 0) {
			text += n;
			bytes -= (size_t)n;
		} else if (n != -EAGAIN && n != -EINTR) {
			return false;
		}
	}
	return true;
}

/* Returns how many could not be told of: those, or 0. */
static uint64_t tell(struct log_queue *q, uint64_t left_out)
{
	const size_t bytes = left_out ? q->config.tell(q->config.context, left_out, q->told) : 0;

	return bytes > 0 && !write_piece(q, q->told, bytes) ? left_out : 0;
}

/* Returns how many pieces did not get out. */
static uint64_t write_pieces(struct log_queue *q, const struct pieces *pieces)
{
	uint64_t failed = 0;
	uint32_t bytes;

	for (size_t at = 0; at < pieces->used; at += sizeof(bytes) + bytes) {
		memcpy(&bytes, pieces->bytes + at, sizeof(bytes));
		failed += !write_piece(q, pieces->bytes + at + sizeof(bytes), bytes);
	}
	return failed;
}

/* All that is filled. With the lock, which is let go meanwhile. */
static void write_filled(struct log_queue *q)
{
	struct pieces *pieces = q->filled;
	uint64_t left_out = q->left_out;
	const bool behind = q->full;

	q->filled = q->written;
	q->filled->used = 0;
	q->written = pieces;
	q->left_out = 0;
	q->full = false;
	q->busy = true;
	pthread_mutex_unlock(&q->lock);
	if (!behind)
		left_out = tell(q, left_out);
	left_out += write_pieces(q, pieces);
	if (behind)
		left_out = tell(q, left_out);
	pthread_mutex_lock(&q->lock);
	q->left_out += left_out;
	q->busy = q->held_up = false;
	if (q->filled->used == 0)
		pthread_cond_signal(&q->done);
}

static void *run(void *context)
{
	struct log_queue *q = context;

	pthread_mutex_lock(&q->lock);
	while (q->filled->used > 0 || !q->closing) {
		if (q->filled->used > 0)
			write_filled(q);
		else
			pthread_cond_wait(&q->news, &q->lock);
	}
	if (q->left_out > 0)
		write_filled(q);
	q->ended = true;
	pthread_cond_signal(&q->done);
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

/* --- the others ----------------------------------------------------------------------- */

int log_queue_start(struct log_queue *q)
{
	sigset_t all, before;
	int rc;

	if (q->has_thread || q->fd < 0)
		return 0;
	atomic_store(&q->patience, NOWAIT_FOR_EVER);
	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&q->thread, NULL, run, q);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	q->has_thread = rc == 0;
	return -rc;
}

/* Here and now, as long as there is no thread. */
static bool write_now(struct log_queue *q, const char *text, size_t bytes)
{
	const bool taken = write_piece(q, text, bytes);

	/* Who did not read will not be waited for again. */
	if (!taken) {
		atomic_store(&q->patience, NOWAIT_NOT);
		q->left_out++;
	}
	return taken;
}

bool log_queue_put(struct log_queue *q, const char *text, size_t bytes, bool passing)
{
	const uint32_t length = (uint32_t)bytes;
	bool taken;

	if (!q->has_thread)
		return write_now(q, text, bytes);
	pthread_mutex_lock(&q->lock);
	taken = !q->full && q->filled->used + sizeof(length) + bytes <= ROOM;
	if (passing)
		taken &= q->filled->used == 0 && !q->busy;
	if (taken) {
		memcpy(q->filled->bytes + q->filled->used, &length, sizeof(length));
		memcpy(q->filled->bytes + q->filled->used + sizeof(length), text, bytes);
		q->filled->used += sizeof(length) + bytes;
		pthread_cond_signal(&q->news);
	} else if (!passing) {
		q->full = true;
		q->left_out++;
	}
	pthread_mutex_unlock(&q->lock);
	return taken;
}

static struct timespec after(unsigned seconds, unsigned ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += seconds;
	at.tv_nsec += (long)ms * 1000000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

void log_queue_settle(struct log_queue *q)
{
	const struct timespec until = after(0, SETTLE_MS);

	pthread_mutex_lock(&q->lock);
	while ((q->busy || q->filled->used > 0) && !q->held_up)
		q->held_up = pthread_cond_timedwait(&q->done, &q->lock, &until) != 0;
	pthread_mutex_unlock(&q->lock);
}

/* With the lock. Whether the writer has ended. */
static bool await_end(struct log_queue *q, struct timespec until)
{
	while (!q->ended && pthread_cond_timedwait(&q->done, &q->lock, &until) == 0)
		continue;
	return q->ended;
}

/* Whether the thread is gone. */
static bool end_thread(struct log_queue *q)
{
	bool ended;

	pthread_mutex_lock(&q->lock);
	q->closing = true;
	pthread_cond_signal(&q->news);
	ended = await_end(q, after(FLUSH_S, 0));
	if (!ended) {
		atomic_store(&q->patience, NOWAIT_NOT);
		ended = await_end(q, after(0, GIVEN_MS));
	}
	pthread_mutex_unlock(&q->lock);
	if (ended)
		pthread_join(q->thread, NULL);
	else
		pthread_detach(q->thread);
	return ended;
}

bool log_queue_close(struct log_queue *q)
{
	if (!q)
		return true;
	if (q->has_thread && !end_thread(q))
		return false;
	if (!q->has_thread)
		tell(q, q->left_out);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->news);
	pthread_cond_destroy(&q->done);
	free(q->filled);
	free(q->written);
	free(q);
	return true;
}
