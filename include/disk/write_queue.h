/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes on their way to disk. Who adds one does not wait for the disk: a few are with
 * the kernel, the others stand in line, in memory that stays as it is: that of a block
 * of the ring, which is held until then, or a buffer of the spill, which goes back to it.
 * Several files can share one, each with its own count of writes and its own failure.
 *
 * Ways to the disk: io_uring, where the system has it and lets us use it, with ring and
 * buffers registered so that their pages need not be pinned for each write; else threads
 * that call pwrite.
 *
 * Part of diskio. Threads: the ring thread, which puts the blocks; another one once that is
 * gone. What touches a file without writes on their way touches nothing else. The counts
 * may be read by any.
 */
#ifndef WIRETAPE_WRITE_QUEUE_H
#define WIRETAPE_WRITE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/latency.h"
#include "disk/spill.h"
#include "frames/block.h"

/* Most writes that are with the kernel at once. */
#define WRITE_QUEUE_DEPTH 16u

enum write_queue_way { WRITE_ANY, WRITE_URING, WRITE_THREADS };

struct write_queue;

struct write_queue_config {
	enum write_queue_way way; /* WRITE_ANY: io_uring or, where that is refused, threads */
	uint8_t *ring;            /* memory of the blocks; null: none */
	size_t ring_bytes;
	size_t block_bytes;
	size_t hold_bytes;    /* of the ring that a block comes from: how long it lasts decides
				 whether blocks are held; 0: never */
	uint64_t spill_bytes; /* most memory beside the ring */
};

/* A record boundary in a file: so many bytes and frames are before it. */
struct write_mark {
	uint64_t bytes;
	uint64_t frames;
};

/* A file that is written to; stays the caller's, in its place, for as long as
 * writes are on their way. */
struct write_file {
	int fd;          /* O_DIRECT */
	int rest_fd;     /* the same file, for what a short write has left */
	bool in_order;   /* a write begins when the one before has ended, so that a crash leaves no
			    hole: for formats in which one could not be told from data */
	uint32_t on_way; /* writes */
	uint32_t begun;  /* of those, with the kernel */
	bool refused;    /* takes no direct writes, although it was opened for them */
	int failed;      /* 0, or the -errno of a write; of several, the first in the file */
	uint64_t failed_offset;
	struct write_mark failed_mark;
};

/* What is to be written. */
struct write_run {
	const uint8_t *data; /* whole pages */
	size_t bytes;
	uint64_t offset;        /* in the file */
	struct write_mark mark; /* the last record boundary that is not behind offset */
	struct block *block;    /* that data lies in, or null: */
	uint8_t *buffer;        /* of the spill */
};

/* 0 or -errno: a way forced and refused, or no memory. */
int write_queue_open(const struct write_queue_config *config, struct write_queue **queue);

/* Where its buffers come from. */
struct spill *write_queue_spill(const struct write_queue *queue);

/* Has a thread, with the rights that the caller has, keep half of the spill ready, up to
 * 4 GiB: with memory behind it that the system may take as long as it is not in use. Without,
 * what was in use once stays. 0 or -errno. */
int write_queue_keep_ready(struct write_queue *queue);

/*
 * Whether a run of so many bytes, which comes now, is better copied than held in the ring.
 * The kernel fills a ring's blocks in turn, and cannot pass one that is held: one write that
 * stands still stops a ring once around. So blocks are held only while the ring lasts longer,
 * at the rate at hand, than a disk is likely to stand still, and nothing stands in line
 * before them.
 */
bool write_queue_would_copy(struct write_queue *queue, size_t bytes);

/* Adds a write; keeps a reference on its block, or its buffer, until it is done. Never
 * waits. 0, or the -errno of an earlier write to the file that has failed: this one is
 * not taken then, its buffer stays the caller's. */
int write_queue_add(struct write_queue *queue, struct write_file *file,
		    const struct write_run *run);

/* Becomes readable when writes end, or -1. */
int write_queue_fd(const struct write_queue *queue);

/* Takes in what has ended, of every file, and hands on what stands in line. */
void write_queue_reap(struct write_queue *queue);

/* Waits until one more has ended. false: none is on its way. */
bool write_queue_wait(struct write_queue *queue);

/* Waits for all writes to the file; does not touch the queue where there are none. */
void write_queue_drain(struct write_queue *queue, struct write_file *file);

/* The way in use. */
enum write_queue_way write_queue_way(const struct write_queue *queue);

/* How long writes took, from when the kernel had them. Any thread. */
const struct latency *write_queue_latency(const struct write_queue *queue);

/* Frees it; no writes are on their way. Takes a null pointer. */
void write_queue_close(struct write_queue *queue);

#endif
