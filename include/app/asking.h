/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --ask: a running capture is asked, and what it answers printed.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_ASKING_H
#define WIRETAPE_ASKING_H

#include "base/error.h"
#include "cli/options.h"

/* 0, or -errno: nobody answers, or what was asked for was not done. */
int asking_run(const struct options *options, struct error *err);

#endif
