/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What -o asks for: the ways out of what comes in, and the sink that leads
 * there.
 *
 * Threads: the control thread.
 */
#ifndef WIRETAPE_FORWARD_H
#define WIRETAPE_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/options.h"
#include "engine/session.h"
#include "frames/sink.h"
#include "inflow.h"
#include "read/file_feed.h"
#include "system/netdev.h"

struct forward;

/* Finds the interface named by -o and checks that it is up, and not one of those
 * that come in; with --both-ways the second of those is the one. in: what comes
 * in, found, or null for files, whose link types are asked for by forward_check_linktype.
 * Usage errors. */
int forward_find(const struct options *options, const struct inflow *in, struct forward **forward,
		 struct error *err);

/* Whether frames of this link type can leave there: a usage error, with from in its
 * text, where not. */
int forward_check_linktype(const struct forward *forward, int dlt, const char *from,
			   struct error *err);

/* The same of an interface of files, and whether its packets tell which of two ways out they
 * take. */
int forward_check_interface(const struct forward *forward, const struct reader_interface *interface,
			    struct error *err);

/* Where packets come from, before the first of them. */
void forward_set_feed(struct forward *forward, const struct file_feed *feed);

/* Of files with two ways out: that of this number, and what it has sent; null: there is none
 * of that number, or only one way. */
const struct netdev *forward_part(const struct forward *forward, uint32_t number,
				  struct stats_snapshot *counts);

/* The interface of -o. */
const struct netdev *forward_out(const struct forward *forward);

/* Opens the sockets. stats: where what is sent is counted, an element for each
 * source. Takes CAP_NET_RAW. */
int forward_open(struct forward *forward, struct stats *stats, struct error *err);

/* Whether each direction has a sink of its own, and with that a thread. Not where packets
 * are counted down or printed, over both. */
bool forward_is_split(const struct forward *forward);

/* After forward_open: where frames go (split: of that source), and what is to be watched; until
 * forward_close. */
struct sink *forward_sink(const struct forward *forward, uint32_t direction);
const struct session_exit *forward_exits(const struct forward *forward, uint32_t *count);

/* Takes a null pointer. */
void forward_close(struct forward *forward);

#endif
