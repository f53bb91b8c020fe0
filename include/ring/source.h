/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One interface to capture from: found on this machine, with its filter, and its ring.
 * What is asked for is in a config of its own: rings know no command line.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_SOURCE_H
#define WIRETAPE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "frames/linktype.h"
#include "frames/rewrite.h"
#include "ring/geometry.h"
#include "ring/rx_ring.h"
#include "system/filter.h"
#include "system/netdev.h"

/* What its frames are for. */
enum source_purpose {
	SOURCE_RECORDED,
	SOURCE_FORWARDED, /* each frame is handed over as it comes */
};

struct source_config {
	const char *name;          /* of the interface; null: none, and Ethernet is assumed */
	const char *filter;        /* expression; null: everything passes */
	const char *filter_option; /* that was given with, for errors; null: none */
	uint32_t number;           /* in the capture */
	enum source_purpose purpose;
	enum direction direction;
	uint32_t snaplen;
	bool promiscuous;
	bool may_be_down; /* and is taken all the same */
	bool adapter_stamps;
	bool not_optimized; /* its filter */
	enum ring_version ring_version;
	uint64_t ring_bytes;
	uint64_t block_bytes, frame_bytes; /* 0: what suits the ring */
	uint32_t block_timeout_ms;
	/* With V1 or V2 frames longer than their slot come whole. Of what is forwarded (V2
	 * only) with what is left to adapters; of what is recorded where frame_bytes is 0. */
	bool uncut;
	const struct rewrite *rewrite; /* of its frames; or null */
};                                     /* what it points to must outlive the source */

struct source {
	struct source_config config;
	struct netdev dev;
	struct linktype linktype;
	struct filter *filter;
	struct error left_out; /* why nothing of it passes; no text: something does */
	struct geometry geometry;
	struct rx_ring *ring; /* null until source_open */
};

/* Fills *source: finds the interface. Usage errors, mostly. source_close also after an
 * error. */
int source_find(struct source *source, const struct source_config *config, struct error *err);

/* Compiles its filter. Usage errors, mostly. */
int source_compile(struct source *source, struct error *err);

/* Instead: nothing passes, as others have the filter that it cannot have. */
int source_leave_out(struct source *source, const struct error *why, struct error *err);

/* Works out the ring, of which there will be so many. Usage errors. */
int source_plan(struct source *source, uint32_t rings, struct error *err);

/* Whether its blocks can be written from where they are. */
bool source_is_woven(const struct source *source);

/* Opens the socket and its ring, mapped at an address unless null. */
int source_open(struct source *source, struct stats *stats, uint8_t *map_at, struct error *err);

void source_close(struct source *source);

#endif
