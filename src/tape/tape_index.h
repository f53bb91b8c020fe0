/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The finished segments of a tape, oldest first. Part of tape; the same
 * threads.
 */
#ifndef WIRETAPE_TAPE_INDEX_H
#define WIRETAPE_TAPE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "disk/manifest.h"

struct tape_entry {
	uint64_t sequence;
	struct file_identity identity;
	struct file_mark mark;
	struct time_order order;
	uint64_t disk_bytes;
	uint64_t index_disk_bytes; /* of the index beside it */
	uint64_t wall_ns;          /* when it was closed */
	int64_t boot_ns;           /* the same on this boot's clock: before its start < 0 */
	char boot_id[MANIFEST_BOOT_ID + 1]; /* when it was closed; "-..." where not known */
	char *name;
	bool pinned;       /* it is not deleted, as tape_mark_pinned found */
	bool packed;       /* as its name says */
	uint64_t retry_ns; /* deleting it has failed: not tried again before this, on
			      this boot's clock; 0: at any time */
};

struct tape_index {
	struct tape_entry *entries;
	size_t first, count, room; /* entries[first] is the oldest */
	uint64_t disk_bytes;       /* of all */
	size_t packed;             /* so many are, */
	uint64_t packed_bytes;     /* and take so much */
};

/* Adds a segment, younger than all others; name is copied. 0 or -ENOMEM. */
int tape_index_add(struct tape_index *index, const struct tape_entry *entry, const char *name);

/* The i-th oldest, or a null pointer. */
struct tape_entry *tape_index_at(const struct tape_index *index, size_t i);

/* Whether a segment is that file. */
bool tape_index_has(const struct tape_index *index, const struct file_identity *identity);

/* The i-th oldest is another file by now; name is copied. 0 or -ENOMEM: it is as it was. */
int tape_index_replace(struct tape_index *index, size_t i, const struct tape_entry *entry,
		       const char *name);

/* It takes so much disk space by now, or the index beside it does. */
void tape_index_resize(struct tape_index *index, size_t i, uint64_t disk_bytes);

void tape_index_resize_index(struct tape_index *index, size_t i, uint64_t disk_bytes);

/* Forgets the i-th oldest, which there is. */
void tape_index_drop(struct tape_index *index, size_t i);

void tape_index_clear(struct tape_index *index);

#endif
