/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tape: a directory of segments, of which each is a finished capture file,
 * and what may be kept in it. Knows what is ours (manifest.h), what disk space
 * that takes, makes room, and makes, publishes and deletes segments.
 *
 * The directory is held by descriptor, with a lock that keeps a second
 * recorder out. A segment is made as .wiretape-NNNNNNNN and gets its name by
 * rename when it is whole and on the disk; never in place of another file.
 *
 * Used space counts what finished segments take on the disk, what was set
 * aside for open ones, whether they have taken it yet or not, what is left of those
 * that are being deleted, and the manifest together with the one that is going to replace
 * it.
 *
 * Large segments are deleted slice by slice, by a thread once tape_start_removing was
 * called, else here and now.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_TAPE_H
#define WIRETAPE_TAPE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/note.h"
#include "disk/manifest.h"
#include "disk/pins.h"
#include "disk/trim.h"
#include "tape/rotation.h"
#include "tape/segment_name.h"
#include "tape/sink_tape.h"

/* Large files are deleted so much at a time, unless the config says otherwise. */
#define TAPE_SLICE_BYTES (UINT64_C(32) << 20)

/* Set aside for an open segment beyond its bytes: what a file system needs to
 * know where they are. */
#define TAPE_SEGMENT_EXTRA 65536u

/* There is no room by what is to be kept, and nothing left to delete. What the system
 * itself says of a full disk, or of a quota, is an -errno. */
#define TAPE_SHORT 1

/* There will be room when what is being deleted is gone. */
#define TAPE_LATER 2

struct tape;

/* A finished segment, to tell others about. */
struct tape_closed {
	uint64_t sequence;
	const char *path; /* absolute; valid during the call */
	uint64_t packets, bytes, drops;
	uint64_t first_ns, last_ns; /* since 1970; 0 without packets */
	struct time_order order;
};

struct tape_config {
	const char *path; /* the directory */
	int dir;          /* what tape_lock gave, copied; 0: it is locked by tape_open */
	mode_t file_mode;
	bool sync;
	bool prune; /* delete segments where the manifest has no room at the start */
	bool adopt; /* take in files that look like our segments and are not proven */
	enum trim_format format;
	const struct segment_naming *naming;
	const struct rotation *rotation; /* what is kept */
	const struct clock *clock;
	/* Lines for people: what was found, set aside, deleted. */
	void (*note)(void *context, enum note_cause cause, const char *text);
	/* A segment was published. */
	void (*closed)(void *context, const struct tape_closed *closed);
	/* Whether something still works on the segment (a hook). delete: it is
	 * going to be deleted all the same. */
	bool (*busy)(void *context, uint64_t sequence, bool delete);
	int pack_level;       /* finished segments are packed (pack/pack.h); 0: they are not */
	bool hooked;          /* closed runs something */
	int wake_fd;          /* an eventfd: written when deleting goes on; 0: none */
	uint64_t slice_bytes; /* files are deleted so much at a time; 0: as it is best */
	void *context;        /* strings and pointers above must outlive the tape */
};

/* An open segment. The fields are the tape's. */
struct tape_segment {
	uint64_t sequence;
	int fd;        /* read and write, -1 when it is not open */
	uint64_t held; /* disk space set aside */
	bool counted;  /* among the files kept: frames may go there */
	struct file_identity identity;
	uint8_t *index; /* what is to lie beside it; the caller's, and may be null */
	size_t index_bytes;
};

/*
 * Opens and locks the directory: a descriptor. Usage errors where it is missing, no
 * directory, cannot be written to, can be written to by anybody (without the
 * sticky bit), or has a recorder already. Changes nothing yet.
 */
int tape_lock(const char *path, struct error *err);

/* The same with all there is to a tape. */
int tape_open(const struct tape_config *config, struct tape **tape, struct error *err);

/*
 * Takes in what is there: our finished segments count from now on; unfinished
 * ones are cut to their whole records and published (closed is called), or set
 * aside. Once, before anything else; after a failure it can be tried again, and
 * until then segments can only be deleted. 0 or -errno with err.
 */
int tape_adopt(struct tape *tape, struct error *err);

/* Whether the directory was deleted, or has not been taken in, or could not be. */
bool tape_gone(const struct tape *tape);

/* Whether it was deleted. */
bool tape_is_deleted(const struct tape *tape);

/* The directory is there again, at the same path: as open and adopt. Segments
 * that were open in the old one can only be discarded. */
int tape_reopen(struct tape *tape, struct error *err);

/* Makes the next segment's file. 0, or TAPE_SHORT, TAPE_LATER or -errno with err. */
int tape_create(struct tape *tape, struct tape_segment *segment, struct error *err);

/* Has on the disk, where that is wanted, that the segments made so far are ours: before the
 * first packet goes into one. 0 or -errno. */
int tape_sync(struct tape *tape);

/*
 * Sets bytes more aside for an open segment, and counts it among the files
 * where count is set, after deleting as many of the oldest segments as that
 * takes. One that cannot be deleted counts, and the next oldest goes instead; it is
 * tried again later. 0; TAPE_LATER; or, where there is none left to delete, TAPE_SHORT:
 * the budget does not allow it, or -ENOSPC: nor does the free space that is to be kept.
 */
int tape_grant(struct tape *tape, struct tape_segment *segment, uint64_t bytes, bool count);

/* Takes back what could not be used. */
void tape_ungrant(struct tape *tape, struct tape_segment *segment, uint64_t bytes);

/* Deletes the oldest segment that can be deleted, whose disk space may come back later. 0,
 * or -ENOENT where there is none. */
int tape_delete_oldest(struct tape *tape, const char *why);

/*
 * Gives a finished segment its name and closes it. closed's sequence, path and
 * bytes are filled in here. 0, or -errno: then the segment is as before, and it
 * can be tried again; force does without the manifest's consent.
 */
int tape_publish(struct tape *tape, struct tape_segment *segment, uint64_t begin_wall_ns,
		 const struct tape_closed *closed, bool force);

/* So many bytes of an open segment have packets that lie so in time: the manifest tells it
 * to readers. What fails is not worth a word. */
void tape_tell_order(struct tape *tape, const struct tape_segment *segment, uint64_t bytes,
		     const struct time_order *order);

/* Removes an open segment. */
void tape_discard(struct tape *tape, struct tape_segment *segment);

/* Closes an open segment and leaves it as it is, for the next start. */
void tape_abandon(struct tape *tape, struct tape_segment *segment);

/* Whose directory it is. */
void tape_owner(const struct tape *tape, uid_t *uid, gid_t *gid);

/* Deletes with a thread from now on, which rests so long after each slice (tape_pace). */
void tape_start_removing(struct tape *tape);
void tape_pace(struct tape *tape, uint64_t nap_ns);

/* Takes in what was deleted, and tries again what could not be. */
void tape_collect(struct tape *tape);

/* Whether something is being deleted. */
bool tape_is_removing(const struct tape *tape);

/* The recording ends: deleting goes on without rest, and nothing is tried again. */
void tape_end(struct tape *tape);

/* Deletes what is too old, too many once its hook has ended, or in the way of
 * the free space to be kept; and looks, a part at a time, whether all segments are
 * there still. Returns nanoseconds until time wants that to be done again; UINT64_MAX:
 * never. */
uint64_t tape_expire(struct tape *tape);

/* Disk space that the tape can have back by deleting: of the segments in the directory
 * that are proven ours, as tape_adopt finds them. 0 where that cannot be read. Reads
 * the directory and changes nothing. */
uint64_t tape_kept_bytes(const struct tape *tape);

/* Free on the file system, beyond what is to be kept free. */
uint64_t tape_free_bytes(const struct tape *tape);

/* Disk space in use, and the number of segments, open ones included. */
uint64_t tape_used_bytes(const struct tape *tape);
uint64_t tape_files(const struct tape *tape);

/* When the first packet of the oldest segment was taken, ns since 1970; 0: none, or
 * not known. Reads of the file. */
uint64_t tape_oldest_ns(struct tape *tape);

/* Pins a time, within the share that is for it; lets one go; and all of them. 0 or -errno
 * with err: then all is as before. */
int tape_pin(struct tape *tape, const struct pin *pin, struct error *err);
int tape_unpin(struct tape *tape, const char *name, struct error *err);
const struct pins *tape_pins(const struct tape *tape);
/* Packs with a thread from now on. */
void tape_pack_start(struct tape *tape);

/* Goes on with that: takes in what was packed, and begins the next one. Nanoseconds until it wants
 * to be called again; UINT64_MAX: when wake_fd is written. */
uint64_t tape_pack(struct tape *tape);

/* The recording ends: only what waits is packed; now: not even that. */
void tape_pack_end(struct tape *tape, bool now);
bool tape_is_packing(const struct tape *tape);
void tape_pack_count(const struct tape *tape, struct tape_pack_counts *counts);

/* Looks at all segments once more: what others took away no longer counts. */
void tape_look_again(struct tape *tape);

/* The recording has ended well: the manifest, and the one before it, both tell of all
 * that is there. */
void tape_end_manifest(struct tape *tape);

/* Takes a null pointer. */
void tape_close(struct tape *tape);

#endif
