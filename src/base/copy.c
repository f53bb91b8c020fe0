/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With the stores of SSE2, which each x86-64 has; memcpy elsewhere. The library's own does so
 * only for more than most of a cache, which of some is 300 MiB.
 */
#include "base/copy.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

#define LINE_BYTES 64u

/* Whole lines, to where one begins. */
static void copy_lines(uint8_t *to, const uint8_t *from, size_t bytes)
{
	for (; bytes > 0; bytes -= LINE_BYTES, to += LINE_BYTES, from += LINE_BYTES)
		for (size_t i = 0; i < LINE_BYTES; i += sizeof(__m128i))
			_mm_stream_si128((__m128i *)(void *)(to + i),
					 _mm_loadu_si128(
						 (const __m128i *)(const void *)(from + i)));
	/* Another processor sees them before what is told of them. */
	_mm_sfence();
}

void copy_past_caches(void *to, const void *from, size_t bytes)
{
	uint8_t *at = to;
	const uint8_t *source = from;
	size_t head = -(uintptr_t)at % LINE_BYTES, lines;

	head = head < bytes ? head : bytes;
	lines = (bytes - head) / LINE_BYTES * LINE_BYTES;
	memcpy(at, source, head);
	copy_lines(at + head, source + head, lines);
	memcpy(at + head + lines, source + head + lines, bytes - head - lines);
}
#else
void copy_past_caches(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
}
#endif
