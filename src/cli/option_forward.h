/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of forwarding and replaying: -o, -r and what goes with them.
 */
#ifndef WIRETAPE_OPTION_FORWARD_H
#define WIRETAPE_OPTION_FORWARD_H

#include "base/error.h"
#include "option_table.h"

/* As option_set, for OPTION_READ, OPTION_READ_LIST and OPTION_INDEX. */
int option_forward_set(struct option_parser *parser, enum option_id id, struct error *err);

/* One more of -r. */
int option_forward_add_file(struct options *options, const char *path, struct error *err);

/* What can only be said of them once all are known; --both-ways adds the second
 * interface. 0 or a usage error. */
int option_forward_check(struct option_parser *parser, struct error *err);

#endif
