/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each option sets.
 */
#ifndef WIRETAPE_OPTION_SET_H
#define WIRETAPE_OPTION_SET_H

#include "base/error.h"
#include "option_table.h"

/* Sets what parser->given[id] asks for: 0 or a usage error, which does not
 * name the option. */
int option_set(struct option_parser *parser, enum option_id id, struct error *err);

#endif
