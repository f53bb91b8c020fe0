/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A way out: sends frames on an interface, in order, through a packet socket.
 * Two kinds stand behind it. The ring (PACKET_TX_RING, TPACKET_V2) takes a copy of
 * each frame and counts it as sent once the kernel has given its slot back;
 * sendmmsg() hands the frames over from where they are, and counts what the
 * kernel has accepted. Documentation/networking/packet_mmap.rst has the ring.
 *
 * No frame is sent cut: one that is longer than the interface takes, or of
 * which not all is there, is counted and left out, as is every other that does
 * not get away: stats' tx_*. Frames whose checksum was left to the hardware
 * (TP_STATUS_CSUMNOTREADY) get it.
 *
 * Threads: the thread that sends, but for tx_rebind and those that say so.
 */
#ifndef WIRETAPE_TX_H
#define WIRETAPE_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "frames/frame.h"

/* Returned by tx_send: not now. The same frames but those taken are to come again
 * after a while. */
#define TX_WAIT 1

enum tx_mode { TX_RING, TX_SENDMMSG };

struct tx_config {
	const char *name; /* for messages */
	int index;
	uint32_t mtu;
	uint32_t header_bytes; /* of the link layer: no frame is shorter */
	enum tx_mode mode;
	bool bypass_qdisc;
	uint64_t queue_ns; /* a way out that is full gets no frame older than this; 0: any */
	bool patient;      /* waits for an interface that is down (TX_WAIT), and longer for
			      a full queue: frames from a file keep */
};

struct tx;

/* Takes CAP_NET_RAW. 0 or -errno. */
int tx_open(const struct tx_config *config, struct tx **tx, struct error *err);

/* Sends up to count frames of one source, whose counters stats is; those of the
 * frames taken have been sent, are on their way, or are counted as lost. 0 with all
 * of them taken, or TX_WAIT. May sleep for a tenth of a second where the queue is full;
 * patient: for one. */
int tx_send(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
	    uint32_t *taken);

/* Waits, for a second at most, until all has got away; counts the rest. */
void tx_linger(struct tx *tx);

/* As attach.h has it. Any thread, one at a time. */
int tx_index(const void *tx);
int tx_bound(const void *tx);
int tx_rebind(void *tx, int index);
void tx_usable(void *tx, bool usable);

/* Takes a null pointer. */
void tx_close(struct tx *tx);

#endif
