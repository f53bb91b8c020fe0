/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces a statfile on a thread of its own, so that a file system that hangs holds up
 * nobody who counts: what is given while it does waits, and of that the newest wins.
 *
 * Threads: the control thread's; the thread is started with no rights left to lose.
 */
#ifndef WIRETAPE_STAT_WRITER_H
#define WIRETAPE_STAT_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "system/statfile.h"

struct stat_writer;

struct stat_writer_config {
	struct statfile *file; /* this one's from a successful open on */
	/* It could not be replaced. On the writer's thread; it must not wait. */
	void (*failed)(void *context, const struct error *err);
	void *context;
};

/* Starts it. 0 or -errno. */
int stat_writer_open(const struct stat_writer_config *config, struct stat_writer **writer,
		     struct error *err);

/* Gives it a text to be written, of malloc, which becomes its. False: the one before it has
 * taken more than some seconds by now, so this one waits. */
bool stat_writer_put(struct stat_writer *writer, char *text, size_t bytes);

/* Waits until what was given is written, no longer than some seconds, and frees all.
 * False: it is still being written; thread and memory stay until the process ends, and
 * failed is not called any more. Takes a null pointer. */
bool stat_writer_close(struct stat_writer *writer);

#endif
