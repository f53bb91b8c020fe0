/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stretch of address space, cut into buffers. A stack has the free ones, those that
 * have memory behind them on top; the rest were never used, or given back to the system.
 */
#include "disk/spill.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Buffers on top of the bound, for files that are open. */
#define BEYOND_BUFFERS 24u

/* How many come back, with no more than the base in use, before memory is given back. */
#define CALM_GIVES 64u

/* What large pages are aligned to. */
#define LARGE_PAGE_BYTES (2u * 1024u * 1024u)

struct spill {
	pthread_mutex_t lock;
	uint8_t *map; /* all of it, with room to align */
	size_t map_bytes;
	uint8_t *memory;  /* the buffers */
	uint32_t count;   /* of them */
	uint32_t bounded; /* of those, in use at most, but for those of files */
	uint32_t *warm;   /* free, with memory behind them */
	uint32_t warm_count;
	uint32_t *cold; /* free, without */
	uint32_t cold_count;
	uint32_t in_use;
	uint32_t files;              /* of those, for files that are open */
	uint32_t calm;               /* buffers given while no more than the base was in use */
	_Atomic uint32_t used, most; /* beyond the base */
};

/* In use for what is on its way to the disk. */
static uint32_t on_way(const struct spill *s)
{
	return s->in_use - s->files;
}

static void count_use(struct spill *s)
{
	const uint32_t used = on_way(s) > SPILL_BASE_BUFFERS ? on_way(s) - SPILL_BASE_BUFFERS : 0;

	atomic_store_explicit(&s->used, used, memory_order_relaxed);
	if (used > atomic_load_explicit(&s->most, memory_order_relaxed))
		atomic_store_explicit(&s->most, used, memory_order_relaxed);
}

static uint8_t *take(struct spill *s, bool for_file)
{
	uint8_t *buffer = NULL;

	pthread_mutex_lock(&s->lock);
	if (for_file ? s->files < BEYOND_BUFFERS : on_way(s) < s->bounded) {
		/* As long as it is in use it is on neither stack. Files leave the base to
		 * what is on its way, which the kernel knows it for. */
		const bool cold = s->warm_count == 0 || (for_file && s->cold_count > 0);
		const uint32_t number = cold ? s->cold[--s->cold_count] : s->warm[--s->warm_count];

		s->in_use++;
		s->files += for_file;
		count_use(s);
		buffer = s->memory + (size_t)number * SPILL_BUFFER_BYTES;
	}
	pthread_mutex_unlock(&s->lock);
	return buffer;
}

uint8_t *spill_take(struct spill *s)
{
	return take(s, false);
}

uint8_t *spill_take_beyond(struct spill *s)
{
	return take(s, true);
}

/* Gives a buffer's memory back to the system. The base keeps its. */
static void cool(struct spill *s, uint32_t number)
{
	madvise(s->memory + (size_t)number * SPILL_BUFFER_BYTES, SPILL_BUFFER_BYTES, MADV_DONTNEED);
	s->cold[s->cold_count++] = number;
}

/* One that is free, and not of the base, which lie at the stack's bottom or in use. */
static void cool_one(struct spill *s)
{
	for (uint32_t k = s->warm_count; k-- > 0;) {
		const uint32_t number = s->warm[k];

		if (number < SPILL_BASE_BUFFERS)
			continue;
		s->warm[k] = s->warm[--s->warm_count];
		cool(s, number);
		return;
	}
}

/*
 * Memory that was needed is kept while any is needed, and for a while after that: to give
 * back a part of a large page splits it, and who takes it again has a fault for each small
 * one. Then each buffer that comes back lets two go.
 */
static void give(struct spill *s, uint8_t *buffer, bool of_file)
{
	if (!buffer)
		return;
	pthread_mutex_lock(&s->lock);
	s->in_use--;
	s->files -= of_file;
	count_use(s);
	s->warm[s->warm_count++] = (uint32_t)((size_t)(buffer - s->memory) / SPILL_BUFFER_BYTES);
	s->calm = on_way(s) < SPILL_BASE_BUFFERS ? s->calm + 1 : 0;
	if (s->calm > CALM_GIVES) {
		s->calm = CALM_GIVES;
		cool_one(s);
		cool_one(s);
	}
	pthread_mutex_unlock(&s->lock);
}

void spill_give(struct spill *s, uint8_t *buffer)
{
	give(s, buffer, false);
}

void spill_give_beyond(struct spill *s, uint8_t *buffer)
{
	give(s, buffer, true);
}

uint8_t *spill_base(const struct spill *s)
{
	return s->memory;
}

uint64_t spill_used(const struct spill *s)
{
	return (uint64_t)atomic_load_explicit(&s->used, memory_order_relaxed) * SPILL_BUFFER_BYTES;
}

uint64_t spill_most(const struct spill *s)
{
	return (uint64_t)atomic_load_explicit(&s->most, memory_order_relaxed) * SPILL_BUFFER_BYTES;
}

uint64_t spill_bound(const struct spill *s)
{
	return (uint64_t)(s->bounded - SPILL_BASE_BUFFERS) * SPILL_BUFFER_BYTES;
}

/* Aligned for large pages, of which each is one fault instead of 512. */
static int map_memory(struct spill *s)
{
	const size_t bytes = (size_t)s->count * SPILL_BUFFER_BYTES;
	uintptr_t from;

	s->map_bytes = bytes + LARGE_PAGE_BYTES;
	s->map = mmap(NULL, s->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return -errno;
	}
	from = ((uintptr_t)s->map + LARGE_PAGE_BYTES - 1) & ~(uintptr_t)(LARGE_PAGE_BYTES - 1);
	s->memory = (uint8_t *)from;
	madvise(s->memory, bytes, MADV_HUGEPAGE);
	/* A hook or another child has no use for it. */
	madvise(s->memory, bytes, MADV_DONTFORK);
	for (size_t at = 0; at < SPILL_BASE_BUFFERS * (size_t)SPILL_BUFFER_BYTES; at += 4096)
		*(volatile uint8_t *)(s->memory + at) = 0;
	return 0;
}

int spill_open(uint64_t bound_bytes, struct spill **result)
{
	struct spill *s = calloc(1, sizeof(*s));
	const uint64_t most = (bound_bytes + SPILL_BUFFER_BYTES - 1) / SPILL_BUFFER_BYTES;
	int rc;

	if (!s)
		return -ENOMEM;
	pthread_mutex_init(&s->lock, NULL);
	s->bounded = (uint32_t)(most < UINT32_MAX / 2 ? most : UINT32_MAX / 2) + SPILL_BASE_BUFFERS;
	s->count = s->bounded + BEYOND_BUFFERS;
	s->warm = calloc(s->count, sizeof(*s->warm));
	s->cold = calloc(s->count, sizeof(*s->cold));
	rc = s->warm && s->cold ? map_memory(s) : -ENOMEM;
	if (rc < 0) {
		spill_close(s);
		return rc;
	}
	/* The last on a stack is the first taken. */
	for (uint32_t i = SPILL_BASE_BUFFERS; i-- > 0;)
		s->warm[s->warm_count++] = i;
	for (uint32_t i = s->count; i-- > SPILL_BASE_BUFFERS;)
		s->cold[s->cold_count++] = i;
	*result = s;
	return 0;
}

void spill_close(struct spill *s)
{
	if (!s)
		return;
	if (s->map)
		munmap(s->map, s->map_bytes);
	pthread_mutex_destroy(&s->lock);
	free(s->warm);
	free(s->cold);
	free(s);
}
