/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --serve: a recorder's directory over HTTP, for as long as it is wanted.
 *
 * Threads: main's, before there is another.
 */
#ifndef WIRETAPE_SERVING_H
#define WIRETAPE_SERVING_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"

/* Serves until SIGINT or SIGTERM. 0 or -errno. */
int serving_run(const struct options *options, struct log *log, struct error *err);

#endif
