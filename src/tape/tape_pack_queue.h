/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What waits to be packed, shared by what queues it (tape_pack_queue.c) and what packs it
 * (tape_pack.c). Part of tape_pack.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_TAPE_PACK_QUEUE_H
#define WIRETAPE_TAPE_PACK_QUEUE_H

#include "tape_packing.h"
#include "tape_state.h"

/* A segment that waits, or is being packed. */
struct waiting {
	struct tape_closed closed; /* its path is ours, and null where nobody is to be told */
	struct waiting *next;
};

struct tape_pack {
	struct helper *helper;
	struct waiting *first, **last; /* oldest first */
	uint32_t waiting;
	struct waiting *running; /* null: none */
	struct tape_packing packing;
	struct file_identity made; /* the packed file's */
	uint64_t after;    /* of those that were there at the start all up to this were tried */
	uint64_t later_ns; /* nothing before this; 0: at any time */
	bool ending;
	struct tape_pack_counts counts;
};

/* The oldest of those that wait; null: none. */
struct waiting *pack_queue_take(struct tape_pack *pack);

/* closed: null where nobody is to be told. Null without memory. */
struct waiting *pack_queue_new(uint64_t sequence, const struct tape_closed *closed);
void pack_queue_free(struct waiting *waiting);

/* Somebody is told of it, as it says by now, and it is freed. */
void pack_queue_let_go(struct tape *tape, struct waiting *waiting);

#endif
