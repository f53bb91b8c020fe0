/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -d: what a filter is compiled to.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_DUMP_H
#define WIRETAPE_DUMP_H

#include "base/error.h"
#include "cli/options.h"

/* Prints on standard output the filter as it is for the first interface, for packets of
 * the first file, or for Ethernet without either. 0 or -errno. */
int dump_filter(const struct options *options, struct error *err);

#endif
