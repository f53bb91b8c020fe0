/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files from -r sent out by -o.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_REPLAY_H
#define WIRETAPE_REPLAY_H

#include "error.h"
#include "log.h"
#include "options.h"

/* Does all of it, and reports to log. 0 or -errno. */
int replay_run(const struct options *options, struct log *log, struct error *err);

#endif
