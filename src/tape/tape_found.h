/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tape's manifest says, held against the files that are there: those that are
 * proven ours (tape_found.c), and those that only look it (tape_orphans.c). Part of tape. Threads:
 * one at a time.
 */
#ifndef WIRETAPE_TAPE_FOUND_H
#define WIRETAPE_TAPE_FOUND_H

#include "tape_state.h"

struct tape_found {
	struct tape_index index;         /* finished ones, in their order */
	struct tape_segment *unfinished; /* closed; held: what they take on the disk. Some
					    may be in the index, too */
	size_t count, room;              /* of those */
	struct tape_segment *gone;       /* what is left of those being deleted; as above */
	size_t gone_count, gone_room;
	struct tape_index packed;  /* segments that are there beside what they were packed into,
				      which is in the index */
	struct tape_index orphans; /* what looks like our segments and is not proven; unfinished
				      ones under their hidden names. To be adopted: they are
				      among those above, too */
	uint64_t sequence;         /* the last one that was used for sure, or that an orphan has */
};

/* Looks at the tape's directory and changes nothing, of the tape neither. 0 or -errno;
 * what was found up to then is the caller's, to be cleared, in any case. */
int tape_find(const struct tape *tape, struct tape_found *found);

/* The same without orphans: a part of it. */
int tape_find_proven(const struct tape *tape, struct tape_found *found);

/* Adds an unfinished one. 0 or -ENOMEM. */
int tape_found_add(struct tape_found *found, const struct tape_segment *unfinished);

void tape_found_clear(struct tape_found *found);

#endif
