/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks the record headers of a capture file through a window of 64 KiB, so
 * that small records do not cost a system call each.
 */
#include "trim.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "pcapng.h"

#define WINDOW_BYTES (64u * 1024u)

struct window {
	int fd;
	uint64_t offset; /* in the file, of bytes[0] */
	size_t filled;
	uint8_t bytes[WINDOW_BYTES];
};

/* Copies bytes at offset. Returns 1, 0 where the file ends before, -errno. */
static int window_read(struct window *w, uint64_t offset, void *to, size_t bytes)
{
	if (offset < w->offset || offset + bytes > w->offset + w->filled) {
		w->offset = offset;
		w->filled = 0;
		while (w->filled < bytes) {
			ssize_t n = pread(w->fd, w->bytes + w->filled, WINDOW_BYTES - w->filled,
					  (off_t)(offset + w->filled));

			if (n < 0 && errno != EINTR)
				return -errno;
			if (n == 0)
				return 0;
			if (n > 0)
				w->filled += (size_t)n;
		}
	}
	memcpy(to, w->bytes + (offset - w->offset), bytes);
	return 1;
}

/* The record's length, or 0 where the header makes no sense. */
static uint64_t record_pcap(const uint32_t header[4])
{
	/* A page that was never written reads as zeros. */
	if ((header[0] | header[1] | header[2] | header[3]) == 0)
		return 0;
	if (header[1] >= 1000000000u || header[2] > header[3])
		return 0;
	return 16 + (uint64_t)header[2];
}

static uint64_t record_pcapng(const uint32_t header[2])
{
	return header[1] >= 12 && header[1] % 4 == 0 ? header[1] : 0;
}

int trim_scan(int fd, enum trim_format format, uint64_t offset, uint64_t size, uint64_t *end,
	      uint64_t *packets)
{
	const size_t header_bytes = format == TRIM_PCAP ? 16 : 8;
	struct window w = {.fd = fd};
	uint32_t header[4];

	*end = offset;
	*packets = 0;
	while (*end + header_bytes <= size) {
		uint64_t record;
		int rc = window_read(&w, *end, header, header_bytes);

		if (rc <= 0)
			return rc;
		record = format == TRIM_PCAP ? record_pcap(header) : record_pcapng(header);
		if (record == 0 || record > size - *end)
			break;
		*end += record;
		*packets += format == TRIM_PCAP || header[0] == PCAPNG_BLOCK_EPB;
	}
	return 0;
}

int trim_outfile(struct outfile *file, enum trim_format format, uint64_t offset, uint64_t size,
		 uint64_t *packets)
{
	uint64_t end;
	int rc, cut;

	*packets = 0;
	if (!outfile_is_regular(file))
		return 0;
	rc = trim_scan(outfile_fd(file), format, offset, size, &end, packets);
	cut = outfile_cut(file, end);
	return rc < 0 ? rc : cut;
}
