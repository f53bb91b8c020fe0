/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of pcapng files, as other programs and machines have written them, into this
 * machine's byte order, with all that a copy may keep: their options, those nobody here
 * knows among them. What says that it must not be copied is left out, and so is what
 * cannot be turned into this byte order because nobody knows what it is. Pure.
 *
 * What is left out is told in bits, PCAPNG_LEFT_*, which are added to *left.
 */
#ifndef WIRETAPE_PCAPNG_COPY_H
#define WIRETAPE_PCAPNG_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames/frame.h"
#include "frames/pcapng_ticks.h"

#define PCAPNG_LEFT_PRIVATE 0x01u /* options and blocks that must not be copied */
#define PCAPNG_LEFT_UNKNOWN 0x02u /* options and blocks of a kind that is not known */
#define PCAPNG_LEFT_HASH    0x04u /* hashes of packets that were cut */
#define PCAPNG_LEFT_LARGE   0x08u /* blocks too large to be kept */
#define PCAPNG_LEFT_SECTION 0x10u /* options of further sections */
#define PCAPNG_LEFT_TIMES   0x20u /* that a packet has no time */
#define PCAPNG_LEFT_ROOM    0x40u /* blocks that a limit had no room for */
#define PCAPNG_LEFT_LOST    0x80u /* losses behind the last packet */
/* Of copies into pcap: */
#define PCAPNG_LEFT_INTERFACES 0x100u /* what is told of interfaces */
#define PCAPNG_LEFT_PACKETS    0x200u /* what is told of packets */
#define PCAPNG_LEFT_BLOCKS     0x400u /* statistics, names, secrets */

/* What options are of: the same code means something else in each. */
enum pcapng_list {
	PCAPNG_OF_SECTION,
	PCAPNG_OF_INTERFACE,
	PCAPNG_OF_PACKET,
	PCAPNG_OF_STATISTICS,
	PCAPNG_OF_NAMES,
	PCAPNG_OF_OTHERS,
};

/* A list of options as it lies in a file. */
struct pcapng_options {
	const uint8_t *at, *end;
	bool swapped; /* not this machine's order */
	enum pcapng_list list;
};

struct pcapng_option {
	uint32_t code, bytes;
	const uint8_t *value;
};

/* The next option, whole: true; false at the list's end, or where it runs over. */
bool pcapng_next_option(struct pcapng_options *options, struct pcapng_option *option);

/*
 * Copies options to a place with room for as many bytes as the list has; returns how many
 * it has become. There is no end mark, as more may follow. Those of the codes below 32
 * that are bits of without are left out, and not told of.
 */
size_t pcapng_copy_options(uint8_t *to, struct pcapng_options options, uint32_t without,
			   unsigned *left);

/*
 * A block that is neither section, interface nor packet, whole: its size is checked, and
 * that it ends as it begins. to has room for as many bytes. An Interface Statistics Block
 * is of number interface then. Returns the bytes it has become, or 0 where it is not
 * copied.
 */
struct pcapng_foreign {
	const uint8_t *block;
	uint32_t bytes;
	bool swapped;
	uint32_t interface;
};
size_t pcapng_copy_block(uint8_t *to, const struct pcapng_foreign *from, unsigned *left);

/* Whether what it says is of all packets behind it: names and secrets. */
bool pcapng_block_lasts(uint32_t type);

/*
 * The block of a packet that lies in a file: with the options it had there, and none it
 * had not. Frames of other files than pcapng have none. epb_dropcount is what the frame
 * says. The head is PCAPNG_EPB_HEADER_BYTES, in front of the data; the tail is behind it,
 * at most pcapng_copy_tail_most bytes. ticks are those of its interface in the copy: a time
 * that the file has is taken over as it is.
 */
size_t pcapng_copy_tail_most(const struct frame *frame);
size_t pcapng_copy_tail(uint8_t *to, const struct frame *frame, unsigned *left);
void pcapng_copy_head(uint8_t *to, const struct frame *frame, const struct pcapng_ticks *ticks,
		      size_t tail_bytes);

/* epb_flags of a frame's block: false where there are none. */
bool pcapng_frame_flags(const struct frame *frame, uint32_t *flags);

/* Whether its block says anything in options. */
bool pcapng_frame_has_options(const struct frame *frame);

#endif
