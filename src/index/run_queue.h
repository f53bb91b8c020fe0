/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs on their way from the thread that gathers them to the one that keeps them: a ring
 * of bytes, in which each lies in one piece.
 *
 * Threads: put is one thread's, first and drop are another's.
 */
#ifndef WIRETAPE_INDEX_RUN_QUEUE_H
#define WIRETAPE_INDEX_RUN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "index/gather.h"
#include "keys.h"

struct run_queue;

/* Rounded up to a power of two. 0 or -ENOMEM. Close takes a null pointer. */
int run_queue_open(size_t bytes, struct run_queue **queue);
void run_queue_close(struct run_queue *queue);

/* With its keys and flows; without any, as one that may hold anything, where there is no room for
 * them. False: nor is there for that. */
bool run_queue_put(struct run_queue *queue, const struct index_run *run, const struct keys *keys);

/* The oldest, in place, and its flows; null: none. drop lets it go. */
const struct index_run *run_queue_first(struct run_queue *queue, const uint8_t **flows,
					uint32_t *flow_count);
void run_queue_drop(struct run_queue *queue);

#endif
