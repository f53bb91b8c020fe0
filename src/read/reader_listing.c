/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of a directory are a recorder's: what the manifest says, held
 * against what is there.
 */
#include "reader_listing.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/manifest.h"

static int by_sequence(const void *a, const void *b)
{
	const struct reader_part *one = a, *other = b;

	return (one->sequence > other->sequence) - (one->sequence < other->sequence);
}

static bool file_size(const struct reader_access *access, const char *name, uint64_t *bytes)
{
	struct stat st;

	if (reader_access_stat(access, name, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	*bytes = (uint64_t)st.st_size;
	return true;
}

/* A part of that number, from the first one of this recorder on. */
static struct reader_part *find_part(const struct reader_parts *parts, uint32_t first,
				     uint64_t sequence)
{
	/* Lines are nearly in order, so it is one of the last. */
	for (uint32_t i = parts->count; i-- > first;)
		if (parts->list[i].sequence == sequence)
			return &parts->list[i];
	return NULL;
}

struct listing {
	const struct reader_access *access;
	struct reader_parts *parts;
	uint32_t first; /* part of the manifest being read */
};

static int visit_line(void *context, const struct manifest_line *line)
{
	struct listing *l = context;
	char hidden[MANIFEST_HIDDEN_ROOM];
	struct reader_part part = {.name = (char *)line->name, .sequence = line->sequence}, *known;
	char *name;

	if (line->kind == MANIFEST_NEXT || line->kind == MANIFEST_GONE)
		return 0;
	if (line->kind == MANIFEST_OPEN) {
		manifest_hidden_name(line->sequence, hidden);
		part.name = hidden;
	}
	if (!file_size(l->access, part.name, &part.bytes))
		return 0;
	part.live = line->kind == MANIFEST_OPEN;
	known = find_part(l->parts, l->first, line->sequence);
	if (!known)
		return reader_parts_add(l->parts, &part);
	/* It has got its name since, or another one than it was to get. */
	name = strdup(part.name);
	if (!name)
		return -ENOMEM;
	free(known->name);
	l->parts->bytes += part.bytes - known->bytes;
	*known = part;
	known->name = name;
	return 0;
}

/* A segment's number, out of a name like IF_YYYYmmddTHHMMSSZ_NNNNNNNN.EXT; 0: none. */
static uint64_t sequence_of(const char *name)
{
	static const char shape[] = "_00000000T000000Z_";
	const char *at = strrchr(name, '_'), *extension;
	uint64_t sequence;
	char *end;

	if (*name == '.' || !at || at - name < (ptrdiff_t)sizeof(shape) - 2)
		return 0;
	extension = strrchr(at, '.');
	if (!extension || (strcmp(extension, ".pcapng") != 0 && strcmp(extension, ".pcap") != 0))
		return 0;
	for (unsigned i = 0; i < sizeof(shape) - 1; i++) {
		char letter = at[(int)i - (int)sizeof(shape) + 2];

		if (shape[i] == '0' ? letter < '0' || letter > '9' : letter != shape[i])
			return 0;
	}
	if (at[1] < '0' || at[1] > '9')
		return 0;
	errno = 0;
	sequence = strtoull(at + 1, &end, 10);
	return errno || end != extension ? 0 : sequence;
}

static bool is_manifest(const char *name)
{
	const char *end = strrchr(name, '.');

	return strncmp(name, MANIFEST_NAME, strlen(MANIFEST_NAME)) == 0 &&
	       (name[strlen(MANIFEST_NAME)] == '\0' || name[strlen(MANIFEST_NAME)] == '.') &&
	       strcmp(end, ".new") != 0;
}

static int visit_name(struct listing *l, const char *name)
{
	struct reader_part part = {.name = (char *)name, .sequence = sequence_of(name)};

	if (part.sequence == 0 || !file_size(l->access, name, &part.bytes))
		return 0;
	return reader_parts_add(l->parts, &part);
}

static void sort_parts(struct reader_parts *parts, uint32_t first)
{
	if (parts->count > first)
		qsort(parts->list + first, parts->count - first, sizeof(*parts->list), by_sequence);
}

static int visit_manifest(struct listing *l, const char *name)
{
	int fd = reader_access_open(l->access, name), rc;

	l->first = l->parts->count;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	rc = manifest_read_open(l->access->dir, fd, visit_line, l);
	if (rc == 0)
		sort_parts(l->parts, l->first);
	return rc;
}

/* Calls visit for every name in the directory that is, or is not, a manifest's. 0 or
 * -errno. */
static int visit_names(struct listing *l, bool manifests,
		       int (*visit)(struct listing *l, const char *name))
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
		if (is_manifest(entry->d_name) == manifests)
			rc = visit(l, entry->d_name);
	closedir(dir);
	return rc;
}

int reader_listing_fill(const struct reader_access *access, struct reader_parts *parts)
{
	struct listing l = {.access = access, .parts = parts};
	int rc = visit_names(&l, true, visit_manifest);

	if (rc < 0 || parts->count > 0)
		return rc;
	rc = visit_names(&l, false, visit_name);
	if (rc == 0)
		sort_parts(parts, 0);
	return rc;
}

int reader_listing_name(const struct reader_access *access, uint64_t sequence, char **name)
{
	struct reader_parts now = {0};
	struct listing l = {.access = access, .parts = &now};
	struct reader_part *found;
	int rc = visit_names(&l, true, visit_manifest);

	if (rc == 0) {
		found = find_part(&now, 0, sequence);
		*name = found ? strdup(found->name) : NULL;
		rc = !found ? -ENOENT : *name ? 0 : -ENOMEM;
	}
	reader_parts_clear(&now);
	return rc;
}
