/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which segments have packets of the time that is asked for, and where in them to
 * begin and to end.
 */
#include "reader_directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "reader_listing.h"
#include "reader_search.h"

/* What is read of a segment to see when it begins. */
#define FIRST_BYTES 4096u

/* So far a packet may be behind, in the next segment, of one that overtook it. */
#define STRAY_ONE_NS (10 * NS_PER_MS)

static int open_file(struct reader_stream *stream, const struct reader_part *part,
		     struct reader_input *input, struct error *err)
{
	const char *directory = stream->access.path;
	int fd = reader_access_open(&stream->access, part->name);
	char *path;
	int rc;

	if (fd < 0)
		return error_system(err, -fd, "cannot read %s/%s", directory, part->name);
	if (asprintf(&path, "%s/%s", directory, part->name) < 0) {
		close(fd);
		return error_system(err, ENOMEM, "%s", directory);
	}
	rc = reader_input_open(input, fd, path, err);
	free(path);
	if (rc == 0 && part->live)
		input->limit = input->bytes; /* what is there by now */
	return rc;
}

static bool is_bounded(const struct reader_stream *stream)
{
	return stream->from_ns > INT64_MIN || stream->to_ns < INT64_MAX;
}

/* How far times of several interfaces may be out of order. */
static uint64_t stray_ns(const struct reader_file *file)
{
	return file->interface_count > 1 ? READER_STRAY_NS : 0;
}

/* When a segment begins; 0 where that cannot be told. Reads a page of it, if its
 * headers and the first packet are in that. */
static void look_at_first(struct reader_stream *stream, struct reader_part *part)
{
	struct reader_table table = {0};
	struct reader_input input;
	struct reader_file file;
	struct frame frame;

	if (open_file(stream, part, &input, NULL) < 0)
		return;
	reader_input_seek(&input, 0);
	input.chunk = FIRST_BYTES;
	if (reader_file_start(&file, &input, &table, true, NULL) == 0) {
		part->stray_ns = stray_ns(&file) ? stray_ns(&file) : STRAY_ONE_NS;
		part->first_ns = reader_search_first(&file);
		if (part->first_ns == 0 && reader_file_fill(&file, &frame, 1, NULL) == 1 &&
		    frame.time_ns > 0)
			part->first_ns = (uint64_t)frame.time_ns;
		reader_file_close(&file);
	}
	reader_table_clear(&table);
}

/* Whether a segment can have packets of the time asked for; next is the one after
 * it, or null. */
static bool is_wanted(const struct reader_stream *stream, struct reader_part *part,
		      const struct reader_part *next)
{
	uint64_t first = part->first_ns, last = next ? next->first_ns : 0;

	part->next_ns = last;
	/* Where the clock was set back in it, it can have any. */
	part->rising = first > 0 && (last == 0 || last >= first);
	if (!part->rising)
		return part->bytes > 0;
	if (first > part->stray_ns && (int64_t)(first - part->stray_ns) >= stream->to_ns)
		return false;
	return last == 0 || (int64_t)(last + part->stray_ns) >= stream->from_ns;
}

/* Forgets the segments that are not needed. */
static void pick_parts(struct reader_stream *stream)
{
	struct reader_part *parts = stream->parts.list;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < stream->parts.count; i++)
		look_at_first(stream, &parts[i]);
	stream->parts.bytes = 0;
	for (uint32_t i = 0; i < stream->parts.count; i++) {
		/* The one behind may be without packets, the next to be written. */
		const struct reader_part *next =
			i + 1 < stream->parts.count && parts[i + 1].first_ns > 0 &&
					parts[i + 1].sequence > parts[i].sequence
				? &parts[i + 1]
				: NULL;

		if (is_wanted(stream, &parts[i], next)) {
			stream->parts.bytes += parts[i].bytes;
			parts[kept++] = parts[i];
		} else {
			free(parts[i].name);
		}
	}
	stream->parts.count = kept;
}

int reader_directory_list(struct reader_stream *stream, struct error *err)
{
	const char *path = stream->access.path;
	int rc = reader_listing_fill(&stream->access, &stream->parts);

	if (rc < 0)
		return error_system(err, -rc, "cannot read directory %s", path);
	if (stream->parts.count == 0)
		return error_set(err, ENOENT, "%s: no recording is in this directory", path);
	if (is_bounded(stream))
		pick_parts(stream);
	return 0;
}

/* A segment that was being written may have got its name by now. */
static int find_published(struct reader_stream *stream, struct reader_part *part)
{
	char *name;
	int rc = reader_listing_name(&stream->access, part->sequence, &name);

	if (rc < 0)
		return rc;
	free(part->name);
	part->name = name;
	return 0;
}

/* The first record of a started file to be read. */
static uint64_t find_start(const struct reader_stream *stream, const struct reader_part *part)
{
	const struct reader_file *file = &stream->file;
	const struct reader_stretch stretch = {.start = reader_input_offset(&file->input),
					       .end = file->input.bytes,
					       .start_ns = part->first_ns,
					       .end_ns = part->next_ns};
	uint64_t stray = stray_ns(file), from = stream->from_ns > 0 ? (uint64_t)stream->from_ns : 0;

	if (file->format != &reader_format_pcap && file->format != &reader_format_pcapng)
		return stretch.start;
	from = from > stray ? from - stray : 0;
	return part->first_ns < from ? reader_search_time(file, &stretch, from) : stretch.start;
}

static int start_file(struct reader_stream *stream, struct reader_input *input,
		      const struct reader_part *part, struct error *err)
{
	struct reader_file *file = &stream->file;
	uint64_t offset;
	int rc;

	stream->sure = stream->past = stream->all_past = 0;
	if (part->rising)
		reader_input_seek(input, 0);
	rc = reader_file_start(file, input, stream->table, part->live, err);
	if (rc < 0 || !part->rising)
		return rc;
	offset = find_start(stream, part);
	if (offset == reader_input_offset(&file->input))
		return 0;
	reader_input_seek(&file->input, offset);
	stream->sure = offset + READER_LEAD_BYTES;
	/* Until then, what makes no sense is not the end but a place that was none. */
	file->live = false;
	return 0;
}

int reader_directory_start(struct reader_stream *stream, struct reader_part *part,
			   struct error *err)
{
	struct reader_input input;
	int rc = open_file(stream, part, &input, err);

	if (rc == -ENOENT && part->live && find_published(stream, part) == 0)
		rc = open_file(stream, part, &input, err);
	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = start_file(stream, &input, part, err);
	return rc < 0 ? rc : 1;
}

int reader_directory_restart(struct reader_stream *stream, struct error *err)
{
	struct reader_part part = stream->parts.list[stream->next - 1];
	struct reader_input input;
	int rc = open_file(stream, &part, &input, err);

	reader_file_close(&stream->file);
	part.rising = false;
	return rc < 0 ? rc : start_file(stream, &input, &part, err);
}

/* Whether each interface of the file has had a packet behind the time asked for. */
static bool all_are_past(struct reader_stream *stream, uint32_t interface)
{
	if (interface < 64)
		stream->all_past |= UINT64_C(1) << interface;
	return (uint32_t)__builtin_popcountll(stream->all_past) >= stream->file.interface_count;
}

bool reader_directory_done(struct reader_stream *stream, const struct frame *frames, uint32_t count)
{
	const struct reader_part *part = &stream->parts.list[stream->next - 1];
	uint64_t stray = stray_ns(&stream->file), at = reader_input_offset(&stream->file.input);

	if (!part->rising || stream->to_ns == INT64_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (frames[i].time_ns < stream->to_ns)
			continue;
		/* Of an interface that is silent nobody knows. */
		if (stray && (uint64_t)(frames[i].time_ns - stream->to_ns) >= stray)
			return true;
		if (all_are_past(stream, frames[i].interface) && stream->past == 0)
			stream->past = at;
	}
	return stream->past > 0 && at - stream->past > READER_STRAY_BYTES;
}
