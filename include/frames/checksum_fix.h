/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums made right, whatever they were: a host that sends leaves them to its adapter, so
 * that what is recorded there has others.
 */
#ifndef WIRETAPE_CHECKSUM_FIX_H
#define WIRETAPE_CHECKSUM_FIX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets that of the IPv4 header, and those of TCP, UDP, ICMP and ICMPv6 over IPv4 and IPv6. The
 * frame has an Ethernet header, or with link_bytes of 0 none. One that is right stays, and so
 * does a UDP checksum of 0 over IPv4, which is none. A packet of which not all is there, and
 * a fragment, stay as they are, as does what a tunnel carries or an
 * ICMP error quotes. Whether anything has changed.
 */
bool checksum_fix(uint8_t *frame, uint32_t bytes, uint32_t link_bytes);

#endif
