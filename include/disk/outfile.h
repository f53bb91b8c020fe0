/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file a capture goes to: a regular file, standard output, a named pipe
 * or a character device.
 *
 * A regular file is made as a hidden neighbour (O_EXCL, O_NOFOLLOW, mode
 * 0600) and gets its name by rename in outfile_publish, after the headers are
 * written: what stood there before is replaced in one step or not at all.
 * Symbolic links are refused, never followed. Pipes and devices are opened as
 * they are. A regular file that somebody else makes, names and closes can be
 * wrapped, to be filled like the others.
 *
 * It is opened and named here; diskio puts the bytes in.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_OUTFILE_H
#define WIRETAPE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct outfile;

/*
 * Tells, without making or changing anything, whether a path can be written:
 * usage errors for a directory that is missing, read-only or no directory,
 * for a directory or a symbolic link or a socket or block device at the path,
 * and for "-" where standard output is a terminal.
 */
int outfile_check(const char *path, struct error *err);

/* Opens path ("-": standard output) for writing. Opening a named pipe waits
 * for its reader. mode: the permission bits a new file is published with,
 * whatever the umask, where the file system keeps any. */
int outfile_open(const char *path, mode_t mode, struct outfile **file, struct error *err);

/* Whose a new regular file is from outfile_publish on: (uid_t)-1, (gid_t)-1: as it is made.
 * must: where it cannot be given away that fails. */
void outfile_give(struct outfile *file, uid_t uid, gid_t gid, bool must);

/* Another process, which may make a file where this one may not, and name it. It removes
 * one that is never named. Each returns -errno with err where it fails. */
struct outfile_maker {
	int (*create)(void *context, struct error *err); /* a descriptor */
	int (*publish)(void *context, struct error *err);
	void *context;
};

/* The same as outfile_open for a path that is, or is to be, a regular file. */
int outfile_open_by(const struct outfile_maker *maker, const char *path, struct outfile **file,
		    struct error *err);

/* The regular file fd, open for reading and writing, which stays the caller's
 * to name, sync and close, and has to outlive the handle. name, for messages,
 * is copied. outfile_publish does nothing; outfile_close lets fd be. */
int outfile_wrap(int fd, const char *name, struct outfile **file, struct error *err);

/* The name the file has or will have, for messages ("standard output"). */
const char *outfile_name(const struct outfile *file);

/* Whether it can be read back, cut and seeked: a regular file. */
bool outfile_is_regular(const struct outfile *file);

/* The descriptor: open for reading too where the file is regular. */
int outfile_fd(const struct outfile *file);

/* Gives a regular file its name. Does nothing for the others. */
int outfile_publish(struct outfile *file, struct error *err);

/* Cuts a regular file to bytes, and gives back space reserved beyond. 0 or
 * -errno. */
int outfile_cut(struct outfile *file, uint64_t bytes);

/* Closes, and says whether all of it went well: 0 or -errno. The handle is
 * gone either way. A file never published is removed. Takes a null pointer. */
int outfile_close(struct outfile *file);

#endif
