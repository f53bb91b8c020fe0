/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --wait: until every interface that was asked for is there. Without CPU, and
 * for as long as it takes; a signal ends it as it ends any program, but for
 * SIGHUP where it would mean a new segment later.
 *
 * To a service manager waiting is a state of its own, not a start that takes
 * long: READY=1 and what is waited for are told at once, and its watchdog.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_WAIT_LINK_H
#define WIRETAPE_WAIT_LINK_H

#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"
#include "system/notify.h"

/* notify may be null. */
int wait_for_links(const struct options *options, struct log *log, struct notify *notify,
		   struct error *err);

#endif
