/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets libpcap's dumper write into a stream of our own making, whose buffer
 * is the stage of diskio: what the dumper has formatted there goes out from
 * there. The dumper's functions return nothing, so what goes wrong is noted
 * where the stream writes.
 */
#include "sinks/sink_pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng.h"
#include "frames/pcapng_copy.h"
#include "recording.h"
#include "snaplen.h"

/* A record's header in the file; struct pcap_pkthdr is larger. */
#define RECORD_BYTES 16u

#define ACROSS_BYTES (DISKIO_STAGE_BYTES / 2 + DISKIO_UNIT)

struct sink_pcap {
	struct sink base;
	struct recording recording;
	pcap_t *pcap;
	FILE *stream;
	uint8_t *buffer;        /* of the stream, in the stage */
	uint8_t *across;        /* for a record that the stage ends in the middle of */
	uint32_t tick_ns;       /* one unit of a stamp's fraction */
	bool push;              /* at the end of every block */
	uint64_t limit;         /* of the file's bytes */
	uint64_t most;          /* frames */
	uint64_t end;           /* of the last record taken, in the file */
	struct snaplen snaplen; /* of a copy */
	_Atomic unsigned *left; /* likewise, or null */
};

/*
 * The stream's write: mostly the bytes are in the stage already. Its chunks
 * end anywhere, so the boundary to remember is the end of the last record
 * that was complete before. Once it has failed nothing more is let through:
 * the rest would be misplaced.
 */
static ssize_t stream_write(void *cookie, const char *data, size_t bytes)
{
	struct sink_pcap *s = cookie;
	struct diskio *io = s->recording.io;
	size_t left = bytes, part;

	while (left > 0 && !s->recording.failed) {
		part = left < diskio_room(io) ? left : diskio_room(io);
		if ((const uint8_t *)data != diskio_at(io))
			memmove(diskio_at(io), data, part);
		recording_check(&s->recording, diskio_add(io, part));
		data += part;
		left -= part;
	}
	if (s->recording.failed)
		return 0;
	recording_note(&s->recording, s->end);
	return (ssize_t)bytes;
}

/* Empties the stream, and gives it another buffer. */
static void set_buffer(struct sink_pcap *s, uint8_t *buffer, size_t bytes)
{
	fflush_unlocked(s->stream);
	/* This fails, there is nothing to seek, but it makes the stream leave its
	 * writing state. In that state setvbuf would leave it without room, and
	 * every byte would be written over the one before. */
	fseeko(s->stream, 0, SEEK_CUR);
	setvbuf(s->stream, (char *)buffer, _IOFBF, bytes);
}

/* After a write the stream's buffer no longer lies where the stage goes on. */
static void follow_stage(struct sink_pcap *s)
{
	fflush_unlocked(s->stream);
	s->buffer = diskio_at(s->recording.io);
	set_buffer(s, s->buffer, diskio_room(s->recording.io));
}

static int sink_pcap_block_begin(struct sink *sink, struct block *block,
				 const struct stats_snapshot *stats)
{
	(void)block;
	(void)stats;
	return ((struct sink_pcap *)sink)->recording.failed;
}

static int dump(struct sink_pcap *s, const struct frame *frame)
{
	const uint64_t time_ns = (uint64_t)frame->time_ns;
	const struct pcap_pkthdr header = {
		.ts = {.tv_sec = (time_t)(time_ns / 1000000000u),
		       .tv_usec = (suseconds_t)(time_ns % 1000000000u / s->tick_ns)},
		.caplen = frame->caplen,
		.len = frame->len,
	};
	const uint64_t end = s->end + RECORD_BYTES + frame->caplen;
	bool across;

	if (s->recording.failed)
		return s->recording.failed;
	if (end > s->limit || s->recording.taken >= s->most)
		return SINK_FULL;
	/* Of more the stream would pass a part around its buffer, far enough into
	 * the stage to reach where the buffer lies. No ring has such frames. */
	if (frame->caplen > DISKIO_STAGE_BYTES / 2)
		return recording_check(&s->recording, -EMSGSIZE);
	/* A stage that is full may be on its way to the disk: the stream must not write
	 * into it any more, which it would with the rest of a record. */
	across = end - diskio_size(s->recording.io) > diskio_room(s->recording.io);
	if (across)
		set_buffer(s, s->across, ACROSS_BYTES);
	pcap_dump((u_char *)s->stream, &header, frame->data);
	if (across || s->buffer != diskio_at(s->recording.io))
		follow_stage(s);
	if (s->recording.failed)
		return s->recording.failed;
	s->end = end;
	s->recording.taken++;
	return 0;
}

static int sink_pcap_frames(struct sink *sink, struct frame *frames, uint32_t count,
			    uint32_t *taken)
{
	int rc = 0;

	*taken = 0;
	while (*taken < count && rc == 0) {
		rc = dump((struct sink_pcap *)sink, &frames[*taken]);
		*taken += rc == 0;
	}
	return rc;
}

/* The same of a copy. */
static int copy_frames(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;
	int rc = 0;

	*taken = 0;
	while (*taken < count && rc == 0) {
		const struct frame *frame = &frames[*taken];

		rc = dump(s, frame);
		if (rc != 0)
			break;
		++*taken;
		snaplen_take(&s->snaplen, frame->caplen);
		if (s->left && (frame->lost > 0 || pcapng_frame_has_options(frame)))
			atomic_fetch_or_explicit(s->left, PCAPNG_LEFT_PACKETS,
						 memory_order_relaxed);
	}
	return rc;
}

/* One more interface has no header of its own. */
static int sink_pcap_add_interface(struct sink *sink, const struct pcapng_interface *interface)
{
	snaplen_say(&((struct sink_pcap *)sink)->snaplen, interface->snaplen);
	return 0;
}

static void sink_pcap_limit(struct sink *sink, uint64_t max_bytes, uint64_t max_packets)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	s->limit = max_bytes ? max_bytes : UINT64_MAX;
	s->most = max_packets ? max_packets : UINT64_MAX;
	diskio_limit(s->recording.io, max_bytes);
}

static int sink_pcap_flush(struct sink *sink)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	if (s->recording.failed)
		return s->recording.failed;
	follow_stage(s);
	return recording_push(&s->recording);
}

static int sink_pcap_block_end(struct sink *sink, struct block *block)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	(void)block;
	if (s->push)
		return sink_pcap_flush(sink);
	atomic_store_explicit(&s->base.bytes, s->end, memory_order_relaxed);
	s->base.wants_prepare |= diskio_wants_space(s->recording.io);
	s->base.out = diskio_written(s->recording.io);
	s->base.dirty = s->end > s->base.out;
	return s->recording.failed;
}

static int sink_pcap_reap(struct sink *sink)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;
	int rc = recording_check(&s->recording, diskio_reap(s->recording.io));

	/* The stream has more than the stage knows of. */
	atomic_store_explicit(&s->base.bytes, s->end, memory_order_relaxed);
	return rc;
}

static void sink_pcap_hurry(struct sink *sink)
{
	diskio_hurry(((struct sink_pcap *)sink)->recording.io);
}

static void sink_pcap_abandon(struct sink *sink)
{
	diskio_abandon(((struct sink_pcap *)sink)->recording.io);
}

static void sink_pcap_prepare(struct sink *sink)
{
	diskio_prepare(((struct sink_pcap *)sink)->recording.io);
}

static int sink_pcap_reserve(struct sink *sink, uint64_t end)
{
	return diskio_reserve(((struct sink_pcap *)sink)->recording.io, end);
}

static uint64_t sink_pcap_position(const struct sink *sink)
{
	return ((const struct sink_pcap *)sink)->end;
}

static bool sink_pcap_idle(const struct sink *sink)
{
	return diskio_idle(((const struct sink_pcap *)sink)->recording.io);
}

static int sink_pcap_finish(struct sink *sink, const struct stats_snapshot *stats,
			    uint32_t interfaces, uint64_t *unwritten)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	(void)stats;
	(void)interfaces;
	diskio_leave_queue(s->recording.io);
	sink_pcap_flush(sink);
	if (snaplen_is_wrong(&s->snaplen))
		recording_amend(&s->recording, offsetof(struct pcap_file_header, snaplen),
				snaplen_right(&s->snaplen));
	return recording_finish(&s->recording, unwritten);
}

static void sink_pcap_close(struct sink *sink)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	/* Closing the stream would still write what it holds. */
	s->recording.failed = -EBADF;
	if (s->stream)
		fclose(s->stream);
	if (s->pcap)
		pcap_close(s->pcap);
	recording_close(&s->recording);
	free(s->across);
	free(s);
}

/* What is of files costs frames of a ring nothing. */
#define OPS(take)                                                                             \
	.frames = take, .block_begin = sink_pcap_block_begin,                                 \
	.add_interface = sink_pcap_add_interface, .block_end = sink_pcap_block_end,           \
	.limit = sink_pcap_limit, .flush = sink_pcap_flush, .reap = sink_pcap_reap,           \
	.hurry = sink_pcap_hurry, .abandon = sink_pcap_abandon, .prepare = sink_pcap_prepare, \
	.reserve = sink_pcap_reserve, .position = sink_pcap_position, .idle = sink_pcap_idle, \
	.finish = sink_pcap_finish, .close = sink_pcap_close

static const struct sink_ops ring_ops = {OPS(sink_pcap_frames)};
static const struct sink_ops copy_ops = {OPS(copy_frames)};

static int stream_open(struct sink_pcap *s, const struct sink_pcap_config *config,
		       struct error *err)
{
	const cookie_io_functions_t functions = {.write = stream_write};

	s->pcap =
		pcap_open_dead_with_tstamp_precision(config->copies ? DLT_EN10MB : config->linktype,
						     (int)config->snaplen,
						     config->nano ? PCAP_TSTAMP_PRECISION_NANO
								  : PCAP_TSTAMP_PRECISION_MICRO);
	s->stream = fopencookie(s, "w", functions);
	s->across = malloc(ACROSS_BYTES);
	if (!s->pcap || !s->stream || !s->across)
		return error_system(err, ENOMEM, "open %s", outfile_name(config->disk.file));
	/* One thread at a time uses it: no lock for each packet. */
	__fsetlocking(s->stream, FSETLOCKING_BYCALLER);
	follow_stage(s);
	return 0;
}

static int write_header(struct sink_pcap *s, const struct sink_pcap_config *config,
			struct error *err)
{
	const uint32_t linktype =
		(uint32_t)pcapng_linktype(config->linktype) | config->linktype_bits;

	/* The dumper is the stream, and does not close it: nothing that could
	 * fail is written before the flush. */
	if (!pcap_dump_fopen(s->pcap, s->stream))
		return error_set(err, EINVAL, "open %s: %s", outfile_name(s->recording.file),
				 pcap_geterr(s->pcap));
	/* It lies in the stage yet. libpcap writes no link type that it does not know. */
	if (config->copies)
		memcpy(s->buffer + offsetof(struct pcap_file_header, linktype), &linktype,
		       sizeof(linktype));
	s->end = sizeof(struct pcap_file_header);
	follow_stage(s);
	if (recording_settle(&s->recording) < 0 && err)
		*err = s->base.error;
	follow_stage(s);
	return s->recording.failed;
}

int sink_pcap_open(const struct sink_pcap_config *config, struct sink **sink, struct error *err)
{
	struct diskio_config disk = config->disk;
	struct sink_pcap *s;
	int rc;

	if (config->max_bytes && config->max_bytes < sizeof(struct pcap_file_header))
		return error_usage(err,
				   "a file size limit of %llu bytes has no room for the file's "
				   "header",
				   (unsigned long long)config->max_bytes);
	s = calloc(1, sizeof(*s));
	if (!s)
		return error_system(err, ENOMEM, "open %s", outfile_name(config->disk.file));
	s->base.wake_fd = -1;
	if (config->copies) {
		snaplen_say(&s->snaplen, config->snaplen);
		s->left = config->left;
	}
	s->base.ops = config->copies ? &copy_ops : &ring_ops;
	s->tick_ns = config->nano ? 1 : 1000;
	s->push = config->unbuffered || !outfile_is_regular(config->disk.file);
	/* A record does not say where it ends, but in front: zeros in it could be its data. */
	disk.in_order = true;
	rc = recording_open(&s->recording, &s->base, &disk, TRIM_PCAP, err);
	s->base.event_fd = rc == 0 ? diskio_fd(s->recording.io) : -1;
	if (rc == 0)
		rc = stream_open(s, config, err);
	if (rc == 0)
		sink_pcap_limit(&s->base, config->max_bytes, config->max_packets);
	if (rc == 0)
		rc = write_header(s, config, err);
	if (rc < 0) {
		s->recording.file = NULL; /* still the caller's */
		sink_pcap_close(&s->base);
		return rc;
	}
	*sink = &s->base;
	return 0;
}
