/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks the records of a capture file through a window of 64 KiB that only
 * moves on, so that small records do not cost a system call each, and large
 * ones one.
 */
#include "disk/trim.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"
#include "frames/pcapng.h"

#define WINDOW_BYTES      (64u * 1024u)
#define PCAP_HEADER_BYTES 24u
#define PCAP_MAGIC_MICRO  0xa1b2c3d4u
#define PCAP_MAGIC_NANO   0xa1b23c4du
#define PCAPNG_BLOCK_MIN  12u

struct window {
	int fd;
	uint32_t tick_ns; /* pcap: one unit of a stamp's fraction */
	bool odd_times;   /* pcapng: not all interfaces count nanoseconds since 1970 */
	uint64_t offset;  /* in the file, of bytes[0] */
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

/* One record, or a file's header. */
struct record {
	uint64_t bytes;
	uint64_t time_ns; /* of its packet; 0: not known */
	bool packet;
	bool timed; /* time_ns is known */
};

/* The readers below get the bytes left of the file from offset on. They return
 * 1 with a whole record, 0 for a torn one, -errno. */

/* The file's header: it tells what unit the records' times have. */
static int read_pcap_start(struct window *w, uint64_t left)
{
	uint32_t magic;
	int rc = left < PCAP_HEADER_BYTES ? 0 : window_read(w, 0, &magic, sizeof(magic));

	if (rc <= 0)
		return rc;
	w->tick_ns = magic == PCAP_MAGIC_NANO ? 1 : 1000;
	return magic == PCAP_MAGIC_NANO || magic == PCAP_MAGIC_MICRO;
}

static int read_pcap(struct window *w, uint64_t offset, uint64_t left, struct record *record)
{
	uint32_t header[4]; /* seconds, their fraction, caplen, len */
	int rc = left < sizeof(header) ? 0 : window_read(w, offset, header, sizeof(header));

	if (rc <= 0)
		return rc;
	/* A page that was never written reads as zeros. */
	if ((header[0] | header[1] | header[2] | header[3]) == 0)
		return 0;
	if (header[1] >= NS_PER_SECOND / w->tick_ns || header[2] > header[3])
		return 0;
	*record = (struct record){
		.bytes = sizeof(header) + (uint64_t)header[2],
		.time_ns = header[0] * NS_PER_SECOND + (uint64_t)header[1] * w->tick_ns,
		.packet = true,
		.timed = true,
	};
	return record->bytes <= left;
}

/* What is in an EPB behind its first two words. */
static int read_epb(struct window *w, uint64_t offset, struct record *record)
{
	uint32_t words[5]; /* interface, time (upper half first), caplen, len */
	int rc = record->bytes < PCAPNG_EPB_HEADER_BYTES + 4
			 ? 0
			 : window_read(w, offset + 8, words, sizeof(words));

	if (rc <= 0)
		return rc;
	record->packet = true;
	record->timed = !w->odd_times;
	record->time_ns = w->odd_times ? 0 : (uint64_t)words[1] << 32 | words[2];
	return words[3] <= record->bytes - PCAPNG_EPB_HEADER_BYTES - 4;
}

/* How an interface counts time, which only copies of foreign files have otherwise than
 * we do. */
static int read_idb(struct window *w, uint64_t offset, const struct record *record)
{
	const uint64_t end = offset + record->bytes - 4;
	bool plain = false;
	uint64_t at = offset + PCAPNG_IDB_HEADER_BYTES, value = 0;
	int rc = 1;

	while (at + 4 <= end) {
		uint16_t option[2]; /* code, bytes */

		rc = window_read(w, at, option, sizeof(option));
		if (rc <= 0 || option[0] == PCAPNG_OPT_END)
			break;
		at += sizeof(option);
		if (option[1] <= sizeof(value) && at + option[1] <= end)
			rc = window_read(w, at, &value, option[1]);
		if (rc <= 0)
			break;
		if (option[0] == PCAPNG_IF_TSRESOL && option[1] == 1)
			plain = *(const uint8_t *)&value == 9;
		if (option[0] == PCAPNG_IF_TSOFFSET && option[1] == 8)
			w->odd_times |= value != 0;
		at += (option[1] + 3u) & ~3u;
	}
	w->odd_times |= !plain;
	return rc < 0 ? rc : 1;
}

static int read_shb(struct window *w, uint64_t offset)
{
	uint32_t magic;
	int rc = window_read(w, offset + 8, &magic, sizeof(magic));

	return rc <= 0 ? rc : magic == PCAPNG_MAGIC;
}

static int read_pcapng(struct window *w, uint64_t offset, uint64_t left, struct record *record)
{
	uint32_t header[2], again; /* type, length */
	int rc = left < PCAPNG_BLOCK_MIN ? 0 : window_read(w, offset, header, sizeof(header));

	if (rc <= 0)
		return rc;
	if (header[1] < PCAPNG_BLOCK_MIN || header[1] % 4 != 0 || header[1] > left)
		return 0;
	*record = (struct record){.bytes = header[1]};
	if (header[0] == PCAPNG_BLOCK_EPB)
		rc = read_epb(w, offset, record);
	else if (header[0] == PCAPNG_BLOCK_SHB)
		rc = read_shb(w, offset);
	else if (header[0] == PCAPNG_BLOCK_IDB && offset > 0)
		rc = read_idb(w, offset, record);
	else
		rc = offset > 0;
	if (rc <= 0)
		return rc;
	/* Where the window ends before, it moves on, and has the next header too. */
	rc = window_read(w, offset + header[1] - sizeof(again), &again, sizeof(again));
	return rc <= 0 ? rc : again == header[1];
}

static void add_record(struct trim_result *result, const struct record *record)
{
	result->end += record->bytes;
	if (!record->packet)
		return;
	if (result->packets++ == 0)
		result->first_ns = record->time_ns;
	result->last_ns = record->time_ns;
	result->order.known &= record->timed && record->time_ns <= INT64_MAX;
	if (result->order.known)
		time_order_add(&result->order, (int64_t)record->time_ns);
}

int trim_scan(int fd, enum trim_format format, uint64_t offset, uint64_t size,
	      struct trim_result *result)
{
	struct window w = {.fd = fd};
	struct record record = {0};
	int rc = 1;

	*result = (struct trim_result){.end = offset, .order = TIME_ORDER_NONE};
	if (format == TRIM_PCAP)
		rc = read_pcap_start(&w, size);
	if (format == TRIM_PCAP && rc > 0 && offset == 0)
		result->end = PCAP_HEADER_BYTES;
	while (rc > 0 && result->end < size) {
		uint64_t left = size - result->end;

		rc = format == TRIM_PCAP ? read_pcap(&w, result->end, left, &record)
					 : read_pcapng(&w, result->end, left, &record);
		if (rc > 0)
			add_record(result, &record);
	}
	return rc < 0 ? rc : 0;
}

int trim_outfile(struct outfile *file, enum trim_format format, uint64_t offset, uint64_t size,
		 struct trim_result *result)
{
	int rc, cut;

	*result = (struct trim_result){0};
	if (!outfile_is_regular(file))
		return 0;
	rc = trim_scan(outfile_fd(file), format, offset, size, result);
	cut = outfile_cut(file, result->end);
	return rc < 0 ? rc : cut;
}
