/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process for one request: it writes the answer into a pipe, and what went wrong into a file
 * in memory. So a request has bounds that the kernel holds, of memory as of time, and what a
 * damaged file or an odd filter does to it, it does to it alone.
 *
 * Threads: main's, of a process that has no other: it forks.
 */
#ifndef WIRETAPE_WORKER_H
#define WIRETAPE_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "serve/request.h"

struct worker {
	pid_t pid;  /* 0: it is gone, and status is how */
	int out;    /* its answer; does not block; -1: read to its end */
	int errors; /* what it had to say */
	int status; /* as of waitpid */
};

/* What is done there: the answer goes to standard output, lines to standard error, nothing else
 * is open. Returns the exit status. */
typedef int worker_main(void *context, const struct serve_request *request);

/* 0 or -errno. */
int worker_start(struct worker *worker, const struct serve_request *request, worker_main *main,
		 void *context, struct error *err);

/* As waitpid has told of its process. */
void worker_ended(struct worker *worker, int status);

/* Of one that has ended: 0; else -EINVAL (what was asked for is wrong), -ETIMEDOUT (its filter
 * takes too long) or -EIO, and err has its last line. */
int worker_result(const struct worker *worker, struct error *err);

/* Ends it, if it has not, and waits for that. */
void worker_close(struct worker *worker);

#endif
