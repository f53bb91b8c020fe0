/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goes from header to header: a record is a header, which says how long it is, and the
 * rest.
 */
#include "disk/passed.h"

#include <string.h>

#include "frames/pcapng.h"

#define PCAP_FILE_BYTES   24u
#define PCAP_RECORD_BYTES 16u
#define PCAPNG_HEAD_BYTES 8u

void passed_begin(struct passed *p, enum trim_format format)
{
	*p = (struct passed){.format = format};
	if (format == TRIM_PCAP)
		p->missing = PCAP_FILE_BYTES;
}

static size_t header_bytes(const struct passed *p)
{
	return p->format == TRIM_PCAP ? PCAP_RECORD_BYTES : PCAPNG_HEAD_BYTES;
}

static uint32_t word(const struct passed *p, size_t number)
{
	uint32_t value;

	memcpy(&value, p->header + number * sizeof(value), sizeof(value));
	return value;
}

static void record_begin(struct passed *p)
{
	if (p->format == TRIM_PCAP) {
		p->packet = true;
		p->missing = word(p, 2); /* behind seconds and their fraction */
		return;
	}
	p->packet = word(p, 0) == PCAPNG_BLOCK_EPB;
	p->missing = word(p, 1) > PCAPNG_HEAD_BYTES ? word(p, 1) - PCAPNG_HEAD_BYTES : 0;
}

static void record_end(struct passed *p)
{
	p->packets += p->packet;
	p->packet = false;
	p->come = 0;
}

/* Of its header, or of what is behind that. */
static size_t take(struct passed *p, const uint8_t *data, size_t bytes)
{
	const size_t left = header_bytes(p) - p->come;

	if (p->missing > 0) {
		bytes = bytes < p->missing ? bytes : (size_t)p->missing;
		p->missing -= bytes;
	} else {
		bytes = bytes < left ? bytes : left;
		memcpy(p->header + p->come, data, bytes);
		p->come += bytes;
		if (p->come < header_bytes(p))
			return bytes;
		record_begin(p);
	}
	if (p->missing == 0)
		record_end(p);
	return bytes;
}

void passed_add(struct passed *p, const uint8_t *data, size_t bytes)
{
	while (bytes > 0) {
		const size_t part = take(p, data, bytes);

		data += part;
		bytes -= part;
	}
}
