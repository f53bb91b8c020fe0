/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sink_pcapng.c, which writes frames of rings, and sink_pcapng_copy.c, which writes
 * those of files and the headers of both, share.
 */
#ifndef WIRETAPE_SINK_PCAPNG_PARTS_H
#define WIRETAPE_SINK_PCAPNG_PARTS_H

#include "frames/weave.h"
#include "recording.h"
#include "sinks/sink_pcapng.h"
#include "snaplen.h"

struct sink_pcapng {
	struct sink base;
	struct recording recording;
	struct weave weave;
	struct stats_snapshot now; /* of that interface: */
	uint32_t interface;        /* the one of the block at hand */
	uint64_t before;           /* frames taken before the block at hand */
	uint64_t limit;            /* of the file without its closing blocks */
	uint64_t closing;          /* bytes of those */
	uint64_t most;             /* frames */
	bool weaving;              /* the block at hand */
	bool push;                 /* at the end of every block */
	bool no_counts;            /* at the end of the file */
	/* Of a copy: */
	bool copies;
	struct pcapng_ticks *ticks; /* of each interface */
	uint64_t *headers;          /* where in the file each is described */
	uint32_t interfaces;
	struct snaplen snaplen;
	uint8_t *scratch; /* for options that the stage ends in the middle of */
	size_t scratch_bytes;
	_Atomic unsigned *left; /* as in sink_pcapng_config */
};

/* The section header and the interfaces'. 0 or -errno. */
int sink_pcapng_write_headers(struct sink_pcapng *sink, const struct sink_pcapng_config *config);

/* As in sink_ops. */
int sink_pcapng_add_interface(struct sink *sink, const struct pcapng_interface *interface);
int sink_pcapng_add_block(struct sink *sink, const struct pcapng_block *block);

/* A frame of a file. 0, SINK_FULL or -errno. */
int sink_pcapng_copy(struct sink_pcapng *sink, const struct frame *frame);

/* Nothing more comes: says in the headers what they could not know. */
void sink_pcapng_settle_copy(struct sink_pcapng *sink);

void sink_pcapng_free_copy(struct sink_pcapng *sink);

#endif
