/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of sending files, -r with -o: when, and what of them.
 */
#ifndef WIRETAPE_OPTION_REPLAY_H
#define WIRETAPE_OPTION_REPLAY_H

#include "base/error.h"
#include "option_table.h"

/* As option_set, for these options. */
int option_replay_set(struct option_parser *parser, enum option_id id, struct error *err);

/* What can only be said of them once all are known. 0 or a usage error. */
int option_replay_check(const struct option_parser *parser, struct error *err);

#endif
