/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the packets in a pcap or pcapng file as fast as the disk gives it,
 * from its record headers alone, and the part of it that the page cache held
 * before. Little-endian files, for measurements; a file that does not end with
 * a whole record is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PCAP_MAGIC       0xa1b2c3d4u
#define PCAP_MAGIC_NANO  0xa1b23c4du
#define PCAP_FILE_HEADER 24u
#define PCAP_HEADER      16u
#define PCAPNG_SHB       0x0a0d0d0au
#define PCAPNG_EPB       6u
#define PCAPNG_LEAST     12u

#define WINDOW_BYTES (4u << 20)

struct file {
	int fd;
	uint64_t bytes;
	uint64_t start; /* of the window in the file */
	size_t filled;
	uint8_t *window;
};

/* The 32-bit number at an offset; false at the end of the file. */
static bool load32(struct file *file, uint64_t offset, uint32_t *value)
{
	ssize_t n;

	if (offset + 4 > file->bytes)
		return false;
	if (offset < file->start || offset + 4 > file->start + file->filled) {
		file->start = offset & ~4095ull;
		file->filled = 0;
		do {
			n = pread(file->fd, file->window + file->filled,
				  WINDOW_BYTES - file->filled, (off_t)(file->start + file->filled));
			if (n > 0)
				file->filled += (size_t)n;
		} while (n > 0 && file->filled < WINDOW_BYTES);
		if (offset + 4 > file->start + file->filled)
			return false;
	}
	memcpy(value, file->window + (offset - file->start), sizeof(*value));
	return true;
}

/* Both return where they got to, the end of the file if all is well. */
static uint64_t count_pcap(struct file *file, uint64_t *packets)
{
	uint64_t at = PCAP_FILE_HEADER;
	uint32_t caplen;

	/* Nothing sent is empty: a record that says so is a stretch of zeros. */
	while (load32(file, at + 8, &caplen) && caplen > 0 &&
	       file->bytes - at >= PCAP_HEADER + caplen) {
		at += PCAP_HEADER + caplen;
		++*packets;
	}
	return at;
}

static uint64_t count_pcapng(struct file *file, uint64_t *packets)
{
	uint32_t type, bytes, again;
	uint64_t at = 0;

	while (load32(file, at, &type) && load32(file, at + 4, &bytes) && bytes >= PCAPNG_LEAST &&
	       load32(file, at + bytes - 4, &again) && bytes == again) {
		at += bytes;
		*packets += type == PCAPNG_EPB;
	}
	return at;
}

static int64_t cached_kib(const struct file *file)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (file->bytes + page - 1) / page, i;
	int64_t cached = -1;
	unsigned char *in;
	void *map;

	if (pages == 0)
		return 0;
	map = mmap(NULL, file->bytes, PROT_READ, MAP_SHARED, file->fd, 0);
	in = malloc(pages);
	if (map != MAP_FAILED && in && mincore(map, file->bytes, in) == 0) {
		for (cached = 0, i = 0; i < pages; i++)
			cached += in[i] & 1;
		cached = cached * (int64_t)page / 1024;
	}
	if (map != MAP_FAILED)
		munmap(map, file->bytes);
	free(in);
	return cached;
}

/* Prints the counts; 0, or 1 where the file does not end with a record. */
static int count(struct file *file, const char *name)
{
	int64_t cached = cached_kib(file);
	uint64_t packets = 0, reached = 0;
	uint32_t magic = 0;

	posix_fadvise(file->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	load32(file, 0, &magic);
	if (magic == PCAPNG_SHB)
		reached = count_pcapng(file, &packets);
	else if (magic == PCAP_MAGIC || magic == PCAP_MAGIC_NANO)
		reached = count_pcap(file, &packets);
	printf("%llu %llu %lld\n", (unsigned long long)packets, (unsigned long long)file->bytes,
	       (long long)cached);
	if (magic != 0 && reached == file->bytes)
		return 0;
	fprintf(stderr, "count: %s: no record begins at byte %llu of %llu\n", name,
		(unsigned long long)reached, (unsigned long long)file->bytes);
	return 1;
}

int main(int argc, char **argv)
{
	struct file file = {.fd = -1};
	struct stat status;
	int rc = 1;

	if (argc != 2) {
		fputs("usage: count FILE\nPrints \"packets bytes KiB-in-page-cache\".\n", stderr);
		return 2;
	}
	file.fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	file.window = malloc(WINDOW_BYTES);
	if (file.fd >= 0 && fstat(file.fd, &status) == 0 && file.window) {
		file.bytes = (uint64_t)status.st_size;
		rc = count(&file, argv[1]);
	} else {
		fprintf(stderr, "count: %s: %s\n", argv[1], strerror(errno));
	}
	free(file.window);
	return rc;
}
