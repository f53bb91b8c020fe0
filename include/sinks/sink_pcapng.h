/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes pcapng: a Section Header, one Interface Description per interface,
 * an Enhanced Packet Block per frame, Interface Statistics before every run of
 * frames that is written from the ring itself and at the end.
 */
#ifndef WIRETAPE_SINK_PCAPNG_H
#define WIRETAPE_SINK_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>

#include "disk/diskio.h"
#include "frames/pcapng.h"
#include "frames/sink.h"

struct sink_pcapng_config {
	/* The sink owns disk.file from a successful open on; disk.ring, where
	 * there is one, is where the blocks come from. */
	struct diskio_config disk;
	struct pcapng_section section;
	const struct pcapng_interface *interfaces;
	uint32_t interface_count;
	bool unbuffered; /* push at the end of every block */
	bool copies;     /* frames are of files, as frame.block has it; there are no runs. The
			    snapshot length is made right for all, and there are no counts of ours */
	_Atomic unsigned *left; /* of a copy: PCAPNG_LEFT_* are added; may be null */
	bool no_counts;         /* finish writes no statistics: those given are not the file's */
	uint64_t max_bytes;     /* the file, closing blocks included, never grows
				   beyond; 0: no limit */
	uint64_t max_packets;   /* in the file; 0: no limit */
};

/* Writes the section and interface blocks at once. */
int sink_pcapng_open(const struct sink_pcapng_config *config, struct sink **sink,
		     struct error *err);

#endif
