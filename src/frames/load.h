/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of words from unaligned memory, in either byte order.
 */
#ifndef WIRETAPE_LOAD_H
#define WIRETAPE_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t load16(const uint8_t *at, bool swapped)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t load32(const uint8_t *at, bool swapped)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap32(value) : value;
}

#endif
