/* SPDX-License-Identifier: BSD-2-Clause */
#include "disk/segment_head.h"

#include <errno.h>
#include <fcntl.h>
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
