/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --wait: until every interface that was asked for is there. Without CPU, and
 * for as long as it takes; a signal ends it as it ends any program.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_WAIT_LINK_H
#define WIRETAPE_WAIT_LINK_H

#include "error.h"
#include "log.h"
#include "options.h"

int wait_for_links(const struct options *options, struct log *log, struct error *err);

#endif
