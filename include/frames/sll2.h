/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LINKTYPE_LINUX_SLL2 header (20 bytes, www.tcpdump.org/linktypes) that
 * stands in for a link-layer header on the "any" device and on interfaces
 * whose own header is not to be had. Built backward from the data, into the
 * frame's headroom, out of the kernel's sockaddr_ll. A stripped VLAN tag goes
 * between it and the payload: the protocol field then names the TPID, and 4
 * bytes (TCI, inner protocol) follow. Where one more tag follows that the kernel tells
 * nothing of (sll2.c), that is 802.1Q, whatever it was. Pure.
 */
#ifndef WIRETAPE_SLL2_H
#define WIRETAPE_SLL2_H

#include "frames/frame.h"

#define SLL2_HEADER_BYTES 20u

/*
 * Prepends the header; caplen and len grow by 20 (24 with a tag), caplen at
 * most to snaplen. Clears vlan_tpid. Returns 0, or -ENOSPC when the headroom
 * is too small (frame untouched). The sockaddr_ll may lie in the way: it is
 * read first.
 */
int sll2_prepend(struct frame *frame, uint32_t snaplen);

#endif
