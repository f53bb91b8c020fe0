/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of two ways out a packet of files takes: by the interface it was recorded on, by the
 * way it went, or by who has sent it.
 *
 * Threads: the control thread; ports_choose is the sink's.
 */
#ifndef WIRETAPE_PORTS_H
#define WIRETAPE_PORTS_H

#include "base/error.h"
#include "cli/options.h"
#include "frames/frame.h"
#include "read/file_feed.h"

struct ports;

/* dlt: of the interfaces they leave by. 0 or -errno; a usage error for a filter that is none. */
int ports_open(const struct options *options, int dlt, struct ports **ports, struct error *err);

/* Before the first packet: where they come from. */
void ports_set_feed(struct ports *ports, const struct file_feed *feed);

/* Whether its packets tell what they are chosen by: 0 or a usage error. */
int ports_check(const struct ports *ports, const struct reader_interface *interface,
		struct error *err);

/* The number of the way out, 0 or 1. */
uint32_t ports_choose(void *ports, const struct frame *frame);

/* Takes a null pointer. */
void ports_close(struct ports *ports);

#endif
