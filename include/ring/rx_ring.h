/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet socket with a receive ring (PACKET_RX_RING) as a source of blocks
 * and frames. Documentation/networking/packet_mmap.rst has the interface.
 *
 * Life: open (needs CAP_NET_RAW; socket, options, filter, ring, mapping: takes
 * nothing yet), start (bind: from then on frames come), its feed, close. Only what
 * passes the filter on the named interface ever gets in: the socket is not
 * bound to a protocol before everything is in place.
 *
 * Blocks: the feed's next gives the oldest block the kernel has handed over and
 * that is not held yet: a TPACKET_V3 block, or a run of consecutive V1 or V2
 * frames. block_put gives it back. Frames inside come in
 * order, their VLAN tag or cooked header put in place.
 *
 * Threads: all from one thread once started, except rx_ring_fill.
 */
#ifndef WIRETAPE_RX_RING_H
#define WIRETAPE_RX_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "frames/block.h"
#include "frames/feed.h"
#include "frames/frame.h"
#include "ring/rx_socket.h"

struct rx_ring;

struct rx_ring_config {
	struct rx_socket_config socket;
	uint32_t snaplen;
	const struct rewrite *rewrite; /* null: frames stay as they are; */
	uint32_t link_bytes;           /* else what rewrite_frame is to be told, and the reserve
					  is larger by rewrite_growth */
	uint32_t interface;            /* struct frame's interface, struct block's */
	struct stats *stats;           /* received, dropped, truncated, host_stamped and
					  malformed are kept here */
};

/* Reserve (PACKET_RESERVE) that puts frame data where sinks want it. */
uint32_t rx_ring_reserve(bool cooked);

/* Room there is for frames longer than their slot, as rx_socket.h has it. */
uint32_t rx_ring_uncut_bytes(const struct rx_ring *ring);

int rx_ring_open(const struct rx_ring_config *config, struct rx_ring **ring, struct error *err);
int rx_ring_start(struct rx_ring *ring, struct error *err);

/* As a feed. Its stop lets nothing more in; what is in the ring stays. */
struct feed *rx_ring_feed(struct rx_ring *ring);

/* Goes on with another interface, or the same one made anew; what is in the ring
 * stays. Any thread, one at a time. 0 or -errno. */
int rx_ring_rebind(struct rx_ring *ring, int index);

/* The interface it was bound to last. The thread that rebinds. */
int rx_ring_index(const struct rx_ring *ring);

/* The one it is bound to now: -1 when that was deleted, even if another has its
 * number by now. Any thread. */
int rx_ring_bound(const struct rx_ring *ring);

/* Blocks (V1, V2: frames) handed over and not given back, in per mille of
 * the ring: now, and the most there ever were. Any thread. */
uint32_t rx_ring_fill(const struct rx_ring *ring);
uint32_t rx_ring_fill_most(const struct rx_ring *ring);

void rx_ring_close(struct rx_ring *ring);

#endif
