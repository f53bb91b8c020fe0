/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes on their way: runs of ring memory handed to io_uring, the memory
 * registered once as fixed buffers so that the kernel need not pin its pages
 * for every write. Several files can share one, each with its own count of
 * writes and its own failure. Part of diskio.
 *
 * Threads: the ring thread, which puts the blocks; another one once that is
 * gone. What touches a file without writes on their way touches nothing else.
 */
#ifndef WIRETAPE_DISKIO_URING_H
#define WIRETAPE_DISKIO_URING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/block.h"

/* Most writes on their way at once; rings of fewer blocks get half theirs. */
#define URING_DEPTH 16u

struct uring;

struct uring_config {
	uint8_t *memory;
	size_t bytes;
	size_t block_bytes;
};

/* A file that is written to; stays the caller's, in its place, for as long as
 * writes are on their way. */
struct uring_file {
	int fd;          /* O_DIRECT */
	int rest_fd;     /* the same file, for what a short write has left */
	uint32_t on_way; /* writes */
	int failed;      /* 0, or the -errno of a write; of several, the first in the file */
	uint64_t failed_offset;
	uint64_t failed_mark;
};

/* A run of memory to be written. */
struct uring_run {
	const uint8_t *data;
	size_t bytes;
	uint64_t offset; /* in the file */
	uint64_t mark;   /* the caller's, for failed_mark */
	struct block *block;
};

/* 0 or -errno (no io_uring, or not allowed to lock so much memory). */
int uring_open(const struct uring_config *config, struct uring **uring);

/* Starts a write and keeps a reference on its block until it is done. Waits
 * for one to end where too many are on their way. 0, or the -errno of an
 * earlier write to the file that has failed (this one is not started then). */
int uring_write(struct uring *uring, struct uring_file *file, const struct uring_run *run);

int uring_fd(const struct uring *uring);

/* Takes in what has ended, of every file. */
void uring_reap(struct uring *uring);

/* Waits for all writes to the file; does not touch uring where there are none. */
void uring_drain(struct uring *uring, struct uring_file *file);

/* Frees it; no writes are on their way. Takes a null pointer. */
void uring_close(struct uring *uring);

#endif
