/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With V1 and V2: frames longer than their slot, which the socket has whole
 * (PACKET_COPY_THRESH), and what of a frame is left to the adapter (PACKET_VNET_HDR). Part
 * of rx_ring.
 *
 * Threads: the ring thread's.
 */
#ifndef WIRETAPE_RX_UNCUT_H
#define WIRETAPE_RX_UNCUT_H

#include "rx_parts.h"

/* With PACKET_VNET_HDR, or without; snaplen: so much of a frame, at most. 0 or -ENOMEM.
 * Close takes a null pointer. */
int rx_uncut_open(bool offloads, uint32_t snaplen, struct rx_uncut **uncut);
void rx_uncut_close(struct rx_uncut *uncut);

/* Whether the frames of an earlier run, which are copies, are still in use. */
bool rx_uncut_held(const struct rx_uncut *uncut);

/* A run begins: none of its frames has been read. */
void rx_uncut_run(struct rx_uncut *uncut, const struct block *run);

/* Completes a frame as its slot has it, before its tag is put back: with PACKET_VNET_HDR
 * offload is set, and one that the socket has whole is taken from there. It is valid as long as the
 * run. */
void rx_uncut_frame(struct rx_uncut *uncut, int fd, struct frame *frame);

/* An error of the socket that came in place of a frame; 0: none. Once. */
int rx_uncut_trouble(struct rx_uncut *uncut);

#endif
