/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list, looked through from the front: there are few interfaces, and a hash
 * keeps it quick where a file says that there are many.
 */
#include "reader_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"

uint64_t reader_table_section(struct reader_table *table)
{
	return ++table->section;
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	while (bytes--)
		hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_string(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text ? text : "", text ? strlen(text) + 1 : 1);
}

static uint64_t hash_interface(const struct reader_interface *i)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	hash = hash_bytes(hash, &i->dlt, sizeof(i->dlt));
	hash = hash_bytes(hash, &i->snaplen, sizeof(i->snaplen));
	hash = hash_bytes(hash, i->mac, sizeof(i->mac));
	hash = hash_bytes(hash, &i->speed_bps, sizeof(i->speed_bps));
	hash = hash_string(hash, i->name);
	hash = hash_string(hash, i->description);
	hash = hash_string(hash, i->filter);
	hash = hash_bytes(hash, &i->pcap_bits, sizeof(i->pcap_bits));
	hash = hash_bytes(hash, i->options, i->options_bytes);
	return hash_string(hash, i->os);
}

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static bool same_options(const struct reader_interface *a, const struct reader_interface *b)
{
	return a->has_options == b->has_options && a->pcap_bits == b->pcap_bits &&
	       a->options_bytes == b->options_bytes &&
	       (a->options_bytes == 0 || memcmp(a->options, b->options, a->options_bytes) == 0);
}

static bool same_interface(const struct reader_interface *a, const struct reader_interface *b)
{
	return a->dlt == b->dlt && a->snaplen == b->snaplen && a->speed_bps == b->speed_bps &&
	       a->has_ways == b->has_ways && a->has_mac == b->has_mac &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 && same_string(a->name, b->name) &&
	       same_string(a->description, b->description) && same_string(a->filter, b->filter) &&
	       same_string(a->os, b->os) && same_options(a, b);
}

static void free_entry(struct reader_entry *entry)
{
	free((char *)entry->interface.name);
	free((char *)entry->interface.description);
	free((char *)entry->interface.filter);
	free((char *)entry->interface.os);
	free((uint8_t *)entry->interface.options);
	free(entry);
}

/* A safe copy; a null pointer is copied too. */
static bool copy_string(const char **text)
{
	const size_t room = *text ? text_mark(NULL, 0, *text) + 1 : 0;
	char *copy = *text ? malloc(room) : NULL;
	bool done = copy || !*text;

	if (copy)
		text_mark(copy, room, *text);
	*text = copy;
	return done;
}

/* A copy, as it is. */
static bool copy_options(struct reader_interface *interface)
{
	uint8_t *copy = malloc(interface->options_bytes ? interface->options_bytes : 1);

	if (copy && interface->options_bytes > 0)
		memcpy(copy, interface->options, interface->options_bytes);
	interface->options = copy;
	return copy;
}

static struct reader_entry *make_entry(const struct reader_interface *interface)
{
	struct reader_entry *entry = calloc(1, sizeof(*entry));
	bool done;

	if (!entry)
		return NULL;
	entry->interface = *interface;
	done = copy_string(&entry->interface.name);
	done &= copy_string(&entry->interface.description);
	done &= copy_string(&entry->interface.filter);
	done &= copy_string(&entry->interface.os);
	done &= copy_options(&entry->interface);
	if (!done) {
		free_entry(entry);
		return NULL;
	}
	entry->hash = hash_interface(&entry->interface);
	return entry;
}

static int append(struct reader_table *table, struct reader_entry *entry)
{
	struct reader_entry **more;
	uint32_t room;

	if (table->count == READER_INTERFACES_MOST)
		return -E2BIG;
	if (table->count == table->room) {
		room = table->room ? 2 * table->room : 16;
		more = reallocarray(table->entries, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		table->entries = more;
		table->room = room;
	}
	table->entries[table->count++] = entry;
	return 0;
}

int reader_table_add(struct reader_table *table, uint64_t section,
		     const struct reader_interface *interface, uint32_t *number)
{
	struct reader_entry *entry = make_entry(interface);
	int rc;

	if (!entry)
		return -ENOMEM;
	entry->section = section;
	for (uint32_t i = 0; i < table->count; i++) {
		struct reader_entry *other = table->entries[i];

		if (other->hash == entry->hash && other->section != section &&
		    same_interface(&other->interface, &entry->interface)) {
			other->section = section;
			free_entry(entry);
			*number = i;
			return 0;
		}
	}
	*number = table->count;
	rc = append(table, entry);
	if (rc < 0)
		free_entry(entry);
	return rc;
}

void reader_table_clear(struct reader_table *table)
{
	for (uint32_t i = 0; i < table->count; i++)
		free_entry(table->entries[i]);
	free(table->entries);
	reader_beside_clear(&table->beside);
	*table = (struct reader_table){0};
}
