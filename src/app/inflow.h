/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes in by all -i, for one purpose: a ring for each. A recorder and a
 * forwarder of the same interfaces have an inflow each, so that neither waits
 * for the other.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_INFLOW_H
#define WIRETAPE_INFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "cli/log.h"
#include "cli/options.h"
#include "engine/session.h"
#include "ring/source.h"

struct inflow {
	const struct options *options;
	struct source *sources;
	struct session_source *ends; /* the same, as the session wants them */
	struct session_counts final; /* with room for the closing counts */
	struct stats_set stats;
	uint32_t count; /* of each of these */
	uint32_t found; /* sources that need closing */
	/* Two expressions whose packets are left out in front of every filter: on other interfaces,
	 * and on the loopback one; null: none. Set before inflow_find. */
	char *const *own;
	char **filters; /* made of these */
	uint8_t *rings; /* address space for all rings, side by side */
	size_t rings_bytes;
};

/* What the options ask for of one interface. common: the filter of those without one
 * of their own, or null. */
struct source_config inflow_config(const struct options *options,
				   const struct options_interface *interface,
				   enum source_purpose purpose, const char *common);

/* Finds an interface and compiles its filter. Usage errors, mostly. source_close also
 * after an error. */
int inflow_find_source(struct source *source, const struct source_config *config,
		       struct error *err);

/* The same of all -i, and plans their rings. inflow_close also after an error. */
int inflow_find(struct inflow *inflow, const struct options *options, enum source_purpose purpose,
		const char *common, struct error *err);

/* Opens sockets and rings. What there is to say of them goes to log. */
int inflow_open(struct inflow *inflow, struct log *log, struct error *err);

void inflow_close(struct inflow *inflow);

#endif
