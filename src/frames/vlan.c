/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a stripped VLAN tag back into an Ethernet frame. The addresses move
 * left instead of the payload right: 12 bytes against up to 64 KiB, and the
 * room in front is there while the room behind may not be.
 */
#include "frames/vlan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define ADDRESS_BYTES 12u

int vlan_restore(struct frame *frame, uint32_t snaplen)
{
	uint16_t tag[2] = {htons(frame->vlan_tpid), htons(frame->vlan_tci)};
	uint64_t caplen = (uint64_t)frame->caplen + VLAN_TAG_BYTES;

	if (frame->caplen >= ADDRESS_BYTES) {
		if (frame->headroom < VLAN_TAG_BYTES)
			return -ENOSPC;
		memmove(frame->data - VLAN_TAG_BYTES, frame->data, ADDRESS_BYTES);
		frame->data -= VLAN_TAG_BYTES;
		frame->headroom -= VLAN_TAG_BYTES;
		memcpy(frame->data + ADDRESS_BYTES, tag, sizeof(tag));
		frame->caplen = caplen < snaplen ? (uint32_t)caplen : snaplen;
	}
	frame->len += VLAN_TAG_BYTES;
	frame->vlan_tpid = 0;
	return 0;
}
