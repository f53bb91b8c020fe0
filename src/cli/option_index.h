/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes with --index and --summary. Threads: main's. */
#ifndef WIRETAPE_OPTION_INDEX_H
#define WIRETAPE_OPTION_INDEX_H

#include "option_table.h"

/* Part of option_check. */
int option_index_check(const struct option_parser *parser, struct error *err);

#endif
