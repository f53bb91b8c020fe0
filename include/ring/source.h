/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One interface to capture from: what -i and the options that go with it ask
 * for, found on this machine, and its ring.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_SOURCE_H
#define WIRETAPE_SOURCE_H

#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "cli/options.h"
#include "frames/linktype.h"
#include "ring/geometry.h"
#include "ring/rx_ring.h"
#include "system/filter.h"
#include "system/netdev.h"

/* What its frames are for. */
enum source_purpose {
	SOURCE_RECORDED,
	SOURCE_FORWARDED, /* each frame is handed over as it comes */
};

struct source {
	const struct options *options;
	const struct options_interface *interface;
	uint32_t number; /* in the capture */
	struct netdev dev;
	struct linktype linktype;
	char *filter_text; /* null: none */
	struct filter *filter;
	struct geometry geometry;
	struct rx_ring *ring; /* null until source_open */
};

/* Fills *source: finds the interface (with a name of null none: Ethernet is
 * assumed), compiles its filter. common is the filter of those without one of
 * their own, or null. Usage errors, mostly. source_close also after an error. */
int source_find(struct source *source, const struct options *options,
		const struct options_interface *interface, uint32_t number, const char *common,
		struct error *err);

/* Works out the ring, of which there will be so many. Usage errors. */
int source_plan(struct source *source, enum source_purpose purpose, uint32_t rings,
		struct error *err);

/* Whether its blocks can be written from where they are. */
bool source_is_woven(const struct source *source);

/* Opens the socket and its ring, mapped at an address unless null. */
int source_open(struct source *source, struct stats *stats, uint8_t *map_at, struct error *err);

void source_close(struct source *source);

#endif
