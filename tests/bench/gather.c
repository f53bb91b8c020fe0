/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What gathering for an index costs on the ring thread: frames of 64 bytes, in runs of as many
 * as a MiB of a file holds, each of one of so many flows.
 *
 *     gather FLOWS: prints flows, the median and the least of the runs, in ns a packet
 */
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "index/gather.h"

#define RUNS    1000u
#define PACKETS 7040u /* in each */
#define BATCH   64u
#define EACH    148u /* a frame's place in a file */

static uint8_t memory[PACKETS * EACH];
static struct frame frames[PACKETS];
static double costs[RUNS];

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* IPv4 and UDP, of flows drawn at random. */
static void make_frames(uint64_t *draw, uint32_t flows)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		uint8_t *data = memory + (size_t)i * EACH;
		uint32_t flow;

		*draw = *draw * UINT64_C(6364136223846793005) + 1;
		flow = (uint32_t)(*draw >> 32) % flows;
		memset(data, 2, 12);
		memcpy(data + 12, "\x08\x00\x45\x00", 4);
		put32(data + 20, 0);
		data[23] = 17;
		put32(data + 26, flow * 2654435761u);
		put32(data + 30, flow ^ 0x1234u);
		put32(data + 34, flow * 77u);
		frames[i] = (struct frame){.data = data, .caplen = 64, .len = 64, .time_ns = 1};
	}
}

static int by_size(const void *one, const void *other)
{
	const double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	const long flows = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	const int ethernet = 1;
	struct index_gather *gather;
	uint64_t draw = 1, end = 24;

	if (flows <= 0 || index_gather_open(&ethernet, 1, 8u << 20, &gather) < 0) {
		fprintf(stderr, "usage: gather FLOWS\n");
		return 2;
	}
	index_gather_file(gather, 1, end, 0);
	for (unsigned run = 0; run < RUNS; run++) {
		double begin;

		make_frames(&draw, (uint32_t)flows);
		begin = now_ns();
		for (uint32_t i = 0; i < PACKETS; i += BATCH)
			index_gather_frames(gather, frames + i, BATCH);
		index_gather_mark(gather, end += sizeof(memory), true);
		costs[run] = (now_ns() - begin) / PACKETS;
		while (index_gather_take(gather))
			index_gather_done(gather);
	}
	index_gather_close(gather);
	qsort(costs, RUNS, sizeof(costs[0]), by_size);
	printf("%ld %.1f %.1f\n", flows, costs[RUNS / 2], costs[0]);
	return 0;
}
