/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of files: packets with the options they had, and blocks that are neither packet,
 * section nor interface. Headers are here as well, those of a ring's file too.
 *
 * Nothing of a ring comes here, where memory must not be asked for: who reads a file
 * has done so as well.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng_copy.h"
#include "sink_pcapng_parts.h"

/* --- headers ----------------------------------------------------------------------- */

/* One of the two, in a buffer with room for it. Returns its bytes. */
struct header {
	const struct pcapng_section *section;
	const struct pcapng_interface *interface; /* or null */
};

static size_t put_header(uint8_t *at, size_t room, const struct header *header)
{
	return header->interface ? pcapng_put_idb(at, room, header->interface)
				 : pcapng_put_shb(at, room, header->section);
}

/* Into the stage, or where it is too large for that, by way of memory of its own. 0, SINK_FULL
 * or -errno. */
static int write_header(struct sink_pcapng *s, const struct header *header)
{
	struct diskio *io = s->recording.io;
	const size_t most = header->interface ? pcapng_idb_most(header->interface)
					      : pcapng_shb_most(header->section);
	uint8_t *large = NULL, *at;
	size_t bytes;
	int rc = 0;

	if (most > DISKIO_STAGE_BYTES / 2)
		large = malloc(most);
	else
		rc = diskio_make_room(io, most);
	if (rc < 0 || (most > DISKIO_STAGE_BYTES / 2 && !large))
		return rc < 0 ? rc : -ENOMEM;
	at = large ? large : diskio_at(io);
	bytes = put_header(at, large ? most : diskio_room(io), header);
	if (diskio_size(io) + bytes > s->limit)
		rc = SINK_FULL;
	else
		rc = large ? diskio_put(io, large, bytes) : diskio_add(io, bytes);
	free(large);
	return rc;
}

/* Remembers what a copy has to know of an interface. 0 or -ENOMEM. */
static int know_interface(struct sink_pcapng *s, const struct pcapng_interface *interface)
{
	const uint32_t room = s->interfaces + 1;
	struct pcapng_ticks *ticks = reallocarray(s->ticks, room, sizeof(*ticks));
	uint64_t *headers;

	if (ticks)
		s->ticks = ticks;
	headers = reallocarray(s->headers, room, sizeof(*headers));
	if (headers)
		s->headers = headers;
	if (!ticks || !headers)
		return -ENOMEM;
	ticks[s->interfaces] = interface->ticks;
	headers[s->interfaces++] = diskio_size(s->recording.io);
	return 0;
}

static int write_interface(struct sink_pcapng *s, const struct pcapng_interface *interface)
{
	struct pcapng_interface said = *interface;
	const struct header header = {.interface = &said};
	int rc = 0;

	if (s->copies) {
		said.snaplen = snaplen_say(&s->snaplen, said.snaplen);
		rc = know_interface(s, interface);
	}
	if (rc == 0)
		rc = write_header(s, &header);
	if (s->copies && rc != 0 && s->interfaces > 0)
		s->interfaces--;
	return rc;
}

int sink_pcapng_write_headers(struct sink_pcapng *s, const struct sink_pcapng_config *config)
{
	const struct header header = {.section = &config->section};
	const uint64_t limit = s->limit;
	int rc;

	/* Whether there is room for them is judged once. */
	s->limit = UINT64_MAX;
	for (uint32_t i = 0; s->copies && i < config->interface_count; i++)
		snaplen_say(&s->snaplen, config->interfaces[i].snaplen);
	s->snaplen.written = 0;
	rc = write_header(s, &header);
	for (uint32_t i = 0; i < config->interface_count && rc == 0; i++)
		rc = write_interface(s, &config->interfaces[i]);
	s->limit = limit;
	if (recording_check(&s->recording, rc) < 0)
		return rc;
	return recording_settle(&s->recording);
}

int sink_pcapng_add_interface(struct sink *sink, const struct pcapng_interface *interface)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	int rc = s->recording.failed;

	if (rc == 0)
		rc = write_interface(s, interface);
	if (rc == SINK_FULL)
		return rc;
	s->base.dirty = true;
	return recording_check(&s->recording, rc);
}

/* --- what is copied ---------------------------------------------------------------- */

static void tell_left(const struct sink_pcapng *s, unsigned left)
{
	if (left != 0 && s->left)
		atomic_fetch_or_explicit(s->left, left, memory_order_relaxed);
}

int sink_pcapng_add_block(struct sink *sink, const struct pcapng_block *block)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	struct diskio *io = s->recording.io;

	if (s->recording.failed)
		return s->recording.failed;
	if (diskio_size(io) + block->count > s->limit) {
		if (block->lasting)
			return SINK_FULL;
		/* Packets are worth more. */
		tell_left(s, PCAPNG_LEFT_ROOM);
		return 0;
	}
	s->base.dirty = true;
	return recording_check(&s->recording, diskio_put(io, block->bytes, block->count));
}

/* With room for so many bytes; null without memory. */
static uint8_t *scratch(struct sink_pcapng *s, size_t bytes)
{
	uint8_t *more = bytes > s->scratch_bytes ? realloc(s->scratch, bytes) : s->scratch;

	if (bytes > s->scratch_bytes && more) {
		s->scratch = more;
		s->scratch_bytes = bytes;
	}
	return more;
}

/* By way of memory of its own, as the stage ends somewhere in it. */
static int copy_in_parts(struct sink_pcapng *s, const struct frame *frame,
			 const struct pcapng_ticks *ticks, unsigned *left)
{
	struct diskio *io = s->recording.io;
	uint8_t *tail = scratch(s, pcapng_copy_tail_most(frame)), head[PCAPNG_EPB_HEADER_BYTES];
	size_t bytes;
	int rc;

	if (!tail)
		return -ENOMEM;
	bytes = pcapng_copy_tail(tail, frame, left);
	if (diskio_size(io) + sizeof(head) + frame->caplen + bytes > s->limit)
		return SINK_FULL;
	recording_note(&s->recording, diskio_size(io));
	pcapng_copy_head(head, frame, ticks, bytes);
	rc = diskio_put(io, head, sizeof(head));
	if (rc == 0)
		rc = diskio_put(io, frame->data, frame->caplen);
	return rc == 0 ? diskio_put(io, tail, bytes) : rc;
}

int sink_pcapng_copy(struct sink_pcapng *s, const struct frame *frame)
{
	const size_t front = PCAPNG_EPB_HEADER_BYTES + (size_t)frame->caplen;
	const struct pcapng_ticks *ticks = &s->ticks[frame->interface];
	struct diskio *io = s->recording.io;
	uint8_t *at = diskio_at(io);
	unsigned left = 0;
	size_t tail;
	int rc;

	if (s->recording.taken >= s->most)
		return SINK_FULL;
	if (front + pcapng_copy_tail_most(frame) <= diskio_room(io)) {
		memcpy(at + PCAPNG_EPB_HEADER_BYTES, frame->data, frame->caplen);
		tail = pcapng_copy_tail(at + front, frame, &left);
		pcapng_copy_head(at, frame, ticks, tail);
		rc = diskio_size(io) + front + tail > s->limit ? SINK_FULL
							       : diskio_add(io, front + tail);
	} else {
		rc = copy_in_parts(s, frame, ticks, &left);
	}
	if (rc == SINK_FULL)
		return rc;
	tell_left(s, left);
	snaplen_take(&s->snaplen, frame->caplen);
	s->recording.taken += rc == 0;
	return recording_check(&s->recording, rc);
}

void sink_pcapng_settle_copy(struct sink_pcapng *s)
{
	const uint32_t right = snaplen_right(&s->snaplen);

	if (!snaplen_is_wrong(&s->snaplen))
		return;
	for (uint32_t i = 0; i < s->interfaces; i++)
		recording_amend(&s->recording, s->headers[i] + PCAPNG_IDB_SNAPLEN_AT, right);
}

void sink_pcapng_free_copy(struct sink_pcapng *s)
{
	free(s->ticks);
	free(s->headers);
	free(s->scratch);
}
