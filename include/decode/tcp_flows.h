/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first sequence numbers of TCP connections, so that they can be printed
 * relative to them. Holds 65536 connections; one more replaces one of those not
 * seen for longest. Pure.
 */
#ifndef WIRETAPE_TCP_FLOWS_H
#define WIRETAPE_TCP_FLOWS_H

#include <stdbool.h>
#include <stdint.h>

struct tcp_flows;

/* Null without memory. */
struct tcp_flows *tcp_flows_open(void);
void tcp_flows_close(struct tcp_flows *flows);

struct tcp_segment {
	const uint8_t *source, *destination; /* of address_bytes, 4 or 16 */
	uint32_t address_bytes;
	uint16_t source_port, destination_port;
	uint32_t seq, ack;
	bool syn;
};

/*
 * Makes seq and ack relative for a connection that is known, and remembers one
 * that is not, or begins anew, and leaves them. Returns what the other side's
 * numbers (those in a SACK) are relative to.
 */
uint32_t tcp_flows_relate(struct tcp_flows *flows, struct tcp_segment *segment);

#endif
