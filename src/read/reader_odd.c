/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The odd variants of pcap, through libpcap, which knows what each program did
 * otherwise. It reads from the input by a stream of our own, so that pipes and
 * memory are no matter, and its packets are copied into a buffer, as it has
 * but one at a time.
 *
 * libpcap cannot stop within a packet and go on later. So a packet is tried: what
 * it reads stays in the window, and where a pipe runs dry in the middle all of it is
 * read again once there is more.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "reader_format.h"
#include "reader_swap.h"

#define BATCH_BYTES (64u * 1024)

struct reader_odd {
	FILE *stream; /* pcap's once there is that; without a buffer */
	pcap_t *pcap;
	size_t ahead; /* of the window, read by the attempt being made */
	int dry;      /* 0, or -errno: why that found no more */
	struct error error;
	struct pcap_pkthdr *header; /* of a packet there was no room for, or null */
	const u_char *data;
	int end; /* what libpcap returned instead of a packet, or 0 */
	size_t room;
	uint8_t *copies;
};

static ssize_t read_input(void *cookie, char *to, size_t bytes)
{
	struct reader_file *file = cookie;
	struct reader_input *input = &file->input;
	struct reader_odd *odd = file->odd;
	int rc = reader_input_need(input, odd->ahead + 1, &odd->error);

	if (rc < 0) {
		odd->dry = rc;
		errno = -rc;
		return -1;
	}
	if (bytes > reader_input_have(input) - odd->ahead)
		bytes = reader_input_have(input) - odd->ahead;
	memcpy(to, reader_input_at(input) + odd->ahead, bytes);
	odd->ahead += bytes;
	return (ssize_t)bytes;
}

/* An attempt has ended: what it read is taken, or left to the next one. */
static void end_attempt(struct reader_file *file, bool take)
{
	struct reader_odd *odd = file->odd;

	if (take)
		file->input.at += odd->ahead;
	odd->ahead = 0;
	clearerr(odd->stream);
}

static int tell_dry(const struct reader_odd *odd, struct error *err)
{
	if (err)
		*err = odd->error;
	return odd->dry;
}

static int make(struct reader_file *file, struct error *err)
{
	struct reader_odd *odd = file->odd = calloc(1, sizeof(*odd));

	if (odd)
		odd->copies = malloc(odd->room = BATCH_BYTES);
	if (odd && odd->copies)
		odd->stream = fopencookie(file, "r", (cookie_io_functions_t){.read = read_input});
	if (!odd || !odd->stream)
		return error_system(err, ENOMEM, "%s", file->input.name);
	setvbuf(odd->stream, NULL, _IONBF, 0);
	return 0;
}

static int start(struct reader_file *file, struct error *err)
{
	struct reader_interface interface = {0};
	struct reader_odd *odd;
	char text[PCAP_ERRBUF_SIZE] = "";
	int rc = file->odd ? 0 : make(file, err);

	if (rc < 0)
		return rc;
	odd = file->odd;
	odd->dry = 0;
	odd->pcap = pcap_fopen_offline_with_tstamp_precision(odd->stream,
							     PCAP_TSTAMP_PRECISION_NANO, text);
	end_attempt(file, odd->pcap != NULL);
	if (!odd->pcap && odd->dry)
		return tell_dry(odd, err);
	if (!odd->pcap)
		return file->live
			       ? 0
			       : error_set(err, EBADMSG, "%s: damaged: %s", file->input.name, text);
	interface.dlt = pcap_datalink(odd->pcap);
	interface.snaplen = (uint32_t)pcap_snapshot(odd->pcap);
	interface.ticks = pcapng_ticks_make(9, 0);
	/* libpcap turns what the others have. */
	file->swaps = -1;
	if (pcap_is_swapped(odd->pcap) && (interface.dlt == DLT_NULL || interface.dlt == DLT_ENC))
		file->swaps = interface.dlt;
	rc = reader_table_add(file->table, reader_table_section(file->table), &interface,
			      &file->number);
	return rc < 0 ? error_system(err, -rc, "%s", file->input.name) : 0;
}

/* Copies the packet at hand behind used bytes of others: false where there is
 * no room. */
static bool take_packet(struct reader_file *file, struct frame *frame, size_t used)
{
	struct reader_odd *odd = file->odd;
	const struct pcap_pkthdr *header = odd->header;

	if (header->caplen > odd->room - used)
		return false;
	memcpy(odd->copies + used, odd->data, header->caplen);
	if (file->swaps >= 0)
		reader_swap(file->swaps, odd->copies + used, header->caplen);
	*frame = (struct frame){
		.data = odd->copies + used,
		.caplen = header->caplen,
		.len = header->len > header->caplen ? header->len : header->caplen,
		/* libpcap's microseconds are nanoseconds, as asked for */
		.time_ns =
			(int64_t)((uint32_t)header->ts.tv_sec * NS_PER_SECOND) + header->ts.tv_usec,
		.packet_type = PACKET_HOST,
		.interface = file->number,
	};
	odd->header = NULL;
	return true;
}

static int grow(struct reader_file *file, size_t bytes, struct error *err)
{
	uint8_t *more = realloc(file->odd->copies, bytes);

	if (!more)
		return error_system(err, ENOMEM, "%s", file->input.name);
	file->odd->copies = more;
	file->odd->room = bytes;
	return 0;
}

/* Sees to it that there is a packet at hand: 1; 0 at the end, for good; -EAGAIN ... */
static int next_packet(struct reader_file *file)
{
	struct reader_odd *odd = file->odd;
	int rc;

	if (odd->header || odd->end)
		return odd->header != NULL;
	odd->dry = 0;
	rc = pcap_next_ex(odd->pcap, &odd->header, &odd->data);
	end_attempt(file, rc == 1);
	if (rc == 1)
		return 1;
	odd->header = NULL;
	if (odd->dry)
		return odd->dry;
	odd->end = rc;
	return 0;
}

static int fill(struct reader_file *file, struct frame *frames, uint32_t most, struct error *err)
{
	struct reader_odd *odd = file->odd;
	uint32_t count = 0;
	size_t used = 0;
	int rc;

	while (odd->pcap && count < most) {
		rc = next_packet(file);
		if (rc <= 0 && count > 0)
			break;
		if (rc < 0)
			return tell_dry(odd, err);
		if (rc == 0)
			return odd->end == PCAP_ERROR
				       ? reader_file_bad(file, err, "%s", pcap_geterr(odd->pcap))
				       : 0;
		if (!take_packet(file, &frames[count], used)) {
			if (count > 0)
				break;
			rc = grow(file, odd->header->caplen, err);
			if (rc < 0)
				return rc;
			continue;
		}
		used += frames[count++].caplen;
	}
	return (int)count;
}

void reader_odd_close(struct reader_odd *odd)
{
	if (!odd)
		return;
	if (odd->pcap)
		pcap_close(odd->pcap);
	else if (odd->stream)
		fclose(odd->stream);
	free(odd->copies);
	free(odd);
}

const struct reader_format reader_format_odd = {.name = "pcap variant",
						.start = start,
						.fill = fill};
