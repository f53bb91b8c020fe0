/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second opinion on a pcapng file: walks its blocks without libpcap, checks
 * what every block must fulfil (lengths that agree, whole words, options that
 * end in bounds, nothing cut off) and adds up the counts of loss.
 */
#ifndef WIRETAPE_TESTS_BLOCKS_H
#define WIRETAPE_TESTS_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#define LOSSES_MAX 16u

/* So many packets lost right before the given one, counted from 1. */
struct loss {
	uint64_t packet, lost;
};

struct losses {
	struct loss first[LOSSES_MAX];
	uint64_t count, lost;
};

struct blocks {
	bool pcapng;
	uint64_t packets;     /* Enhanced Packet Blocks */
	struct losses losses; /* their epb_dropcount */
	uint64_t statistics;  /* Interface Statistics Blocks */
	bool closed;          /* the last block is one */
	uint64_t isb[3];      /* the last one's isb_ifrecv, isb_osdrop, isb_usrdeliv */
};

void losses_add(struct losses *losses, uint64_t packet, uint64_t lost);

/* Returns null, or what is wrong. A file that begins like no pcapng file is
 * left alone, with pcapng false. Byte order: this machine's only. */
const char *blocks_read(const char *path, struct blocks *blocks);

#endif
