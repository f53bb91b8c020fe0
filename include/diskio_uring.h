/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes on their way: runs of ring memory handed to io_uring, the memory
 * registered once as fixed buffers so that the kernel need not pin its pages
 * for every write. Part of diskio; the same threads.
 */
#ifndef WIRETAPE_DISKIO_URING_H
#define WIRETAPE_DISKIO_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "block.h"

/* Most writes on their way at once; rings of fewer blocks get half theirs. */
#define URING_DEPTH 16u

struct uring;

struct uring_config {
	int fd;      /* O_DIRECT; both stay the caller's */
	int rest_fd; /* the same file, for what a short write has left */
	uint8_t *memory;
	size_t bytes;
	size_t block_bytes;
};

/* 0 or -errno (no io_uring, or not allowed to lock so much memory). */
int uring_open(const struct uring_config *config, struct uring **uring);

/* Starts a write and keeps a reference on block until it is done. Waits for
 * one to end where too many are on their way. 0, or the -errno of an earlier
 * write that has failed (this one is not started then). */
int uring_write(struct uring *uring, const uint8_t *run, size_t bytes, uint64_t offset,
		struct block *block, uint64_t mark);

int uring_fd(const struct uring *uring);

/* Takes in what has ended. 0, or the -errno of a write that has failed. */
int uring_reap(struct uring *uring);

/* Waits for all; whether any write has failed, and of those the first in the
 * file. */
bool uring_failure(struct uring *uring, uint64_t *offset, uint64_t *mark);

/* Waits for all, and frees it. Takes a null pointer. */
void uring_close(struct uring *uring);

#endif
