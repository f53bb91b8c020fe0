/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers the keys of the packets that are being written, run by run: a run is a stretch of
 * a file that begins and ends between two packets, about a MiB of it. What a run holds goes
 * into a queue of fixed size, from which another thread takes it (build.h). Where
 * there is no room for a key, or a packet cannot be read, the run is said to hold anything of
 * that kind.
 *
 * Nothing is allocated after opening, and nothing waits: where the queue is full the run goes
 * without keys, as one that may hold anything.
 *
 * Threads: the ring thread's, but for the taking functions, which are those of one other
 * thread at a time.
 */
#ifndef WIRETAPE_INDEX_GATHER_H
#define WIRETAPE_INDEX_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/frame.h"
#include "index/key.h"

/* A run grows to this, and is closed with the packet that passes it. */
#define INDEX_RUN_BYTES (1u << 20)

struct index_gather;

/* As it lies in the queue, its keys behind it: kind by kind, each kind's count times its
 * bytes. */
struct index_run {
	uint64_t file;   /* number of the file, as index_gather_file was told */
	uint64_t offset; /* in that file */
	uint64_t bytes;
	uint64_t packets;
	int64_t first_ns, last_ns; /* the least and the greatest time of them */
	uint64_t lost;             /* packets dropped right before these */
	uint64_t interfaces;       /* a bit for each that has packets; bit 63: 63 and more */
	uint32_t unknown;          /* a bit for each kind of which there may be any key */
	uint32_t counts[INDEX_KIND_COUNT];
};

/* Link types of the interfaces, by number (LINKTYPE_*, or DLT_*, for those that are read
 * the same). Runs with packets of one that is not known may hold anything. queue_bytes: at
 * least 64 KiB. 0 or -ENOMEM. */
int index_gather_open(const int *linktypes, uint32_t count, size_t queue_bytes,
		      struct index_gather **gather);

/* There is one more interface, with the next number. Between two runs of packets. */
void index_gather_interface(struct index_gather *gather, int linktype);

void index_gather_close(struct index_gather *gather);

/* From here on packets are those of another file, where they begin at offset. A run that is
 * open is closed at end bytes of the one before. */
void index_gather_file(struct index_gather *gather, uint64_t file, uint64_t offset, uint64_t end);

/* These follow in the file. */
void index_gather_frames(struct index_gather *gather, const struct frame *frames, uint32_t count);

/* The file has so many bytes, with all packets so far: the run is closed if it is long
 * enough, or at once. Whether it was. */
bool index_gather_mark(struct index_gather *gather, uint64_t bytes, bool at_once);

/* The oldest run in the queue, in place, until it is let go; null: there is none. */
const struct index_run *index_gather_take(struct index_gather *gather);
void index_gather_done(struct index_gather *gather);

#endif
