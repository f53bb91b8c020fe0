/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is ours where it is the one that the manifest tells of. One that is out of
 * reach just now, below a mount or on a bad spot of the disk, counts as ours, lest it be
 * forgotten: before anything is done to it, it is looked at again.
 *
 * Where the file system knows no times of birth, a file has to look as it did when the
 * manifest was written: what a segment looked like is in its line; one that was not
 * finished begins as a capture file, and as that segment, if it says which one it is.
 *
 * A manifest can say the same thing twice, of one segment under several names, as it
 * was to get them, or, if somebody has written in it, of one file that it is many
 * segments. Each segment, and each file, counts once.
 */
#include "tape_found.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/segment_head.h"
#include "pack/pack.h"

/* A segment as the manifest tells of it. */
struct candidate {
	struct tape_entry entry; /* its name is ours */
	size_t line;             /* the place in the manifest */
	bool seen;               /* it is there, and not just out of reach */
};

/* What the manifest is held against, as it is read. */
struct visit {
	const struct tape *tape;
	struct tape_found *found;
	struct candidate *list;
	size_t count, room;
};

/* Room for one more of so many in a list. 0 or -ENOMEM. */
static int make_room(void **list, size_t count, size_t *room, size_t bytes)
{
	size_t rooms = *room ? 2 * *room : 64;
	void *more;

	if (count < *room)
		return 0;
	more = reallocarray(*list, rooms, bytes);
	if (!more)
		return -ENOMEM;
	*list = more;
	*room = rooms;
	return 0;
}

int tape_found_add(struct tape_found *found, const struct tape_segment *unfinished)
{
	int rc = make_room((void **)&found->unfinished, found->count, &found->room,
			   sizeof(*unfinished));

	if (rc == 0)
		found->unfinished[found->count++] = *unfinished;
	return rc;
}

static int visit_open(struct tape_found *found, const struct manifest_line *line)
{
	const struct tape_segment segment = {
		.sequence = line->sequence,
		.identity = line->identity,
		.fd = -1,
	};

	return tape_found_add(found, &segment);
}

/* Whether a hidden name stands for the file it is to stand for: 1, and it takes so much, 0
 * or -errno. */
static int is_hidden_there(int dir, const char *name, struct tape_segment *segment)
{
	struct file_state now;
	struct segment_head head;
	int rc = file_look(dir, name, &now);

	if (rc == -ENOENT || (rc == 0 && !file_identity_equal(&now.identity, &segment->identity)))
		return 0;
	if (rc < 0)
		return rc;
	segment->held = now.disk_bytes;
	if (now.identity.birth_ns || now.bytes == 0)
		return 1;
	rc = segment_head_look(dir, name, &head);
	if (rc < 0)
		return rc;
	return head.capture && (!head.sequence || head.sequence == segment->sequence);
}

/* A line of the first version, which does not tell what a segment looks like, where there
 * are no times of birth: it is a capture file that nobody has written to since. What it
 * looks like now is taken as its mark. 1, 0 or -errno. */
static int prove_old(int dir, const struct manifest_line *line, struct candidate *c)
{
	struct segment_head head = {0};
	struct file_state now;
	int fd, rc = file_look(dir, line->name, &now);

	if (rc == -ENOENT || (rc == 0 && (!file_identity_equal(&now.identity, &line->identity) ||
					  now.mtime_ns > line->wall_ns + NS_PER_SECOND)))
		return 0;
	if (rc < 0)
		return rc;
	fd = openat(dir, line->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = segment_head_read(fd, &head);
	if (rc == 0)
		rc = file_mark_take(fd, &c->entry.mark);
	close(fd);
	c->entry.disk_bytes = now.disk_bytes;
	return rc < 0 ? rc : head.capture;
}

/* Whether a segment's name stands for it: 1, and it takes so much, 0 or -errno. */
static int is_there(int dir, const struct manifest_line *line, struct candidate *c)
{
	struct file_state now;
	int rc;

	if (!line->identity.birth_ns && !line->mark.has_size)
		return prove_old(dir, line, c);
	rc = file_prove(dir, line->name, &line->identity, &line->mark, &now);
	/* Of one out of reach it is as it was. */
	c->entry.disk_bytes = rc > 0 ? now.disk_bytes : line->mark.bytes;
	return rc;
}

/* Takes in what is left of one that was to be deleted. 0 or -ENOMEM. */
static int visit_gone(const struct visit *v, const struct manifest_line *line)
{
	struct tape_found *found = v->found;
	struct tape_segment gone = {.sequence = line->sequence,
				    .identity = line->identity,
				    .fd = -1};
	char name[MANIFEST_GONE_ROOM];
	int rc;

	manifest_gone_name(line->sequence, name);
	if (is_hidden_there(v->tape->dir, name, &gone) == 0)
		return 0;
	/* More than one line can tell of it. */
	for (size_t i = 0; i < found->gone_count; i++)
		if (found->gone[i].sequence == gone.sequence)
			return 0;
	rc = make_room((void **)&found->gone, found->gone_count, &found->gone_room, sizeof(gone));
	if (rc == 0)
		found->gone[found->gone_count++] = gone;
	return rc;
}

/* A segment that has its name: ours, if that is the file. */
static int visit_segment(struct visit *v, const struct manifest_line *line)
{
	struct candidate new = {
		.entry =
			{
				.sequence = line->sequence,
				.identity = line->identity,
				.mark = line->mark,
				.order = line->order,
				.wall_ns = line->wall_ns,
				.boot_ns = (int64_t)line->boot_ns,
			},
		.line = v->count,
	};
	int rc = is_there(v->tape->dir, line, &new);

	if (rc == 0)
		return visit_gone(v, line);
	new.seen = rc > 0;
	memcpy(new.entry.boot_id, line->boot_id, sizeof(new.entry.boot_id));
	rc = make_room((void **)&v->list, v->count, &v->room, sizeof(new));
	new.entry.name = rc == 0 ? strdup(line->name) : NULL;
	if (!new.entry.name)
		return -ENOMEM;
	v->list[v->count++] = new;
	return 0;
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The one to be believed first; they are on one file, or on one segment. */
static int by_belief(const struct candidate *a, const struct candidate *b)
{
	if (a->seen != b->seen)
		return b->seen - a->seen;
	return compare(b->line, a->line);
}

static int by_sequence(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;
	int order = compare(one->entry.sequence, other->entry.sequence);

	return order ? order : by_belief(one, other);
}

static int by_file(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;
	int order = compare(one->entry.identity.inode, other->entry.identity.inode);

	if (order == 0)
		order = compare(one->entry.identity.birth_ns, other->entry.identity.birth_ns);
	return order ? order : by_belief(one, other);
}

static bool is_same_file(const struct candidate *a, const struct candidate *b)
{
	return file_identity_equal(&a->entry.identity, &b->entry.identity);
}

static bool is_same_segment(const struct candidate *a, const struct candidate *b)
{
	return a->entry.sequence == b->entry.sequence;
}

/* Whether one of a segment's two files is what the other was packed into. */
static bool is_packed_of(const struct candidate *packed, const struct candidate *plain)
{
	const size_t length = strlen(plain->entry.name);

	return packed->seen && plain->seen &&
	       strncmp(packed->entry.name, plain->entry.name, length) == 0 &&
	       strcmp(packed->entry.name + length, PACK_ENDING) == 0;
}

/* Of those of one segment that come one after the other: notes what was packed. 0 or
 * -ENOMEM. */
static int note_packed(struct visit *v)
{
	int rc = 0;

	for (size_t i = 1; i < v->count && rc == 0; i++) {
		struct candidate *c = &v->list[i];

		c->entry.index_disk_bytes = tape_index_file_bytes(v->tape, c->entry.name);
		if (is_same_segment(c, c - 1) && is_packed_of(c - 1, c))
			rc = tape_index_add(&v->found->packed, &c->entry, c->entry.name);
	}
	return rc;
}

/* Keeps the first of each that are the same. */
static void keep_first(struct visit *v, int (*order)(const void *, const void *),
		       bool (*is_same)(const struct candidate *, const struct candidate *))
{
	size_t kept = 0;

	if (v->count > 0)
		qsort(v->list, v->count, sizeof(*v->list), order);
	for (size_t i = 0; i < v->count; i++) {
		if (kept > 0 && is_same(&v->list[i], &v->list[kept - 1]))
			free(v->list[i].entry.name);
		else
			v->list[kept++] = v->list[i];
	}
	v->count = kept;
}

/* Puts the segments into the index, each file and each number once. 0 or -ENOMEM. */
static int fill_index(struct visit *v)
{
	int rc;

	keep_first(v, by_file, is_same_file);
	if (v->count > 0)
		qsort(v->list, v->count, sizeof(*v->list), by_sequence);
	rc = note_packed(v);
	keep_first(v, by_sequence, is_same_segment);
	for (size_t i = 0; i < v->count && rc == 0; i++) {
		struct tape_entry *e = &v->list[i].entry;

		e->index_disk_bytes = tape_index_file_bytes(v->tape, e->name);
		rc = tape_index_add(&v->found->index, e, e->name);
	}
	return rc;
}

static int visit_line(void *context, const struct manifest_line *line)
{
	struct visit *v = context;
	uint64_t used = line->sequence - (line->kind == MANIFEST_NEXT && line->sequence > 0);

	/* One that was made may have come to nothing. */
	if (line->kind == MANIFEST_OPEN)
		return visit_open(v->found, line);
	if (used > v->found->sequence)
		v->found->sequence = used;
	if (line->kind == MANIFEST_GONE)
		return visit_gone(v, line);
	return line->kind == MANIFEST_SEGMENT ? visit_segment(v, line) : 0;
}

static int by_number(const void *a, const void *b)
{
	const struct tape_segment *one = a, *other = b;

	return compare(one->sequence, other->sequence);
}

/* Leaves those that still have their hidden names, each once. */
static void keep_hidden(const struct tape *tape, struct tape_found *found)
{
	struct tape_segment *list = found->unfinished;
	char hidden[MANIFEST_HIDDEN_ROOM];
	size_t kept = 0;

	if (found->count > 0)
		qsort(list, found->count, sizeof(*list), by_number);
	for (size_t i = 0; i < found->count; i++) {
		if (kept > 0 && list[i].sequence == list[kept - 1].sequence)
			continue;
		manifest_hidden_name(list[i].sequence, hidden);
		if (is_hidden_there(tape->dir, hidden, &list[i]) != 0)
			list[kept++] = list[i];
	}
	found->count = kept;
}

int tape_find_proven(const struct tape *tape, struct tape_found *found)
{
	struct visit visit = {.tape = tape, .found = found};
	char previous[NAME_MAX + 1];
	int rc;

	*found = (struct tape_found){0};
	manifest_previous_name(tape->manifest_name, previous);
	rc = manifest_read(tape->dir, previous, visit_line, &visit);
	/* What is wrong with that one is no fault. */
	if (rc != -ENOMEM)
		rc = manifest_read(tape->dir, tape->manifest_name, visit_line, &visit);
	if (rc == 0)
		rc = fill_index(&visit);
	if (rc == 0)
		keep_hidden(tape, found);
	for (size_t i = 0; i < visit.count; i++)
		free(visit.list[i].entry.name);
	free(visit.list);
	return rc;
}

void tape_found_clear(struct tape_found *found)
{
	tape_index_clear(&found->index);
	tape_index_clear(&found->packed);
	tape_index_clear(&found->orphans);
	free(found->unfinished);
	free(found->gone);
	*found = (struct tape_found){0};
}
