/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of what a recorder has made in a directory, kept in that directory,
 * so that after a restart, or a crash, it can be proven which files are its
 * own: a file is ours where its name, its inode number and
 * its time of birth are those of the list. A copy, or another file that got
 * the name, is not.
 *
 * Text, a line each, written before what it tells of is done:
 *
 *   wiretape-manifest 1
 *   next SEQUENCE                       no segment had this number or a higher one
 *   open SEQUENCE INODE BIRTH           made, under its hidden name
 *   gone SEQUENCE INODE BIRTH           about to be deleted, under another hidden name
 *   segment SEQUENCE INODE BIRTH WALL BOOT BOOT-ID NAME
 *                                       whole, about to get this name; when it was
 *                                       closed, by both clocks (clock.h), the
 *                                       latter of which counts from BOOT-ID
 *
 * Numbers are decimal, times nanoseconds. A line that cannot be read, the last
 * one after a power failure, is passed over; of several on one segment the
 * last one that is true counts.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_MANIFEST_H
#define WIRETAPE_MANIFEST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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

/* What tells one file from another that has its name. */
struct file_identity {
	uint64_t inode;
	uint64_t birth_ns; /* 0 where the file system does not know */
};

struct manifest_line {
	enum { MANIFEST_NEXT, MANIFEST_OPEN, MANIFEST_SEGMENT, MANIFEST_GONE } kind;
	uint64_t sequence;
	struct file_identity identity;
	uint64_t wall_ns, boot_ns;
	char boot_id[MANIFEST_BOOT_ID + 1];
	char name[NAME_MAX + 1];
};

struct manifest;

/* The file a descriptor, or a name in a directory (not followed), stands for,
 * and the disk space it takes. 0 or -errno; -EBUSY for a name with a mount on it. */
int file_identify(int dir, const char *name, struct file_identity *identity, uint64_t *disk_bytes);
bool file_identity_equal(const struct file_identity *a, const struct file_identity *b);

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

/* Its length, and the disk space it may take, in bytes; 0 for a null pointer. */
uint64_t manifest_bytes(const struct manifest *manifest);
uint64_t manifest_disk_bytes(const struct manifest *manifest);

/* One not committed is removed. Takes a null pointer. */
void manifest_close(struct manifest *manifest);

#endif
