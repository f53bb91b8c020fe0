/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the keeper: room (tape_grants.c) and segments (tape_ahead.c) ahead of the
 * writer, finishing behind it (tape_finish.c) with a helper of its own (tape_closer.c),
 * what these need (tape_keeper_base.c), how much of all that there is to be
 * (tape_plan.c), and the thread (tape_keeper.c). Theirs alone.
 */
#ifndef WIRETAPE_TAPE_KEEPER_H
#define WIRETAPE_TAPE_KEEPER_H

#include "base/note.h"
#include "tape/hook.h"
#include "tape_desk.h"
#include "tape_rate.h"

/* After how long what failed is tried again. */
#define KEEPER_RETRY_NS NS_PER_SECOND

/* Room and segments are there for so long, at the rate at hand, and come anew when half of
 * them are used up: a disk may stand still for 3 s. Less where what is kept, or the disk,
 * leaves less. */
#define KEEPER_AHEAD_SECONDS 6u

/* How often the directory is looked at. */
#define KEEPER_LOOK_NS NS_PER_SECOND

/* A part of the current segment that is being flushed; segment: null, there is none. */
struct keeper_flush {
	struct helper_job job; /* first */
	struct segment *segment;
};

struct keeper {
	struct keeper_config config;
	struct tape *tape;
	struct hooks *hooks;   /* null: none */
	struct helper *closer; /* for files */
	struct keeper_flush flush;
	struct note_limit limit;
	struct segment *made, **made_end; /* all there are, oldest first */
	uint64_t armed;                   /* segments, so far */
	uint64_t grants;                  /* so far */
	struct segment *done, **done_end; /* to be finished, oldest first */
	uint64_t ahead;                   /* bytes the writer has room for */
	uint64_t ahead_most;              /* at a high rate */
	uint64_t ahead_least;             /* on a disk that is nearly full */
	uint32_t armed_most;              /* segments at once */
	struct rate rate, packet_rate;    /* what is written */
	uint64_t retry_ns;                /* nothing is made before this; 0: at any time */
	bool deleted;                     /* the directory, and is not there again yet */
	bool deferred_turn;               /* SIGHUP, and there was no room yet */
	uint64_t packing_end_ns;          /* the same of packing */
	uint64_t hooks_end_ns;            /* at the end; 0: not yet */
	uint64_t hooks_failed;            /* so far */
	uint64_t hook_failed_ns;          /* the last one; 0: none */
	int clock_fd;                     /* readable when the time of day was set */
	int error_code;                   /* of the first loss or failure */
	char error_text[sizeof(((struct error *)0)->text)];
};

/* A line for people; context is the keeper. */
void keeper_say(void *context, enum note_cause cause, const char *text);

/* Answers what was asked. */
void keeper_answer(struct keeper *keeper);

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

/* Takes in what the ring thread has gathered of segments (tape_indexing.c). */
void keeper_take_runs(struct keeper *keeper);

/* Makes the index of a finished segment, with room for it, for tape_publish; a segment that
 * there is none for goes without. */
void keeper_index(struct keeper *keeper, struct segment *segment);

/* Takes what the ring thread has done with off the desk. */
void keeper_take_done(struct keeper *keeper);

/* Has its file closed and synced, which takes its time. */
void keeper_close_file(struct keeper *keeper, struct segment *segment);

/* Has what is new in the current segment flushed, if that is worth it by now; and how many
 * bytes are in it when it will be next, UINT64_MAX: not before this is done, or never. */
void keeper_flush_current(struct keeper *keeper, struct segment *current);
uint64_t keeper_flush_at(const struct keeper *keeper, const struct segment *current);

/* Takes what was closed, or flushed. */
void keeper_take_closed(struct keeper *keeper);

/* How many packets a segment's file has; the others are lost. */
void keeper_count_packets(struct keeper *keeper, struct segment *segment, uint64_t packets);

/* Names the oldest of what is closed. False: there is none, or it has to wait. */
bool keeper_finish_one(struct keeper *keeper);

/* All that is not behind the writer. Whether there is more to do at once. */
bool keeper_work_ahead(struct keeper *keeper);

/* Whether what was said is so only until segments are finished, which hold more than they
 * need, or deleted. One that was to be published and could not is none of them. */
bool keeper_room_comes_back(const struct keeper *keeper, int rc);

/* Sets space aside up to so many bytes of a segment. 0 or as tape_grant, or the -errno of
 * the file system. */
int keeper_set_aside(struct keeper *keeper, struct segment *segment, uint64_t bytes);

/* Room for what is to come. 0 or as keeper_set_aside. */
int keeper_grant_ahead(struct keeper *keeper);

/* Tells readers how times lie in a segment, if it has grown much since. */
void keeper_tell_order(struct keeper *keeper, struct segment *segment);

/* How fast segments are deleted, and when the ring thread is to call. */
void keeper_set_pace(struct keeper *keeper);
void keeper_set_calls(struct keeper *keeper, struct segment *current);

/* Whether there are all the segments that are wanted. */
bool keeper_is_last(const struct keeper *keeper);

/* The segment that is written to next, or a null pointer. */
struct segment *keeper_first_armed(const struct keeper *keeper);

/* Takes in what is in the directory, makes the first segment and puts it on the desk. A
 * disk without room is waited for, unless the recording is to end then. 0 or -errno with
 * err. */
int keeper_first(struct keeper *keeper, struct error *err);

/* Removes segments made ahead: none is wanted any more. */
void keeper_drop_ahead(struct keeper *keeper);

/* How far ahead of the writer there is to be room: sets ahead, _most and _least, and how
 * many segments there may be. */
void keeper_plan_ahead(struct keeper *keeper);

/* The longest a segment can be the current one; UINT64_MAX: for ever. */
uint64_t keeper_turn_ns(const struct keeper *keeper);

/* How many segments are to be armed. */
uint32_t keeper_segments_wanted(const struct keeper *keeper);

#endif
