/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets are copied one behind the other, so that those of a batch of small ones stay in the
 * processor's cache.
 */
#include "file_rewrite.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "frames/checksum_fix.h"

/* What follows an Ethernet header is in line with the words of the machine then. */
#define SHIFT 2u
#define LINE  16u

static uint32_t growth_of(const struct file_feed_config *c)
{
	return c->rewrite ? rewrite_growth(c->rewrite) : 0;
}

/* So many bytes a frame is to have. */
static uint32_t length_of(const struct file_feed_config *c, const struct frame *frame)
{
	const bool pad = c->truncated == FILE_TRUNCATED_PAD && frame->len > frame->caplen &&
			 frame->len <= FILE_PAD_MOST;

	return pad ? frame->len : frame->caplen;
}

/* Of a frame, with what it can grow by. */
static size_t room_of(const struct file_feed_config *c, const struct frame *frame)
{
	const size_t bytes = LINE + growth_of(c) + SHIFT + (size_t)length_of(c, frame);

	return bytes + (-bytes & (LINE - 1));
}

static bool make_room(struct file_rewrite *f, const struct frame *frames, uint32_t count)
{
	size_t bytes = 0;
	uint8_t *more;

	for (uint32_t i = 0; i < count; i++)
		bytes += room_of(f->filters->config, &frames[i]);
	if (bytes <= f->bytes)
		return true;
	more = realloc(f->memory, bytes);
	if (!more)
		return false;
	f->memory = more;
	f->bytes = bytes;
	return true;
}

/* To where it can be changed, whole or not. */
static void copy_frame(const struct file_feed_config *c, struct frame *frame, uint8_t *to)
{
	const uint32_t bytes = length_of(c, frame);

	memcpy(to, frame->data, frame->caplen);
	memset(to + frame->caplen, 0, bytes - frame->caplen);
	frame->data = to;
	frame->headroom = growth_of(c);
	frame->caplen = bytes;
	if (c->truncated == FILE_TRUNCATED_SHORT)
		frame->len = bytes;
}

uint32_t file_rewrite_frames(struct file_rewrite *f, struct frame *frames, uint32_t count,
			     int *over)
{
	const struct file_feed_config *c = f->filters->config;
	uint8_t *at;

	if (!c->rewrite && !c->fixes_checksums && c->truncated == FILE_TRUNCATED_STAYS)
		return count;
	if (!make_room(f, frames, count)) {
		*over = error_system(f->error, ENOMEM, "rewrite");
		return 0;
	}
	at = f->memory;
	for (uint32_t i = 0; i < count; i++) {
		struct frame *frame = &frames[i];
		const size_t room = room_of(c, frame);
		const uint32_t interface = f->filters->numbers[frame->interface];
		const uint32_t link_bytes =
			rewrite_link_bytes(reader_interface(c->reader, interface)->dlt);

		copy_frame(c, frame, at + growth_of(c) + SHIFT);
		if (c->rewrite)
			rewrite_frame(c->rewrite, frame, link_bytes);
		if (c->fixes_checksums)
			checksum_fix(frame->data, frame->caplen, link_bytes);
		at += room;
	}
	return count;
}

void file_rewrite_clear(struct file_rewrite *f)
{
	free(f->memory);
	f->memory = NULL;
}
