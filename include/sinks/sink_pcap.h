/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the classic pcap format through libpcap's dumper, its stdio stream
 * led into diskio's stage, which is its
 * buffer: one copy of each packet. One link type, no interface
 * names, no comments; microsecond or nanosecond stamps.
 */
#ifndef WIRETAPE_SINK_PCAP_H
#define WIRETAPE_SINK_PCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "disk/diskio.h"
#include "frames/sink.h"

struct sink_pcap_config {
	struct diskio_config disk; /* without ring; the sink owns disk.file from
				      a successful open on */
	int linktype;              /* DLT_* */
	uint32_t snaplen;
	uint32_t linktype_bits; /* in the file, above the link type: how long an FCS is */
	bool copies;            /* frames are of files: the snapshot length is made right for all */
	_Atomic unsigned *left; /* of a copy: PCAPNG_LEFT_* are added; may be null */
	bool nano;
	bool unbuffered;      /* push at the end of every block */
	uint64_t max_bytes;   /* the file never grows beyond; 0: no limit */
	uint64_t max_packets; /* in the file; 0: no limit */
};

/* Writes the file header at once. The sink takes frames of up to half a stage
 * (DISKIO_STAGE_BYTES). */
int sink_pcap_open(const struct sink_pcap_config *config, struct sink **sink, struct error *err);

#endif
