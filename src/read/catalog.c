/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each file is opened as the reader does it, so that what is left out there is left out here.
 */
#include "read/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/build.h"
#include "reader_file.h"
#include "reader_gather.h"
#include "reader_index.h"
#include "reader_streams.h"

/* A file as it is visited. */
struct opened {
	struct catalog_file about;
	struct reader_file file;
	struct reader_table table;
	char *shown;
	int index_fd;
};

static int open_part(const struct reader_stream *stream, const struct reader_part *part)
{
	int fd;

	if (stream->access.dir >= 0)
		return reader_access_open(&stream->access, part->name);
	if (stream->fd < 0)
		return reader_access_open(&stream->access, NULL);
	fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

/* Reads the headers. Its descriptor is the file's then. */
static int start(struct opened *o, int fd, struct error *err)
{
	struct catalog_file *about = &o->about;
	struct reader_input input;
	int rc = reader_input_open(&input, fd, o->shown, err);

	if (rc == 0)
		rc = reader_file_start(&o->file, &input, &o->table, false, err);
	if (rc < 0)
		return rc;
	about->file = &o->file;
	about->bytes = o->file.input.bytes;
	rc = index_subject_read(o->file.input.fd, &about->subject);
	return rc < 0 ? error_system(err, -rc, "%s", o->shown) : 0;
}

static int open_index(struct opened *o, const struct reader_stream *stream, const char *name,
		      struct error *err)
{
	struct catalog_file *about = &o->about;
	struct reader_plan_subject subject;
	struct stat st;
	int rc;

	o->index_fd = reader_index_take(stream, name);
	if (o->index_fd < 0)
		return error_set(err, ENOENT, "%s: has no index", o->shown);
	subject = (struct reader_plan_subject){.fd = o->file.input.fd,
					       .index_fd = o->index_fd,
					       .name = o->shown};
	rc = reader_plan_check_owner(&subject, err);
	if (rc < 0)
		return rc;
	if (fstat(o->index_fd, &st) == 0)
		about->index_bytes = (uint64_t)st.st_size;
	return index_open(o->index_fd, o->shown, &about->subject, &about->index, err);
}

static void open_all(struct opened *o, const struct reader_stream *stream,
		     const struct reader_part *part)
{
	struct catalog_file *about = &o->about;
	int fd = open_part(stream, part);

	if (fd < 0) {
		about->state = error_system(&about->why, -fd, "cannot read %s", o->shown);
		return;
	}
	about->state = start(o, fd, &about->why);
	if (about->state == 0)
		about->state = open_index(o, stream, about->name, &about->why);
}

static void close_all(struct opened *o)
{
	index_close(o->about.index);
	if (o->about.file)
		reader_file_close(&o->file);
	reader_table_clear(&o->table);
	if (o->index_fd >= 0)
		close(o->index_fd);
	free(o->shown);
}

static int visit_part(struct reader_stream *stream, const struct reader_part *part,
		      int (*visit)(void *context, struct catalog_file *file), void *context)
{
	const bool inside = stream->access.dir >= 0;
	const char *slash = inside ? NULL : strrchr(part->name, '/');
	struct opened o = {
		.about = {.path = stream->access.number,
			  .name = slash ? slash + 1 : part->name,
			  .live = part->live,
			  .bytes = part->bytes},
		.index_fd = -1,
	};
	int rc;

	if (asprintf(&o.shown, "%s%s%s", inside ? stream->access.path : "", inside ? "/" : "",
		     part->name) < 0)
		return -ENOMEM;
	o.about.shown = o.shown;
	if (!part->live)
		open_all(&o, stream, part);
	rc = visit(context, &o.about);
	close_all(&o);
	return rc;
}

int catalog_visit(struct reader *reader, int (*visit)(void *context, struct catalog_file *file),
		  void *context, struct error *err)
{
	struct reader_stream *stream;
	int rc = reader_list(reader, err);

	for (uint32_t path = 0; rc == 0 && (stream = reader_stream_of(reader, path)); path++) {
		if (stream->pipe)
			return error_usage(err, "%s: is no file", stream->access.path);
		for (uint32_t i = 0; rc == 0 && i < stream->parts.count; i++)
			rc = visit_part(stream, &stream->parts.list[i], visit, context);
		if (rc < 0)
			error_system(err, -rc, "%s", stream->access.path);
	}
	return rc;
}

uint32_t catalog_interface_count(const struct catalog_file *file)
{
	return file->file ? file->file->table->count : 0;
}

const struct reader_interface *catalog_interface(const struct catalog_file *file, uint32_t number)
{
	return &file->file->table->entries[number]->interface;
}

int catalog_make_index(struct catalog_file *file, uint8_t **image, size_t *bytes, struct error *err)
{
	struct index_subject now;
	struct index_build *build;
	int rc, made;

	if (index_build_open(&build) < 0)
		return error_system(err, ENOMEM, "%s", file->shown);
	rc = reader_gather_runs(file->file, build, err);
	if (rc == 0 || rc == -ENODATA || rc == -EBADMSG) {
		made = index_subject_read(file->file->input.fd, &now);
		if (made == 0 && now.bytes != file->subject.bytes)
			made = -EBUSY;
		if (made == 0)
			made = index_build_image(build, &now, image, bytes);
		if (made < 0)
			rc = error_system(err, -made, "%s: make its index", file->shown);
	}
	index_build_close(build);
	return rc;
}
