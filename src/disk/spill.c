/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stretch of address space, cut into buffers. The first that is free is taken: of the
 * base, then what has memory behind it, and last what never had.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "spill_parts.h"

/* Buffers on top of the bound, for files that are open. */
#define BEYOND_BUFFERS 24u

#define WORD_BITS 64u

static void count_use(struct spill *s)
{
	const uint32_t on_way = s->in_use - s->files;
	const uint32_t used = on_way > SPILL_BASE_BUFFERS ? on_way - SPILL_BASE_BUFFERS : 0;

	atomic_store_explicit(&s->used, used, memory_order_relaxed);
	if (used > atomic_load_explicit(&s->most, memory_order_relaxed))
		atomic_store_explicit(&s->most, used, memory_order_relaxed);
}

/* The lowest bit, or the highest. */
static uint64_t one_bit(uint64_t bits, bool highest)
{
	return highest ? UINT64_C(1) << (63 - __builtin_clzll(bits)) : bits & -bits;
}

/* Takes a buffer of a word of them. Its number, or count: all are in use, or tended. */
static uint32_t take_of(struct spill *s, uint32_t word, bool highest)
{
	uint64_t free = ~atomic_load(&s->taken[word]), bit;

	for (; free != 0; free -= bit) {
		uint32_t number;

		bit = one_bit(free, highest);
		number = word * WORD_BITS + (uint32_t)__builtin_ctzll(bit);
		atomic_fetch_or(&s->taken[word], bit);
		if (atomic_load(&s->tended) != number / SPILL_PAGE_BUFFERS) {
			atomic_store(&s->pages[number / SPILL_PAGE_BUFFERS], SPILL_USED);
			return number;
		}
		atomic_fetch_and(&s->taken[word], ~bit);
	}
	return s->count;
}

/* The same of all. Files leave the base to what is on its way, which the kernel knows it
 * for, and what has memory, too. */
static uint32_t take_any(struct spill *s, bool for_file)
{
	uint32_t number = s->count;

	while (s->full < s->words && atomic_load(&s->taken[s->full]) == UINT64_MAX)
		s->full++;
	for (uint32_t i = s->full; i < s->words && number == s->count; i++)
		number = take_of(s, for_file ? s->words - 1 - (i - s->full) : i, for_file);
	return number;
}

static uint8_t *take(struct spill *s, bool for_file)
{
	uint32_t number = s->count;

	pthread_mutex_lock(&s->lock);
	if (for_file ? s->files < BEYOND_BUFFERS : s->in_use - s->files < s->bounded)
		number = take_any(s, for_file);
	if (number < s->count) {
		s->in_use++;
		s->files += for_file;
		count_use(s);
	}
	pthread_mutex_unlock(&s->lock);
	return number < s->count ? s->memory + (size_t)number * SPILL_BUFFER_BYTES : NULL;
}

uint8_t *spill_take(struct spill *s)
{
	return take(s, false);
}

uint8_t *spill_take_beyond(struct spill *s)
{
	return take(s, true);
}

static void give(struct spill *s, uint8_t *buffer, bool of_file)
{
	const uint32_t number =
		buffer ? (uint32_t)((size_t)(buffer - s->memory) / SPILL_BUFFER_BYTES) : 0;

	if (!buffer)
		return;
	pthread_mutex_lock(&s->lock);
	s->in_use--;
	s->files -= of_file;
	count_use(s);
	s->full = number / WORD_BITS < s->full ? number / WORD_BITS : s->full;
	atomic_fetch_and(&s->taken[number / WORD_BITS], ~(UINT64_C(1) << number % WORD_BITS));
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

uint64_t spill_ready(const struct spill *s)
{
	uint64_t bytes = 0;

	for (uint32_t page = 0; page < s->count / SPILL_PAGE_BUFFERS; page++)
		bytes += atomic_load(&s->pages[page]) == SPILL_READY ? SPILL_PAGE_BYTES : 0;
	return bytes;
}

/* Aligned for large pages, of which each is one fault instead of 512. */
static int map_memory(struct spill *s)
{
	const size_t bytes = (size_t)s->count * SPILL_BUFFER_BYTES;
	uintptr_t from;

	s->map_bytes = bytes + SPILL_PAGE_BYTES;
	s->map = mmap(NULL, s->map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->map == MAP_FAILED) {
		s->map = NULL;
		return -errno;
	}
	from = ((uintptr_t)s->map + SPILL_PAGE_BYTES - 1) & ~(uintptr_t)(SPILL_PAGE_BYTES - 1);
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
	atomic_init(&s->tended, SPILL_TENDED_NONE);
	s->bounded = (uint32_t)(most < UINT32_MAX / 2 ? most : UINT32_MAX / 2) + SPILL_BASE_BUFFERS;
	s->count = (s->bounded + BEYOND_BUFFERS + SPILL_PAGE_BUFFERS - 1) / SPILL_PAGE_BUFFERS *
		   SPILL_PAGE_BUFFERS;
	s->words = (s->count + WORD_BITS - 1) / WORD_BITS;
	s->taken = calloc(s->words, sizeof(*s->taken));
	s->pages = calloc(s->count / SPILL_PAGE_BUFFERS, sizeof(*s->pages));
	rc = s->taken && s->pages ? map_memory(s) : -ENOMEM;
	if (rc < 0) {
		spill_close(s);
		return rc;
	}
	if (s->count % WORD_BITS != 0)
		atomic_init(&s->taken[s->words - 1], ~UINT64_C(0) << s->count % WORD_BITS);
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
	free(s->taken);
	free(s->pages);
	free(s);
}
