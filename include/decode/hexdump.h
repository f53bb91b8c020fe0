/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes shown as -x, -X and -A show them. Pure.
 */
#ifndef WIRETAPE_HEXDUMP_H
#define WIRETAPE_HEXDUMP_H

#include <stdint.h>

#include "decode/text.h"

/* Lines of 16 bytes, each begun with a newline and a tab, none ended. */
void hexdump_hex(struct text *text, const uint8_t *bytes, uint32_t count);
void hexdump_both(struct text *text, const uint8_t *bytes, uint32_t count);

/* As the first, but each line is begun with indent. */
void hexdump_indented(struct text *text, const char *indent, const uint8_t *bytes, uint32_t count);

/* A newline, then the characters; tabs and newlines as they are, and without
 * the returns at the ends of lines. */
void hexdump_ascii(struct text *text, const uint8_t *bytes, uint32_t count);

#endif
