/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts bytes into an outfile, in order, past the page cache where it can.
 * Two ways in:
 *
 * - a stage, a page-aligned buffer for bytes that are copied anyway: the
 *   caller writes at diskio_at, says how much with diskio_add, and whole units
 *   go out when room is needed. What does not fill a unit waits, or goes out
 *   exactly, through the page cache, in diskio_push;
 * - runs, memory that is written from where it lies: whole units of a held
 *   block, which stays held until they are written.
 *
 * A unit is DISKIO_UNIT bytes where the file is written with O_DIRECT, one
 * byte otherwise. The file's visible size never goes beyond what was given.
 *
 * Modes: auto writes past the page cache, O_DIRECT, through a write queue, so that
 * the caller does not wait for the disk: by io_uring, or by threads where that is not
 * to be had; uring is the same with io_uring or not at all; direct is pwrite() here and
 * now; buffered is the page cache, written back and dropped behind us, and the only one
 * for pipes and devices.
 *
 * With a queue, a stage that is full goes into it and another one takes its place, and
 * runs are held until they are written; or, where the ring would not last if a write stood
 * still, they are copied into the stage, and so into memory behind the ring (spill.h). Only
 * where that is used up, too, does the caller wait.
 *
 * Threads: open, finish and close on the control thread; diskio_prepare and
 * diskio_reserve on any one thread; everything else on the ring thread. While
 * that runs, only a file that is idle may be finished and closed. Nothing but
 * open allocates.
 */
#ifndef WIRETAPE_DISKIO_H
#define WIRETAPE_DISKIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "disk/outfile.h"
#include "disk/passed.h"
#include "disk/write_queue.h"
#include "frames/block.h"

#define DISKIO_UNIT        4096u
#define DISKIO_STAGE_BYTES SPILL_BUFFER_BYTES

enum diskio_mode { DISKIO_AUTO, DISKIO_DIRECT, DISKIO_URING, DISKIO_BUFFERED };

struct diskio;

struct diskio_config {
	struct outfile *file; /* stays the caller's */
	enum diskio_mode mode;
	uint8_t *ring; /* memory runs come from; null: no runs */
	size_t ring_bytes;
	size_t block_bytes;        /* runs do not cross multiples of it */
	size_t hold_bytes;         /* as in write_queue_config */
	uint64_t spill_bytes;      /* most memory beside the ring */
	struct write_queue *queue; /* of diskio_queue_open; stays the caller's. null: one
				      of its own, where the mode asks for it */
	bool in_order;             /* as in write_file */
	struct passed *passed;     /* counts what other than a file takes; null: nobody does */
	bool own_reserve;          /* the caller reserves disk space, with diskio_reserve */
	bool probe;                /* the file, which is empty, is written to once, directly, to see
				      whether that works */
};

/*
 * For files that share one queue: sets config->queue where the mode asks for one, else
 * to null. config->file may be null. 0 or -errno: a mode forced and refused.
 * write_queue_close closes it, after the files.
 */
int diskio_queue_open(struct diskio_config *config, struct error *err);

/* Falls back to buffered where the system refuses; a mode forced and refused is an
 * error only for uring. */
int diskio_open(const struct diskio_config *config, struct diskio **io, struct error *err);

/* The mode in use: it can turn to buffered when the first direct write is
 * refused. Any thread. */
enum diskio_mode diskio_mode(const struct diskio *io);
const char *diskio_mode_name(enum diskio_mode mode);

/* What lengths of runs are a multiple of: DISKIO_UNIT, or 4. */
size_t diskio_align(const struct diskio *io);

/* Where the next bytes go, and how many fit there. */
uint8_t *diskio_at(const struct diskio *io);
size_t diskio_room(const struct diskio *io);

/* Makes room for bytes (at most DISKIO_STAGE_BYTES - DISKIO_UNIT) by writing
 * whole units out. 0 or -errno. */
int diskio_make_room(struct diskio *io, size_t bytes);

/* Takes bytes written at diskio_at, and writes the stage out when it is full.
 * 0 or -errno. */
int diskio_add(struct diskio *io, size_t bytes);

/* Copies bytes in, any number of them, writing the stage out whenever it is
 * full. 0 or -errno. */
int diskio_put(struct diskio *io, const void *data, size_t bytes);

/* Sees to it that the file has every byte given so far, here and now where nothing is on
 * its way; else by the diskio_reap after which nothing is any more: who reads along never
 * sees a hole, and nobody waits for a disk that stands still. 0 or -errno. */
int diskio_push(struct diskio *io);

/* Bytes still missing until diskio_size is whole units; 0 where it is. */
size_t diskio_gap(const struct diskio *io);

/*
 * Writes a run: bytes, a multiple of diskio_align, page-aligned, inside block;
 * diskio_gap must be 0. A reference on block is kept until it is written.
 * frames are in the file before it. 0 or -errno; a write on its way that failed shows in
 * a later call.
 */
int diskio_write_run(struct diskio *io, const uint8_t *run, size_t bytes, struct block *block,
		     uint64_t frames);

/* So many bytes, of those given, are whole records, of so many frames. */
void diskio_mark(struct diskio *io, uint64_t bytes, uint64_t frames);

/* Descriptor that becomes readable when writes on their way end, or -1; then
 * diskio_reap puts their blocks, those of all files that share it. 0, or the
 * -errno of a write of this file, or of what waited to be pushed. */
int diskio_fd(const struct diskio *io);
int diskio_reap(struct diskio *io);

/* No write of this file is on its way. From then on, as long as nothing is given,
 * other threads may fail, finish and close it while the ring thread writes other files
 * with the same queue. */
bool diskio_idle(const struct diskio *io);

/* Bytes given so far: the file's length once pushed and written. */
uint64_t diskio_size(const struct diskio *io);

/* Bytes from the start that are in the file, writes on their way counted. */
uint64_t diskio_written(const struct diskio *io);

/*
 * After a failure: waits for the writes on their way; *written is how many
 * bytes from the start the file surely has. True when one of those is what failed:
 * *written is then its offset, and *mark a record boundary at or before that.
 */
bool diskio_failure(struct diskio *io, uint64_t *written, struct write_mark *mark);

/* The descriptor of a pipe or socket, of which poll() tells when its reader goes; -1: it is
 * none. */
int diskio_pipe(const struct diskio *io);

/* Any thread: writes to a pipe are given up from now on, with -ETIMEDOUT, where its reader
 * has taken nothing for some seconds. */
void diskio_hurry(struct diskio *io);

/* Any thread: writes to a pipe that wait for its reader are given up from now
 * on, with -ECANCELED. */
void diskio_abandon(struct diskio *io);

/* The file will not grow beyond bytes (0: no limit), so nothing is reserved
 * there by diskio_prepare and diskio_settle. */
void diskio_limit(struct diskio *io, uint64_t bytes);

/* Whether disk space should be reserved now: true once for each step. Never
 * with own_reserve. */
bool diskio_wants_space(struct diskio *io);

/*
 * Control thread, while the ring thread writes: reserves disk space ahead of the writer,
 * more of it the faster that is. Nothing with own_reserve.
 *
 * It is unseen (FALLOC_FL_KEEP_SIZE), so that the file can be read all the time, and after
 * a SIGKILL.
 */
void diskio_prepare(struct diskio *io);

/*
 * With own_reserve, any one thread, while the ring thread writes: the same up to end, from
 * what is reserved so far. With a queue, and not in_order, the file's size runs ahead of
 * what is in it, until it is finished: a write that makes a file longer has to wait for all others
 * of that file, one within it does not (i_rwsem in ext4 and xfs), and costs a third less. 0, also
 * where there is nothing to reserve (no regular file, or a file system that cannot), or -errno:
 * -ENOSPC ...
 */
int diskio_reserve(struct diskio *io, uint64_t end);

/* Control thread, once the file's headers are given: pushes them, reserves
 * space (not with own_reserve), and lets go of the page cache, so that the first direct write has
 * nothing to wait for. 0 or -errno. */
int diskio_settle(struct diskio *io);

/* Waits for what is on its way, if anything is. What is given from now on is written here
 * and now, so that a thread may give it that is not the queue's. Before diskio_finish. */
void diskio_leave_queue(struct diskio *io);

/* Pushes, waits for every write, gives back space reserved in vain, and lets
 * go of the page cache. Waits for the reader of a pipe, but not for ever: then
 * -ETIMEDOUT. 0 or -errno. */
int diskio_finish(struct diskio *io);
void diskio_close(struct diskio *io);

#endif
