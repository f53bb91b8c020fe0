/* SPDX-License-Identifier: BSD-2-Clause */
/* Options whose value is one of a few words. Threads: main's. */
#ifndef WIRETAPE_OPTION_CHOICE_H
#define WIRETAPE_OPTION_CHOICE_H

#include "option_table.h"

/* As option_set, for these. */
int option_choice_set(struct options *options, enum option_id id, const char *value,
		      struct error *err);

#endif
