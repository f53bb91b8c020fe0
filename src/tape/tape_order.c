/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the packets of a segment lie in time, for those who read it by time: the ring thread
 * notes it packet by packet; the keeper writes it into the manifest, at a segment's end and
 * now and then before that.
 */
#include "tape_keeper.h"

/* What is not told is read as a whole: at most this, or that part of a segment. */
#define STEP_BYTES (UINT64_C(32) << 20)
#define STEP_PART  16u

void segment_begin_times(struct segment *segment)
{
	const struct time_order none = TIME_ORDER_NONE;

	atomic_init(&segment->least_ns, none.least_ns);
	atomic_init(&segment->most_ns, none.most_ns);
}

struct time_order segment_times(const struct segment *segment)
{
	return (struct time_order){
		.known = true,
		.least_ns = atomic_load_explicit(&segment->least_ns, memory_order_relaxed),
		.most_ns = atomic_load_explicit(&segment->most_ns, memory_order_relaxed),
		.fall_ns = atomic_load_explicit(&segment->fall_ns, memory_order_relaxed),
	};
}

void segment_note_times(struct segment *segment, const struct frame *frames, uint32_t count)
{
	struct time_order times = segment_times(segment);

	for (uint32_t i = 0; i < count; i++)
		time_order_add(&times, frames[i].time_ns);
	atomic_store_explicit(&segment->least_ns, times.least_ns, memory_order_relaxed);
	atomic_store_explicit(&segment->most_ns, times.most_ns, memory_order_relaxed);
	atomic_store_explicit(&segment->fall_ns, times.fall_ns, memory_order_relaxed);
}

void keeper_tell_order(struct keeper *k, struct segment *segment)
{
	/* What is read after it is about these bytes, and maybe some more. */
	const uint64_t bytes = atomic_load_explicit(&segment->ordered_bytes, memory_order_acquire);
	const struct time_order times = segment_times(segment);
	uint64_t step = segment->told_bytes / STEP_PART;

	if (step < STEP_BYTES)
		step = STEP_BYTES;
	if (bytes < segment->told_bytes + step)
		return;
	segment->told_bytes = bytes;
	tape_tell_order(k->tape, &segment->file, bytes, &times);
}
