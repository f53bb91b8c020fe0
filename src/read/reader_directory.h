/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory of a recorder as a stream: its segments in their order, with
 * those that have no name yet, up to their last whole packet. What segments
 * there are the manifest says (manifest.h), by name: a copy of the directory
 * is as good. Without a manifest, files named as segments of a directory are
 * (segment_name.h). All other files are left alone. Where several recorders
 * use one directory, their segments come one recorder after the other.
 *
 * Where only a time is asked for, of segments that can have packets of that time only
 * the part that does is read. What is known of that is in the manifest: how the packets of
 * a segment lie in time, and how far they are out of order at most (time_order.h); of one
 * that is being written, how those in its first bytes do. Where it is not, or the file has
 * another size by now, the file itself may tell; else all of it is read.
 *
 * Part of reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_DIRECTORY_H
#define WIRETAPE_READER_DIRECTORY_H

#include "reader_stream.h"

/* Fills an empty stream with the parts of its path, a directory. 0 or -errno. */
int reader_directory_list(struct reader_stream *stream, struct error *err);

/*
 * Opens a part of one, at the first record to be read. 1; 0 where it is gone,
 * deleted for the room it took; or -errno. */
int reader_directory_start(struct reader_stream *stream, struct reader_part *part,
			   struct error *err);

/* Begins the open part from its first record: the place it was begun at was
 * none. 0 or -errno. */
int reader_directory_restart(struct reader_stream *stream, struct error *err);

/* Whether the open part has no packets of the time asked for behind the newest
 * frames, count of them and as they were read. */
bool reader_directory_done(struct reader_stream *stream, const struct frame *frames,
			   uint32_t count);

#endif
