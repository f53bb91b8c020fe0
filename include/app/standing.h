/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --status: how the recorder of a directory does, by its own words, or, where nobody answers,
 * by what is in the directory.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_STANDING_H
#define WIRETAPE_STANDING_H

#include "base/error.h"
#include "cli/options.h"

/* 0: it runs, and is healthy. Else -errno. */
int standing_run(const struct options *options, struct error *err);

#endif
