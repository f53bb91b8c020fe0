/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile packets, printed. Nothing is read behind what was captured, not one
 * byte comes out that could act on a terminal, and what comes out is no more than a
 * packet's bytes are worth.
 *
 * Input: 3 bytes of choices (link type, options, what is missing), then the
 * packet.
 */
#include <pcap/dlt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "print/printer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a fuzzer must not lose its checks to NDEBUG. */
static void require(int holds)
{
	if (!holds)
		abort();
}

/* Of two packets of the same size: the decoders' part, below that their bytes in hex,
 * and number and time in front. */
static void check_output(int fd, size_t size)
{
	static char bytes[1048576];
	ssize_t count = pread(fd, bytes, sizeof(bytes), 0);
	size_t most = 2 * (65536 + 16 * size + 5 * size + 256);

	require(count > 0);
	require((size_t)count <= most);
	for (ssize_t i = 0; i < count; i++)
		require(bytes[i] == '\n' || bytes[i] == '\t' ||
			(bytes[i] >= 0x20 && bytes[i] < 0x7f));
	require(ftruncate(fd, 0) == 0);
	require(lseek(fd, 0, SEEK_SET) == 0);
}

/* One for each set of options, as opening one is slow. All but TCP's sequence
 * numbers and the first time is forgotten from packet to packet. */
static struct printer *printer_for(uint8_t choice, int fd)
{
	static struct printer *printers[256];
	struct printer_config config = {
		.fd = fd,
		.options = {.verbose = choice & 3,
			    .link_header = choice & 4,
			    .quick = (choice & 0x1f) == 0x18,
			    .absolute_seq = choice & 8,
			    .number = choice & 16,
			    .nano = choice & 32,
			    .dump = choice % 7,
			    .time = choice % 6},
	};

	if (!printers[choice])
		require(printer_open(&config, &printers[choice], NULL) == 0);
	return printers[choice];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = {DLT_EN10MB, DLT_RAW,  DLT_LINUX_SLL, DLT_LINUX_SLL2,
				    DLT_NULL,   DLT_LOOP, DLT_EN10MB,    147};
	static int fd = -1;
	struct printer *printer;
	struct frame frame;
	uint8_t *copy;

	if (size < 4)
		return 0;
	if (fd < 0)
		fd = memfd_create("printed", 0);
	copy = malloc(size - 3);
	require(fd >= 0 && copy != NULL);
	memcpy(copy, data + 3, size - 3);
	frame = (struct frame){.data = copy,
			       .caplen = (uint32_t)size - 3,
			       .len = (uint32_t)size - 3 + data[2],
			       .time_ns = 1700000000123456789};
	printer = printer_for(data[1], fd);
	/* Twice, for what is kept. */
	require(printer_packet(printer, &frame, links[data[0] % 8]) == 0);
	require(printer_packet(printer, &frame, links[data[0] % 8]) == 0);
	require(printer_flush(printer) == 0);
	check_output(fd, size - 3);
	free(copy);
	return 0;
}
