/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An array that is used from the front: entries are added at its end and
 * dropped at or near its start, and it moves back when the end is reached.
 */
#include "tape_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pack/pack.h"

static bool is_packed(const char *name)
{
	const size_t length = strlen(name), ending = strlen(PACK_ENDING);

	return length > ending && strcmp(name + length - ending, PACK_ENDING) == 0;
}

static void count_packed(struct tape_index *index, const struct tape_entry *entry, int sign)
{
	if (!entry->packed)
		return;
	index->packed += (size_t)sign;
	index->packed_bytes += sign < 0 ? 0 - entry->disk_bytes : entry->disk_bytes;
}

int tape_index_add(struct tape_index *index, const struct tape_entry *entry, const char *name)
{
	struct tape_entry *more, copy = *entry;
	size_t room;

	copy.name = strdup(name);
	if (!copy.name)
		return -ENOMEM;
	if (index->first + index->count == index->room) {
		if (index->first <= index->count) {
			room = index->room ? 2 * index->room : 64;
			more = reallocarray(index->entries, room, sizeof(*more));
			if (!more) {
				free(copy.name);
				return -ENOMEM;
			}
			index->entries = more;
			index->room = room;
		}
		memmove(index->entries, index->entries + index->first,
			index->count * sizeof(*index->entries));
		index->first = 0;
	}
	copy.packed = is_packed(name);
	count_packed(index, &copy, 1);
	index->entries[index->first + index->count++] = copy;
	index->disk_bytes += copy.disk_bytes + copy.index_disk_bytes;
	return 0;
}

int tape_index_replace(struct tape_index *index, size_t i, const struct tape_entry *entry,
		       const char *name)
{
	struct tape_entry *old = tape_index_at(index, i);
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	index->disk_bytes += entry->disk_bytes + entry->index_disk_bytes - old->disk_bytes -
			     old->index_disk_bytes;
	count_packed(index, old, -1);
	free(old->name);
	*old = *entry;
	old->name = copy;
	old->packed = is_packed(copy);
	count_packed(index, old, 1);
	return 0;
}

struct tape_entry *tape_index_at(const struct tape_index *index, size_t i)
{
	return i < index->count ? &index->entries[index->first + i] : NULL;
}

bool tape_index_has(const struct tape_index *index, const struct file_identity *identity)
{
	for (size_t i = 0; i < index->count; i++)
		if (file_identity_equal(&tape_index_at(index, i)->identity, identity))
			return true;
	return false;
}

void tape_index_resize(struct tape_index *index, size_t i, uint64_t disk_bytes)
{
	struct tape_entry *entry = tape_index_at(index, i);

	index->disk_bytes += disk_bytes - entry->disk_bytes;
	if (entry->packed)
		index->packed_bytes += disk_bytes - entry->disk_bytes;
	entry->disk_bytes = disk_bytes;
}

void tape_index_resize_index(struct tape_index *index, size_t i, uint64_t disk_bytes)
{
	struct tape_entry *entry = tape_index_at(index, i);

	index->disk_bytes += disk_bytes - entry->index_disk_bytes;
	entry->index_disk_bytes = disk_bytes;
}

void tape_index_drop(struct tape_index *index, size_t i)
{
	struct tape_entry *oldest = &index->entries[index->first];

	tape_index_resize(index, i, 0);
	tape_index_resize_index(index, i, 0);
	index->packed -= oldest[i].packed;
	free(oldest[i].name);
	/* It is one of the oldest, mostly. */
	memmove(oldest + 1, oldest, i * sizeof(*oldest));
	index->first++;
	index->count--;
}

void tape_index_clear(struct tape_index *index)
{
	while (index->count > 0)
		tape_index_drop(index, 0);
	free(index->entries);
	*index = (struct tape_index){0};
}
