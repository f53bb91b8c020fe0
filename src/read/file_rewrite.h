/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of files that are changed: padded, rewritten, their checksums made right. They are in
 * memory of their own, as the file's stays as it is. Part of file_feed.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_FILE_REWRITE_H
#define WIRETAPE_FILE_REWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "file_filters.h"

/* Zeros but for the first two. */
struct file_rewrite {
	const struct file_filters *filters; /* by whose config, and numbers */
	struct error *error;
	uint8_t *memory;
	size_t bytes;
};

/* Has frames lie there, changed where that is asked for, until the next call. Their
 * interfaces are of a kind that can be. Returns count; or 0, with *over set to -ENOMEM, and the
 * error. */
uint32_t file_rewrite_frames(struct file_rewrite *rewrite, struct frame *frames, uint32_t count,
			     int *over);

void file_rewrite_clear(struct file_rewrite *rewrite);

#endif
