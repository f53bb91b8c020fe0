/* SPDX-License-Identifier: BSD-2-Clause */
#include "tape_added.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tape_addition {
	bool is_block;
	struct pcapng_interface interface;
	struct pcapng_block block; /* bytes: ours */
};

static int append(struct tape_addition **list, uint32_t *count, const struct tape_addition *new)
{
	struct tape_addition *more = reallocarray(*list, *count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	*list = more;
	more[(*count)++] = *new;
	return 0;
}

int tape_added_interface(struct tape_added *added, const struct pcapng_interface *interface)
{
	const struct tape_addition new = {.interface = *interface};

	return append(&added->lasting, &added->lasting_count, &new);
}

int tape_added_block(struct tape_added *added, const struct pcapng_block *block)
{
	struct tape_addition new = {.is_block = true, .block = *block};
	uint8_t *bytes = malloc(block->count);
	int rc;

	if (!bytes)
		return -ENOMEM;
	new.block.bytes = memcpy(bytes, block->bytes, block->count);
	rc = block->lasting ? append(&added->lasting, &added->lasting_count, &new)
			    : append(&added->passing, &added->passing_count, &new);
	if (rc < 0)
		free(bytes);
	return rc;
}

static int give(struct sink *sink, const struct tape_addition *what)
{
	if (what->is_block)
		return sink->ops->add_block ? sink->ops->add_block(sink, &what->block) : 0;
	return sink->ops->add_interface ? sink->ops->add_interface(sink, &what->interface) : 0;
}

int tape_added_give(struct tape_added *added, struct sink *sink, uint32_t *had)
{
	int rc = 0;

	for (; *had < added->lasting_count && rc == 0; *had += rc == 0)
		rc = give(sink, &added->lasting[*had]);
	while (added->passed < added->passing_count && rc == 0) {
		struct tape_addition *next = &added->passing[added->passed];

		rc = give(sink, next);
		if (rc == 0) {
			free(next->block.bytes);
			added->passed++;
		}
	}
	if (added->passed == added->passing_count)
		added->passed = added->passing_count = 0;
	return rc;
}

void tape_added_clear(struct tape_added *added)
{
	for (uint32_t i = 0; i < added->lasting_count; i++)
		free(added->lasting[i].block.bytes);
	for (uint32_t i = added->passed; i < added->passing_count; i++)
		free(added->passing[i].block.bytes);
	free(added->lasting);
	free(added->passing);
	*added = (struct tape_added){0};
}
