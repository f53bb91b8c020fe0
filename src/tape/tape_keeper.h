/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the keeper: room and segments ahead of the writer
 * (tape_ahead.c), finishing behind it (tape_finish.c), what both of these need
 * (tape_keeper_base.c), how much of all that there is to be (tape_plan.c), and
 * the thread (tape_keeper.c). Theirs alone.
 */
#ifndef WIRETAPE_TAPE_KEEPER_H
#define WIRETAPE_TAPE_KEEPER_H

#include "base/note.h"
#include "tape/hook.h"
#include "tape_desk.h"
#include "tape_rate.h"

/* After how long what failed is tried again. */
#define KEEPER_RETRY_NS NS_PER_SECOND

/* How often the directory is looked at. */
#define KEEPER_LOOK_NS NS_PER_SECOND

struct keeper {
	struct keeper_config config;
	struct tape *tape;
	struct hooks *hooks; /* null: none */
	struct note_limit limit;
	struct segment *prepared;
	uint64_t armed;                   /* segments, so far */
	struct segment *done, **done_end; /* to be finished, oldest first */
	uint64_t ahead;                   /* bytes the writer has room for */
	uint64_t ahead_least;             /* on a disk that is nearly full */
	struct rate rate;                 /* bytes written */
	uint64_t retry_ns;                /* nothing is made before this; 0: at any time */
	bool deleted;                     /* the directory, and is not there again yet */
	bool deferred_turn;               /* SIGHUP, and there was no room yet */
	uint64_t hooks_end_ns;            /* at the end; 0: not yet */
	int clock_fd;                     /* readable when the time of day was set */
	int error_code;                   /* of the first loss or failure */
	char error_text[sizeof(((struct error *)0)->text)];
};

/* A line for people; context is the keeper. */
void keeper_say(void *context, enum note_cause cause, const char *text);

/* A loss: said, and kept for the end. */
void __attribute__((format(printf, 4, 5)))
keeper_complain(struct keeper *keeper, enum note_cause cause, int code, const char *format, ...);

/* The ring thread looks at the desk. */
void keeper_tell_ring(struct keeper *keeper);

/* After a failure: 0 where that was a full disk, and it is worth another try right now,
 * because a segment was deleted for it; TAPE_LATER where that takes its time; else rc. */
int keeper_make_room(struct keeper *keeper, int rc);

/* There is no room, or something is broken (positive errno): frames are dropped until it
 * goes well again, keeper_recover, or the recording ends. */
void keeper_give_in(struct keeper *keeper, int code, const char *text);
void keeper_recover(struct keeper *keeper);

/* Frames go to the segment, or have gone there: it counts among the files kept,
 * and the oldest may have to go. One made ahead does not. */
void keeper_count(struct keeper *keeper, struct segment *segment);

/* Removes a segment's file, if it is still open, and frees it. */
void keeper_free_segment(struct keeper *keeper, struct segment *segment);

/* Takes what the ring thread has done with off the desk. */
void keeper_take_done(struct keeper *keeper);

/* Finishes and publishes the oldest of it. False: there is none, or it has to
 * wait. */
bool keeper_finish_one(struct keeper *keeper);

/* Room for the current segment, and the next one where it is needed soon. */
void keeper_work_ahead(struct keeper *keeper);

/* Takes in what is in the directory, makes the first segment and puts it on the desk. A
 * disk without room is waited for, unless the recording is to end then. 0 or -errno with
 * err. */
int keeper_first(struct keeper *keeper, struct error *err);

/* Removes segments made ahead: none is wanted any more. */
void keeper_drop_ahead(struct keeper *keeper);

/* How far ahead of the writer there is to be room: sets ahead and ahead_least. */
void keeper_plan_ahead(struct keeper *keeper);

#endif
