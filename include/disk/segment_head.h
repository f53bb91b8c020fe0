/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file's first bytes tell of it, and its name: whether it is a capture file, and
 * which segment of a recorder (the first bytes do in pcapng only: the section header has
 * the number, see pcapng_section).
 *
 * Any thread.
 */
#ifndef WIRETAPE_SEGMENT_HEAD_H
#define WIRETAPE_SEGMENT_HEAD_H

#include <stdbool.h>
#include <stdint.h>

struct segment_head {
	bool capture;      /* it begins as pcap or pcapng, in this machine's byte order */
	uint64_t sequence; /* of the segment; 0: it says none */
};

/* Reads it from an open file. 0, also where it says nothing, or -errno. */
int segment_head_read(int fd, struct segment_head *head);

/* The same of a name in a directory, not followed. */
int segment_head_look(int dir, const char *name, struct segment_head *head);

/* The number in a name like IF_YYYYmmddTHHMMSSZ_NNNNNNNN.EXT, or with a count behind it,
 * ..._NNNNNNNN_2.EXT; 0: it is none of those. */
uint64_t segment_number_in(const char *name);

#endif
