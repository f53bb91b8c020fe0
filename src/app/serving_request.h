/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done for one request, in a process of its own: what the command line does with the
 * same words.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_SERVING_REQUEST_H
#define WIRETAPE_SERVING_REQUEST_H

#include "cli/options.h"
#include "serve/request.h"

/* options are those of the server. The answer goes to standard output, lines to standard error.
 * Returns the exit status; a filter that is too long in being compiled ends the process by
 * SIGALRM. */
int serving_request(const struct options *options, const struct serve_request *request);

#endif
