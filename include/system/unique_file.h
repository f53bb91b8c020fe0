/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are made under a hidden name and get their own by a rename. The hidden name
 * is one that nobody can know ahead: where others may make files, too, as in /tmp, they
 * could put one in the way that only they can remove.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_UNIQUE_FILE_H
#define WIRETAPE_UNIQUE_FILE_H

#include <limits.h>
#include <stdbool.h>

#define UNIQUE_NAME_ROOM (NAME_MAX + 1)

/* Makes a new file in the directory, mode 0600, open for reading and writing, called name:
 * ".BASE." and six letters; another base where that is too long. A descriptor or -errno. */
int unique_create(int dir, const char *base, char name[static UNIQUE_NAME_ROOM]);

/* Removes such files of ours that a crash has left. locked: those that somebody has a lock
 * on (flock(2)) are being made. What fails is left. */
void unique_sweep(int dir, const char *base, bool locked);

#endif
