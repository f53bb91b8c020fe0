/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which decoder takes what. The tables name every decoder and so stand above
 * them all; decoders are handed them with the packet, in struct decode. Read
 * only.
 */
#ifndef WIRETAPE_DECODE_TABLES_H
#define WIRETAPE_DECODE_TABLES_H

#include "decode/decode.h"

struct decode_link {
	int dlt;
	decode_fn *decode;
};

struct decode_ethertype {
	uint16_t type;
	decode_fn *decode;
};

struct decode_snap {
	uint32_t oui;
	uint16_t pid;
	decode_fn *decode;
};

struct decode_protocol {
	uint8_t protocol;
	uint8_t version; /* of the IP it may be in; 0: both */
	decode_fn *decode;
	bool ports; /* it prints the addresses itself, with its ports */
};

enum decode_side { DECODE_EITHER, DECODE_SOURCE, DECODE_DESTINATION };

/* The first line that fits is taken; at most 254 lines. */
struct decode_port {
	enum decode_side side;
	uint16_t first, last;
	decode_fn *decode;
};

/* Each up to the first without a decoder. */
struct decode_tables {
	const struct decode_link *links;
	const struct decode_ethertype *ethertypes;
	const struct decode_snap *snaps;
	const struct decode_protocol *protocols; /* of IP */
	const struct decode_port *udp_ports;
	const struct decode_port *tcp_ports;
};

/* All there are. For the way in alone: decoders go by decode->tables. */
extern const struct decode_tables decode_tables;

#endif
