/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of a stream, as this program has written them: of pcap packets, of pcapng blocks.
 *
 * Threads: any.
 */
#ifndef WIRETAPE_STREAM_RECORD_H
#define WIRETAPE_STREAM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In front of a packet's data in pcap. */
#define STREAM_PCAP_RECORD_BYTES 16u

/* Most bytes that stream_record_tell_drops adds. */
#define STREAM_RECORD_MORE 16u

/* Bytes of the record at a place; *packet: whether it is one. */
size_t stream_record_bytes(const uint8_t *record, bool pcapng, bool *packet);

/* A copy of an EPB, into room for STREAM_RECORD_MORE bytes more than it has, that tells of
 * so many more packets dropped before it (epb_dropcount). Its length. */
size_t stream_record_tell_drops(uint8_t *to, const uint8_t *epb, uint64_t drops);

#endif
