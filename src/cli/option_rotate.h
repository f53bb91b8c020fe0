/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that say when a recording goes on in a new segment, what of it
 * is kept and when it ends: -a, -b, -C, -G, -W and what goes with them.
 */
#ifndef WIRETAPE_OPTION_ROTATE_H
#define WIRETAPE_OPTION_ROTATE_H

#include "base/error.h"
#include "option_table.h"

/* As option_set, for OPTION_AUTOSTOP, OPTION_RING_BUFFER, OPTION_FILE_SIZE,
 * OPTION_FILE_TIME and OPTION_FILE_COUNT. */
int option_rotate_set(struct option_parser *parser, enum option_id id, struct error *err);

/* What can only be said of them once all are known, and what follows from
 * several at a time. 0 or a usage error. */
int option_rotate_check(struct option_parser *parser, struct error *err);

#endif
