/* SPDX-License-Identifier: BSD-2-Clause */
/* What says how a directory is served, and what goes with that. Threads: main's. */
#ifndef WIRETAPE_OPTION_SERVE_H
#define WIRETAPE_OPTION_SERVE_H

#include "option_table.h"

/* Part of option_set: --serve and --serve-limit. */
int option_serve_set(struct option_parser *parser, enum option_id id, struct error *err);

/* Part of option_check. */
int option_serve_check(const struct option_parser *parser, struct error *err);

#endif
