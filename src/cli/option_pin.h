/* SPDX-License-Identifier: BSD-2-Clause */
/* --pin, --pins and --unpin, and what goes with them. Threads: main's. */
#ifndef WIRETAPE_OPTION_PIN_H
#define WIRETAPE_OPTION_PIN_H

#include "option_table.h"

/* Whether one of them, or of what goes with them alone, was given. */
bool option_pin_given(const struct option_parser *parser);

/* All of option_check then. */
int option_pin_check(struct option_parser *parser, struct error *err);

#endif
