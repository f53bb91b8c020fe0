/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/crc32c.h"

/* 0x1EDC6F41, its bits the other way round. */
#define POLYNOMIAL 0x82F63B78u

uint32_t crc32c(const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint32_t crc = UINT32_MAX;

	while (bytes-- > 0) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (POLYNOMIAL & -(crc & 1));
	}
	return ~crc;
}
