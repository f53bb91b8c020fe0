/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers runs, and lays the index out in memory: its size is known before a byte of it is
 * written, but for the lists, which are made as they go.
 */
#include "index/build.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "layout.h"
#include "postings.h"

#define RUNS_LEAST 64u
#define RUNS_MOST  (1u << 20)

struct index_build {
	struct postings kinds[INDEX_KIND_COUNT];
	struct index_run *runs;
	uint32_t count, room;
};

/* An index as it grows. */
struct image {
	uint8_t *bytes;
	size_t used, room;
	int failed; /* 0 or -ENOMEM */
};

int index_build_open(struct index_build **result)
{
	struct index_build *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		postings_open(&b->kinds[kind], index_key_bytes(kind));
	*result = b;
	return 0;
}

void index_build_close(struct index_build *b)
{
	if (!b)
		return;
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		postings_close(&b->kinds[kind]);
	free(b->runs);
	free(b);
}

static int grow_runs(struct index_build *b)
{
	const uint32_t room = b->room ? 2 * b->room : RUNS_LEAST;
	struct index_run *runs = realloc(b->runs, room * sizeof(*runs));

	if (!runs)
		return -ENOMEM;
	b->runs = runs;
	b->room = room;
	return 0;
}

void index_build_add(struct index_build *b, const struct index_run *run)
{
	const uint8_t *key = (const uint8_t *)(run + 1);
	struct index_run *kept;

	/* What no run covers is read in any case. */
	if (b->count == RUNS_MOST || (b->count == b->room && grow_runs(b) < 0))
		return;
	kept = &b->runs[b->count];
	*kept = *run;
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
		for (uint32_t i = 0; i < run->counts[kind]; i++, key += index_key_bytes(kind))
			if (postings_add(&b->kinds[kind], key, b->count) < 0)
				kept->unknown |= 1u << kind;
	}
	b->count++;
}

/* --- the image -------------------------------------------------------------------------- */

/* Room for so many bytes more, zeroed; null: there is none. */
static uint8_t *image_add(struct image *image, size_t bytes)
{
	uint8_t *at;

	if (image->room - image->used < bytes) {
		size_t room = 2 * image->room > image->used + bytes ? 2 * image->room
								    : image->used + bytes;
		uint8_t *more = image->failed ? NULL : realloc(image->bytes, room);

		if (!more) {
			image->failed = -ENOMEM;
			return NULL;
		}
		image->bytes = more;
		image->room = room;
	}
	at = image->bytes + image->used;
	memset(at, 0, bytes);
	image->used += bytes;
	return at;
}

static void put_part(struct image *image, unsigned part, size_t begin, uint32_t count)
{
	uint8_t *at = image->bytes + LAYOUT_PART_AT + part * LAYOUT_PART_BYTES;

	if (image->failed)
		return;
	put_le64(at, begin);
	put_le64(at + 8, image->used - begin);
	put_le32(at + 16, count);
	put_le32(at + 20, crc32c(image->bytes + begin, image->used - begin));
}

static uint32_t count_blocks(const struct index_build *b)
{
	uint64_t keys = 0;

	for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++)
		keys += layout_in_filter(kind) ? b->kinds[kind].count : 0;
	return (uint32_t)(keys / LAYOUT_BLOCK_KEYS + 1);
}

static void put_filter(struct image *image, const struct index_build *b, uint32_t blocks)
{
	uint8_t *filter = image_add(image, (size_t)blocks * LAYOUT_BLOCK_BYTES);

	for (unsigned kind = 0; kind < INDEX_KIND_COUNT && filter; kind++) {
		const struct postings *p = &b->kinds[kind];

		for (uint32_t i = 0; i < p->count && layout_in_filter(kind); i++) {
			const uint64_t hash = layout_hash(kind, p->keys + (size_t)i * p->key_bytes);
			uint8_t *block =
				filter + (size_t)layout_block(hash, blocks) * LAYOUT_BLOCK_BYTES;

			for (uint32_t probe = 0; probe < LAYOUT_PROBES; probe++) {
				const uint32_t bit = layout_bit(hash, probe);

				block[bit / 8] |= (uint8_t)(1u << bit % 8);
			}
		}
	}
	for (uint32_t i = 0; i < blocks && filter; i++, filter += LAYOUT_BLOCK_BYTES)
		put_le32(filter + LAYOUT_BLOCK_BITS / 8, crc32c(filter, LAYOUT_BLOCK_BITS / 8));
}

static void put_runs(struct image *image, const struct index_build *b)
{
	const size_t begin = image->used;
	uint8_t *at = image_add(image, (size_t)b->count * LAYOUT_RUN_BYTES);

	for (uint32_t i = 0; i < b->count && at; i++, at += LAYOUT_RUN_BYTES) {
		const struct index_run *run = &b->runs[i];

		put_le64(at, run->offset);
		put_le64(at + 8, run->bytes);
		put_le64(at + 16, run->packets);
		put_le64(at + 24, (uint64_t)run->first_ns);
		put_le64(at + 32, (uint64_t)run->last_ns);
		put_le64(at + 40, run->lost);
		put_le64(at + 48, run->interfaces);
		put_le32(at + 56, run->unknown);
	}
	put_part(image, 0, begin, b->count);
}

/* The numbers of runs, as distances or as bits, whichever is shorter. */
static void put_list(struct image *image, const uint32_t *runs, size_t count, uint32_t run_count)
{
	const size_t begin = image->used, bitmap = 1 + (run_count + 7) / 8;
	uint32_t before = 0;
	uint8_t *at = image_add(image, 1 + 5 * count);
	size_t used = 1;

	if (!at)
		return;
	at[0] = LAYOUT_LIST;
	for (size_t i = 0; i < count; before = runs[i++]) {
		uint32_t distance = runs[i] - before;

		for (; distance >= 0x80; distance >>= 7)
			at[used++] = (uint8_t)(distance | 0x80);
		at[used++] = (uint8_t)distance;
	}
	if (used > bitmap) {
		memset(at, 0, bitmap);
		at[0] = LAYOUT_BITMAP;
		for (size_t i = 0; i < count; i++)
			at[1 + runs[i] / 8] |= (uint8_t)(1u << runs[i] % 8);
		used = bitmap;
	}
	image->used = begin + used;
}

static void put_kind(struct image *image, const struct index_build *b, unsigned kind)
{
	const struct postings *p = &b->kinds[kind];
	const size_t begin = image->used, table = begin + (size_t)p->count * p->key_bytes;
	const size_t lists = table + 4 * ((size_t)p->count + 1);
	uint32_t *order = postings_order(p), *runs = NULL;
	size_t *first = NULL;

	if (!order || postings_group(p, &runs, &first) < 0 || !image_add(image, lists - begin))
		image->failed = -ENOMEM;
	for (uint32_t i = 0; i < p->count && !image->failed; i++) {
		const uint32_t number = order[i];

		memcpy(image->bytes + begin + (size_t)i * p->key_bytes,
		       p->keys + (size_t)number * p->key_bytes, p->key_bytes);
		put_le32(image->bytes + table + 4 * (size_t)i, (uint32_t)(image->used - lists));
		put_list(image, runs + first[number], first[number + 1] - first[number], b->count);
	}
	if (!image->failed)
		put_le32(image->bytes + table + 4 * (size_t)p->count,
			 (uint32_t)(image->used - lists));
	put_part(image, 1 + kind, begin, p->count);
	free(order);
	free(runs);
	free(first);
}

static void put_header(struct image *image, const struct index_build *b,
		       const struct index_subject *subject, uint32_t blocks)
{
	uint8_t *at = image->bytes;
	uint32_t unknown = 0;

	for (uint32_t i = 0; i < b->count; i++)
		unknown |= b->runs[i].unknown;
	memcpy(at, LAYOUT_MAGIC, sizeof(LAYOUT_MAGIC));
	put_le32(at + 8, LAYOUT_VERSION);
	put_le32(at + 12, LAYOUT_HEADER);
	put_le64(at + 16, image->used);
	put_le64(at + 24, subject->bytes);
	put_le32(at + 32, subject->head_crc);
	put_le32(at + 36, unknown);
	put_le32(at + 40, b->count);
	put_le32(at + 44, blocks);
	put_le32(at + LAYOUT_CRC_AT, crc32c(at, LAYOUT_CRC_AT));
}

int index_build_image(struct index_build *b, const struct index_subject *subject, uint8_t **image,
		      size_t *bytes)
{
	const uint32_t blocks = count_blocks(b);
	struct image made = {0};

	image_add(&made, LAYOUT_FILTER_AT);
	put_filter(&made, b, blocks);
	put_runs(&made, b);
	for (unsigned kind = 0; kind < INDEX_KIND_COUNT && !made.failed; kind++)
		put_kind(&made, b, kind);
	if (made.failed) {
		free(made.bytes);
		return made.failed;
	}
	put_header(&made, b, subject, blocks);
	*image = made.bytes;
	*bytes = made.used;
	return 0;
}

int index_subject_read(int fd, struct index_subject *subject)
{
	uint8_t head[INDEX_HEAD_BYTES];
	struct stat status;
	size_t used = 0;

	if (fstat(fd, &status) < 0)
		return -errno;
	while (used < sizeof(head)) {
		ssize_t got = pread(fd, head + used, sizeof(head) - used, (off_t)used);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			break;
		used += got > 0 ? (size_t)got : 0;
	}
	*subject = (struct index_subject){(uint64_t)status.st_size, crc32c(head, used)};
	return 0;
}
