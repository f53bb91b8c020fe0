/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As whom a capture goes on once all is open: -Z, or what the output suggests.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_USER_H
#define WIRETAPE_USER_H

#include "error.h"
#include "options.h"
#include "output.h"
#include "privilege.h"

/* output: null where nothing is written. Usage errors, also where that user may not
 * write. */
int user_choose(const struct options *options, const struct output *output,
		struct privilege_target *target, struct error *err);

#endif
