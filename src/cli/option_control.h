/* SPDX-License-Identifier: BSD-2-Clause */
/* --control and --ask, and what goes with them. Threads: main's. */
#ifndef WIRETAPE_OPTION_CONTROL_H
#define WIRETAPE_OPTION_CONTROL_H

#include "option_table.h"

/* Where the value is kept as it is, of an option that asks, or has something asked; null: it is
 * another. */
const char **option_control_text(struct options *options, enum option_id id);

/* Part of option_check; with --ask all of it. */
int option_control_check(struct option_parser *parser, struct error *err);

#endif
