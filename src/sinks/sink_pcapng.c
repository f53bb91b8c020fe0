/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng, block by block of the ring: a well-filled TPACKET_V3 block is woven
 * where it lies and written from there; frames of any other are copied into
 * the stage, where a few packets do not cost a page of file.
 */
#include "sinks/sink_pcapng.h"

#include <errno.h>
#include <stdlib.h>

#include "sink_pcapng_parts.h"

/* A block with less in it is gathered by copy: below this a direct write costs
 * more than the copy, and padding would be a large part of the file. */
#define WEAVE_FROM_BYTES (128u * 1024u)

/* Fills the file's last unit up, so that a run can follow. */
static int close_gap(struct sink_pcapng *s)
{
	struct diskio *io = s->recording.io;
	size_t gap = diskio_gap(io);
	int rc;

	if (gap == 0)
		return 0;
	if (gap < PCAPNG_ISB_MIN)
		gap += DISKIO_UNIT;
	rc = diskio_make_room(io, gap);
	if (rc == 0) {
		pcapng_put_isb_sized(diskio_at(io), (uint32_t)gap, s->interface, &s->now);
		rc = diskio_add(io, gap);
	}
	return recording_check(&s->recording, rc);
}

static uint64_t frames_left(const struct sink_pcapng *s)
{
	return s->most > s->recording.taken ? s->most - s->recording.taken : 0;
}

static int sink_pcapng_block_begin(struct sink *sink, struct block *block,
				   const struct stats_snapshot *stats)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;

	s->now = *stats;
	s->interface = block->interface;
	s->before = s->recording.taken;
	/* Near a limit every frame is weighed before it is taken. */
	s->weaving = block->used >= WEAVE_FROM_BYTES && block->frames <= frames_left(s) &&
		     diskio_size(s->recording.io) + block->bytes + DISKIO_UNIT <= s->limit;
	if (!s->weaving || s->recording.failed)
		return s->recording.failed;
	if (close_gap(s) < 0)
		return s->recording.failed;
	weave_begin(&s->weave, block->base, block->bytes);
	return 0;
}

/* An EPB across the stage's end. */
static int gather_in_parts(struct diskio *io, const struct frame *frame)
{
	uint8_t around[PCAPNG_EPB_OVERHEAD_MAX];
	int rc;

	pcapng_put_epb_head(around, frame);
	rc = diskio_put(io, around, PCAPNG_EPB_HEADER_BYTES);
	if (rc == 0)
		rc = diskio_put(io, frame->data, frame->caplen);
	if (rc == 0)
		rc = diskio_put(io, around, pcapng_put_epb_tail(around, frame));
	return rc;
}

/* A frame by copy. */
static int gather(struct sink_pcapng *s, const struct frame *frame)
{
	struct diskio *io = s->recording.io;
	size_t bytes = pcapng_epb_bytes(frame);
	int rc;

	if (diskio_size(io) + bytes > s->limit || frames_left(s) == 0)
		return SINK_FULL;
	if (pcapng_put_epb(diskio_at(io), diskio_room(io), frame) == bytes) {
		rc = diskio_add(io, bytes);
	} else {
		recording_note(&s->recording, diskio_size(io));
		rc = gather_in_parts(io, frame);
	}
	if (rc == 0)
		s->recording.taken++;
	return recording_check(&s->recording, rc);
}

/* A frame with no room around it: what is woven so far moves to the stage. No
 * frame the kernel lays out is like that. */
static int unweave(struct sink_pcapng *s, const struct frame *next)
{
	size_t bytes = weave_end(&s->weave, 4, next->data);

	s->weaving = false;
	return recording_check(&s->recording, diskio_put(s->recording.io, s->weave.run, bytes));
}

static int sink_pcapng_frames(struct sink *sink, struct frame *frames, uint32_t count,
			      uint32_t *taken)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	int rc = s->recording.failed;

	*taken = 0;
	if (s->weaving && rc == 0) {
		*taken = weave_frames(&s->weave, frames, count, &s->now);
		s->recording.taken += *taken;
		if (__builtin_expect(*taken == count, 1))
			return 0;
		rc = unweave(s, &frames[*taken]);
	}
	while (*taken < count && rc == 0) {
		rc = gather(s, &frames[*taken]);
		*taken += rc == 0;
	}
	return rc;
}

/* The same of a copy. */
static int copy_frames(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	int rc = s->recording.failed;

	*taken = 0;
	while (*taken < count && rc == 0) {
		rc = sink_pcapng_copy(s, &frames[*taken]);
		*taken += rc == 0;
	}
	return rc;
}

static void sink_pcapng_limit(struct sink *sink, uint64_t max_bytes, uint64_t max_packets)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;

	s->limit = UINT64_MAX;
	if (max_bytes)
		s->limit = max_bytes > s->closing ? max_bytes - s->closing : 0;
	s->most = max_packets ? max_packets : UINT64_MAX;
	diskio_limit(s->recording.io, max_bytes);
}

static int sink_pcapng_note(struct sink *sink, uint32_t interface,
			    const struct stats_snapshot *stats, const char *text)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	struct diskio *io = s->recording.io;
	int rc = s->recording.failed;

	/* Packets are worth more than notes. */
	if (rc < 0 || diskio_size(io) + PCAPNG_ISB_MAX + PCAPNG_COMMENT_MAX > s->limit)
		return rc;
	rc = diskio_make_room(io, PCAPNG_ISB_MAX + PCAPNG_COMMENT_MAX);
	if (rc == 0)
		rc = diskio_add(io, pcapng_put_isb(diskio_at(io), diskio_room(io), interface, stats,
						   text));
	s->base.dirty = true;
	return recording_check(&s->recording, rc);
}

static int sink_pcapng_flush(struct sink *sink)
{
	return recording_push(&((struct sink_pcapng *)sink)->recording);
}

static int sink_pcapng_block_end(struct sink *sink, struct block *block)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	struct diskio *io = s->recording.io;
	size_t bytes;

	if (s->recording.failed)
		return s->recording.failed;
	if (s->weaving) {
		bytes = weave_end(&s->weave, diskio_align(io), block->base + block->bytes);
		s->weaving = false;
		if (bytes > 0 &&
		    recording_check(&s->recording, diskio_write_run(io, s->weave.run, bytes, block,
								    s->before)) < 0)
			return s->recording.failed;
		recording_note(&s->recording, diskio_size(io));
	}
	if (s->push)
		return sink_pcapng_flush(sink);
	s->base.wants_prepare |= diskio_wants_space(s->recording.io);
	s->base.out = diskio_written(io);
	s->base.dirty = diskio_size(io) > s->base.out;
	return 0;
}

static int sink_pcapng_reap(struct sink *sink)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;

	return recording_check(&s->recording, diskio_reap(s->recording.io));
}

static void sink_pcapng_hurry(struct sink *sink)
{
	diskio_hurry(((struct sink_pcapng *)sink)->recording.io);
}

static void sink_pcapng_abandon(struct sink *sink)
{
	diskio_abandon(((struct sink_pcapng *)sink)->recording.io);
}

static void sink_pcapng_prepare(struct sink *sink)
{
	diskio_prepare(((struct sink_pcapng *)sink)->recording.io);
}

static int sink_pcapng_reserve(struct sink *sink, uint64_t end)
{
	return diskio_reserve(((struct sink_pcapng *)sink)->recording.io, end);
}

static uint64_t sink_pcapng_position(const struct sink *sink)
{
	return diskio_size(((const struct sink_pcapng *)sink)->recording.io);
}

static bool sink_pcapng_idle(const struct sink *sink)
{
	return diskio_idle(((const struct sink_pcapng *)sink)->recording.io);
}

/* What closes an interface; the last of them tells of the whole file. */
static size_t put_closing(struct sink_pcapng *s, uint32_t interface,
			  const struct stats_snapshot *stats, bool last)
{
	struct diskio *io = s->recording.io;
	uint8_t *at = diskio_at(io);
	size_t bytes = pcapng_put_isb(at, diskio_room(io), interface, stats, NULL);

	return last && bytes > 0 && s->base.order
		       ? pcapng_add_order(at, diskio_room(io), diskio_size(io), s->base.order)
		       : bytes;
}

static int sink_pcapng_finish(struct sink *sink, const struct stats_snapshot *stats,
			      uint32_t interfaces, uint64_t *unwritten)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	struct diskio *io = s->recording.io;

	diskio_leave_queue(io);
	for (uint32_t i = 0; i < interfaces && !s->no_counts && !s->recording.failed; i++) {
		int rc = diskio_make_room(io, PCAPNG_ISB_MAX + PCAPNG_ORDER_BYTES);

		if (rc == 0)
			rc = diskio_add(io, put_closing(s, i, &stats[i], i + 1 == interfaces));
		recording_check(&s->recording, rc);
	}
	if (s->copies)
		sink_pcapng_settle_copy(s);
	return recording_finish(&s->recording, unwritten);
}

static void sink_pcapng_close(struct sink *sink)
{
	recording_close(&((struct sink_pcapng *)sink)->recording);
	sink_pcapng_free_copy((struct sink_pcapng *)sink);
	free(sink);
}

/* What is of files costs frames of a ring nothing. */
#define OPS(take)                                                                                 \
	.frames = take, .block_begin = sink_pcapng_block_begin,                                   \
	.block_end = sink_pcapng_block_end, .limit = sink_pcapng_limit, .note = sink_pcapng_note, \
	.add_interface = sink_pcapng_add_interface, .add_block = sink_pcapng_add_block,           \
	.flush = sink_pcapng_flush, .reap = sink_pcapng_reap, .hurry = sink_pcapng_hurry,         \
	.abandon = sink_pcapng_abandon, .prepare = sink_pcapng_prepare,                           \
	.reserve = sink_pcapng_reserve, .position = sink_pcapng_position,                         \
	.idle = sink_pcapng_idle, .finish = sink_pcapng_finish, .close = sink_pcapng_close

static const struct sink_ops ring_ops = {OPS(sink_pcapng_frames)};
static const struct sink_ops copy_ops = {OPS(copy_frames)};

int sink_pcapng_open(const struct sink_pcapng_config *config, struct sink **sink, struct error *err)
{
	struct sink_pcapng *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return error_system(err, ENOMEM, "open %s", outfile_name(config->disk.file));
	s->base.wake_fd = -1;
	s->base.ops = config->copies ? &copy_ops : &ring_ops;
	s->push = config->unbuffered || !outfile_is_regular(config->disk.file);
	s->no_counts = config->no_counts || config->copies;
	s->copies = config->copies;
	s->left = config->left;
	if (!s->no_counts)
		s->closing = (uint64_t)config->interface_count * PCAPNG_ISB_MAX +
			     (config->section.segment ? PCAPNG_ORDER_BYTES : 0);
	rc = recording_open(&s->recording, &s->base, &config->disk, TRIM_PCAPNG, err);
	if (rc < 0)
		goto out;
	sink_pcapng_limit(&s->base, config->max_bytes, config->max_packets);
	s->base.event_fd = diskio_fd(s->recording.io);
	rc = sink_pcapng_write_headers(s, config);
	if (rc < 0) {
		if (err)
			*err = s->base.error;
		goto out;
	}
	if (config->max_bytes && diskio_size(s->recording.io) + s->closing > config->max_bytes)
		rc = error_usage(err,
				 "a file size limit of %llu bytes has no room for the file's "
				 "headers",
				 (unsigned long long)config->max_bytes);
out:
	if (rc < 0) {
		s->recording.file = NULL; /* still the caller's */
		sink_pcapng_close(&s->base);
		return rc;
	}
	*sink = &s->base;
	return 0;
}
