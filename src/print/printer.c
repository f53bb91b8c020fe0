/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands around the decoders: number and time in front of the line, hex
 * below it, and what is kept from packet to packet.
 */
#include "print/printer.h"

#include <endian.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "decode/hexdump.h"
#include "decode/ike_sides.h"
#include "decode/tcp_flows.h"
#include "print_color.h"
#include "print_time.h"

#define BUFFER_BYTES 262144u
#define FLUSH_BYTES  131072u /* lines go out whole where that can be */
#define MOST_BYTES   262144u /* as tcpdump's MAXIMUM_SNAPLEN */
#define NAMES        16u

#define NAME_LASTS_NS UINT64_C(1000000000)

#define SLL2_INDEX_AT 4u

/* What a packet is told in ends somewhere, however it was made: in a few bytes each
 * one can point at the longest of names. Packets that mean something stay far below,
 * LLDP with -vvv being the wordiest with some 40 characters for a byte. */
#define LINE_LEAST    65536u
#define LINE_PER_BYTE 16u

struct interface_name {
	uint32_t index;
	bool asked;
	uint64_t asked_ns;      /* by the packets' clock */
	char name[IF_NAMESIZE]; /* empty: there is none */
};

struct printer {
	struct text out;
	struct printer_config config;
	struct print_time time;
	uint64_t packets;
	uint64_t now_ns; /* time of the packet at hand */
	struct tcp_flows *flows;
	struct ike_sides ike;
	struct decode_ports ports;
	struct interface_name names[NAMES];
	char buffer[BUFFER_BYTES];
};

int printer_open(const struct printer_config *config, struct printer **printer, struct error *err)
{
	struct printer *p = calloc(1, sizeof(*p));

	if (p)
		p->flows = tcp_flows_open();
	if (!p || !p->flows) {
		free(p);
		return error_set(err, ENOMEM, "no memory for printing packets");
	}
	p->config = *config;
	decode_ports_fill(&p->ports);
	text_open(&p->out, config->fd, p->buffer, sizeof(p->buffer));
	text_set_patience(&p->out, config->patience);
	*printer = p;
	return 0;
}

void printer_close(struct printer *printer)
{
	if (!printer)
		return;
	text_flush(&printer->out);
	tcp_flows_close(printer->flows);
	free(printer);
}

int printer_flush(struct printer *printer)
{
	return text_flush(&printer->out);
}

/* Asked for once a second each: the kernel is slow to tell, and names change. */
static const char *interface_name(void *context, uint32_t index)
{
	struct printer *printer = context;
	struct interface_name *entry = &printer->names[index % NAMES];

	if (!entry->asked || entry->index != index ||
	    printer->now_ns - entry->asked_ns >= NAME_LASTS_NS) {
		entry->asked = true;
		entry->index = index;
		entry->asked_ns = printer->now_ns;
		if (!if_indextoname(index, entry->name))
			entry->name[0] = '\0';
	}
	return entry->name[0] ? entry->name : NULL;
}

static uint32_t be32_at(const uint8_t *at)
{
	uint32_t raw;

	memcpy(&raw, at, sizeof(raw));
	return be32toh(raw);
}

/* The index of the interface that a packet of a ring came in by. A header that was made
 * up lies where the kernel's address was, and has it, too. */
static uint32_t index_of(const struct frame *frame, int dlt)
{
	struct sockaddr_ll link;

	if (dlt == DLT_LINUX_SLL2)
		return frame->caplen >= SLL2_INDEX_AT + 4 ? be32_at(frame->data + SLL2_INDEX_AT)
							  : 0;
	if (!frame->link)
		return 0;
	memcpy(&link, frame->link, sizeof(link));
	return (uint32_t)link.sll_ifindex;
}

/* What the packet's interface is called, by now: it may have been renamed since. */
static const char *name_of(struct printer *printer, const struct frame *frame, int dlt)
{
	const struct printer_config *config = &printer->config;
	const char *given = config->interface(config->context, frame->interface), *now = NULL;

	/* Of all together no single one has the name. */
	if (config->here && !(given && strcmp(given, "any") == 0))
		now = interface_name(printer, index_of(frame, dlt));
	return now ? now : given;
}

/* False for lengths that cannot be, which is all that is said then. */
static bool check_lengths(struct text *out, const struct frame *frame)
{
	bool bad = frame->caplen == 0 || frame->len == 0 || frame->len < frame->caplen ||
		   frame->caplen > MOST_BYTES || frame->len > MOST_BYTES;
	const char *separator = "";

	if (!bad)
		return true;
	text_string(out, "[Invalid header:");
	if (frame->caplen == 0) {
		text_string(out, " caplen==0");
		separator = ",";
	}
	if (frame->len == 0) {
		text_string(out, separator);
		text_string(out, " len==0");
		separator = ",";
	} else if (frame->len < frame->caplen) {
		text_string(out, separator);
		text_word_decimal(out, " len(", frame->len);
		text_word_decimal(out, ") < caplen(", frame->caplen);
		text_char(out, ')');
		separator = ",";
	}
	if (frame->caplen > MOST_BYTES) {
		text_string(out, separator);
		text_word_decimal(out, " caplen(", frame->caplen);
		text_word_decimal(out, ") > ", MOST_BYTES);
		separator = ",";
	}
	if (frame->len > MOST_BYTES) {
		text_string(out, separator);
		text_word_decimal(out, " len(", frame->len);
		text_word_decimal(out, ") > ", MOST_BYTES);
	}
	text_string(out, "]\n");
	return false;
}

static void print_dump(struct printer *printer, const struct frame *frame, uint32_t link_bytes)
{
	enum decode_dump dump = printer->config.options.dump;
	bool with_link = dump == DECODE_DUMP_HEX_LINK || dump == DECODE_DUMP_BOTH_LINK ||
			 dump == DECODE_DUMP_ASCII_LINK;
	uint32_t skip = with_link ? 0 : link_bytes;
	const uint8_t *bytes;
	uint32_t count;

	if (dump == DECODE_DUMP_NONE || frame->caplen <= skip)
		return;
	bytes = frame->data + skip;
	count = frame->caplen - skip;
	if (dump == DECODE_DUMP_HEX || dump == DECODE_DUMP_HEX_LINK)
		hexdump_hex(&printer->out, bytes, count);
	else if (dump == DECODE_DUMP_BOTH || dump == DECODE_DUMP_BOTH_LINK)
		hexdump_both(&printer->out, bytes, count);
	else
		hexdump_ascii(&printer->out, bytes, count);
}

/* Returns the bytes of link-layer headers. */
static uint32_t print_line(struct printer *printer, const struct frame *frame, int dlt)
{
	struct decode decode = {
		.out = &printer->out,
		.options = &printer->config.options,
		.frame = frame,
		.flows = printer->flows,
		.ike = &printer->ike,
		.ports = &printer->ports,
		.interface_name = printer->config.here ? interface_name : NULL,
		.interface_context = printer,
	};
	struct print_color color;

	print_color_begin(&color, &printer->out, printer->config.options.color);
	text_limit(&printer->out, LINE_LEAST + (uint64_t)frame->caplen * LINE_PER_BYTE);
	decode_packet(&decode, dlt);
	if (text_unlimit(&printer->out))
		text_string(&printer->out, " [too long]");
	print_color_end(&color, &printer->out, decode.protocol);
	return decode.link_bytes;
}

int printer_packet(struct printer *printer, const struct frame *frame, int dlt)
{
	struct text *out = &printer->out;

	printer->packets++;
	printer->now_ns = (uint64_t)frame->time_ns;
	if (printer->config.options.number) {
		text_decimal_wide(out, printer->packets, 5);
		text_string(out, "  ");
	}
	if (check_lengths(out, frame)) {
		print_time(&printer->time, out, &printer->config.options, frame->time_ns);
		if (printer->config.interface)
			decode_print_interface(out, name_of(printer, frame, dlt),
					       frame->packet_type);
		print_dump(printer, frame, print_line(printer, frame, dlt));
		text_char(out, '\n');
	}
	if (text_pending(out) >= FLUSH_BYTES)
		text_flush(out);
	return out->error;
}
