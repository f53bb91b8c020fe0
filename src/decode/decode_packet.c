/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way in. It alone knows the tables, and through them every decoder: it is
 * what hands them to the decoders.
 */
#include "decode_tables.h"

static decode_fn *find_link(int dlt)
{
	const struct decode_link *link = decode_tables.links;

	while (link->decode && link->dlt != dlt)
		link++;
	return link->decode;
}

/* In the index a port has the number of its first line, from 1; 0 is none. */
static void fill(uint8_t source[65536], uint8_t destination[65536], const struct decode_port *table)
{
	uint8_t line = 1;

	for (; table->decode; table++, line++) {
		for (uint32_t port = table->first; port <= table->last; port++) {
			if (table->side != DECODE_DESTINATION && !source[port])
				source[port] = line;
			if (table->side != DECODE_SOURCE && !destination[port])
				destination[port] = line;
		}
	}
}

void decode_ports_fill(struct decode_ports *ports)
{
	memset(ports, 0, sizeof(*ports));
	fill(ports->udp_source, ports->udp_destination, decode_tables.udp_ports);
	fill(ports->tcp_source, ports->tcp_destination, decode_tables.tcp_ports);
}

/* A link type without a decoder: that is said, since bytes alone might be taken for
 * a packet that is not known. */
static bool decode_unsupported(struct decode *decode, struct cursor *cursor)
{
	decode->protocol = "unsupported";
	text_string(decode->out, "UNSUPPORTED");
	decode_dump(decode, cursor);
	return true;
}

void decode_packet(struct decode *decode, int dlt)
{
	const struct frame *frame = decode->frame;
	struct cursor cursor = cursor_over(frame->data, frame->caplen, frame->len);
	decode_fn *link = find_link(dlt);

	decode->tables = &decode_tables;
	decode->protocol = "";
	if (!decode_nested(decode, &cursor, link ? link : decode_unsupported))
		decode_truncated(decode);
}
