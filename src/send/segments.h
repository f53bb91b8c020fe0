/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames longer than the way takes, because their sender left it to an adapter to cut
 * them into segments (TSO, USO), or because a receiver put segments together (GRO):
 * Documentation/networking/segmentation-offloads.rst. Reads where their headers are, and
 * cuts them as the kernel does: each segment with all headers, lengths, sequence numbers,
 * IPv4's identification and checksums its own. Also inside of VXLAN, Geneve and GRE. Pure.
 */
#ifndef WIRETAPE_SEGMENTS_H
#define WIRETAPE_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#define SEGMENTS_LAYERS_MOST 8u

enum segments_kind { SEGMENTS_IPV4, SEGMENTS_IPV6, SEGMENTS_UDP, SEGMENTS_TCP };

struct segments_layer {
	enum segments_kind kind;
	uint32_t at; /* of its header, from the frame's begin */
};

struct segments {
	uint32_t headers; /* bytes in front of the payload */
	uint32_t bytes;   /* of payload in each segment, but for the last: set by who cuts */
	bool tunnel;      /* there is more than one IP header */
	uint32_t layer_count;
	/* From the outside in; the last one is TCP or UDP, whose payload is cut. */
	struct segments_layer layers[SEGMENTS_LAYERS_MOST];
};

/*
 * Reads the headers of a frame. link_bytes: of the link layer, 14 for Ethernet (tags come
 * on top), else those of another, or 0. transport: where the TCP or UDP header is that
 * payload follows; 0: the first TCP header. False where that is not there, or a header is
 * in the way that cannot be set right in each segment.
 */
bool segments_read(struct segments *segments, const uint8_t *frame, uint32_t bytes,
		   uint32_t link_bytes, uint32_t transport);

/* Writes the segment of that number, from 0 on, to at: room for headers and bytes. Returns
 * its length; 0: there is none. */
uint32_t segments_cut(const struct segments *segments, const uint8_t *frame, uint32_t bytes,
		      uint32_t number, uint8_t *at);

#endif
