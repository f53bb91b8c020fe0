/* SPDX-License-Identifier: BSD-2-Clause */
#include "exact_sleep.h"

#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"

/* A sleep ends so much before the time, at least and at most: what sleeps have been
 * late by, and half as much again. */
#define SPIN_LEAST_NS UINT64_C(2000)
#define SPIN_MOST_NS  UINT64_C(150000)

void exact_sleep_begin(struct exact_sleep *s)
{
	prctl(PR_SET_TIMERSLACK, 1ul);
	s->late_ns = SPIN_MOST_NS / 3;
}

/* Sleeps until shortly before a time, and learns from it. */
static void sleep_towards(struct exact_sleep *s, uint64_t until)
{
	uint64_t spin = s->late_ns + s->late_ns / 2 + SPIN_LEAST_NS, late, wake;
	struct timespec time;

	if (spin > SPIN_MOST_NS)
		spin = SPIN_MOST_NS;
	wake = until - spin;
	time = (struct timespec){(time_t)(wake / NS_PER_SECOND), (long)(wake % NS_PER_SECOND)};
	if (clock_monotonic() >= wake ||
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL))
		return;
	late = clock_monotonic() - wake;
	/* One that was very late says nothing of the next. */
	if (late > SPIN_MOST_NS)
		late = SPIN_MOST_NS;
	s->late_ns += (late >> 4) - (s->late_ns >> 4);
}

uint64_t exact_sleep_until(struct exact_sleep *s, uint64_t until_ns)
{
	uint64_t now = clock_monotonic();

	if (now < until_ns)
		sleep_towards(s, until_ns);
	while (now < until_ns)
		now = clock_monotonic();
	return now;
}
