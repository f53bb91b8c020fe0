/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list that grows; most have one part.
 */
#include "reader_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int reader_parts_add(struct reader_parts *parts, const struct reader_part *part)
{
	struct reader_part *more;
	uint32_t room;
	char *name;

	if (parts->count == parts->room) {
		room = parts->room ? 2 * parts->room : 1;
		more = reallocarray(parts->list, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		parts->list = more;
		parts->room = room;
	}
	name = strdup(part->name);
	if (!name)
		return -ENOMEM;
	parts->list[parts->count] = *part;
	parts->list[parts->count++].name = name;
	parts->bytes += part->bytes;
	return 0;
}

void reader_parts_clear(struct reader_parts *parts)
{
	for (uint32_t i = 0; i < parts->count; i++)
		free(parts->list[i].name);
	free(parts->list);
	*parts = (struct reader_parts){0};
}
