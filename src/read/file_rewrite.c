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

/* What follows an Ethernet header is in line with the words of the machine then. */
#define SHIFT 2u
#define LINE  16u

/* Of a frame, with what it can grow by. */
static size_t room_of(const struct rewrite *rules, const struct frame *frame)
{
	const size_t bytes = LINE + rewrite_growth(rules) + SHIFT + (size_t)frame->caplen;

	return bytes + (-bytes & (LINE - 1));
}

static bool make_room(struct file_rewrite *f, const struct frame *frames, uint32_t count)
{
	size_t bytes = 0;
	uint8_t *more;

	for (uint32_t i = 0; i < count; i++)
		bytes += room_of(f->filters->config->rewrite, &frames[i]);
	if (bytes <= f->bytes)
		return true;
	more = realloc(f->memory, bytes);
	if (!more)
		return false;
	f->memory = more;
	f->bytes = bytes;
	return true;
}

uint32_t file_rewrite_frames(struct file_rewrite *f, struct frame *frames, uint32_t count,
			     int *over)
{
	const struct file_feed_config *c = f->filters->config;
	const uint32_t growth = c->rewrite ? rewrite_growth(c->rewrite) : 0;
	uint8_t *at;

	if (!c->rewrite)
		return count;
	if (!make_room(f, frames, count)) {
		*over = error_system(f->error, ENOMEM, "rewrite");
		return 0;
	}
	at = f->memory;
	for (uint32_t i = 0; i < count; i++) {
		struct frame *frame = &frames[i];
		const size_t room = room_of(c->rewrite, frame);
		const uint32_t interface = f->filters->numbers[frame->interface];
		const int dlt = reader_interface(c->reader, interface)->dlt;

		memcpy(at + growth + SHIFT, frame->data, frame->caplen);
		frame->data = at + growth + SHIFT;
		frame->headroom = growth;
		rewrite_frame(c->rewrite, frame, rewrite_link_bytes(dlt));
		at += room;
	}
	return count;
}

void file_rewrite_clear(struct file_rewrite *f)
{
	free(f->memory);
	f->memory = NULL;
}
