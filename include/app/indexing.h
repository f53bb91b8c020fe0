/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --index: makes the indexes that are missing, or are of an earlier state of their file.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_INDEXING_H
#define WIRETAPE_INDEXING_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"

/* Tells what it has made, and of each file that it could not make one of; then it has
 * failed. 0 or -errno. */
int indexing_run(const struct options *options, struct log *log, struct error *err);

#endif
