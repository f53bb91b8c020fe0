/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As whom a capture goes on once all is open: -Z, or what the output suggests.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_USER_H
#define WIRETAPE_USER_H

#include "base/error.h"
#include "cli/options.h"
#include "output.h"
#include "read/reader.h"
#include "system/privilege.h"

/* Nulls where nothing is written, or read. Usage errors, also where that user may not
 * write, or not read what is opened only later. */
int user_choose(const struct options *options, const struct output *output,
		const struct reader *reader, struct privilege_target *target, struct error *err);

#endif
