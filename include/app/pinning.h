/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --pin, --unpin, --pins: asked of the recorder of the directory, or, where none runs, done in
 * the directory.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_PINNING_H
#define WIRETAPE_PINNING_H

#include "base/error.h"
#include "cli/options.h"

/* 0 or -errno. */
int pinning_run(const struct options *options, struct error *err);

#endif
