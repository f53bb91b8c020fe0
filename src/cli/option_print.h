/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of reading and printing.
 */
#ifndef WIRETAPE_OPTION_PRINT_H
#define WIRETAPE_OPTION_PRINT_H

#include "base/error.h"
#include "option_table.h"

/* --from, --to. */
int option_print_set_time(struct options *options, enum option_id id, const char *text,
			  struct error *err);

/* Adds the files of -V, and says what can only be said of all these once they are
 * known. */
int option_print_check(struct option_parser *parser, struct error *err);

#endif
