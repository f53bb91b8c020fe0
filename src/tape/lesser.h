/* SPDX-License-Identifier: BSD-2-Clause */
/* The smaller of two. Pure. */
#ifndef WIRETAPE_LESSER_H
#define WIRETAPE_LESSER_H

#include <stdint.h>

static inline uint64_t lesser(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

#endif
