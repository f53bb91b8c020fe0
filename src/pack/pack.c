/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame at a time through two buffers. What was written goes to the disk in pieces, so that
 * at the end little is left to be flushed: a long flush would hold up others.
 */
#include "pack/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

/* A frame without a place to end at is cut. */
#define FRAME_MOST (4 * PACK_FRAME_BYTES)

#define FLUSH_BYTES (UINT64_C(8) << 20)

struct packing {
	const struct pack_config *config;
	struct pack_result *result;
	ZSTD_CCtx *context;
	uint8_t *in, *out;
	size_t out_room;
	uint32_t room; /* of frames */
	uint32_t cut;  /* the next one */
	uint64_t flushed;
};

bool pack_is_there(void)
{
	return true;
}

/* Reads up to so many bytes: how many, or -errno. */
static ssize_t read_piece(int fd, uint8_t *to, size_t bytes, uint64_t offset)
{
	size_t have = 0;

	while (have < bytes) {
		ssize_t n = pread(fd, to + have, bytes - have, (off_t)(offset + have));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)have;
}

static int write_piece(int fd, const uint8_t *from, size_t bytes, uint64_t offset)
{
	while (bytes > 0) {
		ssize_t n = pwrite(fd, from, bytes, (off_t)offset);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		from += n;
		bytes -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Where the frame that begins at a place ends: at the last cut that leaves it no longer than
 * usual, else at the first, if that is near enough. */
static uint64_t end_of_frame(struct packing *p, uint64_t begin)
{
	const struct pack_config *c = p->config;
	uint64_t end = 0;

	while (p->cut < c->cut_count && c->cuts[p->cut] <= begin)
		p->cut++;
	for (uint32_t i = p->cut; i < c->cut_count; i++) {
		if (end && c->cuts[i] - begin > PACK_FRAME_BYTES)
			break;
		end = c->cuts[i];
	}
	return end && end - begin <= FRAME_MOST ? end : begin + PACK_FRAME_BYTES;
}

static int note_frame(struct packing *p)
{
	struct pack_result *r = p->result;
	struct pack_frame *more;

	if (r->count == p->room) {
		p->room = p->room ? 2 * p->room : 256;
		more = reallocarray(r->frames, p->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		r->frames = more;
	}
	r->frames[r->count++] = (struct pack_frame){r->bytes, r->packed_bytes};
	return 0;
}

static int flush(struct packing *p)
{
	const struct pack_config *c = p->config;

	if (fdatasync(c->to) < 0)
		return -errno;
	(void)posix_fadvise(c->to, 0, 0, POSIX_FADV_DONTNEED);
	p->flushed = p->result->packed_bytes;
	return 0;
}

/* 1, 0 at the end of the file, or -errno. */
static int pack_next(struct packing *p)
{
	const struct pack_config *c = p->config;
	struct pack_result *r = p->result;
	const uint64_t begin = r->bytes;
	ssize_t have = read_piece(c->from, p->in, end_of_frame(p, begin) - begin, begin);
	size_t made;
	int rc;

	if (have <= 0)
		return (int)have;
	(void)posix_fadvise(c->from, (off_t)begin, have, POSIX_FADV_DONTNEED);
	made = ZSTD_compress2(p->context, p->out, p->out_room, p->in, (size_t)have);
	if (ZSTD_isError(made))
		return -ENOMEM;
	rc = note_frame(p);
	if (rc == 0)
		rc = write_piece(c->to, p->out, made, r->packed_bytes);
	if (rc < 0)
		return rc;
	r->bytes += (uint64_t)have;
	r->packed_bytes += made;
	if (r->packed_bytes - p->flushed >= FLUSH_BYTES)
		rc = flush(p);
	return rc < 0 ? rc : 1;
}

int pack_file(const struct pack_config *c, struct pack_result *result)
{
	struct packing p = {.config = c, .result = result};
	int rc = 1;

	*result = (struct pack_result){0};
	p.out_room = ZSTD_compressBound(FRAME_MOST);
	p.in = malloc(FRAME_MOST);
	p.out = malloc(p.out_room);
	p.context = ZSTD_createCCtx();
	if (!p.in || !p.out || !p.context)
		rc = -ENOMEM;
	if (rc > 0 &&
	    (ZSTD_isError(ZSTD_CCtx_setParameter(p.context, ZSTD_c_compressionLevel, c->level)) ||
	     ZSTD_isError(ZSTD_CCtx_setParameter(p.context, ZSTD_c_checksumFlag, 1))))
		rc = -EINVAL;
	(void)posix_fadvise(c->from, 0, 0, POSIX_FADV_RANDOM);
	while (rc > 0)
		rc = c->stop && c->stop(c->context) ? -ECANCELED : pack_next(&p);
	if (rc == 0)
		rc = flush(&p);
	if (rc == 0 && fsync(c->to) < 0)
		rc = -errno;
	ZSTD_freeCCtx(p.context);
	free(p.in);
	free(p.out);
	return rc;
}
