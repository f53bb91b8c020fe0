/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How values are spread, in fixed memory: exact up to 127, from there on to within
 * one part in 64. Pure; one thread at a time.
 */
#ifndef WIRETAPE_HISTOGRAM_H
#define WIRETAPE_HISTOGRAM_H

#include <stdint.h>

/* 64 steps for each power of two from 2^6 on. */
#define HISTOGRAM_STEPS   64u
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * 59u)

struct histogram {
	uint64_t count;
	uint64_t most; /* the largest value */
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value);

/* The value that permille of 1000 of them are not above, 0 of none at all: the
 * largest that its bucket stands for, but never more than the most. */
uint64_t histogram_value(const struct histogram *histogram, unsigned permille);

#endif
