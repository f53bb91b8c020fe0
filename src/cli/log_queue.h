/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces of text on their way to a stream that maybe nobody reads. Each is one write.
 *
 * From log_queue_start on a thread of its own writes them: a stuck journal, a full pipe, a
 * stopped terminal or a file system that hangs holds up that thread and nobody else. What
 * does not fit into the queue is left out and counted; where it was missing a line says so
 * as soon as there is room. Before that each is written at once, and a reader who takes
 * nothing is waited for once, for some seconds.
 *
 * Threads: put may be called by any, one at a time; settle by any; the rest is the control
 * thread's.
 */
#ifndef WIRETAPE_LOG_QUEUE_H
#define WIRETAPE_LOG_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A piece is no longer. */
#define LOG_QUEUE_PIECE_MOST 16384u

struct log_queue;

struct log_queue_config {
	FILE *out; /* stays the caller's; one without a descriptor is written to at once */
	/* Words for so many lines that were left out: puts them into text, which has room for
	 * LOG_QUEUE_PIECE_MOST bytes, and returns how many those are. On whatever thread writes,
	 * not within put. */
	size_t (*tell)(void *context, uint64_t left_out, char *text);
	void *context;
};

/* Null without memory. */
struct log_queue *log_queue_open(const struct log_queue_config *config);

/* 0 or -errno. Once; with all signals blocked on the new thread. */
int log_queue_start(struct log_queue *queue);

/* Whether it was taken. passing: of no interest later, so it is not left waiting behind
 * others, and not missed. */
bool log_queue_put(struct log_queue *queue, const char *text, size_t bytes, bool passing);

/* Waits for what was put so far, but no more than a moment, and not again while that is held
 * up: for who prints to another stream that people see beside it. */
void log_queue_settle(struct log_queue *queue);

/* Writes what waits, which takes no more than some seconds, and frees it. False: its thread
 * is held up beyond that. It keeps its memory, and may call tell, until the process ends.
 * Takes a null pointer. */
bool log_queue_close(struct log_queue *queue);

#endif
