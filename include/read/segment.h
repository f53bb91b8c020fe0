/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One segment of a recorder's directory by its name, as it lies there.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_SEGMENT_H
#define WIRETAPE_SEGMENT_H

#include "read/reader.h"

/*
 * Opens it for reading, if the directory, the reader's only path, has a finished segment of
 * that name now: a descriptor, which is the caller's; -ENOENT: it has none; or -errno. Other
 * files are never opened, whatever name says.
 */
int segment_open(struct reader *reader, const char *name);

#endif
