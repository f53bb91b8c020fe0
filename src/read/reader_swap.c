/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same link types as libpcap turns (pcap-util.c), which does so only for files that it
 * reads itself, and those whose packets begin with an address family, which libpcap minds in
 * the code of filters.
 */
#include "reader_swap.h"

#include <pcap/dlt.h>
#include <string.h>

#include "frames/frame.h"
#include "reader_table.h"

#define USB_HEADER_BYTES   48u
#define USB_ISOCHRONOUS    0u
#define USB_DESCRIPTOR     16u
#define SLL_BYTES          16u
#define SLL_PROTOCOL_AT    14u
#define PROTOCOL_CAN       0x000cu
#define PROTOCOL_CANFD     0x000du
#define NFLOG_HEADER_BYTES 4u
#define NFLOG_TLV_BYTES    4u
#define PFLOG_UID_AT       44u
#define PFLOG_IDS          4u /* uid, pid, rule's uid and pid */

bool reader_swap_is_needed(int dlt)
{
	switch (dlt) {
	case DLT_NULL:
	case DLT_ENC:
	case DLT_USB_LINUX:
	case DLT_USB_LINUX_MMAPPED:
	case DLT_NFLOG:
	case DLT_LINUX_SLL:
	case DLT_PFLOG:
		return true;
	default:
		return false;
	}
}

/* One number of so many bytes; nothing where it is cut off. */
static void turn(uint8_t *data, uint32_t caplen, uint32_t at, uint32_t bytes)
{
	if (at > caplen || bytes > caplen - at)
		return;
	for (uint32_t i = 0; i < bytes / 2; i++) {
		const uint8_t byte = data[at + i];

		data[at + i] = data[at + bytes - 1 - i];
		data[at + bytes - 1 - i] = byte;
	}
}

static void turn_usb(uint8_t *data, uint32_t caplen, bool mapped)
{
	/* id, bus_id, ts_sec, ts_usec, status, urb_len, data_len */
	static const uint8_t fields[][2] = {{0, 8},  {12, 2}, {16, 8}, {24, 4},
					    {28, 4}, {32, 4}, {36, 4}};
	const bool isochronous = caplen > 9 && data[9] == USB_ISOCHRONOUS;
	uint32_t count = 0, at = USB_HEADER_BYTES;

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		turn(data, caplen, fields[i][0], fields[i][1]);
	/* Else it is the setup's eight bytes there. */
	if (isochronous) {
		turn(data, caplen, 40, 4);
		turn(data, caplen, 44, 4);
		if (caplen >= USB_HEADER_BYTES)
			memcpy(&count, data + 44, sizeof(count));
	}
	if (!mapped)
		return;
	/* interval, start_frame, xfer_flags, ndesc */
	for (unsigned i = 0; i < 4; i++, at += 4)
		turn(data, caplen, at, 4);
	for (; count > 0 && at < caplen; count--, at += USB_DESCRIPTOR)
		for (unsigned i = 0; i < 3; i++)
			turn(data, caplen, at + 4 * i, 4);
}

/* Attributes with a length and a type, which all else but the header is. */
static void turn_nflog(uint8_t *data, uint32_t caplen)
{
	uint32_t at = NFLOG_HEADER_BYTES;
	uint16_t bytes;

	if (caplen < NFLOG_HEADER_BYTES || data[1] != 0)
		return;
	while (at <= caplen && caplen - at >= NFLOG_TLV_BYTES) {
		turn(data, caplen, at, 2);
		turn(data, caplen, at + 2, 2);
		memcpy(&bytes, data + at, sizeof(bytes));
		if (bytes < NFLOG_TLV_BYTES)
			return;
		at += (bytes + 3u) & ~3u;
	}
}

/* Of CAN the identifier behind the header. */
static void turn_sll(uint8_t *data, uint32_t caplen)
{
	uint32_t protocol;

	if (caplen < SLL_BYTES)
		return;
	protocol = (uint32_t)data[SLL_PROTOCOL_AT] << 8 | data[SLL_PROTOCOL_AT + 1];
	if (protocol == PROTOCOL_CAN || protocol == PROTOCOL_CANFD)
		turn(data, caplen, SLL_BYTES, 4);
}

void reader_swap(int dlt, uint8_t *data, uint32_t caplen)
{
	switch (dlt) {
	case DLT_NULL:
		turn(data, caplen, 0, 4);
		break;
	case DLT_ENC: /* family, and flags */
		turn(data, caplen, 0, 4);
		turn(data, caplen, 8, 4);
		break;
	case DLT_USB_LINUX:
	case DLT_USB_LINUX_MMAPPED:
		turn_usb(data, caplen, dlt == DLT_USB_LINUX_MMAPPED);
		break;
	case DLT_NFLOG:
		turn_nflog(data, caplen);
		break;
	case DLT_LINUX_SLL:
		turn_sll(data, caplen);
		break;
	case DLT_PFLOG:
		/* The header says how long it is: older ones end before. */
		for (uint32_t i = 0; i < PFLOG_IDS; i++)
			if (caplen > 0 && data[0] >= PFLOG_UID_AT + 4 * (i + 1))
				turn(data, caplen, PFLOG_UID_AT + 4 * i, 4);
		break;
	default:
		break;
	}
}

void reader_swap_again(const struct reader_table *table, struct frame *frames, uint32_t count)
{
	uint32_t type;

	for (uint32_t i = 0; i < count; i++) {
		const int dlt = table->entries[frames[i].interface]->interface.dlt;

		if (!frames[i].block || !reader_swap_is_needed(dlt))
			continue;
		/* Types of packets are small: that of another order is not. */
		memcpy(&type, frames[i].block, sizeof(type));
		if (type > 0xffff)
			reader_swap(dlt, frames[i].data, frames[i].caplen);
	}
}
