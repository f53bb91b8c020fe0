/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums of what runs tell. Files have few sets of interfaces, so lists do; keys come as often
 * as there are files that have them, and are put together at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "summary_parts.h"

void summary_count(struct summary_counts *counts, const struct summary_counts *more)
{
	if (counts->runs == 0 || more->first_ns < counts->first_ns)
		counts->first_ns = more->first_ns;
	if (counts->runs == 0 || more->last_ns > counts->last_ns)
		counts->last_ns = more->last_ns;
	counts->runs += more->runs;
	counts->packets += more->packets;
	counts->bytes += more->bytes;
	counts->lost += more->lost;
}

static int grow(struct summary_rows *rows)
{
	const uint32_t room = rows->room ? 2 * rows->room : 16;
	struct summary_row *more = reallocarray(rows->list, room, sizeof(*more));

	if (!more)
		return -ENOMEM;
	rows->list = more;
	rows->room = room;
	return 0;
}

int summary_rows_add(struct summary_rows *rows, uint32_t first, const char *file,
		     const char *labels, const struct summary_counts *counts)
{
	struct summary_row *row;

	for (uint32_t i = first; i < rows->count; i++)
		if (strcmp(rows->list[i].labels, labels) == 0) {
			summary_count(&rows->list[i].counts, counts);
			return 0;
		}
	if (rows->count == rows->room && grow(rows) < 0)
		return -ENOMEM;
	row = &rows->list[rows->count];
	*row = (struct summary_row){.file = file ? strdup(file) : NULL,
				    .labels = strdup(labels),
				    .counts = *counts};
	if (row->labels && (row->file || !file)) {
		rows->count++;
		return 0;
	}
	free(row->file);
	free(row->labels);
	return -ENOMEM;
}

void summary_rows_clear(struct summary_rows *rows)
{
	for (uint32_t i = 0; i < rows->count; i++) {
		free(rows->list[i].file);
		free(rows->list[i].labels);
	}
	free(rows->list);
	*rows = (struct summary_rows){0};
}

int summary_keys_add(struct summary_keys *keys, const uint8_t *key, uint32_t bytes, uint64_t runs)
{
	struct summary_key *more;

	if (keys->count == keys->room) {
		const uint32_t room = keys->room ? 2 * keys->room : 64;

		more = reallocarray(keys->list, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		keys->list = more;
		keys->room = room;
	}
	more = &keys->list[keys->count++];
	*more = (struct summary_key){.runs = runs};
	memcpy(more->key, key, bytes);
	return 0;
}

static int by_key(const void *one, const void *other)
{
	const struct summary_key *a = one, *b = other;

	return memcmp(a->key, b->key, sizeof(a->key));
}

static int by_runs(const void *one, const void *other)
{
	const struct summary_key *a = one, *b = other;

	if (a->runs != b->runs)
		return a->runs > b->runs ? -1 : 1;
	return by_key(one, other);
}

void summary_keys_sort(struct summary_keys *keys)
{
	uint32_t kept = 0;

	if (keys->count == 0)
		return;
	qsort(keys->list, keys->count, sizeof(*keys->list), by_key);
	for (uint32_t i = 0; i < keys->count; i++) {
		if (kept > 0 && by_key(&keys->list[kept - 1], &keys->list[i]) == 0)
			keys->list[kept - 1].runs += keys->list[i].runs;
		else
			keys->list[kept++] = keys->list[i];
	}
	keys->count = kept;
	qsort(keys->list, keys->count, sizeof(*keys->list), by_runs);
}
