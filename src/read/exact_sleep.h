/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits until a time of CLOCK_MONOTONIC to the microsecond: a sleep that ends shortly
 * before, by as much as sleeps have been late, and a look at the clock from then on.
 *
 * Threads: that which sleeps.
 */
#ifndef WIRETAPE_EXACT_SLEEP_H
#define WIRETAPE_EXACT_SLEEP_H

#include <stdint.h>

struct exact_sleep {
	uint64_t late_ns; /* how much sleeps are late, on average */
};

/* Sleeps of this thread end as soon as they can from now on. */
void exact_sleep_begin(struct exact_sleep *sleep);

/* Returns what time it is then. */
uint64_t exact_sleep_until(struct exact_sleep *sleep, uint64_t until_ns);

#endif
