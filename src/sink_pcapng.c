/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers whole pcapng blocks in a buffer and writes it when it is full, so
 * every write ends on a block boundary. That boundary and the number of
 * frames before it are what a later write error is reckoned from.
 */
#include "sink_pcapng.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "trim.h"

#define BUFFER_BYTES (1024u * 1024u)

struct sink_pcapng {
	struct sink base;
	struct outfile *file; /* null once finished */
	uint8_t *buffer;
	size_t used;
	bool push;      /* at the end of every block */
	uint64_t limit; /* of the file without its closing blocks */
	uint64_t taken; /* frames */
	uint64_t safe_bytes;
	uint64_t safe_frames; /* of those taken, in the file's first safe_bytes */
	int failed;           /* 0, or the -errno every call returns from now on */
};

static int file_write(struct sink_pcapng *s, const void *data, size_t bytes)
{
	int rc = outfile_write(s->file, data, bytes);

	atomic_store_explicit(&s->base.bytes, outfile_size(s->file), memory_order_relaxed);
	if (rc < 0)
		s->failed = error_system(&s->base.error, -rc, "write to %s", outfile_name(s->file));
	return rc;
}

static void mark_safe(struct sink_pcapng *s)
{
	s->safe_bytes = outfile_size(s->file);
	s->safe_frames = s->taken;
}

static int buffer_push(struct sink_pcapng *s)
{
	int rc = file_write(s, s->buffer, s->used);

	if (rc < 0)
		return rc;
	s->used = 0;
	mark_safe(s);
	return 0;
}

/* A frame larger than the buffer, which is empty. */
static int frame_write_large(struct sink_pcapng *s, const struct frame *frame)
{
	size_t tail = pcapng_put_epb_tail(s->buffer + PCAPNG_EPB_HEADER_BYTES, frame);
	int rc;

	pcapng_put_epb_head(s->buffer, frame);
	if ((rc = file_write(s, s->buffer, PCAPNG_EPB_HEADER_BYTES)) < 0 ||
	    (rc = file_write(s, frame->data, frame->caplen)) < 0 ||
	    (rc = file_write(s, s->buffer + PCAPNG_EPB_HEADER_BYTES, tail)) < 0)
		return rc;
	s->taken++;
	mark_safe(s);
	return 0;
}

static int sink_pcapng_frame(struct sink *sink, struct frame *frame)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	size_t bytes = pcapng_epb_bytes(frame);
	int rc;

	if (s->failed)
		return s->failed;
	if (outfile_size(s->file) + s->used + bytes > s->limit)
		return SINK_FULL;
	if (bytes > BUFFER_BYTES - s->used) {
		if ((rc = buffer_push(s)) < 0)
			return rc;
		if (bytes > BUFFER_BYTES)
			return frame_write_large(s, frame);
	}
	s->used += pcapng_put_epb(s->buffer + s->used, BUFFER_BYTES - s->used, frame);
	s->taken++;
	return 0;
}

static int sink_pcapng_flush(struct sink *sink)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;

	return s->failed ? s->failed : buffer_push(s);
}

static int sink_pcapng_block_end(struct sink *sink, struct block *block)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;

	(void)block;
	return s->push ? sink_pcapng_flush(sink) : s->failed;
}

static int file_close(struct sink_pcapng *s)
{
	char name[256];
	int rc;

	/* The name goes with the file. */
	snprintf(name, sizeof(name), "%s", outfile_name(s->file));
	rc = outfile_close(s->file);
	s->file = NULL;
	if (rc < 0 && !s->failed)
		s->failed = error_system(&s->base.error, -rc, "close %s", name);
	return s->failed;
}

static int sink_pcapng_finish(struct sink *sink, const struct stats_snapshot *stats,
			      uint32_t interfaces, uint64_t *unwritten)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;
	uint64_t kept = 0;

	for (uint32_t i = 0; i < interfaces && !s->failed; i++) {
		if (BUFFER_BYTES - s->used < PCAPNG_ISB_MAX && buffer_push(s) < 0)
			break;
		s->used +=
			pcapng_put_isb(s->buffer + s->used, BUFFER_BYTES - s->used, i, &stats[i]);
	}
	if (sink_pcapng_flush(sink) < 0)
		trim_outfile(s->file, TRIM_PCAPNG, s->safe_bytes, &kept);
	*unwritten = s->taken - s->safe_frames - kept;
	return file_close(s);
}

static void sink_pcapng_close(struct sink *sink)
{
	struct sink_pcapng *s = (struct sink_pcapng *)sink;

	outfile_close(s->file);
	free(s->buffer);
	free(s);
}

static const struct sink_ops sink_pcapng_ops = {
	.frame = sink_pcapng_frame,
	.block_end = sink_pcapng_block_end,
	.flush = sink_pcapng_flush,
	.finish = sink_pcapng_finish,
	.close = sink_pcapng_close,
};

static int headers_write(struct sink_pcapng *s, const struct sink_pcapng_config *config)
{
	int rc;

	s->used = pcapng_put_shb(s->buffer, BUFFER_BYTES, &config->section);
	rc = buffer_push(s);
	for (uint32_t i = 0; i < config->interface_count && rc == 0; i++) {
		s->used = pcapng_put_idb(s->buffer, BUFFER_BYTES, &config->interfaces[i]);
		rc = buffer_push(s);
	}
	return rc;
}

int sink_pcapng_open(const struct sink_pcapng_config *config, struct sink **sink, struct error *err)
{
	const uint64_t closing = (uint64_t)config->interface_count * PCAPNG_ISB_MAX;
	struct sink_pcapng *s = calloc(1, sizeof(*s));
	int rc;

	if (s)
		s->buffer = aligned_alloc((size_t)sysconf(_SC_PAGESIZE), BUFFER_BYTES);
	if (!s || !s->buffer) {
		rc = error_system(err, ENOMEM, "open %s", outfile_name(config->file));
		goto out;
	}
	s->base.ops = &sink_pcapng_ops;
	s->file = config->file;
	s->push = config->unbuffered || !outfile_is_regular(config->file);
	rc = headers_write(s, config);
	if (rc < 0) {
		if (err)
			*err = s->base.error;
		goto out;
	}
	s->limit = config->max_bytes ? config->max_bytes - closing : UINT64_MAX;
	if (config->max_bytes && outfile_size(s->file) + closing > config->max_bytes) {
		rc = error_usage(err,
				 "a file size limit of %llu bytes has no room for the file's "
				 "headers",
				 (unsigned long long)config->max_bytes);
		goto out;
	}
	*sink = &s->base;
	return 0;
out:
	if (s)
		free(s->buffer);
	free(s);
	return rc;
}
