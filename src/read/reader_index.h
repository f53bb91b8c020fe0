/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index that lies beside a file: found, and made a plan of. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_INDEX_H
#define WIRETAPE_READER_INDEX_H

#include "reader_stream.h"

/* A descriptor of what lies beside a file of that path, opened without asking anybody; -1:
 * there is none. */
int reader_index_beside(const char *path);

/* The same of a file of the stream's directory, or of the stream itself. It is the
 * caller's, or the stream's where *kept says so. */
int reader_index_open(const struct reader_stream *stream, const char *name, bool *kept);

/* The same of any file, whether an index is used or not. It is the caller's. */
int reader_index_take(const struct reader_stream *stream, const char *name);

/* Before a part is started: whether an index can spare anything of it. */
bool reader_index_helps(const struct reader_stream *stream, const struct reader_part *part,
			const struct reader_input *input);

/* The part was started: plans what of it is read. */
void reader_index_plan(struct reader_stream *stream, const struct reader_part *part);

#endif
