/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the index of one file from its runs.
 *
 * The format, version 1, all numbers little endian. Written at once, never changed.
 *
 *   header    "wtindex\0"; u32 version, u32 bytes of the header; u64 bytes of the index,
 *             u64 bytes of the file it is of; u32 CRC-32C of that file's first 4096 bytes
 *             (or of all, where it has fewer); u32 kinds of which some run may hold anything; u32
 *             runs, u32 blocks of the filter; for each part below (runs, then the kinds in the
 *             order of key.h) u64 offset, u64 bytes, u32 count, u32 CRC-32C; u32 CRC-32C of all
 *             before it
 *   filter    blocks of 64 bytes: 480 bits of a Bloom filter over addresses, and the u32
 *             CRC-32C of these 60 bytes. Ruling an address out takes one of them.
 *   runs      72 bytes each, in the order of the file: u64 offset, u64 bytes, u64 packets, u64
 *             least time, u64 greatest time (ns since 1970), u64 packets lost, u64
 *             interfaces (a bit each), u32 kinds of which it may hold anything, u32 0, u64 0
 *   a kind    its keys, each once, sorted; u32 offsets of their lists, and of the end, from
 *             behind themselves; the lists: a byte 0 and the numbers of the runs, each as the
 *             distance from the one before (LEB128), or a byte 1 and a bit for each run
 *
 * What no run covers, such as the headers in front, belongs to every answer.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_BUILD_H
#define WIRETAPE_INDEX_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "index/gather.h"

/* Of the file the index belongs to, so that it is believed for no other. */
struct index_subject {
	uint64_t bytes;
	uint32_t head_crc;
};

#define INDEX_HEAD_BYTES 4096u

struct index_build;

/* 0 or -ENOMEM. Close takes a null pointer. */
int index_build_open(struct index_build **build);
void index_build_close(struct index_build *build);

/* The next run of the file, as the queue has it. What memory does not reach for is left
 * out: the run may hold anything then. */
void index_build_add(struct index_build *build, const struct index_run *run);

/* Makes the whole index in memory that the caller frees. 0 or -ENOMEM. */
int index_build_image(struct index_build *build, const struct index_subject *subject,
		      uint8_t **image, size_t *bytes);

/* Fills *subject from an open file. 0 or -errno. */
int index_subject_read(int fd, struct index_subject *subject);

#endif
