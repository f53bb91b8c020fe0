/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is ours where it is the one that the manifest tells of; a file that is out of
 * reach just now is an error, lest it be forgotten.
 */
#include "tape_found.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int visit_open(struct tape_found *found, const struct manifest_line *line)
{
	struct tape_segment *more;
	size_t room;

	if (found->count == found->room) {
		room = found->room ? 2 * found->room : 64;
		more = reallocarray(found->unfinished, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		found->unfinished = more;
		found->room = room;
	}
	found->unfinished[found->count++] = (struct tape_segment){
		.sequence = line->sequence,
		.identity = line->identity,
		.fd = -1,
	};
	return 0;
}

/* Whether a name stands for the file it is to stand for, which takes so much: 1, 0 or
 * -errno. */
static int is_there(int dir, const char *name, const struct file_identity *identity,
		    uint64_t *disk_bytes)
{
	struct file_identity now;
	int rc = file_identify(dir, name, &now, disk_bytes);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	return file_identity_equal(&now, identity);
}

/* Whether it is left of one that was to be deleted. 0 or -errno. */
static int visit_gone(const struct tape *tape, struct tape_found *found,
		      const struct manifest_line *line)
{
	struct tape_segment gone = {.sequence = line->sequence,
				    .identity = line->identity,
				    .fd = -1};
	struct tape_segment *more;
	char name[MANIFEST_GONE_ROOM];
	int rc;

	manifest_gone_name(line->sequence, name);
	rc = is_there(tape->dir, name, &line->identity, &gone.held);
	if (rc <= 0)
		return rc;
	/* More than one line can tell of it. */
	for (size_t i = 0; i < found->gone_count; i++)
		if (found->gone[i].sequence == gone.sequence)
			return 0;
	more = reallocarray(found->gone, found->gone_count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	found->gone = more;
	found->gone[found->gone_count++] = gone;
	return 0;
}

struct visit {
	const struct tape *tape;
	struct tape_found *found;
};

/* A segment that has its name: ours, if that is the file. */
static int visit_segment(const struct visit *v, const struct manifest_line *line)
{
	struct tape_index *index = &v->found->index;
	const struct tape_entry *last = tape_index_at(index, index->count - 1);
	struct tape_entry entry = {
		.sequence = line->sequence,
		.identity = line->identity,
		.wall_ns = line->wall_ns,
		.boot_ns = (int64_t)line->boot_ns,
	};
	int rc = is_there(v->tape->dir, line->name, &line->identity, &entry.disk_bytes);

	memcpy(entry.boot_id, line->boot_id, sizeof(entry.boot_id));
	if (rc == 0)
		return visit_gone(v->tape, v->found, line);
	if (rc < 0 || (index->count > 0 && last->sequence == line->sequence))
		return rc < 0 ? rc : 0;
	return tape_index_add(index, &entry, line->name);
}

static int visit_line(void *context, const struct manifest_line *line)
{
	const struct visit *v = context;
	uint64_t used = line->sequence - (line->kind == MANIFEST_NEXT && line->sequence > 0);

	/* One that was made may have come to nothing. */
	if (line->kind == MANIFEST_OPEN)
		return visit_open(v->found, line);
	if (used > v->found->sequence)
		v->found->sequence = used;
	if (line->kind == MANIFEST_GONE)
		return visit_gone(v->tape, v->found, line);
	return line->kind == MANIFEST_SEGMENT ? visit_segment(v, line) : 0;
}

/* Leaves those that still have their hidden names. 0 or -errno. */
static int keep_hidden(const struct tape *tape, struct tape_found *found)
{
	char hidden[MANIFEST_HIDDEN_ROOM];
	const size_t count = found->count;

	found->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct tape_segment segment = found->unfinished[i];
		int rc;

		manifest_hidden_name(segment.sequence, hidden);
		rc = is_there(tape->dir, hidden, &segment.identity, &segment.held);
		if (rc < 0)
			return rc;
		if (rc > 0)
			found->unfinished[found->count++] = segment;
	}
	return 0;
}

int tape_find(const struct tape *tape, struct tape_found *found)
{
	struct visit visit = {.tape = tape, .found = found};
	int rc;

	*found = (struct tape_found){0};
	rc = manifest_read(tape->dir, tape->manifest_name, visit_line, &visit);
	return rc == 0 ? keep_hidden(tape, found) : rc;
}

void tape_found_clear(struct tape_found *found)
{
	tape_index_clear(&found->index);
	free(found->unfinished);
	free(found->gone);
	*found = (struct tape_found){0};
}

uint64_t tape_kept_bytes(const struct tape *tape)
{
	struct tape_found found;
	uint64_t bytes = 0;

	if (tape_find(tape, &found) == 0) {
		bytes = found.index.disk_bytes;
		for (size_t i = 0; i < found.count; i++)
			if (!tape_index_has(&found.index, &found.unfinished[i].identity))
				bytes += found.unfinished[i].held;
		for (size_t i = 0; i < found.gone_count; i++)
			bytes += found.gone[i].held;
	}
	tape_found_clear(&found);
	return bytes;
}
