/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --ask: a running capture is asked, and what it answers printed.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_ASKING_H
#define WIRETAPE_ASKING_H

#include <stdbool.h>

#include "base/error.h"
#include "cli/options.h"
#include "control/request.h"

/* Asks at path and prints the answer, but for the words of a refusal. As control_ask (ask.h),
 * and -EPROTO: it was refused. *healthy: or done, as wanted. */
int asking_print(const char *path, const struct control_request *request, bool *healthy,
		 struct error *err);

/* 0, or -errno: nobody answers, or what was asked for was not done. */
int asking_run(const struct options *options, struct error *err);

#endif
