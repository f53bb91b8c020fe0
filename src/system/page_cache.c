/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cachestat() counts, but only for who may write the file. mincore() needs a mapping, and calls
 * all there for others. What is left for those is to read a byte without waiting: where that is
 * refused the kernel begins to read the page, so the places differ each time, or a file
 * would seem to be there because it had been asked for.
 */
#include "system/page_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"

/* The same on all machines; older headers lack it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define PAGE_BYTES 4096u
#define PLACES     4u

/* As in <linux/mman.h>. */
struct cache_range {
	uint64_t offset, bytes;
};
struct cache_stat {
	uint64_t cached, dirty, writeback, evicted, recently_evicted; /* pages */
};

int64_t page_cache_bytes(int fd, uint64_t offset, uint64_t bytes)
{
	const struct cache_range range = {offset, bytes};
	struct cache_stat stat = {0};

	if (syscall(SYS_cachestat, fd, &range, &stat, 0) < 0)
		return -errno;
	return (int64_t)(stat.cached * (uint64_t)sysconf(_SC_PAGESIZE));
}

/* Whether a byte can be had at once. */
static bool is_there(int fd, uint64_t offset)
{
	uint8_t byte;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};

	return preadv2(fd, &part, 1, (off_t)offset, RWF_NOWAIT) == 1;
}

bool page_cache_has(int fd, uint64_t offset, uint64_t bytes)
{
	const int64_t cached = page_cache_bytes(fd, offset, bytes);
	uint64_t place = clock_monotonic();
	bool there = true;

	if (cached >= 0 || bytes < PAGE_BYTES)
		return cached >= (int64_t)(bytes / 2);
	/* One page is read, and nothing ahead. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (unsigned i = 0; i < PLACES && there; i++) {
		place = place * 6364136223846793005u + 1442695040888963407u;
		there = is_there(fd, offset + (place >> 16) % bytes);
	}
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return there;
}
