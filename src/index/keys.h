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
#include <string.h>

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

/* What stands in a plain frame from the time to live up to the ports: a flow's keys, told apart
 * later. */
#define KEYS_FLOW_BYTES 16u

struct keys {
	struct keys_set sets[INDEX_KIND_COUNT];
	uint32_t unknown; /* a bit for each kind */
	uint32_t round;   /* slots of another one are free; never 0 */
	uint64_t link[2]; /* MAC addresses of the last plain frame; LINK_NONE: none */
	uint8_t *flows;   /* of plain frames, KEYS_FLOW_BYTES each */
	uint32_t flow_count;
};

/* 0 or -ENOMEM; keys_close also then. */
int keys_open(struct keys *keys);
void keys_close(struct keys *keys);

/* Forgets all. */
void keys_clear(struct keys *keys);

void keys_add(struct keys *keys, enum index_kind kind, const uint8_t *key);

/* Adds those of a frame of that link type. */
void keys_of_frame(struct keys *keys, const struct frame *frame, int dlt);

/*
 * The same for a frame of Ethernet and IPv4 without options that is no later fragment, of at
 * least KEYS_PLAIN_BYTES, but what is within IPv4 is only noted as a flow: telling
 * whether eight keys are new takes some ten times as long. keys_add_flows does that, where there is
 * time.
 */
#define KEYS_PLAIN_BYTES 38u
#define KEYS_PLAIN_FLOW  22u
void keys_add_flows(struct keys *keys, const uint8_t *flows, uint32_t count);
void keys_add_link(struct keys *keys, const uint8_t *data);

/* More than a run of a MiB has of the shortest frames. */
#define KEYS_FLOWS_MOST 16384u

/* The flow is written whether it is fresh or not: of a branch on that half would be foreseen
 * wrongly, which costs as much as all the rest. */
static inline void keys_of_plain(struct keys *keys, const uint8_t *data, bool fresh)
{
	uint64_t first;
	uint32_t rest;

	memcpy(&first, data, sizeof(first));
	memcpy(&rest, data + sizeof(first), sizeof(rest));
	if (first != keys->link[0] || rest != keys->link[1])
		keys_add_link(keys, data);
	if (__builtin_expect(keys->flow_count == KEYS_FLOWS_MOST, 0)) {
		keys_add_flows(keys, data + KEYS_PLAIN_FLOW, fresh);
		return;
	}
	memcpy(keys->flows + (size_t)keys->flow_count * KEYS_FLOW_BYTES, data + KEYS_PLAIN_FLOW,
	       KEYS_FLOW_BYTES);
	keys->flow_count += fresh;
}

/* Bytes that keys can take, those of all there are, and the keys, kind by kind, with how many of
 * each; of what may be any there are none. */
uint64_t keys_most_bytes(const struct keys *keys);
uint64_t keys_bytes(const struct keys *keys);
void keys_write(const struct keys *keys, uint8_t *at, uint32_t counts[INDEX_KIND_COUNT]);

/* Whether a filter looks for ports behind the header of that protocol. */
static inline bool keys_has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

#endif
