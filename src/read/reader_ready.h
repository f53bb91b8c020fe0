/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments of a directory that are opened before their turn, and begun to be read, so that the
 * disk does not wait between two files. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_READY_H
#define WIRETAPE_READER_READY_H

#include "reader_stream.h"

/* Opens the file of a part. 0 or -errno. */
int reader_ready_open(const struct reader_stream *stream, const struct reader_part *part,
		      struct reader_input *input, struct error *err);

/* Looks whether the next segments are to be begun. */
void reader_ready_more(struct reader_stream *stream);

/* A part is going to be started: of those behind it the beginnings are asked for, and those of
 * their indexes, where these tell what is read. */
void reader_ready_ask(struct reader_stream *stream);

/* Gives the input of a part, if that was begun: it is the caller's, and stream->ready_index is set.
 * What was begun of others before it is closed. */
bool reader_ready_take(struct reader_stream *stream, uint32_t part, struct reader_input *input);

void reader_ready_clear(struct reader_stream *stream);

#endif
