/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk/segment_head.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames/pcapng.h"

/* A section header is shorter, unless the machine has a long name. */
#define HEAD_BYTES 4096u

/* pcap in microseconds, and in nanoseconds. */
#define PCAP_MAGIC      0xA1B2C3D4u
#define PCAP_NANO_MAGIC 0xA1B23C4Du

int segment_head_read(int fd, struct segment_head *head)
{
	union {
		uint32_t magic;
		uint8_t bytes[HEAD_BYTES];
	} start = {0};
	ssize_t n;

	*head = (struct segment_head){0};
	do
		n = pread(fd, start.bytes, sizeof(start.bytes), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n < (ssize_t)sizeof(start.magic))
		return 0;
	head->capture = start.magic == PCAPNG_BLOCK_SHB || start.magic == PCAP_MAGIC ||
			start.magic == PCAP_NANO_MAGIC;
	head->sequence = pcapng_segment_of(start.bytes, (size_t)n);
	return 0;
}

int segment_head_look(int dir, const char *name, struct segment_head *head)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc;

	*head = (struct segment_head){0};
	if (fd < 0)
		return -errno;
	rc = segment_head_read(fd, head);
	close(fd);
	return rc;
}

int segment_order_read(int fd, uint64_t bytes, struct time_order *order)
{
	uint8_t end[PCAPNG_ISB_MAX + PCAPNG_ORDER_BYTES];
	const size_t count = bytes < sizeof(end) ? (size_t)bytes : sizeof(end);
	ssize_t n;

	*order = (struct time_order){.known = false};
	do
		n = pread(fd, end, count, (off_t)(bytes - count));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == count)
		*order = pcapng_order_of(end, count, bytes);
	return 0;
}

/* --- names ----------------------------------------------------------------------- */

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

/* Whether a time stands in front of this place in a name. */
static bool has_time_before(const char *name, const char *at)
{
	static const char shape[] = "_00000000T000000Z";
	const size_t length = sizeof(shape) - 1;

	if ((size_t)(at - name) <= length)
		return false;
	at -= length;
	for (size_t i = 0; i < length; i++)
		if (shape[i] == '0' ? !is_digit(at[i]) : at[i] != shape[i])
			return false;
	return true;
}

/* Whether it is a capture file's ending, or that of one that is packed. */
static bool is_ending(const char *ending)
{
	static const char *const packed[] = {"", ".zst", ".gz", ".lz4"};
	const char *behind = ending + (strncmp(ending, ".pcapng", 7) == 0 ? 7 : 5);

	if (strncmp(ending, ".pcap", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
		if (strcmp(behind, packed[i]) == 0)
			return true;
	return false;
}

uint64_t segment_number_in(const char *name)
{
	const char *at = strchr(name, '.'), *dot;
	uint64_t number;

	/* The interface's name may have some, too. */
	while (at && !is_ending(at) && (dot = strchr(at + 1, '.')))
		at = dot;
	if (*name == '.' || !at || !is_ending(at))
		return 0;
	/* It is the last number, or there is a count behind it. */
	for (int i = 0; i < 2; i++) {
		const char *end = at;

		while (at > name && is_digit(at[-1]))
			at--;
		if (at == end || at == name || *--at != '_')
			return 0;
		if (!has_time_before(name, at))
			continue;
		errno = 0;
		number = strtoull(at + 1, NULL, 10);
		return errno ? 0 : number;
	}
	return 0;
}
