/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can only be said of a command line once all its options are known.
 */
#ifndef WIRETAPE_OPTION_CHECK_H
#define WIRETAPE_OPTION_CHECK_H

#include "base/error.h"
#include "option_table.h"

/* Fills in what the options leave to be told from others. 0 or a usage error. */
int option_check(struct option_parser *parser, struct error *err);

#endif
