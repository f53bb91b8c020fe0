/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colours a packet's line by its protocol, when asked to. What it is is known
 * only at the end of the line, so the colour is put in front of it then, in the
 * buffer; a line that has already left is left alone.
 */
#ifndef WIRETAPE_PRINT_COLOR_H
#define WIRETAPE_PRINT_COLOR_H

#include <stdbool.h>

#include "decode/text.h"

struct print_color {
	bool on;
	size_t at; /* where the line begins in the buffer */
	uint64_t flushes;
};

void print_color_begin(struct print_color *color, const struct text *text, bool on);
void print_color_end(const struct print_color *color, struct text *text, const char *protocol);

#endif
