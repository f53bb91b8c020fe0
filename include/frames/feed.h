/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the frames of a capture come from: a ring, or files. A feed gives
 * blocks in order, and the frames of each; whoever moves them knows no more of
 * it than this.
 *
 * Threads: all functions are called by the thread that moves the frames.
 */
#ifndef WIRETAPE_FEED_H
#define WIRETAPE_FEED_H

#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "frames/block.h"
#include "frames/frame.h"

/* Returned by next: no more will ever come. */
#define FEED_END 2

struct feed;

struct feed_ops {
	/* 1: *block is the next one, with one reference. 0: none yet: wait for fd, and
	 * until again_ns where that is set. FEED_END; or -errno with error set. May
	 * sleep for a tenth of a second to be on time. */
	int (*next)(struct feed *feed, struct block **block);
	/* Up to most frames of the block next gave last, all but their id filled in;
	 * 0 after the last one. */
	uint32_t (*frames)(struct feed *feed, struct block *block, struct frame *frames,
			   uint32_t most);
	/* Brings stats up to date. */
	void (*count)(struct feed *feed);
	/* Something other than frames was told of on fd: 0, or ENETDOWN ..., once. */
	int (*trouble)(struct feed *feed);
	/* Nothing more comes in; what already has may still be taken. 0 or -errno. */
	int (*stop)(struct feed *feed);
	/* After stop, where next gives 0: as next, also what is still kept back. With 0
	 * there is no more. Null: nothing is. */
	int (*rest)(struct feed *feed, struct block **block);
};

/* Every feed begins with this. */
struct feed {
	const struct feed_ops *ops;
	int fd;              /* to wait on, by edge-triggered epoll, after next gave 0; or -1 */
	uint64_t again_ns;   /* CLOCK_MONOTONIC: when to ask next again; 0: when fd says so */
	struct stats *stats; /* received, dropped, malformed ... are kept there */
	struct error error;
};

#endif
