/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last line of a run that has written a file: what has come of it.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_CLOSING_H
#define WIRETAPE_CLOSING_H

#include <stdint.h>

#include "cli/log.h"
#include "cli/options.h"
#include "output.h"
#include "user.h"

struct closing {
	const struct options *options;
	const struct output *output; /* null: nothing was written */
	const struct user *user;
	uint64_t packets; /* that are in it */
};

/* Says path, packets, bytes and owner of a file or a directory of segments; of a pipe, and
 * with -q, nothing. Once nothing is written any more. */
void closing_say(const struct closing *closing, struct log *log);

#endif
