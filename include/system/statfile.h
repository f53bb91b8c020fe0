/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small file that is replaced as a whole, again and again: readers find the
 * old contents or the new ones, never a part. Its directory is held by
 * descriptor, so that it works after a change of user, too, where that may
 * write there.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_STATFILE_H
#define WIRETAPE_STATFILE_H

#include <stddef.h>

#include "base/error.h"
#include "system/privilege.h"

struct statfile;

/* Opens the directory. Usage errors where it is missing or not one that writer may
 * write to, or what has the name is no regular file (a symbolic link is none),
 * and for "-". Makes nothing. */
int statfile_open(const char *path, const struct privilege_target *writer, struct statfile **file,
		  struct error *err);

/* 0, or -errno with the old file still there and nothing beside it. Of two processes that
 * replace the same one at a time, both do, one after the other. */
int statfile_replace(struct statfile *file, const void *text, size_t bytes, struct error *err);

/* Takes a null pointer. */
void statfile_close(struct statfile *file);

#endif
