/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns a held TPACKET_V3 block into a run of pcapng blocks where it lies: an
 * Interface Statistics Block, then an Enhanced Packet Block around each frame,
 * with no packet byte read or written. Pure: it works on memory, makes no
 * system call, and never writes outside the block.
 *
 * What makes it fit. In front of each frame the kernel leaves its header
 * (tpacket3_hdr, 48 bytes), the link address (sockaddr_ll, 20) and padding.
 * With the reserve rx_ring_reserve() asks for, the data starts 84 bytes into
 * the slot, so an EPB's 28 bytes go in front of it, 4-byte aligned, and the 56
 * to 63 bytes between the end of one frame and the EPB of the next hold the
 * first one's padding, options and trailing length. What the options do not
 * need is one option with the top bit of its code set, which the draft keeps
 * for local use (section "Options"), full of zeros: every byte between two
 * frames is written, so nothing the ring held before gets out.
 *
 * A run begins at a whole page: the ring is set up with WEAVE_PRIV_BYTES of
 * private area, so that the first frame header of a block stands at
 * WEAVE_RUN_OFFSET, and the kernel's block header before it is not touched.
 *
 * Threads: none of its own; one struct weave per thread.
 */
#ifndef WIRETAPE_WEAVE_H
#define WIRETAPE_WEAVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"
#include "frames/frame.h"

/* Where a run begins in its block, and the private area that makes it so:
 * block header (48 bytes) + private area = one page. */
#define WEAVE_RUN_OFFSET 4096u
#define WEAVE_PRIV_BYTES (WEAVE_RUN_OFFSET - 48u)

struct weave {
	uint8_t *run;             /* first byte of the run */
	uint8_t *end;             /* end of the block's memory */
	uint8_t *epb;             /* the newest EPB, still open; null before the first */
	uint8_t *tail;            /* behind its packet data */
	const struct frame *open; /* its frame: last, between calls */
	struct frame last;
};

/* Starts on a block of bytes (more than WEAVE_RUN_OFFSET). */
void weave_begin(struct weave *weave, uint8_t *block, size_t bytes);

/*
 * Weaves in the next count frames of the block; frames come in the block's
 * order, and the headers of all of them have been read. For the first one
 * stats are the interface's counts for the ISB. Returns how many were woven:
 * fewer than count where the surroundings of a frame have no room for an EPB
 * header; that frame, and what is behind it, is as it was, and the caller
 * copies it. A frame that had to be moved has its data pointer set anew.
 */
uint32_t weave_frames(struct weave *weave, struct frame *frames, uint32_t count,
		      const struct stats_snapshot *stats);

/*
 * Closes the run and returns its length: a multiple of align (a power of two,
 * at least 4, dividing both the page size and the block's length), the last
 * EPB stretched to it. Nothing from limit on is written: the end of the block,
 * or the data of a frame that was refused (align is 4 then). 0 when no frame
 * was woven.
 */
size_t weave_end(struct weave *weave, size_t align, const uint8_t *limit);

#endif
