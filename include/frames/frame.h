/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One captured frame as a view: it points into a ring (or a file's buffer)
 * and copies nothing. It is valid only while the block it came from is held,
 * and only until the walk that filled it goes on.
 *
 * Lengths are in bytes, times in nanoseconds since 1970 (UTC), or before. A frame's slot
 * is writable: what lies in the headroom and behind the data up to the next
 * frame's header belongs to whoever holds the block (the kernel looks at
 * nothing but the block's status word until it gets the block back).
 */
#ifndef WIRETAPE_FRAME_H
#define WIRETAPE_FRAME_H

#include <stdint.h>

struct virtio_net_hdr;

#define FRAME_WAY_UNKNOWN 0u /* nothing; or it is from no file */
#define FRAME_WAY_IN      1u
#define FRAME_WAY_OUT     2u

struct frame {
	uint8_t *data;   /* first byte of the link-layer header */
	uint32_t caplen; /* bytes at data */
	uint32_t len;    /* bytes the frame had on the wire; len >= caplen */
	int64_t time_ns;
	uint32_t headroom;   /* free bytes before data: behind the kernel's
				address structure, in front of the data */
	uint32_t status;     /* TP_STATUS_* of the frame (linux/if_packet.h) */
	uint16_t vlan_tci;   /* with vlan_tpid != 0: the tag that was stripped */
	uint16_t vlan_tpid;  /* host byte order; 0 where no tag was stripped */
	uint8_t packet_type; /* PACKET_HOST ... PACKET_OUTGOING */
	uint8_t way;         /* FRAME_WAY_*: what its file says of that */
	uint32_t interface;  /* number of the interface in this capture, from 0 */
	uint64_t id;         /* number of the frame in this capture, from 1 */
	uint64_t lost;       /* frames the kernel dropped right before this one */
	union {
		/* Of a ring: struct sockaddr_ll in the slot, maybe unaligned to anything but
		 * 4. */
		const void *link;
		/* Of a file: in pcapng the whole block it lies in, as checked as can be, in
		 * the byte order that its type shows; else null. */
		const uint8_t *block;
	};
	/* What its sender or the way in has left to an adapter (linux/virtio_net.h): right
	 * in front of data, where the source was asked for it; else null. Offsets in it
	 * count from data. */
	struct virtio_net_hdr *offload;
};

#endif
