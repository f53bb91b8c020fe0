/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071): sums are kept unfolded, and are of big
 * endian words. Pure.
 */
#ifndef WIRETAPE_CHECKSUM_H
#define WIRETAPE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds the words of bytes to a sum; an odd one counts as a word with a zero
 * behind it. What is added after an odd number starts a new word. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t count);

/* The complement of the folded sum: 0 for data with a right checksum in it. */
uint16_t checksum_finish(uint64_t sum);

/* What the checksum field (found) should have been, where the data with it
 * came to remainder. */
uint16_t checksum_expected(uint16_t found, uint16_t remainder);

#endif
