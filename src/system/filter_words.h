/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a filter that ask for what no packet of a file has in it, but the file says:
 * "inbound", "outbound", "ifname NAME" and "on NAME". And the text in errors. Part of
 * filter.
 */
#ifndef WIRETAPE_FILTER_WORDS_H
#define WIRETAPE_FILTER_WORDS_H

#include <stdbool.h>

#include "system/filter.h"

/* The expression with what is so or not in place of those words: *text is the caller's to
 * free. 0 or -ENOMEM. */
int filter_words_settle(const char *expression, const struct filter_facts *facts, char **text);

/* Whether one of the words asks for the way of a packet. */
bool filter_words_ask_way(const char *expression);

/* Puts an expression in front of an error, as much as leaves room for the error. */
void filter_name_expression(struct error *err, const char *expression);

#endif
