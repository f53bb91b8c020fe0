/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From keys to the runs that hold them.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/crc32c.h"
#include "file_parts.h"

/* A kind's part, each length of it checked against the part's end. */
struct table {
	const uint8_t *keys, *offsets, *lists;
	uint32_t count, key_bytes, list_bytes;
};

static const uint8_t *key_at(const struct table *t, uint32_t i)
{
	return t->keys + (size_t)i * t->key_bytes;
}

static bool is_sorted(const struct table *t)
{
	for (uint32_t i = 1; i < t->count; i++)
		if (memcmp(key_at(t, i - 1), key_at(t, i), t->key_bytes) >= 0)
			return false;
	return true;
}

static int open_table(struct index *x, unsigned kind, struct table *t, struct error *err)
{
	const bool loaded = x->loaded[1 + kind] != NULL;
	const struct part *p = &x->parts[1 + kind];
	const uint8_t *at;
	uint64_t fixed;
	int rc;

	*t = (struct table){.count = p->count, .key_bytes = index_key_bytes(kind)};
	fixed = (uint64_t)p->count * (t->key_bytes + 4) + 4;
	if (p->bytes < fixed || p->bytes - fixed > UINT32_MAX)
		return index_damaged(x, "the length of a part", err);
	rc = index_load(x, 1 + kind, &at, err);
	if (rc < 0)
		return rc;
	t->keys = at;
	t->offsets = at + (size_t)t->count * t->key_bytes;
	t->lists = at + fixed;
	t->list_bytes = (uint32_t)(p->bytes - fixed);
	return loaded || is_sorted(t) ? 0 : index_damaged(x, "the order of its keys", err);
}

/* The first key that is not less. */
static uint32_t lower_bound(const struct table *t, const uint8_t *key)
{
	uint32_t low = 0, high = t->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (memcmp(key_at(t, middle), key, t->key_bytes) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A list's bytes. 0 or -EBADMSG. */
static int list_of(const struct index *x, const struct table *t, uint32_t i, const uint8_t **at,
		   uint32_t *bytes, struct error *err)
{
	const uint32_t begin = get_le32(t->offsets + 4 * (size_t)i);
	const uint32_t end = get_le32(t->offsets + 4 * (size_t)(i + 1));

	if (begin >= end || end > t->list_bytes)
		return index_damaged(x, "a list's place", err);
	*at = t->lists + begin;
	*bytes = end - begin;
	return 0;
}

static void add_run(uint64_t *set, uint32_t run)
{
	set[run / 64] |= UINT64_C(1) << run % 64;
}

/* Adds the runs of a list to a set; *count becomes how many. 0 or -EBADMSG. */
static int add_list(const struct index *x, const uint8_t *at, uint32_t bytes, uint64_t *set,
		    uint32_t *count, struct error *err)
{
	uint64_t run = 0;

	*count = 0;
	if (at[0] == LAYOUT_BITMAP && bytes == 1 + (x->run_count + 7) / 8) {
		for (uint32_t i = 0; i < x->run_count; i++) {
			if (!(at[1 + i / 8] & 1u << i % 8))
				continue;
			add_run(set, i);
			++*count;
		}
		return 0;
	}
	if (at[0] != LAYOUT_LIST)
		return index_damaged(x, "a list", err);
	for (uint32_t i = 1; i < bytes; ++*count) {
		uint32_t shift = 0;

		do {
			if (i == bytes || shift > 28)
				return index_damaged(x, "a list", err);
			run += (uint64_t)(at[i] & 0x7fu) << shift;
			shift += 7;
		} while (at[i++] & 0x80u);
		if (run >= x->run_count)
			return index_damaged(x, "a run's number", err);
		add_run(set, (uint32_t)run);
	}
	return 0;
}

/* Adds the runs of a key to a set; *count becomes how many. 0 or -EBADMSG. */
static int add_key(const struct index *x, const struct table *t, uint32_t i, uint64_t *set,
		   uint32_t *count, struct error *err)
{
	const uint8_t *list = NULL;
	uint32_t bytes = 0;
	int rc = list_of(x, t, i, &list, &bytes, err);

	return rc < 0 ? rc : add_list(x, list, bytes, set, count, err);
}

/* Whether the filter rules a key out: 1, 0 or -errno. */
static int is_ruled_out(const struct index *x, unsigned kind, const uint8_t *key, struct error *err)
{
	const uint64_t hash = layout_hash(kind, key);
	const uint64_t offset =
		LAYOUT_FILTER_AT + (uint64_t)layout_block(hash, x->blocks) * LAYOUT_BLOCK_BYTES;
	uint8_t block[LAYOUT_BLOCK_BYTES];
	int rc = 0;

	if (offset + sizeof(block) <= x->first_bytes)
		memcpy(block, x->first + offset, sizeof(block));
	else
		rc = index_read(x, offset, block, sizeof(block), err);
	if (rc < 0)
		return rc;
	if (get_le32(block + LAYOUT_BLOCK_BITS / 8) != crc32c(block, LAYOUT_BLOCK_BITS / 8))
		return index_damaged(x, "its filter", err);
	for (uint32_t probe = 0; probe < LAYOUT_PROBES; probe++) {
		const uint32_t bit = layout_bit(hash, probe);

		if (!(block[bit / 8] & 1u << bit % 8))
			return 1;
	}
	return 0;
}

/* Runs that may hold any key of the kind. */
static int add_unknown(struct index *x, unsigned kind, uint64_t *set, struct error *err)
{
	const struct index_entry *runs;
	int rc;

	if (!(x->unknown & 1u << kind))
		return 0;
	rc = index_runs(x, &runs, err);
	for (uint32_t i = 0; i < x->run_count && rc == 0; i++)
		if (runs[i].unknown & 1u << kind)
			add_run(set, i);
	return rc;
}

int index_find(struct index *x, enum index_kind kind, const uint8_t *first, const uint8_t *last,
	       uint64_t *set, struct error *err)
{
	struct table t;
	int rc = add_unknown(x, kind, set, err);

	if (rc == 0 && layout_in_filter(kind) && memcmp(first, last, index_key_bytes(kind)) == 0) {
		rc = is_ruled_out(x, kind, first, err);
		if (rc > 0)
			return 0;
	}
	if (rc == 0)
		rc = open_table(x, kind, &t, err);
	if (rc < 0)
		return rc;
	for (uint32_t i = lower_bound(&t, first);
	     i < t.count && memcmp(key_at(&t, i), last, t.key_bytes) <= 0 && rc == 0; i++) {
		uint32_t count = 0;

		rc = add_key(x, &t, i, set, &count, err);
	}
	return rc;
}

/* Puts a key where it belongs among those in most runs. */
static uint32_t rank(uint8_t *keys, uint32_t *runs, uint32_t used, uint32_t most,
		     const uint8_t *key, uint32_t count, uint32_t key_bytes)
{
	uint32_t at = used < most ? used++ : most - 1;

	for (; at > 0 && runs[at - 1] < count; at--) {
		runs[at] = runs[at - 1];
		memcpy(keys + (size_t)at * key_bytes, keys + (size_t)(at - 1) * key_bytes,
		       key_bytes);
	}
	runs[at] = count;
	memcpy(keys + (size_t)at * key_bytes, key, key_bytes);
	return used;
}

int index_top(struct index *x, enum index_kind kind, uint32_t most, uint8_t *keys, uint32_t *runs,
	      struct error *err)
{
	uint64_t *set = calloc(index_set_words(x->run_count) + 1, sizeof(*set));
	uint32_t used = 0;
	struct table t;
	int rc = set ? open_table(x, kind, &t, err) : error_system(err, ENOMEM, "%s", x->name);

	for (uint32_t i = 0; rc == 0 && most > 0 && i < t.count; i++) {
		uint32_t count = 0;

		rc = add_key(x, &t, i, set, &count, err);
		if (rc == 0 && (used < most || count > runs[most - 1]))
			used = rank(keys, runs, used, most, key_at(&t, i), count, t.key_bytes);
	}
	free(set);
	return rc < 0 ? rc : (int)used;
}
