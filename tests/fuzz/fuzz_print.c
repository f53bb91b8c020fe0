/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile packets, printed. Nothing is read behind what was captured, and not
 * one byte comes out that could act on a terminal.
 *
 * Input: 4 bytes of choices (link type, options, what is missing), then the
 * packet.
 */
#include <fcntl.h>
#include <pcap/dlt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "printer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_output(int fd)
{
	static char bytes[1048576];
	ssize_t count = pread(fd, bytes, sizeof(bytes), 0);

	require(count > 0);
	for (ssize_t i = 0; i < count; i++)
		require(bytes[i] == '\n' || bytes[i] == '\t' ||
			(bytes[i] >= 0x20 && bytes[i] < 0x7f));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = {DLT_EN10MB, DLT_RAW,  DLT_LINUX_SLL, DLT_LINUX_SLL2,
				    DLT_NULL,   DLT_LOOP, DLT_EN10MB,    147};
	struct printer_config config;
	struct printer *printer;
	struct frame frame;
	uint8_t *copy;
	int dlt;

	if (size < 5)
		return 0;
	dlt = links[data[0] % 8];
	config = (struct printer_config){
		.fd = memfd_create("printed", 0),
		.options = {.verbose = data[1] & 3,
			    .link_header = data[1] & 4,
			    .quick = data[1] & 8,
			    .absolute_seq = data[1] & 16,
			    .number = data[1] & 32,
			    .nano = data[1] & 64,
			    .dump = data[2] % 7,
			    .time = data[2] / 7 % 6},
	};
	copy = malloc(size - 4);
	require(config.fd >= 0 && copy != NULL);
	memcpy(copy, data + 4, size - 4);
	frame = (struct frame){.data = copy,
			       .caplen = (uint32_t)size - 4,
			       .len = (uint32_t)size - 4 + data[3],
			       .time_ns = 1700000000123456789};
	require(printer_open(&config, &printer, NULL) == 0);
	/* Twice, for what is kept from packet to packet. */
	require(printer_packet(printer, &frame, dlt) == 0);
	require(printer_packet(printer, &frame, dlt) == 0);
	require(printer_flush(printer) == 0);
	check_output(config.fd);
	printer_close(printer);
	close(config.fd);
	free(copy);
	return 0;
}
