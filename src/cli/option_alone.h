/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that are all that is done then, as --index, --ask or --serve: few others say anything
 * beside them. Threads: main's.
 */
#ifndef WIRETAPE_OPTION_ALONE_H
#define WIRETAPE_OPTION_ALONE_H

#include <stdbool.h>

#include "option_table.h"

/* Refuses, as a usage error, what was given beside the option with and does not go along with
 * it, -f before any -i too. Words behind the options are for the caller. */
int option_alone_check(const struct option_parser *parser, enum option_id with,
		       bool (*goes_along)(enum option_id id, enum option_id with),
		       struct error *err);

#endif
