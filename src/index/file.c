/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening, and the parts that are read when they are needed: to rule a file out takes the
 * header and one block of the filter.
 */
#include "index/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "file_parts.h"
#include "layout.h"

/* With a small filter all that rules a file out is read at once. */
#define FIRST_READ 4096u

/* Larger is no index of ours. */
#define INDEX_MOST (UINT64_C(1) << 32)

int index_damaged(const struct index *x, const char *what, struct error *err)
{
	return error_set(err, EBADMSG, "%s: the index is damaged (%s)", x->name, what);
}

int index_read(const struct index *x, uint64_t offset, uint8_t *to, size_t bytes, struct error *err)
{
	size_t used = 0;

	while (used < bytes) {
		ssize_t got = pread(x->fd, to + used, bytes - used, (off_t)(offset + used));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_system(err, errno, "%s: read", x->name);
		if (got == 0)
			return index_damaged(x, "it is cut", err);
		used += (size_t)got;
	}
	return 0;
}

static int read_part(const uint8_t *at, uint64_t bytes, struct part *part)
{
	*part = (struct part){get_le64(at), get_le64(at + 8), get_le32(at + 16), get_le32(at + 20)};
	return part->offset <= bytes && part->bytes <= bytes - part->offset ? 0 : -EBADMSG;
}

static int check_subject(const struct index *x, const uint8_t *header,
			 const struct index_subject *subject, struct error *err)
{
	if (subject &&
	    (get_le64(header + 24) != subject->bytes || get_le32(header + 32) != subject->head_crc))
		return error_set(err, ESTALE, "%s: the index is of another file", x->name);
	return 0;
}

static int check_parts(struct index *x, const uint8_t *header, struct error *err)
{
	const uint64_t filter = (uint64_t)x->blocks * LAYOUT_BLOCK_BYTES;

	if (x->blocks == 0 || filter > x->bytes - LAYOUT_FILTER_AT)
		return index_damaged(x, "its filter", err);
	for (unsigned i = 0; i < LAYOUT_PARTS; i++)
		if (read_part(header + LAYOUT_PART_AT + i * LAYOUT_PART_BYTES, x->bytes,
			      &x->parts[i]) < 0)
			return index_damaged(x, "a part's place", err);
	if (x->parts[0].count != x->run_count ||
	    x->parts[0].bytes != (uint64_t)x->run_count * LAYOUT_RUN_BYTES)
		return index_damaged(x, "its runs", err);
	return 0;
}

static int check_header(struct index *x, const uint8_t *header, const struct index_subject *subject,
			struct error *err)
{
	int rc;

	if (memcmp(header, LAYOUT_MAGIC, sizeof(LAYOUT_MAGIC)) != 0)
		return error_set(err, EBADMSG, "%s: no index", x->name);
	if (get_le32(header + 8) != LAYOUT_VERSION)
		return error_set(err, ENOTSUP, "%s: an index of version %u: this program knows %u",
				 x->name, get_le32(header + 8), LAYOUT_VERSION);
	if (get_le32(header + 12) != LAYOUT_HEADER ||
	    get_le32(header + LAYOUT_CRC_AT) != crc32c(header, LAYOUT_CRC_AT) ||
	    get_le64(header + 16) != x->bytes)
		return index_damaged(x, "its header", err);
	x->unknown = get_le32(header + 36);
	x->run_count = get_le32(header + 40);
	x->blocks = get_le32(header + 44);
	rc = check_subject(x, header, subject, err);
	return rc < 0 ? rc : check_parts(x, header, err);
}

int index_open(int fd, const char *name, const struct index_subject *subject, struct index **result,
	       struct error *err)
{
	struct index *x = calloc(1, sizeof(*x));
	struct stat status;
	int rc;

	if (!x)
		return error_system(err, ENOMEM, "%s", name);
	x->fd = fd;
	x->name = name;
	if (fstat(fd, &status) < 0) {
		rc = error_system(err, errno, "%s", name);
		goto out;
	}
	x->bytes = (uint64_t)status.st_size;
	if (x->bytes < LAYOUT_FILTER_AT || x->bytes > INDEX_MOST) {
		rc = error_set(err, EBADMSG, "%s: no index", name);
		goto out;
	}
	x->first_bytes = x->bytes < FIRST_READ ? (uint32_t)x->bytes : FIRST_READ;
	x->first = malloc(x->first_bytes);
	rc = x->first ? index_read(x, 0, x->first, x->first_bytes, err)
		      : error_system(err, ENOMEM, "%s", name);
	if (rc == 0)
		rc = check_header(x, x->first, subject, err);
out:
	if (rc < 0) {
		index_close(x);
		return rc;
	}
	*result = x;
	return 0;
}

void index_close(struct index *x)
{
	if (!x)
		return;
	free(x->first);
	free(x->runs);
	for (unsigned i = 0; i < LAYOUT_PARTS; i++)
		free(x->loaded[i]);
	free(x);
}

bool index_looks_like_one(int fd)
{
	char magic[sizeof(LAYOUT_MAGIC)];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, LAYOUT_MAGIC, sizeof(magic)) == 0;
}

uint32_t index_run_count(const struct index *x)
{
	return x->run_count;
}

int index_load(struct index *x, unsigned part, const uint8_t **at, struct error *err)
{
	const struct part *p = &x->parts[part];
	uint8_t *bytes;
	int rc;

	*at = x->loaded[part];
	if (*at)
		return 0;
	bytes = malloc(p->bytes ? p->bytes : 1);
	if (!bytes)
		return error_system(err, ENOMEM, "%s", x->name);
	rc = index_read(x, p->offset, bytes, p->bytes, err);
	if (rc == 0 && crc32c(bytes, p->bytes) != p->crc)
		rc = index_damaged(x, "a checksum", err);
	if (rc < 0) {
		free(bytes);
		return rc;
	}
	*at = x->loaded[part] = bytes;
	return 0;
}

/* Runs follow each other in the file, do not overlap, and hold packets. */
static int check_run(const struct index *x, const struct index_entry *run, uint64_t before,
		     struct error *err)
{
	if (run->offset < before || run->bytes == 0 || run->packets == 0 ||
	    run->bytes > UINT64_MAX - run->offset || run->first_ns > run->last_ns)
		return index_damaged(x, "the order of its runs", err);
	return 0;
}

int index_runs(struct index *x, const struct index_entry **runs, struct error *err)
{
	const uint8_t *at;
	uint64_t before = 0;
	int rc = 0;

	*runs = x->runs;
	if (x->runs)
		return 0;
	rc = index_load(x, 0, &at, err);
	if (rc < 0)
		return rc;
	x->runs = calloc(x->run_count ? x->run_count : 1, sizeof(*x->runs));
	if (!x->runs)
		return error_system(err, ENOMEM, "%s", x->name);
	for (uint32_t i = 0; i < x->run_count && rc == 0; i++, at += LAYOUT_RUN_BYTES) {
		x->runs[i] = (struct index_entry){
			.offset = get_le64(at),
			.bytes = get_le64(at + 8),
			.packets = get_le64(at + 16),
			.first_ns = (int64_t)get_le64(at + 24),
			.last_ns = (int64_t)get_le64(at + 32),
			.lost = get_le64(at + 40),
			.interfaces = get_le64(at + 48),
			.unknown = get_le32(at + 56),
		};
		rc = check_run(x, &x->runs[i], before, err);
		before = x->runs[i].offset + x->runs[i].bytes;
	}
	if (rc < 0) {
		free(x->runs);
		x->runs = NULL;
	}
	*runs = x->runs;
	return rc;
}
