/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encodes pcapng blocks. The blocks written once a file are built option by
 * option through a writer that remembers whether anything did not fit; the
 * Enhanced Packet Block, written for every packet, has its size computed
 * first and is then filled without further checks.
 */
#include "frames/pcapng.h"

#include <inttypes.h>
#include <linux/if_packet.h>
#include <pcap/dlt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

#include "store.h"

#define SHB_HARDWARE     2
#define SHB_OS           3
#define SHB_USERAPPL     4
#define IF_NAME          2
#define IF_DESCRIPTION   3
#define IF_MACADDR       6
#define IF_SPEED         8
#define IF_FILTER        11
#define IF_OS            12
#define OPT_COMMENT      1
#define ISB_STARTTIME    2
#define ISB_ENDTIME      3
#define ISB_FILTERACCEPT 6
#define ISB_OSDROP       7
#define ISB_USRDELIV     8

#define SHB_BEFORE_OPTIONS 24u

/* What stands in front of a segment's number. */
#define SEGMENT_TEXT "segment "

#define OPTION_MAX  65535u
#define FILLER_MOST (OPTION_MAX - 3) /* without padding */

struct writer {
	uint8_t *at;
	size_t used;
	size_t room;
	bool overflow;
};

static size_t padding(size_t bytes)
{
	return -bytes & 3;
}

static uint8_t *store_option(uint8_t *at, uint16_t code, uint16_t bytes)
{
	return store16(store16(at, code), bytes);
}

static void put(struct writer *w, const void *data, size_t bytes)
{
	if (bytes > w->room - w->used) {
		w->overflow = true;
		return;
	}
	memcpy(w->at + w->used, data, bytes);
	w->used += bytes;
}

static void put16(struct writer *w, uint16_t value)
{
	put(w, &value, sizeof(value));
}

static void put32(struct writer *w, uint32_t value)
{
	put(w, &value, sizeof(value));
}

static void put_option(struct writer *w, uint16_t code, const void *value, size_t bytes)
{
	put16(w, code);
	put16(w, (uint16_t)bytes);
	put(w, value, bytes);
	put(w, "\0\0", padding(bytes));
}

/* Words as UTF-8, which the format wants, behind some bytes that say what they are. */
static void put_words(struct writer *w, uint16_t code, const char *text, size_t before)
{
	const size_t start = w->used;
	size_t room, bytes;

	if (!text || !*text)
		return;
	put16(w, code);
	put16(w, 0);
	put(w, "", before);
	room = w->room - w->used;
	if (room > OPTION_MAX + 1 - before)
		room = OPTION_MAX + 1 - before;
	else
		w->overflow = w->overflow || text_as_utf8(NULL, 0, text) >= room;
	if (w->overflow)
		return;
	text_as_utf8((char *)w->at + w->used, room, text);
	bytes = strlen((char *)w->at + w->used);
	w->used += bytes;
	store16(w->at + start + 2, (uint16_t)(before + bytes));
	put(w, "\0\0", padding(before + bytes));
}

static void put_string(struct writer *w, uint16_t code, const char *text)
{
	put_words(w, code, text, 0);
}

static void put_count(struct writer *w, uint16_t code, uint64_t count)
{
	put_option(w, code, &count, sizeof(count));
}

static void put_time(struct writer *w, uint16_t code, uint64_t time)
{
	time = pcapng_time(time);
	put_option(w, code, &time, sizeof(time));
}

static struct writer block_begin(uint8_t *at, size_t room, uint32_t type)
{
	struct writer w = {.at = at, .room = room};

	put32(&w, type);
	put32(&w, 0);
	return w;
}

/* Closes the options, if any, and fills in both lengths. */
static size_t block_end(struct writer *w, bool options)
{
	if (options)
		put32(w, PCAPNG_OPT_END);
	put32(w, (uint32_t)w->used + 4);
	if (w->overflow)
		return 0;
	store32(w->at + 4, (uint32_t)w->used);
	return w->used;
}

int pcapng_linktype(int dlt)
{
	switch (dlt) {
	case DLT_ATM_RFC1483:
		return 100;
	case DLT_RAW:
		return 101;
	case DLT_SLIP_BSDOS:
		return 102;
	case DLT_PPP_BSDOS:
		return 103;
	case DLT_ATM_CLIP:
		return 106;
	default:
		return dlt;
	}
}

/* Words can become three times as long as UTF-8. */
static size_t words_most(const char *text)
{
	const size_t most = text ? 3 * strlen(text) : 0;

	return 8 + (most < OPTION_MAX ? most : OPTION_MAX);
}

size_t pcapng_shb_most(const struct pcapng_section *section)
{
	return 128 + section->copied_bytes + words_most(section->hardware) +
	       words_most(section->os) + words_most(section->application);
}

size_t pcapng_idb_most(const struct pcapng_interface *interface)
{
	return 128 + interface->copied_bytes + words_most(interface->name) +
	       words_most(interface->description) + words_most(interface->filter) +
	       words_most(interface->os);
}

size_t pcapng_put_shb(uint8_t *at, size_t room, const struct pcapng_section *section)
{
	char number[sizeof(SEGMENT_TEXT) + 20];
	struct writer w = block_begin(at, room, PCAPNG_BLOCK_SHB);

	put32(&w, PCAPNG_MAGIC);
	put16(&w, 1); /* version 1.0 */
	put16(&w, 0);
	put32(&w, UINT32_MAX); /* section length -1: not known */
	put32(&w, UINT32_MAX);
	if (!section->copied) {
		put_string(&w, SHB_HARDWARE, section->hardware);
		put_string(&w, SHB_OS, section->os);
		put_string(&w, SHB_USERAPPL, section->application);
	}
	/* In front of what may be longer than is looked at for it. */
	if (section->segment) {
		snprintf(number, sizeof(number), SEGMENT_TEXT "%" PRIu64, section->segment);
		put_string(&w, PCAPNG_SEGMENT, number);
	}
	if (section->copied)
		put(&w, section->copied, section->copied_bytes);
	return block_end(&w, !section->copied || section->copied_bytes > 0 || section->segment);
}

/* A decimal number that is all of some text, or 0. */
static uint64_t whole_number(const uint8_t *text, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, text[i] - '0', &number))
			return 0;
	}
	return number;
}

uint64_t pcapng_segment_of(const uint8_t *bytes, size_t count)
{
	const size_t before = sizeof(SEGMENT_TEXT) - 1;
	uint32_t head[3];
	uint16_t option[2]; /* code, bytes */

	if (count < SHB_BEFORE_OPTIONS)
		return 0;
	memcpy(head, bytes, sizeof(head));
	if (head[0] != PCAPNG_BLOCK_SHB || head[2] != PCAPNG_MAGIC)
		return 0;
	if (head[1] < count)
		count = head[1];
	for (size_t at = SHB_BEFORE_OPTIONS; at + sizeof(option) <= count;
	     at += option[1] + padding(option[1])) {
		memcpy(option, bytes + at, sizeof(option));
		at += sizeof(option);
		if (option[0] == PCAPNG_OPT_END || option[1] > count - at)
			return 0;
		if (option[0] == PCAPNG_SEGMENT && option[1] > before &&
		    memcmp(bytes + at, SEGMENT_TEXT, before) == 0)
			return whole_number(bytes + at + before, option[1] - before);
	}
	return 0;
}

size_t pcapng_put_idb(uint8_t *at, size_t room, const struct pcapng_interface *interface)
{
	struct writer w = block_begin(at, room, PCAPNG_BLOCK_IDB);

	put16(&w, (uint16_t)interface->linktype);
	put16(&w, 0);
	put32(&w, interface->snaplen);
	if (interface->copied) {
		put(&w, interface->copied, interface->copied_bytes);
		return block_end(&w, interface->copied_bytes > 0);
	}
	put_string(&w, IF_NAME, interface->name);
	put_string(&w, IF_DESCRIPTION, interface->description);
	if (interface->mac)
		put_option(&w, IF_MACADDR, interface->mac, 6);
	if (interface->speed_bps)
		put_count(&w, IF_SPEED, interface->speed_bps);
	put_option(&w, PCAPNG_IF_TSRESOL, &interface->tsresol, 1);
	/* A byte tells what kind of filter it is: 0 for an expression. */
	put_words(&w, IF_FILTER, interface->filter, 1);
	put_string(&w, IF_OS, interface->os);
	return block_end(&w, true);
}

const uint8_t pcapng_flags_table[8] = {
	[PACKET_HOST] = PCAPNG_INBOUND | 1u << 2,
	[PACKET_MULTICAST] = PCAPNG_INBOUND | 2u << 2,
	[PACKET_BROADCAST] = PCAPNG_INBOUND | 3u << 2,
	/* Seen only because of promiscuous mode. */
	[PACKET_OTHERHOST] = PCAPNG_INBOUND | 4u << 2,
	[PACKET_OUTGOING] = PCAPNG_OUTBOUND,
};

size_t pcapng_epb_bytes(const struct frame *frame)
{
	return PCAPNG_EPB_HEADER_BYTES + (size_t)frame->caplen + padding(frame->caplen) + 8 +
	       (frame->lost ? 12 : 0) + 12 + 4 + 4;
}

void pcapng_put_epb_head(uint8_t *at, const struct frame *frame)
{
	at = store32(at, PCAPNG_BLOCK_EPB);
	at = store32(at, (uint32_t)pcapng_epb_bytes(frame));
	at = store32(at, frame->interface);
	at = store64(at, pcapng_time((uint64_t)frame->time_ns));
	at = store32(at, frame->caplen);
	store32(at, frame->len);
}

size_t pcapng_put_epb_tail(uint8_t *at, const struct frame *frame)
{
	uint8_t *start = at;

	memset(at, 0, 3);
	at += padding(frame->caplen);
	at = store32(store_option(at, PCAPNG_EPB_FLAGS, 4), pcapng_epb_flags(frame->packet_type));
	if (frame->lost)
		at = store64(store_option(at, PCAPNG_EPB_DROPCOUNT, 8), frame->lost);
	at = store64(store_option(at, PCAPNG_EPB_PACKETID, 8), frame->id);
	at = store32(at, PCAPNG_OPT_END);
	at = store32(at, (uint32_t)pcapng_epb_bytes(frame));
	return (size_t)(at - start);
}

size_t pcapng_put_epb(uint8_t *at, size_t room, const struct frame *frame)
{
	size_t bytes = pcapng_epb_bytes(frame);

	if (bytes > room)
		return 0;
	pcapng_put_epb_head(at, frame);
	memcpy(at + PCAPNG_EPB_HEADER_BYTES, frame->data, frame->caplen);
	pcapng_put_epb_tail(at + PCAPNG_EPB_HEADER_BYTES + frame->caplen, frame);
	return bytes;
}

size_t pcapng_put_isb(uint8_t *at, size_t room, uint32_t interface,
		      const struct stats_snapshot *stats, const char *comment)
{
	struct writer w = block_begin(at, room, PCAPNG_BLOCK_ISB);

	put32(&w, interface);
	put32(&w, (uint32_t)(stats->time_ns >> 32));
	put32(&w, (uint32_t)stats->time_ns);
	put_string(&w, OPT_COMMENT, comment);
	put_time(&w, ISB_STARTTIME, stats->start_ns);
	put_time(&w, ISB_ENDTIME, stats->time_ns);
	put_count(&w, PCAPNG_ISB_IFRECV, stats->received);
	put_count(&w, PCAPNG_ISB_IFDROP, stats_lost(stats));
	put_count(&w, ISB_FILTERACCEPT, stats->received);
	put_count(&w, ISB_OSDROP, stats->dropped);
	put_count(&w, ISB_USRDELIV, stats->captured);
	return block_end(&w, true);
}

void pcapng_fill_options(uint8_t *at, uint8_t *end)
{
	size_t bytes;

	/* The end-of-options mark is four zero bytes itself. */
	memset(at, 0, (size_t)(end - at));
	for (; end - at >= 8; at += 4 + bytes) {
		bytes = (size_t)(end - at - 8);
		if (bytes > FILLER_MOST)
			bytes = FILLER_MOST;
		store_option(at, PCAPNG_FILLER, (uint16_t)bytes);
	}
}

void pcapng_put_isb_sized(uint8_t *at, uint32_t bytes, uint32_t interface,
			  const struct stats_snapshot *stats)
{
	uint8_t *end = at + bytes - 4; /* of the options */

	at = store32(store32(store32(at, PCAPNG_BLOCK_ISB), bytes), interface);
	at = store64(at, pcapng_time(stats->time_ns));
	if (end - at >= 16)
		at = store64(store_option(at, PCAPNG_ISB_IFRECV, 8), stats->received);
	if (end - at >= 16)
		at = store64(store_option(at, PCAPNG_ISB_IFDROP, 8), stats_lost(stats));
	pcapng_fill_options(at, end);
	store32(end, bytes);
}
