/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The odd variants of pcap, through libpcap, which knows what each program did
 * otherwise. It reads from the input by a stream of our own, so that pipes and
 * memory are no matter, and its packets are copied into a buffer, as it has
 * but one at a time.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "reader_format.h"

#define BATCH_BYTES (64u * 1024)

struct reader_odd {
	pcap_t *pcap;
	struct pcap_pkthdr *header; /* of a packet there was no room for, or null */
	const u_char *data;
	int end; /* what libpcap returned instead of a packet, or 0 */
	size_t room;
	uint8_t *copies;
};

static ssize_t read_input(void *cookie, char *to, size_t bytes)
{
	struct reader_input *input = cookie;

	if (reader_input_wait(input, 1, NULL) < 0)
		return -1;
	if (bytes > reader_input_have(input))
		bytes = reader_input_have(input);
	memcpy(to, reader_input_at(input), bytes);
	input->at += bytes;
	return (ssize_t)bytes;
}

static int start(struct reader_file *file, struct error *err)
{
	struct reader_interface interface = {0};
	struct reader_odd *odd = file->odd = calloc(1, sizeof(*odd));
	char text[PCAP_ERRBUF_SIZE] = "";
	FILE *stream;
	int rc;

	if (odd)
		odd->copies = malloc(odd->room = BATCH_BYTES);
	stream = odd && odd->copies ? fopencookie(&file->input, "r",
						  (cookie_io_functions_t){.read = read_input})
				    : NULL;
	if (!stream)
		return error_system(err, ENOMEM, "%s", file->input.name);
	odd->pcap =
		pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, text);
	if (!odd->pcap) {
		fclose(stream);
		return file->live
			       ? 0
			       : error_set(err, EBADMSG, "%s: damaged: %s", file->input.name, text);
	}
	interface.dlt = pcap_datalink(odd->pcap);
	interface.snaplen = (uint32_t)pcap_snapshot(odd->pcap);
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
	*frame = (struct frame){
		.data = odd->copies + used,
		.caplen = header->caplen,
		.len = header->len > header->caplen ? header->len : header->caplen,
		/* libpcap's microseconds are nanoseconds, as asked for */
		.time_ns =
			(uint32_t)header->ts.tv_sec * NS_PER_SECOND + (uint64_t)header->ts.tv_usec,
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

/* Sees to it that there is a packet at hand; false at the end, for good. */
static bool next_packet(struct reader_odd *odd)
{
	int rc;

	if (odd->header || odd->end)
		return odd->header;
	rc = pcap_next_ex(odd->pcap, &odd->header, &odd->data);
	if (rc == 1)
		return true;
	odd->header = NULL;
	odd->end = rc;
	return false;
}

static int fill(struct reader_file *file, struct frame *frames, uint32_t most, struct error *err)
{
	struct reader_odd *odd = file->odd;
	uint32_t count = 0;
	size_t used = 0;
	int rc;

	while (odd->pcap && count < most) {
		if (!odd->header && count > 0 && !file->input.regular)
			break; /* the next one may take its time */
		if (!next_packet(odd)) {
			if (count > 0)
				break;
			return odd->end == PCAP_ERROR
				       ? reader_file_bad(file, err, "%s", pcap_geterr(odd->pcap))
				       : 0;
		}
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
	free(odd->copies);
	free(odd);
}

const struct reader_format reader_format_odd = {.name = "pcap variant",
						.start = start,
						.fill = fill};
