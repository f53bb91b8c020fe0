/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink that sends frames out by interfaces: each source has its way out.
 */
#ifndef WIRETAPE_SINK_FORWARD_H
#define WIRETAPE_SINK_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/stats.h"
#include "frames/sink.h"
#include "send/tx.h"

struct sink_forward_config {
	struct tx *const *ways; /* by the number of the block's interface */
	struct stats *stats;    /* likewise: sent and tx_* are kept there */
	uint32_t first, count;  /* those that it serves */
	bool files;             /* the frames are not lost where they are not sent */
	/* Not null: all frames are of one source, and this is the number of their way, each of
	 * which is counted in an element of parts, too. */
	uint32_t (*choose)(void *context, const struct frame *frame);
	void *context;
	struct stats *parts;
};

/* The ways are the caller's, and outlive the sink, as does what config points to.
 * 0 or -errno. */
int sink_forward_open(const struct sink_forward_config *config, struct sink **sink,
		      struct error *err);

#endif
