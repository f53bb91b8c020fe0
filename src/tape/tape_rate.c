/* SPDX-License-Identifier: BSD-2-Clause */
#include "tape_rate.h"

#include "base/clock.h"

/* Within less a single block would look like much. */
#define LEAST_NS (250 * NS_PER_MS)

void rate_note(struct rate *rate, uint64_t now_ns, uint64_t total)
{
	uint64_t since_ns = now_ns - rate->at_ns, now;

	if (rate->at_ns == 0 || total < rate->total) {
		rate->at_ns = now_ns;
		rate->total = total;
		return;
	}
	if (since_ns < LEAST_NS)
		return;
	now = (uint64_t)((double)(total - rate->total) * NS_PER_SECOND / (double)since_ns);
	rate->per_second -= rate->per_second / 8;
	if (now > rate->per_second)
		rate->per_second = now;
	rate->at_ns = now_ns;
	rate->total = total;
}
