/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory behind the ring: buffers of one size for what the disk does not take as fast
 * as it comes. A few are always there (those of a recording's everyday work); more are
 * taken into use as they are needed, up to a bound. A thread keeps some of these ready
 * (write_queue_keep_ready): they have memory behind them, which the system may take as long as it
 * is not in use. What goes beyond them goes back to the system when it is no longer needed.
 *
 * Threads: any. A lock is held for a moment; a first touch of new memory, which the
 * kernel then has to find, is outside of it.
 */
#ifndef WIRETAPE_SPILL_H
#define WIRETAPE_SPILL_H

#include <stddef.h>
#include <stdint.h>

#define SPILL_BUFFER_BYTES (1024u * 1024u)

/* Buffers that are there from the start. */
#define SPILL_BASE_BUFFERS 8u

struct spill;

/* bound_bytes: most that is taken beyond the base, rounded up to whole buffers; 0: nothing.
 * 0 or -errno. */
int spill_open(uint64_t bound_bytes, struct spill **spill);

/* Bytes that have memory and are not in use. */
uint64_t spill_ready(const struct spill *spill);

/* A buffer, page-aligned, with anything in it; null when all that the bound allows are
 * in use. */
uint8_t *spill_take(struct spill *spill);

/* One for a file for as long as it is open, on top of base and bound; null when there are
 * too many of those. It may be another one that is given back for it. */
uint8_t *spill_take_beyond(struct spill *spill);

/* Gives one back that was taken by the one or the other. Take a null pointer. */
void spill_give(struct spill *spill, uint8_t *buffer);
void spill_give_beyond(struct spill *spill, uint8_t *buffer);

/* The base buffers, which stay where they are: for a kernel that is to know them. */
uint8_t *spill_base(const struct spill *spill);

/* Bytes in use beyond the base, but for those of files, the most there ever were, and the bound. */
uint64_t spill_used(const struct spill *spill);
uint64_t spill_most(const struct spill *spill);
uint64_t spill_bound(const struct spill *spill);

/* The memory that is available, or what this process's control groups (memory.max,
 * version 2; memory.limit_in_bytes, version 1) leave, whichever is less; 0: not known. */
uint64_t spill_available(void);

/* What the bound is by default: a quarter of that. */
uint64_t spill_default_bound(void);

/* All buffers were given back. Takes a null pointer. */
void spill_close(struct spill *spill);

#endif
