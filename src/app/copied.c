/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of interfaces are taken over as they are, but for the filter: what passed the
 * one of the capture and now another one has passed both.
 */
#include "copied.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames/pcapng_copy.h"

#define IF_TSRESOL   9u
#define IF_FILTER    11u
#define IF_FCSLEN    13u
#define OPTION_MOST  65535u
#define FCS_IS_THERE 0x04000000u
#define FCS_SHIFT    28u
#define FCS_MOST     15u

/* An option, padded. Returns what is behind it. */
static uint8_t *put(uint8_t *at, uint32_t code, const void *value, size_t bytes)
{
	const uint16_t head[2] = {(uint16_t)code, (uint16_t)bytes};

	memcpy(at, head, sizeof(head));
	memcpy(at + 4, value, bytes);
	memset(at + 4 + bytes, 0, -bytes & 3);
	return at + 4 + bytes + (-bytes & 3);
}

/* The filter as text, with its kind in front: the new one, the old one, or both. */
static uint8_t *put_filter(uint8_t *at, const struct pcapng_option *old, const char *new)
{
	const size_t both = new &&old ? old->bytes + strlen(new) + 9 : 0;
	const bool joins = old && new && old->bytes > 0 && *old->value == 0 && both <= OPTION_MOST;
	const char *text = new ? new : "";
	uint8_t *value = at + 4;
	int bytes;

	/* A program can be joined with nothing. */
	if (old && !joins)
		return put(at, IF_FILTER, old->value, old->bytes);
	*value = 0;
	if (joins)
		bytes = sprintf((char *)value + 1, "(%.*s) and (%s)", (int)old->bytes - 1,
				(const char *)old->value + 1, text);
	else
		bytes = sprintf((char *)value + 1, "%.*s", (int)OPTION_MOST - 1, text);
	/* In place. */
	return put(at, IF_FILTER, value, (size_t)bytes + 1);
}

static uint8_t *put_options(uint8_t *at, const struct reader_interface *from, const char *filter)
{
	struct pcapng_options options = {
		.at = from->options,
		.end = from->options + from->options_bytes,
		.list = PCAPNG_OF_INTERFACE,
	};
	const uint8_t resolution = 9, fcs = (uint8_t)from->fcs_bytes;
	struct pcapng_option option;
	bool filtered = false;

	while (from->has_options && pcapng_next_option(&options, &option)) {
		if (option.code == IF_FILTER && !filtered) {
			at = put_filter(at, &option, filter);
			filtered = true;
		} else {
			at = put(at, option.code, option.value, option.bytes);
		}
	}
	if (!from->has_options)
		at = put(at, IF_TSRESOL, &resolution, 1);
	if (!from->has_options && fcs > 0)
		at = put(at, IF_FCSLEN, &fcs, 1);
	if (filter && !filtered)
		at = put_filter(at, NULL, filter);
	return at;
}

int copied_interface_make(const struct reader_interface *from, const char *filter, uint32_t snaplen,
			  struct copied_interface *copied)
{
	const size_t room = from->options_bytes + (filter ? strlen(filter) : 0) + 64;
	uint8_t *options = malloc(room);

	if (!options)
		return -ENOMEM;
	*copied = (struct copied_interface){
		.interface =
			{
				.linktype = pcapng_linktype(from->dlt),
				.snaplen = snaplen,
				.name = from->name,
				.ticks = from->ticks,
				.copied = options,
				.copied_bytes =
					(size_t)(put_options(options, from, filter) - options),
			},
		.options = options,
	};
	return 0;
}

uint32_t copied_pcap_bits(const struct reader_interface *from)
{
	if (from->pcap_bits != 0 || from->fcs_bytes == 0)
		return from->pcap_bits;
	/* It counts words of 16 bits. */
	return FCS_IS_THERE | (from->fcs_bytes / 2 & FCS_MOST) << FCS_SHIFT;
}

const char *copied_tell_left(unsigned left, char *text, size_t room)
{
	static const struct {
		unsigned bit;
		const char *words;
	} words[] = {
		{PCAPNG_LEFT_INTERFACES, "names and options of interfaces"},
		{PCAPNG_LEFT_PACKETS, "flags, comments and other options of packets"},
		{PCAPNG_LEFT_BLOCKS, "statistics, names and secrets"},
		{PCAPNG_LEFT_SECTION, "what further sections say of themselves"},
		{PCAPNG_LEFT_PRIVATE, "what must not be copied"},
		{PCAPNG_LEFT_UNKNOWN, "blocks and options of unknown kinds"},
		{PCAPNG_LEFT_LARGE, "blocks of more than 16 MiB"},
		{PCAPNG_LEFT_HASH, "hashes of packets that were cut"},
		{PCAPNG_LEFT_TIMES, "that packets have no time"},
		{PCAPNG_LEFT_ROOM, "blocks that a limit has no room for"},
		{PCAPNG_LEFT_LOST, "losses behind the last packet"},
	};
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && used < room; i++)
		if (left & words[i].bit)
			used += (size_t)snprintf(text + used, room - used, "%s%s",
						 used > 0 ? "; " : "", words[i].words);
	return text;
}
