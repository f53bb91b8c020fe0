/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the packets of a file, or of its beginning, lie in time. Mostly times rise, and a
 * time can be sought by halves; a clock that was set back, several interfaces, or packets
 * that overtook each other, make them fall. How far they do at most is what a search has
 * to allow for: where a packet is of time t, none before it is later than t plus that, and
 * none behind it earlier than t less that.
 *
 * Pure; any thread.
 */
#ifndef WIRETAPE_TIME_ORDER_H
#define WIRETAPE_TIME_ORDER_H

#include <stdbool.h>
#include <stdint.h>

struct time_order {
	bool known;                /* or nothing is said below */
	int64_t least_ns, most_ns; /* of all packets; without any the latter is less */
	uint64_t fall_ns;          /* the most a packet is earlier than one before it */
};

/* Of no packets. */
#define TIME_ORDER_NONE \
	((struct time_order){.known = true, .least_ns = INT64_MAX, .most_ns = INT64_MIN})

/* One more packet, behind the others. */
static inline void time_order_add(struct time_order *order, int64_t time_ns)
{
	uint64_t fall = (uint64_t)order->most_ns - (uint64_t)time_ns;

	if (time_ns >= order->most_ns)
		order->most_ns = time_ns;
	else if (fall > order->fall_ns)
		order->fall_ns = fall;
	if (time_ns < order->least_ns)
		order->least_ns = time_ns;
}

#endif
