/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packs a file with zstd (RFC 8878) into frames of about PACK_FRAME_BYTES each, so that any of
 * them can be unpacked by itself. A frame tells its length and a checksum; any program that
 * knows zstd unpacks all of them in one go.
 *
 * Threads: one at a time each.
 */
#ifndef WIRETAPE_PACK_H
#define WIRETAPE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#define PACK_FRAME_BYTES (1u << 20)

/* Levels of zstd, from 1 on; the usual one, and the highest that unpacks in as little memory as
 * any. */
#define PACK_LEVEL_DEFAULT 3
#define PACK_LEVEL_MOST    19

/* Behind a packed file's name. */
#define PACK_ENDING ".zst"

/* Where a frame begins, in the file and in the packed one. */
struct pack_frame {
	uint64_t offset, packed;
};

struct pack_config {
	int from, to; /* regular files: read from its beginning, and written from there */
	int level;
	/* Places in the file, rising, where frames should begin; they need not be all. Frames
	 * begin elsewhere where these leave them too long. */
	const uint64_t *cuts;
	uint32_t cut_count;
	bool (*stop)(void *context); /* asked before each frame: to end with -ECANCELED */
	void *context;
};

struct pack_result {
	struct pack_frame *frames; /* to be freed; also after a failure */
	uint32_t count;
	uint64_t bytes, packed_bytes;
};

/* Whether there is libzstd. */
bool pack_is_there(void);

/* Packs all of it, and has that on the disk. The page cache keeps neither file. 0 or -errno;
 * -ENOTSUP without libzstd. */
int pack_file(const struct pack_config *config, struct pack_result *result);

#endif
