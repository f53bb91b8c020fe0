/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that does for sinks what is slow and ahead of need (sink_ops.prepare):
 * reserving disk space can take as long as the disk likes, and the control thread must
 * not wait for that.
 *
 * Threads: the control thread's.
 */
#ifndef WIRETAPE_PREPARER_H
#define WIRETAPE_PREPARER_H

#include <stdint.h>

#include "base/error.h"
#include "lane.h"

struct preparer;

/* Starts it for the sinks of these lanes, which have to outlive it; *preparer is null where
 * none of them wants any. work_fd: an eventfd, which becomes readable when one does. */
int preparer_open(const struct lane *lanes, uint32_t count, int work_fd, struct preparer **preparer,
		  struct error *err);

/* Waits for what it is doing. Takes a null pointer. */
void preparer_close(struct preparer *preparer);

#endif
