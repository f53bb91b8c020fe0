/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One way out, or two for what is in files: -o and --split.
 */
#ifndef WIRETAPE_OPTION_PORTS_H
#define WIRETAPE_OPTION_PORTS_H

#include "base/error.h"
#include "option_table.h"

/* As option_set, for these options. */
int option_ports_set(struct option_parser *parser, enum option_id id, struct error *err);

/* What can only be said of them once all are known; takes what stands in front of the "="
 * off their names. 0 or a usage error. */
int option_ports_check(struct option_parser *parser, struct error *err);

void option_ports_free(struct options *options);

#endif
