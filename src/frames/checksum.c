/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames/checksum.h"

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, size_t count)
{
	for (; count >= 2; count -= 2, bytes += 2)
		sum += (uint64_t)bytes[0] << 8 | bytes[1];
	if (count)
		sum += (uint64_t)bytes[0] << 8;
	return sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t checksum_finish(uint64_t sum)
{
	return (uint16_t)~fold(sum);
}

uint16_t checksum_expected(uint16_t found, uint16_t remainder)
{
	return fold((uint64_t)found + remainder);
}
