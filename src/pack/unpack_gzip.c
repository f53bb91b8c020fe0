/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip, by zlib.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "unpack_ways.h"

#define GZIP_ONLY (15 + 16) /* the largest window, and gzip's header */

static int gzip_open(void **state)
{
	z_stream *stream = calloc(1, sizeof(*stream));

	if (!stream || inflateInit2(stream, GZIP_ONLY) != Z_OK) {
		free(stream);
		return -ENOMEM;
	}
	*state = stream;
	return 0;
}

static uInt clip(size_t bytes)
{
	return bytes < UINT_MAX ? (uInt)bytes : UINT_MAX;
}

static int gzip_step(void *state, struct unpack_step *step, const char **why)
{
	z_stream *stream = state;
	const uInt in = clip(step->in_bytes), out = clip(step->out_bytes);
	int rc;

	stream->next_in = (Bytef *)(uintptr_t)step->in;
	stream->avail_in = in;
	stream->next_out = step->out;
	stream->avail_out = out;
	rc = inflate(stream, Z_NO_FLUSH);
	step->used = in - stream->avail_in;
	step->made = out - stream->avail_out;
	switch (rc) {
	case Z_STREAM_END:
		inflateReset(stream);
		return 1;
	case Z_OK:
	case Z_BUF_ERROR: /* more is needed */
		return 0;
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		*why = stream->msg ? stream->msg : "it needs a dictionary";
		return -EBADMSG;
	}
}

static void gzip_close(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct unpack_way unpack_way_gzip = {gzip_open, gzip_step, gzip_close};
