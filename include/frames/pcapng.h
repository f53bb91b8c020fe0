/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoder for pcapng blocks (draft-ietf-opsawg-pcapng): Section Header,
 * Interface Description, Enhanced Packet and Interface Statistics Block, in
 * the machine's byte order, as the format allows. Pure: it fills memory the
 * caller owns and never writes past the room it is told.
 *
 * Every encoder returns the whole block's length in bytes (a multiple of 4),
 * or 0 when it does not fit in room; nothing useful is in the buffer then.
 * Strings may be null pointers or empty: the option is left out. Option
 * values longer than 65535 bytes are cut there.
 */
#ifndef WIRETAPE_PCAPNG_H
#define WIRETAPE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"
#include "frames/frame.h"
#include "frames/pcapng_ticks.h"
#include "frames/time_order.h"

#define PCAPNG_BLOCK_SHB 0x0A0D0D0Au
#define PCAPNG_BLOCK_IDB 0x00000001u
#define PCAPNG_BLOCK_SPB 0x00000003u
#define PCAPNG_BLOCK_ISB 0x00000005u
#define PCAPNG_BLOCK_EPB 0x00000006u
#define PCAPNG_MAGIC     0x1A2B3C4Du

/* Bytes of an IDB in front of its options. */
#define PCAPNG_IDB_HEADER_BYTES 16u
/* Bytes of an EPB in front of the packet data. */
#define PCAPNG_EPB_HEADER_BYTES 28u
/* Most bytes an EPB takes beyond its packet data, options included. */
#define PCAPNG_EPB_OVERHEAD_MAX 72u
/* Bytes of an ISB without options, and most bytes of one with all. */
#define PCAPNG_ISB_MIN 24u
#define PCAPNG_ISB_MAX 112u
/* Most bytes a comment adds to one; what does not fit is cut by the caller. */
#define PCAPNG_COMMENT_MAX 260u

/* Option codes that the weaver writes too. */
#define PCAPNG_OPT_END_BYTES 4u
#define PCAPNG_OPT_END       0u
#define PCAPNG_EPB_FLAGS     2u
#define PCAPNG_EPB_DROPCOUNT 4u
#define PCAPNG_EPB_PACKETID  5u
#define PCAPNG_ISB_IFRECV    4u
#define PCAPNG_ISB_IFDROP    5u
#define PCAPNG_IF_TSRESOL    9u
#define PCAPNG_IF_TSOFFSET   14u

/*
 * Code of the option that fills a block up: the top bit leaves it to local
 * use, and readers skip it (draft, section "Options").
 */
#define PCAPNG_FILLER 0x8001u

/* The same of the option of a section header that has a segment's number: "segment N". */
#define PCAPNG_SEGMENT 0x8002u

/* The same of the option of the last ISB of a segment that has how its packets lie in time:
 * the bytes of the file before that block, least_ns, most_ns and fall_ns (time_order.h),
 * 64 bits each. */
#define PCAPNG_ORDER       0x8003u
#define PCAPNG_ORDER_BYTES 36u

/* epb_flags, direction in bits 0-1. */
#define PCAPNG_INBOUND  1u
#define PCAPNG_OUTBOUND 2u

/* A whole block, in this machine's byte order. */
struct pcapng_block {
	uint8_t *bytes;
	uint32_t count;
	bool lasting; /* is of all packets behind it: each of several files has to have it */
};

struct pcapng_section {
	const char *hardware;    /* shb_hardware */
	const char *os;          /* shb_os */
	const char *application; /* shb_userappl */
	uint64_t segment;        /* number among a recorder's, in an option of ours; 0: none */
	/* Unless null: these options, in place of the words above. */
	const uint8_t *copied;
	size_t copied_bytes;
};

struct pcapng_interface {
	int linktype; /* LINKTYPE_* value (not DLT_*) */
	uint32_t snaplen;
	const char *name;          /* if_name */
	const char *description;   /* if_description */
	const char *filter;        /* if_filter, as the expression typed (code 0) */
	const char *os;            /* if_os */
	const uint8_t *mac;        /* if_MACaddr, 6 bytes, or null */
	uint64_t speed_bps;        /* if_speed; 0: left out */
	uint8_t tsresol;           /* 9: nanoseconds */
	struct pcapng_ticks ticks; /* of a copy */
	/* Unless null: these options, in place of all above from the name on. */
	const uint8_t *copied;
	size_t copied_bytes;
};

/* The LINKTYPE_* value, as files have it, for a DLT_* one. */
int pcapng_linktype(int dlt);

/* epb_flags for the PACKET_* types (linux/if_packet.h) 0 to 7: direction in
 * bits 0-1, how the frame was addressed in bits 2-4. */
extern const uint8_t pcapng_flags_table[8];

static inline uint32_t pcapng_epb_flags(uint8_t packet_type)
{
	return pcapng_flags_table[packet_type & 7];
}

/* A time as files have it: the upper 32 bits first, in either byte order. */
static inline uint64_t pcapng_time(uint64_t time)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return time << 32 | time >> 32;
#else
	return time;
#endif
}

/* Most bytes the two take. */
size_t pcapng_shb_most(const struct pcapng_section *section);
size_t pcapng_idb_most(const struct pcapng_interface *interface);

/* Where in its block an interface's snapshot length is. */
#define PCAPNG_IDB_SNAPLEN_AT 12u

size_t pcapng_put_shb(uint8_t *at, size_t room, const struct pcapng_section *section);
size_t pcapng_put_idb(uint8_t *at, size_t room, const struct pcapng_interface *interface);

/* The number of the segment that a file is, from its first bytes: a section header as we
 * write it. 0: it says none. */
uint64_t pcapng_segment_of(const uint8_t *bytes, size_t count);

/*
 * A whole EPB, packet data copied: epb_flags with the direction (and the
 * reception type of packet_type), epb_dropcount when lost is not 0,
 * epb_packetid, padding zeroed.
 */
size_t pcapng_put_epb(uint8_t *at, size_t room, const struct frame *frame);

/*
 * The same in parts, for packet data that stays where it is: the length of
 * the whole block; the PCAPNG_EPB_HEADER_BYTES in front of the data; and what
 * follows it, returning how many bytes that is. There has to be room for
 * PCAPNG_EPB_OVERHEAD_MAX bytes altogether.
 */
size_t pcapng_epb_bytes(const struct frame *frame);
void pcapng_put_epb_head(uint8_t *at, const struct frame *frame);
size_t pcapng_put_epb_tail(uint8_t *at, const struct frame *frame);

/*
 * An ISB: isb_starttime, isb_endtime; isb_ifrecv and isb_filteraccept
 * (received), isb_osdrop (dropped), isb_ifdrop (stats_lost: what Wireshark
 * shows as dropped), isb_usrdeliv (captured); opt_comment, unless null, of at
 * most 255 bytes.
 */
size_t pcapng_put_isb(uint8_t *at, size_t room, uint32_t interface,
		      const struct stats_snapshot *stats, const char *comment);

/*
 * An ISB of exactly so many bytes (a multiple of 4, at least PCAPNG_ISB_MIN):
 * with as many of isb_ifrecv and isb_ifdrop as there is room for, then filler.
 */
void pcapng_put_isb_sized(uint8_t *at, uint32_t bytes, uint32_t interface,
			  const struct stats_snapshot *stats);

/* Adds to an ISB how the packets lie in time, PCAPNG_ORDER_BYTES, unless nothing is known
 * or room, of the whole block, is too little; so many bytes of the file are before it. Its
 * length now. */
size_t pcapng_add_order(uint8_t *at, size_t room, uint64_t before, const struct time_order *order);

/* What a file of so many bytes says of that, from its last ones, count of them. */
struct time_order pcapng_order_of(const uint8_t *end, size_t count, uint64_t file_bytes);

/* Fills [at, end), a multiple of 4 bytes, the rest of an option list, with
 * options of zeros and the end-of-options mark. */
void pcapng_fill_options(uint8_t *at, uint8_t *end);

#endif
