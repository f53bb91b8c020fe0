/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells a file from another one that has its name. Its inode number alone does
 * not: once it is deleted, the next file that is made may get that. Its time of birth
 * does, where the file system knows it. Where not (ext4 with small inodes, FUSE), a
 * file that nobody holds open is known by what can be seen of it: its size, its time of
 * modification, and its first bytes; and if those were not noted, it is not known.
 *
 * Any thread.
 */
#ifndef WIRETAPE_FILE_IDENTITY_H
#define WIRETAPE_FILE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

struct file_identity {
	uint64_t inode;
	uint64_t birth_ns; /* 0 where the file system does not know */
};

/* What a file looks like that is not written to any more. */
struct file_mark {
	uint64_t bytes, mtime_ns;
	uint32_t head; /* CRC-32C of the first FILE_HEAD_BYTES, or less */
	bool has_size; /* bytes and mtime_ns were noted, */
	bool has_head; /* and head */
};

#define FILE_HEAD_BYTES 512u

/* What can be seen of a file without reading of it. */
struct file_state {
	struct file_identity identity;
	uint64_t disk_bytes;
	uint64_t bytes, mtime_ns;
};

/* Looks at the file a descriptor, or a name in a directory (not followed), stands for. 0
 * or -errno; -EBUSY for a name with a mount on it. */
int file_look(int dir, const char *name, struct file_state *state);

/* The same of its identity, and the disk space it takes, which may be null. */
int file_identify(int dir, const char *name, struct file_identity *identity, uint64_t *disk_bytes);

/* Whether they are one file: for sure only where one of them is open. */
bool file_identity_equal(const struct file_identity *a, const struct file_identity *b);

/* Notes what an open file looks like; of its first bytes only where its time of birth is
 * not known. 0 or -errno. */
int file_mark_take(int fd, struct file_mark *mark);

/* Whether a file that nobody holds open can be the one noted. */
bool file_is_like(const struct file_state *state, const struct file_identity *identity,
		  const struct file_mark *mark);

/* Whether it is, its first bytes included where that is needed: 1, 0, also where there is
 * none, or -errno. */
int file_prove(int dir, const char *name, const struct file_identity *identity,
	       const struct file_mark *mark, struct file_state *state);

#endif
