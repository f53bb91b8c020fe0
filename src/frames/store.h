/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stores of words into unaligned memory, in the machine's byte order. Each
 * returns the byte behind what it wrote. Inline, because a packet's worth of
 * them is all there is to writing a packet's headers.
 */
#ifndef WIRETAPE_STORE_H
#define WIRETAPE_STORE_H

#include <stdint.h>
#include <string.h>

static inline uint8_t *store16(uint8_t *at, uint16_t value)
{
	return (uint8_t *)memcpy(at, &value, sizeof(value)) + sizeof(value);
}

static inline uint8_t *store32(uint8_t *at, uint32_t value)
{
	return (uint8_t *)memcpy(at, &value, sizeof(value)) + sizeof(value);
}

static inline uint8_t *store64(uint8_t *at, uint64_t value)
{
	return (uint8_t *)memcpy(at, &value, sizeof(value)) + sizeof(value);
}

#endif
