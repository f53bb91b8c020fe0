/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One segment that is being packed: the work of the thread. Part of tape_pack.
 *
 * Threads: the helper's, but for stop.
 */
#ifndef WIRETAPE_TAPE_PACKING_H
#define WIRETAPE_TAPE_PACKING_H

#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/file_identity.h"
#include "pack/pack.h"
#include "tape_helper.h"

struct tape_packing {
	struct helper_job job; /* first */
	/* Set before it begins. */
	int dir;                 /* of its own */
	char name[NAME_MAX + 1]; /* of the segment */
	struct file_identity identity;
	int level;
	int to;            /* open, empty */
	_Atomic bool stop; /* anybody may */
	/* When it has ended. */
	int rc;
	struct pack_result result;
	uint64_t mtime_ns; /* the segment's */
	uint8_t *index;    /* an image for the packed file; null: it has none */
	size_t index_bytes;
};

/* The job. */
void tape_packing_run(struct helper *helper, struct helper_job *job);

/* Frees what it has, but for itself. */
void tape_packing_clear(struct tape_packing *packing);

#endif
