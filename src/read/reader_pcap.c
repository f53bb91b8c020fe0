/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcap as nearly all programs write it: version 2.4, in micro- or nanoseconds,
 * in either byte order. The loop over records is made for each of the two
 * orders, so that it has nothing to ask.
 */
#include <linux/if_packet.h>

#include "base/clock.h"
#include "reader_format.h"
#include "reader_swap.h"

#define HEADER_BYTES  24u
#define RECORD_BYTES  16u
#define MAGIC_MICRO   0xa1b2c3d4u
#define MAGIC_NANO    0xa1b23c4du
#define LINKTYPE_MASK 0x03ffffffu /* above is how long an FCS is */
#define FCS_IS_THERE  0x04000000u
#define FCS_SHIFT     28u

static int start(struct reader_file *file, struct error *err)
{
	struct reader_interface interface = {0};
	const uint8_t *at;
	uint32_t magic, linktype;
	int rc;

	rc = reader_input_need(&file->input, HEADER_BYTES, err);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		file->format = &reader_format_empty;
		return reader_file_cut(file, HEADER_BYTES - reader_input_have(&file->input), err);
	}
	at = reader_input_at(&file->input);
	magic = load32(at, false);
	file->swapped = magic != MAGIC_MICRO && magic != MAGIC_NANO;
	if (file->swapped)
		magic = load32(at, true);
	file->tick_ns = magic == MAGIC_NANO ? 1 : 1000;
	file->snaplen = load32(at + 16, file->swapped);
	interface.snaplen = file->snaplen;
	linktype = load32(at + 20, file->swapped);
	interface.dlt = reader_dlt(linktype & LINKTYPE_MASK);
	interface.pcap_bits = linktype & ~LINKTYPE_MASK;
	/* In words of 16 bits. */
	if (linktype & FCS_IS_THERE)
		interface.fcs_bytes = (linktype >> FCS_SHIFT) * 2;
	interface.ticks = pcapng_ticks_make(9, 0);
	file->swaps = file->swapped && reader_swap_is_needed(interface.dlt) ? interface.dlt : -1;
	rc = reader_table_add(file->table, reader_table_section(file->table), &interface,
			      &file->number);
	if (rc < 0)
		return error_system(err, -rc, "%s", file->input.name);
	file->input.at += HEADER_BYTES;
	return 0;
}

/* A page that was never written reads as zeros. */
static bool is_blank(const uint8_t *record)
{
	return (load64(record, false) | load64(record + 8, false)) == 0;
}

/* The whole records in the window, up to most. */
static inline __attribute__((always_inline)) uint32_t
take_records(struct reader_file *file, struct frame *frames, uint32_t most, bool swapped)
{
	struct reader_input *input = &file->input;
	uint8_t *at = input->buffer + input->at, *end = input->buffer + input->end;
	const uint32_t tick_ns = file->tick_ns, number = file->number;
	uint32_t count = 0;

	for (; count < most && (size_t)(end - at) >= RECORD_BYTES; count++) {
		uint32_t caplen = load32(at + 8, swapped);
		uint32_t len = load32(at + 12, swapped);

		if (caplen > (size_t)(end - at) - RECORD_BYTES)
			break;
		if (caplen == 0 && file->live && is_blank(at))
			break;
		frames[count] = (struct frame){
			.data = at + RECORD_BYTES,
			.caplen = caplen,
			.len = len > caplen ? len : caplen,
			.time_ns = (int64_t)(load32(at, swapped) * NS_PER_SECOND +
					     (uint64_t)load32(at + 4, swapped) * tick_ns),
			.packet_type = PACKET_HOST,
			.interface = number,
		};
		/* 0 is no limit. */
		if (caplen > file->snaplen - 1)
			reader_note_longer(file, number, caplen);
		at += RECORD_BYTES + caplen;
	}
	input->at = (size_t)(at - input->buffer);
	return count;
}

/* Has the next record in the window whole: 1, 0 at the end, or -errno. */
static int need_record(struct reader_file *file, struct error *err)
{
	struct reader_input *input = &file->input;
	int rc = reader_input_need(input, RECORD_BYTES, err);
	uint32_t caplen;

	if (rc < 0)
		return rc;
	if (rc == 0 && reader_input_have(input) == 0)
		return 0;
	if (rc == 0)
		return reader_file_cut(file, RECORD_BYTES - reader_input_have(input), err);
	if (file->live && is_blank(reader_input_at(input)))
		return 0;
	caplen = load32(reader_input_at(input) + 8, file->swapped);
	if (caplen > READER_RECORD_MOST - RECORD_BYTES)
		return reader_file_bad(file, err, "a packet of %u bytes", caplen);
	rc = reader_input_need(input, RECORD_BYTES + caplen, err);
	if (rc == 0)
		return reader_file_cut(file, RECORD_BYTES + caplen - reader_input_have(input), err);
	return rc;
}

static int fill(struct reader_file *file, struct frame *frames, uint32_t most, struct error *err)
{
	uint32_t count;
	int rc;

	for (;;) {
		count = file->swapped ? take_records(file, frames, most, true)
				      : take_records(file, frames, most, false);
		for (uint32_t i = 0; file->swaps >= 0 && i < count; i++)
			reader_swap(file->swaps, frames[i].data, frames[i].caplen);
		if (count > 0)
			return (int)count;
		rc = need_record(file, err);
		if (rc <= 0)
			return rc;
	}
}

const struct reader_format reader_format_pcap = {.name = "pcap", .start = start, .fill = fill};
