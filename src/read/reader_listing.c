/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files of a directory are a recorder's: what the manifest says, held
 * against what is there.
 */
#include "reader_listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/manifest.h"

/* As tape.h says. */
#define HIDDEN_FORMAT ".wiretape-%08" PRIu64

static int by_sequence(const void *a, const void *b)
{
	const struct reader_part *one = a, *other = b;

	return (one->sequence > other->sequence) - (one->sequence < other->sequence);
}

static bool file_size(int dir, const char *name, uint64_t *bytes)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return false;
	*bytes = (uint64_t)st.st_size;
	return true;
}

/* A part of that number, from the first one of this recorder on. */
static struct reader_part *find_part(struct reader_stream *stream, uint32_t first,
				     uint64_t sequence)
{
	/* Lines are nearly in order, so it is one of the last. */
	for (uint32_t i = stream->part_count; i-- > first;)
		if (stream->parts[i].sequence == sequence)
			return &stream->parts[i];
	return NULL;
}

struct listing {
	struct reader_stream *stream;
	uint32_t first; /* part of the manifest being read */
};

static int visit_line(void *context, const struct manifest_line *line)
{
	struct listing *l = context;
	char hidden[NAME_MAX + 1];
	struct reader_part part = {.name = hidden, .sequence = line->sequence}, *known;
	char *name;

	if (line->kind == MANIFEST_NEXT)
		return 0;
	snprintf(hidden, sizeof(hidden), "%s", line->name);
	if (line->kind == MANIFEST_OPEN)
		snprintf(hidden, sizeof(hidden), HIDDEN_FORMAT, line->sequence);
	if (!file_size(l->stream->dir, hidden, &part.bytes))
		return 0;
	part.live = line->kind == MANIFEST_OPEN;
	known = find_part(l->stream, l->first, line->sequence);
	if (!known)
		return reader_stream_add(l->stream, &part);
	/* It has got its name since, or another one than it was to get. */
	name = strdup(hidden);
	if (!name)
		return -ENOMEM;
	free(known->name);
	l->stream->all_bytes += part.bytes - known->bytes;
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

static int visit_name(struct reader_stream *stream, const char *name)
{
	struct reader_part part = {.name = (char *)name, .sequence = sequence_of(name)};

	if (part.sequence == 0 || !file_size(stream->dir, name, &part.bytes))
		return 0;
	return reader_stream_add(stream, &part);
}

static int visit_manifest(struct reader_stream *stream, const char *name)
{
	struct listing l = {.stream = stream, .first = stream->part_count};
	int rc = manifest_read(stream->dir, name, visit_line, &l);

	if (rc == 0 && stream->part_count > l.first)
		qsort(stream->parts + l.first, stream->part_count - l.first, sizeof(*stream->parts),
		      by_sequence);
	return rc;
}

/* Calls visit for every name in the directory that is, or is not, a manifest's. 0 or
 * -errno. */
static int visit_names(struct reader_stream *stream, bool manifests,
		       int (*visit)(struct reader_stream *stream, const char *name))
{
	int fd = openat(stream->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(dir)))
		if (is_manifest(entry->d_name) == manifests)
			rc = visit(stream, entry->d_name);
	closedir(dir);
	return rc;
}

int reader_listing_fill(struct reader_stream *stream)
{
	int rc = visit_names(stream, true, visit_manifest);

	if (rc < 0 || stream->part_count > 0)
		return rc;
	rc = visit_names(stream, false, visit_name);
	if (rc == 0 && stream->part_count > 0)
		qsort(stream->parts, stream->part_count, sizeof(*stream->parts), by_sequence);
	return rc;
}

int reader_listing_name(const struct reader_stream *stream, uint64_t sequence, char **name)
{
	struct reader_stream now = {.dir = stream->dir, .fd = -1};
	struct reader_part *found;
	int rc = visit_names(&now, true, visit_manifest);

	if (rc == 0) {
		found = find_part(&now, 0, sequence);
		*name = found ? strdup(found->name) : NULL;
		rc = !found ? -ENOENT : *name ? 0 : -ENOMEM;
	}
	now.dir = -1; /* not its own */
	reader_stream_close(&now);
	return rc;
}
