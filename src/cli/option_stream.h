/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of streams: -w and -r with an address, and what goes with them. Threads:
 * main's. */
#ifndef WIRETAPE_OPTION_STREAM_H
#define WIRETAPE_OPTION_STREAM_H

#include "option_table.h"

/* As option_set, for OPTION_WRITE, which is a stream or the one file, and
 * OPTION_STREAM_BUFFER. */
int option_stream_set(struct option_parser *parser, enum option_id id, struct error *err);

/* Part of option_check, when the interfaces and the format of the file are known. */
int option_stream_check(const struct option_parser *parser, struct error *err);

#endif
