/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes a pcap file to standard output, as a recorder of a busy link could have made it.
 *
 *     traffic MIB FLOWS SECONDS
 *
 * Packets have 512 bytes in the mean and are of flows drawn at random, of 10.0.0.0/9. The host
 * 10.200.0.1 has 2.5 % of those in 4 of 100 MiB, which makes 0.1 % of all.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST  64u
#define RANGE  897u /* and up to that many bytes more, less one */
#define HOST   0x0ac80001u
#define START  1700000000u
#define MIB    (UINT64_C(1) << 20)
#define RECORD 16u

static uint64_t drawn = 1;

static uint32_t draw(uint32_t below)
{
	drawn = drawn * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((drawn >> 33) % below);
}

static void put_be32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* A packet at data. Returns its bytes. */
static uint32_t make_packet(uint8_t *data, uint32_t flows, uint64_t at)
{
	const uint32_t bytes = LEAST + draw(RANGE), flow = draw(flows);
	const int of_host = at / MIB % 100 < 4 && draw(40) == 0;

	memcpy(data, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0\x45\0", 16);
	data[16] = (uint8_t)((bytes - 14) >> 8);
	data[17] = (uint8_t)(bytes - 14);
	data[22] = 64;
	data[23] = flow & 1 ? 6 : 17;
	put_be32(data + 26, of_host ? HOST : 0x0a000000u + flow);
	put_be32(data + 30, 0x0a400000u + flow % 1000);
	put_be32(data + 34, (1024 + flow % 60000) << 16 | (flow & 2 ? 443 : 53));
	return bytes;
}

int main(int argc, char **argv)
{
	const uint64_t total = argc == 4 ? strtoull(argv[1], NULL, 10) * MIB : 0;
	const uint32_t flows = argc == 4 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	const double seconds = argc == 4 ? strtod(argv[3], NULL) : 0;
	const uint32_t header[] = {0xa1b2c3d4u, 2u | 4u << 16, 0, 0, 262144, 1};
	uint8_t data[LEAST + RANGE] = {0};

	if (total == 0 || flows == 0 || seconds <= 0) {
		fprintf(stderr, "usage: traffic MIB FLOWS SECONDS\n");
		return 2;
	}
	fwrite(header, sizeof(header), 1, stdout);
	for (uint64_t at = 0; at < total;) {
		const uint32_t bytes = make_packet(data, flows, at);
		const uint64_t us = (uint64_t)((double)at / (double)total * seconds * 1e6);
		const uint32_t record[] = {START + (uint32_t)(us / 1000000),
					   (uint32_t)(us % 1000000), bytes, bytes};

		if (fwrite(record, RECORD, 1, stdout) != 1 || fwrite(data, bytes, 1, stdout) != 1)
			return 1;
		at += RECORD + bytes;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
