/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of one path, opened one by one as their turn comes, so that a
 * directory of ten thousand segments costs one descriptor.
 */
#include "reader_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader_directory.h"
#include "reader_index.h"
#include "reader_ready.h"

/* Files are kept open from the start, as they may not be opened again once rights
 * are given up; those beyond so many descriptors are asked for again. */
#define KEPT_MOST 512

static const char *name_of(const struct reader_stream *stream)
{
	const char *path = stream->access.path;

	return strcmp(path, READER_STANDARD_INPUT) == 0 ? "standard input" : path;
}

/* A descriptor for the path, or -errno. */
static int open_path(const struct reader_stream *stream, struct error *err)
{
	int fd = reader_access_open(&stream->access, NULL);

	return fd < 0 ? error_system(err, -fd, "cannot read %s", name_of(stream)) : fd;
}

static int add_file(struct reader_stream *stream, const struct stat *st, struct error *err)
{
	struct reader_part part = {.name = (char *)stream->access.path};
	int rc;

	stream->pipe = !S_ISREG(st->st_mode);
	part.bytes = stream->pipe ? 0 : (uint64_t)st->st_size;
	rc = reader_parts_add(&stream->parts, &part);
	return rc < 0 ? error_system(err, -rc, "%s", name_of(stream)) : 0;
}

int reader_stream_open(struct reader_stream *stream, const struct reader_config *config,
		       uint32_t number, const struct reader_shared *shared, struct error *err)
{
	struct stat st;
	int fd, rc;

	*stream = (struct reader_stream){
		.access =
			{
				.path = config->paths[number],
				.number = number,
				.dir = AT_FDCWD,
				.open = config->open,
				.context = config->context,
			},
		.table = shared->table,
		.wish = shared->wish,
		.ahead = shared->ahead,
		.from_ns = config->has_from ? config->from_ns : INT64_MIN,
		.to_ns = config->has_to ? config->to_ns : INT64_MAX,
		.fd = -1,
		.index_fd = -1,
		.ready_index = -1,
	};
	fd = config->descriptors ? config->descriptors[number] : -1;
	if (fd < 0)
		fd = open_path(stream, err);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		rc = error_system(err, errno, "cannot read %s", name_of(stream));
	} else if (S_ISDIR(st.st_mode)) {
		stream->access.dir = fd;
		return 0;
	} else {
		rc = add_file(stream, &st, err);
	}
	if (rc < 0 || (!stream->pipe && fd >= KEPT_MOST)) {
		close(fd);
		return rc;
	}
	stream->fd = fd;
	/* Others may have that description, too. */
	if (strcmp(stream->access.path, READER_STANDARD_INPUT) == 0)
		stream->ahead = NULL;
	if (!stream->pipe && stream->wish->by_index)
		stream->index_fd = reader_index_beside(stream->access.path);
	return 0;
}

int reader_stream_list(struct reader_stream *stream, struct error *err)
{
	return stream->access.dir >= 0 ? reader_directory_list(stream, err) : 0;
}

/* Of the pipe, or a further one of the file; or -errno. */
static int take_descriptor(struct reader_stream *stream, struct error *err)
{
	int fd = stream->fd;

	if (fd < 0)
		return open_path(stream, err);
	if (stream->pipe) {
		stream->fd = -1;
		return fd;
	}
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_system(err, errno, "cannot read %s", name_of(stream)) : fd;
}

/* 1, or -errno. */
static int open_file(struct reader_stream *stream, const struct reader_part *part,
		     struct error *err)
{
	struct reader_input input;
	int fd = take_descriptor(stream, err), rc;
	bool indexed;

	if (fd < 0)
		return fd;
	rc = reader_input_open(&input, fd, name_of(stream), err);
	if (rc < 0)
		return rc;
	indexed = reader_index_helps(stream, part, &input);
	if (indexed)
		reader_input_pieces(&input, READER_HEADERS_BYTES, false);
	else
		reader_input_use(&input, stream->ahead);
	rc = reader_file_start(&stream->file, &input, stream->table, false, err);
	if (rc == 0 && indexed)
		reader_index_plan(stream, part);
	return rc < 0 ? rc : 1;
}

/* Keeps the number of the path's first interface once its file shows it. */
static void look_for_interface(struct reader_stream *stream)
{
	const struct reader_file *file = &stream->file;

	if (stream->has_interface || file->format == &reader_format_empty)
		return;
	if (file->format != &reader_format_pcapng)
		stream->interface = file->number;
	else if (file->interface_count > 0)
		stream->interface = file->interfaces[0].number;
	else
		return;
	stream->has_interface = true;
}

/* 1, 0 where it is not there any more, or -errno. */
static int start_part(struct reader_stream *stream, struct reader_part *part, struct error *err)
{
	int rc;

	if (stream->starting) {
		rc = reader_file_go_on(&stream->file, err);
		return rc < 0 ? rc : 1;
	}
	return stream->access.dir >= 0 ? reader_directory_start(stream, part, err)
				       : open_file(stream, part, err);
}

int reader_stream_start(struct reader_stream *stream, struct error *err)
{
	while (!stream->open && (stream->starting || stream->next < stream->parts.count)) {
		struct reader_part *part =
			&stream->parts.list[stream->starting ? stream->next - 1 : stream->next++];
		int rc = start_part(stream, part, err);

		stream->starting = reader_must_wait(rc);
		if (rc > 0) {
			stream->open = true;
			stream->file_start = reader_input_done(&stream->file.input);
			look_for_interface(stream);
		} else if (!stream->starting) {
			stream->done_bytes += part->bytes;
		}
		if (rc < 0)
			return rc;
	}
	return stream->open;
}

static void end_part(struct reader_stream *stream)
{
	reader_plan_close(&stream->plan);
	reader_file_close(&stream->file);
	stream->open = false;
	stream->done_bytes += stream->parts.list[stream->next - 1].bytes;
}

/* Leaves the frames of the time that is asked for. */
static uint32_t select_frames(const struct reader_stream *stream, struct frame *frames,
			      uint32_t count)
{
	uint32_t kept = 0;

	if (stream->from_ns == INT64_MIN && stream->to_ns == INT64_MAX)
		return count;
	for (uint32_t i = 0; i < count; i++)
		if (frames[i].time_ns >= stream->from_ns && frames[i].time_ns < stream->to_ns)
			frames[kept++] = frames[i];
	return kept;
}

/* As reader_file_fill, but for what the plan leaves out. */
static int fill_planned(struct reader_stream *stream, struct frame *frames, uint32_t most,
			struct error *err)
{
	struct reader_plan *plan = &stream->plan;
	struct reader_file *file = &stream->file;
	int rc;

	for (;;) {
		rc = reader_plan_step(plan, file, &stream->owed, err);
		if (rc < 0)
			return rc;
		rc = reader_file_fill(file, frames, most, err);
		/* What is whole has to be so up to where a gap begins. */
		if (rc == -ENODATA && plan->at < plan->count)
			reader_plan_drop(plan, stream->wish, file);
		else if (rc != 0 || !reader_plan_is_at_gap(plan, file))
			return rc;
	}
}

/* The next frames of the open part, as they are; 0 at its end. */
static int fill_part(struct reader_stream *stream, struct frame *frames, uint32_t most,
		     struct error *err)
{
	struct reader_file *file = &stream->file;
	int rc = stream->plan.active ? fill_planned(stream, frames, most, err)
				     : reader_file_fill(file, frames, most, err);

	if (stream->sure == 0)
		return rc;
	if (rc >= 0 && reader_input_offset(&file->input) >= stream->sure) {
		stream->sure = 0;
		file->live = stream->parts.list[stream->next - 1].live;
	} else if (rc == -ENODATA || rc == -EBADMSG) {
		rc = reader_directory_restart(stream, err);
		return rc < 0 ? rc : reader_file_fill(file, frames, most, err);
	}
	return rc;
}

int reader_stream_fill(struct reader_stream *stream, struct frame *frames, uint32_t most,
		       struct error *err)
{
	uint32_t count;
	int rc;

	while ((rc = reader_stream_start(stream, err)) > 0) {
		bool done;

		rc = fill_part(stream, frames, most, err);
		look_for_interface(stream);
		if (reader_must_wait(rc))
			return rc;
		done = rc <= 0;
		if (rc > 0 && stream->access.dir >= 0)
			done = reader_directory_done(stream, frames, (uint32_t)rc);
		count = rc > 0 ? select_frames(stream, frames, (uint32_t)rc) : 0;
		reader_owed_pay(&stream->owed, frames, count);
		if (!done)
			reader_ready_more(stream);
		/* With frames at hand the file stays open: they lie in its window. */
		if (count > 0)
			return (int)count;
		if (done)
			end_part(stream);
		if (rc < 0)
			return rc;
	}
	return rc;
}

uint64_t reader_stream_done(const struct reader_stream *stream)
{
	uint64_t bytes = stream->done_bytes;

	if (stream->open)
		bytes += reader_input_done(&stream->file.input) - stream->file_start;
	return bytes;
}

int reader_stream_rewind(struct reader_stream *stream, struct error *err)
{
	if (stream->pipe)
		return error_set(err, ESPIPE, "%s: a pipe cannot be read twice",
				 stream->access.path);
	if (stream->open)
		end_part(stream);
	reader_ready_clear(stream);
	stream->next = 0;
	stream->done_bytes = 0;
	reader_owed_clear(&stream->owed);
	return 0;
}

void reader_stream_close(struct reader_stream *stream)
{
	if (stream->open || stream->starting)
		reader_file_close(&stream->file);
	reader_ready_clear(stream);
	if (stream->fd >= 0)
		close(stream->fd);
	if (stream->index_fd >= 0)
		close(stream->index_fd);
	reader_plan_close(&stream->plan);
	reader_owed_clear(&stream->owed);
	if (stream->access.dir >= 0)
		close(stream->access.dir);
	reader_parts_clear(&stream->parts);
	*stream = (struct reader_stream){.fd = -1,
					 .index_fd = -1,
					 .ready_index = -1,
					 .access.dir = -1};
}
