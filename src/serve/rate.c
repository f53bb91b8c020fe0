/* SPDX-License-Identifier: BSD-2-Clause */
#include "rate.h"

#include "base/clock.h"

#define PIECES 10u

size_t rate_allows(const struct rate *rate, size_t bytes, uint64_t now_ns)
{
	const uint64_t piece = rate->bytes_per_second / PIECES + 1;

	if (rate->bytes_per_second == 0)
		return bytes;
	if (now_ns < rate->ready_ns)
		return 0;
	return bytes < piece ? bytes : (size_t)piece;
}

void rate_take(struct rate *rate, size_t bytes, uint64_t now_ns)
{
	const uint64_t from = rate->ready_ns > now_ns ? rate->ready_ns : now_ns;

	if (rate->bytes_per_second > 0)
		rate->ready_ns =
			from + (uint64_t)((double)bytes / (double)rate->bytes_per_second * 1e9);
}
