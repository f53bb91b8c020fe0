/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of one run, each once; and the reading of a packet into them.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_KEYS_H
#define WIRETAPE_INDEX_KEYS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "frames/frame.h"
#include "index/key.h"

/* Keys of a kind in the order of coming, and what tells whether one is there: a table that
 * is half full at most, or for short keys a bit each. */
struct keys_set {
	uint8_t *keys;
	uint64_t *slots; /* IPv4: round << 32 | key; longer ones: round << 32 | number */
	uint64_t *bits;  /* shorter ones */
	uint32_t slot_mask;
	uint32_t count, most; /* with more of them the run may hold any */
	uint32_t bytes;       /* of each */
};

struct keys {
	struct keys_set sets[INDEX_KIND_COUNT];
	uint32_t unknown; /* a bit for each kind */
	uint32_t round;   /* slots of another one are free; never 0 */
};

/* 0 or -ENOMEM; keys_close also then. */
int keys_open(struct keys *keys);
void keys_close(struct keys *keys);

/* Forgets all. */
void keys_clear(struct keys *keys);

void keys_add(struct keys *keys, enum index_kind kind, const uint8_t *key);

/* Adds those of a frame of that link type. */
void keys_of_frame(struct keys *keys, const struct frame *frame, int dlt);

/* Whether a filter looks for ports behind the header of that protocol. */
static inline bool keys_has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

#endif
