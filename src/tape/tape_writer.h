/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring thread's side of the recorder: which segment frames go to, and when
 * that changes. Part of sink_tape; the functions with the names of struct
 * sink_ops are its (sink.h).
 *
 * Threads: the ring thread, or the control thread while that does not run.
 */
#ifndef WIRETAPE_TAPE_WRITER_H
#define WIRETAPE_TAPE_WRITER_H

#include <pthread.h>

#include "tape_added.h"
#include "tape_desk.h"

struct sink_tape {
	struct sink base;
	struct sink_tape_config config;
	struct tape_desk desk;
	struct keeper *keeper;
	struct index_gather *gather; /* null: no index */
	uint32_t runs;               /* gathered so far */
	pthread_t thread;
	bool has_thread;
	struct segment *current;   /* as desk.current */
	struct segment *retired;   /* writes of theirs are on their way */
	struct block *block;       /* the one at hand */
	bool in_block;             /* the current segment's sink has it */
	bool discarding;           /* the rest of it is dropped */
	struct stats_snapshot now; /* of the block's interface */
	uint64_t opening_bytes;    /* of the current file: its headers */
	uint64_t closing_bytes;    /* of each file */
	uint64_t *given;           /* frames taken of each interface, those dropped not counted */
	uint64_t begun;            /* segments */
	struct tape_added added;   /* what came up later */
};

int tape_writer_block_begin(struct sink *sink, struct block *block,
			    const struct stats_snapshot *stats);
int tape_writer_frames(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken);
int tape_writer_block_end(struct sink *sink, struct block *block);
int tape_writer_note(struct sink *sink, uint32_t interface, const struct stats_snapshot *stats,
		     const char *text);
int tape_writer_add_interface(struct sink *sink, const struct pcapng_interface *interface);
int tape_writer_add_block(struct sink *sink, const struct pcapng_block *block);
int tape_writer_flush(struct sink *sink);
int tape_writer_reap(struct sink *sink);
int tape_writer_turn(struct sink *sink);

/* At the end: what no packet came behind goes into the current segment. */
void tape_writer_give_added(struct sink_tape *tape);

/* Goes on in the next segment that is armed; false where there is none, or none with
 * room. */
bool tape_writer_change(struct sink_tape *tape);

/* The current segment has ended, with these counts of each interface. */
void tape_writer_retire(struct sink_tape *tape, const struct stats_snapshot *now);

/* What they are now. */
void tape_writer_count(const struct sink_tape *tape, struct stats_snapshot *now);

/* Hands a segment without writes on their way to the keeper. */
void tape_writer_put_done(struct sink_tape *tape, struct segment *segment);

/* Hands those that are retired, once they have none, to the keeper, in order: blocks
 * belong to the ring thread. */
void tape_writer_pass(struct sink_tape *tape);

/* A write to the current segment failed: what of it can be saved is the keeper's to
 * see. 0, or rc where that is the end. */
int tape_writer_fail(struct sink_tape *tape, int rc);

/* Shows the session what it sees of the segments' sinks. */
void tape_writer_mirror(struct sink_tape *tape);

#endif
