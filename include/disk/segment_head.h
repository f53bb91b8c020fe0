/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file's first and last bytes tell of it, and its name: whether it is a capture file,
 * which segment of a recorder, and how its packets lie in time (bytes do the latter two in
 * pcapng only: the section header has the number, see pcapng_section).
 *
 * Any thread.
 */
#ifndef WIRETAPE_SEGMENT_HEAD_H
#define WIRETAPE_SEGMENT_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "frames/time_order.h"

struct segment_head {
	bool capture;      /* it begins as pcap or pcapng, in this machine's byte order */
	uint64_t sequence; /* of the segment; 0: it says none */
};

/* Reads it from an open file. 0, also where it says nothing, or -errno. */
int segment_head_read(int fd, struct segment_head *head);

/* The same of a name in a directory, not followed. */
int segment_head_look(int dir, const char *name, struct segment_head *head);

/* How the packets of a segment of so many bytes lie in time, if it says so at its end. 0 or
 * -errno. */
int segment_order_read(int fd, uint64_t bytes, struct time_order *order);

/* The number in a name like IF_YYYYmmddTHHMMSSZ_NNNNNNNN.EXT, or with a count behind it,
 * ..._NNNNNNNN_2.EXT; and, of a packed file, .zst, .gz or .lz4 behind that. 0: it is none of
 * those. */
uint64_t segment_number_in(const char *name);

#endif
