/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets libpcap's dumper write into a stream of our own making: a large
 * aligned buffer that is handed to the outfile as a whole whenever it is
 * full. The dumper's functions return nothing, so what goes wrong is noted
 * where the stream writes.
 */
#include "sink_pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <unistd.h>

#include "trim.h"

#define BUFFER_BYTES (1024u * 1024u)
/* A record's header in the file; struct pcap_pkthdr is larger. */
#define RECORD_BYTES 16u

struct sink_pcap {
	struct sink base;
	struct outfile *file; /* null once finished */
	pcap_t *pcap;
	FILE *stream;
	uint8_t *buffer;
	uint32_t tick_ns; /* one unit of a stamp's fraction */
	bool push;        /* at the end of every block */
	uint64_t limit;
	uint64_t taken; /* frames */
	uint64_t end;   /* of the last record taken, in the file */
	uint64_t safe_bytes;
	uint64_t safe_frames; /* of those taken, in the file's first safe_bytes */
	int failed;           /* 0, or the -errno every call returns from now on */
};

/*
 * The stream's write. Its chunks end anywhere, so the boundary to remember is
 * the end of the last record that was complete before this chunk went out.
 * Once it has failed nothing more is let through: the rest would be misplaced.
 */
static ssize_t stream_write(void *cookie, const char *data, size_t bytes)
{
	struct sink_pcap *s = cookie;
	int rc;

	if (s->failed)
		return 0;
	rc = outfile_write(s->file, data, bytes);
	atomic_store_explicit(&s->base.bytes, outfile_size(s->file), memory_order_relaxed);
	if (rc < 0) {
		s->failed = error_system(&s->base.error, -rc, "write to %s", outfile_name(s->file));
		return 0;
	}
	s->safe_bytes = s->end;
	s->safe_frames = s->taken;
	return (ssize_t)bytes;
}

static int sink_pcap_frame(struct sink *sink, struct frame *frame)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;
	const struct pcap_pkthdr header = {
		.ts = {.tv_sec = (time_t)(frame->time_ns / 1000000000u),
		       .tv_usec = (suseconds_t)(frame->time_ns % 1000000000u / s->tick_ns)},
		.caplen = frame->caplen,
		.len = frame->len,
	};
	const uint64_t end = s->end + RECORD_BYTES + frame->caplen;

	if (s->failed)
		return s->failed;
	if (end > s->limit)
		return SINK_FULL;
	pcap_dump((u_char *)s->stream, &header, frame->data);
	if (s->failed)
		return s->failed;
	s->end = end;
	s->taken++;
	return 0;
}

static int sink_pcap_flush(struct sink *sink)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	if (!s->failed)
		fflush(s->stream);
	return s->failed;
}

static int sink_pcap_block_end(struct sink *sink, struct block *block)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	(void)block;
	return s->push ? sink_pcap_flush(sink) : s->failed;
}

static int file_close(struct sink_pcap *s)
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

static int sink_pcap_finish(struct sink *sink, const struct stats_snapshot *stats,
			    uint32_t interfaces, uint64_t *unwritten)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;
	uint64_t kept = 0;

	(void)stats;
	(void)interfaces;
	if (sink_pcap_flush(sink) < 0)
		trim_outfile(s->file, TRIM_PCAP, s->safe_bytes, &kept);
	*unwritten = s->taken - s->safe_frames - kept;
	return file_close(s);
}

static void sink_pcap_close(struct sink *sink)
{
	struct sink_pcap *s = (struct sink_pcap *)sink;

	/* Closing the stream would still write what it holds. */
	s->failed = -EBADF;
	if (s->stream)
		fclose(s->stream);
	if (s->pcap)
		pcap_close(s->pcap);
	outfile_close(s->file);
	free(s->buffer);
	free(s);
}

static const struct sink_ops sink_pcap_ops = {
	.frame = sink_pcap_frame,
	.block_end = sink_pcap_block_end,
	.flush = sink_pcap_flush,
	.finish = sink_pcap_finish,
	.close = sink_pcap_close,
};

static int stream_open(struct sink_pcap *s, const struct sink_pcap_config *config,
		       struct error *err)
{
	const cookie_io_functions_t functions = {.write = stream_write};

	s->pcap = pcap_open_dead_with_tstamp_precision(config->linktype, (int)config->snaplen,
						       config->nano ? PCAP_TSTAMP_PRECISION_NANO
								    : PCAP_TSTAMP_PRECISION_MICRO);
	s->buffer = aligned_alloc((size_t)sysconf(_SC_PAGESIZE), BUFFER_BYTES);
	s->stream = fopencookie(s, "w", functions);
	if (!s->pcap || !s->buffer || !s->stream)
		return error_system(err, ENOMEM, "open %s", outfile_name(config->file));
	setvbuf(s->stream, (char *)s->buffer, _IOFBF, BUFFER_BYTES);
	/* One thread at a time uses it: no lock for each packet. */
	__fsetlocking(s->stream, FSETLOCKING_BYCALLER);
	return 0;
}

static int header_write(struct sink_pcap *s, struct error *err)
{
	/* The dumper is the stream, and does not close it: nothing that could
	 * fail is written before the flush. */
	if (!pcap_dump_fopen(s->pcap, s->stream))
		return error_set(err, EINVAL, "open %s: %s", outfile_name(s->file),
				 pcap_geterr(s->pcap));
	s->end = sizeof(struct pcap_file_header);
	if (sink_pcap_flush(&s->base) < 0 && err)
		*err = s->base.error;
	return s->failed;
}

int sink_pcap_open(const struct sink_pcap_config *config, struct sink **sink, struct error *err)
{
	struct sink_pcap *s;
	int rc;

	if (config->max_bytes && config->max_bytes < sizeof(struct pcap_file_header))
		return error_usage(err,
				   "a file size limit of %llu bytes has no room for the file's "
				   "header",
				   (unsigned long long)config->max_bytes);
	s = calloc(1, sizeof(*s));
	if (!s)
		return error_system(err, ENOMEM, "open %s", outfile_name(config->file));
	s->base.ops = &sink_pcap_ops;
	s->tick_ns = config->nano ? 1 : 1000;
	s->push = config->unbuffered || !outfile_is_regular(config->file);
	s->limit = config->max_bytes ? config->max_bytes : UINT64_MAX;
	s->file = config->file;
	rc = stream_open(s, config, err);
	if (rc == 0)
		rc = header_write(s, err);
	if (rc < 0) {
		s->file = NULL; /* still the caller's */
		sink_pcap_close(&s->base);
		return rc;
	}
	*sink = &s->base;
	return 0;
}
