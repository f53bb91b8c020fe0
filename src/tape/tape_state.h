/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the tape share: its state, and the steps that several of
 * them need. From the lowest: the state and its names (tape_state.c), the
 * manifest (tape_manifest.c), deleting (tape_remove.c), whether all is there still
 * (tape_check.c), what is kept (tape_room.c), open segments (tape_segment.c), their names
 * (tape_publish.c), what is there at the start (tape_adopt.c, tape_age.c, tape_orphans.c,
 * tape_strangers.c), and
 * the directory (tape_dir.c). Part of tape; nobody else's.
 */
#ifndef WIRETAPE_TAPE_STATE_H
#define WIRETAPE_TAPE_STATE_H

#include <limits.h>
#include <stdatomic.h>

#include "tape.h"
#include "tape_helper.h"
#include "tape_index.h"
#include "tape_pack.h"

/* Most segments that are open at once: one being written, one ahead, and those
 * that the disk has not finished yet. */
#define TAPE_OPEN_MOST 64u

/* A segment that is being deleted in slices. */
struct tape_removal {
	struct helper_job job; /* first */
	struct tape *tape;
	uint64_t sequence;
	struct file_identity identity;
	_Atomic uint64_t left; /* disk space it still takes */
	int rc;                /* how it went */
	uint64_t retry_ns;     /* it failed and is tried again; 0: it is on its way */
	struct tape_removal *next;
};

struct tape {
	struct tape_config config;
	int dir;
	char path[PATH_MAX]; /* absolute, without links; when it was opened */
	char manifest_name[NAME_MAX + 1];
	struct manifest *manifest;
	struct tape_index index;
	uint64_t sequence;   /* the last one used */
	uint64_t held;       /* by open segments */
	uint64_t open_files; /* counted ones of those */
	struct {
		uint64_t sequence; /* 0: free */
		bool left;         /* it is done with, but its hidden file is there */
		struct file_identity identity;
		uint64_t ordered_bytes; /* what tape_tell_order has said */
		struct time_order order;
	} open[TAPE_OPEN_MOST];
	size_t checked;                      /* the next one in the index to be looked at */
	uint64_t some_ns, all_ns;            /* when some were looked at last, and all */
	uint64_t oldest_sequence, oldest_ns; /* what tape_oldest_ns has found, and of which */
	char boot_id[MANIFEST_BOOT_ID + 1];
	struct helper *remover;
	struct tape_removal *removals;
	struct tape_pack *pack;
	uint64_t pack_held; /* set aside for what is being packed */
	bool ending;
	struct pins pins;
	bool pins_changed;      /* or what is pinned was found for */
	size_t pins_count;      /* so many segments, */
	uint64_t pins_youngest; /* the youngest of which was this one, */
	bool pins_over;         /* and was more than there is room for */
};

/* Reads the pins; has the entries of the index say which of them are pinned now. */
void tape_load_pins(struct tape *tape);
void tape_mark_pinned(struct tape *tape);

void __attribute__((format(printf, 3, 4)))
tape_note(struct tape *tape, enum note_cause cause, const char *format, ...);

/* Where a directory is now, absolute and without links. 0 or -errno. */
int tape_find_path(int dir, char path[static PATH_MAX]);

/* Adds a line to the manifest, and has it on the disk where that is wanted. 0 or
 * -errno. */
int tape_add_line(struct tape *tape, const struct manifest_line *line);

/* The same, but has it on the disk with the next tape_sync. */
int tape_put_line(struct tape *tape, const struct manifest_line *line);

/* Writes it anew where others have deleted, replaced or changed it, which is said. */
void tape_check_manifest(struct tape *tape);

/* Replaces the manifest by one that holds just what is so now. 0 or -errno. */
int tape_write_manifest(struct tape *tape);

/* The same where most of it is about segments that are gone; says it where that fails. */
void tape_tidy_manifest(struct tape *tape);

/* Tells of what is in the directory and not proven ours, orphans apart; removes what a crash has
 * left of segments before their first byte. */
void tape_tell_strangers(struct tape *tape, const struct tape_index *orphans);

/* The number of a segment that has this hidden name; 0: none has. */
uint64_t tape_hidden_number(const char *name);

/* Says which files look like our segments and are not proven, or were taken in. */
void tape_tell_orphans(struct tape *tape, const struct tape_index *orphans);

/*
 * The index is held against the disk, as others move, replace, cut and delete files,
 * too. tape_check: 1 where the i-th oldest segment is there, and what it takes by now
 * counts; 0 where it is gone: it is forgotten, and said; or -errno: out of reach. sure:
 * before it is deleted, it has to be proven. tape_check_some: the next ones in turn, once
 * a second at most; tape_check_all: all of them, before any is deleted for what they are
 * thought to take, unless that was done within a second. Both have a bound.
 */
int tape_check(struct tape *tape, size_t i, bool sure);
void tape_check_some(struct tape *tape);
void tape_check_all(struct tape *tape);

/* Whether there is room for so many bytes more while a segment is packed; older ones may be
 * deleted for it. 0, TAPE_LATER, TAPE_SHORT or -ENOSPC. */
int tape_room_for_packing(struct tape *tape, uint64_t bytes, uint64_t sequence);

/* The segments that are there by now, after tape_adopt, are to be packed as well. */
void tape_pack_look(struct tape *tape);

/* How old the segments in the index are: sets what their entries say of both
 * clocks, which is what the manifest said, to times on this boot's. */
void tape_set_ages(struct tape *tape);

/* Counts a segment's file among the open ones. 0, or -EMFILE: too many. */
int tape_hold(struct tape *tape, const struct tape_segment *segment);

/* Closes a segment's file, which counts no more, nor does what was set aside for it. */
void tape_release(struct tape *tape, struct tape_segment *segment);

/* tape_publish under names of another kind. */
int tape_publish_as(struct tape *tape, struct tape_segment *segment,
		    const struct segment_naming *naming, uint64_t begin_wall_ns,
		    const struct tape_closed *closed);

/* The index beside a segment (tape_index_file.c): written, deleted, and what it takes. A
 * segment without one is as good. */
void tape_put_index(struct tape *tape, const struct tape_segment *segment, const char *name,
		    uint64_t *disk_bytes);
void tape_remove_index(const struct tape *tape, const char *name);
uint64_t tape_index_file_bytes(const struct tape *tape, const char *name);

/* Deletes it where it is the index of a file that is not there. */
void tape_drop_lone_index(const struct tape *tape, const char *path);

/* Deletes the file of a segment. One that is large is gone at once, but the disk space it
 * takes comes back by and by. 0 or -errno. */
int tape_remove(struct tape *tape, const struct tape_entry *entry);

/* Deletes what is left of one. held is the disk space it takes. 0 or -ENOMEM. */
int tape_remove_gone(struct tape *tape, const struct tape_segment *segment);

/* Disk space in use, but for what comes back soon, of segments that are being deleted;
 * and that. */
uint64_t tape_settled_bytes(const struct tape *tape);
uint64_t tape_coming_bytes(const struct tape *tape);

/* Whether one could not be deleted, and is tried again. */
bool tape_has_stuck(const struct tape *tape);

/* Waits until none is being deleted, and forgets those that could not be. */
void tape_drop_removals(struct tape *tape);

/* Renames without ever replacing a file. 0 or -errno (-EEXIST). */
int tape_rename(int dir, const char *from, const char *to);

#endif
