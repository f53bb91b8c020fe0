/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng (draft-ietf-opsawg-pcapng), block by block: both byte orders, which
 * may change with each section. A block is looked at only when it is in the
 * window whole and says its length twice alike; each field in it is held
 * against that length. Blocks and options that are not known, or only for
 * people, are passed over.
 */
#include <errno.h>
#include <linux/if_packet.h>

#include "frames/pcapng.h"
#include "frames/pcapng_copy.h"
#include "reader_format.h"
#include "reader_pcapng.h"
#include "reader_swap.h"

#define SHB_MIN         28u
#define EPB_MIN         (PCAPNG_EPB_HEADER_BYTES + 4)
#define SPB_HEAD        12u
#define SPB_MIN         (SPB_HEAD + 4)
#define PACK_FLAGS      2u
#define DROPS_NOT_KNOWN 0xffffu

/* What an option list says of a packet. */
static inline __attribute__((always_inline)) void read_packet_options(const uint8_t *at,
								      const uint8_t *end,
								      bool swapped, bool enhanced,
								      struct frame *frame)
{
	static const uint8_t received_as[8] =
		{[2] = PACKET_MULTICAST, [3] = PACKET_BROADCAST, [4] = PACKET_OTHERHOST};

	while (end - at >= 4) {
		uint32_t code = load16(at, swapped), bytes = load16(at + 2, swapped);

		at += 4;
		if (code == PCAPNG_OPT_END || bytes > (size_t)(end - at))
			return;
		if (code == PCAPNG_EPB_FLAGS && bytes == 4) {
			uint32_t flags = load32(at, swapped);

			frame->way = (uint8_t)((flags & 3) <= FRAME_WAY_OUT ? flags & 3 : 0);
			frame->packet_type = (flags & 3) == PCAPNG_OUTBOUND
						     ? PACKET_OUTGOING
						     : received_as[flags >> 2 & 7];
		} else if (code == PCAPNG_EPB_DROPCOUNT && bytes == 8 && enhanced) {
			frame->lost = load64(at, swapped);
		} else if (code == PCAPNG_EPB_PACKETID && bytes == 8 && enhanced) {
			frame->id = load64(at, swapped);
		}
		bytes = (bytes + 3) & ~3u;
		if (bytes > (size_t)(end - at))
			return;
		at += bytes;
	}
}

/* Where a packet block's data lies: the readers below check the rest of it. */
struct packet {
	uint32_t interface, caplen, len, head;
	uint64_t time;
	bool timed;
};

static void swap_data(const struct reader_file *file, struct frame *frame)
{
	reader_swap(file->table->entries[frame->interface]->interface.dlt, frame->data,
		    frame->caplen);
}

/* 1 with a frame, or the error: 0 in a live file. */
static int take_packet(struct reader_file *file, const struct packet *packet, uint32_t bytes,
		       struct frame *frame, struct error *err)
{
	uint8_t *block = file->input.buffer + file->input.at;
	const struct reader_section_interface *interface;
	uint32_t room = bytes - packet->head - 4;

	if (packet->interface >= file->interface_count)
		return reader_file_bad(file, err, "a packet of interface %u, of which there are %u",
				       packet->interface, file->interface_count);
	if (packet->caplen > room)
		return reader_file_bad(file, err, "a packet of %u bytes in a block of %u",
				       packet->caplen, bytes);
	interface = &file->interfaces[packet->interface];
	if (packet->timed)
		file->last_ns =
			pcapng_ticks_ns(&interface->ticks, packet->time, &file->table->clipped);
	*frame = (struct frame){
		.data = block + packet->head,
		.caplen = packet->caplen,
		.len = packet->len > packet->caplen ? packet->len : packet->caplen,
		.time_ns = file->last_ns,
		.packet_type = PACKET_HOST,
		.interface = interface->number,
		.block = block,
	};
	if (interface->swaps)
		swap_data(file, frame);
	return 1;
}

/* The readers of packet blocks get one whole block of so many bytes, and return
 * as take_packet. */

/* An Enhanced Packet Block, or an old Packet Block, in which the interface has half
 * the room and leaves the other to the drops. */
static int read_long(struct reader_file *file, uint32_t bytes, bool old, struct frame *frame,
		     struct error *err)
{
	const uint8_t *block = reader_input_at(&file->input);
	bool swapped = file->swapped;
	struct packet packet;
	uint32_t padded, lost;
	int rc;

	if (bytes < EPB_MIN)
		return reader_file_bad(file, err, "a packet block of %u bytes", bytes);
	packet = (struct packet){
		.interface = old ? load16(block + 8, swapped) : load32(block + 8, swapped),
		.time = (uint64_t)load32(block + 12, swapped) << 32 | load32(block + 16, swapped),
		.caplen = load32(block + 20, swapped),
		.len = load32(block + 24, swapped),
		.head = PCAPNG_EPB_HEADER_BYTES,
		.timed = true,
	};
	rc = take_packet(file, &packet, bytes, frame, err);
	if (rc <= 0)
		return rc;
	lost = old ? load16(block + 10, swapped) : DROPS_NOT_KNOWN;
	if (lost != DROPS_NOT_KNOWN)
		frame->lost = lost;
	padded = (packet.caplen + 3) & ~3u; /* as bytes is, and so within it */
	read_packet_options(block + packet.head + padded, block + bytes - 4, swapped, !old, frame);
	return 1;
}

static int read_epb(struct reader_file *file, uint32_t bytes, struct frame *frame,
		    struct error *err)
{
	return read_long(file, bytes, false, frame, err);
}

static int read_old(struct reader_file *file, uint32_t bytes, struct frame *frame,
		    struct error *err)
{
	return read_long(file, bytes, true, frame, err);
}

/* Of the first interface; how much of it was taken is said nowhere else. */
static int read_spb(struct reader_file *file, uint32_t bytes, struct frame *frame,
		    struct error *err)
{
	const uint8_t *block = reader_input_at(&file->input);
	struct packet packet = {.head = SPB_HEAD};

	file->untimed = true;
	if (bytes < SPB_MIN)
		return reader_file_bad(file, err, "a packet block of %u bytes", bytes);
	packet.len = packet.caplen = load32(block + 8, file->swapped);
	if (file->interface_count > 0 && file->interfaces[0].snaplen > 0 &&
	    packet.caplen > file->interfaces[0].snaplen)
		packet.caplen = file->interfaces[0].snaplen;
	return take_packet(file, &packet, bytes, frame, err);
}

static int read_shb(struct reader_file *file, uint32_t bytes, struct error *err)
{
	const uint8_t *block = reader_input_at(&file->input);
	uint32_t major;
	int rc;

	if (bytes < SHB_MIN)
		return reader_file_bad(file, err, "a section header of %u bytes", bytes);
	major = load16(block + 12, file->swapped);
	if (major != 1)
		return reader_file_bad(file, err, "pcapng of version %u, which is not known",
				       major);
	file->section = reader_table_section(file->table);
	file->interface_count = 0;
	rc = reader_beside_section(file, block, bytes);
	return rc < 0 ? error_system(err, -rc, "%s", file->input.name) : 1;
}

/* One whole block: 1, with *packet where it holds one; else as reader_pcapng_need. */
static int read_block(struct reader_file *file, uint32_t bytes, struct frame *frame, bool *packet,
		      struct error *err)
{
	uint32_t type = load32(reader_input_at(&file->input), file->swapped);
	int rc;

	*packet = true;
	switch (type) {
	case PCAPNG_BLOCK_EPB:
		return read_epb(file, bytes, frame, err);
	case PCAPNG_BLOCK_OLD:
		return read_old(file, bytes, frame, err);
	case PCAPNG_BLOCK_SPB:
		return read_spb(file, bytes, frame, err);
	default:
		break;
	}
	*packet = false;
	switch (type) {
	case PCAPNG_BLOCK_SHB:
		return read_shb(file, bytes, err);
	case PCAPNG_BLOCK_IDB:
		return reader_read_idb(file, reader_input_at(&file->input), bytes, err);
	default:
		break;
	}
	rc = reader_beside_block(file, reader_input_at(&file->input), bytes);
	return rc < 0 ? error_system(err, -rc, "%s", file->input.name) : 1;
}

/* Whether a block is of what packets are, or tells only of them: others have a meaning of
 * their own. */
static bool is_of_packets(const struct reader_file *file)
{
	switch (load32(reader_input_at(&file->input), file->swapped)) {
	case PCAPNG_BLOCK_EPB:
	case PCAPNG_BLOCK_OLD:
	case PCAPNG_BLOCK_SPB:
	case PCAPNG_BLOCK_ISB:
		return true;
	default:
		return false;
	}
}

/* Whether the next block lies in the window whole, so that nothing moves. */
static bool is_whole(const struct reader_file *file)
{
	size_t have = reader_input_have(&file->input);

	return have >= PCAPNG_BLOCK_MIN &&
	       load32(reader_input_at(&file->input) + 4, file->swapped) <= have &&
	       load32(reader_input_at(&file->input), false) != PCAPNG_BLOCK_SHB;
}

/* Whether it also can follow on packets in one batch. */
static bool is_there(const struct reader_file *file)
{
	return is_whole(file) && (!file->splits || is_of_packets(file));
}

/* Takes a block that was read. */
static void take_block(struct reader_file *file, uint32_t bytes)
{
	const bool aside = !is_of_packets(file);

	file->input.at += bytes;
	if (aside)
		file->aside = reader_input_offset(&file->input);
}

/*
 * The Enhanced Packet Blocks at the window's beginning that are whole and as they
 * should be, up to most: nearly all there is. It asks what the readers above
 * do, in one loop for each byte order; the first block it does not like is
 * theirs, to be told of.
 */
static inline __attribute__((always_inline)) uint32_t
take_epbs(struct reader_file *file, struct frame *frames, uint32_t most, bool swapped)
{
	const struct reader_section_interface *interfaces = file->interfaces;
	struct reader_input *input = &file->input;
	uint8_t *at = input->buffer + input->at, *end = input->buffer + input->end;
	uint32_t count = 0, bytes, interface, caplen, len;
	uint64_t time;

	for (; count < most && (size_t)(end - at) >= EPB_MIN; at += bytes, count++) {
		bytes = load32(at + 4, swapped);
		interface = load32(at + 8, swapped);
		caplen = load32(at + 20, swapped);
		len = load32(at + 24, swapped);
		if (load32(at, swapped) != PCAPNG_BLOCK_EPB || bytes < EPB_MIN || bytes % 4 != 0 ||
		    bytes > (size_t)(end - at) || load32(at + bytes - 4, swapped) != bytes ||
		    bytes > READER_RECORD_MOST || interface >= file->interface_count ||
		    caplen > bytes - EPB_MIN)
			break;
		time = (uint64_t)load32(at + 12, swapped) << 32 | load32(at + 16, swapped);
		file->last_ns =
			pcapng_ticks_ns(&interfaces[interface].ticks, time, &file->table->clipped);
		frames[count] = (struct frame){
			.data = at + PCAPNG_EPB_HEADER_BYTES,
			.caplen = caplen,
			.len = len > caplen ? len : caplen,
			.time_ns = file->last_ns,
			.packet_type = PACKET_HOST,
			.interface = interfaces[interface].number,
			.block = at,
		};
		if (caplen > interfaces[interface].snaplen - 1)
			reader_note_longer(file, interfaces[interface].number, caplen);
		if (swapped && interfaces[interface].swaps)
			swap_data(file, &frames[count]);
		read_packet_options(at + PCAPNG_EPB_HEADER_BYTES + ((caplen + 3) & ~3u),
				    at + bytes - 4, swapped, true, &frames[count]);
	}
	input->at = (size_t)(at - input->buffer);
	return count;
}

static int fill(struct reader_file *file, struct frame *frames, uint32_t most, struct error *err)
{
	uint32_t count = 0, bytes;
	bool packet;
	int rc = 1;

	for (;;) {
		count += file->swapped ? take_epbs(file, frames + count, most - count, true)
				       : take_epbs(file, frames + count, most - count, false);
		if (count == most || (count > 0 && !is_there(file)))
			break;
		/* An error found behind packets is found again by the next call. */
		rc = reader_pcapng_need(file, &bytes, count ? NULL : err);
		/* What is beside packets belongs in front of those that are given with it. */
		if (rc > 0 && count > 0 && file->table->beside.wanted &&
		    reader_pcapng_is_beside(load32(reader_input_at(&file->input), file->swapped)))
			break;
		if (rc > 0)
			rc = read_block(file, bytes, &frames[count], &packet, count ? NULL : err);
		if (rc <= 0)
			break;
		take_block(file, bytes);
		count += packet;
	}
	return count > 0 ? (int)count : rc;
}

/* Whether an interface follows, or what is of all packets: of a pipe, among what has
 * come. */
static bool header_follows(struct reader_file *file)
{
	struct reader_input *input = &file->input;
	uint32_t type;

	if (input->pipe ? !is_whole(file) : reader_input_need(input, PCAPNG_BLOCK_MIN, NULL) <= 0)
		return false;
	type = load32(reader_input_at(input), file->swapped);
	return type == PCAPNG_BLOCK_IDB || pcapng_block_lasts(type);
}

/* The section header, and what belongs to it behind it. A pipe is asked for no more than
 * has come once the section header is taken: so this can be called again. */
static int start(struct reader_file *file, struct error *err)
{
	struct reader_input *input = &file->input;
	bool packet, begun = false;
	uint32_t bytes;
	int rc;

	rc = reader_input_need(input, SHB_MIN, err);
	if (rc < 0)
		return rc;
	do {
		rc = reader_pcapng_need(file, &bytes, err);
		if (rc > 0)
			rc = read_block(file, bytes, NULL, &packet, err);
		if (rc > 0)
			take_block(file, bytes);
		begun |= rc > 0;
	} while (rc > 0 && header_follows(file));
	/* A capture it is; that an interface is cut off is found again when it is read. */
	if (begun && rc == -ENODATA)
		return 0;
	return rc < 0 ? rc : 0;
}

const struct reader_format reader_format_pcapng = {.name = "pcapng", .start = start, .fill = fill};
