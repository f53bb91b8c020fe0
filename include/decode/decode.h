/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From bytes to a line of text, one protocol at a time.
 *
 * A decoder gets a cursor at its header and prints what it finds. It returns
 * false when it needed bytes that were not captured: everything above it then
 * returns false too, at once, and the printer ends the line with " [|NAME]",
 * NAME being decode->protocol, which each decoder sets first of all. What is
 * wrong in any other way is printed, and is no false.
 *
 * The way in is decode_packet. A decoder hands on with decode_find_ethertype,
 * decode_ip_protocol and the like; which decoder that is stands in the tables
 * that struct decode points to, so that protocols nest without end and no
 * source needs one that needs it. A new protocol is a src/decode/decode_NAME.c,
 * a line in decoders.h and a line in a table of decode_tables.c.
 *
 * Nothing here allocates or makes a system call, and nothing is global: what
 * is remembered between packets belongs to the printer. One thread at a time.
 */
#ifndef WIRETAPE_DECODE_H
#define WIRETAPE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/cursor.h"
#include "decode/text.h"
#include "frames/frame.h"

enum decode_dump {
	DECODE_DUMP_NONE,
	DECODE_DUMP_HEX,       /* -x */
	DECODE_DUMP_HEX_LINK,  /* -xx: with the link-layer header */
	DECODE_DUMP_BOTH,      /* -X: and as characters */
	DECODE_DUMP_BOTH_LINK, /* -XX */
	DECODE_DUMP_ASCII,     /* -A */
	DECODE_DUMP_ASCII_LINK,
};

enum decode_time {
	DECODE_TIME_OF_DAY,
	DECODE_TIME_NONE,     /* -t */
	DECODE_TIME_EPOCH,    /* -tt */
	DECODE_TIME_PREVIOUS, /* -ttt: since the packet before */
	DECODE_TIME_DATE,     /* -tttt */
	DECODE_TIME_FIRST,    /* -ttttt: since the first packet */
};

/* All zeros is a plain tcpdump -n. */
struct decode_options {
	unsigned verbose;  /* -v, -vv, -vvv */
	bool link_header;  /* -e */
	bool quick;        /* -q */
	bool absolute_seq; /* -S */
	bool number;       /* -# */
	bool nano;         /* nine digits of a second, not six */
	bool color;
	enum decode_dump dump;
	enum decode_time time;
};

/* The IP header a transport protocol lies in: the innermost one. */
struct decode_ip {
	struct cursor header; /* at its first byte; its fixed part was captured */
	uint8_t version;      /* 4 or 6 */
	uint8_t protocol;     /* what its fixed part says is next */
	uint8_t ttl;
	bool fragmented; /* a first fragment: the rest of the data is elsewhere */
};

struct decode_tables;

/* The decoders by port number, as an index over the tables of ports. */
struct decode_ports {
	uint8_t udp_source[65536], udp_destination[65536];
	uint8_t tcp_source[65536], tcp_destination[65536];
};

/* The way of one packet. */
struct decode {
	/* Set by who calls decode_packet; all else is zero. */
	struct text *out;
	const struct decode_options *options;
	const struct frame *frame;
	struct tcp_flows *flows;
	struct ike_sides *ike;
	const struct decode_ports *ports; /* filled */
	/* Names of interfaces of this machine, or null where there is none. */
	const char *(*interface_name)(void *context, uint32_t index);
	void *interface_context;

	const struct decode_tables *tables; /* which decoder takes what: decode_tables.h */
	const char *protocol;               /* what is missing when bytes are */
	uint32_t link_bytes;                /* of link-layer headers: what -x leaves out */
	unsigned depth;                     /* decoders in decoders */
	const uint8_t *link_source, *link_destination; /* MAC addresses or null */
	struct decode_ip ip;                           /* set in and below IP */
	uint16_t source_port, destination_port;        /* set below UDP and TCP */
};

typedef bool decode_fn(struct decode *decode, struct cursor *cursor);

void decode_ports_fill(struct decode_ports *ports);

/* Prints decode->frame, which begins with a header of link type dlt, to its end
 * or to " [|NAME]"; of link types without a decoder that they are, and the bytes in
 * hex and as characters. protocol, link_bytes and what is below them are left for the
 * caller to see. */
void decode_packet(struct decode *decode, int dlt);

/* " [|protocol]", where a decoder ends its own part only. Returns true. */
bool decode_truncated(struct decode *decode);

/* " (invalid)". Returns true. */
bool decode_invalid(struct decode *decode);

/* " [length N < M] (invalid)". Returns true. */
bool decode_too_short(struct decode *decode, uint32_t length, uint32_t least);

/* The rest as tcpdump shows what it does not know: hex and characters, unless
 * -x, -X or -q were given. */
void decode_unknown(struct decode *decode, const struct cursor *cursor);

/* The rest by its length in the same way; false where not all of it was
 * captured. */
bool decode_unknown_part(struct decode *decode, const struct cursor *cursor);

/* The same in any case. */
void decode_dump(struct decode *decode, const struct cursor *cursor);

/* As many as there are of so many bytes, in hex: each line begins with indent. */
void decode_hex(struct decode *decode, const struct cursor *cursor, const char *indent,
		uint32_t bytes);

/* Characters from a distance on: to a zero, or so many, or to the end of what was
 * captured. */
void decode_characters(struct decode *decode, const struct cursor *cursor, uint32_t at,
		       uint32_t bytes);

/* Seconds as in "1h30m". */
void decode_interval(struct decode *decode, uint32_t seconds);

/* Runs a decoder one level deeper, or prints that there are too many. */
bool decode_nested(struct decode *decode, struct cursor *cursor, decode_fn *next);

/* An interface and a direction (PACKET_* of linux/if_packet.h), as in front of
 * LINUX_SLL2; name null: it has none. */
void decode_print_interface(struct text *out, const char *name, uint32_t direction);

/* What decodes an ethertype, a number in SNAP, or the ports decode has; null for
 * none. */
decode_fn *decode_find_ethertype(const struct decode *decode, uint16_t type);
decode_fn *decode_find_snap(const struct decode *decode, uint32_t oui, uint16_t pid);
decode_fn *decode_find_udp(const struct decode *decode);
decode_fn *decode_find_tcp(const struct decode *decode);

/* Decodes the payload of IP, whose header decode->ip tells of; " ip-proto-N"
 * and the length for those that are not known. */
bool decode_ip_protocol(struct decode *decode, struct cursor *cursor, uint8_t protocol);

/* Whether what decodes the payload prints the addresses, each with a port. */
bool decode_ip_has_ports(const struct decode *decode, uint8_t protocol);

/* "source > destination: ", or without the ": ". */
void decode_ip_addresses(struct decode *decode, const char *end);

/*
 * "source.port > destination.port: ", for a transport protocol that IP names
 * as its payload; "port > port: " where an extension header is in between.
 */
void decode_ip_ports(struct decode *decode, uint8_t protocol);

/* What the pseudo header adds to a checksum (checksum.h). */
uint64_t decode_ip_pseudo_sum(const struct decode *decode, uint8_t protocol, uint32_t length);

/* What an LLC header was. */
struct decode_llc {
	uint32_t bytes; /* with those of SNAP */
	bool known;     /* what is behind it was decoded */
};

/* LLC, in a frame with a length or where a link type says so. */
bool decode_llc(struct decode *decode, struct cursor *cursor, struct decode_llc *result);

/* Names for -v and -e. */
extern const struct text_name decode_ethertype_names[];
extern const struct text_name decode_ip_protocol_names[];
extern const struct text_name decode_oui_names[];

#endif
