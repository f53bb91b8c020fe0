/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the ring thread's side of the recorder (sink_tape.c) and the keeper
 * (tape_keeper.c) hand each other. Theirs alone.
 *
 * A segment belongs to the keeper while it is made, to the desk while it is armed, and
 * there may be many of those, in order; to the ring thread while it is current or retired with
 * writes on their way, and to the keeper again from the desk's list of done ones on. The lock is
 * held for a few pointers, never over a system call that can wait.
 */
#ifndef WIRETAPE_TAPE_DESK_H
#define WIRETAPE_TAPE_DESK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/stats.h"
#include "frames/sink.h"
#include "tape.h"
#include "tape/rotation.h"
#include "tape/sink_tape.h"
#include "tape_helper.h"

struct segment {
	struct helper_job job; /* first: closes its file */
	/* The keeper's. */
	struct tape_segment file;
	struct outfile *outfile;
	struct sink *sink;     /* the ring thread's while it is current or retired */
	struct segment *later; /* in the list of all there are */
	uint64_t flushed;      /* bytes of it, so far */
	/* The closer's, while the job is with it. */
	const struct sink_tape_config *config;
	int finish_rc, sync_rc; /* 0, or the first -errno */
	uint64_t unwritten;     /* packets that are not in the file */
	/* The keeper's again. */
	bool finished; /* whole, but not yet published; */
	bool broken;   /* or, where that has failed, maybe not */
	bool unnamed;  /* publishing it has failed */
	uint64_t finished_packets;
	uint64_t readable_packets; /* of a broken one, as far as that is known */
	uint64_t told_bytes;       /* how times lie in these is in the manifest */
	struct index_build *index; /* of the runs so far; null: none yet */
	bool mended;               /* and so not as its runs say */
	/* The ring thread's while it is current. */
	struct stats_snapshot *from, *to; /* each interface's counts at its begin and end */
	uint64_t first_ns, last_ns;
	uint32_t added; /* of what lasts of the recorder's additions, so much is in the file */
	bool failed;
	bool last;            /* the limit it has is that of all segments together */
	struct segment *next; /* in a list */
	/* Both look at these. */
	struct rotation_begin begin; /* set before it becomes current */
	_Atomic uint64_t packets;    /* taken */
	/* How these lie in time (time_order.h), at least those in so many bytes. */
	_Atomic int64_t least_ns, most_ns;
	_Atomic uint64_t fall_ns, ordered_bytes;
	_Atomic uint64_t granted;    /* bytes the file may grow to */
	_Atomic bool ended;          /* it will not grow any more */
	_Atomic uint64_t call_bytes; /* beyond these the ring thread wakes the keeper */
	_Atomic uint64_t call_packets;
};

/* What for. */
enum desk_wait { WAIT_NOT, WAIT_ROOM, WAIT_NEXT };

struct tape_desk {
	pthread_mutex_t lock;
	struct segment *armed, **armed_end; /* take over when the current one is at its end */
	struct segment *done, **done_end;
	struct tape_asked *asked; /* oldest first */
	struct error stop_error;
	struct sink_tape_summary summary;
	_Atomic(struct segment *) current;
	_Atomic uint64_t turn_sequence; /* this segment is to end now; 0: none */
	_Atomic bool turn_asked;        /* by SIGHUP, of the keeper */
	_Atomic bool news;              /* the ring thread is to look at the desk */
	_Atomic int waiting;            /* enum desk_wait: the ring thread holds frames back */
	_Atomic bool dropping;          /* there is no room: frames are dropped */
	_Atomic bool stop;              /* stop_error is set: the recording ends */
	_Atomic bool ending;            /* no new segments; finish what is there */
	_Atomic bool hurry;             /* and do not wait for hooks */
	_Atomic uint64_t gap;           /* frames lost that no later one tells of yet */
	_Atomic uint64_t closed_bytes;  /* of finished segments and those on the way */
	_Atomic uint64_t closed_packets;
	_Atomic uint32_t behind; /* segments that were current and still hold room */
	int keeper_fd;           /* eventfd: wakes the keeper */
	int ring_fd;             /* eventfd: wakes the ring thread */
};

void desk_wake(int fd);

/* How a segment's packets lie in time: of none yet; so many more, by the ring thread; and
 * as it is now, or was a moment ago, by any. */
void segment_begin_times(struct segment *segment);
void segment_note_times(struct segment *segment, const struct frame *frames, uint32_t count);
struct time_order segment_times(const struct segment *segment);

/* Whether a segment was granted what a whole block can add. Any thread. */
bool desk_has_room(const struct sink_tape_config *config, const struct segment *segment);

/* As sink_tape_ask; and refuses what waits, as nobody will answer any more. (In tape_asks.c.) */
void desk_ask(struct tape_desk *desk, const struct tape_ask *ask);
void desk_refuse(struct tape_desk *desk);

struct keeper;

struct keeper_config {
	const struct sink_tape_config *sink;
	struct tape_desk *desk;
	struct index_gather *gather; /* what it takes runs from; null: none */
};

/* As sink_tape_open, _kept_bytes, _start, _work. */
int keeper_open(const struct keeper_config *config, struct keeper **keeper, struct error *err);
uint64_t keeper_kept_bytes(const struct keeper *keeper);
int keeper_start(struct keeper *keeper, struct error *err);
uint64_t keeper_work(struct keeper *keeper);

/* The thread: works until the desk says ending and all is done. */
void *keeper_run(void *keeper);

/* Whether all is finished and no hook is left. */
bool keeper_is_done(const struct keeper *keeper);

/* The first thing that went wrong for good: 0, or -errno with err. */
int keeper_error(const struct keeper *keeper, struct error *err);

void keeper_close(struct keeper *keeper);

#endif
