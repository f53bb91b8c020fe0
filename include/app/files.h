/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done with files from -r: printed, counted, written anew, sent.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_FILES_H
#define WIRETAPE_FILES_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"

/* Does all of it, and reports to log. 0 or -errno. */
int files_run(const struct options *options, struct log *log, struct error *err);

#endif
