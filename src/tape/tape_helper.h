/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that does what may take long for another one, its owner: jobs, one after the
 * other, in the order in which they were added. Where there is no thread, yet or ever,
 * each is done as it is added.
 *
 * Threads: all of the owner's, but for what is said to be for jobs.
 */
#ifndef WIRETAPE_TAPE_HELPER_H
#define WIRETAPE_TAPE_HELPER_H

#include <stdbool.h>
#include <stdint.h>

struct helper;

/* Part of what a job is about; stays the owner's, in its place, until it was taken. */
struct helper_job {
	void (*run)(struct helper *helper, struct helper_job *job); /* the helper's thread */
	struct helper_job *next;
};

/* done_fd: an eventfd that is written when a job has ended, or 0; stays the caller's. 0
 * or -ENOMEM. */
int helper_open(int done_fd, struct helper **helper);

/* From now on there is a thread, unless the machine has none left. */
void helper_start(struct helper *helper);

void helper_add(struct helper *helper, struct helper_job *job);

/* The oldest job that has ended and was not yet taken, or a null pointer. */
struct helper_job *helper_take(struct helper *helper);

/* Whether a job that was added has not yet been taken. */
bool helper_is_busy(const struct helper *helper);

/* How long a job rests between two of its steps. 0: not at all, from now on. */
void helper_pace(struct helper *helper, uint64_t nap_ns);

/* Waits for all jobs, which rest no more until helper_pace. */
void helper_drain(struct helper *helper);

/* For jobs: the owner is to look at what was done so far; and a rest. */
void helper_tell(struct helper *helper);
void helper_nap(struct helper *helper);

/* The same, and ends the thread. None that has ended is taken. Takes a null pointer. */
void helper_close(struct helper *helper);

#endif
