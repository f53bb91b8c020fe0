/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An option as it was given, and the errors for what may be given only once or not
 * together. They name both as they were typed.
 */
#ifndef WIRETAPE_OPTION_REFUSE_H
#define WIRETAPE_OPTION_REFUSE_H

#include "base/error.h"

struct option_given {
	char label[32];    /* as it was typed: "-w", "--write" */
	const char *value; /* "" for an option without one; null: not given */
};

/* Usage errors, always. */
int option_refuse_repeat(const struct option_given *first, const struct option_given *second,
			 struct error *err);
int option_refuse_pair(const struct option_given *one, const struct option_given *other,
		       struct error *err);

#endif
