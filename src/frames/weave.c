/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The weaver. Each frame is handled in two halves: its EPB header when it
 * comes, its options and trailing length when the next one comes or the run
 * ends, because only then is it known how far they reach, and because what
 * they overwrite is the next frame's kernel header.
 */
#include "frames/weave.h"

#include <stdbool.h>
#include <string.h>

#include "frames/pcapng.h"
#include "store.h"

#define TRAILER_BYTES       4u  /* a block's closing length */
#define FLAGS_BYTES         8u  /* epb_flags with its option header */
#define COUNT_BYTES         12u /* a 64-bit option with its header */
#define OPTION_HEADER_BYTES 4u
#define TRAILER_ROOM        8u  /* padding and trailing length, at most, and still aligned */
#define OPTIONS_USUAL       48u /* least room for options in the kernel's usual gap */

static uint8_t *store_option(uint8_t *at, uint16_t code, uint16_t bytes)
{
	return store16(store16(at, code), bytes);
}

static uint8_t *store_count(uint8_t *at, uint16_t code, uint64_t count)
{
	return store64(store_option(at, code, 8), count);
}

/* The place behind packet data where an EPB's options begin. */
static inline uint8_t *options_at(uint8_t *tail)
{
	return (uint8_t *)(((uintptr_t)tail + 3) & ~(uintptr_t)3);
}

/*
 * Writes what follows the open EPB's data, up to next: padding, as many
 * options as there is room for, the trailing length.
 */
static void close_epb(struct weave *weave, uint8_t *next)
{
	const struct frame *frame = weave->open;
	uint8_t *at = options_at(weave->tail);
	uint8_t *end = next - TRAILER_BYTES;
	uint32_t bytes = (uint32_t)(next - weave->epb);

	store32(weave->epb + 4, bytes);
	memset(weave->tail, 0, (size_t)(at - weave->tail));
	if ((size_t)(end - at) >= FLAGS_BYTES + 4)
		at = store32(store_option(at, PCAPNG_EPB_FLAGS, 4),
			     pcapng_epb_flags(frame->packet_type));
	if (frame->lost && (size_t)(end - at) >= COUNT_BYTES + 4)
		at = store_count(at, PCAPNG_EPB_DROPCOUNT, frame->lost);
	if ((size_t)(end - at) >= COUNT_BYTES + 4)
		at = store_count(at, PCAPNG_EPB_PACKETID, frame->id);
	pcapng_fill_options(at, end);
	store32(end, bytes);
}

/*
 * The same where the kernel left the usual gap, of which options bytes are
 * for options, OPTIONS_USUAL to 8 more, and nothing was lost: then every store
 * has a fixed place.
 */
static inline void close_epb_usual(uint8_t *epb, uint8_t *tail, const struct frame *frame,
				   uint8_t *next, uint32_t options)
{
	uint32_t bytes = (uint32_t)(next - epb);
	uint8_t *at = options_at(tail);

	store32(epb + 4, bytes);
	store32(tail, 0); /* padding; the rest is overwritten */
	at = store32(store_option(at, PCAPNG_EPB_FLAGS, 4), pcapng_epb_flags(frame->packet_type));
	at = store_count(at, PCAPNG_EPB_PACKETID, frame->id);
	options -= FLAGS_BYTES + COUNT_BYTES + OPTION_HEADER_BYTES; /* 24 to 32 */
	at = store_option(at, PCAPNG_FILLER, (uint16_t)(options - PCAPNG_OPT_END_BYTES));
	memset(at, 0, 24);
	store64(next - TRAILER_BYTES - 8, 0);
	store32(next - TRAILER_BYTES, bytes);
}

/* All of an EPB in front of its data but its length, which comes last. */
static inline void open_epb(uint8_t *epb, const struct frame *frame)
{
	store32(epb, PCAPNG_BLOCK_EPB);
	store32(epb + 8, frame->interface);
	store64(epb + 12, pcapng_time((uint64_t)frame->time_ns));
	store32(store32(epb + 20, frame->caplen), frame->len);
}

void weave_begin(struct weave *weave, uint8_t *block, size_t bytes)
{
	*weave = (struct weave){
		.run = block + WEAVE_RUN_OFFSET,
		.end = block + bytes,
	};
}

/* Least address an EPB may start at after what is there already. */
static uint8_t *floor_of(const struct weave *weave)
{
	return weave->epb ? options_at(weave->tail) + TRAILER_BYTES : weave->run + PCAPNG_ISB_MIN;
}

/*
 * One frame, whatever it is like: closes the EPB before it, or starts the run
 * with its ISB, and puts its own EPB header in front of its data. False where
 * that has no room.
 */
static bool weave_any(struct weave *weave, struct frame *frame, const struct stats_snapshot *stats)
{
	/* pcapng wants it aligned; no frame of an Ethernet device is off. */
	size_t move = (uintptr_t)frame->data & 3;
	uint8_t *epb;

	/* A frame that reaches the end of the block so closely that its trailer
	 * does not fit moves left too. */
	if (frame->caplen + TRAILER_ROOM > (size_t)(weave->end - frame->data))
		move += TRAILER_ROOM;
	epb = frame->data - move - PCAPNG_EPB_HEADER_BYTES;
	if (epb < floor_of(weave))
		return false;
	if (weave->epb)
		close_epb(weave, epb);
	else
		pcapng_put_isb_sized(weave->run, (uint32_t)(epb - weave->run), frame->interface,
				     stats);
	if (move > 0)
		frame->data = memmove(frame->data - move, frame->data, frame->caplen);
	open_epb(epb, frame);
	weave->epb = epb;
	weave->tail = frame->data + frame->caplen;
	weave->open = frame;
	return true;
}

uint32_t weave_frames(struct weave *weave, struct frame *frames, uint32_t count,
		      const struct stats_snapshot *stats)
{
	const struct frame *open = weave->open;
	uint8_t *epb = weave->epb, *tail = weave->tail, *const end = weave->end;
	struct frame *frame = frames;

	for (; frame < frames + count; frame++) {
		uint8_t *next = frame->data - PCAPNG_EPB_HEADER_BYTES;
		/* Before the first frame tail is null, and this out of range. */
		size_t options = (size_t)(next - TRAILER_BYTES - options_at(tail));

		if (__builtin_expect(options - OPTIONS_USUAL <= 8 && open->lost == 0 &&
					     ((uintptr_t)next & 3) == 0 &&
					     frame->caplen + TRAILER_ROOM <=
						     (size_t)(end - frame->data),
				     1)) {
			close_epb_usual(epb, tail, open, next, (uint32_t)options);
			open_epb(next, frame);
			epb = next;
			tail = frame->data + frame->caplen;
			open = frame;
			continue;
		}
		weave->epb = epb;
		weave->tail = tail;
		weave->open = open;
		if (!weave_any(weave, frame, stats))
			break;
		epb = weave->epb;
		tail = weave->tail;
		open = frame;
	}
	weave->epb = epb;
	weave->tail = tail;
	/* The caller's frames do not last. */
	if (open && open != &weave->last)
		weave->last = *open;
	weave->open = open ? &weave->last : NULL;
	return (uint32_t)(frame - frames);
}

static uint8_t *align_up(uintptr_t address, size_t align)
{
	return (uint8_t *)((address + align - 1) & ~(uintptr_t)(align - 1));
}

size_t weave_end(struct weave *weave, size_t align, const uint8_t *limit)
{
	uintptr_t least;
	uint8_t *end;

	if (!weave->epb)
		return 0;
	least = (uintptr_t)options_at(weave->tail) + TRAILER_BYTES;
	/* The last frame has all its options, unless the block ends before. */
	end = align_up(least + OPTIONS_USUAL, align);
	if (end > limit)
		end = align_up(least, align);
	close_epb(weave, end);
	return (size_t)(end - weave->run);
}
