/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds ring memory the way the kernel does (tpacket_rcv() in
 * net/packet/af_packet.c) out of a list of frames, for tests and fuzzers that
 * have no ring. Like the kernel it leaves gaps and tails as they were, so a
 * test can fill the memory first and look for what shines through.
 *
 * Memory has to start at a multiple of 16 and be all the caller's own.
 */
#ifndef WIRETAPE_SYNTHETIC_H
#define WIRETAPE_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

struct synthetic_frame {
	const void *data;     /* with its link-layer header, without the tag */
	uint32_t caplen;      /* bytes of it the filter lets through */
	uint32_t len;         /* bytes it had; 0: as caplen */
	uint32_t mac_bytes;   /* of link-layer header; 14 for Ethernet, 0 for cooked */
	uint64_t time_ns;     /* V1 keeps microseconds */
	uint32_t status;      /* TP_STATUS_* besides those of the tag */
	uint16_t vlan_tci;    /* with vlan_tpid: the tag that was stripped */
	uint16_t vlan_tpid;   /* 0: none; V1 loses it */
	uint16_t protocol;    /* host byte order, like all of these */
	uint8_t packet_type;  /* PACKET_* */
	uint16_t arphrd;      /* ARPHRD_* */
	uint8_t address[8];   /* sender */
	uint8_t address_size; /* bytes of it that are set; the rest is left as it was */
	int32_t ifindex;
};

/* What set-up decides: struct geometry's fields of the same name. */
struct synthetic_layout {
	uint32_t reserve;
	uint32_t priv_bytes; /* V3 */
};

/*
 * Lays frames into a V3 block until one does not fit, closes it and hands it
 * over (status USER). Returns how many went in. offsets, if given, gets where
 * their headers are.
 */
uint32_t synthetic_block_v3(uint8_t *block, size_t bytes, const struct synthetic_layout *layout,
			    const struct synthetic_frame *frames, uint32_t count,
			    uint32_t *offsets);

/* Lays one frame into a slot, cut to it where it is longer. */
void synthetic_slot_v1(uint8_t *slot, size_t bytes, const struct synthetic_layout *layout,
		       const struct synthetic_frame *frame);
void synthetic_slot_v2(uint8_t *slot, size_t bytes, const struct synthetic_layout *layout,
		       const struct synthetic_frame *frame);

#endif
