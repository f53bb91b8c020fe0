/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes on their way: runs of ring memory handed to io_uring, the memory
 * registered once as fixed buffers so that the kernel need not pin its pages
 * for every write. Several files may share one. Part of diskio.
 *
 * Threads: the ring thread's while it runs; then the control thread's.
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
	uint8_t *memory;
	size_t bytes;
	size_t block_bytes;
};

/* A file that is written to. The first two are the owner's to set; what has
 * failed is the first of its failures in file order. */
struct uring_file {
	int fd;          /* O_DIRECT */
	int rest_fd;     /* the same file, for what a short write has left */
	uint32_t on_way; /* writes */
	int failed;      /* -errno, or 0 */
	uint64_t failed_offset;
	uint64_t failed_mark;
};

struct uring_write {
	struct uring_file *file;
	const uint8_t *run;
	size_t bytes;
	uint64_t offset;
	uint64_t mark;
	struct block *block;
};

/* 0 or -errno (no io_uring, or not allowed to lock so much memory). */
int uring_open(const struct uring_config *config, struct uring **uring);

/* Starts a write and keeps a reference on its block until it is done. Waits
 * for one to end where too many are on their way. 0, or the -errno of an
 * earlier write to the file that has failed (this one is not started then). */
int uring_write(struct uring *uring, const struct uring_write *write);

int uring_fd(const struct uring *uring);

/* Takes in what has ended, of all files. */
void uring_reap(struct uring *uring);

/* Waits for all writes to one file. */
void uring_drain(struct uring *uring, const struct uring_file *file);

/* Waits for all, and frees it. Takes a null pointer. */
void uring_close(struct uring *uring);

#endif
