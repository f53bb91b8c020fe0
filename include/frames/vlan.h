/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a VLAN tag the kernel has stripped back where it was: behind the two
 * MAC addresses, with its real TPID (802.1Q or 802.1ad). The 12 address bytes
 * move 4 bytes to the left, into the frame's headroom; nothing else moves.
 * Pure; works on the ring's own memory.
 */
#ifndef WIRETAPE_VLAN_H
#define WIRETAPE_VLAN_H

#include "frames/frame.h"

#define VLAN_TAG_BYTES 4u

/*
 * Restores the tag of an Ethernet frame with vlan_tpid != 0 and clears
 * vlan_tpid. caplen and len grow by 4, caplen at most to snaplen. A frame
 * with fewer than 12 bytes captured keeps its caplen and only len grows.
 * Returns 0, or -ENOSPC when the headroom is too small (frame untouched).
 */
int vlan_restore(struct frame *frame, uint32_t snaplen);

#endif
