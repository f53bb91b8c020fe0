/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink takes the frames of a capture: it knows nothing of rings. All
 * functions but the last two are called by the ring's thread, allocate
 * nothing, and never print.
 *
 * A frame is valid during the call only; a sink that needs its memory longer
 * takes a reference on the block in block_end (block_get) and puts it when
 * done.
 */
#ifndef WIRETAPE_SINK_H
#define WIRETAPE_SINK_H

#include <stdint.h>

#include "block.h"
#include "error.h"
#include "frame.h"
#include "stats.h"

/* Returned by frame: not taken, the sink has reached its size limit. */
#define SINK_FULL 1

struct sink;

struct sink_ops {
	/* Takes a frame: 0, SINK_FULL, or -errno with sink->error set. */
	int (*frame)(struct sink *sink, struct frame *frame);
	/* The frames so far came from this block, which is now let go: -U pushes
	 * here, and pipes are pushed here too. 0 or -errno. */
	int (*block_end)(struct sink *sink, struct block *block);
	/* Pushes out what is gathered. 0 or -errno. */
	int (*flush)(struct sink *sink);
	/* Control thread, ring thread gone: writes what closes the file, with
	 * the final counts of each interface, and closes it. After an earlier
	 * failure it leaves a whole file. *unwritten becomes the number of
	 * frames taken that are not in the file. 0 or -errno with sink->error. */
	int (*finish)(struct sink *sink, const struct stats_snapshot *stats, uint32_t interfaces,
		      uint64_t *unwritten);
	/* Control thread: frees it. */
	void (*close)(struct sink *sink);
};

/* Every sink begins with this. */
struct sink {
	const struct sink_ops *ops;
	struct error error;
	_Atomic uint64_t bytes; /* handed to the file so far, for the status line */
};

#endif
