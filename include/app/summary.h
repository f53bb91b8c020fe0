/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --summary: what the indexes of files tell, no packet of which is read.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_SUMMARY_H
#define WIRETAPE_SUMMARY_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"

/* Prints it on standard output, and tells of files that have none. 0 or -errno. */
int summary_run(const struct options *options, struct log *log, struct error *err);

#endif
