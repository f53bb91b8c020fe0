/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two kinds of a way out share (tx_way.c, which has tx.h's tx_index to tx_close
 * as well), for themselves: tx.h is for all others.
 */
#ifndef WIRETAPE_TX_WAY_H
#define WIRETAPE_TX_WAY_H

#include <stdatomic.h>

#include "send/tx.h"

struct tx_ops {
	int (*send)(struct tx *tx, struct frame *frames, uint32_t count, struct stats *stats,
		    uint32_t *taken);
	void (*linger)(struct tx *tx); /* null: nothing is ever on its way */
	void (*close)(struct tx *tx);  /* all but the socket; frees it */
};

/* Every way out begins with this. */
struct tx {
	const struct tx_ops *ops;
	struct tx_config config;
	int fd;
	_Atomic int index;    /* of the interface it was bound to last */
	_Atomic bool changed; /* the interface may have, since the MTU was looked at */
	/* The interface is down or has no carrier. Without one, and for a moment on the way
	 * up, the kernel accepts what is sent, and throws it away (noop_qdisc,
	 * net/sched/sch_generic.c). */
	_Atomic bool cut_off;
	uint32_t mtu;
	uint64_t mtu_ns; /* clock_boot: when it was looked at */
	/* While frames do not get away: since when nothing moves (0: they do), and how many
	 * were on their way at first, and at the last attempt. */
	uint64_t stuck_ns;
	uint32_t waiting, waiting_now;
	uint64_t full_ns;    /* since when it has been full at times; 0: it is not */
	uint64_t refused_ns; /* when one was refused last that no queue was full for */
	struct tx *whole;    /* ring: for what its slots do not take; else null */
};

/* A socket without a ring, not bound yet. 0 or -errno. */
int tx_socket_open(struct tx *tx, struct error *err);
int tx_socket_bind(struct tx *tx, struct error *err);

int tx_ring_open(const struct tx_config *config, struct tx **tx, struct error *err);
int tx_mmsg_open(const struct tx_config *config, struct tx **tx, struct error *err);

/* Null where the frame may go out, else the counter of why not. */
_Atomic uint64_t *tx_unfit(struct tx *tx, const struct frame *frame, struct stats *stats);

/* Whether so many bytes of a frame, all of it or a segment, go out at once; looks at the MTU
 * where there is news of the interface and else, where they do not, once a second. */
bool tx_fits(struct tx *tx, const struct frame *frame, uint32_t bytes);

/* The longest frame the interface takes, with this frame's tags, which do not count. */
uint32_t tx_longest(const struct tx *tx, const struct frame *frame);

/* The kernel has said that a frame is too long for the interface: looks how long
 * they may be now. */
void tx_look_at_mtu(struct tx *tx);

static inline bool tx_is_cut_off(const struct tx *tx)
{
	return atomic_load_explicit(&tx->cut_off, memory_order_relaxed);
}

/* What to do after an attempt that did not take all. */
enum tx_verdict {
	TX_AGAIN,   /* after a nap that was taken */
	TX_FULL,    /* the queue did not move for long: give the rest up */
	TX_DOWN,    /* nothing goes out: give it up, or come again where patient */
	TX_TOO_BIG, /* the first one is too long */
	TX_BAD,     /* the first one is refused for another reason */
};

struct tx_attempt {
	int code;         /* errno, or 0 */
	bool moved;       /* some have got away with it */
	uint32_t waiting; /* frames of ours that the kernel has not sent yet */
};

enum tx_verdict tx_judge(struct tx *tx, const struct tx_attempt *attempt);

#endif
