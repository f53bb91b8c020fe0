/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times in 128 bits, in which nothing that a file can say overflows.
 */
#include "frames/pcapng_ticks.h"

#include "base/clock.h"

#define TSRESOL_TWO 0x80u

/* Powers of ten that fit in 64 bits, and all shifts of 128 that leave something. */
#define TENS_MOST   19u
#define SHIFTS_MOST 127u

/* Shifts that leave a time of 64 bits within 128. */
#define SHIFTS_BACK 63u

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

struct pcapng_ticks pcapng_ticks_make(uint8_t resolution, int64_t offset_s)
{
	struct pcapng_ticks ticks = {.multiply = NS_PER_SECOND, .divide = 1, .offset_s = offset_s};
	unsigned power = resolution & ~TSRESOL_TWO;

	ticks.plain = resolution == 9 && offset_s == 0;
	if (resolution & TSRESOL_TWO) {
		ticks.divide = 0;
		ticks.shift = (uint8_t)(power > SHIFTS_MOST ? SHIFTS_MOST : power);
		return ticks;
	}
	for (; power > 0 && ticks.multiply > 1; power--)
		ticks.multiply /= 10;
	/* Finer than that 64 bits do not last for a nanosecond. */
	if (power > TENS_MOST) {
		ticks.multiply = 0;
		power = 0;
	}
	for (; power > 0; power--)
		ticks.divide *= 10;
	return ticks;
}

int64_t pcapng_ticks_convert(const struct pcapng_ticks *ticks, uint64_t time, bool *clipped)
{
	wide ns = (wide)time * ticks->multiply;
	signed_wide from_1970;

	if (ticks->divide > 1)
		ns /= ticks->divide;
	else if (ticks->divide == 0)
		ns >>= ticks->shift;
	from_1970 = (signed_wide)ns + (signed_wide)ticks->offset_s * (int64_t)NS_PER_SECOND;
	if (from_1970 >= INT64_MIN && from_1970 <= INT64_MAX)
		return (int64_t)from_1970;
	*clipped = true;
	return from_1970 < 0 ? INT64_MIN : INT64_MAX;
}

uint64_t pcapng_ticks_of(const struct pcapng_ticks *ticks, int64_t ns)
{
	const signed_wide since =
		(signed_wide)ns - (signed_wide)ticks->offset_s * (int64_t)NS_PER_SECOND;
	wide time = (wide)since;

	if (since < 0 || ticks->multiply == 0 || ticks->shift > SHIFTS_BACK)
		return 0;
	if (time > UINT64_MAX)
		return UINT64_MAX;
	if (ticks->divide == 0)
		time = (time << ticks->shift) / ticks->multiply;
	else
		time = time / ticks->multiply * ticks->divide;
	return time > UINT64_MAX ? UINT64_MAX : (uint64_t)time;
}
