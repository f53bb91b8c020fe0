/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether two of the files that were named are the same one, under whatever names: one
 * would destroy what the other is for.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_SAME_FILE_H
#define WIRETAPE_SAME_FILE_H

#include "base/error.h"
#include "cli/options.h"

/* A usage error for two outputs, or an output and an input, that are the same file, and for
 * an output with a name that a recorder keeps for itself. Opens nothing. */
int same_file_check(const struct options *options, struct error *err);

#endif
