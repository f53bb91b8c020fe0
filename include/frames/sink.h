/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink takes the frames of a capture: it knows nothing of rings. All
 * functions but those marked are called by the ring's thread, allocate
 * nothing, and never print.
 *
 * Frames are valid during the call only; a sink that needs its memory longer
 * takes a reference on the block in block_end (block_get) and puts it when
 * done.
 */
#ifndef WIRETAPE_SINK_H
#define WIRETAPE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "frames/block.h"
#include "frames/frame.h"
#include "frames/time_order.h"

/* Returned by frames and turn: the next frame would go beyond a limit of the sink. */
#define SINK_FULL 1

/* Returned by block_begin and frames: not now. The same call, with the frames
 * that are left, comes again when wake_fd was written. */
#define SINK_WAIT 2

struct sink;
struct pcapng_block;
struct pcapng_interface;

struct sink_ops {
	/* The frames that follow are this block's: all of them, or, where used
	 * is 0, any number from any one on. stats are the interface's counts so
	 * far. 0, SINK_WAIT or -errno. */
	int (*block_begin)(struct sink *sink, struct block *block,
			   const struct stats_snapshot *stats);
	/* Takes frames of the block, in order. *taken becomes how many. 0,
	 * SINK_FULL, SINK_WAIT, or -errno with sink->error set. */
	int (*frames)(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken);
	/* The frames so far came from this block, which is now let go: -U pushes
	 * here, and pipes are pushed here too. Of a block with used set, frames
	 * not given yet are overwritten here, unless SINK_FULL was returned. 0 or
	 * -errno. */
	int (*block_end)(struct sink *sink, struct block *block);
	/* Between two blocks: new limits in place of those given at open; 0: none.
	 * max_bytes is the file's, and what closes it counts. */
	void (*limit)(struct sink *sink, uint64_t max_bytes, uint64_t max_packets);
	/* Between blocks: writes a note about an interface into the file, with its
	 * counts so far; at most 255 bytes. 0, SINK_WAIT or -errno. Null where the
	 * format has no place for one. */
	int (*note)(struct sink *sink, uint32_t interface, const struct stats_snapshot *stats,
		    const char *text);
	/* Between blocks: frames of one more interface come from now on, with the
	 * next number; they are no part of what finish counts. Strings have to outlive
	 * the sink. May allocate. 0, SINK_FULL or -errno with sink->error set. Null
	 * where the format has no place for one. */
	int (*add_interface)(struct sink *sink, const struct pcapng_interface *interface);
	/* Between blocks: writes one more block, or keeps a copy of it for when it can. Not a
	 * lasting one where a limit has no room for it. May allocate. 0, SINK_FULL or
	 * -errno with sink->error set. Null where the format has no place for one. */
	int (*add_block)(struct sink *sink, const struct pcapng_block *block);
	/* Pushes out what is gathered. 0 or -errno. */
	int (*flush)(struct sink *sink);
	/* event_fd is readable: takes in writes that have ended, putting the
	 * blocks they held. 0 or -errno. Null where there is no event_fd. */
	int (*reap)(struct sink *sink);
	/* Between blocks, and after wake_fd was written: does what waits to be
	 * done on this thread. 0, SINK_FULL or -errno. Null where nothing does. */
	int (*turn)(struct sink *sink);
	/* After the last frame: waits, for a bounded time, until what was handed on
	 * has got away, and counts what has not. Null where nothing is on its way. */
	void (*linger)(struct sink *sink);
	/* Control thread: goes on in a new file as soon as can be (SIGHUP). Null
	 * where there is only one. */
	void (*rotate)(struct sink *sink);
	/* Control thread, while the ring thread runs: the end has been asked for, and
	 * writes to a reader who takes nothing for some seconds fail from now on; those
	 * that wait for one at all. Null where none do. */
	void (*hurry)(struct sink *sink);
	void (*abandon)(struct sink *sink);
	/* A thread for that, while the ring thread runs, after wants_prepare was
	 * seen set: slow work ahead of need. Null where there is none. */
	void (*prepare)(struct sink *sink);
	/* Bytes of the file with all frames taken so far: between two of its blocks. Null
	 * where there is no file. */
	uint64_t (*position)(const struct sink *sink);
	/* Ring thread, or after it: nothing of it is on its way any more. From then
	 * on, without further frames, finish and close may be called on another
	 * thread while the ring thread runs. */
	bool (*idle)(const struct sink *sink);
	/* Any one thread but the ring thread, while that runs, where the sink was
	 * opened with own_reserve: reserves disk space up to end bytes of the
	 * file. 0 or -errno (-ENOSPC ...), without a text. */
	int (*reserve)(struct sink *sink, uint64_t end);
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
	int event_fd;                   /* of writes on their way, to wait on; or -1 */
	int wake_fd;                    /* an eventfd of the sink's other threads, or -1 */
	int peer_fd;                    /* a pipe or socket whose reader is watched: with it goes
					   the sink; or -1 */
	bool closed;                    /* that has gone: no failure, but the end. What fails then
					   has that for its error */
	bool wants_prepare;             /* see prepare; the ring thread clears it */
	bool keeps;                     /* what it has not taken at the end may stay behind: it
					   is not waited for then */
	bool dirty;                     /* holds something that flush would push out */
	const struct time_order *order; /* set before finish: how all packets lie in time, for
				   a file that can tell; null: it is not to */
	uint64_t out;                   /* changes when older of that has gone out by itself */
	_Atomic int io_mode;            /* enum diskio_mode the file is written in */
	_Atomic uint64_t bytes;         /* handed to the file so far, for the status line */
};

#endif
