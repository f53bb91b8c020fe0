/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of what a recorder has made in a directory, kept in that directory,
 * so that after a restart, or a crash, it can be proven which files are its
 * own: a file is ours where its name and its identity (file_identity.h) are those
 * of the list. A copy, or another file that got the name, is not.
 *
 * Text, a line each, written before what it tells of is done, behind a first line. Each
 * begins with the CRC-32C of what follows it, eight hexadecimal digits and a blank:
 *
 *   wiretape-manifest 2
 *   next SEQUENCE                       no segment had this number or a higher one
 *   open SEQUENCE INODE BIRTH BYTES LEAST MOST FALL
 *                                       made, under its hidden name; once more now and
 *                                       then while it grows, with how the packets in so
 *                                       many bytes of it lie in time (time_order.h)
 *   gone SEQUENCE INODE BIRTH           about to be deleted, under another hidden name
 *   segment SEQUENCE INODE BIRTH SIZE MTIME HEAD LEAST MOST FALL WALL BOOT BOOT-ID NAME
 *                                       whole, about to get this name; what it looks like
 *                                       and how its packets lie in time ("-": not noted);
 *                                       when it was closed, by both clocks (clock.h), the
 *                                       latter of which counts from BOOT-ID
 *
 * Numbers are decimal, times nanoseconds. A line that cannot be read, the last
 * one after a power failure, or whose checksum is wrong, is passed over; of several on one
 * segment the last one that is true counts. In the first version there were no checksums,
 * and no SIZE MTIME HEAD, BYTES and LEAST MOST FALL: such lines are read where the first
 * line is not that of the second.
 *
 * The one that was replaced by this one is kept beside it, under a name with a '~'.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_MANIFEST_H
#define WIRETAPE_MANIFEST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "disk/file_identity.h"
#include "frames/time_order.h"

#define MANIFEST_NAME    ".wiretape-manifest" /* or this, a dot and more */
#define MANIFEST_BOOT_ID 36u                  /* characters of /proc/sys/kernel/random/boot_id */

/* The hidden name of a segment until it gets its own: .wiretape-NNNNNNNN. */
#define MANIFEST_HIDDEN      ".wiretape-"
#define MANIFEST_HIDDEN_ROOM (sizeof(MANIFEST_HIDDEN) + 20)
void manifest_hidden_name(uint64_t sequence, char name[static MANIFEST_HIDDEN_ROOM]);

/* That of one that is being deleted, of which the end may be gone:
 * .wiretape-NNNNNNNN.gone. */
#define MANIFEST_GONE_ROOM (MANIFEST_HIDDEN_ROOM + 5)
void manifest_gone_name(uint64_t sequence, char name[static MANIFEST_GONE_ROOM]);

/* The name of the one before the manifest of a name: .wiretape-manifest~, or with a dot
 * and more behind it. */
#define MANIFEST_PREVIOUS MANIFEST_NAME "~"
void manifest_previous_name(const char *name, char previous[static NAME_MAX + 1]);

struct manifest_line {
	enum { MANIFEST_NEXT, MANIFEST_OPEN, MANIFEST_SEGMENT, MANIFEST_GONE } kind;
	uint64_t sequence;
	struct file_identity identity;
	struct file_mark mark;   /* of a segment */
	struct time_order order; /* of a segment, or of an open one's ordered_bytes */
	uint64_t ordered_bytes;
	uint64_t wall_ns, boot_ns;
	char boot_id[MANIFEST_BOOT_ID + 1];
	char name[NAME_MAX + 1];
};

struct manifest;

/* Calls visit for every line of a manifest. 0, also where there is none, or
 * -errno; -EPERM for one that neither we nor root nor the directory's owner has
 * made. */
int manifest_read(int dir, const char *name,
		  int (*visit)(void *context, const struct manifest_line *line), void *context);

/* The same of one in dir that is open for reading, which is closed. */
int manifest_read_open(int dir, int fd,
		       int (*visit)(void *context, const struct manifest_line *line),
		       void *context);

/*
 * Begins a new manifest, in place of the one there is once manifest_commit
 * says so; lines are added in between. name is at most MANIFEST_NAME_MOST
 * characters long; mode is the file's, which its owner can read and write
 * whatever that says. 0 or -errno.
 */
#define MANIFEST_NAME_MOST (NAME_MAX - 4)
int manifest_create(int dir, const char *name, mode_t mode, struct manifest **manifest);
int manifest_commit(struct manifest *manifest, bool sync);

/* Adds a line. After a failure nothing of it is there. 0 or -errno; -ENOENT
 * for a null pointer. */
int manifest_add(struct manifest *manifest, const struct manifest_line *line);

/* Sees to it that the lines so far are on the disk. 0 or -errno. */
int manifest_sync(struct manifest *manifest);

/* Whether it is there as it was written: others can delete, replace or empty it. A null
 * pointer is not. */
bool manifest_is_intact(const struct manifest *manifest);

/* In bytes, 0 for a null pointer: its length; the disk space of the one before; and the
 * disk space that both, and a new one, may take. */
uint64_t manifest_bytes(const struct manifest *manifest);
uint64_t manifest_kept_bytes(const struct manifest *manifest);
uint64_t manifest_disk_bytes(const struct manifest *manifest);

/* One not committed is removed. Takes a null pointer. */
void manifest_close(struct manifest *manifest);

#endif
