/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of a directory are a recorder's: what the manifest says, and the one before
 * it, held against what is there. Each file comes once, whatever they say of it: a ring of
 * files has had each of its names many times, and anybody can write a line twice.
 */
#include "reader_listing.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/manifest.h"
#include "disk/segment_head.h"

/* A file that is to be a segment. */
struct candidate {
	struct reader_part part; /* its name is ours */
	dev_t device;
	ino_t inode;
	uint32_t recorder; /* whose manifest tells of it; in the order they are found in */
	size_t line;       /* where */
};

struct listing {
	const struct reader_access *access;
	struct candidate *list;
	size_t count, room;
	uint32_t recorders;
};

/* The name of a part, or, where a hook has packed it, what it has become. */
static const char *find_name(const struct listing *l, const struct reader_part *part,
			     char packed[static NAME_MAX + 1])
{
	static const char *const endings[] = {".zst", ".gz", ".lz4"};
	struct stat st;

	if (part->live || reader_access_stat(l->access, part->name, &st) != -ENOENT)
		return part->name;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (snprintf(packed, NAME_MAX + 1, "%s%s", part->name, endings[i]) <= NAME_MAX &&
		    reader_access_stat(l->access, packed, &st) == 0)
			return packed;
	return part->name;
}

/* Adds what a name stands for, if that is a file, which had so many bytes when its order
 * in time was noted. 0 or -ENOMEM. */
static int add(struct listing *l, const struct reader_part *part)
{
	size_t room = l->room ? 2 * l->room : 64;
	char packed[NAME_MAX + 1];
	const char *name = find_name(l, part, packed);
	struct candidate *new;
	struct stat st;

	if (reader_access_stat(l->access, name, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (l->count == l->room) {
		new = reallocarray(l->list, room, sizeof(*l->list));
		if (!new)
			return -ENOMEM;
		l->list = new;
		l->room = room;
	}
	new = &l->list[l->count];
	*new = (struct candidate){
		.part = *part,
		.device = st.st_dev,
		.inode = st.st_ino,
		.recorder = l->recorders,
		.line = l->count,
	};
	new->part.bytes = (uint64_t)st.st_size;
	/* Of a file that is not as it was nothing is known. */
	if (!part->live && part->bytes != new->part.bytes)
		new->part.order.known = false;
	new->part.name = strdup(name);
	if (!new->part.name)
		return -ENOMEM;
	l->count++;
	return 0;
}

static void clear(struct listing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->list[i].part.name);
	free(l->list);
}

/* --- each once ------------------------------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The order they are read in; of several lines on one segment the last counts. */
static int by_segment(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;
	int order = compare(one->recorder, other->recorder);

	if (order == 0)
		order = compare(one->part.sequence, other->part.sequence);
	return order ? order : compare(other->line, one->line);
}

/* Of several segments that are one file the newest is it. */
static int by_file(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;
	int order = compare(one->inode, other->inode);

	if (order == 0)
		order = compare(one->device, other->device);
	if (order == 0)
		order = compare(other->part.sequence, one->part.sequence);
	return order ? order : compare(one->line, other->line);
}

static bool is_same_segment(const struct candidate *a, const struct candidate *b)
{
	return a->recorder == b->recorder && a->part.sequence == b->part.sequence;
}

static bool is_same_file(const struct candidate *a, const struct candidate *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* Keeps the first of each that are the same. */
static void keep_first(struct listing *l, int (*order)(const void *, const void *),
		       bool (*is_same)(const struct candidate *, const struct candidate *))
{
	size_t kept = 0;

	if (l->count > 0)
		qsort(l->list, l->count, sizeof(*l->list), order);
	for (size_t i = 0; i < l->count; i++) {
		if (kept > 0 && is_same(&l->list[i], &l->list[kept - 1]))
			free(l->list[i].part.name);
		else
			l->list[kept++] = l->list[i];
	}
	l->count = kept;
}

/* --- what is there --------------------------------------------------------------- */

static int visit_line(void *context, const struct manifest_line *line)
{
	struct reader_part part = {
		.name = (char *)line->name,
		.sequence = line->sequence,
		.order = line->order,
		.ordered_bytes = line->ordered_bytes,
	};
	char hidden[MANIFEST_HIDDEN_ROOM];

	if (line->kind == MANIFEST_NEXT || line->kind == MANIFEST_GONE)
		return 0;
	if (line->kind == MANIFEST_OPEN) {
		manifest_hidden_name(line->sequence, hidden);
		part.name = hidden;
		part.live = true;
	} else {
		part.ordered_bytes = UINT64_MAX;
		part.bytes = line->mark.has_size ? line->mark.bytes : 0;
	}
	return add(context, &part);
}

static int visit_name(struct listing *l, const char *name)
{
	struct reader_part part = {.name = (char *)name, .sequence = segment_number_in(name)};

	return part.sequence == 0 ? 0 : add(l, &part);
}

/* Reads one manifest, if there is such. 0 or -errno. */
static int read_manifest(struct listing *l, const char *name)
{
	int fd = reader_access_open(l->access, name);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return manifest_read_open(l->access->dir, fd, visit_line, l);
}

/* Reads a recorder's manifest, and the one before it, whatever that is worth. 0 or
 * -errno. */
static int visit_recorder(struct listing *l, const char *name)
{
	char previous[NAME_MAX + 1];

	l->recorders++;
	manifest_previous_name(name, previous);
	if (read_manifest(l, previous) == -ENOMEM)
		return -ENOMEM;
	return read_manifest(l, name);
}

/* What a name says behind others', or a null pointer. */
static const char *behind(const char *name, const char *begin)
{
	const char *rest = name + strlen(begin);

	if (strncmp(name, begin, strlen(begin)) != 0 || (*rest && *rest != '.'))
		return NULL;
	return rest;
}

/* A name that may be a manifest's; one before it is no news where that is there, too. */
static int visit_manifest(struct listing *l, const char *name)
{
	const char *rest = behind(name, MANIFEST_PREVIOUS), *end = strrchr(name, '.');
	char current[NAME_MAX + 1];
	struct stat st;

	if (!rest && (!behind(name, MANIFEST_NAME) || strcmp(end, ".new") == 0))
		return 0;
	snprintf(current, sizeof(current), "%s%s", rest ? MANIFEST_NAME : name, rest ? rest : "");
	if (rest && reader_access_stat(l->access, current, &st) == 0)
		return 0;
	return visit_recorder(l, current);
}

/* Calls visit for every name in the directory. 0 or -errno. */
static int visit_names(struct listing *l, int (*visit)(struct listing *l, const char *name))
{
	int fd = reader_access_open(l->access, "."), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd < 0)
		return fd;
	if (!dir) {
		rc = -errno;
		close(fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(dir)))
		rc = visit(l, entry->d_name);
	closedir(dir);
	return rc;
}

/* By all manifests, in the order they are read in. 0 or -errno. */
static int list_by_manifests(struct listing *l)
{
	int rc = visit_names(l, visit_manifest);

	keep_first(l, by_segment, is_same_segment);
	keep_first(l, by_file, is_same_file);
	keep_first(l, by_segment, is_same_segment);
	return rc;
}

int reader_listing_fill(const struct reader_access *access, struct reader_parts *parts)
{
	struct listing l = {.access = access};
	int rc = list_by_manifests(&l);

	if (rc == 0 && l.count == 0) {
		rc = visit_names(&l, visit_name);
		/* Numbers may come twice then, of several recorders. */
		keep_first(&l, by_file, is_same_file);
		if (l.count > 0)
			qsort(l.list, l.count, sizeof(*l.list), by_segment);
	}
	for (size_t i = 0; rc == 0 && i < l.count; i++)
		rc = reader_parts_add(parts, &l.list[i].part);
	clear(&l);
	return rc;
}

int reader_listing_name(const struct reader_access *access, uint64_t sequence, char **name)
{
	struct listing l = {.access = access};
	int rc = list_by_manifests(&l);
	size_t i = l.count;

	while (i > 0 && l.list[i - 1].part.sequence != sequence)
		i--;
	if (rc == 0 && i == 0)
		rc = -ENOENT;
	*name = rc == 0 ? strdup(l.list[i - 1].part.name) : NULL;
	if (rc == 0 && !*name)
		rc = -ENOMEM;
	clear(&l);
	return rc;
}
