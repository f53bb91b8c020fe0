/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -i, and the options that behind an -i are that interface's alone: -f, -s and -p.
 */
#ifndef WIRETAPE_OPTION_INTERFACE_H
#define WIRETAPE_OPTION_INTERFACE_H

#include "base/error.h"
#include "option_table.h"

/* As option_set, for these four. */
int option_interface_set(struct option_parser *parser, enum option_id id, struct error *err);

#endif
