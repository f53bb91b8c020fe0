/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For rings that hand frames over one by one: with frames a few microseconds apart
 * each would be a wake-up of its own, which costs more than the frame. As adapters do
 * with their interrupts, such a ring is left alone for a moment then. Frames further
 * apart than MODERATION_GAP_NS, on average, never wait.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_MODERATION_H
#define WIRETAPE_MODERATION_H

#include <stdbool.h>
#include <stdint.h>

#define MODERATION_GAP_NS UINT64_C(10000)
#define MODERATION_NAP_NS UINT64_C(30000)

struct moderation {
	uint64_t dry_ns; /* when the ring ran dry last; 0: it never has */
	uint64_t gap_ns; /* between two frames, on average */
	uint64_t frames; /* since then */
};

/* The ring has run dry, by CLOCK_MONOTONIC. Whether it should be left alone. */
bool moderation_dry(struct moderation *moderation, uint64_t now_ns);

#endif
