/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the frames of a packed file are, so that one run is unpacked by itself: a table behind
 * the index of the file as it was before. All else in that index is as of the unpacked bytes; it
 * belongs to the packed file. Who does not know of the table reads the index without.
 *
 *   table     for each frame, in their order: u64 offset unpacked, u64 offset packed; u64 bytes
 *             unpacked of all; u32 0; u32 frames; "wtframes"; u32 0; u32 CRC-32C of all before
 *             it in the table
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_FRAMES_H
#define WIRETAPE_INDEX_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "index/file.h"

struct index_frame {
	uint64_t offset, packed;
};

struct index_frames {
	struct index_frame *list; /* to be freed */
	uint32_t count;
	uint64_t bytes; /* unpacked, of all */
};

/* The index of an unpacked file, fd, as that of the packed one: an image that the caller frees.
 * 0 or -errno with err. */
int index_frames_add(int fd, const char *name, const struct index_subject *packed,
		     const struct index_frames *frames, uint8_t **image, size_t *bytes,
		     struct error *err);

/* The table of an open index. 0; -ENOENT: it has none; -EBADMSG: damaged; -errno. */
int index_frames_read(const struct index *index, struct index_frames *frames, struct error *err);

#endif
