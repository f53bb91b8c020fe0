/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The streams of a reader, for who goes through its files another way. Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_STREAMS_H
#define WIRETAPE_READER_STREAMS_H

#include "reader_stream.h"

/* Looks what the directories have, once. 0 or -errno. */
int reader_list(struct reader *reader, struct error *err);

/* The stream of a path; null: there are no more. */
struct reader_stream *reader_stream_of(struct reader *reader, uint32_t path);

#endif
