/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seconds as 1w2d3h4m5s, as tcpdump has lifetimes.
 */
#ifndef WIRETAPE_TEXT_DURATION_H
#define WIRETAPE_TEXT_DURATION_H

#include "decode/text.h"

void text_duration(struct text *text, uint32_t seconds);

#endif
