/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring thread's side of the index, and what the other one takes of it. Most packets belong to a
 * flow that was seen in this run: a table of hashes ends the work for them. The hash is over all
 * bytes that keys come from, by a function whose constants are drawn at the start, so that nobody
 * can make a packet whose keys are missed.
 */
#include "index/gather.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "keys.h"
#include "run_queue.h"

/* More than that many, and the runs of the others may hold anything. */
#define INTERFACES   256u
#define TYPE_UNKNOWN (-1)

#define FLOW_BITS 12u
#define FLOWS     (1u << FLOW_BITS)

/* Up to the ports, of a header without options. */
#define IPV4_LEAST KEYS_PLAIN_BYTES
#define IPV6_LEAST 58u

struct index_gather {
	struct run_queue *queue;
	struct keys keys;
	struct index_run run; /* open, where it has packets */
	uint64_t seeds[3];
	uint64_t seed; /* of this run: what earlier ones left in the table means nothing */
	uint64_t flows[FLOWS];
	uint32_t type_count;
	int types[INTERFACES];

	/* The other thread's: */
	struct keys merged;
	struct index_run *taken; /* with room for all keys behind it */
};

int index_gather_open(const int *linktypes, uint32_t count, size_t queue_bytes,
		      struct index_gather **result)
{
	struct index_gather *g = calloc(1, sizeof(*g));
	int rc = g ? keys_open(&g->keys) : -ENOMEM;

	if (rc == 0)
		rc = keys_open(&g->merged);
	if (rc == 0) {
		g->taken = malloc(sizeof(*g->taken) + keys_most_bytes(&g->merged));
		rc = g->taken ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = run_queue_open(queue_bytes, &g->queue);
	if (rc == 0 && getrandom(g->seeds, sizeof(g->seeds), 0) != (ssize_t)sizeof(g->seeds))
		rc = -EIO;
	if (rc < 0) {
		index_gather_close(g);
		return rc;
	}
	for (uint32_t i = 0; i < count; i++)
		index_gather_interface(g, linktypes[i]);
	g->seed = g->seeds[2];
	*result = g;
	return 0;
}

void index_gather_interface(struct index_gather *g, int linktype)
{
	if (g->type_count < INTERFACES)
		g->types[g->type_count++] = linktype;
}

void index_gather_close(struct index_gather *g)
{
	if (!g)
		return;
	keys_close(&g->keys);
	keys_close(&g->merged);
	free(g->taken);
	run_queue_close(g->queue);
	free(g);
}

/* --- flows ------------------------------------------------------------------------ */

static uint64_t load(const uint8_t *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static uint64_t masked(const uint8_t *at, const uint8_t mask[8])
{
	return load(at) & load(mask);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	const __uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Addresses, type and version; protocol and sender; receiver, with ports or without. */
static const uint8_t mask_link[8] = {255, 255, 255, 255, 255, 255, 255, 0};
static const uint8_t mask_type[8] = {255, 255, 255, 255, 255, 255, 0, 0};
static const uint8_t mask_sender[8] = {0, 255, 0, 0, 255, 255, 255, 255};
static const uint8_t mask_no_ports[8] = {255, 255, 255, 255, 0, 0, 0, 0};

static bool hash_ipv4(const struct index_gather *g, const uint8_t *d, uint64_t *hash)
{
	const bool ports = keys_has_ports(d[23]);

	/* Options move the ports, and a later fragment has none. */
	if (d[14] != 0x45 || (d[20] & 0x1f) != 0 || d[21] != 0)
		return false;
	*hash = mix(g->seed ^ load(d), g->seeds[0] ^ masked(d + 8, mask_link));
	*hash = mix(*hash ^ masked(d + 22, mask_sender),
		    g->seeds[1] ^ (ports ? load(d + 30) : masked(d + 30, mask_no_ports)));
	return true;
}

static bool hash_ipv6(const struct index_gather *g, const uint8_t *d, uint64_t *hash)
{
	uint32_t ports = 0;

	if (d[20] == IPPROTO_FRAGMENT)
		return false;
	if (keys_has_ports(d[20]))
		memcpy(&ports, d + 54, sizeof(ports));
	*hash = mix(g->seed ^ load(d), g->seeds[0] ^ masked(d + 8, mask_type));
	*hash = mix(*hash ^ load(d + 22), g->seeds[1] ^ load(d + 30));
	*hash = mix(*hash ^ load(d + 38), g->seeds[0] ^ load(d + 46));
	*hash = mix(*hash ^ ports, g->seeds[1] ^ d[20]);
	return true;
}

/* Of what its keys come from; false: it has to be looked at. */
static bool hash_flow(const struct index_gather *g, const struct frame *frame, int dlt,
		      uint64_t *hash)
{
	const uint8_t *d = frame->data;

	if (dlt != DLT_EN10MB || frame->caplen < IPV4_LEAST)
		return false;
	if (d[12] == ETH_P_IP >> 8 && d[13] == (ETH_P_IP & 0xff))
		return hash_ipv4(g, d, hash);
	return d[12] == ETH_P_IPV6 >> 8 && d[13] == (ETH_P_IPV6 & 0xff) &&
	       frame->caplen >= IPV6_LEAST && hash_ipv6(g, d, hash);
}

static bool is_plain(const struct frame *frame)
{
	return frame->data[12] == ETH_P_IP >> 8 && frame->data[13] == (ETH_P_IP & 0xff);
}

static void add_frame(struct index_gather *g, const struct frame *frame)
{
	const int dlt =
		frame->interface < g->type_count ? g->types[frame->interface] : TYPE_UNKNOWN;
	uint64_t hash, *flow;
	bool fresh;

	if (!hash_flow(g, frame, dlt, &hash)) {
		keys_of_frame(&g->keys, frame, dlt);
		return;
	}
	flow = &g->flows[hash >> (64 - FLOW_BITS)];
	fresh = *flow != hash;
	*flow = hash;
	/* Without options and no later fragment, or it had no hash. */
	if (is_plain(frame))
		keys_of_plain(&g->keys, frame->data, fresh);
	else if (fresh)
		keys_of_frame(&g->keys, frame, dlt);
}

/* --- runs -------------------------------------------------------------------------- */

/* Hands the open run over. With no room in the queue it stays open, and may hold
 * anything. */
static bool close_run(struct index_gather *g, uint64_t end)
{
	struct index_run *run = &g->run;

	if (run->packets == 0) {
		run->offset = end;
		return true;
	}
	run->bytes = end - run->offset;
	run->unknown = g->keys.unknown;
	if (!run_queue_put(g->queue, run, &g->keys)) {
		g->keys.unknown = INDEX_ALL;
		return false;
	}
	*run = (struct index_run){.file = run->file, .offset = end};
	keys_clear(&g->keys);
	g->seed = mix(g->seed ^ g->seeds[2], g->seeds[0] | 1);
	return true;
}

void index_gather_file(struct index_gather *g, uint64_t file, uint64_t offset, uint64_t end)
{
	/* A run that finds no room is missing from its file's index: build.h sees the
	 * gap, and takes it for one that may hold anything. */
	if (!close_run(g, end)) {
		keys_clear(&g->keys);
		g->seed = mix(g->seed ^ g->seeds[2], g->seeds[0] | 1);
	}
	g->run = (struct index_run){.file = file, .offset = offset};
}

void index_gather_frames(struct index_gather *g, const struct frame *frames, uint32_t count)
{
	struct index_run *run = &g->run;

	if (run->packets == 0 && count > 0)
		run->first_ns = run->last_ns = frames[0].time_ns;
	for (uint32_t i = 0; i < count; i++) {
		const struct frame *frame = &frames[i];

		run->first_ns = frame->time_ns < run->first_ns ? frame->time_ns : run->first_ns;
		run->last_ns = frame->time_ns > run->last_ns ? frame->time_ns : run->last_ns;
		run->lost += frame->lost;
		run->interfaces |= UINT64_C(1) << (frame->interface < 63 ? frame->interface : 63);
		add_frame(g, frame);
	}
	run->packets += count;
}

bool index_gather_mark(struct index_gather *g, uint64_t bytes, bool at_once)
{
	if (g->run.packets == 0 || (!at_once && bytes - g->run.offset < INDEX_RUN_BYTES))
		return false;
	return close_run(g, bytes);
}

/* --- the other thread's ---------------------------------------------------------------- */

/* A run with the keys of its flows, told apart. */
static const struct index_run *merge(struct index_gather *g, const struct index_run *run,
				     const uint8_t *flows, uint32_t flow_count)
{
	const uint8_t *key = (const uint8_t *)(run + 1);
	struct keys *keys = &g->merged;

	keys_clear(keys);
	keys->unknown = run->unknown;
	for (enum index_kind kind = 0; kind < INDEX_KIND_COUNT; kind++)
		for (uint32_t i = 0; i < run->counts[kind]; i++, key += index_key_bytes(kind))
			keys_add(keys, kind, key);
	keys_add_flows(keys, flows, flow_count);
	*g->taken = *run;
	g->taken->unknown = keys->unknown;
	keys_write(keys, (uint8_t *)(g->taken + 1), g->taken->counts);
	return g->taken;
}

const struct index_run *index_gather_take(struct index_gather *g)
{
	const uint8_t *flows;
	uint32_t flow_count;
	const struct index_run *run = run_queue_first(g->queue, &flows, &flow_count);

	return run && flow_count > 0 ? merge(g, run, flows, flow_count) : run;
}

void index_gather_done(struct index_gather *g)
{
	run_queue_drop(g->queue);
}
