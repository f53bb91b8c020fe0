/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums that were left to the hardware. A frame captured on the host that
 * sends it (TP_STATUS_CSUMNOTREADY) has in the place of its TCP or UDP checksum
 * only the sum of the pseudo-header, as the kernel leaves it for the adapter
 * (CHECKSUM_PARTIAL, Documentation/networking/checksum-offloads.rst). Pure.
 */
#ifndef WIRETAPE_TX_CHECKSUM_H
#define WIRETAPE_TX_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

/* Completes it in place: TCP and UDP over IPv4 or IPv6, behind Ethernet, with tags,
 * or with header_bytes of 0 alone. False where the frame is nothing of that kind,
 * or too short for it; it is unchanged then. */
bool tx_checksum_complete(uint8_t *frame, uint32_t bytes, uint32_t header_bytes);

#endif
