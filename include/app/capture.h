/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture from -i to -w: opens all there is to open, gives up privilege and
 * runs the session.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_CAPTURE_H
#define WIRETAPE_CAPTURE_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"

/* Does all of it. The lines it has to say go to log. 0 or -errno. */
int capture_run(const struct options *options, struct log *log, struct error *err);

#endif
