/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that keeps memory ready behind the buffers of a spill, and gives back what is no
 * longer needed. Part of write_queue.
 *
 * Threads: whoever opened the spill; the rest is its own.
 */
#ifndef WIRETAPE_SPILL_READY_H
#define WIRETAPE_SPILL_READY_H

#include "disk/spill.h"

struct spill_ready;

/* Starts it, with the rights that the caller has. Half of the bound, up to 4 GiB, is kept
 * ready, from a while after the start, and as long as others leave so much. *ready is null
 * where that is nothing. 0 or -errno. */
int spill_ready_open(struct spill *spill, struct spill_ready **ready);

/* Before the spill is closed. Takes a null pointer. */
void spill_ready_close(struct spill_ready *ready);

#endif
