/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that asks the kernel about interfaces: attach's, and their own counters of
 * drops. One lock in the kernel is behind all such questions, and whoever changes an
 * interface holds it, a driver for seconds; the control thread must not wait for that.
 * What it finds is told on the control thread.
 *
 * Threads: the control thread's.
 */
#ifndef WIRETAPE_LINK_THREAD_H
#define WIRETAPE_LINK_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/attach.h"
#include "lane.h"

struct link_thread;

struct link_thread_config {
	const struct attach_interface *interfaces; /* of which it keeps the sockets attached */
	uint32_t interface_count;                  /* 0: it only counts */
	struct lane *lanes;                        /* whose drops are the thread's once it runs */
	uint32_t lane_count;
	int look_fd; /* an eventfd: readable, all interfaces are to be looked at */
	int news_fd; /* an eventfd, written when there are events to be taken */
};                   /* what it points to must outlive the thread */

/* What happens from now on is seen, but nothing is done about it yet. */
int link_thread_open(const struct link_thread_config *config, struct link_thread **thread,
		     struct error *err);

/* Looks at all interfaces, and goes on. 0 or -errno. */
int link_thread_start(struct link_thread *thread, struct error *err);

/* Hands over the events there are, the oldest first. */
void link_thread_take(struct link_thread *thread,
		      void (*changed)(void *context, const struct attach_event *event),
		      void *context);

/* Reads the devices' drops into the stats of the lanes. False where the kernel does not
 * answer soon: they are read as soon as it does. Takes a null pointer. */
bool link_thread_count(struct link_thread *thread);

/* Waits for the kernel, however long that takes. Takes a null pointer. */
void link_thread_close(struct link_thread *thread);

#endif
