/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a copy says of an interface and a section: what the file said that it is from.
 *
 * Threads: any, one at a time.
 */
#ifndef WIRETAPE_COPIED_H
#define WIRETAPE_COPIED_H

#include <stdint.h>

#include "frames/pcapng.h"
#include "read/reader.h"

struct copied_interface {
	struct pcapng_interface interface;
	uint8_t *options; /* to be freed */
};

/*
 * All options of from, and, unless null, that only what passes a filter is in the copy: beside
 * the filter that was there. snaplen is the copy's for it. 0 or -ENOMEM.
 */
int copied_interface_make(const struct reader_interface *from, const char *filter, uint32_t snaplen,
			  struct copied_interface *copied);

/* Above the link type in the header of a pcap file: how long an FCS is. */
uint32_t copied_pcap_bits(const struct reader_interface *from);

/* What could not be copied, PCAPNG_LEFT_*, in words; returns text. */
const char *copied_tell_left(unsigned left, char *text, size_t room);

#endif
