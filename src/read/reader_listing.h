/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of a directory are a recorder's segments. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_LISTING_H
#define WIRETAPE_READER_LISTING_H

#include "reader_access.h"
#include "reader_parts.h"

/* Adds the segments in the directory to the parts, of which there are none yet, in
 * their order. 0 or -errno. */
int reader_listing_fill(const struct reader_access *access, struct reader_parts *parts);

/* The name a segment has by now, to be freed. 0, -ENOENT for none, or -errno. */
int reader_listing_name(const struct reader_access *access, uint64_t sequence, char **name);

#endif
