/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stream_log.h"

/* Both halves; null, with errno. */
static uint8_t *map_twice(int fd, size_t bytes)
{
	uint8_t *base = mmap(NULL, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	for (int half = 0; half < 2; half++) {
		if (mmap(base + (size_t)half * bytes, bytes, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
			munmap(base, 2 * bytes);
			return NULL;
		}
	}
	return base;
}

int stream_log_open(struct stream_log *log, uint64_t bytes)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int fd, rc = 0;

	*log = (struct stream_log){.bytes = (bytes + page - 1) / page * page};
	fd = memfd_create("wiretape-stream", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)log->bytes) < 0)
		rc = -errno;
	if (rc == 0)
		log->base = map_twice(fd, log->bytes);
	if (rc == 0 && !log->base)
		rc = -errno;
	close(fd);
	return rc;
}

void stream_log_close(struct stream_log *log)
{
	if (log->base)
		munmap(log->base, 2 * log->bytes);
	log->base = NULL;
}

void stream_log_publish(struct stream_log *log, uint64_t packets, uint64_t lost)
{
	const uint32_t version = atomic_load_explicit(&log->version, memory_order_relaxed);

	/* A sequence lock: a reader that has seen any of the new numbers sees an odd or a
	 * later version, and reads again. */
	atomic_store_explicit(&log->version, version + 1, memory_order_relaxed);
	atomic_store_explicit(&log->packets, packets, memory_order_release);
	atomic_store_explicit(&log->lost, lost, memory_order_release);
	/* The records are written before: whoever sees head sees them. */
	atomic_store_explicit(&log->head, log->end, memory_order_release);
	atomic_store_explicit(&log->version, version + 2, memory_order_release);
}

struct stream_mark stream_log_mark(const struct stream_log *log)
{
	struct stream_mark mark;
	uint32_t before, after;

	do {
		before = atomic_load_explicit(&log->version, memory_order_acquire);
		mark.head = atomic_load_explicit(&log->head, memory_order_acquire);
		mark.packets = atomic_load_explicit(&log->packets, memory_order_acquire);
		mark.lost = atomic_load_explicit(&log->lost, memory_order_acquire);
		after = atomic_load_explicit(&log->version, memory_order_relaxed);
	} while ((before & 1) || before != after);
	return mark;
}

void stream_log_free(struct stream_log *log, uint64_t tail)
{
	atomic_store_explicit(&log->tail, tail, memory_order_release);
}
